"""The one canonical form of a condition: keywords in capitals, single quotes, one space, no bracket too many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from flowctl.expr.ast import (
    And,
    AnyOf,
    Arithmetic,
    Between,
    Blank,
    Changed,
    Compare,
    Day,
    Expr,
    Extreme,
    Field,
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

# How tightly a piece holds together; one that stands where something tighter is needed goes into brackets.
OR, AND, NOT, TEST, SUM, PRODUCT, WHOLE = range(1, 8)

ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_ESCAPING = str.maketrans(ESCAPES)
_LISTED = ("IN", "NOT IN", "INCLUDES", "EXCLUDES")  # these show a list of one as a list, the text operators do not


def to_text(piece: Expr | Operand) -> str:
    """The canonical text. `parse` (of a value: `parse_value`) reads it back as an equal piece."""
    return _text(piece, 0)


def _text(piece: Expr | Operand, needed: int) -> str:
    text, tightness = _form(piece)
    return f"({text})" if tightness < needed else text


def _form(piece: Expr | Operand) -> tuple[str, int]:
    """The text without brackets around it, and how tightly it holds."""
    match piece:
        case Or(of):
            return " OR ".join(_text(part, AND) for part in of), OR
        case And(of):
            return " AND ".join(_text(part, NOT) for part in of), AND
        case Not(of):
            return f"NOT {_text(of, NOT)}", NOT
        case Compare(left, op, right):
            return f"{_text(left, SUM)} {op} {_text(right, SUM)}", TEST
        case AnyOf(left, op, of):
            listed = op in _LISTED or len(of) > 1 or isinstance(of[0], Arithmetic | Shift)  # a bracket begins a list
            return f"{_text(left, SUM)} {op} {_brackets(of) if listed else _text(of[0], SUM)}", TEST
        case Between(left, low, high):
            return f"{_text(left, SUM)} BETWEEN {_text(low, SUM)} AND {_text(high, SUM)}", TEST
        case IsBlank(of, negated):
            return f"{to_text(of)} IS {'NOT ' if negated else ''}BLANK", TEST
        case Truth(of):
            return to_text(of), TEST
        case Matches(of, pattern):
            return f"MATCHES{_brackets((of, Text(pattern)))}", TEST
        case IsNew():
            return "ISNEW()", TEST
        case Changed(path):
            return f"CHANGED({'.'.join(path)})", TEST
        case _:
            return _value(piece)


def _value(operand: Operand) -> tuple[str, int]:  # noqa: C901 -- one case for each kind of value
    match operand:
        case Arithmetic(left, "*", right):
            return f"{_text(left, PRODUCT)} * {_text(right, WHOLE)}", PRODUCT
        case Arithmetic(left, op, right):
            return f"{_text(left, SUM)} {op} {_text(right, PRODUCT)}", SUM
        case Shift(of, count, unit):
            return f"{_text(of, SUM)} {'-' if count < 0 else '+'} {_amount(abs(count), unit)}", SUM
        case Extreme(name, of):
            return f"{name}{_brackets(of)}", WHOLE
        case Field(path):
            return ".".join(path), WHOLE
        case Prior(path):
            return f"PRIOR({'.'.join(path)})", WHOLE
        case Text(value):
            return f"'{value.translate(_ESCAPING)}'", WHOLE
        case Number(value):
            return number_text(value), WHOLE
        case Flag(value):
            return "TRUE" if value else "FALSE", WHOLE
        case Day(value):
            return value.isoformat(), WHOLE
        case Moment(value):
            return _moment(value), WHOLE
        case Today():
            return "TODAY", WHOLE
        case Now():
            return "NOW", WHOLE
        case Blank():
            return "BLANK", WHOLE
        case _:
            assert_never(operand)


def number_text(value: float) -> str:
    """The shortest decimal figure that reads back as the same number: never an exponent, no `.0`."""
    from decimal import Decimal  # 6 ms to load, and few texts are printed anew

    return format(Decimal(repr(value)).normalize(), "f")


def _brackets(operands: Iterable[Operand]) -> str:
    return f"({', '.join(map(to_text, operands))})"


def _amount(count: int, unit: str) -> str:
    return f"{count} {unit.removesuffix('S') if count == 1 else unit}"


def _moment(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat() + "Z"
