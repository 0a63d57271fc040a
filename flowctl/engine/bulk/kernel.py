"""The walk itself: records through a flat program, a few nanoseconds for each question.

An instruction is a row of eight numbers; what follows it stands in one long table of places:

    op     a         b      mask    base     mark
    JUMP   slot      shift  mask    base     …     to table[base + ((codes[record, slot] >> shift) & mask)]
    SPLIT  register  …      …       base     …     to table[base + registers[record, register]]
    SET    register  value  …       base     …     the register holds the value; to table[base]
    GOTO   …         …      …       base     …     to table[base]
    PICK   turn      …      …       base     …     to table[base] where it is nobody's, else to table[base + 1]
    STOP   stop      mark   …       …        …     the end

`mark` is noted whenever a record comes to the instruction, NOTHING where there is none: the marks are its path. A place
that is UNKNOWN says that nobody has computed yet what is asked here: the record is parked and comes back later.

Paths are kept once: a hash of the marks finds the number under which the same marks were kept before. Where a record
was parked its path goes on from that number: the first mark is then `-2 - number`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

Array = np.ndarray[Any, Any]

JUMP, SPLIT, SET, GOTO, PICK, STOP = range(6)
WIDTH = 8
NOTHING = -1
UNKNOWN = -1

WALKING, PARKED, WAITS, DONE = range(4)


class Program(NamedTuple):
    """Instructions, and the table of the places that they lead to."""

    steps: Any  # int32[n, WIDTH]
    table: Any  # int32
    most: int  # marks of one path


class Walks(NamedTuple):
    """Where each record of a batch is."""

    codes: Any  # uint16[n, slots]
    registers: Any  # int16[n, registers]
    place: Any  # int32[n]: the instruction that is next
    state: Any  # uint8[n]
    path: Any  # int32[n]: the number of the path so far, NOTHING at the start; new ones as `-2 - number` in `Kept`
    stop: Any  # int32[n]: by which STOP it ended


class Kept(NamedTuple):
    """Paths that were met, each once: a hash table of numbers, and the marks of each number one after the other."""

    hashes: Any  # uint64[size]
    numbers: Any  # int32[size], NOTHING where it is empty
    begins: Any  # int64[size]
    lengths: Any  # int32[size]
    marks: Any  # int32
    used: Any  # int64[2]: how many paths, how many marks


def empty(paths: int, marks: int) -> Kept:
    """Room for half as many paths (a power of two)."""
    return Kept(
        np.zeros(paths, np.uint64),
        np.full(paths, NOTHING, np.int32),
        np.zeros(paths, np.int64),
        np.zeros(paths, np.int32),
        np.zeros(marks, np.int32),
        np.zeros(2, np.int64),
    )


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def kept(into: Kept, digest: np.uint64, marks: Array, count: int) -> int:
    """The number of a path."""
    mask = len(into.numbers) - 1
    at = np.int64(digest & np.uint64(mask))
    while True:
        number = into.numbers[at]
        if number == NOTHING:
            break
        if into.hashes[at] == digest and into.lengths[number] == count:
            begin = into.begins[number]
            same = True
            for i in range(count):
                if into.marks[begin + i] != marks[i]:
                    same = False
                    break
            if same:
                return number
        at = (at + 1) & mask
    number = into.used[0]
    begin = into.used[1]
    into.hashes[at] = digest
    into.numbers[at] = number
    into.begins[number] = begin
    into.lengths[number] = count
    for i in range(count):
        into.marks[begin + i] = marks[i]
    into.used[0] = number + 1
    into.used[1] = begin + count
    return number


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def folded(digest: np.uint64, mark: int) -> np.uint64:
    """A hash of marks, with one more."""
    digest = (digest ^ np.uint64(mark & 0xFFFFFFFF)) * np.uint64(0x9E3779B97F4A7C15)
    return digest ^ (digest >> np.uint64(29))


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def begun(path: int, marks: Array) -> tuple[np.uint64, int]:
    """The hash and the number of marks of a path that goes on from another one."""
    digest = np.uint64(1469598103934665603)
    if path == NOTHING:
        return digest, 0
    marks[0] = -2 - path
    return folded(digest, marks[0]), 1


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def advance(
    program: Program,
    walks: Walks,
    row: int,
    at: int,
    place: int,
    marks: Array,
    digest: np.uint64,
    count: int,
) -> tuple[int, int, np.uint64, int]:
    """One record until it ends, waits for a turn or is parked: its state, its place, the hash and number of its marks.

    Args:
        at: The record's row in `codes`.
    """
    steps, table = program.steps, program.table
    while True:
        op = steps[place, 0]
        if op == JUMP:
            code = (np.int64(walks.codes[at, steps[place, 1]]) >> steps[place, 2]) & steps[place, 3]
            there = table[steps[place, 4] + code]
            if there == UNKNOWN:
                return PARKED, place, digest, count
        elif op == SPLIT:
            there = table[steps[place, 4] + walks.registers[row, steps[place, 1]]]
        elif op == SET:
            walks.registers[row, steps[place, 1]] = steps[place, 2]
            there = table[steps[place, 4]]
        elif op == GOTO:
            there = table[steps[place, 4]]
        elif op == PICK:
            return WAITS, place, digest, count
        else:
            marks[count] = steps[place, 2]
            walks.stop[row] = steps[place, 1]
            return DONE, place, folded(digest, marks[count]), count + 1
        place = there
        mark = steps[place, 5]
        if mark != NOTHING:
            marks[count] = mark
            count += 1
            digest = folded(digest, mark)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def has_room(program: Program, into: Kept) -> bool:
    return into.used[0] < len(into.numbers) // 2 and into.used[1] + program.most + 2 <= len(into.marks)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def walk(program: Program, walks: Walks, into: Kept, rows: Array, begin: int, offset: int) -> int:
    """Records `rows[begin:]` until they end, wait for a turn or are parked.

    Args:
        offset: The record that the first row of `codes` belongs to.

    Returns:
        How many of `rows` are done: less than all when there is no more room for paths.
    """
    marks = np.empty(program.most + 2, np.int32)
    for n in range(begin, len(rows)):
        if not has_room(program, into):
            return n
        row = rows[n]
        digest, before = begun(walks.path[row], marks)
        state, place, digest, count = advance(
            program, walks, row, row - offset, walks.place[row], marks, digest, before
        )
        walks.place[row] = place
        walks.state[row] = state
        if count > before:
            walks.path[row] = -2 - kept(into, digest ^ (digest >> np.uint64(32)), marks, count)
    return len(rows)
