"""Leads of a small flow with two rosters, routed in batches, and who they really went to."""

import datetime as dt
from dataclasses import replace

import pyarrow as pa

from flowctl.engine import world_of
from flowctl.engine.bulk import Names, run
from flowctl.engine.bulk.judged import JudgedEngine
from flowctl.flow import Record
from flowctl.ops.backtest.actual import ColumnActual
from flowctl.ops.backtest.comparison import Comparison
from flowctl.ops.backtest.people import People
from flowctl.ops.impact.few import batch_of
from flowctl.ops.simulate import Arrival
from tests.ops.small import flow, model_of

NODES = """
start:
  type: decision
  branches:
    - {when: Country = 'Peru', label: peru, then: turn_emea}
    - {when: Country = 'Chile', label: chile, then: to_cold}
  otherwise: nobody_cares
turn_emea: {type: rotate, roster: emea, then: done, nobody: done}
to_cold: {type: assign, to: queue/cold, then: done}
nobody_cares: {type: assign, to: queue/raw, then: done}
"""
ROSTERS = {
    "flows/rosters/emea.yaml": "roster: emea\nmembers:\n  - user: bea.kim\n  - user: lars.holm\n",
    "flows/rosters/amer.yaml": "roster: amer\nmembers:\n  - user: lars.holm\n",
}
DAY = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)


def model(nodes=NODES):
    return model_of({"lead": flow(nodes)}, files=ROSTERS)


def arrivals(countries):
    """A lead from each country, a minute after the one before; called `Lead 1`, `Lead 2` …"""
    return [
        Arrival("", Record("Lead", {"Company": f"Lead {n}", "Country": country}), DAY + dt.timedelta(minutes=n), n)
        for n, country in enumerate(countries, 1)
    ]


def batches(countries, actual, model_, size=3):
    """The leads in small batches, with the column `Actual`."""
    leads = arrivals(countries)
    for at in range(0, len(leads), size):
        extra = {"Actual": pa.array(actual[at : at + size], pa.string())}
        batch = replace(batch_of(leads[at : at + size], model_.objects), extra=extra)
        yield lambda batch=batch: batch


def compared(countries, actual, org=None):
    """The leads compared with whom they really went to."""
    made = model()
    engine = JudgedEngine([world_of(made)], "lead", Names(), full_paths=True)
    comparison = Comparison(Names())
    owners = ColumnActual("Actual", People(made.directory, org), comparison.names)
    for routed in run(engine, batches(countries, actual, made)):
        comparison.add(
            routed.batch,
            routed.outcomes[0],
            owners.codes(routed.batch),
            made.rosters,
            lambda row, routed=routed: engine.explain(routed, row, 0),
        )
    return comparison
