"""Columns of texts as values of a field: what `flowctl.flow.record.fitted` says of each, by the column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from flowctl.columns import scan
from flowctl.columns.bad import NOT_UTF8
from flowctl.columns.spans import Spans
from flowctl.data import dataclass
from flowctl.expr import FieldType, Value
from flowctl.flow.record import fitted

Array: TypeAlias = "np.ndarray[Any, Any]"
Wrong: TypeAlias = "list[tuple[int, str]]"  # rows that cannot be read, and why
Respell: TypeAlias = Callable[[str, str], str]  # a text and a kind: the text as an API would write it

MOMENTS = pa.timestamp("us", "UTC")
ARROW = {"number": pa.float64(), "checkbox": pa.bool_(), "date": pa.date32(), "datetime": MOMENTS}
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
QUARTER = 900_000_000  # within a quarter of an hour no clock of today is changed; in microseconds
TODAY = 5 * 365 * scan.DAY  # since 1975; before that some clocks were changed by seconds


@dataclass(frozen=True, slots=True)
class Typing:
    """How values are read: into which type, with which clock, by which spelling of a report."""

    type: FieldType
    zone: dt.tzinfo
    respell: Respell | None = None

    @property
    def arrow(self) -> pa.DataType:
        return ARROW.get(self.type.kind, pa.string())

    def value(self, raw: object) -> Value:
        """A value that `fitted` reads, or reads once it is spelt as an API would.

        Raises:
            ValueError: It is none; the message does not hold it.
        """
        try:
            return fitted(raw, self.type, self.zone)
        except ValueError:
            if self.respell is None or not isinstance(raw, str):
                raise
            return fitted(self.respell(raw, self.type.kind), self.type, self.zone)


@dataclass(frozen=True, slots=True)
class Typed:
    """A column as a batch has it; what is wrong is blank in it."""

    values: pa.Array
    wrong: Wrong


# Texts ----------------------------------------------------------------------------------------------------------


def typed_spans(spans: Spans, typing: Typing) -> Typed:
    """The values that texts stand for. What is missing is null, whatever its kind."""
    match typing.type.kind:
        case "number":
            return _scanned(spans, typing, scan.numbers, np.float64)
        case "checkbox":
            return _scanned(spans, typing, scan.flags, np.bool_)
        case "date":
            return _scanned(spans, typing, scan.days, np.int32)
        case "datetime":
            return _scanned(spans, typing, scan.moments, np.int64)
        case "user" | "owner":
            checked = checked_text(spans)
            people = typed_people(_dictionary(checked.values), typing)
            return Typed(people.values, [*people.wrong, *checked.wrong])
        case _:
            return checked_text(spans)


def checked_text(spans: Spans) -> Typed:
    """Texts as they are; those that are not UTF-8 are blank."""
    strings = spans.strings()
    if spans.is_ascii or pa.types.is_dictionary(strings.type):
        return Typed(strings, [])
    try:
        strings.validate(full=True)
    except pa.ArrowInvalid:
        bad = [row for row, text in enumerate(strings.cast(_binary(strings))) if not _is_utf8(text.as_py())]
        lengths = spans.lengths.copy()
        lengths[bad] = -1
        whole = Spans(spans.data, spans.begins, lengths).strings()
        return Typed(whole, [(row, NOT_UTF8) for row in bad])
    return Typed(strings, [])


def typed_people(names: pa.DictionaryArray, typing: Typing) -> Typed:
    """Users and owners, each different one asked once."""
    asked = [one(typing, name) for name in names.dictionary.to_pylist()]
    reasons = {code: reason for code, (_, reason) in enumerate(asked) if reason}
    indices = names.indices.cast(pa.int32())
    values = pa.DictionaryArray.from_arrays(indices, pa.array([value for value, _ in asked], pa.string()))
    return Typed(values, recurring(indices, reasons))


def recurring(indices: pa.Array, reasons: Mapping[int, str]) -> Wrong:
    """The rows of a dictionary whose entries cannot be read."""
    if not reasons:
        return []
    codes = indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return [(row, reasons[codes[row]]) for row in np.flatnonzero(np.isin(codes, list(reasons))).tolist()]


def _dictionary(texts: pa.Array) -> pa.DictionaryArray:
    return texts if pa.types.is_dictionary(texts.type) else texts.dictionary_encode()


def _binary(strings: pa.Array) -> pa.DataType:
    return pa.large_binary() if pa.types.is_large_string(strings.type) else pa.binary()


def _is_utf8(text: bytes | None) -> bool:
    try:
        (text or b"").decode()
    except UnicodeDecodeError:
        return False
    return True


def _scanned(spans: Spans, typing: Typing, read: Callable[..., None], of: type) -> Typed:
    if spans.scanned:
        values, states = spans.scanned
    else:
        values, states = np.empty(len(spans), of), np.empty(len(spans), np.uint8)
        read(spans.data, spans.begins, spans.lengths, values, states)
    if typing.type.kind == "datetime":
        to_utc(values, states, typing.zone)
    wrong = _asked(spans, typing, values, states)
    if typing.type.kind == "checkbox":
        return Typed(held(values, states == scan.GONE, typing.arrow), wrong)  # an empty cell is false
    return Typed(held(values, (states == scan.BLANK) | (states == scan.GONE), typing.arrow), wrong)


def held(values: Array, blank: Array, of: pa.DataType) -> pa.Array:
    """Numbers as Arrow holds them, without a copy."""
    there = pa.py_buffer(np.packbits(~blank, bitorder="little")) if blank.any() else None
    bits = np.packbits(values, bitorder="little") if pa.types.is_boolean(of) else values
    return pa.Array.from_buffers(of, len(values), [there, pa.py_buffer(bits)])


def _asked(spans: Spans, typing: Typing, values: Array, states: Array) -> Wrong:
    """Fills in what is not of the plainest form, each text asked once."""
    wrong: Wrong = []
    known: dict[str | None, tuple[Any, str | None]] = {}
    for row, text in spans.texts(np.flatnonzero(states == scan.HARD).tolist()):
        if text not in known:
            known[text] = one(typing, text)
        value, reason = known[text]
        if value is None:
            states[row] = scan.GONE if reason else scan.BLANK
        else:
            values[row], states[row] = value, scan.DONE
        if reason:
            wrong.append((row, reason))
    return wrong


def one(typing: Typing, raw: object) -> tuple[Any, str | None]:
    """A value as its column holds it, or why there is none."""
    try:
        value = typing.value(raw)
    except ValueError as error:
        return None, str(error)
    if isinstance(value, dt.datetime):
        return (value - EPOCH) // dt.timedelta(microseconds=1), None
    if isinstance(value, dt.date):
        return (value - EPOCH.date()).days, None
    return value, None


def to_utc(values: Array, states: Array, zone: dt.tzinfo) -> None:
    """Moments by the clock of a zone, as moments in UTC; those of long ago are left to Python."""
    local = states == scan.LOCAL
    if not local.any():
        return
    states[local & (values < TODAY)] = scan.HARD
    rows = np.flatnonzero(local & (values >= TODAY))
    quarters, which = np.unique(values[rows] // QUARTER, return_inverse=True)
    values[rows] -= np.array([_offset(int(quarter), zone) for quarter in quarters], np.int64)[which]
    states[rows] = scan.DONE


@lru_cache(maxsize=100_000)
def _offset(quarter: int, zone: dt.tzinfo) -> int:
    """The offset at a quarter of an hour since 1970 on the clock of a zone."""
    return offset_at(quarter * QUARTER, zone)


def offset_at(local: int, zone: dt.tzinfo) -> int:
    """How far the clock of a zone is ahead, in microseconds, when it shows a moment."""
    naive = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=local)  # noqa: DTZ001  # the zone comes next
    return (naive - naive.replace(tzinfo=zone).astimezone(dt.UTC).replace(tzinfo=None)) // dt.timedelta(microseconds=1)
