"""Time zones by their IANA names."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from flowctl.data import dataclass
from flowctl.document import Document, Scalar, Tree
from flowctl.flow.kinds import MISSING, Kind, Missing, a_scalar


@dataclass(frozen=True, slots=True)
class Zone(Kind):
    """A time zone by its IANA name."""

    def read(self, tree: Tree, document: Document) -> str | Missing:
        scalar = a_scalar(tree, document, "a time zone")
        if not isinstance(scalar, Scalar):
            return MISSING
        if not _is_zone(scalar.text):
            document.problem("FC005", f"unknown time zone `{scalar.text[:60]}`", scalar, "as in `Europe/Berlin`")
            return MISSING
        return scalar.text


def _is_zone(name: str) -> bool:
    if name.startswith(("posix", "right/")) or name in ("localtime", "Factory"):  # another one on every machine
        return False
    try:
        named_zone(name)
    except (ValueError, LookupError, OSError):  # `LookupError`: there is no such zone
        return False
    return True


@lru_cache(maxsize=1024)
def named_zone(name: str) -> dt.tzinfo:
    """The clock of a zone."""
    from zoneinfo import ZoneInfo  # takes as long to load as this whole room, and most commands ask for no clock

    return ZoneInfo(name)
