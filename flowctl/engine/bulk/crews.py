"""The members of rosters in arrays, and who of them can have a turn as things stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import numpy as np
from numba import njit

from flowctl.engine.bulk.calendar import Desks, look_at_desk, look_at_wall
from flowctl.engine.bulk.kept import room_left
from flowctl.engine.bulk.layout import (
    DESK,
    EVER,
    LEAVE,
    NOTHING,
    ROSTER,
    SCORE,
    SEAT,
    SLOT,
    ZONE,
    Array,
    TurnState,
    records,
    table,
)
from flowctl.engine.standing import State
from flowctl.flow.people import Leave, Member, Roster


@njit(nogil=True)
def look_around(state: TurnState, number: int, now: int) -> None:
    """Who of a roster can have a turn at a moment, and how long that holds."""
    roster = table(state.rosters, ROSTER)[number]
    since, until = -EVER, EVER
    for at in range(roster.first, roster.end):
        slot = table(state.slots, SLOT)[at]
        slot.works = slot.is_active
        if slot.is_dated:
            look_at_wall(state, slot.zone, now)
            zone = table(state.zones, ZONE)[slot.zone]
            since, until = max(since, zone.since), min(until, zone.until)
            slot.leave, slot.room = _leave_on(state, at, zone.day), room_left(state, at, zone.day)
        if slot.desk >= 0:
            look_at_desk(state, slot.desk, now)
            desk = table(state.desks, DESK)[slot.desk]
            since, until = max(since, desk.since), min(until, desk.until)
            slot.works = slot.works & desk.is_open
    roster.since, roster.until = since, until
    line_up(state, number)


@njit(nogil=True)
def _leave_on(state: TurnState, number: int, day: int) -> int:
    slot = table(state.slots, SLOT)[number]
    for leave in range(slot.first_leave, slot.end_leave):
        if table(state.leaves, LEAVE)[leave].since <= day <= table(state.leaves, LEAVE)[leave].until:
            return leave
    return NOTHING


@njit(nogil=True)
def line_up(state: TurnState, number: int) -> None:
    """Seats those who can have a turn, by what is known of each member."""
    roster = table(state.rosters, ROSTER)[number]
    roster.present = 0
    for at in range(roster.first, roster.end):
        slot = table(state.slots, SLOT)[at]
        taker, owner, load = at, slot.user, slot.load
        if slot.leave >= 0:
            leave = table(state.leaves, LEAVE)[slot.leave]
            taker, owner, load = leave.slot, leave.cover, leave.load
            if taker < 0 and not leave.is_there:
                continue
        if taker >= 0 and not _can_take(state, taker, slot.leave < 0):
            continue
        seat = table(state.seats, SEAT)[roster.first + roster.present]
        seat.slot, seat.user, seat.score = at, slot.user, slot.score
        seat.weight = table(state.scores, SCORE)[slot.score].weight
        seat.owner, seat.taker, seat.load = owner, taker, load
        roster.present += 1


@njit(nogil=True)
def _can_take(state: TurnState, number: int, is_own: bool) -> bool:
    """Whether somebody takes their own turn, who is not on leave then, or that of another."""
    slot = table(state.slots, SLOT)[number]
    return slot.works and slot.room > 0 and (is_own or slot.leave < 0)


class CrewsMaker:
    """Puts rosters together, one after another, each with its state, which fits it."""

    def __init__(self, zone: dt.tzinfo, available: Collection[str]) -> None:
        self._zone, self._available = zone, available
        self.desks = Desks()
        self.users: dict[str, int] = {}
        self.loads: list[dict[str, int]] = []  # by roster: of its members and of covers, by user
        self.scores: list[dict[str, int]] = []  # by roster and user
        self.days: list[dict[int, int]] = []  # by load
        self.zones: list[int] = []  # by load
        self._rosters: list[tuple[int, ...]] = []
        self._slots: list[tuple[int, ...]] = []
        self._leaves: list[tuple[int, ...]] = []
        self._scores: list[tuple[int, int]] = []

    def number(self, user: str) -> int:
        return self.users.setdefault(user, len(self.users))

    def add(self, roster: Roster, state: State) -> None:
        first, members = len(self._slots), roster.members
        slots = {member.user: first + n for n, member in enumerate(members)}
        self.loads.append({})
        self.scores.append({})
        for member in members:
            self.scores[-1][member.user] = len(self._scores)
            self._scores.append((state.members[member.user].score, member.weight))
            self._load(state, member.user, roster.zone_of(member, self._zone))
        for member in members:
            self._add_member(roster, member, state, slots)
        chain = sum(one[3] >= 0 for one in self._rosters) if roster.sticky else NOTHING
        counts = roster.turns == "count"
        self._rosters.append((first, len(self._slots), counts, chain, 0, EVER, -EVER, NOTHING))

    def _add_member(self, roster: Roster, member: Member, state: State, slots: dict[str, int]) -> None:
        user, zone, cap = member.user, roster.zone_of(member, self._zone), roster.cap_of(member)
        whose = (self.number(user), self.scores[-1][user], self.loads[-1][user])
        desk = self.desks.desk(zone, roster.hours_of(member), roster.holidays_of(member))
        limits = (bool(member.leave or cap.day or cap.week), cap.day or 0, cap.week or 0)
        leaves = (len(self._leaves), len(self._leaves) + len(member.leave))
        place = (*whose, self.desks.zone(zone), desk, self._is_active(user))
        self._slots.append((*place, *limits, *leaves, 0, NOTHING, EVER, 0))
        self._leaves += [self._leave(roster, leave, state, slots) for leave in member.leave]

    def _leave(self, roster: Roster, leave: Leave, state: State, slots: dict[str, int]) -> tuple[int, ...]:
        days, cover = (leave.from_.toordinal(), leave.to.toordinal()), leave.cover
        if cover is None:
            return (*days, NOTHING, NOTHING, NOTHING, False)
        load = self._load(state, cover, roster.zone_of(Member(user=""), self._zone))
        return (*days, self.number(cover), slots.get(cover, NOTHING), load, self._is_active(cover))

    def _is_active(self, user: str) -> bool:
        return f"user/{user}" in self._available

    def _load(self, state: State, user: str, zone: dt.tzinfo) -> int:
        """The number of somebody's load; by the clock of `zone`, if it is new."""
        if user not in self.loads[-1]:
            self.loads[-1][user] = len(self.days)
            self.days.append(state.loads.get(user, {}))
            self.zones.append(self.desks.zone(zone))
        return self.loads[-1][user]

    def crews(self) -> dict[str, Array]:
        """What a state knows of members. Nobody has looked around yet."""
        return {
            "rosters": records(ROSTER, self._rosters),
            "slots": records(SLOT, self._slots),
            "seats": np.zeros(len(self._slots), SEAT),
            "fitting": np.zeros(len(self._slots), SEAT),
            "leaves": records(LEAVE, self._leaves),
            "scores": records(SCORE, self._scores),
        }
