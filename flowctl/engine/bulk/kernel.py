"""The walk itself: records through a flat program, a few nanoseconds for each question.

An instruction is a row of eight numbers; what follows it stands in one long table of places:

    op     a         b      mask    base     mark
    JUMP   slot      shift  mask    base     …     to table[base + ((codes[slot, record] >> shift) & mask)]
    SPLIT  register  …      …       base     …     to table[base + registers[record, register]]
    SET    register  value  …       base     …     the register holds the value; to table[base]
    GOTO   …         …      …       base     …     to table[base]
    PICK   turn      …      …       base     …     to table[base] where it is nobody's, else to table[base + 1]
    STOP   stop      mark   …       …        …     the end

`mark` is noted whenever a record comes to the instruction, NOTHING where there is none: the marks are its path. A place
that is UNKNOWN says that nobody has computed yet what is asked here: the record is parked and comes back later.

Nearly always somebody can have a turn, and it is seldom asked who: so records go on from a turn as if it were given.
What it sets is OPEN until then; where that is asked, they are parked.

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
NOT_ASKED = -2
UNKNOWN = -1
OPEN = 1  # in a register: what hangs on who has a turn that is not given yet
AHEAD = 8  # turns that a record goes on from
NO_MARK = NO_PLACE = np.uint32(0xFFFFFFFF)  # NOTHING and UNKNOWN, as programs hold them

WALKING, PARKED, WAITS, DONE = range(4)
_OP, _A, _B, _MASK, _BASE, _MARK = (np.uint64(at) for at in range(6))
_CELL, _SHIFT, _CODES, _WHICH, _TABLE, _, _INTO, _VALUE = (np.uint64(at) for at in range(WIDTH))
_HALTED, _PLACE = np.uint64(HALT), np.uint64(HALT - 1)
ABREAST = 4  # records that are walked side by side
FIRST = np.uint64(1469598103934665603)  # the hash of no marks


class Program(NamedTuple):
    """Instructions, and the table of the places that they lead to."""

    steps: Any  # uint32[n, WIDTH]: numbers without sign are indices that need no check
    table: Any  # uint32
    most: int  # marks of one path
    abreast: Abreast  # the same, as `walk` reads it


class Walks(NamedTuple):
    """Where each record of a batch is."""

    codes: Any  # uint16[slots, n]
    registers: Any  # int16[n, registers]
    place: Any  # int32[n]: the instruction that is next
    state: Any  # uint8[n]
    path: Any  # int32[n]: the number of the path so far, NOTHING at the start; new ones as `-2 - number` in `Kept`
    stop: Any  # int32[n]: by which STOP it ended
    turns: Any  # int16[n, AHEAD at most]: those that it has gone on from; NOTHING: the next one is known to be nobody's
    ahead: Any  # uint8[n]: how many
    takers: (
        Any  # int16[n, most turns of a way]: who had each, in its order; NOTHING for nobody, NOT_ASKED without a roster
    )


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
def has_room(into: Kept, paths: Number, most: Number) -> Number:
    """Whether so many more paths, of so many marks each, can be kept."""
    return into.used[0] + paths <= len(into.numbers) // 2 and into.used[1] + paths * most <= len(into.marks)


@njit(nogil=True, cache=True, inline="always")
def _next(steps: Array, which: Array, table: Array, cells: Array, cell: Number, here: Number) -> Number:
    """Where the step after one begins, or why there is none; for the record whose cells begin at `cell`."""
    cells[cell + np.uint64(steps[here + _INTO])] = np.uint16(steps[here + _VALUE])
    code = np.uint64(cells[cell + np.uint64(steps[here + _CELL])]) >> np.uint64(steps[here + _SHIFT])
    code = np.uint64(steps[here + _WHICH]) + (code & np.uint64(steps[here + _CODES]))
    return np.uint64(table[np.uint64(steps[here + _TABLE]) + np.uint64(which[code])])


@njit(nogil=True, cache=True, inline="always")
def _noted(steps: Array, marks: Array, here: Number, last: Number) -> Number:
    """Notes the mark of a step at the end of those before, and gives where the next one goes."""
    mark = steps[here + _MARK]
    marks[last] = mark
    return last + np.uint64(mark != NO_MARK)


@njit(nogil=True, cache=True)
def walk(program: Program, walks: Walks, into: Kept, rows: Array, begin: int, offset: int) -> int:  # noqa: C901
    """Records `rows[begin:]` until they end, wait for a turn or are parked.

    Four records go side by side, a step each in turn: a step has to wait for what it reads, and meanwhile the processor
    takes those of the others. Where one has ended the next one takes its place, and after the last one nobody, on a
    step that leads to itself. All in one function: to hand arrays to another one costs more than some steps.

    Args:
        offset: The record that the first codes belong to.

    Returns:
        How many of `rows` are done: less than all when there is no more room for paths.
    """
    steps, which, table = program.abreast.steps, program.abreast.which, program.abreast.table
    codes, registers, opens = walks.codes, walks.registers, program.abreast.opens
    slots, width, most = codes.shape[0], program.abreast.cells, program.most + 2
    cells, marks = np.empty(ABREAST * width, np.uint16), np.empty(ABREAST * most, np.uint32)
    idle, turned = np.uint64(len(steps) - WIDTH), np.uint64(width - 2)
    rows_of = np.full(ABREAST, NOTHING, np.int64)
    here, there = np.full(ABREAST, idle, np.uint64), np.empty(ABREAST, np.uint64)  # of each; where steps begin
    end = np.arange(ABREAST).astype(np.uint64) * np.uint64(most)  # where its next mark goes
    cell0, cell1, cell2, cell3 = np.uint64(0), np.uint64(width), np.uint64(2 * width), np.uint64(3 * width)
    n, going, is_free = begin, 0, True
    while going > 0 or (n < len(rows) and is_free):
        for lane in range(ABREAST):
            if rows_of[lane] != NOTHING:
                continue
            is_free = has_room(into, ABREAST, most)
            if n == len(rows) or not is_free:
                continue
            cell, row = np.uint64(lane * width), rows[n]
            rows_of[lane] = row
            n += 1
            going += 1
            here[lane], end[lane] = walks.place[row] * WIDTH, lane * most
            for slot in range(slots):
                cells[cell + np.uint64(slot)] = codes[slot, row - offset]
            for register in range(registers.shape[1]):
                cells[cell + np.uint64(slots + register)] = registers[row, register]
            if walks.path[row] != NOTHING:
                marks[end[lane]] = np.uint32(-2 - walks.path[row])
                end[lane] += np.uint64(1)
        if not going:  # there is no room
            break
        h0, h1, h2, h3 = here[0], here[1], here[2], here[3]
        e0, e1, e2, e3 = end[0], end[1], end[2], end[3]
        while True:
            t0 = _next(steps, which, table, cells, cell0, h0)
            t1 = _next(steps, which, table, cells, cell1, h1)
            t2 = _next(steps, which, table, cells, cell2, h2)
            t3 = _next(steps, which, table, cells, cell3, h3)
            if (t0 | t1 | t2 | t3) & _HALTED:
                break
            h0, h1, h2, h3 = t0, t1, t2, t3
            e0, e1 = _noted(steps, marks, h0, e0), _noted(steps, marks, h1, e1)
            e2, e3 = _noted(steps, marks, h2, e2), _noted(steps, marks, h3, e3)
        here[0], here[1], here[2], here[3] = h0, h1, h2, h3
        there[0], there[1], there[2], there[3] = t0, t1, t2, t3
        end[0], end[1], end[2], end[3] = e0, e1, e2, e3
        for lane in range(ABREAST):
            if not there[lane] & _HALTED:
                here[lane] = there[lane]
                end[lane] = _noted(steps, marks, there[lane], end[lane])
                continue
            row, state, last = rows_of[lane], PARKED, np.int64(end[lane])
            cell, place = np.uint64(lane * width), np.int64(here[lane]) // WIDTH
            if there[lane] != np.uint64(NO_PLACE):  # else it comes to this question again
                state, place = WAITS, np.int64(there[lane] & _PLACE)
                if program.steps[place, _MARK] != NO_MARK:
                    marks[last] = program.steps[place, _MARK]
                    last += 1
                if program.steps[place, _OP] == STOP:
                    state = DONE
                    marks[last] = program.steps[place, _B]
                    last += 1
                    walks.stop[row] = np.int32(program.steps[place, _A])
                elif walks.ahead[row] < walks.turns.shape[1]:
                    is_nobodys = walks.turns[row, walks.ahead[row]] < 0
                    if not is_nobodys:
                        turn = np.uint64(program.steps[place, _A])
                        walks.turns[row, walks.ahead[row]] = np.int16(turn)
                        walks.ahead[row] += 1
                        for opened in range(3):
                            cells[cell + np.uint64(opens[turn, opened])] = np.uint16(OPEN)
                    cells[cell + turned] = np.uint16(is_nobodys)
                    here[lane], end[lane] = place * WIDTH, last
                    continue
            walks.place[row], walks.state[row] = np.int32(place), state
            for register in range(registers.shape[1]):
                registers[row, register] = np.int16(cells[cell + np.uint64(slots + register)])
            begins = np.int64(lane * most)
            if last > begins + (walks.path[row] != NOTHING):
                digest = FIRST
                for at_mark in range(begins, last):
                    digest = folded(digest, np.int64(marks[at_mark]))
                passed = digest ^ (digest >> np.uint64(32))
                walks.path[row] = -2 - kept(into, passed, marks[begins:last].view(np.int32), last - begins)
            rows_of[lane], here[lane], end[lane] = NOTHING, idle, begins
            going -= 1
    return n


@njit(nogil=True, cache=True)
def advance(
    program: Program, walks: Walks, row: Number, place: Number, marks: Array, digest: np.uint64, count: Number
) -> tuple[int, Number, np.uint64, Number]:
    """One record, of a batch whose codes are all there, until it ends, waits or is parked.

    Returns:
        Its state, its place, the hash and the number of its marks.
    """
    steps, table, codes, registers = program.steps, program.table, walks.codes, walks.registers
    here = np.uint64(place)
    while True:
        op = steps[here, _OP]
        base = np.uint64(steps[here, _BASE])
        if op == JUMP:
            code = np.uint64(codes[np.uint64(steps[here, _A]), row]) >> np.uint64(steps[here, _B])
            there = table[base + (code & np.uint64(steps[here, _MASK]))]
            if there == NO_PLACE:
                return PARKED, np.int64(here), digest, count
        elif op == SPLIT:
            there = table[base + np.uint64(registers[row, np.uint64(steps[here, _A])])]
        elif op == SET:
            registers[row, np.uint64(steps[here, _A])] = np.int16(steps[here, _B])
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
