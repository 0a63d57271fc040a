"""The weeks in which records arrive, by the column."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

EPOCH = dt.date(1970, 1, 1)
MONDAY = dt.date(1970, 1, 5)  # week 0
MICROSECONDS = 7 * 86_400 * 1_000_000
MANY = 5_000  # weeks between the first and the last of a batch; beyond, only those are looked at that there are

Ints = np.ndarray[Any, Any]


class Weeks:
    """Weeks of a time zone, numbered from that of 5 January 1970."""

    def __init__(self, zone: dt.tzinfo) -> None:
        self.zone = zone
        self._starts: dict[int, int] = {}

    def of(self, now: Ints) -> Ints:
        """The weeks of some moments, in microseconds since 1970 in UTC."""
        if not len(now):
            return np.zeros(0, np.int64)
        near = (now - self._start_in_utc(0)) // MICROSECONDS  # a zone is less than a day away from UTC
        first, last = int(near.min()), int(near.max())
        weeks = np.arange(first, last + 2) if last - first < MANY else _around(near)
        starts = np.array([self.start(int(week)) for week in weeks], np.int64)
        at = np.searchsorted(starts, now, "right") - 1
        return np.where(at < 0, weeks[0] - 1, weeks[np.maximum(at, 0)])

    def start(self, week: int) -> int:
        """When a week begins, in microseconds since 1970 in UTC."""
        if week not in self._starts:
            monday = dt.datetime.combine(monday_of(week), dt.time(), self.zone)
            self._starts[week] = round(monday.timestamp() * 1_000_000)
        return self._starts[week]

    @staticmethod
    def _start_in_utc(week: int) -> int:
        return ((MONDAY - EPOCH).days + 7 * week) * 86_400 * 1_000_000


def _around(near: Ints) -> Ints:
    there = np.unique(near)
    return np.unique(np.concatenate([there - 1, there, there + 1]))


def monday_of(week: int) -> dt.date:
    return MONDAY + dt.timedelta(weeks=week)
