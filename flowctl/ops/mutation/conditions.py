"""Small mistakes that somebody could make in a condition or in a value, one at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from flowctl.data import dataclass
from flowctl.expr import (
    And,
    AnyOf,
    Arithmetic,
    Atom,
    Between,
    Compare,
    Day,
    Expr,
    Extreme,
    FieldType,
    Flag,
    IsBlank,
    Moment,
    Not,
    Now,
    Number,
    Operand,
    Or,
    Schema,
    Shift,
    Text,
    Today,
    all_of,
    any_of,
    fold,
    implies,
    to_text,
    type_of,
)
from flowctl.expr.ast import AnyOfOp, CompareOp

OPERATOR, CONSTANT = "operator", "constant"

_NEXT: dict[CompareOp, CompareOp] = {"=": "!=", "!=": "=", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_TURNED: dict[AnyOfOp, AnyOfOp] = {"IN": "NOT IN", "NOT IN": "IN", "INCLUDES": "EXCLUDES", "EXCLUDES": "INCLUDES"}
_ORDERS = ("<", "<=", ">", ">=")
_DAY = dt.timedelta(days=1)
LONGEST = 70  # characters of a condition that are shown


@dataclass(frozen=True, slots=True)
class Slip:
    """A condition after a mistake in it: the characters that it was made at, and what it is in words."""

    kind: str
    e: Expr
    start: int
    end: int
    words: str


def slips(e: Expr, schema: Schema) -> Iterator[Slip]:
    """Mistakes in a condition, in reading order; none that can be seen to change nothing, none twice."""
    made: list[Expr] = [e]
    for slip in _of(e, schema):
        if not any(_are_alike(slip.e, other) for other in made):
            made.append(slip.e)
            yield slip


def _are_alike(a: Expr, b: Expr) -> bool:
    return implies(a, b) and implies(b, a)


def _of(e: Expr, schema: Schema) -> Iterator[Slip]:
    match e:
        case And(of) | Or(of):
            join, other = (all_of, any_of) if isinstance(e, And) else (any_of, all_of)
            words = "`AND` made `OR`" if isinstance(e, And) else "`OR` made `AND`"
            yield Slip(OPERATOR, other(of), e.start, e.end, f"{words} in `{_short(e)}`")
            for i, part in enumerate(of):
                for slip in _of(part, schema):
                    yield replace(slip, e=join((*of[:i], slip.e, *of[i + 1 :])))
        case Not(of):
            yield Slip(OPERATOR, of, e.start, e.end, _made(e, of))
            for slip in _of(of, schema):
                if slip.e != e:
                    yield replace(slip, e=Not(slip.e))
        case _:
            yield from (Slip(OPERATOR, to, e.start, e.end, _made(e, to)) for to in _operators(e))
            yield from (Slip(CONSTANT, to, e.start, e.end, _made(e, to)) for to in _constants(e, schema))
            yield from _shorter(e)


def _made(before: Expr | Operand, after: Expr | Operand) -> str:
    return f"`{_short(before)}` made `{_short(after)}`"


def _short(piece: Expr | Operand) -> str:
    """Its text, cut where it is long; what it begins with tells which one it is."""
    text = to_text(piece)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def _shorter(atom: Atom) -> Iterator[Slip]:
    """A list without one of its items."""
    if not isinstance(atom, AnyOf) or len(atom.of) < 2:
        return
    for i, item in enumerate(atom.of):
        fewer = replace(atom, of=(*atom.of[:i], *atom.of[i + 1 :]))
        words = f"`{to_text(item)}` left out of `{_short(atom)}`"
        yield Slip(CONSTANT, fewer, item.start, item.end, words)


def _operators(atom: Atom) -> Iterator[Expr]:
    match atom:
        case Compare(_, op):
            yield replace(atom, op=_NEXT[op])
            if op in _ORDERS:
                yield Not(atom)
        case AnyOf(_, op) if op in _TURNED:
            yield replace(atom, op=_TURNED[op])
        case IsBlank(_, negated):
            yield replace(atom, negated=not negated)
        case _:
            yield Not(atom)


def _constants(atom: Atom, schema: Schema) -> Iterator[Expr]:
    match atom:
        case Compare(left, _, right):
            yield from (replace(atom, left=to) for to in others(left, type_of(right, schema)))
            yield from (replace(atom, right=to) for to in others(right, type_of(left, schema)))
        case Between(left, low, high):
            yield from (replace(atom, low=to) for to in others(low, type_of(left, schema)))
            yield from (replace(atom, high=to) for to in others(high, type_of(left, schema)))
        case AnyOf(left, _, of) if len(of) == 1:
            yield from (replace(atom, of=(to,)) for to in others(of[0], type_of(left, schema)))
        case _:
            pass


def others(value: Operand, type_: FieldType | None) -> Iterator[Operand]:
    """Values that somebody could have written instead; of a text that stands in or beside a picklist, another choice.

    None for a value that holds no constant.
    """
    match value:
        case Text(text):
            yield Text(_other_text(text, type_))
        case Number(number):
            yield from (Number(number + 1), Number(number - 1))
        case Flag(flag):
            yield Flag(not flag)
        case Day(day):
            yield from (Day(day + _DAY), Day(day - _DAY))
        case Moment(moment):
            yield from (Moment(moment + _DAY), Moment(moment - _DAY))
        case Shift(of, count, unit):
            yield from (Shift(of, count + n, unit) if count + n else of for n in (1, -1))
            yield from (Shift(to, count, unit) for to in others(of, type_))
        case Arithmetic(left, op, right):
            yield from (Arithmetic(to, op, right) for to in others(left, None))
            yield from (Arithmetic(left, op, to) for to in others(right, None))
        case Extreme(name, of):
            for i, part in enumerate(of):
                yield from (Extreme(name, (*of[:i], to, *of[i + 1 :])) for to in others(part, None))
        case _:
            pass


def _other_text(text: str, type_: FieldType | None) -> str:
    choices = [*type_.values] if type_ else []
    here = next((i for i, choice in enumerate(choices) if fold(choice) == fold(text)), None)
    return choices[(here + 1) % len(choices)] if here is not None and len(choices) > 1 else f"{text} x"


def other_value(value: Operand, type_: FieldType | None) -> Operand | None:
    """Something else to put into a field; None where nothing comes to mind."""
    if isinstance(value, Today | Now):
        return Shift(value, 1, "DAYS")
    return next(others(value, type_), None)
