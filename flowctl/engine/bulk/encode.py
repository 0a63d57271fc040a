"""Columns as codes, read where Arrow has them: nothing is copied, and nothing is done by Python for each record."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from flowctl.classes import Bit, Domain, Source
from flowctl.classes.sorts import Days, Flags, Moments, Numbers
from flowctl.classes.texts import Texts as PlainTexts
from flowctl.columns.batch import Batch, Column
from flowctl.engine.bulk.rows import coded
from flowctl.engine.bulk.slots import SLOT, Layout
from flowctl.engine.bulk.texts import IS_SPACE, MOST, Automaton, automata, encode
from flowctl.expr import Value

Array = np.ndarray[Any, Any]
SIDE_BY_SIDE = 8  # cuts of one part that are quicker to count than to search
PARTS = 2048  # of the line on which the cuts of a field lie
EVERY_BIT = np.zeros(0, np.uint8)  # the bitmap of a column without blanks


class Encoder:
    """Writes what `classes` makes of one field: its class into one slot, bits of its texts into others."""

    def __init__(self, layout: Layout, source: Source) -> None:
        self.source = source
        self.domain: Domain = layout.space.domains[source]
        self.slot = layout.classes.get(source, -1)
        texts = layout.texts.get(source)
        self.bits: tuple[Bit, ...] = texts.bits if texts else ()
        self.first = texts.first if texts else 0
        self.words = -(-len(self.bits) // SLOT)
        sort = self.domain.sorts[0]
        self.automata: list[Automaton] = []
        if isinstance(sort, PlainTexts):
            self.automata = automata(sort.listed if self.slot >= 0 else {}, self.bits)
        cuts = self.domain.cuts
        of = np.int64 if isinstance(sort, Days | Moments) else np.float64
        self.cuts = cuts_of(np.array(cuts, of)) if self._is_cut and cuts else None

    @property
    def _is_cut(self) -> bool:
        return len(self.domain.sorts) == 1 and isinstance(self.domain.sorts[0], Numbers | Days | Moments)

    def write(self, batch: Batch, some: slice, codes: Array, at: int) -> None:
        """
        Args:
            some: The records.
            codes: uint16[slots, records], of which only the field's own slots are written, from `at` on.
        """
        column, count = self._column(batch), some.stop - some.start
        if column is None:
            self._write_blank(codes, slice(at, at + count))
            return
        self._write(Column(column.type, column.values.slice(some.start, count)), codes, at)
        blank = self._made_blank(batch, some)
        if blank is not None:
            self._write_blank(codes, at + np.flatnonzero(blank))

    def _column(self, batch: Batch) -> Column | None:
        when, path = self.source
        return (batch.prior.get(path) if when == "prior" else None) or batch.columns.get(path)

    def _made_blank(self, batch: Batch, some: slice) -> Array | None:
        """Records for which the field is blank whatever the column says."""
        when, path = self.source
        if when == "prior":
            return np.ones(len(batch), bool)[some] if batch.is_new is None else batch.is_new[some]
        absent = None
        for length in range(1, len(path)):
            related = batch.related.get(path[:length])
            there = np.zeros(len(batch), bool)[some] if related is None else related.is_there[some]
            absent = ~there if absent is None else absent | ~there
        return absent if absent is not None and absent.any() else None

    def _write_blank(self, codes: Array, rows: Array | slice) -> None:
        if self.slot >= 0:
            codes[self.slot, rows] = self.domain.blank
        codes[self.first : self.first + self.words, rows] = 0

    def _write(self, column: Column, codes: Array, at: int) -> None:
        values = column.values
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        kind, type_ = column.type.kind, values.type
        if self.cuts is not None and self._fits_cuts(type_):
            self._write_numbers(values, self._own(codes, at, len(values)))
        elif pa.types.is_boolean(type_) and isinstance(self.domain.sorts[0], Flags):
            flags = np.frombuffer(values.buffers()[1], np.uint8)
            own = self._own(codes, at, len(values))
            write_flags(flags, values.offset, *_bitmap(values), self.domain.blank, own)
        elif self.automata and kind not in ("id", "multipicklist") and _is_text(type_):
            self._write_texts(values, codes, at)
        elif self.automata and kind not in ("id", "multipicklist") and pa.types.is_dictionary(type_):
            self._write_dictionary(values, codes, at)
        else:
            self._write_each(column, codes, at)

    def _fits_cuts(self, type_: pa.DataType) -> bool:
        sort = self.domain.sorts[0]
        return (
            (isinstance(sort, Numbers) and pa.types.is_float64(type_))
            or (isinstance(sort, Days) and pa.types.is_date32(type_))
            or (isinstance(sort, Moments) and pa.types.is_timestamp(type_) and type_.unit == "us")
        )

    def _own(self, codes: Array, at: int, count: int) -> Array:
        return codes[self.slot, at : at + count]

    def _write_numbers(self, values: pa.Array, own: Array) -> None:
        types = {64: np.float64, 32: np.int32} if isinstance(self.domain.sorts[0], Numbers | Days) else {64: np.int64}
        assert self.cuts is not None, "a domain of numbers has cuts"
        of = np.frombuffer(values.buffers()[1], types[values.type.bit_width])
        write_cuts(of[values.offset :], *_bitmap(values), self.cuts, self.domain.blank, own)

    def _write_texts(self, values: pa.Array, codes: Array, at: int) -> None:
        _, begins, data = values.buffers()
        size = np.int64 if pa.types.is_large_string(values.type) else np.int32
        offsets = np.frombuffer(begins, size)[values.offset : values.offset + len(values) + 1] if begins else _NO_TEXT
        bytes_ = np.frombuffer(data, np.uint8) if data is not None and data.size else EVERY_BIT
        valid, first = _bitmap(values)
        blank, other, slot = self.domain.blank, self.domain.other, self.slot
        far, fars = np.empty(len(values), np.int32), []
        for word, each in zip(range(0, max(self.words, 1), MOST // SLOT), self.automata, strict=True):
            words = min(self.words - word, MOST // SLOT)
            count = encode(
                each, IS_SPACE, offsets, bytes_, valid, first, codes, at, slot, other, blank, self.first + word,
                words, far,
            )  # fmt: skip
            fars.append(far[:count].copy())
            slot = -1
        rows = np.unique(np.concatenate(fars))
        if len(rows):
            self._write_some(values, rows, codes, at)

    def _write_some(self, values: pa.Array, rows: Array, codes: Array, at: int) -> None:
        """Texts that Python has to fold, each once."""
        found = values.take(pa.array(rows)).dictionary_encode()
        each = self._codes_of(found.dictionary.to_pylist())
        self._put(each, found.indices.to_numpy(), codes, at + rows)

    def _write_dictionary(self, values: pa.DictionaryArray, codes: Array, at: int) -> None:
        texts = values.dictionary
        if not _is_text(texts.type):
            texts = texts.cast(pa.string())
        each = np.zeros((codes.shape[0], len(texts) + 1), np.uint16)
        if len(texts):
            self._write_texts(texts, each, 0)
        self._write_blank(each, slice(len(texts), None))
        own = ([self.slot] if self.slot >= 0 else []) + [self.first + word for word in range(self.words)]
        indices = values.indices if pa.types.is_int32(values.indices.type) else values.indices.cast(pa.int32())
        index = np.frombuffer(indices.buffers()[1], np.int32)[indices.offset : indices.offset + len(indices)]
        for slot in own:
            write_taken(index, *_bitmap(indices), each[slot], codes[slot, at : at + len(indices)])

    def _write_each(self, column: Column, codes: Array, at: int) -> None:
        """Of any type: each value once."""
        found = coded(column)
        self._put(self._codes_of(list(found.values)), found.index, codes, slice(at, at + len(found.index)))

    def _codes_of(self, values: list[Value]) -> Array:
        each = np.zeros((len(values), 1 + self.words), np.uint16)
        for at, value in enumerate(values):
            each[at, 0] = self.domain.encode(value) if self.slot >= 0 else 0
            for number, bit in enumerate(self.bits):
                if bit.holds(value):
                    each[at, 1 + number // SLOT] |= np.uint16(1 << number % SLOT)
        return each

    def _put(self, each: Array, index: Array, codes: Array, rows: Array | slice) -> None:
        if self.slot >= 0:
            codes[self.slot, rows] = each[index, 0]
        for word in range(self.words):
            codes[self.first + word, rows] = each[index, 1 + word]


_NO_TEXT = np.zeros(1, np.int32)


def encoders_of(layout: Layout) -> list[Encoder]:
    return [Encoder(layout, source) for source in dict.fromkeys([*layout.classes, *layout.texts])]


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def _bitmap(values: pa.Array) -> tuple[Array, int]:
    """Which values are there, and the number of the first one in the bitmap."""
    bitmap = values.buffers()[0]
    if bitmap is None or not values.null_count:
        return EVERY_BIT, 0
    return np.frombuffer(bitmap, np.uint8), values.offset


class Cuts(NamedTuple):
    """Where classes of numbers begin, and how to find the place of a number among them.

    The line from the first cut to the last is divided evenly: `below` is how many cuts lie before each part of it, and
    none has more than `most` of its own. A number in an earlier part is smaller, as sure as rounding keeps the order.
    """

    values: Any  # int64 or float64, ascending
    below: Any  # uint16
    first: float
    last: float
    parts: float  # by unit
    most: int


def cuts_of(values: Array) -> Cuts:
    first, last = float(values[0]), float(values[-1])
    parts = PARTS / (last - first) if np.isfinite(last - first) and last - first > 1e-300 else 0.0
    made = Cuts(values, np.zeros(0, np.uint16), first, last, parts, 0)
    of = np.array([part_of(made, float(value)) for value in values], np.int64)
    below = np.searchsorted(of, np.arange(PARTS + 2)).astype(np.uint16)
    return made._replace(below=below, most=int(np.bincount(of).max()))


@njit(nogil=True, cache=True)
def part_of(cuts: Cuts, value: float) -> Any:
    """Of the parts of the line, that in which a number is."""
    value = value if value > cuts.first else cuts.first
    value = value if value < cuts.last else cuts.last
    return np.int64((value - cuts.first) * cuts.parts)


@njit(nogil=True, cache=True)
def write_cuts(values: Array, valid: Array, first: int, cuts: Cuts, blank: int, own: Array) -> None:
    each, below, most, all_ = cuts.values, cuts.below, np.uint64(cuts.most), np.uint64(len(cuts.values))
    for row in range(len(own)):
        if len(valid):
            at = first + row
            if not (valid[at >> 3] >> (at & 7)) & 1:
                own[row] = blank
                continue
        value = values[row]
        if most > SIDE_BY_SIDE:
            low, size = 0, len(each)
            while size > 1:  # without branches, which would be guessed wrong half of the time
                half = size >> 1
                low += half * (each[low + half - 1] <= value)
                size -= half
            own[row] = low + (each[low] <= value)
            continue
        place = np.uint64(below[np.uint64(part_of(cuts, np.float64(value)))])
        code = place
        for n in range(place, min(place + most, all_)):  # those of the parts after this one are greater
            code += np.uint64(each[n] <= value)
        own[row] = code


@njit(nogil=True, cache=True)
def write_flags(values: Array, begin: int, valid: Array, first: int, blank: int, own: Array) -> None:
    for row in range(len(own)):
        at = begin + row
        code = (values[at >> 3] >> (at & 7)) & 1
        if len(valid):
            at = first + row
            if not (valid[at >> 3] >> (at & 7)) & 1:
                code = blank
        own[row] = code


@njit(nogil=True, cache=True)
def write_taken(index: Array, valid: Array, first: int, of: Array, own: Array) -> None:
    for row in range(len(own)):
        at = index[row]
        if len(valid):
            n = first + row
            if not (valid[n >> 3] >> (n & 7)) & 1:
                at = len(of) - 1
        own[row] = of[at]
