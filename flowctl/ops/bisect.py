"""`bisect`: the releases that changed where a lead goes.

The lead is routed under every release of a range: it may have been sent elsewhere more than once, so that halving the
range would find any one of them. A release that changed nothing that the lead met is told from the texts alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.diff import PartDiff
from flowctl.diff.edits import NodeRenamed
from flowctl.engine import Outcome, Turns, route, with_data
from flowctl.flow import Model, part_of, path_of
from flowctl.ops.check import sound_model
from flowctl.ops.leads import Source
from flowctl.ops.past.node_texts import head_says, node_edits
from flowctl.ops.past.one_lead import Lead, find_lead
from flowctl.ops.past.parting import (
    MOST,
    Parting,
    causes,
    differing_files,
    flows_of,
    only_near,
    part_ways,
    read_by,
)
from flowctl.ops.past.stops import At, Stop, newest, stops_back
from flowctl.ops.past.worlds import Files, Leash, Shelf, Worlds
from flowctl.ops.simulate import Routed
from flowctl.ops.versions import Version
from flowctl.ops.workspace import FLOWS, Workspace

Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What `bisect` is asked about; `good` and `bad` are the ends of the range, None for the usual ones."""

    lead: str
    flow: str | None = None
    good: str | None = None
    bad: str | None = None
    data: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """A version under which something else happens to the lead than under the one before it.

    `is_move` when it goes to somebody else or ends elsewhere; else only fields, messages or the like differ. `causes`
    are the edits that did it, without `left_out` more: a table may have had hundreds of rows put in.
    """

    at: At
    before: Outcome
    after: Outcome
    parting: Parting
    causes: tuple[PartDiff, ...]
    is_move: bool
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Bisected:
    """The turns of a lead, newest first; `newest` and `oldest` are the ends of the range that could be read.

    `begins` when the flow itself came with the oldest; `unread` the versions that no lead can be routed through, with
    the reason.
    """

    lead: Lead
    newest: At
    oldest: At
    now: Outcome
    turns: tuple[Turn, ...]
    looked_at: int
    begins: bool
    unread: tuple[tuple[str, str], ...]

    @property
    def moves(self) -> tuple[Turn, ...]:
        return tuple(turn for turn in self.turns if turn.is_move)


def bisect(source: Source, request: Request, now: dt.datetime, tick: Tick = lambda done, total: None) -> Bisected:
    """Follows a lead from what is being worked on, or from `bad`, back to `good`, or to the first release.

    Raises:
        FlowctlError: There is no such lead or release; or the newest version has errors.
    """
    ws = source.ws
    version = newest(ws, request.bad)
    model = _model(version, request)
    stops = stops_back(ws, version, request.good)
    of = version.label if request.bad else ""
    lead = find_lead(source, request.lead, model, request.flow, request.data, now, of)
    return _Walk(ws, lead, tick).through(stops)


def _model(version: Version, request: Request) -> Model:
    try:
        return sound_model(version, fixtures=False)
    except FlowctlError as error:
        hint = error.hint or (None if request.bad else "`--bad live` follows it from live on, without the draft")
        raise FlowctlError(error.message, hint=hint, found=error.found) from error


# The walk -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """A version and what happens to the lead under it."""

    at: At
    files: Files
    outcome: Outcome


class _Walk:
    def __init__(self, ws: Workspace, lead: Lead, tick: Tick) -> None:
        self.ws, self.lead, self.tick = ws, lead, tick
        self.shelf = Shelf(ws)
        self.worlds = Worlds(self.shelf)
        self.path = path_of(f"flow/{lead.flow}")

    def through(self, stops: Sequence[Stop]) -> Bisected:
        known: list[_Known] = []
        unread: list[tuple[str, str]] = []
        begins = False
        for number, (stop, files) in enumerate(self._files(stops)):
            self.tick(number, len(stops))
            if self.path not in files.ids and known:
                begins = True
                break
            try:
                known.append(_Known(stop.at, files, self._outcome(stop, files, known[-1] if known else None)))
            except FlowctlError as error:
                unread.append((stop.at.release or stop.at.title, error.message))
        if not known:
            raise FlowctlError("no version of the range can be read", hint=unread[0][1] if unread else None)
        turns = tuple(self._turns(known))
        looked_at = len(known)
        return Bisected(self.lead, known[0].at, known[-1].at, known[0].outcome, turns, looked_at, begins, tuple(unread))

    def _files(self, stops: Sequence[Stop]) -> Iterator[tuple[Stop, Files]]:
        """The parts of each version; what git knows of all releases is asked in a few questions."""
        commits = [stop.commit for stop in stops if stop.commit]
        trees = dict(zip(commits, self.ws.git.ids(commits, FLOWS), strict=True))
        listed = self.ws.git.listings({tree for tree in trees.values() if tree})
        paths = {path for below in listed.values() for path in below if part_of(f"{FLOWS}/{path}")}
        parts = {
            tree: Files({f"{FLOWS}/{path}": id_ for path, id_ in below.items() if path in paths})
            for tree, below in listed.items()
        }
        like = next(iter(listed), "")
        for stop in stops:
            if stop.version:
                yield stop, self.shelf.put(stop.version.files, like)
            else:
                yield stop, parts.get(trees[stop.commit or ""] or "", Files({}))

    # -- what happens to the lead

    def _outcome(self, stop: Stop, files: Files, newer: _Known | None) -> Outcome:
        """As under the newer version, where nothing that the lead met there differs; else it is routed."""
        if newer and self._is_unmoved(newer, files):
            return newer.outcome
        if not stop.is_checked:
            sound_model(Version(stop.at.release or stop.at.title, self.shelf.texts(files.ids)), fixtures=False)
        return self._routed(files)

    def _routed(self, files: Files) -> Outcome:
        world = with_data(self.worlds.world(files), self.lead.data)
        return route(world, self.lead.flow, self.lead.record, Turns(), self.lead.now, Leash())

    def _is_unmoved(self, newer: _Known, files: Files) -> bool:
        met = read_by(newer.outcome, newer.files) | read_by(newer.outcome, files)
        return all(self._has_same_nodes(path, newer, files) for path in differing_files(newer.files, files, met))

    def _has_same_nodes(self, path: str, newer: _Known, files: Files) -> bool:
        """Whether a file is a flow in which all nodes that the lead met are written alike."""
        if path not in files.ids or path not in newer.files.ids or path not in newer.files.flows:
            return False
        a, b = self.shelf.nodes(path, newer.files), self.shelf.nodes(path, files)
        flow = path.removeprefix(f"{FLOWS}/").removesuffix(".yaml")
        nodes = {visit.node for visit in newer.outcome.path if visit.flow == flow}
        texts = [[each.pieces[node].text if node in each.pieces else None for node in sorted(nodes)] for each in (a, b)]
        return texts[0] == texts[1] and (a.head == b.head or head_says(a, path) == head_says(b, path))

    # -- what differs

    def _turns(self, known: Sequence[_Known]) -> Iterator[Turn]:
        for newer, older in pairwise(known):
            if newer.outcome is older.outcome:
                continue
            routed = Routed(self.lead.name, newer.outcome, older.outcome)
            if routed.moved or routed.changed:
                yield self._turn(newer, older, routed)

    def _turn(self, newer: _Known, older: _Known, routed: Routed) -> Turn:
        ends = {(k.outcome.ends, k.outcome.result) for k in (newer, older)}
        is_elsewhere = len({end for end, _ in ends}) == len({result for _, result in ends}) == 2
        found = causes(self.shelf, (older.files, older.outcome), (newer.files, newer.outcome), self._again)
        flows = {*flows_of(older.outcome), *flows_of(newer.outcome)}
        at = part_ways(older.outcome, newer.outcome, self._renamed(flows, older.files, newer.files))
        near = tuple(only_near(diff, at, (older.outcome, newer.outcome)) for diff in found)
        told = tuple(replace(diff, edits=diff.edits[:MOST]) for diff in near)
        left_out = sum(len(diff.edits) for diff in near) - sum(len(diff.edits) for diff in told)
        return Turn(newer.at, older.outcome, newer.outcome, at, told, routed.moved or is_elsewhere, left_out)

    def _again(self, files: Files) -> Outcome | None:
        """What happens to the lead under files that no release had together; None where nothing can."""
        try:
            return self._routed(files)
        except (FlowctlError, LookupError, TypeError, ValueError):  # what one of them names, the others do not have
            return None

    def _renamed(self, flows: set[str], older: Files, newer: Files) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for flow in sorted(flows):
            path = path_of(f"flow/{flow}")
            if path in older.ids and path in newer.ids and older.ids[path] != newer.ids[path]:
                edits = node_edits(self.shelf.nodes(path, older), self.shelf.nodes(path, newer))
                found |= {(flow, edit.was): edit.node for edit in edits if isinstance(edit, NodeRenamed)}
        return found
