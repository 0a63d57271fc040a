"""A host's answer that has not the form that is documented is no bug of ours, and is said so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from flowctl.hosts.protocol import HostRefused


@contextmanager
def understood(host: str, *errors: type[Exception]) -> Iterator[None]:
    """Tells of an answer in which something is missing, or is another thing than it should be.

    Args:
        errors: What a library raises then; its words are left out, since they quote the answer.
    """
    try:
        yield
    except errors:
        raise _strange(host) from None
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise _strange(host) from error


def _strange(host: str) -> HostRefused:
    hint = "is it a version that is still supported? then please tell us, with its number"
    return HostRefused(f"{host} answered something that we do not understand", hint=hint)


def moment(text: str | None) -> dt.datetime | None:
    """A moment as hosts write it, in UTC; None for anything else."""
    try:
        found = dt.datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found.astimezone(dt.UTC) if found and found.tzinfo else None
