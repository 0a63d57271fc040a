"""Whose value each field keeps when two records are merged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from flowctl.expr import Value

CREATED = "CreatedDate"
KEPT = frozenset(("Id", CREATED, "Owner"))  # the record stays itself, and with its owner, unless a field is named


def merged(
    own: Mapping[str, Value], other: Mapping[str, Value], keep: str, fields: Mapping[str, str]
) -> dict[str, Value]:
    """The fields of a record that change when it is merged with another.

    A blank gives way to the other side's value. Of two records, the one without a `CreatedDate` counts as the newer;
    the record itself where neither has one, or both are of one moment.
    """
    oldest, newest = (own, other) if _is_older(own, other) else (other, own)
    sides = {"oldest": (oldest, newest), "newest": (newest, oldest), "filled": (own, other)}
    names = [name for name in dict.fromkeys((*own, *other)) if name in fields or name not in KEPT]
    kept = {name: _first(sides[fields.get(name, keep)], name) for name in names}
    return {name: value for name, value in kept.items() if value != own.get(name)}


def _first(sides: tuple[Mapping[str, Value], ...], name: str) -> Value:
    return next((value for side in sides if (value := side.get(name)) is not None), None)


def _is_older(a: Mapping[str, Value], b: Mapping[str, Value]) -> bool:
    """Whether `a` is the older one for certain; a day and a moment do not compare."""
    first, second = a.get(CREATED), b.get(CREATED)
    if not isinstance(first, dt.date):
        return False
    return not isinstance(second, dt.date) or (type(first) is type(second) and first < second)
