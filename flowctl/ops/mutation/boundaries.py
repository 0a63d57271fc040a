"""Values of a field at which a condition may change its mind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import permutations

from flowctl.expr import (
    AnyOf,
    Between,
    Compare,
    Constant,
    Expr,
    FieldPath,
    FieldType,
    Now,
    Operand,
    Prior,
    Shift,
    Text,
    Today,
    Value,
    walk,
)
from flowctl.expr import Field as Read

TEXTS = ("text", "email", "url")
CHOICES = 20  # of a picklist
TOGETHER = 5  # texts that are put together in twos, so that two conditions hold at once


def boundaries(
    path: FieldPath, type_: FieldType | None, asked: Sequence[Expr], now: dt.datetime | None
) -> tuple[Value, ...]:
    """What some conditions hold a field against, what lies next to that, choices of its picklist, something, nothing.

    None for a field whose type is not known.
    """
    return tuple(dict.fromkeys(_boundaries(path, type_, asked, now))) if type_ else ()


def _boundaries(path: FieldPath, type_: FieldType, asked: Sequence[Expr], now: dt.datetime | None) -> Iterator[Value]:
    if type_.kind == "checkbox":
        yield from (True, False)
        return
    constants = tuple(dict.fromkeys(_held_against(path, asked)))
    for constant in constants:
        yield from _around(constant, type_, now)
    yield from type_.values[:CHOICES] if type_.kind == "picklist" else ()
    if type_.kind in TEXTS:
        texts = [constant.value for constant in constants if isinstance(constant, Text)]
        yield from (f"{a} {b}" for a, b in permutations(texts[:TOGETHER], 2))
    if type_.kind not in ("user", "owner"):
        yield from _samples(type_, now)
    yield None


def _held_against(path: FieldPath, asked: Sequence[Expr]) -> Iterator[Operand]:
    """What conditions compare a field with."""
    for e in asked:
        for atom in walk(e):
            operands: tuple[Operand, ...] = ()
            match atom:
                case Compare(left, _, right):
                    operands = (left, right)
                case Between(left, low, high):
                    operands = (left, low, high)
                case AnyOf(left, _, of):
                    operands = (left, *of)
                case _:
                    continue
            if any(isinstance(p, Read | Prior) and p.path == path for o in operands for p in walk(o)):
                yield from (p for o in operands for p in _clocks(o) if isinstance(p, Constant | Today | Now | Shift))


def _clocks(operand: Operand) -> Iterator[Operand]:
    """The constants of an operand; `TODAY - 30 DAYS` as one."""
    if isinstance(operand, Shift) and isinstance(operand.of, Today | Now):
        yield operand
        return
    yield from (p for p in walk(operand) if isinstance(p, Constant | Today | Now))


def _around(constant: Operand, type_: FieldType, now: dt.datetime | None) -> Iterator[Value]:
    day = dt.timedelta(days=1)
    value = _at(constant, now)
    match value:
        case bool():
            yield value
        case float():
            yield from (value, value + 1, value - 1)
        case dt.datetime() if type_.kind == "date":
            yield from (value.date(), value.date() + day, value.date() - day)
        case dt.datetime():
            yield from (value, value + day, value - day)
        case dt.date() if type_.kind == "datetime":
            moment = dt.datetime.combine(value, dt.time(12), dt.UTC)
            yield from (moment, moment + day, moment - day)
        case dt.date():
            yield from (value, value + day, value - day)
        case str():
            yield from ((value,) if type_.kind in ("multipicklist",) else (value, f"{value} x"))
        case _:
            pass


def _at(constant: Operand, now: dt.datetime | None) -> Value:
    match constant:
        case Today() | Now():
            return (now.date() if isinstance(constant, Today) else now) if now else None
        case Shift(of, count, unit) if now:
            start = now.date() if isinstance(of, Today) else now
            return start + (dt.timedelta(days=count) if unit == "DAYS" else dt.timedelta(hours=count))
        case _ if isinstance(constant, Constant):
            return constant.value
        case _:
            return None


def _samples(type_: FieldType, now: dt.datetime | None) -> Iterable[Value]:
    """Something to be filled in with, where a condition says nothing of values."""
    samples: Mapping[str, Value] = {"number": 1.0, "date": now.date() if now else None, "datetime": now}
    listed = type_.values[:1]
    return (listed or (samples.get(type_.kind, "x"),)) if type_.kind != "id" else ()
