"""`flowctl leads sample`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.ops.anonymise.files import rewrite
from flowctl.ops.impact.choice import is_few
from flowctl.ops.impact.outputs import refuse_overwriting
from flowctl.ops.impact.read import records_of
from flowctl.ops.impact.setting import engine_for, reads_of, routed, setting_of
from flowctl.ops.leads import Source
from flowctl.ops.rehearsal import Request
from flowctl.ops.sampling import Sample, Strata


@dataclass(frozen=True, slots=True)
class Sampled:
    """Leads that stand for all, copied out of a file."""

    source: str
    target: str
    flow: str
    sample: Sample


def sample_leads(
    source: Source,
    request: Request,
    target: Path,
    wanted: int,
    now: dt.datetime,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> Sampled:
    """Copies leads of a file, chosen so that together they take every way out that any of the file takes.

    Values stay as they are in the file. What cannot be read routes as blank: the sample is to show it, too.

    Raises:
        FlowctlError: The version has errors, or a file cannot be read or written.
    """
    assert request.leads is not None, "fixtures are no file"
    refuse_overwriting(replace(request, output=str(target)), source.folder)
    setting = setting_of(source, request, now)
    worlds = setting.worlds()
    engine = engine_for(setting, worlds, full_paths=True, few=is_few(request, source.folder))
    strata, done = Strata(wanted), 0
    read = records_of(source, request, setting.after[1], setting.flow, reads_of(setting, worlds), now)
    with read as records:
        for batch in routed(setting, engine, records):
            strata.add(batch)
            done += len(batch.batch)
            tick(done, records.total(done))
    sample = strata.sample()
    if not sample.leads:
        raise FlowctlError(f"`{request.leads}` holds no leads")
    chosen = frozenset(sample.positions)
    rewrite(source.folder / request.leads, target, lambda header: None, lambda number: number in chosen, tick)
    return Sampled(request.leads, target.name, setting.flow, sample)
