"""Whose turn it is, a million times a second: `Turns.take` over flat arrays, exactly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numba import njit

from flowctl.engine import standing
from flowctl.engine.bulk.calendar import look_at_wall
from flowctl.engine.bulk.crews import CrewsMaker, line_up, look_around
from flowctl.engine.bulk.kept import (
    companies_of_chain,
    days_of_load,
    last_of,
    loads_of,
    no_companies,
    note_company,
    note_load,
    remembered,
    with_room_for_companies,
    with_room_for_loads,
)
from flowctl.engine.bulk.layout import (
    EVER,
    LOAD,
    MARK,
    NOTHING,
    ROSTER,
    SCORE,
    SEAT,
    SLOT,
    ZONE,
    Array,
    Tables,
    TurnState,
    state_of,
    table,
)
from flowctl.engine.standing import State
from flowctl.engine.turns import Turns
from flowctl.flow.people import Roster

NO_FITS = np.zeros(0, np.bool_)  # for a step without `where`
NO_COMPANY = NOTHING
_MOST = 1 << 31  # companies of a state that is read: as many as it has
_MOST_UNUSED = 100_000  # names of companies that nobody remembers any more
_HIGHEST = 1 << 52  # up to here scores are exact as floats, too, and so is their ratio to a weight


@njit(nogil=True, error_model="numpy")
def take(state: TurnState, roster: int, now: int, fits: Array, company: int) -> tuple[int, int, bool]:
    """Gives the next turn: the owner's number in `users`, the slot (place in `members`), whether a company brought it.

    (-1, -1, False) when it is nobody's.

    Args:
        roster: Its number, `BulkTurns.numbers[name]`.
        now: The moment of routing, in microseconds since 1970 in UTC.
        fits: bool, which members are wanted, in the order of the file; empty (`NO_FITS`) where all are.
        company: A number that `BulkTurns.companies` gave, or NO_COMPANY. Only rosters with `sticky` read it.
    """
    asked, turn = table(state.rosters, ROSTER)[roster], table(state.marks, MARK)[0].turns
    table(state.marks, MARK)[0].turns = turn + 1
    if asked.asked < 0:
        asked.asked = turn
    if not asked.since <= now < asked.until:
        look_around(state, roster, now)
    line = table(state.seats, SEAT)[asked.first : asked.first + asked.present]
    if len(fits):
        line = _fitting(state, roster, fits)
    if len(line) == 0:
        return NOTHING, NOTHING, False
    sticks = asked.chain >= 0 and company >= 0
    last = _seat_of(line, last_of(state, asked.chain, company)) if sticks else NOTHING
    if asked.counts:
        chosen = _by_count(state, line, last)
        if len(line) < asked.end - asked.first:
            _keep_pace(state, roster, line, fits)
    else:
        chosen = _by_order(state, line, last)
    owner, slot = line[chosen].owner, line[chosen].slot - asked.first
    if sticks:
        note_company(state, asked.chain, company, line[chosen].user)
    _note_load(state, roster, line[chosen].load, line[chosen].taker, now)
    return owner, slot, last >= 0


@njit(nogil=True)
def _fitting(state: TurnState, number: int, fits: Array) -> Array:
    """The seats of those who fit, and whose cover does, if a member covers."""
    first = table(state.rosters, ROSTER)[number].first
    end = first
    for at in range(first, first + table(state.rosters, ROSTER)[number].present):
        seat = table(state.seats, SEAT)[at]
        if fits[seat.slot - first] and (seat.taker < 0 or fits[seat.taker - first]):
            table(state.fitting, SEAT)[end] = table(state.seats, SEAT)[at]
            end += 1
    return table(state.fitting, SEAT)[first:end]


@njit(nogil=True)
def _seat_of(line: Array, user: int) -> int:
    if user >= 0:
        for at in range(len(line)):
            if line[at].user == user:
                return at
    return NOTHING


@njit(nogil=True)
def _by_order(state: TurnState, line: Array, chosen: int) -> int:
    """Whose turn it is, and that it is taken; or that whoever is chosen already takes it."""
    scores, total = table(state.scores, SCORE), 0
    for at in range(len(line)):
        scores[line[at].score].points += line[at].weight
        total += line[at].weight
    if chosen < 0:
        chosen = 0
        for at in range(1, len(line)):
            if scores[line[at].score].points > scores[line[chosen].score].points:
                chosen = at
    scores[line[chosen].score].points -= total
    return chosen


@njit(nogil=True, error_model="numpy")
def _by_count(state: TurnState, line: Array, chosen: int) -> int:
    scores = table(state.scores, SCORE)
    if chosen < 0:
        chosen, least = 0, np.inf
        for at in range(len(line)):
            score = (scores[line[at].score].points + 1) / line[at].weight
            if score < least:
                chosen, least = at, score
    scores[line[chosen].score].points += 1
    return chosen


@njit(nogil=True, error_model="numpy")
def _keep_pace(state: TurnState, number: int, line: Array, fits: Array) -> None:
    """As `State.keep_pace`, for those who fit and are not in turn."""
    first, end = table(state.rosters, ROSTER)[number].first, table(state.rosters, ROSTER)[number].end
    for at in range(first, end):
        table(state.slots, SLOT)[at].is_met = 0
    fewest, least = line[0].score, np.inf
    for at in range(len(line)):
        table(state.slots, SLOT)[line[at].slot].is_met = 1
        score = table(state.scores, SCORE)[line[at].score]
        if score.points / score.weight < least:
            fewest, least = line[at].score, score.points / score.weight
    for at in range(first, end):
        slot = table(state.slots, SLOT)[at]
        if not slot.is_met and (len(fits) == 0 or fits[at - first]):
            score, other = table(state.scores, SCORE)[slot.score], table(state.scores, SCORE)[fewest]
            score.points = max(score.points, other.points * score.weight // other.weight)


@njit(nogil=True)
def _note_load(state: TurnState, number: int, load: int, taker: int, now: int) -> None:
    zone = table(state.loads, LOAD)[load].zone
    look_at_wall(state, zone, now)
    note_load(state, load, table(state.zones, ZONE)[zone].day, table(state.marks, MARK)[0].turns)
    if taker >= 0 and table(state.slots, SLOT)[taker].room < EVER:
        table(state.slots, SLOT)[taker].room -= 1
        if table(state.slots, SLOT)[taker].room <= 0:
            line_up(state, number)


class BulkTurns:
    """The turns of a run.

    For each batch, one thread calls `ready`, then `companies` as often as it needs, then njit functions that call
    `take(state, …)`, in order of arrival.

    Attributes:
        users: By number: members, covers and whoever had a company's last record, without `user/`.
        numbers: The rosters', by name.
    """

    def __init__(self, rosters: Sequence[Roster], maker: CrewsMaker, states: Sequence[State], start: Turns) -> None:
        self.numbers: Mapping[str, int] = {roster.roster: number for number, roster in enumerate(rosters)}
        self._rosters, self._maker, self._start = rosters, maker, start
        self._companies = _Interned()
        sticky = [state.companies for roster, state in zip(rosters, states, strict=True) if roster.sticky]
        loads, day_links, spare = loads_of(maker.days, maker.zones)
        marks = np.array([(0, spare, 0, _MOST)], MARK)
        parts = maker.crews() | maker.desks.calendar() | no_companies(len(sticky))
        tables = Tables(marks=marks, loads=loads, day_links=day_links, **parts)
        self._tables = with_room_for_companies(tables, sum(map(len, sticky)))
        for chain, companies in enumerate(sticky):
            for company, user in companies.items():
                note_company(state_of(self._tables), chain, self._companies.number(company), maker.number(user))
        marks["most"] = standing.MOST_COMPANIES
        self.users: Sequence[str] = [*maker.users]

    @classmethod
    def of(
        cls, rosters: Mapping[str, Roster], zone: dt.tzinfo, available: Collection[str], start: Turns | None = None
    ) -> BulkTurns:
        """Turns of a world's rosters, as they go on after `start` (which stays as it is), or fresh ones.

        Args:
            zone: The workspace's.
            available: As in `World`: `user/x`.

        Raises:
            ValueError: Which state a roster takes over hangs on which one is asked first, as after renames that
                `check` refuses; or somebody is a member twice; or a score is beyond all reason. Then let the judge
                take the turns.
        """
        begun = (start or Turns()).copy()
        _refuse_rivals(rosters, begun)
        fitted, maker, states = begun.copy(), CrewsMaker(zone, available), []
        for roster in rosters.values():
            states.append(fitted.fitted(roster))
            if len({member.user for member in roster.members}) < len(roster.members):
                raise ValueError(f"somebody is in `{roster.roster}` twice")
            if any(abs(one.score) > _HIGHEST for one in states[-1].members.values()):
                raise ValueError(f"the scores of `{roster.roster}` are beyond all reason")
            maker.add(roster, states[-1])
        return cls([*rosters.values()], maker, states, begun)

    def is_sticky(self, roster: int) -> bool:
        """Whether a roster reads companies."""
        return bool(self._rosters[roster].sticky)

    def ready(self, takes: int, moments: Array) -> TurnState:
        """The state, with room for so many calls of `take`, at moments of the years that these are of.

        Hold no older state: what had to grow is another array now. Companies' numbers given before may be void.

        Args:
            moments: int64, of any shape and order.
        """
        tables = self._tables
        if self._maker.desks.tell(moments):
            tables = tables._replace(**self._maker.desks.calendar())
            tables.rosters["since"], tables.rosters["until"] = EVER, -EVER
        self._tables = with_room_for_companies(with_room_for_loads(tables, takes), takes)
        if len(self._companies) > _MOST_UNUSED + 2 * remembered(tables):
            links = self._tables.links
            self._companies.keep(np.unique(links["company"][links["chain"] >= 0]).tolist())
        return state_of(self._tables)

    def companies(self, values: Sequence[object]) -> Array:
        """int32, numbers of companies (`company_of`; None for none), valid until `ready` is called again."""
        if not len(self._tables.chains):
            return np.full(len(values), NO_COMPANY, np.int32)
        keys = (str(value).strip().casefold() if value else "" for value in values)
        number = self._companies.number
        return np.fromiter((number(key) if key else NO_COMPANY for key in keys), np.int32, len(values))

    def turns(self) -> Turns:
        """The turns as the judge would have them after the same takes."""
        turns, asked = self._start.copy(), self._tables.rosters["asked"]
        for number in np.argsort(asked, kind="stable").tolist():
            if asked[number] >= 0:
                self._write(turns.fitted(self._rosters[number]), number)
        return turns

    def _write(self, to: State, number: int) -> None:
        """What became of a roster's state."""
        tables, maker = self._tables, self._maker
        for user, score in maker.scores[number].items():
            to.members[user].score = int(tables.scores[score]["points"])
        for user, load in sorted(maker.loads[number].items(), key=lambda item: int(tables.loads[item[1]]["began"])):
            if tables.loads[load]["began"] >= 0:
                to.loads[user] = days_of_load(tables, load)
        if (chain := int(tables.rosters[number]["chain"])) >= 0:
            last = companies_of_chain(tables, chain)
            to.companies = {self._companies.name(company): self.users[user] for company, user in last}


def _refuse_rivals(rosters: Mapping[str, Roster], start: Turns) -> None:
    """Refuses rosters that may take over one and the same state."""
    states: Any = start.data()["rosters"]
    met: set[str] = set()
    for name, roster in rosters.items():
        own = {name} | {other for other, state in states.items() if name in state["was"]}
        if roster.was in states or roster.was in rosters:
            own.add(roster.was)
        if own & met:
            raise ValueError(f"whose turns `{name}` takes over hangs on who is asked first")
        met |= own


class _Interned:
    """Companies by number; numbers of those forgotten are given again."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = self._free.pop() if self._free else len(self._names)
            self._names[number : number + 1] = [name]
        return number

    def name(self, number: int) -> str:
        return self._names[number]

    def keep(self, numbers: Iterable[int]) -> None:
        """Forgets all others."""
        self._numbers = {self._names[number]: number for number in numbers}
        self._free = sorted({*range(len(self._names))} - {*self._numbers.values()}, reverse=True)
