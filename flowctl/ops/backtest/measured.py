"""The leads of a plan's gates, routed and counted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from flowctl.engine import world_of
from flowctl.engine.bulk import NONE, Engine, Names, Routed, run
from flowctl.flow import Model
from flowctl.ops.backtest.actual import ColumnActual
from flowctl.ops.backtest.comparison import Comparison
from flowctl.ops.backtest.opening import engine_by_size, records_with
from flowctl.ops.backtest.paths import left_out
from flowctl.ops.backtest.people import People
from flowctl.ops.backtest.run import org_of
from flowctl.ops.config import Gates
from flowctl.ops.impact.counts import Counts
from flowctl.ops.impact.data_sets import read_sets
from flowctl.ops.leads import Source
from flowctl.ops.measured import Measured
from flowctl.ops.rehearsal import Request


def measured(gates: Gates, source: Source, before: Model | None, after: Model, flow: str, now: dt.datetime) -> Measured:
    """What becomes of the leads under `after`, and how many move from `before`.

    Raises:
        FlowctlError: Files cannot be read, or do not fit.
    """
    given = tuple(f"{name}={path}" for name, path in gates.data.items())
    data = read_sets(source, given, after, now)
    models = [before, after] if before else [after]
    request = Request(leads=gates.leads, flow=flow)
    engine = engine_by_size(source, request, [world_of(model, data) for model in models], flow)
    counted = _Counted(engine)
    names = Names()
    comparison, people = Comparison(names), People(after.directory, org_of(source.ws))
    owners = ColumnActual(gates.actual, people, names) if gates.actual else None
    extra = (gates.actual,) if gates.actual else ()
    with records_with(source, request, after, flow, engine.reads, now, extra) as records:
        for routed in run(engine, records.chunks(in_order=engine.takes_turns)):
            counted.add(routed)
            if owners:
                last = len(routed.outcomes) - 1
                comparison.add(
                    routed.batch,
                    routed.outcomes[last],
                    owners.codes(routed.batch),
                    after.rosters,
                    lambda row, routed=routed, last=last: engine.explain(routed, row, last),  # type: ignore[misc]
                )
    agreement = comparison.agreement
    return Measured(
        PurePath(gates.leads or "").name,
        counted.leads,
        counted.moved,
        counted.unrouted,
        dict(counted.loads()),
        agreement.agreed if owners else None,
        agreement.compared,
    )


class _Counted:
    """Counts of batches that come by."""

    def __init__(self, engine: Engine[Any]) -> None:
        self._names = engine.names
        self.leads = self.moved = self.unrouted = 0
        self._owners, self._rosters = Counts(), Counts()

    def add(self, routed: Routed) -> None:
        before, after = routed.outcomes[0], routed.outcomes[-1]
        met = ~left_out(after)
        self.leads += int(met.sum())
        self.moved += int((before.goes_to != after.goes_to).sum())
        self.unrouted += int((met & ~after.is_routed).sum())
        self._owners.add(after.owner[met])
        self._rosters.add(after.roster[met])

    def loads(self) -> Iterator[tuple[str, int]]:
        """How many leads each owner has, and how many each roster gave."""
        found: Counter[str] = Counter()
        for counts in (self._owners, self._rosters):
            found.update({self._names[code]: counts[code] for code in counts.codes() if code != NONE})
        return iter(found.items())
