"""Whose turn it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.document import Json
from flowctl.engine.duty import Clock, Crew, Moment, Slot, in_week
from flowctl.engine.outcome import Picked
from flowctl.engine.standing import State, names_after_move, names_before, states_of
from flowctl.flow.people import Member, Roster

SCHEMA = "flowctl/turns/1"


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody was given today and in the week so far, by the calendar where they are."""

    day: int
    week: int


@dataclass(frozen=True, slots=True)
class _Ready:
    """A roster made ready for turns, kept while the same one is asked for."""

    roster: Roster
    zone: dt.tzinfo
    crew: Crew
    state: State


class Turns:
    """The standing of every roster's members, by name, so that it survives changes of the rosters.

    `order` is smooth weighted round robin, as nginx spreads requests: each available member gains its weight, the
    greatest standing takes the turn and pays the sum of the weights. `count` gives the turn to the member with the
    fewest turns for its weight. Ties go to the one that stands first in the file. A turn that goes to a company's
    last member is paid for like any other. Nobody makes up for turns while they were away, on leave or off work or at
    their cap; where turns count, who was there and did not fit does.
    """

    def __init__(self) -> None:
        self._states: dict[str, State] = {}
        self._ready: dict[str, _Ready] = {}
        self._clock: Clock | None = None

    @classmethod
    def of(cls, data: Mapping[str, Json] | None) -> Turns:
        """Turns as `data` gave them; fresh ones of nothing.

        Raises:
            FlowctlError: The data is none of ours, or damaged.
        """
        turns = cls()
        if data:
            if data.get("schema") != SCHEMA:
                hint = "was it written by a newer flowctl?"
                raise FlowctlError(f"the state of turns is not in the form `{SCHEMA}`", hint=hint)
            rosters = data.get("rosters")
            turns._states = dict(states_of(rosters if isinstance(rosters, dict) else {"": rosters}))
        return turns

    def data(self) -> dict[str, Json]:
        """The state as JSON data."""
        return {"schema": SCHEMA, "rosters": {name: state.data for name, state in self._states.items()}}

    def copy(self) -> Turns:
        """The same state, to rehearse with."""
        return Turns.of(self.data())

    def take(
        self,
        roster: Roster,
        now: dt.datetime,
        zone: dt.tzinfo,
        is_active: Callable[[str], bool],
        fits: Callable[[Member], bool] | None = None,
        company: str | None = None,
    ) -> Picked:
        """Gives the next turn.

        Args:
            now: The moment of routing, with a time zone.
            zone: The workspace's time zone, for members without one.
            is_active: Whether a user of the directory can be given records.
            fits: Whether a member is one of those that are wanted; all are without it.
            company: Whose record it is, where the roster is sticky by company.
        """
        ready = self._made_ready(roster, zone)
        state, crew = ready.state, ready.crew
        moment = Moment(self._clock_of(now), state.loads, is_active, fits)
        in_turn, passed_over = crew.take_stock(moment)
        if not in_turn:
            return Picked(roster.roster, None, None, tuple(passed_over))
        company = company.strip().casefold() if company and roster.sticky else None
        last = _last_of(state.companies.get(company), in_turn) if company else None
        slot, owner = _next(roster.turns, in_turn, last)
        user = slot.member.user
        if roster.turns == "count" and passed_over:
            away = crew.away(moment, passed_over)
            state.keep_pace(away, (turn[0].standing for turn in in_turn))
        state.note_load(owner, moment.clock.at(crew.zone_of(owner)).ordinal)
        if company:
            state.note_company(company, user)
        stands_in_for = user if owner != user else None
        return Picked(roster.roster, f"user/{owner}", stands_in_for, tuple(passed_over), last is not None)

    def follow(self, rosters: Iterable[Roster]) -> None:
        """Takes in the names of rosters and members without a turn: another release may soon give them others."""
        for roster in sorted(rosters, key=lambda roster: roster.roster not in self._states):
            if roster.roster in self._states or self._source(roster, None) is not None:
                self._ready.pop(roster.roster, None)
                self._state_of(roster).rename(roster.members)

    def load(self, roster: Roster, user: str, now: dt.datetime, zone: dt.tzinfo) -> Load:
        """What somebody was given by a roster so far."""
        ready = self._made_ready(roster, zone)
        here = self._clock_of(now).at(ready.crew.zone_of(user))
        load = ready.state.loads.get(user, {})
        return Load(load.get(here.ordinal, 0), in_week(load, here))

    def fitted(self, roster: Roster) -> State:
        """A roster's state, with whoever joined, left or was renamed, as the next turn finds it."""
        self._ready.pop(roster.roster, None)
        state = self._state_of(roster)
        state.fit(roster)
        return state

    def _clock_of(self, now: dt.datetime) -> Clock:
        if self._clock is None or self._clock.now is not now:
            self._clock = Clock(now)
        return self._clock

    def _made_ready(self, roster: Roster, zone: dt.tzinfo) -> _Ready:
        ready = self._ready.get(roster.roster)
        if ready is None or ready.roster is not roster or ready.zone is not zone:
            state = self.fitted(roster)
            ready = _Ready(roster, zone, Crew(roster, zone, state.members), state)
            self._ready[roster.roster] = ready
        return ready

    def _state_of(self, roster: Roster) -> State:
        name = roster.roster
        state = self._states.get(name)
        source = self._source(roster, state)
        if source is not None:
            state = self._states[name] = self._states.pop(source)
            self._ready.pop(source, None)
            state.was = names_after_move(state.was, source, name)
        if state is None:
            state = self._states[name] = State(roster.turns)
        state.was = names_before(state.was, roster.was)
        return state

    def _source(self, roster: Roster, state: State | None) -> str | None:
        """The name under which the state of a roster is that was renamed, or got an older name back by a rollback.

        A state of its own that has not taken in the one under the stated name is of another roster, long gone.
        """
        if roster.was in self._states and (state is None or state.was[:1] != [roster.was]):
            return roster.was
        if state is not None:
            return None
        return next((name for name, other in self._states.items() if roster.roster in other.was), None)


def _last_of(user: str | None, in_turn: list[tuple[Slot, str]]) -> tuple[Slot, str] | None:
    return next((turn for turn in in_turn if turn[0].member.user == user), None) if user else None


def _next(turns: str, in_turn: list[tuple[Slot, str]], chosen: tuple[Slot, str] | None) -> tuple[Slot, str]:
    """Whose turn it is, and that it is taken; or that whoever is chosen already takes it."""
    if turns == "count":
        chosen = chosen or min(in_turn, key=lambda turn: (turn[0].standing.score + 1) / turn[0].member.weight)
        chosen[0].standing.score += 1
        return chosen
    total = 0
    for slot, _ in in_turn:
        slot.standing.score += slot.member.weight
        total += slot.member.weight
    chosen = chosen or max(in_turn, key=lambda turn: turn[0].standing.score)
    chosen[0].standing.score -= total
    return chosen
