"""`roster`: who takes turns, who is next and who is not there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.engine.outcome import Picked
from flowctl.engine.turns import Load, Turns
from flowctl.flow import Flow, Member, Model, Named, Roster, part_of, path_of
from flowctl.flow.nodes.rotate import Rotate
from flowctl.flow.people import Leave
from flowctl.flow.workspace import bound_names
from flowctl.ops.versions import Version
from flowctl.ops.workspace import LIVE, Workspace


@dataclass(frozen=True, slots=True)
class Kept:
    """The turns of an environment; fresh ones where `missing` says why it could not be asked for them."""

    environment: str
    turns: Turns
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class MemberState:
    """A member at a moment.

    `away` is the leave that holds, `out` why the member gets no turn now (None also for one who is covered).
    """

    member: Member
    name: str  # as the directory has it; the logical name of somebody whom it does not know
    is_active: bool
    away: Leave | None
    out: str | None
    load: Load


@dataclass(frozen=True, slots=True)
class RosterState:
    """A roster at a moment; `used_by` are the nodes that take turns from it, as (flow, node)."""

    roster: Roster
    day: dt.date
    members: tuple[MemberState, ...]
    used_by: tuple[tuple[str, str], ...]
    next: Picked
    kept: Kept | None = None  # the turns that `next` and the loads are of; fresh ones without it


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The next turns of a roster, as if all records came at one moment. Nothing was moved on."""

    roster: str
    moment: dt.datetime
    turns: tuple[Picked, ...]
    kept: Kept
    is_empty: bool = False  # nobody is in the roster


@dataclass(frozen=True, slots=True)
class Rosters:
    """The rosters of a version, and the files of those that cannot be read."""

    rosters: tuple[RosterState, ...]
    unread: tuple[str, ...]


def list_rosters(version: Version, now: dt.datetime) -> Rosters:
    """All rosters of a version, at a moment."""
    model = version.model()
    read = tuple(_state(model, roster, now, None) for roster in model.rosters.values())
    files = {path_of(f"roster/{state.roster.roster}") for state in read}
    unread = (path for path in version.files if (part_of(path) or "").startswith("roster/") and path not in files)
    return Rosters(read, tuple(sorted(unread)))


def show_roster(ws: Workspace, version: Version, name: str, environment: str | None, now: dt.datetime) -> RosterState:
    """One roster of a version, with the turns of an environment: of production where none is named.

    Raises:
        FlowctlError: There is no such roster, or its file cannot be read; or the environment cannot be asked.
    """
    model = version.model()
    return _state(model, _roster(model, name), now, kept_turns(ws, environment))


def rehearse(
    ws: Workspace, version: Version, name: str, environment: str | None, moment: dt.datetime, count: int
) -> Rehearsal:
    """The next turns of a roster of a version, from the turns of an environment; they are not moved on.

    Raises:
        FlowctlError: There is no such roster, or its file cannot be read; or the environment cannot be asked.
    """
    model = version.model()
    roster, kept = _roster(model, name), kept_turns(ws, environment)
    take = _taking(model, kept.turns.copy())
    return Rehearsal(name, moment, tuple(take(roster, moment) for _ in range(count)), kept, not roster.members)


def kept_turns(ws: Workspace, environment: str | None) -> Kept:
    """The turns of an environment; where none is named, of production, or fresh ones when that is not here.

    Raises:
        FlowctlError: It cannot be asked, or the turns are damaged.
    """
    name = environment or LIVE
    place = ws.environment(name)
    if environment is None:
        try:
            place.directory()
        except FlowctlError as error:
            return Kept(name, Turns(), str(error))
    return Kept(name, Turns.of(place.turns()))


def _roster(model: Model, name: str) -> Roster:
    if name not in model.rosters:
        problems = [p for p in model.problems if p.span and p.span.file == path_of(f"roster/{name}")]
        hint = did_you_mean(name, model.rosters) or "`flowctl roster list` lists them"
        what = f"roster `{name}` cannot be read" if problems else f"there is no roster `{name}`"
        raise FlowctlError(what, hint=None if problems else hint, found=problems)
    return model.rosters[name]


def _taking(model: Model, turns: Turns) -> Callable[[Roster, dt.datetime], Picked]:
    """Takes turns as routing would, of whoever is there."""
    directory, zone = model.directory, model.settings.zone

    def is_active(user: str) -> bool:
        return directory.is_available(Named("user", user))

    return lambda roster, now: turns.take(roster, now, zone, is_active)


def _state(model: Model, roster: Roster, now: dt.datetime, kept: Kept | None) -> RosterState:
    turns = (kept.turns if kept else Turns()).copy()
    members = [_member(model, roster, member, turns, now) for member in roster.members]
    picked = _taking(model, turns)(roster, now)
    out = dict(picked.passed_over)
    used = (
        (flow.flow, node.id)
        for flow in model.flows.values()
        for node in flow.nodes.values()
        if isinstance(node, Rotate) and roster.roster in _rosters_of(model, flow, node)
    )
    states = tuple(MemberState(m, name, active, away, out.get(m.user), load) for m, name, active, away, load in members)
    return RosterState(roster, now.astimezone(model.settings.zone).date(), states, tuple(used), picked, kept)


def _rosters_of(model: Model, flow: Flow, node: Rotate) -> set[object]:
    """The rosters that a node takes turns from: one by name, or all that a column of a table names."""
    if isinstance(node.roster, str):
        return {node.roster}
    row, *column = node.roster
    table = model.tables.get(bound_names(flow).get(row, "").removeprefix("table/"))
    return {line.answer.get(".".join(column)) for line in table.lines} if table else set()


def _member(
    model: Model, roster: Roster, member: Member, turns: Turns, now: dt.datetime
) -> tuple[Member, str, bool, Leave | None, Load]:
    user = model.directory.users.get(member.user)
    zone = model.settings.zone
    away = member.leave_on(now.astimezone(roster.zone_of(member, zone)).date())
    load = turns.load(roster, member.user, now, zone)
    return member, user.name if user else member.user, bool(user and user.active), away, load
