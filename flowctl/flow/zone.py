"""Time zones by their IANA names."""

from __future__ import annotations

import zoneinfo

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
        zoneinfo.ZoneInfo(name)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError, OSError):
        return False
    return True
