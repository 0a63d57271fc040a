"""`roster`: who takes turns, and edits of that in the draft that is checked out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flowctl import document as yaml
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.document import Document
from flowctl.flow import Directory, Member, Model, Named, Roster, part_of, path_of
from flowctl.flow.kinds import keys, read_fields
from flowctl.flow.node import references
from flowctl.flow.people import Leave
from flowctl.ops.atomic import replace
from flowctl.ops.roster_file import RosterText
from flowctl.ops.versions import Version
from flowctl.ops.workspace import Workspace

T = TypeVar("T", Roster, Directory)


@dataclass(frozen=True, slots=True)
class MemberState:
    """A member on a day. `away` is the leave that holds, `is_active` what the directory says."""

    member: Member
    name: str  # as the directory has it; the logical name of somebody whom it does not know
    is_active: bool
    away: Leave | None


@dataclass(frozen=True, slots=True)
class RosterState:
    """A roster on a day; `used_by` are the nodes that take turns from it, as (flow, node)."""

    roster: Roster
    day: dt.date
    members: tuple[MemberState, ...]
    used_by: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RosterEdit:
    """What was done to one roster's file: in words, and its text before and after."""

    roster: str
    path: str
    said: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Edited:
    """What a command did to one roster or several; `warnings` do not keep it from being done."""

    edits: tuple[RosterEdit, ...]
    warnings: tuple[str, ...]
    message: str  # for the commit that will keep it


# Reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rosters:
    """The rosters of a version, and the files of those that cannot be read."""

    rosters: tuple[RosterState, ...]
    unread: tuple[str, ...]


def list_rosters(version: Version, now: dt.datetime) -> Rosters:
    """All rosters of a version, on the day that it is."""
    model = version.model()
    read = tuple(_state(model, roster, now) for roster in model.rosters.values())
    files = {path_of(f"roster/{state.roster.roster}") for state in read}
    unread = (path for path in version.files if (part_of(path) or "").startswith("roster/") and path not in files)
    return Rosters(read, tuple(sorted(unread)))


def show_roster(version: Version, name: str, now: dt.datetime) -> RosterState:
    """One roster of a version.

    Raises:
        FlowctlError: There is no such roster, or its file cannot be read.
    """
    model = version.model()
    if name not in model.rosters:
        problems = [p for p in model.problems if p.span and p.span.file == path_of(f"roster/{name}")]
        hint = did_you_mean(name, model.rosters) or "`flowctl roster list` lists them"
        what = f"roster `{name}` cannot be read" if problems else f"there is no roster `{name}`"
        raise FlowctlError(what, hint=None if problems else hint, found=problems)
    return _state(model, model.rosters[name], now)


def _state(model: Model, roster: Roster, now: dt.datetime) -> RosterState:
    day = now.astimezone(model.settings.zone).date()
    members = tuple(_member(model.directory, member, day) for member in roster.members)
    used = (
        (flow.flow, node.id)
        for flow in model.flows.values()
        for node in flow.nodes.values()
        for _, table, name in references(node)
        if (table, name) == ("rosters", roster.roster)
    )
    return RosterState(roster, day, members, tuple(used))


def _member(directory: Directory, member: Member, day: dt.date) -> MemberState:
    user = directory.users.get(member.user)
    name = user.name if user else member.user
    return MemberState(member, name, directory.is_available(Named("user", member.user)), member.leave_on(day))


# Editing ----------------------------------------------------------------------------------------------------------


class Editor:
    """The rosters of the work tree. Each method edits, checks that the file reads as meant, and writes it."""

    def __init__(self, ws: Workspace, now: dt.datetime) -> None:
        """Raises FlowctlError when no draft is checked out, or the directory cannot be read."""
        ws.require_draft()
        self.ws = ws
        self.day = now.date()
        self.directory = self._read(Directory, path_of("directory"))[1]

    def add(self, roster: str, who: str, weight: int) -> Edited:
        """Puts somebody into a roster, at its end."""
        document, found = self._roster(roster)
        user = self._user(who)
        if _position(found, user) is not None:
            hint = f"`flowctl roster weight {roster} {user} N` gives more turns"
            raise FlowctlError(f"`{user}` is in `{roster}` already", hint=hint)
        text = RosterText(document).with_member(Member(user=user, weight=weight))
        warnings = () if self._is_active(user) else (f"`{user}` is not active: turns pass them over",)
        said = f"{user} joins {roster}" + (f" with weight {weight}" if weight != 1 else "")
        return Edited((self._write(document, text, said),), warnings, said)

    def remove(self, roster: str, who: str) -> Edited:
        """Takes somebody out of a roster."""
        document, found = self._roster(roster)
        position = self._member(found, who)
        user = found.members[position].user
        last = len(found.members) == 1
        alone = [f"nobody is left in `{roster}`: every lead leaves its nodes by `nobody`"] if last else []
        covered = [m.user for m in found.members if m.user != user and any(gone.cover == user for gone in m.leave)]
        warnings = (*alone, *(f"{user} still takes the turns of `{other}` during a leave" for other in covered))
        said = f"{user} leaves {roster}"
        return Edited((self._write(document, RosterText(document).without_member(position), said),), warnings, said)

    def weight(self, roster: str, who: str, weight: int) -> Edited:
        """Gives a member another number of turns in each round."""
        document, found = self._roster(roster)
        position = self._member(found, who)
        member = found.members[position]
        if member.weight == weight:
            raise FlowctlError(f"`{member.user}` has weight {weight} in `{roster}` already")
        said = f"{member.user} has weight {weight} in {roster} (was {member.weight})"
        return Edited((self._write(document, RosterText(document).with_weight(position, weight), said),), (), said)

    def leave(self, who: str, leave: Leave, roster: str | None) -> Edited:
        """Notes that somebody is away, in one roster or in all that they are in."""
        user = self._user(who)
        if leave.to < leave.from_:
            raise FlowctlError(f"the leave ends on {leave.to}, before it begins on {leave.from_}")
        cover = self._cover(user, leave)
        rosters = [self._roster(roster)] if roster else self._rosters_of(user)
        days = f"from {leave.from_} to {leave.to}" if leave.to != leave.from_ else f"on {leave.from_}"
        said = f"{user} is away {days}" + (f", {cover.cover} takes the turns" if cover.cover else "")
        texts, warnings = [], []
        for document, found in rosters:
            position = self._member(found, user)
            warnings += _overlaps(found, position, cover)
            texts.append((document, RosterText(document).with_leave(position, cover), f"{said} ({found.roster})"))
        if leave.to < self.day:
            warnings.append(f"that leave was over on {leave.to}")
        if cover.cover and not self._is_active(cover.cover):
            warnings.append(f"`{cover.cover}` is not active: nobody takes the turns")
        return Edited(tuple(self._write(*text) for text in texts), tuple(warnings), said)

    # -- who

    def _user(self, word: str) -> str:
        """The logical name of somebody: it itself, with or without `user/`, or the full name."""
        users = self.directory.users
        name = word.removeprefix("user/")
        if name in users:
            return name
        named = [logical for logical, user in users.items() if user.name.casefold() == word.strip().casefold()]
        if len(named) == 1:
            return named[0]
        close = did_you_mean(name, users)
        how = "people are added in flows/directory.yaml, below `users`"
        raise FlowctlError(f"there is no user `{word}`", hint=f"{close} {how}" if close else how)

    def _is_active(self, user: str) -> bool:
        return self.directory.is_available(Named("user", user))

    def _member(self, roster: Roster, who: str) -> int:
        members = [member.user for member in roster.members]
        name = who.removeprefix("user/")
        position = _position(roster, name)
        if position is None:
            position = _position(roster, self._user(who)) if name not in members else None
        if position is None:
            hint = did_you_mean(name, members) or f"members: {', '.join(members) or 'none'}"
            raise FlowctlError(f"`{name}` is not in `{roster.roster}`", hint=hint)
        return position

    def _cover(self, user: str, leave: Leave) -> Leave:
        if leave.cover is None:
            return leave
        cover = self._user(leave.cover)
        if cover == user:
            raise FlowctlError(f"`{user}` cannot take their own turns while away", hint="`--cover` names somebody else")
        return Leave(from_=leave.from_, to=leave.to, cover=cover)

    # -- files

    def _rosters_of(self, user: str) -> list[tuple[Document, Roster]]:
        every = [self._roster(name) for name in self._names()]
        found = [(document, roster) for document, roster in every if _position(roster, user) is not None]
        if not found:
            raise FlowctlError(f"`{user}` is in no roster", hint=f"`flowctl roster add ROSTER {user}`")
        return found

    def _names(self) -> list[str]:
        folder = self.ws.root / "flows/rosters"
        return sorted(path.stem for path in folder.glob("*.yaml"))

    def _roster(self, name: str) -> tuple[Document, Roster]:
        if name not in self._names():
            hint = did_you_mean(name, self._names()) or "`flowctl roster list` lists them"
            raise FlowctlError(f"there is no roster `{name}`", hint=hint)
        return self._read(Roster, path_of(f"roster/{name}"))

    def _read(self, cls: type[T], path: str) -> tuple[Document, T]:
        try:
            data = (self.ws.root / self.ws.git.inside(path)).read_bytes()
        except OSError as error:
            raise FlowctlError(f"cannot read `{path}`: {error.strerror}") from error
        document = yaml.read(path, data)
        values = _values(cls, document)
        if values is None:
            raise FlowctlError(f"`{path}` has errors", hint=f"`flowctl check {path}`", found=document.problems)
        return document, cls(**values, document=document)

    def _write(self, document: Document, text: str, said: str) -> RosterEdit:
        after = yaml.read(document.file, text)
        assert _values(Roster, after) is not None, f"an edit of {document.file} broke it"
        replace(self.ws.root / document.file, text.encode())
        name = document.file.rpartition("/")[2].removesuffix(".yaml")
        return RosterEdit(name, document.file, said, document.text, text)


def _values(cls: type[Any], document: Document) -> Mapping[str, Any] | None:
    values = read_fields(cls, document.root, document) if document.root is not None else {}
    complete = values is not None and all(k.attribute in values for k in keys(cls).values() if k.required)
    return values if complete and not document.problems else None


def _position(roster: Roster, user: str) -> int | None:
    return next((n for n, member in enumerate(roster.members) if member.user == user), None)


def _overlaps(roster: Roster, position: int, leave: Leave) -> list[str]:
    others = roster.members[position].leave
    return [
        f"another leave in `{roster.roster}`, from {other.from_} to {other.to}, overlaps: the first one holds"
        for other in others
        if other.from_ <= leave.to and leave.from_ <= other.to
    ]
