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

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numba import njit

from flowctl.engine.bulk.abreast import HALT, Abreast

Array = np.ndarray[Any, Any]
Number: TypeAlias = Any  # an int, or one of numpy's: machine code knows which

JUMP, SPLIT, SET, GOTO, PICK, STOP = range(6)
WIDTH = 8
NOTHING = -1
UNKNOWN = -1
NO_MARK = NO_PLACE = np.uint32(0xFFFFFFFF)  # NOTHING and UNKNOWN, as programs hold them

WALKING, PARKED, WAITS, DONE = range(4)
_OP, _A, _B, _MASK, _BASE, _MARK = (np.uint64(at) for at in range(6))
_CELL, _SHIFT, _CODES, _WHICH, _TABLE, _, _INTO, _VALUE = (np.uint64(at) for at in range(WIDTH))
_HALT, _PLACE = np.uint32(HALT), np.uint32(HALT - 1)
ABREAST = 8  # records that are walked side by side
FIRST = np.uint64(1469598103934665603)  # the hash of no marks


class Program(NamedTuple):
    """Instructions, and the table of the places that they lead to."""

    steps: Any  # uint32[n, WIDTH]: numbers without sign are indices that need no check
    table: Any  # uint32
    most: int  # marks of one path
    abreast: Abreast  # the same, as `walk` reads it


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


@njit(nogil=True, cache=True)
def kept(into: Kept, digest: np.uint64, marks: Array, count: Number) -> Number:
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


@njit(nogil=True, cache=True)
def folded(digest: np.uint64, mark: Number) -> np.uint64:
    """A hash of marks, with one more."""
    digest = (digest ^ np.uint64(mark & 0xFFFFFFFF)) * np.uint64(0x9E3779B97F4A7C15)
    return digest ^ (digest >> np.uint64(29))


@njit(nogil=True, cache=True)
def begun(path: int, marks: Array) -> tuple[np.uint64, int]:
    """The hash and the number of marks of a path that goes on from another one."""
    digest = FIRST
    if path == NOTHING:
        return digest, 0
    marks[0] = -2 - path
    return folded(digest, marks[0]), 1


@njit(nogil=True, cache=True)
def has_room(program: Program, into: Kept) -> Number:
    return into.used[0] < len(into.numbers) // 2 and into.used[1] + program.most + 2 <= len(into.marks)


@njit(nogil=True, cache=True)
def walk(program: Program, walks: Walks, into: Kept, rows: Array, begin: int, offset: int) -> int:  # noqa: C901
    """Records `rows[begin:]` until they end, wait for a turn or are parked.

    Some records go side by side, a step each in turn: a step has to wait for what it reads, and meanwhile the
    processor takes those of the others. All in one function: to hand arrays to another one costs more than some steps.

    Args:
        offset: The record that the first row of `codes` belongs to.

    Returns:
        How many of `rows` are done: less than all when there is no more room for paths.
    """
    steps, which, table = program.abreast.steps, program.abreast.which, program.abreast.table
    codes, registers = walks.codes, walks.registers
    slots, width, most = codes.shape[1], program.abreast.cells, program.most + 2
    cells, marks = np.empty(ABREAST * width, np.uint16), np.empty(ABREAST * most, np.uint32)
    going, here = np.empty(ABREAST, np.uint32), np.empty(ABREAST, np.uint32)
    first, end = np.empty(ABREAST, np.uint64), np.empty(ABREAST, np.uint64)  # cell of each, and where a mark goes
    nobody = np.uint32(width - 1)
    n = begin
    while n < len(rows):
        size = min(ABREAST, len(rows) - n)
        if into.used[0] + size > len(into.numbers) // 2 or into.used[1] + size * most > len(into.marks):
            return n
        for lane in range(size):
            row = rows[n + lane]
            going[lane], here[lane], first[lane], end[lane] = lane, walks.place[row], lane * width, lane * most
            for slot in range(slots):
                cells[lane * width + slot] = codes[row - offset, slot]
            for register in range(registers.shape[1]):
                cells[lane * width + slots + register] = registers[row, register]
            if walks.path[row] != NOTHING:
                marks[lane * most] = np.uint32(-2 - walks.path[row])
                end[lane] += np.uint64(1)
        left = size
        while left > 0:
            still = 0
            for i in range(left):
                one = np.uint64(going[i])
                at, cell = np.uint64(here[one]), first[one]
                if steps[at, _INTO] != nobody:  # few do; a store each time would hold up the loads behind it
                    cells[cell + np.uint64(steps[at, _INTO])] = np.uint16(steps[at, _VALUE])
                code = np.uint64(cells[cell + np.uint64(steps[at, _CELL])]) >> np.uint64(steps[at, _SHIFT])
                code = np.uint64(steps[at, _WHICH]) + (code & np.uint64(steps[at, _CODES]))
                there = table[np.uint64(steps[at, _TABLE]) + np.uint64(which[code])]
                going[still] = np.uint32(one)
                if there < _HALT:
                    here[one] = there
                    still += 1
                    mark, last = steps[np.uint64(there), _MARK], end[one]
                    marks[last] = mark
                    end[one] = last + np.uint64(mark != NO_MARK)
                elif there != NO_PLACE:
                    here[one] = there  # else it comes to this question again
            left = still
        for lane in range(size):
            row, place, last = rows[n + lane], here[lane] & _PLACE, np.int64(end[lane])
            state = PARKED
            if here[lane] >= _HALT:
                state = WAITS
                if program.steps[place, _MARK] != NO_MARK:
                    marks[last] = program.steps[place, _MARK]
                    last += 1
                if program.steps[place, _OP] == STOP:
                    state = DONE
                    marks[last] = program.steps[place, _B]
                    last += 1
                    walks.stop[row] = np.int32(program.steps[place, _A])
            walks.place[row], walks.state[row] = np.int32(place), state
            for register in range(registers.shape[1]):
                registers[row, register] = np.int16(cells[lane * width + slots + register])
            begins = lane * most
            if last > begins + (walks.path[row] != NOTHING):
                digest = FIRST
                for at_mark in range(begins, last):
                    digest = folded(digest, np.int64(marks[at_mark]))
                passed = digest ^ (digest >> np.uint64(32))
                walks.path[row] = -2 - kept(into, passed, marks[begins:last].view(np.int32), last - begins)
        n += size
    return len(rows)


@njit(nogil=True, cache=True)
def advance(
    program: Program, walks: Walks, row: Number, place: Number, marks: Array, digest: np.uint64, count: Number
) -> tuple[int, Number, np.uint64, Number]:
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
