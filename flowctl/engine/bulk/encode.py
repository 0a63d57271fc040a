"""Columns as codes, read where Arrow has them: nothing is copied, and nothing is done by Python for each record."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from flowctl.classes import Bit, Domain, Source
from flowctl.classes.sorts import Days, Flags, Moments, Numbers
from flowctl.classes.sorts import Texts as PlainTexts
from flowctl.columns.batch import Batch, Column
from flowctl.engine.bulk.rows import coded
from flowctl.engine.bulk.slots import SLOT, Layout
from flowctl.engine.bulk.texts import IS_SPACE, Automaton, automaton, encode
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
        self.automaton: Automaton | None = None
        if isinstance(sort, PlainTexts):
            self.automaton = automaton(sort.listed if self.slot >= 0 else {}, self.bits, self.words)
        cuts = self.domain.cuts
        of = np.int64 if isinstance(sort, Days | Moments) else np.float64
        self.cuts = cuts_of(np.array(cuts, of)) if self._is_cut and cuts else None

    @property
    def _is_cut(self) -> bool:
        return len(self.domain.sorts) == 1 and isinstance(self.domain.sorts[0], Numbers | Days | Moments)

    def write(self, batch: Batch, begin: int, codes: Array) -> None:
        """
        Args:
            begin: The first of the records.
            codes: uint16[records, slots], of which only the field's own slots are written.
        """
        column = self._column(batch)
        if column is None:
            self._write_blank(codes, np.arange(len(codes)))
            return
        self._write(Column(column.type, column.values.slice(begin, len(codes))), codes)
        blank = self._made_blank(batch, slice(begin, begin + len(codes)))
        if blank is not None:
            self._write_blank(codes, np.flatnonzero(blank))

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

    def _write_blank(self, codes: Array, rows: Array) -> None:
        if self.slot >= 0:
            codes[rows, self.slot] = self.domain.blank
        for word in range(self.words):
            codes[rows, self.first + word] = 0

    def _write(self, column: Column, codes: Array) -> None:
        values = column.values
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        kind, type_ = column.type.kind, values.type
        if self.cuts is not None and self._fits_cuts(type_):
            self._write_numbers(values, codes)
        elif pa.types.is_boolean(type_) and isinstance(self.domain.sorts[0], Flags):
            flags = np.frombuffer(values.buffers()[1], np.uint8)
            write_flags(flags, values.offset, *_bitmap(values), len(values), self.domain.blank, codes, self.slot)
        elif self.automaton is not None and kind not in ("id", "multipicklist") and _is_text(type_):
            self._write_texts(values, codes)
        elif self.automaton is not None and kind not in ("id", "multipicklist") and pa.types.is_dictionary(type_):
            self._write_dictionary(values, codes)
        else:
            self._write_each(column, codes)

    def _fits_cuts(self, type_: pa.DataType) -> bool:
        sort = self.domain.sorts[0]
        return (
            (isinstance(sort, Numbers) and pa.types.is_float64(type_))
            or (isinstance(sort, Days) and pa.types.is_date32(type_))
            or (isinstance(sort, Moments) and pa.types.is_timestamp(type_) and type_.unit == "us")
        )

    def _write_numbers(self, values: pa.Array, codes: Array) -> None:
        types = {64: np.float64, 32: np.int32} if isinstance(self.domain.sorts[0], Numbers | Days) else {64: np.int64}
        assert self.cuts is not None, "a domain of numbers has cuts"
        of = np.frombuffer(values.buffers()[1], types[values.type.bit_width])
        write_cuts(of[values.offset :], *_bitmap(values), len(values), self.cuts, self.domain.blank, codes, self.slot)

    def _write_texts(self, values: pa.Array, codes: Array) -> None:
        assert self.automaton is not None
        _, begins, data = values.buffers()
        size = np.int64 if pa.types.is_large_string(values.type) else np.int32
        offsets = np.frombuffer(begins, size)[values.offset : values.offset + len(values) + 1] if begins else _NO_TEXT
        bytes_ = np.frombuffer(data, np.uint8) if data is not None and data.size else EVERY_BIT
        far = np.empty(len(values), np.int32)
        valid, first = _bitmap(values)
        blank, other = self.domain.blank, self.domain.other
        count = encode(
            self.automaton, IS_SPACE, offsets, bytes_, valid, first, codes, self.slot, other, blank, self.first,
            self.words, far,
        )  # fmt: skip
        if count:
            self._write_some(values, far[:count], codes)

    def _write_some(self, values: pa.Array, rows: Array, codes: Array) -> None:
        """Texts that Python has to fold, each once."""
        found = values.take(pa.array(rows)).dictionary_encode()
        each = self._codes_of(found.dictionary.to_pylist())
        self._put(each, found.indices.to_numpy(), codes, rows)

    def _write_dictionary(self, values: pa.DictionaryArray, codes: Array) -> None:
        texts = values.dictionary
        if not _is_text(texts.type):
            texts = texts.cast(pa.string())
        each = np.zeros((len(texts) + 1, codes.shape[1]), np.uint16)
        if len(texts):
            self._write_texts(texts, each[:-1])
        self._write_blank(each, np.array([len(texts)]))
        own = ([self.slot] if self.slot >= 0 else []) + [self.first + word for word in range(self.words)]
        indices = values.indices if pa.types.is_int32(values.indices.type) else values.indices.cast(pa.int32())
        at = np.frombuffer(indices.buffers()[1], np.int32)[indices.offset : indices.offset + len(indices)]
        valid, first = _bitmap(indices)
        for slot in own:
            write_taken(at, valid, first, np.ascontiguousarray(each[:, slot]), codes, slot)

    def _write_each(self, column: Column, codes: Array) -> None:
        """Of any type: each value once."""
        found = coded(column)
        self._put(self._codes_of(list(found.values)), found.index, codes, np.arange(len(codes)))

    def _codes_of(self, values: list[Value]) -> Array:
        each = np.zeros((len(values), 1 + self.words), np.uint16)
        for at, value in enumerate(values):
            each[at, 0] = self.domain.encode(value) if self.slot >= 0 else 0
            for number, bit in enumerate(self.bits):
                if bit.holds(value):
                    each[at, 1 + number // SLOT] |= np.uint16(1 << number % SLOT)
        return each

    def _put(self, each: Array, index: Array, codes: Array, rows: Array) -> None:
        if self.slot >= 0:
            codes[rows, self.slot] = each[index, 0]
        for word in range(self.words):
            codes[rows, self.first + word] = each[index, 1 + word]


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
def write_cuts(
    values: Array, valid: Array, first: int, count: int, cuts: Cuts, blank: int, codes: Array, slot: int
) -> None:
    each, below, most, all_ = cuts.values, cuts.below, np.uint64(cuts.most), np.uint64(len(cuts.values))
    for row in range(count):
        if len(valid):
            at = first + row
            if not (valid[at >> 3] >> (at & 7)) & 1:
                codes[row, slot] = blank
                continue
        value = values[row]
        if most > SIDE_BY_SIDE:
            low, size = 0, len(each)
            while size > 1:  # without branches, which would be guessed wrong half of the time
                half = size >> 1
                low += half * (each[low + half - 1] <= value)
                size -= half
            codes[row, slot] = low + (each[low] <= value)
            continue
        place = np.uint64(below[np.uint64(part_of(cuts, np.float64(value)))])
        code = place
        for n in range(place, min(place + most, all_)):  # those of the parts after this one are greater
            code += np.uint64(each[n] <= value)
        codes[row, slot] = code


@njit(nogil=True, cache=True)
def write_flags(
    values: Array, begin: int, valid: Array, first: int, count: int, blank: int, codes: Array, slot: int
) -> None:
    for row in range(count):
        at = begin + row
        code = (values[at >> 3] >> (at & 7)) & 1
        if len(valid):
            at = first + row
            if not (valid[at >> 3] >> (at & 7)) & 1:
                code = blank
        codes[row, slot] = code


@njit(nogil=True, cache=True)
def write_taken(index: Array, valid: Array, first: int, of: Array, codes: Array, slot: int) -> None:
    for row in range(len(index)):
        at = index[row]
        if len(valid):
            n = first + row
            if not (valid[n >> 3] >> (n & 7)) & 1:
                at = len(of) - 1
        codes[row, slot] = of[at]
