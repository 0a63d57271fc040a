"""How two conditions differ, in the smallest words that say it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from flowctl.diff.edits import AtomChanged, Detail, ListChanged, TermsChanged
from flowctl.expr import And, AnyOf, Atom, Expr, Not, Or, fields

T = TypeVar("T")


def details(before: Expr, after: Expr) -> tuple[Detail, ...]:
    """What changed from one condition to the other; empty when only both whole texts would say it."""
    return _terms(before, after) or tuple(_within(before, after) or ())


def _terms(before: Expr, after: Expr) -> tuple[Detail, ...]:
    """Conditions that were only joined to the whole or only taken from it."""
    for op, cls in (("AND", And), ("OR", Or)):
        a = before.of if isinstance(before, cls) else (before,)
        b = after.of if isinstance(after, cls) else (after,)
        joined, left = _difference(b, a), _difference(a, b)
        if bool(joined) != bool(left) and (len(joined) < len(b) and len(left) < len(a)):
            return (TermsChanged(op, joined, left),)
    return ()


def _within(before: Expr, after: Expr) -> list[Detail] | None:
    """Details of two conditions of one shape; None when their shapes differ."""
    if before == after:
        return []
    match before, after:
        case (And(a), And(b)) | (Or(a), Or(b)) if len(a) == len(b):
            return _all(_within(x, y) for x, y in zip(a, b, strict=True))
        case Not(x), Not(y):
            return _within(x, y)
        case AnyOf(left, op, a), AnyOf(now, now_op, b) if (left, op) == (now, now_op):
            return [ListChanged(after, _difference(b, a), _difference(a, b))]
    if isinstance(before, Atom) and isinstance(after, Atom) and fields(before) == fields(after):
        return [AtomChanged(before, after)]
    return None


def _all(found: Iterable[list[Detail] | None]) -> list[Detail] | None:
    whole: list[Detail] = []
    for some in found:
        if some is None:
            return None
        whole += some
    return whole


def _difference(these: Iterable[T], without: Iterable[T]) -> tuple[T, ...]:
    """The items that stand more often in `these` than in `without`, in order."""
    spare = Counter(without)
    found = []
    for item in these:
        if spare[item]:
            spare[item] -= 1
        else:
            found.append(item)
    return tuple(found)
