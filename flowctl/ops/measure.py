"""`simulate LEADS --traffic`: counts how many leads take each node and way out, and keeps the numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath

from flowctl.columns.batch import EPOCH, MICROSECOND, Batch
from flowctl.engine.bulk.reads import programs_of
from flowctl.flow import path_of
from flowctl.ops.backtest.opening import engine_by_size
from flowctl.ops.backtest.paths import PathCounts
from flowctl.ops.impact.outputs import refuse_overwriting
from flowctl.ops.impact.read import no_leads, records_of
from flowctl.ops.impact.setting import reads_of, routed, setting_of
from flowctl.ops.leads import Source
from flowctl.ops.pair import version_of
from flowctl.ops.rehearsal import Request
from flowctl.ops.traffic import Traffic, flow_traffic, keep

Tick = Callable[[int, int], None]


def measure(
    source: Source,
    request: Request,
    now: dt.datetime,
    tick: Tick = lambda done, total: None,
    at: dt.datetime | None = None,
) -> Traffic:
    """Routes leads through a version, and counts their ways; the numbers are kept for `show --traffic`.

    Args:
        at: With it a scheduled flow's job takes the leads, at its first run from then on.

    Raises:
        FlowctlError: The version has errors, a file does not fit, or none of its leads can be read.
    """
    assert request.leads is not None, "leads of a file are counted"
    refuse_overwriting(request, source.folder)
    setting = replace(setting_of(source, request, now, at), before=None)
    [world] = setting.worlds()
    engine = engine_by_size(source, request, [world], setting.flow)
    model = setting.after[1]
    counts, span, leads = PathCounts(), Span(), 0
    with records_of(source, request, model, setting.flow, reads_of(setting, [world]), now) as records:
        for batch in routed(setting, engine, records, request.engine):
            counts.add(batch.outcomes[-1])
            span.add(batch.batch)
            leads += len(batch.batch)
            tick(leads, records.total(leads))
        if not leads:
            raise no_leads(request, records.told())
    taken, of = counts.ways(), (PurePath(request.leads).name, span.first, span.last)
    names = dict.fromkeys(program.flow for _, program in programs_of(world, setting.flow))
    texts = version_of(source.ws, request.version).files
    flows = [flow_traffic(model.flows[name], texts[path_of(f"flow/{name}")].decode(), taken, of) for name in names]
    met = tuple(flow for flow in flows if flow.leads)
    traffic = Traffic(setting.after[0], request.leads, leads, met, span.first, span.last)
    return replace(traffic, kept=keep(source.ws, traffic))


class Span:
    """When the first and the last lead arrived, of batches that come by."""

    def __init__(self) -> None:
        self.first: dt.datetime | None = None
        self.last: dt.datetime | None = None

    def add(self, batch: Batch) -> None:
        if len(batch):
            first, last = (EPOCH + int(moment) * MICROSECOND for moment in (batch.now.min(), batch.now.max()))
            self.first = min(self.first or first, first)
            self.last = max(self.last or last, last)
