"""Some records as they were read, made a batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flowctl.columns.bad import ROW, Bad, Entry, Place, refusal
from flowctl.columns.batch import EPOCH, MICROSECOND, Batch, Column, Related
from flowctl.columns.headers import Plan
from flowctl.columns.joining import rows_of
from flowctl.columns.lexer import MISSING
from flowctl.columns.native import ABSENT, typed_array, typed_values
from flowctl.columns.spans import Spans
from flowctl.columns.typed import Respell, Typed, Typing, typed_spans
from flowctl.columns.wanted import Wanted
from flowctl.data import dataclass
from flowctl.expr import FieldPath

Array: TypeAlias = "np.ndarray[Any, Any]"
Raw: TypeAlias = "Spans | pa.Array | list[object]"  # a column of CSV, of Parquet and its like, of JSON


@dataclass(frozen=True, slots=True)
class Broken:
    """A whole row that cannot be read; `row` counts from 0 in its records, and is -1 for what is none of them."""

    row: int
    reason: str
    place: Place
    raw: str


@dataclass(frozen=True, slots=True)
class Records:
    """Some records of a file, by the number of the column.

    Attributes:
        part: Which piece of the input it is, from 0.
        lines: Of each record, the line or the row of the file on which it begins.
        positions: Of each record, its place in the whole input.
        broken: Rows of which nothing, or not all, can be read. Those with `row` -1 are in no column.
    """

    part: int
    plan: Plan
    columns: Mapping[int, Raw]
    lines: Array
    positions: Array
    broken: Sequence[Broken] = ()
    controls: Sequence[int] = ()
    respell: Respell | None = None

    def __len__(self) -> int:
        return len(self.lines)


def batch_of(records: Records, wanted: Wanted, bad: Bad) -> Batch:
    """The batch of some records; what cannot be read is noted, and is blank or left out.

    Raises:
        FlowctlError: Something cannot be read, and nothing is to be made of that.
    """
    return _Maker(records, wanted, bad).batch()


class _Maker:
    def __init__(self, records: Records, wanted: Wanted, bad: Bad) -> None:
        self.records, self.wanted, self.bad = records, wanted, bad
        self.plan = records.plan
        self.entries: list[Entry] = [Entry(b.place, ROW, b.reason, b.raw) for b in records.broken]
        self.wrong: set[int] = {broken.row for broken in records.broken if broken.row >= 0}

    def batch(self) -> Batch:
        wanted, plan = self.wanted, self.plan
        columns = {path: self._column(path, number) for path, number in plan.now.items()}
        is_new = self._is_new()
        prior = {} if is_new is None else {path: self._column(path, number) for path, number in plan.prior.items()}
        related = {path: Related(wanted.holder(path) or "", self._filled(n)) for path, n in plan.there.items()}
        extra = {name: self._raw(number) for name, number in plan.extra.items()}
        whole = Batch(
            wanted.object, columns, prior, related, is_new, self._moments(columns), self.records.positions, extra
        )
        kept = self._kept()
        self._note(len(whole) - int(kept.sum()) if kept is not None else 0)
        return whole if kept is None else rows_of(whole, np.flatnonzero(kept))

    def _column(self, path: FieldPath, number: int) -> Column:
        type_ = self.wanted.type_of(path)
        assert type_ is not None, "a plan has columns of known fields"
        raw = self.records.columns[number]
        typed = self._typed(raw, Typing(type_, self.wanted.zone, self.records.respell))
        wrong = [*typed.wrong, *self._controls(raw)]
        values = typed.values
        if len(wrong) > len(typed.wrong):
            mask = np.zeros(len(self.records), np.bool_)
            mask[[row for row, _ in wrong]] = True
            values = pc.if_else(pa.array(mask), pa.scalar(None, values.type), values)
        if len(path) > 1 and type_.kind == "checkbox":  # blank cells of a related record are no fields of it
            values = pc.if_else(pa.array(self._filled((number,))), values, pa.scalar(None, pa.bool_()))
        self._wrong(number, wrong)
        return Column(type_, values)

    def _typed(self, raw: Raw, typing: Typing) -> Typed:
        if isinstance(raw, Spans):
            return typed_spans(raw, typing)
        return typed_values(raw, typing) if isinstance(raw, list) else typed_array(raw, typing)

    def _controls(self, raw: Raw) -> list[tuple[int, str]]:
        """Cells in which control characters stand."""
        if not isinstance(raw, Spans):
            return []
        texts = ((row, raw.bytes(row) or b"") for row in self.records.controls)
        return [(row, "a control character") for row, text in texts if _has_control(text)]

    def _wrong(self, number: int, wrong: Sequence[tuple[int, str]]) -> None:
        header = self.plan.headers[number]
        for row, reason in wrong:
            place = Place(int(self.records.positions[row]), self.plan.file, int(self.records.lines[row]))
            self.entries.append(Entry(place, header, reason, self._text(number, row)))
            self.wrong.add(row)

    def _text(self, number: int, row: int) -> str:
        """What a cell holds, for the rejects file."""
        raw = self.records.columns[number]
        if isinstance(raw, Spans):
            return (raw.bytes(row) or b"").decode("utf-8", "backslashreplace")
        try:
            return str(raw[row] if isinstance(raw, list) else raw[row].as_py())
        except ValueError:  # text that is not UTF-8
            return ""

    def _is_new(self) -> Array | None:
        if not self.plan.before:
            return None
        before = self._filled(self.plan.before)
        return ~before if before.any() else None

    def _filled(self, numbers: Sequence[int]) -> Array:
        """Whether any cell of some columns holds something."""
        found: Array = np.zeros(len(self.records), np.bool_)
        for number in numbers:
            found |= _is_filled(self.records.columns[number])
        return found

    def _raw(self, number: int) -> pa.Array:
        raw = self.records.columns[number]
        if isinstance(raw, Spans):
            return (
                pa.array([None if t is None else t for _, t in raw.texts(range(len(raw)))], pa.string())
                if (not raw.is_ascii)
                else raw.strings().cast(pa.string())
            )
        if isinstance(raw, list):
            return pa.array([None if v is ABSENT or v is None else str(v) for v in raw], pa.string())
        return raw

    def _moments(self, columns: Mapping[FieldPath, Column]) -> Array:
        """When each record is routed: when it was made, else at the moment that is given."""
        given = (self.wanted.moment.astimezone(dt.UTC) - EPOCH) // MICROSECOND
        created = self.wanted.created
        if created is None or created not in columns:
            return np.full(len(self.records), given, np.int64)
        values = columns[created].values.cast(pa.int64()).fill_null(given)
        return np.asarray(values.to_numpy(zero_copy_only=False), np.int64)

    def _kept(self) -> Array | None:
        """Which records stay; None for all."""
        if self.wanted.on_bad != "reject" or not self.wrong:
            return None
        kept = np.ones(len(self.records), np.bool_)
        kept[sorted(self.wrong)] = False
        return kept

    def _note(self, left_out: int) -> None:
        outside = sum(broken.row < 0 for broken in self.records.broken)
        entries = sorted(self.entries, key=lambda entry: entry.place)
        if self.wanted.on_bad == "fail" and entries:
            last = max(int(line) for line in (*self.records.lines[-1:], *(entry.place.line for entry in entries)))
            raise refusal(self.plan.file, entries, last)
        self.bad.note(self.records.part, entries, left_out + outside)


def _has_control(text: bytes) -> bool:
    return any((byte < 32 and byte not in b"\t\n\r") or byte == 127 for byte in text)


def _is_filled(raw: Raw) -> Array:
    if isinstance(raw, Spans):
        return np.asarray((raw.lengths != 0) & (raw.lengths != MISSING))
    if isinstance(raw, list):
        return np.array([value is not ABSENT and value is not None and value != "" for value in raw], np.bool_)
    filled = raw.is_valid()
    words = raw.dictionary if pa.types.is_dictionary(raw.type) else raw
    if pa.types.is_string(words.type) or pa.types.is_large_string(words.type):
        text = raw.cast(words.type) if words is not raw else raw
        filled = pc.and_(filled, pc.fill_null(pc.not_equal(text, ""), False))
    return np.asarray(filled.to_numpy(zero_copy_only=False), np.bool_)
