"""Turns by the million are the judge's, turn by turn, and so is what is left of them."""

import dataclasses
import datetime as dt
import json

import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from numba import njit

from flowctl.columns.batch import EPOCH, MICROSECOND
from flowctl.engine import Turns, standing
from flowctl.engine.bulk import kept
from flowctl.engine.bulk import turns as bulk
from flowctl.engine.bulk.calendar import Desks, look_at_wall
from flowctl.engine.bulk.layout import state_of
from flowctl.engine.bulk.turns import ALL_FIT, NO_COMPANY, BulkTurns
from flowctl.flow.zone import named_zone
from tests.engine.rosters import MONDAY, roster

pytestmark = pytest.mark.slow  # what is compiled takes a few seconds

BERLIN = named_zone("Europe/Berlin")
PEOPLE = ("ana", "ben", "cy", "dan")
OUTSIDE = ("eve", "fay")
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Europe/London", None]
HOURS = [
    None, None, "Mo-Fr 09:00-12:30, 13:30-17:30", "Mo-Fr 22:00-24:00; Tu-Sa 00:00-06:00", "Mo-Su 00:00-24:00",
    "Su 01:00-03:30; Mo 00:00-09:30",
]  # fmt: skip
CAPS = [None, None, "1/day", "3/week", "2/day, 3/week"]
REGIONS = [None, None, "DE-BE", "US", "IL"]
COMPANIES = [None, "", " ", "acme.example", " ACME.example", "globex.example", "straße.example", "STRASSE.example"]
AROUND = [
    MONDAY, dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC), dt.datetime(2026, 10, 25, 1, tzinfo=dt.UTC),
    dt.datetime(2026, 12, 31, 23, 59, tzinfo=dt.UTC), dt.datetime(1893, 3, 31, 23, tzinfo=dt.UTC),
    dt.datetime(2011, 12, 30, 9, tzinfo=dt.UTC), dt.datetime(1700, 1, 1, tzinfo=dt.UTC),
    dt.datetime(3999, 12, 31, 12, tzinfo=dt.UTC), dt.datetime(2026, 3, 8, 7, tzinfo=dt.UTC),
]  # fmt: skip


@njit
def all_taken(state, rosters, moments, fits, companies, found):
    wanted = fits.ctypes.data if len(fits) else ALL_FIT
    for i in range(len(moments)):
        owner, slot, is_sticky = bulk_take(state, rosters[i], moments[i], wanted, companies[i])
        found[i, 0], found[i, 1], found[i, 2] = owner, slot, is_sticky


bulk_take = bulk.take
NO_FITS = np.zeros(0, np.bool_)


def optional(**choices):
    """Some of the keys, each with one of its values that are not None."""
    return st.fixed_dictionaries({key: st.sampled_from(values) for key, values in choices.items()}).map(
        lambda found: {key: value for key, value in found.items() if value is not None}
    )


days = st.sampled_from(AROUND).flatmap(lambda m: st.integers(-3, 3).map(lambda n: m.date() + dt.timedelta(days=n)))
leaves = st.builds(
    lambda a, b, cover: {"from": str(min(a, b)), "to": str(max(a, b))} | ({"cover": cover} if cover else {}),
    days,
    days,
    st.sampled_from((*PEOPLE, *OUTSIDE, None)),
)
members = st.builds(
    lambda user, weight, keys, leave: {"user": user, "weight": weight, "leave": leave, **keys},
    st.sampled_from(PEOPLE),
    st.integers(1, 4),
    optional(hours=HOURS, zone=ZONES, cap=CAPS, holidays=REGIONS),
    st.lists(leaves, max_size=2),
)
rosters = st.builds(
    lambda people, keys: roster(*people, **keys),
    st.lists(members, min_size=1, max_size=4, unique_by=lambda member: member["user"]),
    optional(turns=["order", "count"], sticky=["company", None], hours=HOURS, zone=ZONES, cap=CAPS, holidays=REGIONS),
)
moments = st.builds(
    lambda at, minutes, micros: at + dt.timedelta(minutes=minutes, microseconds=micros),
    st.sampled_from(AROUND),
    st.one_of(st.integers(-200, 200), st.integers(-20_000, 20_000)),
    st.integers(-2, 2),
)
batches = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(0, 1), moments, st.sampled_from(COMPANIES)), max_size=12),
        st.one_of(st.none(), st.lists(st.booleans(), min_size=5, max_size=5)),
    ),
    max_size=5,
)
runs = st.tuples(st.tuples(rosters, rosters), batches)


def named(pair):
    return {name: dataclasses.replace(of, roster=name) for name, of in zip(("sales", "help"), pair, strict=True)}


def judged(turns, given, zone, active, run):
    """What the judge says, as `in_bulk` does."""
    found = []
    for takes, fits in run:
        for number, now, company in takes:
            of = [*given.values()][number]
            fit = None if fits is None else _fit(of, fits)
            picked = turns.take(of, now, zone, active.__contains__, fit, company)
            found.append((picked.owner, picked.is_sticky, picked.stands_in_for))
    return found


def _fit(of, fits):
    wanted = {id(member): fits[place] for place, member in enumerate(of.members)}
    return lambda member: wanted[id(member)]


def in_bulk(turns, given, run):
    found = []
    for takes, fits in run:
        numbers = np.array([number for number, _, _ in takes], np.int64)
        now = np.array([(moment - EPOCH) // MICROSECOND for _, moment, _ in takes], np.int64)
        state, into = turns.ready(len(takes), now), np.zeros((len(takes), 3), np.int64)
        companies = turns.companies([company for *_, company in takes])
        all_taken(state, numbers, now, NO_FITS if fits is None else np.array(fits), companies, into)
        for (number, *_), (owner, slot, is_sticky) in zip(takes, into.tolist(), strict=True):
            member = [*given.values()][number].members[slot].user
            name = None if owner < 0 else turns.users[owner]
            found.append((name and f"user/{name}", bool(is_sticky), None if name in (None, member) else member))
    return found


@pytest.fixture(autouse=True, scope="module")
def nothing_has_room():
    """So that all must grow, and be forgotten."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "_LEAST", 1)
        patch.setattr(bulk, "_MOST_UNUSED", 0)
        patch.setattr(standing, "MOST_COMPANIES", 2)
        yield


@settings(phases=(Phase.generate,))
@given(runs, runs, st.sets(st.sampled_from(PEOPLE + OUTSIDE), max_size=2), st.sampled_from([BERLIN, dt.UTC]))
def test_every_turn_is_the_judges_and_so_is_the_state_afterwards(earlier, later, away, zone):
    active = {*PEOPLE, *OUTSIDE} - away
    turns, given = Turns(), named(later[0])
    judged(turns, named(earlier[0]), zone, {*PEOPLE, *OUTSIDE}, earlier[1])
    before = json.dumps(turns.data())
    made = BulkTurns.of(given, zone, {f"user/{user}" for user in active}, turns)

    assert in_bulk(made, given, later[1]) == judged(turns.copy(), given, zone, active, later[1])
    assert json.dumps(turns.data()) == before
    judged(turns, given, zone, active, later[1])
    assert json.dumps(made.turns().data()) == json.dumps(turns.data())


def test_turns_of_a_year_are_the_judges():
    people = [{"user": user, "zone": zone} for user, zone in zip(PEOPLE, ZONES, strict=False)]
    keys = {"hours": HOURS[2], "holidays": "DE-BE", "cap": "3/day, 12/week", "sticky": "company", "turns": "count"}
    given = named((roster(*people, **keys), roster("ana", "ben")))
    moment = (MONDAY + dt.timedelta(minutes=37 * n) for n in range(14_000))
    run = [([(n % 3 % 2, now, f"c{n * 7 % 50}") for n, now in enumerate(moment)], None)]
    turns, active = Turns(), {*PEOPLE}
    made = BulkTurns.of(given, BERLIN, {f"user/{user}" for user in active})

    assert in_bulk(made, given, run) == judged(turns, given, BERLIN, active, run)
    assert made.turns().data() == turns.data()


def test_rosters_that_nobody_asked_have_no_state():
    made = BulkTurns.of(named((roster("ana"), roster("ben"))), dt.UTC, {"user/ana"})

    assert made.turns().data() == Turns().data()


def test_a_moment_that_turns_were_not_made_ready_for_is_an_error_and_so_are_more_turns():
    made = BulkTurns.of(named((roster("ana", cap="2/day"), roster("ben"))), dt.UTC, {"user/ana", "user/ben"})
    found = np.zeros((3, 3), np.int64)
    days = 366 * 86_400_000_000 * np.arange(3)
    state = made.ready(1, days[:1])

    with pytest.raises(ValueError, match="not made ready for this moment"):
        all_taken(state, np.zeros(3, np.int64), days, NO_FITS, np.full(3, NO_COMPANY), found)
    with pytest.raises(ValueError, match="more turns than"):
        all_taken(made.ready(0, days), np.array([0, 1, 0]), days, NO_FITS, np.full(3, NO_COMPANY), found)


def test_rosters_that_may_take_over_the_same_turns_are_the_judges():
    given = {"sales": roster("ana"), "help": dataclasses.replace(roster("ben"), roster="help", was="sales")}

    with pytest.raises(ValueError, match="who is asked first"):
        BulkTurns.of(given, dt.UTC, ())


def test_a_roster_in_which_somebody_is_twice_is_the_judges():
    with pytest.raises(ValueError, match="twice"):
        BulkTurns.of({"sales": roster("ana", "ana")}, dt.UTC, ())


zones = st.sampled_from(
    [*filter(None, ZONES), "Africa/Casablanca", "Antarctica/Troll", "Africa/Monrovia", "Asia/Tehran"]
)
instants = st.one_of(
    st.integers(-8_500_000_000, 64_000_000_000), st.integers(0, 3_000_000_000), st.integers(-2_500_000_000, 0)
)


@given(zones, st.lists(instants, min_size=1, max_size=5), st.integers(-1, 1))
@example("Pacific/Apia", [1325239200], -1)
@example("Pacific/Apia", [1325239200], 0)
@example("Europe/Berlin", [-2422054408], -1)
@example("Europe/Berlin", [-2422054408], 0)
@example("Africa/Monrovia", [63593070], -1)
def test_a_clock_shows_what_the_zones_own_clock_does(zone, seconds, micros):
    moments = np.array(seconds) * 1_000_000 + micros
    made = BulkTurns.of(named((roster({"user": "ana", "zone": zone, "cap": "1/day"}), roster("ben"))), dt.UTC, ())
    made.ready(0, moments)

    for moment in moments.tolist():
        look_at_wall(state_of(made._tables), 0, moment)
        here = (EPOCH + moment * MICROSECOND).astimezone(named_zone(zone))
        wall = made._tables.zones[0]
        assert (wall["day"], wall["offset"]) == (here.toordinal(), here.utcoffset() // MICROSECOND)
        assert wall["since"] <= moment < wall["until"]


def test_no_calendar_is_made_again_for_moments_of_years_that_are_known():
    desks = Desks()
    years = np.array([0, 2_000_000_000_000_000])

    assert desks.tell(years)
    assert not desks.tell(years[::-1])
    assert not desks.tell(years[:0])
