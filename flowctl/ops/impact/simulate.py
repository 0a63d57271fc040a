"""`simulate` of many leads, from the names that are typed to what it reports."""

from __future__ import annotations

import datetime as dt
import gc
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import IO, Any

from flowctl.data import dataclass
from flowctl.engine import World
from flowctl.engine.bulk import Engine, Routed
from flowctl.ops.impact.choice import is_few
from flowctl.ops.impact.explained import Explainer
from flowctl.ops.impact.outputs import refuse_overwriting
from flowctl.ops.impact.parted import Parted
from flowctl.ops.impact.read import Records, no_leads, records_of
from flowctl.ops.impact.report import Impact, Input, Move
from flowctl.ops.impact.setting import Setting, engine_for, reads_of, routed, setting_of
from flowctl.ops.impact.tally import Tally
from flowctl.ops.leads import Source
from flowctl.ops.rehearsal import Request

EXPLAINED = 200  # examples of which it is told where their ways part; those of the largest moves

Keep = Callable[[Routed, Any], None]  # a batch, and which of its leads move
Tick = Callable[[int, int], None]  # rows that are done, of how many; 0 where nobody knows


@dataclass(frozen=True, slots=True)
class ImpactReport:
    """What becomes of the leads. `taken` is the flow, where several are for such leads and none was named."""

    impact: Impact
    taken: str | None = None


def simulate_many(
    source: Source,
    request: Request,
    now: dt.datetime,
    tick: Tick = lambda done, total: None,
    at: dt.datetime | None = None,
    stream: Callable[[], IO[bytes]] | None = None,
) -> ImpactReport:
    """Routes the leads of files through a version, and through another one to compare with, as `simulate`.

    Args:
        at: With it a scheduled flow's job takes the leads, at its first run from then on.
        stream: What is piped in, where leads are `-`.

    Raises:
        FlowctlError: A version has errors, or a file does not fit.
    """
    setting = setting_of(source, request, now, at)
    refuse_overwriting(request, source.folder)
    model, worlds = setting.after[1], setting.worlds()
    reads = reads_of(setting, worlds)
    with records_of(source, request, model, setting.flow, reads, setting.at or now, stream) as records:
        records.begin()
        few = request.engine == "local" and is_few(request, source.folder)
        engine = engine_for(setting, worlds, full_paths=request.output is not None, on=request.engine, few=few)
        explainer = Explainer(engine, setting.models)
        _look_for_rubbish()
        with _kept(source, request, setting, worlds, explainer) as keep:
            impact = counted(setting, engine, worlds, records, explainer, tick, keep, request.engine)
            if not impact.leads:
                raise no_leads(request, impact.input)
    return ImpactReport(replace(impact, output=request.output), setting.taken)


def _look_for_rubbish() -> None:
    """Lets Python look for rubbish, but not in what was loaded and made so far: all of that stays to the end."""
    if "duckdb" not in sys.modules:  # its binding counts what is left at the end, and complains of it
        gc.freeze()
    gc.enable()


@contextmanager
def _kept(
    source: Source, request: Request, setting: Setting, worlds: Sequence[World], explainer: Explainer
) -> Iterator[Keep | None]:
    """Writes the leads that move, or all, to the file that was asked for; it is there once all are."""
    if request.output is None:
        yield None
        return
    from flowctl.columns.write import writing
    from flowctl.ops.impact.moved import rows_of, schema_of

    compared = len(worlds) > 1
    every = request.every or not compared
    parted = Parted(worlds, explainer) if compared else None
    with writing(request.output, schema_of(compared=compared, every=every), folder=source.folder) as writer:
        yield lambda batch, moved: writer.write(rows_of(batch, moved, parted, every=every))


def counted(
    setting: Setting,
    engine: Engine[Any],
    worlds: Sequence[World],
    records: Records,
    explainer: Explainer,
    tick: Tick = lambda done, total: None,
    keep: Keep | None = None,
    on: str = "local",
) -> Impact:
    """Routes leads and counts what becomes of them.

    Args:
        keep: Is given each batch, and which of its leads move.
        on: Which machinery routes: `local` or `spark`.
    """
    tally, began = Tally(engine, worlds, setting.flow), time.monotonic()
    for batch in routed(setting, engine, records, on):
        moved = tally.add(batch)
        if keep:
            keep(batch, moved)
        tick(tally.leads, records.total(tally.leads))
    seconds = time.monotonic() - began
    return impact_of(setting, tally, explainer, records.told(), seconds)


def impact_of(setting: Setting, tally: Tally, explainer: Explainer, told: Input, seconds: float) -> Impact:
    """What was counted, as a value."""
    return Impact(
        setting.flow,
        setting.after[0],
        setting.against,
        tally.leads,
        left_out=tally.left_out,
        moved=tally.moved,
        changed=tally.changed,
        unrouted=tally.unrouted,
        newly=tally.newly,
        lost=tuple(explainer.example(spot, why=False) for spot in (*tally.newly_lost, *tally.lost)),
        moves=tuple(_moves(tally, explainer)),
        loads=tally.loads(),
        owners=tally.owners(),
        otherwise=tally.otherwise(),
        effects=tuple(tally.sides[-1].effects()),
        weeks=tally.weeks(),
        input=told,
        has_policies=any(rules for side in tally.sides for rules in side.world.rules.values()),
        seconds=seconds,
        run=setting.at,
    )


def _moves(tally: Tally, explainer: Explainer) -> Iterator[Move]:
    """The movements, the largest first, with examples."""
    left = EXPLAINED
    for number, before, after, leads in sorted(tally.moves.named(), key=lambda move: (-move[3], move[1], move[2])):
        spots = tally.pools[number].chosen()
        yield Move(before, after, leads, tuple(explainer.example(s, why=n < left) for n, s in enumerate(spots)))
        left -= len(spots)
