"""The clock: read here and nowhere below."""

from __future__ import annotations

import datetime as dt
import os

from flowctl.diag import FlowctlError

VARIABLE = "FLOWCTL_NOW"  # for tests and tutorials


def now() -> dt.datetime:
    """The moment of the command, in UTC; what `FLOWCTL_NOW` says, when it is set.

    Raises:
        FlowctlError: `FLOWCTL_NOW` is not a date and time with a zone.
    """
    text = os.environ.get(VARIABLE)
    if not text:
        return dt.datetime.now(dt.UTC)
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo:
            return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        pass
    raise FlowctlError(f"`{VARIABLE}` is not a date and time", hint="with its zone, as in 2026-11-20T16:00:00Z")


def day(text: str, option: str) -> dt.date:
    """A day that was typed, `2026-11-23`.

    Raises:
        FlowctlError: It is none; names the option.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise FlowctlError(f"`{text}` is not a date", hint=f"year-month-day, as in `{option} 2026-11-23`") from error


def moment(text: str, option: str, *, end: bool = False) -> dt.datetime:
    """A day or a date and time that was typed; without a zone it is UTC. A day stands for its first moment, or for
    its last with `end`.

    Raises:
        FlowctlError: It is none; names the option.
    """
    try:
        if len(text) == len("2026-11-23"):
            clock = dt.time(23, 59, 59) if end else dt.time()
            return dt.datetime.combine(dt.date.fromisoformat(text), clock, dt.UTC)
        typed = dt.datetime.fromisoformat(text)
    except ValueError as error:
        hint = f"as in `{option} 2026-11-23` or `{option} 2026-11-23T18:00:00Z`"
        raise FlowctlError(f"`{text}` is not a date and time", hint=hint) from error
    return typed.astimezone(dt.UTC) if typed.tzinfo else typed.replace(tzinfo=dt.UTC)
