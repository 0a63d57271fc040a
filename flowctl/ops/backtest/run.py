"""`simulate LEADS --actual`: leads of the past routed again, and where what happened to them differs."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from flowctl.columns.batch import Batch
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError
from flowctl.engine import world_of
from flowctl.engine.bulk import Engine, Names, Routed
from flowctl.engine.bulk import run as run_engine
from flowctl.envs.protocol import OrgDirectory
from flowctl.flow import Model, Record
from flowctl.ops.backtest.actual import Actual, ColumnActual
from flowctl.ops.backtest.comparison import Agreement, Comparison, Confused
from flowctl.ops.backtest.eras import Past, eras_of
from flowctl.ops.backtest.history import History, HistoryActual, read_history, unreadable
from flowctl.ops.backtest.opening import engine_by_size, records_with
from flowctl.ops.backtest.people import People
from flowctl.ops.backtest.restored import Restored
from flowctl.ops.backtest.spots import Spot, spots
from flowctl.ops.check import choose_flow, sound_model
from flowctl.ops.impact.data_sets import read_sets
from flowctl.ops.impact.outputs import refuse_overwriting
from flowctl.ops.impact.read import Records
from flowctl.ops.impact.report import Input
from flowctl.ops.impact.setting import on_spark
from flowctl.ops.leads import Source
from flowctl.ops.pair import version_of
from flowctl.ops.rehearsal import Request
from flowctl.ops.workspace import LIVE, Workspace

Tick = Callable[[int, int], None]
ID = "Id"
HERE = "leave out `--engine spark`: this machine does"
FILES = (".csv", ".csv.gz", ".json")  # endings of histories


@dataclass(frozen=True, slots=True)
class Part:
    """The leads of the time in which a release was live, with `--as-of`."""

    release: str
    leads: int
    compared: int
    agreed: int


@dataclass(frozen=True, slots=True)
class Backtest:
    """Leads routed by `version` (with `as_of`: by the releases of their time), against what really happened.

    Attributes:
        actual: The column, or the history's file, that says what happened.
        silent: Leads of which nothing is said.
        unknown: Leads whose owner nobody is known by; the first are at the rows `unknown_at`.
        left_out: Leads that the job of a scheduled flow does not take.
        before: Leads that arrived before the first release; `without` those while the flow was not there.
        reads_owner: The nodes that read the owner, where the file's own column of it says what happened.
        bad: Values of start states that could not be read.
    """

    flow: str
    version: str
    file: str
    actual: str
    leads: int
    agreement: Agreement
    confused: tuple[Confused, ...]
    spots: tuple[Spot, ...]
    silent: int = 0
    unknown: int = 0
    unknown_at: tuple[int, ...] = ()
    left_out: int = 0
    before: int = 0
    without: int = 0
    as_of: bool = False
    parts: tuple[Part, ...] = ()
    reads_owner: tuple[str, ...] = ()
    bad: int = 0
    found: tuple[Diagnostic, ...] = ()
    input: Input = Input()


@dataclass(frozen=True, slots=True)
class Told:
    """What says what happened: the column that it needs of the leads, or a history."""

    label: str
    columns: tuple[str, ...]
    history: History | None = None
    found: tuple[Diagnostic, ...] = ()

    def actual(self, people: People, names: Names) -> Actual:
        if self.history is not None:
            return HistoryActual(self.history, people, names, ID)
        return ColumnActual(self.columns[0], people, names)


def told_by(source: Source, actual: str) -> Told:
    """What `--actual` names: a history's file, or else a column of the leads.

    Raises:
        FlowctlError: The file is no history.
    """
    if not (actual.casefold().endswith(FILES) or "/" in actual or (source.folder / actual).is_file()):
        return Told(f"column {actual}", (actual,))
    file, content = source.read(actual)
    history = read_history(file, content)
    return Told(file, (ID,), history, unreadable(file, history))


def backtest(
    source: Source,
    request: Request,
    actual: str,
    now: dt.datetime,
    *,
    as_of: bool = False,
    tick: Tick = lambda done, total: None,
) -> Backtest:
    """Routes leads again, and compares with what really happened to them.

    Args:
        actual: A column of the leads that holds their owners, or a file with Traction Complete's history of them.
        as_of: Route each lead by the release that was live when it arrived.

    Raises:
        FlowctlError: A version has errors, or a file does not fit.
    """
    assert request.leads is not None, "leads of a file are compared"
    refuse_overwriting(request, source.folder)
    version = version_of(source.ws, request.version)
    setting = _setting(source, request, sound_model(version), actual, now)
    request = replace(request, missing_as_blank=True) if setting.restored else request
    past = Past(source, request, eras_of(source.ws), setting.flow, setting.data) if as_of else None
    reads = past.reads(setting.engine.reads) if past else setting.engine.reads
    with records_with(source, request, setting.model, setting.flow, reads, now, setting.told.columns) as leads:
        said = _as_of(past, setting, leads, tick) if past else _at_once(setting, leads, request.engine, tick)
        said["input"] = leads.told()
    label = "the releases of their time" if as_of else version.label
    return _report(setting, label, request.leads or "", said, as_of=as_of)


@dataclass(frozen=True, slots=True)
class _Setting:
    """What leads are routed by, what says what really happened to them, and what comes of comparing the two."""

    model: Model
    flow: str
    told: Told
    data: dict[str, list[Record]]
    engine: Engine[Any]
    restored: Restored | None
    owners: Actual
    comparison: Comparison


def _setting(source: Source, request: Request, model: Model, actual: str, now: dt.datetime) -> _Setting:
    flow = choose_flow(model, request.flow)
    told = told_by(source, actual)
    if request.engine == "spark" and told.history is not None:
        raise FlowctlError("Spark compares with a column of owners, not with a history", hint=HERE)
    people, names = People(model.directory, org_of(source.ws)), Names()
    data = read_sets(source, request.data, model, now)
    engine = engine_by_size(source, request, [world_of(model, data)], flow)
    restored = _restored(told, model, flow, engine, people)
    return _Setting(model, flow, told, data, engine, restored, told.actual(people, names), Comparison(names))


def _report(setting: _Setting, version: str, file: str, said: dict[str, Any], *, as_of: bool) -> Backtest:
    """What was compared, as a value; `said` is what comes beside."""
    compared, restored = setting.comparison, setting.restored
    return Backtest(
        setting.flow,
        version,
        file,
        setting.told.label,
        compared.leads + said.get("before", 0) + said.get("without", 0),
        compared.agreement,
        compared.confused,
        spots(compared.taken, compared.broken),
        compared.silent,
        compared.unknown,
        tuple(compared.unknown_at),
        compared.skipped,
        as_of=as_of,
        reads_owner=_reads_owner(setting.told, setting.engine),
        bad=restored.bad if restored else 0,
        found=setting.told.found,
        **said,
    )


def org_of(ws: Workspace, environment: str = LIVE) -> OrgDirectory | None:
    """The ids of users and queues in an environment; None where it cannot be asked."""
    try:
        return ws.environment(environment).directory()
    except FlowctlError:
        return None


def _restored(told: Told, model: Model, flow: str, engine: Engine[Any], people: People) -> Restored | None:
    if told.history is None or not any(past.before for past in told.history.pasts.values()):
        return None
    fields = model.objects[model.flows[flow].object].fields
    read = {path[0] for path in engine.reads.now if path[0] in fields} | {"Owner"} & fields.keys()
    types = {name: fields[name].typed() for name in fields if name in read}
    return Restored(told.history, types, people, model.settings.zone, ID)


def _reads_owner(told: Told, engine: Engine[Any]) -> tuple[str, ...]:
    """The nodes that read the owner which a lead has, where that is the one that it was given."""
    if told.history is not None or told.columns[0] not in ("Owner", "OwnerId"):
        return ()
    return tuple(dict.fromkeys(n for path, nodes in engine.reads.now.items() if path[0] == "Owner" for n in nodes))


def _at_once(setting: _Setting, leads: Records, on: str, tick: Tick) -> dict[str, Any]:
    """Compares all leads under one version."""
    engine, comparison = setting.engine, setting.comparison
    for routed in _routed(engine, leads, setting.restored, on):
        comparison.add(
            routed.batch,
            routed.outcomes[0],
            setting.owners.codes(routed.batch),
            setting.model.rosters,
            lambda row, routed=routed: engine.explain(routed, row, 0),  # type: ignore[misc]
        )
        tick(comparison.leads, leads.total(comparison.leads))
    return {}


def _routed(engine: Engine[Any], leads: Records, restored: Restored | None, on: str) -> Iterator[Routed]:
    if on == "spark":
        return on_spark(engine, leads)
    chunks = leads.chunks(in_order=engine.takes_turns)
    return run_engine(engine, (_put_back(chunk, restored) for chunk in chunks) if restored else chunks)


def _put_back(chunk: Callable[[], Batch], restored: Restored) -> Callable[[], Batch]:
    return lambda: restored.batch(chunk())


def _restored_batches(leads: Records, restored: Restored | None) -> Iterator[Batch]:
    for chunk in leads.chunks(in_order=True):
        batch = chunk()
        yield restored.batch(batch) if restored else batch


def _as_of(past: Past, setting: _Setting, leads: Records, tick: Tick) -> dict[str, Any]:
    """Compares each lead under the release of its time; what else there is to say of that."""
    comparison = setting.comparison
    before = without = done = 0
    parts: dict[str, Counter[str]] = {}
    for batch in _restored_batches(leads, setting.restored):
        actual = setting.owners.codes(batch)
        for piece in past.pieces(batch):
            if piece.routed is None:
                before += len(piece.rows) if piece.era is None else 0
                without += 0 if piece.era is None else len(piece.rows)
                continue
            assert piece.era is not None
            assert piece.model is not None
            was = comparison.agreement
            comparison.add(
                piece.routed.batch,
                piece.routed.outcomes[0],
                actual[piece.rows],
                piece.model.rosters,
                lambda row, p=piece: p.explain(row),  # type: ignore[misc]
            )
            part, now = parts.setdefault(piece.era.release, Counter()), comparison.agreement
            part.update(leads=len(piece.rows), compared=now.compared - was.compared, agreed=now.agreed - was.agreed)
        done += len(batch)
        tick(done, leads.total(done))
    told = tuple(Part(id_, n["leads"], n["compared"], n["agreed"]) for id_, n in parts.items())
    return {"before": before, "without": without, "parts": told}
