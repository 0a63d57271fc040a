"""What a condition means for one record: the truth table that every engine is held to.

Evaluating never fails: what does not fit (a text against a number, a day off the calendar) is blank, and a comparison
with a blank is false. `check_types` has told the author long before.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Protocol, assert_never

from flowctl.expr.ast import (
    And,
    AnyOf,
    AnyOfOp,
    Arithmetic,
    Atom,
    Between,
    Blank,
    Changed,
    Compare,
    CompareOp,
    Day,
    Expr,
    Extreme,
    Field,
    FieldPath,
    Flag,
    IsBlank,
    IsNew,
    Matches,
    Moment,
    Not,
    Now,
    Number,
    Operand,
    Or,
    Prior,
    Shift,
    Text,
    Today,
    Truth,
)
from flowctl.expr.pattern import like, matches
from flowctl.expr.values import Value, choices, comparable, equal, fold, in_calendar


class Reading(Protocol):
    """A record as conditions read it. Values are what `coerce` makes; a field that the record lacks is blank."""

    @property
    def is_new(self) -> bool:
        """Whether the record was created, not updated."""

    @property
    def now(self) -> datetime:
        """The moment of routing, with a time zone."""

    @property
    def zone(self) -> tzinfo:
        """The workspace's time zone, in which days begin."""

    def get(self, path: FieldPath) -> Value:
        """What the field holds now, with all that the path through the flow has set."""

    def prior(self, path: FieldPath) -> Value:
        """What the field held before the update. Not asked on a new record."""

    def changed(self, path: FieldPath) -> bool:
        """Whether the update changed the field. Not asked on a new record."""


def evaluate(e: Expr, reading: Reading, note: Callable[[Atom, bool], None] | None = None) -> bool:
    """Whether a condition holds.

    AND and OR are read from the left and stop when they are decided; `note` is told of each atom that was read.
    """
    match e:
        case And(of):
            return all(evaluate(part, reading, note) for part in of)
        case Or(of):
            return any(evaluate(part, reading, note) for part in of)
        case Not(of):
            return not evaluate(of, reading, note)
        case _:
            holds = _holds(e, reading)
            if note:
                note(e, holds)
            return holds


def _holds(atom: Atom, reading: Reading) -> bool:
    match atom:
        case Compare(left, op, right):
            return _compare(value_of(left, reading), op, value_of(right, reading), reading.zone)
        case AnyOf(left, op, of):
            return _any_of(value_of(left, reading), op, tuple(value_of(item, reading) for item in of), reading.zone)
        case Between(left, low, high):
            value = value_of(left, reading)
            above = _compare(value, ">=", value_of(low, reading), reading.zone)
            return above and _compare(value, "<=", value_of(high, reading), reading.zone)
        case IsBlank(of, negated):
            return (value_of(of, reading) is None) != negated
        case Matches(of, pattern):
            text = value_of(of, reading)
            return isinstance(text, str) and matches(text.strip(), pattern)
        case IsNew():
            return reading.is_new
        case Changed(path):
            return not reading.is_new and reading.changed(path)
        case Truth(of):
            return value_of(of, reading) is True
        case _:
            assert_never(atom)


_ORDER: dict[CompareOp, Callable[..., bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _compare(a: Value, op: CompareOp, b: Value, zone: tzinfo) -> bool:
    if op == "!=":
        return not equal(a, b, zone)
    pair = comparable(a, b, zone)
    return pair is not None and _ORDER[op](*pair)


def _any_of(value: Value, op: AnyOfOp, items: tuple[Value, ...], zone: tzinfo) -> bool:
    match op:
        case "NOT IN":
            return not _any_of(value, "IN", items, zone)
        case "EXCLUDES":
            return not _any_of(value, "INCLUDES", items, zone)
        case "IN":
            return any(equal(value, item, zone) for item in items)
        case "INCLUDES":
            held = choices(value)
            return any(wanted and wanted <= held for wanted in map(choices, items))
        case _:
            return isinstance(value, str) and any(_TEXT[op](fold(value), part) for part in _folded(items))


_TEXT: dict[AnyOfOp, Callable[[str, str], bool]] = {
    "CONTAINS": operator.contains,
    "STARTS WITH": str.startswith,
    "ENDS WITH": str.endswith,
    "LIKE": like,
}


def _folded(items: tuple[Value, ...]) -> list[str]:
    return [fold(item) for item in items if isinstance(item, str)]


def value_of(operand: Operand, reading: Reading) -> Value:
    """What an operand stands for. A text of spaces and a multi-picklist without choices are None, as all blanks."""
    match operand:
        case Field(path):
            return _filled(reading.get(path))
        case Prior(path):
            return None if reading.is_new else _filled(reading.prior(path))
        case Text() | Number() | Flag() | Day() | Moment():
            return _filled(operand.value)
        case Blank():
            return None
        case Today():
            return reading.now.astimezone(reading.zone).date()
        case Now():
            return reading.now.astimezone(UTC)
        case Shift(of, count, unit):
            return _shifted(value_of(of, reading), count, unit)
        case Arithmetic(left, op, right):
            return _computed(value_of(left, reading), op, value_of(right, reading))
        case Extreme(name, of):
            numbers = [value for item in of if isinstance(value := value_of(item, reading), float)]
            return (max if name == "MAX" else min)(numbers, default=None)
        case _:
            assert_never(operand)


def _filled(value: Value) -> Value:
    blank = (isinstance(value, str) and not value.strip()) or value == ()
    return None if blank else value


def _shifted(value: Value, count: int, unit: str) -> Value:
    """A moment moves by days and hours, a day by days only."""
    if not isinstance(value, date) or (unit == "HOURS" and not isinstance(value, datetime)):
        return None
    try:
        moved = value + (timedelta(hours=count) if unit == "HOURS" else timedelta(days=count))
    except OverflowError:
        return None
    return moved if in_calendar(moved) else None


_SUMS: dict[str, Callable[[float, float], float]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def _computed(a: Value, op: str, b: Value) -> Value:
    if not (isinstance(a, float) and isinstance(b, float)):
        return None
    number = _SUMS[op](a, b)
    return number if math.isfinite(number) else None
