"""Where calendar days begin in a time zone, on the line of moments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache

from flowctl.expr import day_of

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
AROUND = dt.timedelta(hours=50)  # no clock is further from UTC than a day, and none was ever moved by more
STEP = dt.timedelta(minutes=30)  # no clock was ever moved twice in less


def microseconds(moment: dt.datetime) -> int:
    """A moment as a count since 1970 in UTC."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(count: int) -> dt.datetime:
    return EPOCH + count * MICROSECOND


@lru_cache(maxsize=65536)
def day_borders(day: dt.date, zone: dt.tzinfo) -> tuple[int, ...]:
    """The moments, in microseconds, at which it becomes this day or a later one, or ceases to be.

    One for nearly all days. A clock that is set back at one past midnight takes the day back, too: three.
    """
    noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
    found = {point for point in _points(noon, zone) if _is_border(point, day, zone)}
    return tuple(sorted(map(microseconds, found)))


def _is_border(point: dt.datetime, day: dt.date, zone: dt.tzinfo) -> bool:
    return (day_of(point, zone) >= day) != (day_of(point - MICROSECOND, zone) >= day)


def _points(noon: dt.datetime, zone: dt.tzinfo) -> Iterator[dt.datetime]:
    """Every moment near a noon at which the day can change: midnights by each offset, and where the clock is moved."""
    start = noon - AROUND
    while start < noon + AROUND:
        end = start + STEP
        before, after = _offset(start, zone), _offset(end, zone)
        if before != after:
            yield _moved(start, end, zone)
        for offset in {before, after}:
            local = start + offset  # its clock, under the name of UTC
            yield local.replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=1) - offset
        start = end


def _moved(start: dt.datetime, end: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """The first moment with the offset that the end has, where it is not that of the start."""
    offset = _offset(end, zone)
    while end - start > MICROSECOND:
        middle = start + (end - start) // 2
        if _offset(middle, zone) == offset:
            end = middle
        else:
            start = middle
    return end


def _offset(moment: dt.datetime, zone: dt.tzinfo) -> dt.timedelta:
    return moment.astimezone(zone).utcoffset() or dt.timedelta()
