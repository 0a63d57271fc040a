"""Values in words, and messages with their tokens filled in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flowctl.expr import FieldPath, Value
from flowctl.flow.nodes.notify import TOKEN


def filled(message: str, get: Callable[[FieldPath], Value]) -> str:
    """A message with its `{{field}}` tokens replaced by the record's values; a blank leaves nothing."""
    return TOKEN.sub(lambda m: shown(get(tuple(m.group(1).split(".")))), message)


def shown(value: Value) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value + 0.0:.15g}"  # nobody is told -0
    if isinstance(value, tuple):
        return "; ".join(value)
    return value.isoformat() if isinstance(value, dt.date) else value
