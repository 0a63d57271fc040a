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
NO_MARK = NO_PLACE = np.uint32(0xFFFFFFFF)  # NOTHING and UNKNOWN, as programs hold them

WALKING, PARKED, WAITS, DONE = range(4)
_OP, _A, _B, _MASK, _BASE, _MARK = (np.uint64(at) for at in range(6))
FIRST = np.uint64(1469598103934665603)  # the hash of no marks


class Program(NamedTuple):
    """Instructions, and the table of the places that they lead to."""

    steps: Any  # uint32[n, WIDTH]: numbers without sign are indices that need no check
    table: Any  # uint32
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
    digest = FIRST
    if path == NOTHING:
        return digest, 0
    marks[0] = -2 - path
    return folded(digest, marks[0]), 1


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def has_room(program: Program, into: Kept) -> bool:
    return into.used[0] < len(into.numbers) // 2 and into.used[1] + program.most + 2 <= len(into.marks)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def walk(program: Program, walks: Walks, into: Kept, rows: Array, begin: int, offset: int) -> int:  # noqa: C901
    """Records `rows[begin:]` until they end, wait for a turn or are parked.

    All in one function: to hand arrays to another one costs more than several steps.

    Args:
        offset: The record that the first row of `codes` belongs to.

    Returns:
        How many of `rows` are done: less than all when there is no more room for paths.
    """
    steps, table, codes, registers = program.steps, program.table, walks.codes, walks.registers
    marks = np.empty(program.most + 2, np.int32)
    for n in range(begin, len(rows)):
        if into.used[0] >= len(into.numbers) // 2 or into.used[1] + program.most + 2 > len(into.marks):
            return n
        row = np.uint64(rows[n])
        at = np.uint64(rows[n] - offset)
        digest, before = FIRST, 0
        if walks.path[row] != NOTHING:
            marks[0] = -2 - walks.path[row]
            digest, before = folded(digest, np.int64(marks[0])), 1
        count = np.uint64(before)
        here = np.uint64(walks.place[row])
        state = WALKING
        while True:
            op = steps[here, _OP]
            base = np.uint64(steps[here, _BASE])
            if op == JUMP:
                code = np.uint64(codes[at, np.uint64(steps[here, _A])]) >> np.uint64(steps[here, _B])
                there = table[base + (code & np.uint64(steps[here, _MASK]))]
                if there == NO_PLACE:
                    state = PARKED
                    break
            elif op == SPLIT:
                there = table[base + np.uint64(registers[row, np.uint64(steps[here, _A])])]
            elif op == SET:
                registers[row, np.uint64(steps[here, _A])] = np.int16(steps[here, _B])
                there = table[base]
            elif op == GOTO:
                there = table[base]
            elif op == PICK:
                state = WAITS
                break
            else:
                mark = steps[here, _B]
                marks[count] = mark
                digest = folded(digest, np.int64(mark))
                count += np.uint64(1)
                walks.stop[row] = np.int32(steps[here, _A])
                state = DONE
                break
            here = np.uint64(there)
            mark = steps[here, _MARK]
            if mark != NO_MARK:
                marks[count] = mark
                digest = folded(digest, np.int64(mark))
                count += np.uint64(1)
        walks.place[row] = here
        walks.state[row] = state
        if count > np.uint64(before):
            walks.path[row] = -2 - kept(into, digest ^ (digest >> np.uint64(32)), marks, np.int64(count))
    return len(rows)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def advance(
    program: Program, walks: Walks, row: int, place: int, marks: Array, digest: np.uint64, count: int
) -> tuple[int, int, np.uint64, int]:
    """One record, of a batch whose codes are all there, until it ends, waits or is parked.

    Returns:
        Its state, its place, the hash and the number of its marks.
    """
    steps, table = program.steps, program.table
    here = np.uint64(place)
    while True:
        op = steps[here, _OP]
        base = np.uint64(steps[here, _BASE])
        if op == JUMP:
            code = np.uint64(walks.codes[row, np.uint64(steps[here, _A])]) >> np.uint64(steps[here, _B])
            there = table[base + (code & np.uint64(steps[here, _MASK]))]
            if there == NO_PLACE:
                return PARKED, np.int64(here), digest, count
        elif op == SPLIT:
            there = table[base + np.uint64(walks.registers[row, np.uint64(steps[here, _A])])]
        elif op == SET:
            walks.registers[row, np.uint64(steps[here, _A])] = np.int16(steps[here, _B])
            there = table[base]
        elif op == GOTO:
            there = table[base]
        elif op == PICK:
            return WAITS, np.int64(here), digest, count
        else:
            marks[count] = steps[here, _B]
            walks.stop[row] = np.int32(steps[here, _A])
            return DONE, np.int64(here), folded(digest, np.int64(marks[count])), count + 1
        here = np.uint64(there)
        mark = steps[here, _MARK]
        if mark != NO_MARK:
            marks[count] = mark
            count += 1
            digest = folded(digest, np.int64(mark))
