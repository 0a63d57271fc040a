"""`watch`: the first hours after a release, held against what its plan foretold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from flowctl.columns.batch import EPOCH, MICROSECOND, Batch
from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.engine import World
from flowctl.engine.bulk import NONE, Engine, Names, Routed
from flowctl.engine.bulk.engine import Reads
from flowctl.flow import Roster
from flowctl.ops.backtest.actual import ColumnActual
from flowctl.ops.backtest.comparison import SILENT, Agreement, Comparison, Confused, Explain
from flowctl.ops.backtest.eras import eras_of
from flowctl.ops.backtest.opening import engine_by_size, records_with
from flowctl.ops.backtest.paths import left_out
from flowctl.ops.backtest.people import People
from flowctl.ops.backtest.run import org_of
from flowctl.ops.backtest.spots import Spot, spots
from flowctl.ops.impact.read import Records
from flowctl.ops.impact.setting import Setting, routed, setting_of
from flowctl.ops.leads import Source
from flowctl.ops.records import Moved
from flowctl.ops.rehearsal import Request
from flowctl.ops.workspace import Workspace

Tick = Callable[[int, int], None]
Array: TypeAlias = np.ndarray[Any, Any]
OWNERS = ("Actual_Owner", "OwnerId", "Owner")  # columns of owners, where none is named; the first that is there
TOLERANCE = 5.0  # per cent
TOLD = 3  # loads that are told of those that are off


@dataclass(frozen=True, slots=True)
class Limits:
    """How far what happens may be from what was foretold: in per cent of the leads, and how many more are unrouted."""

    tolerance: float = TOLERANCE
    unrouted: int = 0


@dataclass(frozen=True, slots=True)
class Count:
    """A number of leads as it was foretold, and as it is."""

    foretold: int
    really: int


@dataclass(frozen=True, slots=True)
class Watch:
    """What happened to the leads of a file that arrived since a release, against what was foretold.

    Attributes:
        before: The release that it came after, None where it was the first; then nothing is said of moves.
        planned: How many fixture leads its plan said that move.
        early: Leads that arrived before it, under another release; they are not looked at.
        moved: Leads that go elsewhere than under the release before.
        stayed: Leads that were to go elsewhere, and went where the release before sends them.
        loads: Of each owner, queue and roster: really, and foretold.
        unknown: Leads whose owner nobody is known by.
        reasons: Why to roll back, in words; none where all is as foretold.
    """

    flow: str
    release: str
    before: str | None
    since: dt.datetime
    file: str
    leads: int
    early: int
    agreement: Agreement
    moved: Count
    stayed: int
    unrouted: Count
    unknown: int
    loads: tuple[tuple[str, int, int], ...]
    confused: tuple[Confused, ...]
    spots: tuple[Spot, ...]
    limits: Limits
    reasons: tuple[str, ...]
    planned: Moved | None = None
    left_out: int = 0

    @property
    def is_as_foretold(self) -> bool:
        return not self.reasons


def watch(
    source: Source,
    request: Request,
    release: str,
    now: dt.datetime,
    *,
    owner: str | None = None,
    limits: Limits = Limits(),  # noqa: B008 -- frozen
    tick: Tick = lambda done, total: None,
) -> Watch:
    """Routes the leads of a file by a release and by the one before, and compares with the owners that they got.

    Args:
        request: `leads` is the file.
        release: Its id, or `live`.
        owner: The column of owners; by default the first of `OWNERS` that is there.

    Raises:
        FlowctlError: There is no such release, the leads do not fit, or none of them can be compared.
    """
    this, last, since = _releases(source.ws, release)
    setting = setting_of(source, replace(request, version=this, against=last or this), now)
    if last is None or setting.before is None:
        setting = replace(setting, before=None)
    worlds = setting.worlds()
    engine = engine_by_size(source, request, worlds, setting.flow)
    record = source.ws.release(this)
    seen = _Seen(setting, engine, worlds[-1], since)
    with _opened(source, request, setting, engine.reads, now, owner) as (column, records):
        owners = ColumnActual(column, People(setting.after[1].directory, org_of(source.ws)), seen.names)
        for batch in routed(setting, engine, records):
            seen.add(batch, owners)
            tick(seen.leads, records.total(seen.leads))
    return seen.watch(request.leads or "", last, limits, record.moved if record else None)


def _releases(ws: Workspace, release: str) -> tuple[str, str | None, int]:
    """The release, the one that it came after, and since when it is live."""
    eras = eras_of(ws)
    ids = [era.release for era in eras]
    if release != "live" and release not in ids:
        hint = did_you_mean(release, ids) or "`flowctl log` lists them"
        raise FlowctlError(f"there is no release `{release}` that was live", hint=hint)
    at = len(ids) - 1 if release == "live" else ids.index(release)
    return ids[at], ids[at - 1] if at else None, eras[at].since


@contextmanager
def _opened(
    source: Source, request: Request, setting: Setting, reads: Reads, now: dt.datetime, owner: str | None
) -> Iterator[tuple[str, Records]]:
    """The leads with their column of owners.

    Raises:
        FlowctlError: They cannot be read, or there is no such column.
    """
    wrong: FlowctlError | None = None
    for column in [owner] if owner else OWNERS:
        try:
            records = records_with(source, request, setting.after[1], setting.flow, reads, now, (column,))
        except FlowctlError as error:
            wrong = wrong or error
            continue
        with records:
            yield column, records
        return
    assert wrong is not None
    if owner or not any("Actual_Owner" in said for said in (wrong.message, *(d.message for d in wrong.found))):
        raise wrong
    hint = f"`--owner COLUMN` names it; else one of {', '.join(OWNERS)}"
    raise FlowctlError("no column says who the owners are", hint=hint)


class _Seen:
    """Counts batches that come by."""

    def __init__(self, setting: Setting, engine: Engine[Any], world: World, since: int) -> None:
        self.setting, self.engine, self.since = setting, engine, since
        self.names = Names()
        self._now, self._then = Comparison(self.names), Comparison(self.names)
        self._available = {self.names.code(name) for name in world.available}
        self.leads = self.early = self.stayed = 0
        self._moved, self._unrouted = np.zeros(2, np.int64), np.zeros(2, np.int64)

    def add(self, routed: Routed, owners: ColumnActual) -> None:
        batch = routed.batch
        self.leads += len(batch)
        early = _arrived(batch) < self.since
        self.early += int(early.sum())
        actual = np.where(early, SILENT, owners.codes(batch))
        last = len(routed.outcomes) - 1
        rosters = [model.rosters for model in self.setting.models]
        off = self._now.add(batch, routed.outcomes[last], actual, rosters[last], self._explain(routed, last))
        after = routed.outcomes[last]
        compared = (actual >= NONE) & ~left_out(after)
        self._unrouted += [(~after.is_routed & compared).sum(), (compared & ~self._is_somebody(actual)).sum()]
        if last:
            self._add_moves(routed, actual, compared, off, rosters[0])

    def _add_moves(
        self, routed: Routed, actual: Array, compared: Array, off: Array, rosters: Mapping[str, Roster]
    ) -> None:
        before, after = routed.outcomes
        off_before = self._then.add(routed.batch, before, actual, rosters, self._explain(routed, 0))
        foretold = compared & (before.goes_to != after.goes_to)
        stayed = foretold & off & ~off_before
        self.stayed += int(stayed.sum())
        self._moved += [foretold.sum(), (compared & (off | foretold) & ~stayed).sum()]

    def _explain(self, routed: Routed, version: int) -> Explain:
        return lambda row: self.engine.explain(routed, row, version)

    def _is_somebody(self, actual: Array) -> Array:
        """Whether owners are those whom records can be given to."""
        return np.isin(actual, np.fromiter(self._available, np.int64))

    def watch(self, file: str, before: str | None, limits: Limits, planned: Moved | None) -> Watch:
        comparison = self._now
        if not comparison.agreement.compared:
            hint = "is it a file of leads with their owners, exported since the release?"
            since = f"{_moment(self.since):%Y-%m-%d %H:%M} UTC"
            early = f": {self.early:,} of {self.leads:,} arrived before {since}" if self.early else ""
            raise FlowctlError(f"none of the leads can be compared{early}", hint=hint)
        found = Watch(
            self.setting.flow,
            self.setting.after[0],
            before,
            _moment(self.since),
            file,
            self.leads - self.early,
            self.early,
            comparison.agreement,
            Count(*map(int, self._moved)),
            self.stayed,
            Count(*map(int, self._unrouted)),
            comparison.unknown,
            comparison.load(),
            comparison.confused,
            spots(comparison.taken, comparison.broken),
            limits,
            (),
            planned,
            comparison.skipped,
        )
        return replace(found, reasons=tuple(_reasons(found)))


def _arrived(batch: Batch) -> Array:
    """When leads arrived; the end of all time where a file does not say so: then they are of the release."""
    created = batch.columns.get(("CreatedDate",))
    latest = np.iinfo(np.int64).max
    if created is None:
        return np.full(len(batch), latest)
    found: Array = np.where(np.asarray(created.values.is_valid()), batch.now, latest)
    return found if batch.is_new is None else np.where(batch.is_new, found, latest)


def _moment(microseconds: int) -> dt.datetime:
    return EPOCH + microseconds * MICROSECOND


def _reasons(w: Watch) -> Iterator[str]:
    """What speaks for rolling back, each with its figures."""
    a, limit = w.agreement, w.limits.tolerance
    if a.rate < 100 - limit:
        went = f"{a.rate:.1f}% of {a.compared:,} leads went where the release sends them"
        yield f"{went}, at least {100 - limit:g}% should"
    if w.unknown > limit / 100 * (a.compared + w.unknown):
        yield f"{w.unknown:,} leads have an owner whom nobody knows here"
    if w.unrouted.really > w.unrouted.foretold + w.limits.unrouted:
        allowed = f" and {w.limits.unrouted:,} more allowed" if w.limits.unrouted else ""
        yield f"{w.unrouted.really:,} leads are unrouted, {w.unrouted.foretold:,} foretold{allowed}"
    if abs(w.moved.really - w.moved.foretold) > limit / 100 * a.compared:
        yield f"{w.moved.really:,} leads move, {w.moved.foretold:,} foretold"
    yield from _off_loads(w)


def _off_loads(w: Watch) -> Iterator[str]:
    total = w.agreement.compared
    off = [load for load in w.loads if abs(load[1] - load[2]) > w.limits.tolerance / 100 * total]
    for name, really, foretold in sorted(off, key=lambda load: -abs(load[1] - load[2]))[:TOLD]:
        shares = f"{100 * really / total:.1f}% of all, not {100 * foretold / total:.1f}%"
        yield f"{name} has {really:,} {'lead' if really == 1 else 'leads'}, {foretold:,} foretold: {shares}"
