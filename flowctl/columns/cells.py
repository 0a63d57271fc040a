"""Cells of CSV as values: all columns of a block in one pass, record by record, while its bytes are in the cache.

Texts of few values become dictionaries. A column that turns out to hold more is read as texts from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numba
import numpy as np
import pyarrow as pa

from flowctl.columns.lexer import MISSING, PAD, copied, word
from flowctl.columns.scan import day, flag, moment, number
from flowctl.columns.spans import Spans, gathered

Array: TypeAlias = "np.ndarray[Any, Any]"

# What the cells of a column are read as; MANY are those of a dictionary that turned out to hold too many.
NOTHING, TEXT, WORD, NUMBER, FLAG, DAY, MOMENT, MANY = 0, 1, 2, 3, 4, 5, 6, 7
KINDS = {"number": NUMBER, "checkbox": FLAG, "date": DAY, "datetime": MOMENT}  # of fields; all others are texts

MOST = 256  # texts of a dictionary
LONG = 8  # words of eight bytes that the longest of them takes
TABLE_BITS = 11
_MIX = np.uint64(0x9E3779B97F4A7C15)
_OTHER = np.uint64(0xC2B2AE3D27D4EB4F)
_OF = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)  # the first bytes of a word
_NOUGHTS = np.uint64(0x3030303030303030)
_NO_DIGITS = np.uint64(0x7676767676767676)  # what takes more than 9 to the highest bit of a byte
_HIGHS = np.uint64(0x8080808080808080)
_SMALL = np.uint64(0x2020202020202020)  # the bit of small letters
_TRUE = np.uint64(int.from_bytes(b"true", "little"))
_FALSE = np.uint64(int.from_bytes(b"false", "little"))


class Words(NamedTuple):
    """The dictionaries of several columns: of each its entries by hash, how many, their bytes, their sizes."""

    table: Any  # int16[columns, 1 << TABLE_BITS], 0 for none, else the number of an entry, from 1
    count: Any  # int32[columns]
    text: Any  # uint64[columns, MOST, LONG]
    size: Any  # int32[columns, MOST]


class Texts(NamedTuple):
    """The texts of several columns behind each other, as `lexer.gather` puts them."""

    at: Any
    starts: Any
    offsets: Any
    into: Any


class Values(NamedTuple):
    """What is found, by the place of a column among those of its kind, and record."""

    numbers: Any  # float64
    flags: Any  # bool
    days: Any  # int32
    moments: Any  # int64
    codes: Any  # int32


@numba.njit(cache=True, nogil=True, inline="always")
def _place(low: Any, high: Any, length: Any) -> Any:
    """Where the table has a text."""
    hashed = (low ^ np.uint64(length)) * _MIX ^ (high + _MIX) * _OTHER
    return (hashed ^ hashed >> np.uint64(32)) * _MIX >> np.uint64(64 - TABLE_BITS)


@numba.njit(cache=True, nogil=True)
def _code(
    data: Array, begin: Any, length: Any, table: Array, count: Array, texts: Array, sizes: Array, column: Any
) -> Any:
    """The number of a text in its dictionary, which may be new; -1 where the dictionary is full."""
    more = length - 16 if length > 16 else 0  # bytes after the first two words
    eights = (more + 7) >> 3
    if eights > LONG - 2:
        return -1
    low = word(data, begin) & _OF[min(length, 8)]
    high = word(data, begin + np.uint64(8)) & _OF[min(max(length - 8, 0), 8)]
    rest = np.uint64(8 * eights - more) << np.uint64(3)  # bits of the last word that are behind the text
    place = _place(low, high, length)  # by the beginning of a long text: there are not many
    while True:
        entry = np.int64(table[column, place]) - 1
        if entry < 0:
            break
        if sizes[column, entry] == length and texts[column, entry, 0] == low and texts[column, entry, 1] == high:
            same = True
            for k in range(eights):
                text = word(data, begin + np.uint64(16 + 8 * k))
                text = text << rest >> rest if k == eights - 1 else text
                same = same and texts[column, entry, k + 2] == text
            if same:
                return entry
        place = (place + np.uint64(1)) & np.uint64((1 << TABLE_BITS) - 1)
    entry = np.int64(count[column])
    if entry == MOST:
        return -1
    texts[column, entry, 0], texts[column, entry, 1] = low, high
    for k in range(eights):
        text = word(data, begin + np.uint64(16 + 8 * k))
        texts[column, entry, k + 2] = text << rest >> rest if k == eights - 1 else text
    sizes[column, entry] = length
    table[column, place] = entry + 1
    count[column] = entry + 1
    return entry


@numba.njit(cache=True, nogil=True, inline="always")
def _digits(text: Any, length: Any) -> Any:
    """The number that up to eight digits are, -1 for anything else: all of them at once, by pairs, and pairs of these.

    Args:
        text: The word that begins with them.
    """
    each = (text << np.uint64(64 - 8 * length) | _OF[8 - length] & _NOUGHTS) ^ _NOUGHTS
    if ((each + _NO_DIGITS) | each) & _HIGHS:
        return -1
    pairs = each * np.uint64(10 << 8 | 1) >> np.uint64(8) & np.uint64(0x00FF00FF00FF00FF)
    fours = pairs * np.uint64(100 << 16 | 1) >> np.uint64(16) & np.uint64(0x0000FFFF0000FFFF)
    return np.int64(fours * np.uint64(10_000 << 32 | 1) >> np.uint64(32))


@numba.njit(cache=True, nogil=True)
def _sizes(lengths: Array, kinds: Array, places: Array, sizes: Array) -> None:
    """At most how many bytes each column of texts has."""
    for row in range(lengths.shape[0]):
        for slot in range(lengths.shape[1]):
            if kinds[slot] == TEXT:
                length = lengths[row, slot]
                sizes[places[slot]] += length if length >= 0 else max(0, -2 - length)


@numba.njit(cache=True, nogil=True)
def _read(  # noqa: C901 - one pass
    data: Array, begins: Array, lengths: Array, kinds: Array, slots: Array, firsts: Array, values: Values,
    states: Array, words: Words, texts: Texts, there: Array,
) -> None:  # fmt: skip
    """Reads all cells; of each record those of one kind after the other, so that the processor sees them coming.

    Args:
        kinds: By column; MANY where a dictionary was not enough, afterwards.
        slots: The columns, sorted by kind; `firsts` says where those of a kind begin.
        states: By column and record, what `scan` says of a cell, DONE at first; of texts, 1 where any is missing.
        there: By column, a bit for each record: whether it has the cell; of texts alone.
    """
    # Whatever is asked of a tuple counts its references anew: once for each cell would be most of the work.
    table, count, entries, size = words.table, words.count, words.text, words.size
    ends, starts, offsets, into = texts.at, texts.starts, texts.offsets, texts.into
    numbers, flags, days, moments, codes = values.numbers, values.flags, values.days, values.moments, values.codes
    for row in range(begins.shape[0]):
        for at in range(firsts[WORD + 1] - firsts[WORD]):
            slot = slots[firsts[WORD] + at]
            length: Any = np.int64(lengths[row, slot])
            if length >= 0:
                begin: Any = np.uint64(begins[row, slot])
                low = word(data, begin) & _OF[min(length, 8)]
                high = word(data, begin + np.uint64(8)) & _OF[min(max(length - 8, 0), 8)]
                code: Any = np.int64(table[at, _place(low, high, length)]) - 1
                if (
                    code < 0 or length > 16 or size[at, code] != length
                    or entries[at, code, 0] != low or entries[at, code, 1] != high
                ):  # fmt: skip
                    code = _code(data, begin, length, table, count, entries, size, at) if kinds[slot] == WORD else -1
                    kinds[slot] = WORD if code >= 0 else MANY
                codes[at, row] = code
            elif length == MISSING:
                codes[at, row] = 0
                states[slot, 0] = 1
                there[slot, row >> 3] &= ~np.uint8(1 << (row & 7))
            else:
                kinds[slot] = MANY
        for at in range(firsts[TEXT + 1] - firsts[TEXT]):
            slot = slots[firsts[TEXT] + at]
            length = np.int64(lengths[row, slot])
            offsets[at, row] = ends[at] - starts[at]
            if length == MISSING:
                states[slot, 0] = 1
                there[slot, row >> 3] &= ~np.uint8(1 << (row & 7))
            else:
                ends[at] = copied(data, np.uint64(begins[row, slot]), length, into, np.uint64(ends[at]))
        for at in range(firsts[NUMBER + 1] - firsts[NUMBER]):
            slot = slots[firsts[NUMBER] + at]
            begin = np.int64(begins[row, slot])
            length = np.int64(lengths[row, slot])
            whole = _digits(word(data, np.uint64(begin)), length) if 0 < length <= 8 else -1
            if whole >= 0:
                numbers[at, row] = whole
            else:
                states[slot, row], numbers[at, row] = number(data, begin, length)
        for at in range(firsts[FLAG + 1] - firsts[FLAG]):
            slot = slots[firsts[FLAG] + at]
            begin = np.int64(begins[row, slot])
            length = np.int64(lengths[row, slot])
            text = (word(data, np.uint64(begin)) | _SMALL) & _OF[length] if 4 <= length <= 5 else np.uint64(0)
            is_true = length == 4 and text == _TRUE
            if is_true or (length == 5 and text == _FALSE):
                flags[at, row] = is_true
            else:
                states[slot, row], flags[at, row] = flag(data, begin, length)
        for at in range(firsts[DAY + 1] - firsts[DAY]):
            slot = slots[firsts[DAY] + at]
            begin = np.int64(begins[row, slot])
            length = np.int64(lengths[row, slot])
            states[slot, row], days[at, row] = day(data, begin, length)
        for at in range(firsts[MOMENT + 1] - firsts[MOMENT]):
            slot = slots[firsts[MOMENT] + at]
            begin = np.int64(begins[row, slot])
            length = np.int64(lengths[row, slot])
            states[slot, row], moments[at, row] = moment(data, begin, length)
    for at in range(len(ends)):
        offsets[at, begins.shape[0]] = ends[at] - starts[at]


def read(data: Array, begins: Array, lengths: Array, kinds: Array, *, is_ascii: bool) -> list[Spans]:
    """All columns of a block, each with what was read of it already.

    Args:
        data: PAD bytes come after the texts.
        kinds: What each column is read as. Those of which a dictionary cannot be made become TEXT in it.
    """
    return _Block(data, begins, lengths, kinds.copy(), is_ascii).spans(kinds)


class _Block:
    def __init__(self, data: Array, begins: Array, lengths: Array, kinds: Array, is_ascii: bool) -> None:
        self.data, self.begins, self.lengths, self.kinds = data, begins, lengths, kinds
        self.is_ascii = is_ascii
        self.rows = len(begins)
        slots = np.argsort(kinds, kind="stable")
        firsts = np.searchsorted(kinds[slots], np.arange(MANY + 1))
        self.places = np.empty(len(kinds), np.int64)  # of a column among those of its kind
        self.places[slots] = np.arange(len(kinds)) - firsts[kinds[slots]]
        self.values = Values(
            *(np.empty((self._count(kind), self.rows), of) for kind, of in (
                (NUMBER, np.float64), (FLAG, np.bool_), (DAY, np.int32), (MOMENT, np.int64), (WORD, np.int32),
            ))
        )  # fmt: skip
        self.states = np.zeros((len(kinds), max(self.rows, 1)), np.uint8)
        self.there = np.full((len(kinds), (self.rows + 7) // 8), 255, np.uint8)
        self.words = _no_words(self._count(WORD))
        self.texts = self._no_texts()
        _read(
            data, begins, lengths, self.kinds, slots, firsts, self.values, self.states, self.words, self.texts,
            self.there,
        )  # fmt: skip

    def _count(self, kind: int) -> int:
        return int(np.count_nonzero(self.kinds == kind))

    def _no_texts(self) -> Texts:
        sizes = np.full(self._count(TEXT), PAD, np.int64)
        _sizes(self.lengths, self.kinds, self.places, sizes)
        at = np.cumsum(sizes) - sizes
        into = np.empty(int(sizes.sum()), np.uint8)
        return Texts(at, at.copy(), np.empty((len(sizes), self.rows + 1), np.int32), into)

    def spans(self, kinds: Array) -> list[Spans]:
        found = {slot: self._text(slot) for slot in range(len(kinds)) if self.kinds[slot] in (TEXT, WORD)}
        missed = [slot for slot in range(len(kinds)) if self.kinds[slot] == MANY or found.get(slot, self) is None]
        kinds[missed] = TEXT
        found.update(zip(missed, gathered(self.data, self.begins, self.lengths, missed), strict=True))
        return [self._span(slot, found.get(slot)) for slot in range(len(kinds))]

    def _span(self, slot: int, text: pa.Array | None) -> Spans:
        of = {NUMBER: self.values.numbers, FLAG: self.values.flags, DAY: self.values.days, MOMENT: self.values.moments}
        values = of.get(int(self.kinds[slot]))
        scanned = None if values is None else (values[self.places[slot]], self.states[slot, : self.rows])
        return Spans(self.data, self.begins[:, slot], self.lengths[:, slot], self.is_ascii, text, scanned)

    def _text(self, slot: int) -> pa.Array | None:
        """The texts of a column; None where a dictionary would hold what is not UTF-8."""
        at = int(self.places[slot])
        there = pa.py_buffer(self.there[slot]) if self.states[slot, 0] else None
        if self.kinds[slot] == TEXT:
            first, end = int(self.texts.starts[at]), int(self.texts.at[at])
            buffers = [there, pa.py_buffer(self.texts.offsets[at]), pa.py_buffer(self.texts.into[first:end])]
            return pa.Array.from_buffers(pa.string(), self.rows, buffers)
        words = self._words(at)
        if not self.is_ascii and not _is_utf8(words):
            return None
        indices = pa.Array.from_buffers(pa.int32(), self.rows, [there, pa.py_buffer(self.values.codes[at])])
        return pa.DictionaryArray.from_arrays(indices, words)

    def _words(self, at: int) -> pa.Array:
        count = int(self.words.count[at])
        sizes = self.words.size[at, :count]
        text = b"".join(
            entry.tobytes()[:size] for entry, size in zip(self.words.text[at], sizes.tolist(), strict=False)
        )
        offsets = np.concatenate([np.zeros(1, np.int32), np.cumsum(sizes, dtype=np.int32)])
        return pa.Array.from_buffers(pa.string(), count, [None, pa.py_buffer(offsets), pa.py_buffer(text)])


def _is_utf8(texts: pa.Array) -> bool:
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _no_words(columns: int) -> Words:
    return Words(
        np.zeros((columns, 1 << TABLE_BITS), np.int16),
        np.zeros(columns, np.int32),
        np.zeros((columns, MOST, LONG), np.uint64),
        np.zeros((columns, MOST), np.int32),
    )


def kinds_of(fields: Sequence[str | None]) -> Array:
    """What columns are first read as, by the kind of field of each; None where only its cells are wanted."""
    return np.array([NOTHING if kind is None else KINDS.get(kind, WORD) for kind in fields], np.uint8)
