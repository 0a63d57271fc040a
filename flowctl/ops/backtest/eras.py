"""The releases that were live one after the other, so that each lead is routed by the one that was live at its time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import numpy as np

from flowctl.columns.batch import EPOCH, MICROSECOND, Batch
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.engine import Outcome, Turns, world_of
from flowctl.engine.bulk import Engine, Names, Routed
from flowctl.engine.bulk.engine import Reads
from flowctl.engine.bulk.judged import JudgedEngine
from flowctl.engine.bulk.reads import reads_of
from flowctl.flow import Model, Record
from flowctl.ops.backtest.opening import engine_by_size
from flowctl.ops.leads import Source
from flowctl.ops.rehearsal import Request
from flowctl.ops.versions import find
from flowctl.ops.workspace import LIVE, Workspace

Array: TypeAlias = np.ndarray[Any, Any]
BEFORE = -1  # the era before the first release


@dataclass(frozen=True, slots=True)
class Era:
    """A release, and since when it was live, in microseconds since 1970 in UTC; until the next one was."""

    release: str
    since: int


def eras_of(ws: Workspace) -> tuple[Era, ...]:
    """The releases that were applied, the oldest first.

    Raises:
        FlowctlError: There is none.
    """
    tags = ws.tags()
    releases = [release for release in ws.releases() if f"{LIVE}/{release.release}" in tags]
    if not releases:
        raise FlowctlError("nothing has been released yet", hint="leave out `--as-of`")
    return tuple(Era(release.release, (release.when - EPOCH) // MICROSECOND) for release in releases)


@dataclass(frozen=True, slots=True)
class Piece:
    """Leads of one era of a batch, routed; `rows` are theirs in the batch. `routed` is None where nothing routes them:
    before the first release, or while the flow was not there."""

    era: Era | None
    rows: Array
    routed: Routed | None
    engine: Engine[Any] | None
    model: Model | None

    def explain(self, row: int) -> Outcome:
        """The outcome of one of its leads, with its trace."""
        assert self.engine is not None
        assert self.routed is not None
        return self.engine.explain(self.routed, row, 0)


class Past:
    """Routes batches by the releases of their time. Batches come in order of arrival where rosters take turns: whose
    turn it is carries on from one release to the next."""

    def __init__(
        self, source: Source, request: Request, eras: Sequence[Era], flow: str, data: Mapping[str, list[Record]]
    ) -> None:
        self._source, self._request, self._eras, self._flow, self._data = source, request, eras, flow, data
        self._since = np.array([era.since for era in eras], np.int64)
        self._models: dict[int, Model] = {}
        self._engines: dict[int, Engine[Any]] = {}
        self._turns = Turns()
        self._names = Names()

    def model(self, era: int) -> Model:
        """What was live then; it passed `check` before it shipped.

        Raises:
            FlowctlError: It cannot be read.
        """
        if era not in self._models:
            self._models[era] = find(self._source.ws, self._eras[era].release).sound_model()
        return self._models[era]

    def reads(self, now: Reads) -> Reads:
        """What the releases read of records, beside what is read `now`. One that cannot be read tells nothing."""
        worlds = [world_of(model, self._data) for model in self._readable() if self._flow in model.flows]
        then = reads_of(worlds, self._flow)
        return Reads({**then.now, **now.now}, {**then.prior, **now.prior})

    def _readable(self) -> Iterator[Model]:
        for era in range(len(self._eras)):
            with suppress(FlowctlError):
                yield self.model(era)

    def pieces(self, batch: Batch) -> Iterator[Piece]:
        """A batch, cut by the releases that were live when its leads arrived."""
        eras = np.searchsorted(self._since, batch.now, "right") - 1
        for era in np.unique(eras):
            rows = np.flatnonzero(eras == era)
            yield self._piece(int(era), batch, rows)

    def _piece(self, era: int, batch: Batch, rows: Array) -> Piece:
        if era == BEFORE:
            return Piece(None, rows, None, None, None)
        model = self.model(era)
        if self._flow not in model.flows:
            return Piece(self._eras[era], rows, None, None, model)
        engine = self._engine(era, model)
        some = batch if len(rows) == len(batch) else batch.at(rows)
        return Piece(self._eras[era], rows, engine.settle(engine.walk(some)), engine, model)

    def _engine(self, era: int, model: Model) -> Engine[Any]:
        if era not in self._engines:
            world = world_of(model, self._data)
            engine = engine_by_size(self._source, self._request, [world], self._flow, self._names)
            if engine.takes_turns:  # whose turn it is passes from one release to the next: the judge keeps it in one
                judged = JudgedEngine([world], self._flow, self._names, full_paths=True)
                self._turns.follow(model.rosters.values())
                judged.turns = [self._turns]
                engine = judged
            self._engines[era] = engine
        return self._engines[era]


def microseconds(when: dt.datetime) -> int:
    return (when - EPOCH) // MICROSECOND
