"""Whose turn it is, a million times a second: `Turns.take` over flat arrays, exactly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numba import njit

from flowctl.engine import standing
from flowctl.engine.bulk.crews import CrewsMaker, line_up, look_around
from flowctl.engine.bulk.days import DAY
from flowctl.engine.bulk.interned import Interned
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
    MARK,
    NOTHING,
    NUMBER,
    ROSTER,
    SLOT,
    TRUTH,
    Array,
    Tables,
    TurnState,
    state_of,
    table,
)
from flowctl.engine.standing import State
from flowctl.engine.turns import Turns
from flowctl.flow.people import Roster

ALL_FIT = 0  # for a step without `where`
NO_COMPANY = NOTHING
_MOST = 1 << 31  # companies of a state that is read: as many as it has
_MOST_UNUSED = 100_000  # names of companies that nobody remembers any more
_HIGHEST = 1 << 52  # up to here scores are exact as floats, too, and so is their ratio to a weight


@njit(nogil=True, error_model="numpy")
def take(state: TurnState, roster: int, now: int, fits: int, company: int) -> tuple[int, int, bool]:
    """Gives the next turn: the owner's number in `users`, the slot (place in `members`), whether a company brought it.

    (-1, -1, False) when it is nobody's.

    Args:
        roster: Its number, `BulkTurns.numbers[name]`.
        now: The moment of routing, in microseconds since 1970 in UTC.
        fits: Where in memory it says which members are wanted: bool, in the order of the file; ALL_FIT where all are.
        company: A number that `BulkTurns.companies` gave, or NO_COMPANY. Only rosters with `sticky` read it.
    """
    asked, mark = table(state.rosters, ROSTER)[roster], table(state.marks, MARK)[0]
    if asked.asked < 0:
        asked.asked = mark.turns
    mark.turns += 1
    if not asked.since <= now < asked.until:
        look_around(state, roster, now)
    first, count, line = asked.first, asked.present, state.line
    if fits != ALL_FIT:
        count, line = _fitting(state, roster, fits), state.fitting
    if count == 0:
        return NOTHING, NOTHING, False
    sticks = asked.chain >= 0 and company >= 0
    last = _in_line(state, line, first, count, last_of(state, asked.chain, company)) if sticks else NOTHING
    if asked.counts:
        chosen = _by_count(state, line, first, count, last)
        if count < asked.end - first:
            _keep_pace(state, roster, line, count, fits)
    else:
        chosen = _by_order(state, line, first, count, last)
    slot = table(state.slots, SLOT)[chosen]
    owner, taker = slot.owner, slot.taker
    if sticks:
        note_company(state, asked.chain, company, slot.user)
    note_load(state, slot.taken, now)
    if taker >= 0 and table(state.slots, SLOT)[taker].room < EVER:
        table(state.slots, SLOT)[taker].room -= 1
        if table(state.slots, SLOT)[taker].room <= 0:
            line_up(state, roster)
    return owner, chosen - first, last >= 0


@njit(nogil=True)
def _fitting(state: TurnState, number: int, fits: int) -> int:
    """How many in line fit, and so does their cover, if a member covers; `fitting` has them."""
    roster = table(state.rosters, ROSTER)[number]
    wanted, end = table(fits, TRUTH), roster.first
    for at in range(roster.first, roster.first + roster.present):
        slot = table(state.line, NUMBER)[at]
        taker = table(state.slots, SLOT)[slot].taker
        if wanted[slot - roster.first] and (taker < 0 or wanted[taker - roster.first]):
            table(state.fitting, NUMBER)[end] = slot
            end += 1
    return end - roster.first  # type: ignore[no-any-return]


@njit(nogil=True)
def _in_line(state: TurnState, line: int, first: int, count: int, user: int) -> int:
    """The slot of somebody in line; NOTHING where they are not."""
    for at in range(first, first + count if user >= 0 else first):
        slot = table(line, NUMBER)[at]
        if table(state.slots, SLOT)[slot].user == user:
            return slot  # type: ignore[no-any-return]
    return NOTHING


@njit(nogil=True)
def _by_order(state: TurnState, line: int, first: int, count: int, chosen: int) -> int:
    """Whose turn it is, and that it is taken; or that whoever is chosen already takes it."""
    points, weights = table(state.points, NUMBER), table(state.weights, NUMBER)
    best, most, total = NOTHING, -EVER, 0
    for at in range(first, first + count):
        slot = table(line, NUMBER)[at]
        weight = weights[slot]
        score = points[slot] + weight
        points[slot] = score
        total += weight
        if score > most:
            best, most = slot, score
    if chosen < 0:
        chosen = best
    points[chosen] -= total
    return chosen


@njit(nogil=True, error_model="numpy")
def _by_count(state: TurnState, line: int, first: int, count: int, chosen: int) -> int:
    points, weights, least = table(state.points, NUMBER), table(state.weights, NUMBER), np.inf
    if chosen < 0:
        for at in range(first, first + count):
            slot = table(line, NUMBER)[at]
            score = (points[slot] + 1) / weights[slot]
            if score < least:
                chosen, least = slot, score
    points[chosen] += 1
    return chosen


@njit(nogil=True, error_model="numpy")
def _keep_pace(state: TurnState, number: int, line: int, count: int, fits: int) -> None:
    """As `State.keep_pace`, for those who fit and are not in turn."""
    points, weights = table(state.points, NUMBER), table(state.weights, NUMBER)
    roster, in_line = table(state.rosters, ROSTER)[number], table(line, NUMBER)
    at, end = roster.first, roster.first + count
    fewest, least = in_line[at], np.inf
    for other in range(at, end):
        slot = in_line[other]
        if points[slot] / weights[slot] < least:
            fewest, least = slot, points[slot] / weights[slot]
    for slot in range(roster.first, roster.end):
        if at < end and in_line[at] == slot:
            at += 1
        elif fits == ALL_FIT or table(fits, TRUTH)[slot - roster.first]:
            points[slot] = max(points[slot], points[fewest] * weights[slot] // weights[fewest])


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
        self._companies = Interned()
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
            for held in (tables.rosters, tables.slots):
                held["since"], held["until"] = EVER, -EVER
        days = (int(moments.max()) - int(moments.min())) // DAY + 4 if moments.size else 0  # in any zone
        self._tables = with_room_for_companies(with_room_for_loads(tables, takes, days), takes)
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
        for user, slot in maker.slots[number].items():
            to.members[user].score = int(tables.points[slot])
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
