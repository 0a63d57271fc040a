"""Days and moments as numbers: days since 1970, microseconds since 1970 in UTC, and the days of moments in a zone."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any, TypeAlias

import numpy as np

from flowctl.columns.batch import EPOCH, MICROSECOND

Array: TypeAlias = "np.ndarray[Any, Any]"

DAY = 86_400_000_000  # in microseconds
HOUR = 3_600_000_000
_FIRST = dt.date(1970, 1, 1).toordinal()
_KEPT = 1 << 17  # days of zones, each about 200 bytes
_SPAN = 10_000  # days that are all looked at, whether or not a moment lies in them


def number_of_day(day: dt.date) -> int:
    return day.toordinal() - _FIRST


def day_of_number(number: int) -> dt.date:
    return dt.date.fromordinal(int(number) + _FIRST)


def number_of_moment(moment: dt.datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def moment_of_number(number: int) -> dt.datetime:
    return EPOCH + int(number) * MICROSECOND


def days_of(moments: Array, zone: dt.tzinfo) -> Array:
    """The calendar days (int64, since 1970) of moments in a time zone, each by the offset that holds at it."""
    if not len(moments):
        return moments
    first, last = int(moments.min()) // DAY, int(moments.max()) // DAY
    days = range(first, last + 1) if last - first < _SPAN else np.unique(moments // DAY).tolist()
    begins: list[int] = []
    offsets: list[int] = []
    for day in days:
        before, moment, after = turn_of(zone, day)
        for at, offset in ((day * DAY, before), (moment, after)):
            if not offsets or offset != offsets[-1]:
                begins.append(at)
                offsets.append(offset)
    held = np.array(offsets, np.int64)
    shift = held[0] if len(held) == 1 else held[np.searchsorted(np.array(begins[1:], np.int64), moments, "right")]
    found: Array = (moments + shift) // DAY
    return found


@functools.lru_cache(_KEPT)
def turn_of(zone: dt.tzinfo, day: int) -> tuple[int, int, int]:
    """A zone's offset as a day of UTC begins, the moment at which another begins to hold, and that one.

    Within a day of UTC no zone changes its offset twice.
    """
    low, high = day * DAY, (day + 1) * DAY - 1
    before, after = _offset(zone, low), _offset(zone, high)
    if before == after:
        return before, low, after
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return before, high, after


def _offset(zone: dt.tzinfo, moment: int) -> int:
    local = moment_of_number(moment).astimezone(zone)
    return (local.replace(tzinfo=dt.UTC) - EPOCH) // MICROSECOND - moment
