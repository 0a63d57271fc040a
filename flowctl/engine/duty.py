"""Who of a roster can be given a record at a moment, and why the others cannot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from flowctl.data import dataclass
from flowctl.engine.standing import Standing
from flowctl.flow.holiday import holiday_on
from flowctl.flow.hours import Cap, Hours
from flowctl.flow.people import Leave, Member, Roster

Loads: TypeAlias = Mapping[str, Mapping[int, int]]  # records by user and day, which is counted as `date.toordinal` does


_NOTHING = (0,) * 7


class Local(NamedTuple):
    """What the clock on somebody's wall says."""

    day: dt.date
    ordinal: int
    weekday: int  # Monday is 0
    minute: int  # since midnight


class Clock:
    """A moment, on the walls of several time zones."""

    __slots__ = ("_walls", "now")

    def __init__(self, now: dt.datetime) -> None:
        self.now = now
        self._walls: dict[dt.tzinfo, Local] = {}

    def at(self, zone: dt.tzinfo) -> Local:
        found = self._walls.get(zone)
        if found is None:
            here = self.now.astimezone(zone)
            day = here.date()
            found = self._walls[zone] = Local(day, day.toordinal(), day.weekday(), here.hour * 60 + here.minute)
        return found


@dataclass(frozen=True, slots=True)
class Slot:
    """A member with all that holds for them, and how they stand."""

    member: Member
    standing: Standing
    zone: dt.tzinfo
    hours: Hours | None
    region: str | None
    cap: Cap | None  # None when there is none
    is_always_there: bool  # nothing of the above can keep them away, nor a leave

    def leave(self, clock: Clock) -> Leave | None:
        return self.member.leave_on(clock.at(self.zone).day) if self.member.leave else None

    def off_work(self, clock: Clock) -> str | None:
        """Why nobody works now, None when they do."""
        here = clock.at(self.zone)
        if self.region is not None and (name := holiday_on(self.region, here.day)):
            return f"public holiday: {name}"
        if self.hours is not None and not self.hours.hold(here.weekday, here.minute):
            return "outside working hours"
        return None

    def capped(self, clock: Clock, loads: Loads) -> str | None:
        """Which cap is reached, None when none is."""
        load = loads.get(self.member.user)
        if self.cap is None or not load:
            return None
        here = clock.at(self.zone)
        if self.cap.day and (today := load.get(here.ordinal, 0)) >= self.cap.day:
            return f"{today} of {self.cap.day} today"
        if self.cap.week and (week := in_week(load, here)) >= self.cap.week:
            return f"{week} of {self.cap.week} this week"
        return None


def in_week(load: Mapping[int, int], here: Local) -> int:
    """The load of the week that a day lies in, Monday to Sunday."""
    monday = here.ordinal - here.weekday
    return sum(map(load.get, range(monday, monday + 7), _NOTHING))


@dataclass(frozen=True, slots=True)
class Moment:
    """What a turn is asked with."""

    clock: Clock
    loads: Loads
    is_active: Callable[[str], bool]
    fits: Callable[[Member], bool] | None


class Crew:
    """A roster made ready: nothing is parsed or looked up by name when a turn is taken."""

    __slots__ = ("_by_user", "slots", "zone")

    def __init__(self, roster: Roster, workspace: dt.tzinfo, standings: Mapping[str, Standing]) -> None:
        self.zone = roster.zone_of(Member(user=""), workspace)
        self.slots = tuple(_slot(roster, member, workspace, standings[member.user]) for member in roster.members)
        self._by_user = {slot.member.user: slot for slot in self.slots}

    def zone_of(self, user: str) -> dt.tzinfo:
        """By whose clock somebody's load is counted: their own, and the roster's for a cover from outside."""
        slot = self._by_user.get(user)
        return slot.zone if slot else self.zone

    def take_stock(self, moment: Moment) -> tuple[list[tuple[Slot, str]], list[tuple[str, str]]]:
        """The slots that can have a turn, each with who takes it; and who is passed over, each with the reason."""
        in_turn: list[tuple[Slot, str]] = []
        passed_over: list[tuple[str, str]] = []
        for slot in self.slots:
            user = slot.member.user
            if slot.is_always_there and moment.fits is None:
                owner, reason = (user, "") if moment.is_active(user) else (None, "inactive")
            else:
                owner, reason = self._who_takes_it(slot, moment)
            if owner is None:
                passed_over.append((user, reason))
            else:
                in_turn.append((slot, owner))
        return in_turn, passed_over

    def away(self, moment: Moment, passed_over: Iterable[tuple[str, str]]) -> list[str]:
        """Who of those passed over would have been wanted, had they been there."""
        users = [user for user, _ in passed_over]
        return [user for user in users if moment.fits is None or moment.fits(self._by_user[user].member)]

    def _who_takes_it(self, slot: Slot, moment: Moment) -> tuple[str | None, str]:
        """Who takes a member's turn, or None and the reason why nobody does."""
        leave = slot.leave(moment.clock)
        if leave is None:
            reason = _hindrance(slot, moment)
            return (None, reason) if reason else (slot.member.user, "")
        away = f"on leave until {leave.to}"
        if moment.fits is not None and not moment.fits(slot.member):
            return None, "does not fit"
        if leave.cover is None:
            return None, away
        reason = self._no_cover(leave.cover, moment)
        return (None, f"{away}; {leave.cover}, who covers: {reason}") if reason else (leave.cover, "")

    def _no_cover(self, user: str, moment: Moment) -> str | None:
        """Why somebody cannot stand in. Of who is no member only the directory knows anything."""
        slot = self._by_user.get(user)
        if slot is None:
            return None if moment.is_active(user) else "inactive"
        leave = slot.leave(moment.clock)
        return f"on leave until {leave.to}" if leave else _hindrance(slot, moment)


def _slot(roster: Roster, member: Member, workspace: dt.tzinfo, standing: Standing) -> Slot:
    zone, hours, region = roster.zone_of(member, workspace), roster.hours_of(member), roster.holidays_of(member)
    cap = roster.cap_of(member)
    limit = cap if cap.day or cap.week else None
    always = hours is None and region is None and limit is None and not member.leave
    return Slot(member, standing, zone, hours, region, limit, always)


def _hindrance(slot: Slot, moment: Moment) -> str | None:
    """Why somebody who is not on leave gets no turn; None when they do."""
    if not moment.is_active(slot.member.user):
        return "inactive"
    if moment.fits is not None and not moment.fits(slot.member):
        return "does not fit"
    if (slot.hours is not None or slot.region is not None) and (off := slot.off_work(moment.clock)):
        return off
    return slot.capped(moment.clock, moment.loads) if slot.cap is not None else None
