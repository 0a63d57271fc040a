"""Where the syntax alone shows that one condition holds whenever another does.

Sound, not complete: True is a proof, False means "not seen here" (proof over all leads is another room's work). Nothing
is known of the fields' types, so every step must be right for texts, ids, checkboxes, days and moments alike.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import ClassVar, assert_never

from flowctl.data import dataclass
from flowctl.expr.ast import (
    And,
    AnyOf,
    AnyOfOp,
    Between,
    Changed,
    Compare,
    CompareOp,
    Constant,
    Day,
    Expr,
    Field,
    FieldPath,
    Flag,
    IsBlank,
    IsNew,
    Matches,
    Moment,
    Not,
    Number,
    Operand,
    Or,
    Prior,
    Text,
    Truth,
    all_of,
    any_of,
)
from flowctl.expr.evaluation import evaluate
from flowctl.expr.values import Value, choices, fold, is_id


def implies(a: Expr, b: Expr) -> bool:
    """Whether it can be seen that every record for which `a` holds is one for which `b` holds."""
    return _implies(_normal_form(a), _normal_form(b))


# The normal form: NOT stands at atoms only, and each meaning has one atom (`=`, `IN`, `INCLUDES`, `IS BLANK`, lists of
# one for the text operators, the constant on the right).


@lru_cache(maxsize=4096)  # the branches of a node are compared each with each
def _normal_form(e: Expr) -> Expr:
    return _normal(e)


def _normal(e: Expr, holds: bool = True) -> Expr:
    """The normal form of a condition, or of its negation."""
    match e:
        case And(of) | Or(of):
            join = all_of if isinstance(e, And) == holds else any_of
            return join(_normal(part, holds) for part in of)
        case Not(of):
            return _normal(of, not holds)
        case Between(left, low, high):
            return _normal(And((Compare(left, ">=", low), Compare(left, "<=", high))), holds)
        case Compare(left, "!=", right):
            return _normal(Compare(left, "=", right), not holds)
        case Compare(left, op, right) if isinstance(left, Constant) and not isinstance(right, Constant):
            return _normal(Compare(right, _MIRRORED[op], left), holds)
        case AnyOf(left, "NOT IN", of):
            return _normal(AnyOf(left, "IN", of), not holds)
        case AnyOf(left, "EXCLUDES", of):
            return _normal(AnyOf(left, "INCLUDES", of), not holds)
        case AnyOf(left, op, of) if len(of) > 1 and not (holds and op == "IN" and _is_constant(of)):
            return _normal(Or(tuple(AnyOf(left, op, (item,)) for item in of)), holds)
        case AnyOf(left, "IN", (item,)):
            return _normal(Compare(left, "=", item), holds)
        case IsBlank(of, True):
            return _normal(IsBlank(of), not holds)
        case Truth(Flag(value)):
            return Truth(Flag(value == holds))
        case _:
            return e if holds else Not(e)


def _is_constant(operands: tuple[Operand, ...]) -> bool:
    return all(isinstance(operand, Constant) for operand in operands)


_MIRRORED: dict[CompareOp, CompareOp] = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@lru_cache(maxsize=65536)  # both sides branch; without memory two deep conditions take exponential time
def _implies(a: Expr, b: Expr) -> bool:
    if a in (b, _NEVER) or b == _ALWAYS:
        return True
    if isinstance(b, And):
        return all(_implies(a, part) for part in b.of)
    if isinstance(a, Or):
        return all(_implies(part, b) for part in a.of)
    if isinstance(a, And) and any(_implies(part, b) for part in a.of):
        return True
    if isinstance(b, Or):
        return any(_implies(a, part) for part in b.of) or _each_implies(a, b)
    return not isinstance(a, And) and _claim_implies(a, b)


_ALWAYS, _NEVER = Truth(Flag(True)), Truth(Flag(False))


def _each_implies(a: Expr, b: Or) -> bool:
    """The values of an IN may imply different parts of an OR."""
    return isinstance(a, AnyOf) and a.op == "IN" and all(_implies(Compare(a.left, "=", item), b) for item in a.of)


def _claim_implies(a: Expr, b: Expr) -> bool:
    """The same for two atoms, either of them perhaps under a NOT."""
    p, q = (e.of if isinstance(e, Not) else e for e in (a, b))
    if isinstance(a, Not):
        return isinstance(b, Not) and _follows(q, p)  # the contrapositive
    if isinstance(b, Not):
        return _exclude(p, q) or _exclude(q, p) or (isinstance(p, Changed) and isinstance(q, IsNew))
    return _follows(p, q)


def _follows(p: Expr, q: Expr) -> bool:
    """Whether atom `q` holds wherever atom `p` does."""
    one, other = _about(p), _about(q)
    if one is None or other is None or one.subject != other.subject:
        return False
    listed = _is_listing(p) and _is_listing(q) and set(one.constants) <= set(other.constants)
    return listed or _reaches(p, q) or _tells(p, q, True)


def _exclude(p: Expr, q: Expr) -> bool:
    """Whether atom `q` fails wherever atom `p` holds."""
    if isinstance(q, IsBlank):
        return _fills(p, q.of)
    one, other = _about(p), _about(q)
    if one is None or other is None or one.subject != other.subject:
        return False
    return _parted(p, q) or _tells(p, q, False)


@dataclass(frozen=True, slots=True)
class _About:
    """What an atom speaks of: a field, and the constants that it is held against."""

    subject: Field | Prior
    constants: tuple[Constant, ...]


def _about(atom: Expr) -> _About | None:
    operands: tuple[Operand, ...] = ()
    match atom:
        case Compare(Field() | Prior() as subject, _, right):
            operands = (right,)
        case AnyOf(Field() | Prior() as subject, _, of):
            operands = of
        case IsBlank(subject) | Truth(Field() | Prior() as subject):
            pass
        case _:
            return None
    constants = tuple(operand for operand in operands if isinstance(operand, Constant))
    return _About(subject, constants) if len(constants) == len(operands) else None


def _is_listing(atom: Expr) -> bool:
    return isinstance(atom, Compare | AnyOf) and atom.op in ("=", "IN")


def _fills(p: Expr, subject: Field | Prior) -> bool:
    """Whether `p` cannot hold for a blank. Beside a checkbox, which another field may be, a blank can."""
    match p:
        case Compare(left, _, right):
            return left == subject and not isinstance(right, Field | Prior | Flag)
        case AnyOf(left, "IN", of):
            return left == subject and not any(isinstance(item, Flag) for item in of)
        case AnyOf(left) | Matches(left) | Truth(left):
            return left == subject
        case _:
            return False


# Ranges and parts of texts


def _reaches(p: Expr, q: Expr) -> bool:
    """`x > 5` reaches `x > 3`; `STARTS WITH 'acme'` reaches `STARTS WITH 'ac'` and `CONTAINS 'me'`."""
    match p, q:
        case Compare(_, op, c), Compare(_, wider, d) if op[0] == wider[0] != "=":
            return _ordered(op[0], c, d) and (c != d or op != wider + "=")
        case AnyOf(_, op, (Text(text),)), AnyOf(_, wider, (Text(part),)) if (op, wider) in _PARTS:
            return _PARTS[op, wider](fold(text), fold(part))
        case AnyOf(_, "INCLUDES", (Text(text),)), AnyOf(_, "INCLUDES", (Text(part),)):
            return choices(part) <= choices(text)
        case _:
            return False


def _parted(p: Expr, q: Expr) -> bool:
    """`x > 5` and `x <= 5` leave no value to both, nor do `STARTS WITH 'ab'` and `STARTS WITH 'ac'`."""
    match p, q:
        case Compare(_, op, c), Compare(_, other, d) if {op[0], other[0]} == {"<", ">"}:
            return _ordered(op[0], c, d) and (c != d or "=" not in op or "=" not in other)
        case AnyOf(_, "STARTS WITH" | "ENDS WITH" as op, (Text(a),)), AnyOf(_, other, (Text(b),)) if op == other:
            reaches = _PARTS[op, op]
            return not reaches(fold(a), fold(b)) and not reaches(fold(b), fold(a))
        case _:
            return False


def _ordered(direction: str, c: Operand, d: Operand) -> bool:
    """Whether `c` lies as far in a direction as `d`. Not said of moments: a day compares with them by their days."""
    if (isinstance(c, Number) and isinstance(d, Number)) or (isinstance(c, Day) and isinstance(d, Day)):
        further = operator.ge if direction == ">" else operator.le
        return bool(further(c.value, d.value))
    return False


_PARTS: dict[tuple[AnyOfOp, AnyOfOp], Callable[[str, str], bool]] = {
    ("STARTS WITH", "STARTS WITH"): str.startswith,
    ("ENDS WITH", "ENDS WITH"): str.endswith,
    ("CONTAINS", "CONTAINS"): operator.contains,
    ("STARTS WITH", "CONTAINS"): operator.contains,
    ("ENDS WITH", "CONTAINS"): operator.contains,
}


# Single values: what `p` leaves to the field, `q` is tried on


def _tells(p: Expr, q: Expr, holds: bool) -> bool:
    """Whether `q` comes out as `holds` on every value that `p` leaves to the field."""
    one, other = _about(p), _about(q)
    values = _left(p)
    if one is None or other is None or values is None:
        return False
    if len({type(constant) for constant in one.constants + other.constants}) > 1:
        return False  # a day leaves a field its moments, too
    return all(evaluate(q, _Holding(value)) == holds for value in values)


def _left(p: Expr) -> tuple[Value, ...] | None:
    """The values that a field can have where `p` holds, one for all that compare alike; None when there is no end."""
    match p:
        case Truth():
            return (True,)
        case IsBlank():
            return (None,)
        case Compare(_, "=", constant) if isinstance(constant, Constant):
            return _alike(constant)
        case AnyOf(_, "IN", of):
            each = [_alike(item) for item in of if isinstance(item, Constant)]
            return None if None in each else tuple(value for values in each for value in values or ())
        case _:
            return None


def _alike(constant: Constant) -> tuple[Value, ...] | None:
    match constant:
        case Text(value):
            return None if is_id(fold(value)) else (value,)  # an id is equal to texts that other operators tell apart
        case Flag(value):
            return (True,) if value else (False, None)
        case Number() | Day():
            return (constant.value,)
        case Moment():
            return None  # equal to its day, if the field is a date
        case _:
            assert_never(constant)


@dataclass(frozen=True, slots=True)
class _Holding:
    """A record in which the one field that is asked for, now or before, holds a value."""

    value: Value
    is_new: ClassVar[bool] = False
    now: ClassVar[datetime] = datetime.min.replace(tzinfo=UTC)  # no constant reads it
    zone: ClassVar[tzinfo] = UTC  # nor this: a day is compared with days only

    def get(self, path: FieldPath) -> Value:
        return self.value

    prior = get

    def changed(self, path: FieldPath) -> bool:
        return False
