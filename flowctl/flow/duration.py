"""Lengths of time as files write them: `5 DAYS`, `12 HOURS`."""

from __future__ import annotations

import datetime as dt
import re

from flowctl.document import Document, Json, Tree
from flowctl.flow.kinds import MISSING, Kind, Missing, a_scalar

_LENGTH = re.compile(r"([0-9]{1,5})\s+(DAY|HOUR)S?", re.IGNORECASE)
_HOUR = dt.timedelta(hours=1)
_DAY = dt.timedelta(days=1)


class Duration(Kind):
    """`5 DAYS` or `12 HOURS`, as in conditions; a day is 24 hours."""

    def read(self, tree: Tree, document: Document) -> dt.timedelta | Missing:
        scalar = a_scalar(tree, document, "a length of time")
        if scalar is None:
            return MISSING
        length = _LENGTH.fullmatch(scalar.text.strip())
        if length is None or int(length[1]) == 0:
            document.problem("FC005", f"`{scalar.text[:60]}` is not a length of time", scalar, "`5 DAYS` or `12 HOURS`")
            return MISSING
        return int(length[1]) * (_DAY if length[2].upper() == "DAY" else _HOUR)

    def plain(self, value: dt.timedelta, cosmetic: bool = True) -> Json:
        return length_text(value)

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": "^[0-9]+ +([Dd][Aa][Yy]|[Hh][Oo][Uu][Rr])[Ss]?$"}


def length_text(value: dt.timedelta) -> str:
    """The canonical writing: in days when it is whole days."""
    days, rest = divmod(value, _DAY)
    return f"{value // _HOUR} HOURS" if rest else f"{days} DAYS"
