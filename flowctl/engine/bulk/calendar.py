"""When people work: clocks of time zones, public holidays, working hours, in arrays.

What a clock showed last is kept with the time for which it goes on to show that, and so is whether a desk is open: most
questions are two comparisons. Clocks are known for the years that somebody told of, whichever those are between 1 and
9999; a moment in another one is an error.
"""

from __future__ import annotations

import datetime as dt
from calendar import isleap
from collections.abc import Iterable, Sized
from typing import TypeVar

import numpy as np
from numba import njit

from flowctl.engine.bulk.days import DAY, number_of_day, turn_of
from flowctl.engine.bulk.layout import (
    DESK,
    EVER,
    LIST,
    NOTHING,
    NUMBER,
    SHIFT,
    SPAN,
    ZONE,
    Array,
    TurnState,
    records,
    table,
)
from flowctl.flow.holiday import holiday_on
from flowctl.flow.hours import Hours

T = TypeVar("T")

MINUTE = 60_000_000
FIRST = dt.date(1970, 1, 1).toordinal()


@njit(nogil=True)
def look_at_wall(state: TurnState, number: int, now: int) -> None:
    """Brings what the clock of a zone shows up to a moment."""
    zone = table(state.zones, ZONE)[number]
    if zone.since <= now < zone.until:
        return
    known, shifts = table(state.known, SPAN), table(state.shifts, SHIFT)
    span = _last(known, 0, state.spans, now)
    if span < 0 or now >= known[span].until:
        raise ValueError("turns were not made ready for this moment")
    at = _last(shifts, zone.first, zone.end, now)
    since, until, offset = shifts[at].since, known[span].until, shifts[at].offset
    if at + 1 < zone.end:
        until = min(until, shifts[at + 1].since)
    day = (now + offset) // DAY
    zone.since, zone.until = max(since, day * DAY - offset), min(until, (day + 1) * DAY - offset)
    zone.day, zone.offset = day + FIRST, offset


@njit(nogil=True)
def _last(rows: Array, first: int, end: int, now: int) -> int:
    """The last record, of those from `first` to `end`, that begins at a moment or before; the one before without."""
    while first < end:
        middle = (first + end) // 2
        if rows[middle].since <= now:
            first = middle + 1
        else:
            end = middle
    return first - 1


@njit(nogil=True)
def look_at_desk(state: TurnState, number: int, now: int) -> None:
    """Brings it up to a moment whether a desk is open."""
    desk = table(state.desks, DESK)[number]
    if desk.since <= now < desk.until:
        return
    look_at_wall(state, desk.zone, now)
    zone = table(state.zones, ZONE)[desk.zone]
    desk.since, desk.until, desk.is_open = zone.since, zone.until, 1
    if desk.week >= 0:
        _look_at_hours(state, number, now)
    if desk.region >= 0:
        days = table(state.regions, LIST)[desk.region]
        at = days.first + np.searchsorted(table(state.holidays, NUMBER)[days.first : days.end], zone.day)
        if at < days.end and table(state.holidays, NUMBER)[at] == zone.day:
            desk.is_open = 0


@njit(nogil=True)
def _look_at_hours(state: TurnState, number: int, now: int) -> None:
    desk = table(state.desks, DESK)[number]
    zone = table(state.zones, ZONE)[desk.zone]
    midnight = (zone.day - FIRST) * DAY - zone.offset
    day = table(state.days, LIST)[desk.week * 7 + (zone.day + 6) % 7]
    desk.is_open = 0
    for at in range(day.first, day.end):
        start, end = midnight + table(state.hours, SPAN)[at].since, midnight + table(state.hours, SPAN)[at].until
        if now < start:
            desk.until = min(desk.until, start)
        elif now < end:
            desk.is_open, desk.since, desk.until = 1, max(desk.since, start), min(desk.until, end)
        else:
            desk.since = max(desk.since, end)


class Desks:
    """Zones and desks by number, and calendars of them for the years that are told of."""

    def __init__(self) -> None:
        self._zones: dict[dt.tzinfo, int] = {}
        self._desks: dict[tuple[int, Hours | None, str | None], int] = {}
        self._shifts: dict[tuple[dt.tzinfo, int], list[tuple[int, int]]] = {}
        self._years: set[int] = set()
        self._known = (EVER, -EVER)  # a stretch without gaps

    def zone(self, zone: dt.tzinfo) -> int:
        return self._zones.setdefault(zone, len(self._zones))

    def desk(self, zone: dt.tzinfo, hours: Hours | None, region: str | None) -> int:
        """The number of a desk; NOTHING of one that is always open."""
        if hours is None and region is None:
            return NOTHING
        return self._desks.setdefault((self.zone(zone), hours, region), len(self._desks))

    def tell(self, moments: Array) -> bool:
        """Takes in the years of moments; whether one is new, so that another calendar is needed."""
        if not moments.size or (self._known[0] <= moments.min() and moments.max() < self._known[1]):
            return False
        days = np.unique(moments // DAY).astype("datetime64[D]")
        years = {1970 + year for year in np.unique(days.astype("datetime64[Y]").astype(np.int64)).tolist()}
        is_new = not years <= self._years
        self._years |= years
        self._known = max(_stretches(self._years), key=lambda stretch: stretch[1] - stretch[0])
        return is_new

    def calendar(self) -> dict[str, Array]:
        """What a state knows of the years of now. No clock was looked at yet."""
        desks = [*self._desks]
        weeks, regions = _numbered(hours for _, hours, _ in desks), _numbered(region for *_, region in desks)
        shifts = [[shift for year in sorted(self._years) for shift in self._shifts_in(z, year)] for z in self._zones]
        hours = [[(a * MINUTE, b * MINUTE) for a, b in day] for week in weeks for day in week.days]
        days = [sorted({day for year in self._years for day in holidays_of(region, year)}) for region in regions]
        weeks_of = [NOTHING if week is None else weeks[week] for _, week, _ in desks]
        regions_of = [NOTHING if region is None else regions[region] for *_, region in desks]
        return {
            "known": records(SPAN, _stretches(self._years)),
            "zones": records(ZONE, [(*ends, EVER, -EVER, 0, 0) for ends in _ends(shifts)]),
            "shifts": records(SHIFT, [shift for one in shifts for shift in one]),
            "desks": records(
                DESK, [(d[0], w, r, EVER, -EVER, 0) for d, w, r in zip(desks, weeks_of, regions_of, strict=True)]
            ),
            "days": records(LIST, _ends(hours)),
            "hours": records(SPAN, [span for day in hours for span in day]),
            "regions": records(LIST, _ends(days)),
            "holidays": np.array([day for one in days for day in one], np.int64),
        }

    def _shifts_in(self, zone: dt.tzinfo, year: int) -> list[tuple[int, int]]:
        if (zone, year) not in self._shifts:
            self._shifts[zone, year] = shifts_in(zone, year)
        return self._shifts[zone, year]


def shifts_in(zone: dt.tzinfo, year: int) -> list[tuple[int, int]]:
    """From when on which offset holds in a zone, in a year of UTC; the first is the one that the year begins with."""
    begins, ends = _year(year)
    met = [turn_of(zone, day) for day in range(max(begins // DAY, _DAYS[0]), min(ends // DAY, _DAYS[1]))]
    return [(begins, met[0][0]), *((at, after) for before, at, after in met if before != after)]


_DAYS = (number_of_day(dt.date.min) + 1, number_of_day(dt.date.max))  # beyond, some zones have no date


def _year(year: int) -> tuple[int, int]:
    """The first moment of a year of UTC, and of the next."""
    first = number_of_day(dt.date(year, 1, 1))
    return first * DAY, (first + (366 if isleap(year) else 365)) * DAY


def holidays_of(region: str, year: int) -> list[int]:
    """The public holidays on days that, somewhere, lie in a year of UTC."""
    begins, ends = (moment // DAY for moment in _year(year))
    days = (dt.date.fromordinal(n + FIRST) for n in range(max(begins - 1, _DAYS[0]), min(ends + 1, _DAYS[1])))
    return [day.toordinal() for day in days if holiday_on(region, day)]


def _stretches(years: Iterable[int]) -> list[tuple[int, int]]:
    """Years without gaps between them, from moment to moment."""
    found: list[tuple[int, int]] = []
    for since, until in map(_year, sorted(years)):
        if found and found[-1][1] == since:
            found[-1] = (found[-1][0], until)
        else:
            found.append((since, until))
    return found


def _numbered(things: Iterable[T | None]) -> dict[T, int]:
    return {thing: n for n, thing in enumerate(dict.fromkeys(thing for thing in things if thing is not None))}


def _ends(lists: Iterable[Sized]) -> list[tuple[int, int]]:
    """Where each list begins and has ended when they stand one after another."""
    found, at = [], 0
    for one in lists:
        found.append((at, at + len(one)))
        at += len(one)
    return found
