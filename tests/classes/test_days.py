"""Days begin where the clock of the zone says, on days of 23, 24 and 25 hours, twice, or not at all."""

import bisect
import datetime as dt

import pytest

from flowctl.classes.days import day_borders, microseconds, moment_of
from flowctl.expr import day_of
from tests.classes.fields import DAYS, ZONES

STEP = dt.timedelta(minutes=10)


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_the_borders_of_a_day_tell_whether_it_has_come(zone):
    for day in DAYS:
        borders = day_borders(day, zone)
        noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
        moments = [noon + by * STEP for by in range(-300, 300)]
        moments += [moment_of(border + by) for border in borders for by in (-1, 0, 1)]
        for moment in moments:
            has_come = bisect.bisect_right(borders, microseconds(moment)) % 2 == 1
            assert has_come == (day_of(moment, zone) >= day)


def test_a_day_has_one_border_unless_the_clock_takes_it_back():
    in_st_johns = next(zone for zone in ZONES if str(zone) == "America/St_Johns")
    counts = {day: len(day_borders(day, in_st_johns)) for day in DAYS}

    assert counts[dt.date(2006, 10, 29)] == 3
    assert set(counts.values()) == {1, 3}


def test_a_day_that_there_is_not_begins_with_the_next():
    apia = next(zone for zone in ZONES if str(zone) == "Pacific/Apia")

    assert day_borders(dt.date(2011, 12, 30), apia) == day_borders(dt.date(2011, 12, 31), apia)
