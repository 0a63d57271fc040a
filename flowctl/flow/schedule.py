"""When a scheduled flow runs, and over which records."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.diag import did_you_mean
from flowctl.document import Document, Json, Tree
from flowctl.flow.kinds import MISSING, Condition, Kind, Missing, a_scalar, key

if TYPE_CHECKING:
    from flowctl.expr import Expr

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LEFT_OUT = "(schedule)"  # where the records end that the condition of a schedule leaves out; no node can be called so
LEFT_OUT_RESULT = "left out"
_WHEN = re.compile(r"([a-z]+)\s+([01][0-9]|2[0-3]):([0-5][0-9])", re.IGNORECASE)
_HINT = "`monday 06:00`, or `day 06:00` for every day"


@dataclass(frozen=True, slots=True)
class Every:
    """A day of the week, None for every day, and a time of day in the workspace's time zone."""

    day: str | None
    at: dt.time

    def __str__(self) -> str:
        return f"{self.day or 'day'} {self.at:%H:%M}"

    def next(self, after: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
        """The first run at or after a moment, in UTC. A time that the clocks jump over is taken an hour later."""
        start = after.astimezone(zone).date()
        days = (start + dt.timedelta(days=n) for n in range(9))
        moments = (dt.datetime.combine(d, self.at, zone) for d in days if self.day in (None, DAYS[d.weekday()]))
        return next(m for moment in moments if (m := moment.astimezone(dt.UTC)) >= after)


class Times(Kind):
    """`monday 06:00`, `day 06:00`."""

    def read(self, tree: Tree, document: Document) -> Every | Missing:
        scalar = a_scalar(tree, document, "a day of the week and a time")
        if scalar is None:
            return MISSING
        found = _WHEN.fullmatch(scalar.text.strip())
        day = found[1].lower() if found else ""
        if found and day in (*DAYS, "day"):
            return Every(None if day == "day" else day, dt.time(int(found[2]), int(found[3])))
        hint = (did_you_mean(day, (*DAYS, "day")) if found else None) or _HINT
        document.problem("FC005", f"`{scalar.text[:60]}` is not a day of the week and a time", scalar, hint)
        return MISSING

    def plain(self, value: Every, cosmetic: bool = True) -> Json:
        return str(value)

    def schema(self) -> dict[str, Json]:
        return {"type": "string", "pattern": f"^({'|'.join((*DAYS, 'day'))}) +[0-9]{{2}}:[0-9]{{2}}$"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A job over all records that meet a condition; over all records without one. To it, none is new or changed."""

    every: Every = key(Times())
    where: Expr | None = key(Condition(), None)
