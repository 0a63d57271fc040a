"""An outcome of bulk with its whole trace, as the judge gives it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from flowctl.columns.batch import Batch
from flowctl.engine.interp import World, route
from flowctl.engine.outcome import Outcome, Picked
from flowctl.engine.turns import Turns
from flowctl.flow.people import Member, Roster


def explained(world: World, flow: str, batch: Batch, row: int, takers: Sequence[str | None]) -> Outcome:
    """
    Args:
        takers: Who had each turn on the way of the record, None for nobody.
    """
    return route(world, flow, batch.record(row), _Given(takers), batch.moment(row))


class _Given(Turns):
    """Turns that were given already, in their order."""

    def __init__(self, takers: Sequence[str | None]) -> None:
        super().__init__()
        self._takers = iter(takers)

    def take(
        self,
        roster: Roster,
        now: dt.datetime,
        zone: dt.tzinfo,
        is_active: Callable[[str], bool],
        fits: Callable[[Member], bool] | None = None,
        company: str | None = None,
    ) -> Picked:
        return Picked(roster.roster, next(self._takers), None, ())
