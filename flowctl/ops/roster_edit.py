"""`roster`: edits of who takes turns, in the draft that is checked out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.document import Document
from flowctl.flow import Directory, Member, Named, Roster, Settings, path_of
from flowctl.flow.kinds import keys, read_fields
from flowctl.flow.people import Leave
from flowctl.ops import atomic
from flowctl.ops.roster_file import RosterText
from flowctl.ops.workspace import Workspace

T = TypeVar("T", Roster, Directory)
_DAY = dt.timedelta(days=1)


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


class Editor:
    """The rosters of the work tree. Each method edits, checks that the file reads as meant, and writes it."""

    def __init__(self, ws: Workspace, now: dt.datetime) -> None:
        """Raises FlowctlError when no draft is checked out, or the directory cannot be read."""
        ws.require_draft()
        self.ws, self.now = ws, now
        self.directory = self._read(Directory, path_of("directory"))[1]
        self.zone = self._settings().zone

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

    def out(self, who: str, leave: Leave, roster: str | None) -> Edited:
        """Notes that somebody is away, in one roster or in all that they are in."""
        user = self._user(who)
        if leave.to < leave.from_:
            raise FlowctlError(f"the leave ends on {leave.to}, before it begins on {leave.from_}")
        cover = self._cover(user, leave)
        days = f"from {leave.from_} to {leave.to}" if leave.to != leave.from_ else f"on {leave.from_}"
        said = f"{user} is away {days}" + (f", {cover.cover} takes the turns" if cover.cover else "")
        texts, warnings = [], []
        for document, found in self._rosters(user, roster):
            position = self._member(found, user)
            warnings += _overlaps(found, position, cover)
            warnings += _both_away(found, cover)
            texts.append((document, RosterText(document).with_leave(position, cover), f"{said} ({found.roster})"))
        if leave.to < self._today():
            warnings.append(f"that leave was over on {leave.to}")
        if cover.cover and not self._is_active(cover.cover):
            warnings.append(f"`{cover.cover}` is not active: nobody takes the turns")
        return Edited(tuple(self._write(*text) for text in texts), tuple(warnings), said)

    def back(self, who: str, start: dt.date | None, roster: str | None) -> Edited:
        """Ends the leave that somebody is on, so that they are back today; or takes out the one that begins on a day,
        in one roster or in all that they are in.
        """
        user = self._user(who)
        found = [(document, of, self._leave_of(of, user, start)) for document, of in self._rosters(user, roster)]
        texts = [(document, of, leave) for document, of, leave in found if leave is not None]
        if not texts:
            raise self._not_away(user, start, [of for _, of, _ in found])
        said = f"{user} is not away from {start}" if start else f"{user} is back"
        edits = tuple(
            self._write(document, self._without(document, of, user, leave), f"{said} ({of.roster})")
            for document, of, leave in texts
        )
        still = [warning for _, of, leave in texts for warning in self._still_away(of, user, leave, start)]
        return Edited(edits, tuple(still), said)

    def _still_away(self, roster: Roster, user: str, ended: Leave, start: dt.date | None) -> list[str]:
        member = roster.members[self._member(roster, user)]
        today = self._today(roster, member)
        others = (leave for leave in member.leave if leave is not ended and leave.holds(today) and not start)
        return [f"another leave in `{roster.roster}` holds until {other.to}" for other in others]

    def _leave_of(self, roster: Roster, user: str, start: dt.date | None) -> Leave | None:
        """The leave that begins on a day, else the one that holds today where the member is."""
        member = roster.members[self._member(roster, user)]
        if start is None:
            return member.leave_on(self._today(roster, member))
        return next((leave for leave in member.leave if leave.from_ == start), None)

    def _without(self, document: Document, roster: Roster, user: str, leave: Leave) -> str:
        """The text without what of a leave is not over yet."""
        position = self._member(roster, user)
        member = roster.members[position]
        number, text = member.leave.index(leave), RosterText(document)
        yesterday = self._today(roster, member) - _DAY
        if leave.from_ > yesterday:
            return text.without_leave(position, number)
        return text.with_leave_until(position, number, yesterday)

    def _not_away(self, user: str, start: dt.date | None, rosters: list[Roster]) -> FlowctlError:
        leaves = [leave for of in rosters for leave in of.members[self._member(of, user)].leave]
        coming = sorted({leave.from_ for leave in leaves if leave.from_ > self._today()})
        hint = f"`flowctl roster in {user} --from {coming[0]}` takes out the next leave" if coming else None
        what = f"no leave of `{user}` begins on {start}" if start else f"`{user}` is not away today"
        return FlowctlError(what, hint=hint or "`flowctl roster list` says who is away")

    def _today(self, roster: Roster | None = None, member: Member | None = None) -> dt.date:
        zone = roster.zone_of(member, self.zone) if roster and member else self.zone
        return self.now.astimezone(zone).date()

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
        return replace(leave, cover=cover)

    # -- files

    def _rosters(self, user: str, only: str | None) -> list[tuple[Document, Roster]]:
        """One roster, or all that somebody is in."""
        if only:
            return [self._roster(only)]
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

    def _settings(self) -> Settings:
        path = path_of("settings")
        if not (self.ws.root / path).exists():
            return Settings()
        return Settings(**self._values(Settings, path)[1])

    def _read(self, cls: type[T], path: str) -> tuple[Document, T]:
        document, values = self._values(cls, path)
        return document, cls(**values, document=document)

    def _values(self, cls: type[Any], path: str) -> tuple[Document, Mapping[str, Any]]:
        try:
            data = (self.ws.root / self.ws.git.inside(path)).read_bytes()
        except OSError as error:
            raise FlowctlError(f"cannot read `{path}`: {error.strerror}") from error
        document = yaml.read(path, data)
        values = _values(cls, document)
        if values is None:
            raise FlowctlError(f"`{path}` has errors", hint=f"`flowctl check {path}`", found=document.problems)
        return document, values

    def _write(self, document: Document, text: str, said: str) -> RosterEdit:
        after = yaml.read(document.file, text)
        assert _values(Roster, after) is not None, f"an edit of {document.file} broke it"
        atomic.write(self.ws, document.file, text.encode())
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


def _both_away(roster: Roster, leave: Leave) -> list[str]:
    """A cover who is a member and away on some of the days themselves."""
    covers = (member for member in roster.members if member.user == leave.cover)
    return [
        f"`{member.user}` is away from {other.from_} to {other.to}, too ({roster.roster}): nobody takes the turns then"
        for member in covers
        for other in member.leave
        if other.from_ <= leave.to and leave.from_ <= other.to
    ]
