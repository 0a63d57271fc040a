"""Where the records and cells of CSV text begin and end, exactly as Python's `csv` reads it, at the speed of memory.

A quote opens a text only at the start of a cell, and two within one are one; lines end at LF, CR or both. What Python
calls an error, more text after a closing quote, is marked, and the text goes on.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numba
import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"
Word: TypeAlias = Any  # eight bytes, as a uint64 of numpy

QUOTE, LF, CR = 34, 10, 13
PLAIN, DELIMITER, LINE, RETURN, MARK, CONTROL = 0, 1, 2, 3, 4, 5  # what a byte is

# What is the matter with a record.
FINE, MORE, FEWER, STRAY = 0, 1, 2, 3
# What is noted of each record: where it begins and ends (after its line end), on which line, how many cells it has,
# what is the matter, whether control characters are in it, whether an empty line stands before it.
BEGINS, ENDS, ON_LINE, CELLS, MATTER, HAS_CONTROL, AFTER_GAP = 0, 1, 2, 3, 4, 5, 6
NOTES = 7
MISSING = -1  # the length of a cell that is not there
PAD = 16  # bytes after a text that may be read with it


def kinds_of(delimiter: str) -> Array:
    """What each byte is, with a delimiter."""
    kinds = np.zeros(256, np.uint8)
    kinds[:32] = CONTROL
    kinds[127] = CONTROL
    kinds[ord("\t")] = PLAIN
    kinds[ord(delimiter)] = DELIMITER
    kinds[LF], kinds[CR], kinds[QUOTE] = LINE, RETURN, MARK
    return kinds


# Eight bytes at a time ------------------------------------------------------------------------------------------------

_ONES = np.uint64(0x0101010101010101)
_HIGHS = np.uint64(0x8080808080808080)
_SPACES = np.uint64(0x2020202020202020)
_LASTS = np.uint64(0x7F7F7F7F7F7F7F7F)
_QUOTES = np.uint64(0x2222222222222222)
_PLACES = np.uint64(0x0001020304050607)


@numba.njit(cache=True, nogil=True, inline="always")
def word(data: Array, at: Any) -> Word:
    """The eight bytes from a place (uint64), the first one lowest; the compiler makes one step of it."""
    a, b, c, d = data[at], data[at + np.uint64(1)], data[at + np.uint64(2)], data[at + np.uint64(3)]
    e, f, g = data[at + np.uint64(4)], data[at + np.uint64(5)], data[at + np.uint64(6)]
    return (
        np.uint64(a) | np.uint64(b) << np.uint64(8) | np.uint64(c) << np.uint64(16) | np.uint64(d) << np.uint64(24)
        | np.uint64(e) << np.uint64(32) | np.uint64(f) << np.uint64(40) | np.uint64(g) << np.uint64(48)
        | np.uint64(data[at + np.uint64(7)]) << np.uint64(56)
    )  # fmt: skip


@numba.njit(cache=True, nogil=True, inline="always")
def _zeros(eight: Word) -> Word:
    """The highest bit of each byte that is zero. Above the first one, others may be marked, too."""
    return (eight - _ONES) & ~eight & _HIGHS


@numba.njit(cache=True, nogil=True, inline="always")
def _controls(eight: Word) -> Word:
    """The same of control characters, line ends among them."""
    return (eight - _SPACES) & ~eight & _HIGHS | _zeros(eight ^ _LASTS)


@numba.njit(cache=True, nogil=True, inline="always")
def _first(marks: Word) -> Word:
    """The place of the first byte that is marked."""
    return ((marks & (~marks + np.uint64(1))) >> np.uint64(7)) * _PLACES >> np.uint64(56)


# Records --------------------------------------------------------------------------------------------------------------


@numba.njit(cache=True, nogil=True)
def line_ends(data: Array) -> int:
    """How many bytes may end a line."""
    count = 0
    for at in range(len(data)):
        count += (data[at] == LF) | (data[at] == CR)
    return count


@numba.njit(cache=True, nogil=True)
def lex(  # noqa: C901  # a machine of states, in one piece for the compiler
    data: Array, is_last: bool, kinds: Array, width: int, slots: Array, begins: Array, lengths: Array, notes: Array
) -> tuple[int, Any, int]:
    """Finds records that are whole: how many have any text, where the last one ends, how many lines there are.

    PAD bytes of zero follow in memory.

    Args:
        is_last: Whether nothing follows, so that the last record needs no line end.
        width: How many cells a record should have.
        slots: For each column, the place in `begins` and `lengths` that takes its cells, -1 for none.
        begins: Where the text of cells begins, by record and place.
        lengths: How long it is, MISSING where there is no such cell; with doubled quotes, -2 - length.
    """
    record, line, done, lines = 0, 0, np.uint64(0), 0
    i, size, one, eight = np.uint64(0), np.uint64(len(data)), np.uint64(1), np.uint64(8)
    delimiters = np.uint64(0)
    for byte in range(256):
        if kinds[byte] == DELIMITER:
            delimiters = _ONES * np.uint64(byte)
    taken = len(slots)
    gap = False
    while i < size:
        start, first_line, column, matter, filled, odd = i, line, 0, 0, False, False
        whole = False
        while True:  # a cell
            slot = slots[column] if column < taken else -1
            doubled = False
            if i < size and data[i] == QUOTE:
                i += one
                begin = i
                closed = False
                while i < size:
                    text = word(data, i)
                    marks = _controls(text) | _zeros(text ^ _QUOTES)
                    if not marks:
                        i += eight
                        continue
                    i += _first(marks)
                    if i >= size:
                        break
                    c = data[i]
                    if c == QUOTE:
                        if i + one < size and data[i + one] == QUOTE:
                            doubled = True
                            i += one + one
                            continue
                        closed = i + one < size or is_last
                        break
                    kind = kinds[c]
                    if kind == CONTROL:
                        odd = True
                    elif c == LF or (c == CR and i + one < size and data[i + one] != LF):
                        line += 1
                    i += one
                i = min(i, size)
                length = np.int64(i - begin)
                i += one
                if not closed:
                    matter = STRAY
                    break
                while i < size and (kinds[data[i]] == PLAIN or kinds[data[i]] >= MARK):
                    matter = STRAY
                    i += one
            else:
                begin = i
                while i < size:
                    text = word(data, i)
                    marks = _controls(text) | _zeros(text ^ delimiters)
                    if not marks:
                        i += eight
                        continue
                    i += _first(marks)
                    if i >= size:
                        break
                    kind = kinds[data[i]]
                    if kind != PLAIN:
                        if kind <= RETURN:
                            break
                        if kind == CONTROL:
                            odd = True
                    i += one
                i = min(i, size)
                length = np.int64(i - begin)
            if length > 0:
                filled = True
            if slot >= 0:
                begins[record, slot] = begin
                lengths[record, slot] = -2 - length if doubled else length
            column += 1
            if i >= size:
                break
            kind = kinds[data[i]]
            i += one
            if kind == DELIMITER:
                continue
            if kind == RETURN:
                if i >= size and not is_last:
                    break  # LF may come
                if i < size and data[i] == LF:
                    i += one
            whole = True
            line += 1
            break
        if not whole:
            if not is_last:
                break
            i = size
            line += 1
        done, lines = i, line
        if not filled and matter == FINE:
            gap = True
            continue
        for k in range(column, taken):
            if slots[k] >= 0:
                lengths[record, slots[k]] = MISSING
        if matter == FINE and column != width:
            matter = MORE if column > width else FEWER
        notes[record, BEGINS] = start
        notes[record, ENDS] = i
        notes[record, ON_LINE] = first_line
        notes[record, CELLS] = column
        notes[record, MATTER] = matter
        notes[record, HAS_CONTROL] = odd
        notes[record, AFTER_GAP] = gap
        gap = False
        record += 1
    return record, np.int64(done), lines


@numba.njit(cache=True, nogil=True)
def size_of(lengths: Array) -> int:
    """At most how many bytes some cells have together."""
    total = 0
    for length in lengths:
        total += length if length >= 0 else max(0, -2 - length)
    return total


@numba.njit(cache=True, nogil=True, inline="always")
def copied(data: Array, begin: Any, length: int, into: Array, to: Any) -> Any:
    """Puts a cell's text somewhere; gives where it ends.

    Eight bytes are moved at a time, and may be read and written behind the last one: PAD bytes are needed there.
    """
    one, eight = np.uint64(1), np.uint64(8)
    if length >= 0:
        done = to + np.uint64(length)
        while to < done:
            a, b, c, d = data[begin], data[begin + one], data[begin + np.uint64(2)], data[begin + np.uint64(3)]
            e, f = data[begin + np.uint64(4)], data[begin + np.uint64(5)]
            g, h = data[begin + np.uint64(6)], data[begin + np.uint64(7)]
            into[to], into[to + one], into[to + np.uint64(2)], into[to + np.uint64(3)] = a, b, c, d
            into[to + np.uint64(4)], into[to + np.uint64(5)] = e, f
            into[to + np.uint64(6)], into[to + np.uint64(7)] = g, h
            begin += eight
            to += eight
        return done
    if length == MISSING:
        return to
    end = begin + np.uint64(-2 - length)
    while begin < end:
        into[to] = data[begin]
        to += one
        begin += one if data[begin] != QUOTE else np.uint64(2)
    return to


@numba.njit(cache=True, nogil=True)
def gather(
    data: Array, begins: Array, lengths: Array, which: Array, at: Array, offsets: Array, into: Array, there: Array
) -> Array:
    """Puts the cells of columns behind each other, all columns at once: each record is in the cache then.

    Gives how many cells of each column are missing.

    Args:
        which: The places of the columns in `begins` and `lengths`.
        at: Where the texts of each column begin in `into`; where they end, afterwards.
        offsets: Of each column, where its texts begin, counted from the first.
        there: Of each column, a bit for each record: whether it has the cell.
    """
    starts = at.copy()
    missing = np.zeros(len(which), np.int64)
    for row in range(begins.shape[0]):
        for column in range(len(which)):
            length = lengths[row, which[column]]
            offsets[column, row] = at[column] - starts[column]
            at[column] = copied(data, np.uint64(begins[row, which[column]]), length, into, np.uint64(at[column]))
            if length == MISSING:
                missing[column] += 1
                there[column, row >> 3] &= ~np.uint8(1 << (row & 7))
    for column in range(len(which)):
        offsets[column, begins.shape[0]] = at[column] - starts[column]
    return missing
