"""Columns that a file has typed, in Arrow's types or JSON's, as values of a field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flowctl.columns import scan
from flowctl.columns.spans import spans_of
from flowctl.columns.typed import (
    ARROW,
    MOMENTS,
    Typed,
    Typing,
    Wrong,
    offset_at,
    one,
    recurring,
    to_utc,
    typed_people,
    typed_spans,
)

PEOPLE = ("user", "owner")
_HIGH_BITS = 0x8080808080808080
_LIKELY = -25_567, 376_200  # the days of 1900 and of 3000, from 1970


def typed_array(raw: pa.Array, typing: Typing) -> Typed:
    """The values of a column that has a type of its own; null is blank."""
    kind, of = typing.type.kind, raw.type
    if pa.types.is_dictionary(of):
        return _typed_dictionary(raw, typing)
    if _is_text(of):
        return _typed_text(_as_strings(raw), typing)
    done = _native(raw, typing)
    if done is None:
        done = typed_values(raw.to_pylist(), typing)
    return _without_blanks(done) if kind == "checkbox" else done


def _without_blanks(flags: Typed) -> Typed:
    """Flags of which blank ones are false, as `fitted` has them; what is wrong stays blank."""
    if not flags.wrong:
        return Typed(pc.fill_null(flags.values, False), [])
    fine = np.ones(len(flags.values), np.bool_)
    fine[[row for row, _ in flags.wrong]] = False
    values = pc.if_else(pa.array(fine), pc.fill_null(flags.values, False), pa.scalar(None, pa.bool_()))
    return Typed(values, flags.wrong)


def _typed_text(strings: pa.Array, typing: Typing) -> Typed:
    kind = typing.type.kind
    if kind in ARROW:
        done = typed_spans(spans_of(strings), typing)
        return _without_blanks(done) if kind == "checkbox" else done
    if kind not in PEOPLE and _is_valid(strings):
        return Typed(strings, [])
    return typed_spans(spans_of(strings), typing)


def _is_valid(strings: pa.Array) -> bool:
    if _is_ascii(strings):
        return True
    try:
        strings.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _is_ascii(strings: pa.Array) -> bool:
    """Whether all texts are where they should be, and of ASCII: eight bytes at a time."""
    _, held, data = strings.buffers()
    if held is None or data is None or not len(strings):
        return False
    offsets: Any = np.frombuffer(held, np.int64 if pa.types.is_large_string(strings.type) else np.int32)
    offsets = offsets[strings.offset : strings.offset + len(strings) + 1]
    begin, end = int(offsets[0]), int(offsets[-1])
    if begin < 0 or end > data.size or (offsets[1:] < offsets[:-1]).any():
        return False
    whole = np.frombuffer(data, np.uint64, (end - begin) // 8, begin)
    rest = np.frombuffer(data, np.uint8, (end - begin) % 8, begin + whole.nbytes)
    return not int(np.bitwise_or.reduce(whole)) & _HIGH_BITS and not (rest & 0x80).any()


def _typed_dictionary(raw: pa.DictionaryArray, typing: Typing) -> Typed:
    kind = typing.type.kind
    indices = raw.indices.cast(pa.int32())
    if kind in PEOPLE:
        return typed_people(pa.DictionaryArray.from_arrays(indices, _as_strings(raw.dictionary)), typing)
    words = typed_array(raw.dictionary, typing)
    wrong = recurring(indices, dict(words.wrong))
    if kind not in ARROW:
        return Typed(pa.DictionaryArray.from_arrays(indices, words.values), wrong)
    values = Typed(words.values.take(indices), wrong)
    return _without_blanks(values) if kind == "checkbox" else values


def _is_text(of: pa.DataType) -> bool:
    return any(is_(of) for is_ in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view,
                                   pa.types.is_binary, pa.types.is_large_binary))  # fmt: skip


def _as_strings(raw: pa.Array) -> pa.Array:
    if pa.types.is_string(raw.type) or pa.types.is_large_string(raw.type):
        return raw
    if pa.types.is_binary(raw.type) or pa.types.is_large_binary(raw.type):
        strings = pa.string() if pa.types.is_binary(raw.type) else pa.large_string()
        return raw.view(strings)
    return raw.cast(pa.large_string() if pa.types.is_string_view(raw.type) else pa.string())


def _native(raw: pa.Array, typing: Typing) -> Typed | None:
    """A column whose type fits; None where each value has to be asked."""
    of, kind = raw.type, typing.type.kind
    if pa.types.is_null(of):
        return Typed(pa.nulls(len(raw), typing.arrow), [])
    if kind == "number" and pa.types.is_decimal(of):
        return _typed_text(raw.cast(pa.string()), typing)  # by way of its digits it is rounded as Python does
    is_number = pa.types.is_integer(of) or pa.types.is_floating(of)
    if kind == "number" and is_number:
        return _finite(pc.cast(raw, pa.float64(), safe=False))
    if kind == "checkbox" and pa.types.is_boolean(of):
        return Typed(raw, [])
    if kind == "date" and pa.types.is_date(of):
        return _in_calendar(pc.cast(raw, pa.date32()), "a day", typing)
    if kind == "datetime" and pa.types.is_timestamp(of):
        return _in_calendar(_moments(raw, typing.zone), "a moment", typing)
    if kind not in ARROW and kind != "multipicklist" and pa.types.is_integer(of):
        return typed_array(raw.cast(pa.string()), typing)
    return None


def _finite(numbers: pa.Array) -> Typed:
    held = numbers.buffers()[1]
    if held is not None and len(numbers):
        with np.errstate(all="ignore"):
            total = np.frombuffer(held, np.float64)[numbers.offset : numbers.offset + len(numbers)].sum()
        if np.isfinite(total):
            return Typed(numbers, [])
    finite = pc.is_finite(numbers)
    if pc.all(finite).as_py() in (True, None):
        return Typed(numbers, [])
    wrong = np.flatnonzero(~np.asarray(finite.fill_null(True)))
    kept = pc.if_else(finite, numbers, pa.scalar(None, pa.float64()))
    return Typed(kept, [(row, "a number is needed, such as 12 or -0.5") for row in wrong.tolist()])


def _moments(raw: pa.Array, zone: dt.tzinfo) -> pa.Array:
    """Moments in UTC; those without a zone are by the clock of the workspace. Finer than a microsecond is cut off."""
    if raw.type.tz:
        return raw.cast(pa.timestamp(raw.type.unit, "UTC")).cast(MOMENTS, safe=False)
    naive = raw.cast(pa.timestamp("us"), safe=False)
    values = naive.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False).copy()
    states = np.full(len(values), scan.LOCAL, np.uint8)
    to_utc(values, states, zone)
    for row in np.flatnonzero(states == scan.HARD).tolist():
        values[row] -= offset_at(int(values[row]), zone)
    blank = np.asarray(raw.is_null())
    return pa.array(values, mask=blank if blank.any() else None).cast(MOMENTS)


def _in_calendar(values: pa.Array, what: str, typing: Typing) -> Typed:
    if _is_likely(values):
        return Typed(values, [])
    years = pc.year(values)
    fits = pc.and_(pc.greater_equal(years, 1700), pc.less_equal(years, 4000))
    if pc.all(fits).as_py() in (True, None):
        return Typed(values, [])
    wrong = np.flatnonzero(~np.asarray(fits.fill_null(True)))
    kept = pc.if_else(fits, values, pa.scalar(None, values.type))
    return Typed(kept, [(row, f"{what} of the years 1700 to 4000 is needed") for row in wrong.tolist()])


def _is_likely(values: pa.Array) -> bool:
    """Whether all are of the years 1900 to 3000, which is quicker to see than their years."""
    size, of = (np.int32, 1) if pa.types.is_date32(values.type) else (np.int64, 24 * 3600 * 1_000_000)
    held = values.buffers()[1]
    if not len(values) or held is None:
        return False
    numbers = np.frombuffer(held, size)[values.offset : values.offset + len(values)]  # also of blanks: zero, as a rule
    return bool(_LIKELY[0] * of <= numbers.min() and numbers.max() < _LIKELY[1] * of)


# What JSON holds ------------------------------------------------------------------------------------------------

ABSENT = object()  # no such key


def typed_values(raw: Sequence[object], typing: Typing) -> Typed:
    """The values of a column of whatever JSON can hold, each different one asked once; ABSENT ones are null."""
    known: dict[object, tuple[Any, str | None]] = {}
    values: list[Any] = []
    wrong: Wrong = []
    for row, item in enumerate(raw):
        if item is ABSENT:
            values.append(None)
            continue
        key = _key(item)
        if key not in known:
            known[key] = one(typing, item)
        value, reason = known[key]
        values.append(";".join(value) if isinstance(value, tuple) else value)
        if reason:
            wrong.append((row, reason))
    kind = typing.type.kind
    plain = {"date": pa.int32(), "datetime": pa.int64()}.get(kind, typing.arrow)
    return Typed(pa.array(values, plain).cast(typing.arrow), wrong)


def _key(item: object) -> object:
    """What tells values apart that are read differently; one mapping is as wrong as another."""
    if isinstance(item, dict):
        return dict
    return type(item), tuple(map(repr, item)) if isinstance(item, list) else item
