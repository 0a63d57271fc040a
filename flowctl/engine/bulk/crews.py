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
    NUMBER,
    ROSTER,
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
        if not slot.since <= now < slot.until:
            _look_at(state, at, now)
        since, until = max(since, slot.since), min(until, slot.until)
    roster.since, roster.until = since, until
    line_up(state, number)


@njit(nogil=True)
def _look_at(state: TurnState, number: int, now: int) -> None:
    """What holds for a member at a moment, and how long."""
    slot = table(state.slots, SLOT)[number]
    slot.since, slot.until, slot.works = -EVER, EVER, slot.is_active
    if slot.is_dated:
        look_at_wall(state, slot.zone, now)
        zone = table(state.zones, ZONE)[slot.zone]
        slot.since, slot.until = zone.since, zone.until
        slot.leave, slot.room = _leave_on(state, number, zone.day), room_left(state, number, zone.day)
    if slot.desk >= 0:
        look_at_desk(state, slot.desk, now)
        desk = table(state.desks, DESK)[slot.desk]
        slot.since, slot.until = max(slot.since, desk.since), min(slot.until, desk.until)
        slot.works = slot.works & desk.is_open


@njit(nogil=True)
def _leave_on(state: TurnState, number: int, day: int) -> int:
    slot = table(state.slots, SLOT)[number]
    for leave in range(slot.first_leave, slot.end_leave):
        if table(state.leaves, LEAVE)[leave].since <= day <= table(state.leaves, LEAVE)[leave].until:
            return leave
    return NOTHING


@njit(nogil=True)
def line_up(state: TurnState, number: int) -> None:
    """Puts those in line who can have a turn, by what is known of each member."""
    roster = table(state.rosters, ROSTER)[number]
    end = roster.first
    for at in range(roster.first, roster.end):
        slot = table(state.slots, SLOT)[at]
        taker, owner, taken = at, slot.user, slot.load
        if slot.leave >= 0:
            leave = table(state.leaves, LEAVE)[slot.leave]
            taker, owner, taken = leave.slot, leave.cover, leave.load
            if taker < 0 and not leave.is_there:
                continue
        if taker >= 0 and not _can_take(state, taker, slot.leave < 0):
            continue
        slot.owner, slot.taker, slot.taken = owner, taker, taken
        table(state.line, NUMBER)[end] = at
        end += 1
    roster.present = end - roster.first


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
        self.slots: list[dict[str, int]] = []  # by roster and user
        self.days: list[dict[int, int]] = []  # by load
        self.zones: list[int] = []  # by load
        self._rosters: list[tuple[int, ...]] = []
        self._slots: list[tuple[int, ...]] = []
        self._points: list[int] = []
        self._weights: list[int] = []
        self._leaves: list[tuple[int, ...]] = []

    def number(self, user: str) -> int:
        return self.users.setdefault(user, len(self.users))

    def add(self, roster: Roster, state: State) -> None:
        first, members = len(self._slots), roster.members
        self.loads.append({})
        self.slots.append({member.user: first + n for n, member in enumerate(members)})
        for member in members:
            self._points.append(state.members[member.user].score)
            self._weights.append(member.weight)
            self._load(state, member.user, roster.zone_of(member, self._zone))
        for member in members:
            self._add_member(roster, member, state)
        chain = sum(one[3] >= 0 for one in self._rosters) if roster.sticky else NOTHING
        counts = roster.turns == "count"
        self._rosters.append((first, len(self._slots), counts, chain, 0, EVER, -EVER, NOTHING))

    def _add_member(self, roster: Roster, member: Member, state: State) -> None:
        user, zone, cap = member.user, roster.zone_of(member, self._zone), roster.cap_of(member)
        desk = self.desks.desk(zone, roster.hours_of(member), roster.holidays_of(member))
        limits = (bool(member.leave or cap.day or cap.week), cap.day or 0, cap.week or 0)
        leaves = (len(self._leaves), len(self._leaves) + len(member.leave))
        whose = (self.number(user), self.loads[-1][user], self.desks.zone(zone), desk, self._is_active(user))
        self._slots.append((*whose, *limits, *leaves, EVER, -EVER, 0, NOTHING, EVER, NOTHING, NOTHING, NOTHING))
        self._leaves += [self._leave(roster, leave, state) for leave in member.leave]

    def _leave(self, roster: Roster, leave: Leave, state: State) -> tuple[int, ...]:
        days, cover = (leave.from_.toordinal(), leave.to.toordinal()), leave.cover
        if cover is None:
            return (*days, NOTHING, NOTHING, NOTHING, False)
        load = self._load(state, cover, roster.zone_of(Member(user=""), self._zone))
        return (*days, self.number(cover), self.slots[-1].get(cover, NOTHING), load, self._is_active(cover))

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
            "points": np.array(self._points, NUMBER),
            "weights": np.array(self._weights, NUMBER),
            "line": np.zeros(len(self._slots), NUMBER),
            "fitting": np.zeros(len(self._slots), NUMBER),
            "leaves": records(LEAVE, self._leaves),
        }
