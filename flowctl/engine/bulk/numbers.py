"""Numbers, days and moments as machine numbers: what conditions compare and compute without Python.

Whatever is not certain to be what `expr.evaluation` says is left to that: `vector` and `compared` give None then.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa

from flowctl.columns.batch import Column
from flowctl.data import dataclass
from flowctl.engine.bulk.days import (
    DAY,
    HOUR,
    day_of_number,
    days_of,
    moment_of_number,
    number_of_day,
    number_of_moment,
)
from flowctl.engine.bulk.rows import Array, Coded, Rows
from flowctl.expr import Operand, Value
from flowctl.expr.ast import Arithmetic, Blank, Day, Extreme, Field, Moment, Now, Number, Prior, Shift, Today

Kind: TypeAlias = Literal["number", "day", "moment", "blank"]
_KINDS: dict[str, tuple[Kind, pa.DataType, pa.DataType]] = {  # and the types that hold them, in Arrow and as numbers
    "number": ("number", pa.float64(), pa.float64()),
    "date": ("day", pa.date32(), pa.int32()),
    "datetime": ("moment", pa.timestamp("us", "UTC"), pa.int64()),
}
_YEARS = dt.datetime(1700, 1, 1, tzinfo=dt.UTC), dt.datetime(4001, 1, 1, tzinfo=dt.UTC)  # as `in_calendar`
_MOMENTS = tuple(map(number_of_moment, _YEARS))
_DAYS = tuple(moment // DAY for moment in _MOMENTS)
_FAR = 5000 * 366  # days; nothing within the calendar is so far from anything else in it or in Python's

_SUMS: dict[str, Callable[[Array, Array], Array]] = {"+": np.add, "-": np.subtract, "*": np.multiply}
_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.eq,  # and negated
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Vector:
    """Numbers of one kind, each for a record or one for all (of length 1), and which of them are there (not blank)."""

    kind: Kind
    of: Array  # float64, or int64
    there: Array  # bool

    def value(self, at: int) -> Value:
        match self.kind:
            case "number":
                return float(self.of[at])
            case "day":
                return day_of_number(self.of[at])
            case _:
                return moment_of_number(self.of[at])


_NOTHING = Vector("blank", np.zeros(1), np.zeros(1, bool))


def vector(operand: Operand, rows: Rows) -> Vector | None:
    """What an operand stands for, where that is a number, a day or a moment for all records, or blank."""
    match operand:
        case Field(path):
            column = rows.column(path)
            return _of_column(column) if column else _of_coded(rows.get(path))
        case Prior(path):
            column = rows.prior_column(path)
            return _old(_of_column(column) if column else _of_coded(rows.prior(path)), rows)
        case Number(value):
            return Vector("number", np.array([value]), np.ones(1, bool))
        case Day() | Moment():
            return _of_values([operand.value])
        case Blank():
            return _NOTHING
        case Now():
            return Vector("moment", rows.now, np.ones(1, bool))
        case Today():
            return Vector("day", days_of(rows.now, rows.world.zone), np.ones(1, bool))
        case Shift(of, count, unit):
            return _shifted(vector(of, rows), count, unit)
        case Arithmetic(left, op, right):
            return _computed(vector(left, rows), op, vector(right, rows))
        case Extreme(name, several):
            return _extreme([vector(one, rows) for one in several], operator.gt if name == "MAX" else operator.lt)
        case _:
            return None


def _old(of: Vector | None, rows: Rows) -> Vector | None:
    return None if of is None else Vector(of.kind, of.of, of.there & ~rows.is_new)


def _of_column(column: Column) -> Vector | None:
    if column.type.kind not in _KINDS:
        return None
    kind, held, number = _KINDS[column.type.kind]
    values = column.values.combine_chunks() if isinstance(column.values, pa.ChunkedArray) else column.values
    if values.type != held:
        return None
    return Vector(kind, _numbers(values.cast(number), kind), _there(values))


def _numbers(values: pa.Array, kind: Kind) -> Array:
    filled = values.fill_null(0) if values.null_count else values
    found: Array = filled.to_numpy(zero_copy_only=False)
    return found if kind == "number" else found.astype(np.int64, copy=False)


def _there(values: pa.Array) -> Array:
    if not values.null_count:
        return np.ones(len(values), bool)
    found: Array = values.is_valid().to_numpy(zero_copy_only=False)
    return found


FEW = 10_000  # values that are looked through one by one


def _of_coded(values: Coded) -> Vector | None:
    each = _of_values(values.values) if len(values.values) <= max(FEW, len(values)) else None
    return Vector(each.kind, each.of[values.index], each.there[values.index]) if each else None


def _of_values(values: Sequence[Value]) -> Vector | None:
    """Values that are all of one kind; None where one is not, or is of another."""
    kinds: set[Kind] = set()
    numbers: list[float] = []
    for value in values:
        kind, number = _number(value)
        if kind is None:
            return None
        kinds.add(kind)
        numbers.append(number)
    there = np.array([value is not None for value in values], bool)
    of: Kind = next(iter(kinds - {"blank"}), "blank")
    whole = np.float64 if of in ("number", "blank") else np.int64
    return Vector(of, np.array(numbers, whole), there) if len(kinds - {"blank"}) < 2 else None


def _number(value: Value) -> tuple[Kind | None, float]:
    match value:
        case None:
            return "blank", 0
        case float():
            return "number", value
        case dt.datetime():
            return "moment", number_of_moment(value)
        case dt.date():
            return "day", number_of_day(value)
        case _:
            return None, 0


# Computing --------------------------------------------------------------------------------------------------------


def _shifted(of: Vector | None, count: int, unit: str) -> Vector | None:
    if of is None:
        return None
    if of.kind in ("blank", "number") or (unit == "HOURS" and of.kind == "day"):
        return _NOTHING
    if abs(count) // (24 if unit == "HOURS" else 1) > _FAR:
        return _NOTHING
    step = count * (HOUR if unit == "HOURS" else DAY) if of.kind == "moment" else count
    first, end = _MOMENTS if of.kind == "moment" else _DAYS
    moved = of.of + step
    return Vector(of.kind, moved, of.there & (moved >= first) & (moved < end))


def _computed(a: Vector | None, op: str, b: Vector | None) -> Vector | None:
    if a is None or b is None:
        return None
    if a.kind != "number" or b.kind != "number":
        return _NOTHING
    with np.errstate(over="ignore", invalid="ignore"):
        made = _SUMS[op](a.of, b.of)
    return Vector("number", made, a.there & b.there & np.isfinite(made))


def _extreme(of: Sequence[Vector | None], better: Callable[[Any, Any], Any]) -> Vector | None:
    """The best of the numbers that are there; of equal ones the first."""
    found = _NOTHING
    for one in of:
        if one is None:
            return None
        if one.kind == "number":
            takes = one.there & (~found.there | better(one.of, found.of))
            found = Vector("number", np.where(takes, one.of, found.of), found.there | one.there)
    return found


# Comparing --------------------------------------------------------------------------------------------------------


def compared(left: Vector | None, op: str, right: Vector | None, zone: dt.tzinfo) -> Array | None:
    """What a comparison says of each record, or one truth for all; `!=` is the plain negation of `=`."""
    if left is None or right is None:
        return None
    holds = _both(left, _ORDER[op], right, zone)
    return ~holds if op == "!=" else holds


def _both(left: Vector, order: Callable[[Any, Any], Any], right: Vector, zone: dt.tzinfo) -> Array:
    if {left.kind, right.kind} == {"day", "moment"}:
        left, right = as_days(left, zone), as_days(right, zone)
    if left.kind != right.kind or left.kind == "blank":
        return np.zeros(1, bool)
    found: Array = order(left.of, right.of) & left.there & right.there
    return found


def as_days(of: Vector, zone: dt.tzinfo) -> Vector:
    return Vector("day", days_of(of.of, zone), of.there) if of.kind == "moment" else of
