"""The jobs of scheduled flows: which records the next run takes, and where they go."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.engine import Outcome, Turns, World, route, with_data, world_of
from flowctl.flow import Flow, Model, Record
from flowctl.ops.check import choose_flow
from flowctl.ops.leads import Source, read_data, read_leads
from flowctl.ops.rehearsal import Request, SimulateReport, models
from flowctl.ops.simulate import Routed, Simulation, leads_of, simulate_leads

Named = tuple[str, Model]  # a version: what people call it, and its model


@dataclass(frozen=True, slots=True)
class _Found:
    """A record that is there when the job runs, in a world with what it is matched against."""

    name: str
    record: Record
    data: dict[str, tuple[Record, ...]]


def simulate_jobs(
    source: Source, request: Request, at: dt.datetime, tick: Callable[[int, int], None] = lambda done, total: None
) -> SimulateReport:
    """Takes the records of a file, or else of the fixtures, through the next run of a job; else as `simulate`.

    The records are routed one after the other at the moment of the run, and turns move on.

    Args:
        at: The run is the first one at or after this moment.

    Raises:
        FlowctlError: The flow has no schedule, a version has errors, or a file does not fit.
    """
    after, before = models(source.ws, request)
    if request.leads is None:
        return SimulateReport(tuple(_of_fixtures(name, after, before, at) for name in _jobs(after[1], request.flow)))
    name = the_job(after[1], request.flow)
    run = _run(after[1].flows[name], after[1], at)
    leads = read_leads(source, request.leads, after[1], name, run)
    there = [replace(lead, record=_as_found(lead.record), now=run) for lead in leads]
    data = read_data(source, request.data, after[1])
    return SimulateReport((replace(simulate_leads(name, there, after, with_job(name, before), data, tick), run=run),))


def the_job(model: Model, wanted: str | None) -> str:
    """The scheduled flow that is wanted, or the only one.

    Raises:
        FlowctlError: There is none, that is none, or there are several.
    """
    names = _jobs(model, wanted)
    if len(names) > 1:
        hint = f"`--flow NAME`; {', '.join(f'`{name}`' for name in names)}"
        raise FlowctlError("there are several flows with a schedule", hint=hint)
    return names[0]


def _jobs(model: Model, wanted: str | None) -> list[str]:
    """The scheduled flows, or the one that is wanted.

    Raises:
        FlowctlError: There is none, or that is none.
    """
    jobs = [flow.flow for flow in model.flows.values() if flow.schedule]
    if wanted is None and jobs:
        return jobs
    hint = f"with a schedule: {', '.join(jobs)}" if jobs else "`schedule: {every: monday 06:00}` makes a job of a flow"
    if wanted is None:
        raise FlowctlError("no flow has a schedule", hint=hint)
    if choose_flow(model, wanted) not in jobs:
        raise FlowctlError(f"the flow `{wanted}` has no schedule: events set it off", hint=hint)
    return [wanted]


def _run(flow: Flow, model: Model, at: dt.datetime) -> dt.datetime:
    assert flow.schedule is not None
    return flow.schedule.every.next(at, model.settings.zone)


def _as_found(record: Record) -> Record:
    """The record as a job finds it: neither new nor changed."""
    return replace(record, prior=record.fields)


def with_job(name: str, version: Named | None) -> Named | None:
    """A version in which a flow has a schedule; None where it has not."""
    flow = version[1].flows.get(name) if version else None
    return version if flow is not None and flow.schedule else None


def _of_fixtures(name: str, after: Named, before: Named | None, at: dt.datetime) -> Simulation:
    run = _run(after[1].flows[name], after[1], at)
    earlier = with_job(name, before)
    fixtures = leads_of(name, after[1], earlier[1] if earlier else None)
    found = [_Found(f.why, _as_found(f.record), dict(f.data)) for f in fixtures]
    then = _taken(world_of(after[1]), name, found, run)
    once: Sequence[Outcome | None] = _taken(world_of(earlier[1]), name, found, run) if earlier else [None] * len(found)
    routed = (Routed(one.name, a, b) for one, a, b in zip(found, then, once, strict=True))
    return Simulation(name, after[0], earlier[0] if earlier else None, tuple(routed), run)


def _taken(world: World, flow: str, found: Sequence[_Found], run: dt.datetime) -> list[Outcome]:
    turns = Turns()
    return [route(with_data(world, one.data), flow, one.record, turns, run) for one in found]
