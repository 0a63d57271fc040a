"""`simulate LEADS --routed-by RELEASE`: the leads that a release misrouted, and where they belong.

The file names each lead by its id and gives it the id that its owner has in the environment, so that a data loader
takes it as it is; the other columns are for people.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from flowctl.columns.batch import Batch
from flowctl.columns.beside import aside, discard, settle
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.engine import Outcome
from flowctl.engine.bulk import NONE, Engine, Routed
from flowctl.envs.protocol import OrgDirectory
from flowctl.ops.backtest.eras import BEFORE, eras_of
from flowctl.ops.backtest.history import ids
from flowctl.ops.backtest.opening import engine_by_size, records_with
from flowctl.ops.backtest.run import ID, org_of
from flowctl.ops.impact.explained import Explainer, name_of
from flowctl.ops.impact.outputs import refuse_overwriting
from flowctl.ops.impact.setting import Setting, routed, setting_of
from flowctl.ops.leads import Source
from flowctl.ops.past.parting import flows_of, part_ways
from flowctl.ops.rehearsal import Request
from flowctl.ops.workspace import LIVE, Workspace

Tick = Callable[[int, int], None]
EXAMPLES = 20  # leads that are told on the terminal
_FORMULA = re.compile(r"[=+@\t\r]|-(?![0-9.][0-9.\-]*\Z)")  # what a spreadsheet runs
HEAD = ("Id", "OwnerId", "Owner", "From", "To", "Why")


@dataclass(frozen=True, slots=True)
class Misrouted:
    """A lead, whom it went to by mistake, whom it belongs to, and where the two ways part."""

    position: int
    name: str
    id: str
    before: str
    after: str
    owner: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Reroute:
    """The leads that `release` sent elsewhere than `against` does.

    Attributes:
        moves: From whom to whom, and how many, the most first.
        examples: The first of them.
        homeless: Leads that `against` sends to nobody, or to somebody who takes none; they are in no file.
        unnamed: Owners whom the environment has no id for, and how many leads they get: those rows name no `OwnerId`.
        elsewhen: Leads that would go elsewhere, too, and arrived while another release was live; they are not counted.
        output: The file, and how many rows are in it.
    """

    flow: str
    release: str
    against: str
    leads: int
    misrouted: int
    moves: tuple[tuple[str, str, int], ...]
    examples: tuple[Misrouted, ...]
    homeless: int = 0
    unnamed: tuple[tuple[str, int], ...] = ()
    elsewhen: int = 0
    environment: str | None = None
    output: str | None = None
    written: int = 0


def reroute(
    source: Source, request: Request, release: str, now: dt.datetime, tick: Tick = lambda done, total: None
) -> Reroute:
    """Routes leads by a release and by what is right, and tells those that went elsewhere.

    Args:
        request: `against` is what is right (by default live), `output` the file for a data loader. With `every` those
            leads count, too, that arrived while another release was live.

    Raises:
        FlowctlError: A version has errors or lacks the flow, the leads do not fit, or have no `Id` for the file.
    """
    if request.output and not request.output.lower().endswith(".csv"):
        raise FlowctlError("a list for a data loader is CSV", hint="`-o reroute.csv`")
    refuse_overwriting(request, source.folder)
    right = request.against or "live"
    setting = setting_of(source, replace(request, version=right, against=release), now)
    if setting.before is None:
        raise FlowctlError(f"{release} has no flow `{setting.flow}`", hint="`--flow NAME` takes another one")
    engine = engine_by_size(source, request, setting.worlds(), setting.flow)
    extra = (ID,) if request.output else ()
    org = org_of(source.ws) or OrgDirectory()
    found = _Found(engine, setting, org, None if request.every else _span(source.ws, release))
    path = source.folder / request.output if request.output else None
    leads = records_with(source, request, setting.after[1], setting.flow, engine.reads, now, extra)
    with leads as records, _file(path, has_ids=bool(org.entries)) as file:
        for batch in routed(setting, engine, records, request.engine):
            for lead in found.add(batch, wants_all=file is not None):
                file.put(lead, org) if file else None
            tick(found.leads, records.total(found.leads))
        written = file.rows if file else 0
    return found.report(request, written)


@contextmanager
def _file(path: Path | None, *, has_ids: bool) -> Iterator[_File | None]:
    """The file for a data loader; in its place when all is well, and gone when not."""
    if path is None:
        yield None
        return
    try:
        file = _File(path, has_ids)
    except OSError as error:
        raise _unwritable(path, error) from error
    is_whole = False
    try:
        yield file
        is_whole = True
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        file.done(keep=is_whole)


def _unwritable(path: Path, error: OSError) -> FlowctlError:
    hint = "name a file in a folder that exists, on a disk with room"
    return FlowctlError(f"cannot write `{path.name}`: {(error.strerror or str(error)).lower()}", hint=hint)


def _span(ws: Workspace, release: str) -> tuple[int, int] | None:
    """When a release was live, in microseconds since 1970; None where the version is no release."""
    if release not in ws.release_ids() and release != "live":
        return None
    eras = eras_of(ws)
    known = [era.release for era in eras]
    at = len(known) - 1 if release == "live" else known.index(release) if release in known else BEFORE
    if at == BEFORE:
        return None
    return eras[at].since, eras[at + 1].since if at + 1 < len(eras) else int(np.iinfo(np.int64).max)


class _Found:
    """The misrouted leads of batches that come by: counted, and given on one by one."""

    def __init__(self, engine: Engine[Any], setting: Setting, org: OrgDirectory, span: tuple[int, int] | None) -> None:
        self._engine, self._setting, self._org, self._span = engine, setting, org, span
        self._whys = _Whys(engine, setting)
        self.leads = self.homeless = self.elsewhen = 0
        self.moves: Counter[tuple[int, int]] = Counter()
        self.unnamed: Counter[str] = Counter()
        self.examples: list[Misrouted] = []

    def add(self, routed: Routed, *, wants_all: bool) -> Iterator[Misrouted]:
        """The misrouted leads of a batch; without `wants_all` only the first few, for a look."""
        before, after = routed.outcomes
        batch = routed.batch
        self.leads += len(batch)
        differ = before.goes_to != after.goes_to
        elsewhen = differ & self._elsewhen(batch)
        self.elsewhen += int(elsewhen.sum())
        rows = np.flatnonzero(differ & ~elsewhen)
        pairs = np.stack([before.goes_to[rows], after.goes_to[rows]], axis=1)
        for (a, b), n in zip(*np.unique(pairs, axis=0, return_counts=True), strict=True) if len(rows) else ():
            self.moves[int(a), int(b)] += int(n)
        has_home = after.is_routed[rows] & (after.owner[rows] != NONE)
        self.homeless += int((~has_home).sum())
        known = list(ids(batch, ID, whole=True)) if ID in batch.extra else None
        for row, has in zip(rows.tolist(), has_home.tolist(), strict=True):
            if wants_all or len(self.examples) < EXAMPLES:
                lead = self._lead(routed, row, known[row] if known else "")
                self.examples += [lead] if len(self.examples) < EXAMPLES else []
                if has:
                    self.unnamed.update([lead.owner or ""] if lead.owner not in self._org.entries else [])
                    yield lead

    def _elsewhen(self, batch: Batch) -> np.ndarray[Any, Any]:
        """Which leads arrived while the release was not live, as far as is known: it did not route them (bool)."""
        created = batch.columns.get(("CreatedDate",))
        if self._span is None or created is None:
            return np.zeros(len(batch), bool)
        first, end = self._span
        is_known = np.asarray(created.values.is_valid())
        found: np.ndarray[Any, Any] = is_known & ((batch.now < first) | (batch.now >= end))
        return found if batch.is_new is None else found & batch.is_new

    def _lead(self, routed: Routed, row: int, id_: str) -> Misrouted:
        before, after = routed.outcomes
        names = self._engine.names
        owner = int(after.owner[row])
        named = names[owner] if owner != NONE else None
        a, b = (names[int(outcomes.goes_to[row])] for outcomes in (before, after))
        why = self._whys.why(routed, row)
        return Misrouted(int(routed.batch.positions[row]), name_of(routed.batch, row), id_, a, b, named, why)

    def report(self, request: Request, written: int) -> Reroute:
        setting, names = self._setting, self._engine.names
        assert setting.before is not None
        moves = [(names[a], names[b], n) for (a, b), n in self.moves.items()]
        return Reroute(
            setting.flow,
            setting.before[0],
            setting.after[0],
            self.leads,
            self.moves.total(),
            tuple(sorted(moves, key=lambda move: (-move[2], move[0], move[1]))),
            tuple(self.examples),
            self.homeless,
            tuple(self.unnamed.most_common()) if written else (),
            self.elsewhen,
            LIVE if self._org.entries else None,
            request.output,
            written,
        )


class _Whys:
    """Why leads went elsewhere, in words; found out once for all that take the same two ways."""

    def __init__(self, engine: Engine[Any], setting: Setting) -> None:
        self._engine, self._explainer = engine, Explainer(engine, setting.models)
        self._known: dict[tuple[int, ...], str] = {}

    def why(self, routed: Routed, row: int) -> str:
        key = tuple(int(x) for o in routed.outcomes for x in (o.path[row], o.goes_to[row]))
        if key not in self._known:
            self._known[key] = self._why(routed, row)
        return self._known[key]

    def _why(self, routed: Routed, row: int) -> str:
        before, after = (self._engine.explain(routed, row, version) for version in (0, 1))
        renamed = self._explainer.renamed({*flows_of(before), *flows_of(after)})
        at = part_ways(before, after, renamed)
        if at.node is None:
            return f"flow {at.flow} begins elsewhere"
        was, now = _ports(at.node, renamed, before, after)
        if was == now:
            return f"{at.flow}: {at.node} does something else"
        return f"{at.flow}: took {was or 'another way'} at {at.node}, belongs to {now or 'another way'}"


def _ports(
    node: str, renamed: Mapping[tuple[str, str], str], before: Outcome, after: Outcome
) -> tuple[str | None, str | None]:
    """The ways out that a lead takes at a node, under either version."""
    was = (visit.port for visit in before.path if renamed.get((visit.flow, visit.node), visit.node) == node)
    return next(was, None), next((visit.port for visit in after.path if visit.node == node), None)


class _File:
    """The rows for a data loader: complete in the end, or not there."""

    def __init__(self, path: Path, has_ids: bool) -> None:
        self.path, self.rows = path, 0
        self._columns = [name for name in HEAD if has_ids or name != "OwnerId"]
        self._new = aside(path)
        self._out: IO[str] = open(self._new, "w", encoding="utf-8", newline="")  # noqa: SIM115  # closed by `done`
        self._write(dict(zip(HEAD, HEAD, strict=True)))

    def put(self, lead: Misrouted, org: OrgDirectory) -> None:
        """Writes a row.

        Raises:
            FlowctlError: The lead has no id.
        """
        if not lead.id:
            hint = "export the leads with their `Id`: a data loader finds them by it"
            raise FlowctlError(f"row {lead.position} of the leads has no `Id`", hint=hint)
        entry = org.entries.get(lead.owner or "")
        row = (lead.id, entry.id if entry else "", lead.owner or "", lead.before, lead.after, lead.why)
        self._write(dict(zip(HEAD, row, strict=True)))
        self.rows += 1

    def _write(self, row: Mapping[str, str]) -> None:
        csv.writer(self._out, lineterminator="\n").writerow(defused(row[name]) for name in self._columns)

    def done(self, *, keep: bool) -> None:
        """Puts the file in its place, or takes away what there is of it.

        Raises:
            FlowctlError: It cannot be written.
        """
        try:
            self._out.close()
            if keep:
                settle(self._new, self.path)
        except OSError as error:
            if keep:
                raise _unwritable(self.path, error) from error
        finally:
            discard(self._new, self.path)


def defused(text: str) -> str:
    """A cell that no spreadsheet runs."""
    return f"'{text}" if _FORMULA.match(text) else text
