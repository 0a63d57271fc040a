"""What objects say of their fields, held against what happens to a record."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from flowctl.engine.outcome import Broke
from flowctl.expr import Value, fold
from flowctl.flow.objects import Field

Rules = Mapping[str, Field]  # the fields of an object that have a policy


def broken(
    rules: Rules, before: Mapping[str, Value], values: Mapping[str, Value], oldest: Container[str] = ()
) -> Iterator[Broke]:
    """The policies that a change of a record breaks: `before` is the record, `values` the fields that change.

    `oldest` are fields that a merge gives the value that was there first: that is no overwriting.
    """
    for name, value in values.items():
        rule = rules.get(name)
        old = before.get(name)
        if rule is None or _same(old, value):
            continue
        if rule.required and value is None:
            yield Broke(name, "required", "is required and was emptied")
        if rule.once and not _is_blank(old) and name not in oldest:
            yield Broke(name, "once", "is never overwritten once it is set")
        if rule.transitions and old is not None and not _may_become(rule, old, value):
            yield Broke(name, "transitions", "may not change from this value to that")


def unfilled(rules: Rules, values: Mapping[str, Value]) -> Iterator[Broke]:
    """The required fields that a new record lacks."""
    for name, rule in rules.items():
        if rule.required and values.get(name) is None:
            yield Broke(name, "required", "is required and blank in the new record")


def _is_blank(value: Value) -> bool:
    """A checkbox is false until somebody ticks it."""
    return value is None or value is False


def _same(a: Value, b: Value) -> bool:
    return fold(a) == fold(b) if isinstance(a, str) and isinstance(b, str) else a == b


def _may_become(rule: Field, old: Value, new: Value) -> bool:
    return isinstance(old, str) and isinstance(new, str) and rule.allows(old, new)
