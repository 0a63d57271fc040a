"""How the members of a roster stand: the state that outlives promotions, renames and rollbacks."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from typing import TypeVar

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.document import Json
from flowctl.flow.people import Member, Roster

KEPT_DAYS = 15  # of loads: this week and the last, whatever the time zone
MOST_COMPANIES = 100_000  # that a roster remembers, some 5 MB; beyond, those that were longest away are forgotten
T = TypeVar("T", str, int, list, dict)  # type: ignore[type-arg]  # what JSON has


@dataclass(slots=True)
class Standing:
    """A member: `score` is what they are owed where turns go by weight, and the turns they had where those count.

    `was` are their names before, the last one first. Who has left is remembered, for a rollback may bring them back;
    `round` is then the sum of the weights by which their score was, 0 where that was not kept.
    """

    score: int
    weight: int
    was: list[str] = field(default_factory=list)
    has_left: bool = False
    round: int = 0

    @property
    def data(self) -> dict[str, Json]:
        plain: dict[str, Json] = {"score": self.score, "weight": self.weight}
        left: dict[str, Json] = {"left": True, "round": self.round} if self.has_left else {}
        return plain | ({"was": [*self.was]} if self.was else {}) | left

    def level(self, other: Standing) -> int:
        """The turns that are as many for the own weight as another's are for theirs."""
        return other.score * self.weight // other.weight


@dataclass(slots=True)
class State:
    """A roster: its members, what each was given on which day, and who had the last record of which company."""

    turns: str
    was: list[str] = field(default_factory=list)
    members: dict[str, Standing] = field(default_factory=dict)
    loads: dict[str, dict[int, int]] = field(default_factory=dict)
    companies: dict[str, str] = field(default_factory=dict)

    # -- what a turn changes

    def note_load(self, user: str, day: int) -> None:
        load = self.loads.setdefault(user, {})
        if day not in load:
            for old in [other for other in load if other <= day - KEPT_DAYS]:
                del load[old]
        load[day] = load.get(day, 0) + 1

    def note_company(self, company: str, user: str) -> None:
        self.companies.pop(company, None)  # so that it comes last
        self.companies[company] = user
        if len(self.companies) > MOST_COMPANIES:
            del self.companies[next(iter(self.companies))]

    def keep_pace(self, away: Iterable[str], there: Iterable[Standing]) -> None:
        """Takes the turns as had that somebody was not there for, up to the fewest that anybody there has had."""
        fewest = _fewest(there)
        for standing in map(self.members.__getitem__, away):
            standing.score = max(standing.score, standing.level(fewest))

    # -- another version of the roster

    def fit(self, roster: Roster) -> None:
        """Takes in who joined, left, came back, was renamed or has another weight since the last turn.

        Where turns go by weight everybody keeps what they are owed, counted in turns. Where turns count, another
        weight leaves a member level with who was level, and who joins or comes back starts level with whoever has
        had the fewest.
        """
        if self.turns != roster.turns:
            self.turns, self.members = roster.turns, {}
        self.rename(roster.members)
        before = {user: s for user, s in self.members.items() if not s.has_left}
        old, new = (sum(one.weight for one in people) for people in (before.values(), roster.members))
        known = [(self.members[m.user], m) for m in roster.members if m.user in self.members]
        for standing, member in known:
            self._rescore(standing, member, standing.round if standing.has_left else old, new)
        present = {member.user for member in roster.members}
        for user, standing in before.items():
            if user not in present:
                standing.has_left, standing.round = True, old
        self._join(roster.members, [s for s, m in known if m.user in before] or [s for s, _ in known])

    def _rescore(self, standing: Standing, member: Member, old: int, new: int) -> None:
        """Brings a score to a member's weight of now and to the sum of all weights, `old` before and `new` now."""
        if self.turns == "count":
            standing.score = standing.score * member.weight // standing.weight
        elif old != new:
            standing.score = int(standing.score * new / old) if old else 0
        standing.weight = member.weight

    def _join(self, members: Iterable[Member], others: list[Standing]) -> None:
        """Lets everybody in who is not there yet, level with the others if turns count; at most one turn ahead."""
        fewest = dataclasses.replace(_fewest(others)) if others else None
        for member in members:
            standing = self.members.get(member.user)
            if standing is None or standing.has_left:
                standing = self.members.setdefault(member.user, Standing(0, member.weight))
                standing.has_left, standing.round = False, 0
                if self.turns == "count" and fewest is not None:
                    level = standing.level(fewest)
                    standing.score = min(max(standing.score, level), level + 1)

    # -- names

    def rename(self, members: tuple[Member, ...]) -> None:
        """Lets members go on under the names that they have now."""
        present = {member.user for member in members}
        for member in members:
            own = self.members.get(member.user)
            source = self._source(member, present) if own is None or own.has_left else None
            if source is not None:
                self._move(source, member.user)
            if standing := self.members.get(member.user):
                standing.was = names_before(standing.was, member.was)

    def _source(self, member: Member, present: set[str]) -> str | None:
        """The name under which a member stands who has none of their own: one before, or one after a rollback."""
        if member.was in self.members and member.was not in present:
            return member.was
        gone = ((user, standing.was) for user, standing in self.members.items() if user not in present)
        return next((user for user, was in gone if member.user in was), None)

    def _move(self, source: str, to: str) -> None:
        standing = self.members.pop(source)
        standing.was = names_after_move(standing.was, source, to)
        self.members[to] = standing
        if source in self.loads:
            self.loads[to] = self.loads.pop(source)
        self.companies = {c: to if user == source else user for c, user in self.companies.items()}

    # -- JSON

    @property
    def data(self) -> dict[str, Json]:
        loads = {user: {_day(n): count for n, count in load.items()} for user, load in self.loads.items()}
        members = {user: standing.data for user, standing in self.members.items()}
        names: dict[str, Json] = {"turns": self.turns, "was": [*self.was]}
        return names | {"members": members, "load": loads, "companies": {**self.companies}}


def _fewest(standings: Iterable[Standing]) -> Standing:
    """Who has had the fewest turns for their weight."""
    return min(standings, key=lambda standing: standing.score / standing.weight)


def names_after_move(was: list[str], source: str, to: str) -> list[str]:
    """The names before, of what is now called `to`: it had that name before, or gets it now."""
    return was[was.index(to) + 1 :] if to in was else [source, *was]


def names_before(was: list[str], stated: str | None) -> list[str]:
    """What of the names before is still stated; once a file says no `was` any more, the old name is free."""
    if stated is None:
        return []
    return was if was[:1] == [stated] else [stated]


def _day(ordinal: int) -> str:
    return dt.date.fromordinal(ordinal).isoformat()


# Reading ----------------------------------------------------------------------------------------------------------


def states_of(data: Mapping[str, Json]) -> Iterator[tuple[str, State]]:
    """The rosters' states of JSON data.

    Raises:
        FlowctlError: The data is none of ours, or damaged; the message says where.
    """
    for name, raw in data.items():
        here = f"rosters.{name}"
        whole = _checked(raw, dict, here)
        state = State(_checked(whole.get("turns"), str, f"{here}.turns"), _names(whole.get("was"), f"{here}.was"))
        for user, standing in _checked(whole.get("members", {}), dict, f"{here}.members").items():
            state.members[user] = _standing(standing, f"{here}.members.{user}")
        for user, load in _checked(whole.get("load", {}), dict, f"{here}.load").items():
            state.loads[user] = _load(load, f"{here}.load.{user}")
        companies = _checked(whole.get("companies", {}), dict, f"{here}.companies")
        state.companies = {company: _checked(user, str, f"{here}.companies") for company, user in companies.items()}
        yield name, state


def _standing(raw: Json, here: str) -> Standing:
    whole = _checked(raw, dict, here)
    weight = _checked(whole.get("weight"), int, f"{here}.weight")
    if weight < 1:
        raise damaged(f"{here}.weight")
    score = _checked(whole.get("score"), int, f"{here}.score")
    round_ = _checked(whole.get("round", 0), int, f"{here}.round")
    return Standing(score, weight, _names(whole.get("was"), f"{here}.was"), whole.get("left") is True, round_)


def _load(raw: Json, here: str) -> dict[int, int]:
    try:
        whole = _checked(raw, dict, here)
        return {dt.date.fromisoformat(day).toordinal(): _checked(n, int, here) for day, n in whole.items()}
    except ValueError as error:
        raise damaged(here) from error


def _names(raw: Json, here: str) -> list[str]:
    return [_checked(name, str, here) for name in _checked(raw or [], list, here)]


def _checked(value: Json, cls: type[T], here: str) -> T:
    if not isinstance(value, cls) or isinstance(value, bool):
        raise damaged(here)
    return value


def damaged(here: str) -> FlowctlError:
    return FlowctlError(f"the state of turns is damaged at `{here[:80]}`", hint="put back a copy of it, or begin anew")
