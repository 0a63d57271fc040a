"""What comparisons ask of a value, prepared: the other side is brought once into the form in which values compare."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo

from flowctl.expr.ast import AnyOfOp, CompareOp
from flowctl.expr.pattern import like
from flowctl.expr.values import Id, Value, choices, comparable, equal, fold

Asked = Callable[[Value, tzinfo], bool]  # of a value, None where it is blank, with days as in a time zone

_ORDER: dict[CompareOp, Callable[..., bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXT: dict[AnyOfOp, Callable[[str, str], bool]] = {
    "CONTAINS": operator.contains,
    "STARTS WITH": str.startswith,
    "ENDS WITH": str.endswith,
    "LIKE": like,
}


def beside(op: CompareOp, other: Value) -> Asked:
    """The comparison with a value: false when either is blank, but for `!=`, which is the plain negation of `=`."""
    match op:
        case "=":
            return _one_of([other])
        case "!=":
            return _not(_one_of([other]))
        case _:
            return _ordered(_ORDER[op], other)


def between(low: Value, high: Value) -> Asked:
    """Whether a value lies between two, both included."""
    above, below = beside(">=", low), beside("<=", high)
    return lambda value, zone: above(value, zone) and below(value, zone)


def among(op: AnyOfOp, items: Sequence[Value]) -> Asked:
    """Whether the operator holds for at least one of the items; `NOT IN` and `EXCLUDES` are plain negations."""
    match op:
        case "IN":
            return _one_of(items)
        case "NOT IN":
            return _not(_one_of(items))
        case "INCLUDES":
            return _includes(items)
        case "EXCLUDES":
            return _not(_includes(items))
        case _:
            return _text(_TEXT[op], items)


def _not(asked: Asked) -> Asked:
    return lambda value, zone: not asked(value, zone)


def _ordered(order: Callable[..., bool], other: Value) -> Asked:
    def asked(value: Value, zone: tzinfo) -> bool:
        pair = comparable(value, other, zone)
        return pair is not None and order(*pair)

    return asked


def _one_of(items: Sequence[Value]) -> Asked:
    """Whether a value is equal to one of the items. A text is looked up among those that are texts, unless ids are."""
    texts = {fold(item) for item in items if isinstance(item, str)}
    has_ids = any(isinstance(item, Id) for item in items)
    is_blank_one = any(equal(None, item, UTC) for item in items)  # beside a checkbox; the zone does not count

    def asked(value: Value, zone: tzinfo) -> bool:
        if value is None:
            return is_blank_one
        if isinstance(value, str) and not (has_ids or isinstance(value, Id)):
            return fold(value) in texts
        return any(equal(value, item, zone) for item in items)

    return asked


def _includes(items: Sequence[Value]) -> Asked:
    wanted = [some for some in map(choices, items) if some]

    def asked(value: Value, _: tzinfo) -> bool:
        held = choices(value)
        return any(some <= held for some in wanted)

    return asked


def _text(holds: Callable[[str, str], bool], items: Sequence[Value]) -> Asked:
    parts = [fold(item) for item in items if isinstance(item, str)]

    def asked(value: Value, _: tzinfo) -> bool:
        if not isinstance(value, str):
            return False
        text = fold(value)
        return any(holds(text, part) for part in parts)

    return asked
