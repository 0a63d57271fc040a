"""Weeks of many moments at once."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.ops.impact.weeks import Weeks, monday_of

ZONES = ["UTC", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Kiritimati"]
NEAR = st.integers(1_767_225_600, 1_798_761_600)
FAR = st.integers(-8_520_000_000, 64_000_000_000)  # 1700 to 3998
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@given(st.lists(NEAR | FAR, max_size=20), st.sampled_from(ZONES))
def test_the_week_of_a_moment_is_that_of_its_day_in_the_zone(seconds, zone):
    moments = [EPOCH + dt.timedelta(seconds=second) for second in seconds]
    now = np.array([(moment - EPOCH) // dt.timedelta(microseconds=1) for moment in moments], np.int64)

    found = [monday_of(int(week)) for week in Weeks(ZoneInfo(zone)).of(now)]

    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]
    assert found == [day - dt.timedelta(days=day.weekday()) for day in days]


@pytest.mark.parametrize("zone", ZONES)
def test_a_week_begins_at_midnight(zone):
    begins = dt.datetime(2026, 3, 30, tzinfo=ZoneInfo(zone))  # after a change of clocks in some
    moments = [begins - dt.timedelta(microseconds=1), begins]
    now = np.array([(moment - EPOCH) // dt.timedelta(microseconds=1) for moment in moments], np.int64)

    assert [monday_of(int(week)) for week in Weeks(ZoneInfo(zone)).of(now)] == [
        dt.date(2026, 3, 23),
        dt.date(2026, 3, 30),
    ]
