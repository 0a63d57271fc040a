"""What leads of any number are routed through: the versions, their worlds, and the engine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from flowctl.columns.batch import Batch, Column
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.engine import World, world_of
from flowctl.engine.bulk import Engine, Routed, engine_of, run
from flowctl.engine.bulk import reads as routing
from flowctl.engine.bulk.engine import Chunk, Reads
from flowctl.expr import FieldPath
from flowctl.flow import Model, Record
from flowctl.ops.check import choose_flow
from flowctl.ops.impact.data_sets import read_sets
from flowctl.ops.impact.read import Records
from flowctl.ops.leads import Source
from flowctl.ops.rehearsal import Request, models
from flowctl.ops.scheduled import the_job, with_job

Named = tuple[str, Model]  # a version: what people call it, and its model


@dataclass(frozen=True, slots=True)
class Setting:
    """A flow under one version or two.

    Attributes:
        before: The earlier version, where there is one that has the flow.
        against: What the version is called that is compared with, whether it has the flow or not.
        taken: The flow, where several are for such leads and none was named.
        at: When the job of a scheduled flow runs that takes the leads.
    """

    flow: str
    after: Named
    before: Named | None
    against: str | None
    data: Mapping[str, Sequence[Record]]
    taken: str | None = None
    at: dt.datetime | None = None

    @property
    def models(self) -> tuple[Model, ...]:
        """The models that leads are routed through, the earlier one first."""
        return (self.before[1], self.after[1]) if self.before else (self.after[1],)

    def worlds(self) -> list[World]:
        return [world_of(model, self.data) for model in self.models]


def setting_of(source: Source, request: Request, now: dt.datetime, at: dt.datetime | None = None) -> Setting:
    """What a request means.

    Args:
        at: Where a job takes the leads: its run is the first one at or after this moment.

    Raises:
        FlowctlError: A version has errors, the flow is none or not scheduled, or data cannot be read.
    """
    after, before = models(source.ws, request)
    flow = the_job(after[1], request.flow) if at else choose_flow(after[1], request.flow)
    both = with_job(flow, before) if at else before if before and flow in before[1].flows else None
    return Setting(
        flow,
        after,
        both,
        before[0] if before else None,
        read_sets(source, request.data, after[1], at or now),
        flow if request.flow is None and not at and _is_one_of_several(after[1], flow) else None,
        _run(after[1], flow, at) if at else None,
    )


def _is_one_of_several(model: Model, flow: str) -> bool:
    return sum(other.object == model.flows[flow].object for other in model.flows.values()) > 1


def _run(model: Model, flow: str, at: dt.datetime) -> dt.datetime:
    schedule = model.flows[flow].schedule
    assert schedule is not None, "it was chosen among the jobs"
    return schedule.every.next(at, model.settings.zone)


def routed(setting: Setting, engine: Engine[Any], records: Records, on: str = "local") -> Iterator[Routed]:
    """What happens to the records, in batches: in order of arrival where turns are taken.

    Args:
        on: Which machinery does it: `local` is this process, `spark` a cluster.
    """
    if on == "spark":
        yield from on_spark(engine, records, setting.at)
        return
    chunks = records.chunks(in_order=engine.takes_turns)
    if setting.at:
        chunks = (_found(chunk, setting.at) for chunk in chunks)
    yield from run(engine, chunks)


def on_spark(engine: Engine[Any], records: Records, run: dt.datetime | None = None) -> Iterator[Routed]:
    """What happens to records that Spark routes; `run` is when a job finds them."""
    from flowctl.engine.bulk.together import Together
    from flowctl.ops.impact.spark import OnSpark, as_a_job

    if not isinstance(engine, Together) or not isinstance(records, OnSpark):
        raise FlowctlError("`--engine spark` is not for this", hint="leave out `--engine`")
    yield from records.routed(engine, as_a_job(as_found, run))


def engine_for(
    setting: Setting, worlds: Sequence[World], *, full_paths: bool = False, on: str = "local", few: bool = False
) -> Engine[Any]:
    """The engine.

    Args:
        worlds: The setting's, that it routes in.
        on: Which machinery does it: `local` is this process, `spark` a cluster.
        few: Whether there are few leads.
    """
    engine = engine_of(worlds, setting.flow, full_paths, few=few)
    if on == "spark":
        from flowctl.engine.bulk.together import Together

        return Together(engine, worlds, setting.flow, full_paths)
    return engine


def reads_of(setting: Setting, worlds: Sequence[World]) -> Reads:
    """What is read of the leads; a job finds them unchanged, so that what they were is what they are."""
    reads = routing.reads_of(worlds, setting.flow)
    return Reads({**reads.prior, **reads.now}, {}) if setting.at else reads


def _found(chunk: Chunk, run: dt.datetime) -> Chunk:
    return lambda: as_found(chunk(), run)


def as_found(batch: Batch, run: dt.datetime) -> Batch:
    """Records as a job finds them at its run: neither new nor changed."""
    own: dict[FieldPath, Column] = {path: column for path, column in batch.columns.items() if len(path) == 1}
    moment = round(run.timestamp() * 1_000_000)
    return replace(batch, prior=own, is_new=np.zeros(len(batch), bool), now=np.full(len(batch), moment, np.int64))
