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
    Arithmetic,
    Atom,
    Between,
    Blank,
    Changed,
    Compare,
    Constant,
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
from flowctl.expr.comparison import Asked, among, beside, between
from flowctl.expr.pattern import matches
from flowctl.expr.values import Value, in_calendar


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


Note = Callable[[Atom, bool], None]
Holds = Callable[[Reading, Note | None], bool]


def evaluate(e: Expr, reading: Reading, note: Note | None = None) -> bool:
    """Whether a condition holds.

    AND and OR are read from the left and stop when they are decided; `note` is told of each atom that was read.
    """
    return meaning(e)(reading, note)


def meaning(e: Expr) -> Holds:
    """A condition as a function, for whoever asks it of many records: `meaning(e)(reading, note)` is `evaluate`."""
    match e:
        case And(of):
            return _until(False, [meaning(part) for part in of])
        case Or(of):
            return _until(True, [meaning(part) for part in of])
        case Not(of):
            inner = meaning(of)
            return lambda reading, note: not inner(reading, note)
        case _:
            return _noted(e, _atom(e))


def _until(decided: bool, parts: list[Holds]) -> Holds:
    def holds(reading: Reading, note: Note | None) -> bool:
        for part in parts:
            if part(reading, note) is decided:
                return decided
        return not decided

    return holds


def _noted(atom: Atom, holds: Callable[[Reading], bool]) -> Holds:
    def noted(reading: Reading, note: Note | None) -> bool:
        held = holds(reading)
        if note is not None:
            note(atom, held)
        return held

    return noted


def _atom(atom: Atom) -> Callable[[Reading], bool]:
    match atom:
        case Compare(left, op, right):
            return _beside(left, (right,), lambda other: beside(op, other))
        case AnyOf(left, word, of):
            return _beside(left, of, lambda *items: among(word, items))
        case Between(left, low, high):
            return _beside(left, (low, high), between)
        case IsBlank(of, negated):
            return _of(of, lambda value, _: (value is None) is not negated)
        case Matches(of, pattern):
            return _of(of, lambda value, _: isinstance(value, str) and matches(value.strip(), pattern))
        case IsNew():
            return lambda reading: reading.is_new
        case Changed(path):
            return lambda reading: not reading.is_new and reading.changed(path)
        case Truth(of):
            return _of(of, lambda value, _: value is True)
        case _:
            assert_never(atom)


def _beside(left: Operand, others: tuple[Operand, ...], asked: Callable[..., Asked]) -> Callable[[Reading], bool]:
    """What is asked of the left side beside the values of others: prepared once where those are constants."""
    known = [_filled(other.value) for other in others if isinstance(other, Constant)]
    if len(known) == len(others):
        return _of(left, asked(*known))
    return lambda reading: asked(*(value_of(o, reading) for o in others))(value_of(left, reading), reading.zone)


def _of(left: Operand, asked: Asked) -> Callable[[Reading], bool]:
    """What is asked of the left side, nearly always a field, which is read without a detour."""
    if isinstance(left, Field):
        path = left.path
        return lambda reading: asked(_filled(reading.get(path)), reading.zone)
    return lambda reading: asked(value_of(left, reading), reading.zone)


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
    blank = not value.strip() if isinstance(value, str) else value == ()
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
    number = _SUMS[op](a, b) + 0.0  # -0 is 0
    return number if math.isfinite(number) else None
