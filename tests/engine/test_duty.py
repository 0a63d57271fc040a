"""Who is there to take a turn: hours, time zones, public holidays, caps, leaves and their covers."""

import datetime as dt

import pytest

from flowctl.engine import Turns
from tests.engine.rosters import MONDAY, UTC, at, owner, owners, reason, roster, take

OFFICE = "Mo-Fr 09:00-12:30, 13:30-17:30; Sa 10:00-12:00"
BERLIN = {"user": "ana", "hours": OFFICE, "zone": "Europe/Berlin"}


# -- hours


@pytest.mark.parametrize(
    ("moment", "there"),
    [
        ((2026, 11, 23, 8, 59, 59), False),
        ((2026, 11, 23, 9, 0), True),
        ((2026, 11, 23, 12, 29, 59), True),
        ((2026, 11, 23, 12, 30), False),
        ((2026, 11, 23, 13, 30), True),
        ((2026, 11, 23, 17, 30), False),
        ((2026, 11, 28, 11, 0), True),
        ((2026, 11, 29, 11, 0), False),
    ],
)
def test_hours_are_those_on_the_members_wall(moment, there):
    found = reason(roster(BERLIN), "ana", at("Europe/Berlin", *moment))

    assert found == (None if there else "outside working hours")


@pytest.mark.parametrize("day", [(2026, 3, 27), (2026, 3, 30), (2026, 10, 23), (2026, 10, 26)])
def test_the_day_begins_at_nine_before_and_after_the_clocks_change(day):
    of = roster(BERLIN)

    assert reason(of, "ana", at("Europe/Berlin", *day, 8, 59)) == "outside working hours"
    assert reason(of, "ana", at("Europe/Berlin", *day, 9, 0)) is None


def test_an_hour_that_the_clocks_skip_is_nobodys_and_one_that_comes_twice_counts_twice():
    of = roster({"user": "ana", "hours": "Su 02:00-03:00", "zone": "Europe/Berlin"})
    spring = [dt.datetime(2026, 3, 29, hour, 30, tzinfo=UTC) for hour in (0, 1)]  # 01:30 and 03:30 in Berlin
    autumn = [dt.datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]  # 02:30 and 02:30 in Berlin

    assert [reason(of, "ana", now) for now in spring] == ["outside working hours"] * 2
    assert [reason(of, "ana", now) for now in autumn] == [None, None]


def test_what_a_member_does_not_say_the_roster_says_and_then_the_workspace():
    of = roster(
        "ana", {"user": "ben", "zone": "America/New_York"}, {"user": "cy", "hours": OFFICE}, hours="Mo 09:00-10:00"
    )
    zone = dt.timezone(dt.timedelta(hours=2))

    at_nine = dict(take(Turns(), of, dt.datetime(2026, 11, 23, 7, tzinfo=UTC), zone=zone).passed_over)
    at_noon = dict(take(Turns(), of, dt.datetime(2026, 11, 23, 10, tzinfo=UTC), zone=zone).passed_over)
    at_nine_there = dict(take(Turns(), of, dt.datetime(2026, 11, 23, 14, tzinfo=UTC), zone=zone).passed_over)

    assert at_nine.keys() == {"ben"}
    assert at_noon.keys() == {"ana", "ben"}
    assert at_nine_there.keys() == {"ana"}


def test_a_night_goes_over_midnight_in_two_blocks():
    of = roster({"user": "ana", "hours": "Fr 22:00-24:00; Sa 00:00-06:00"})

    moments = [dt.datetime(2026, 11, 27, 23, 59, tzinfo=UTC), dt.datetime(2026, 11, 28, 0, 0, tzinfo=UTC)]

    assert [reason(of, "ana", now) for now in moments] == [None, None]


def test_no_hours_at_all_are_never():
    assert reason(roster({"user": "ana", "hours": ""}), "ana") == "outside working hours"


def test_a_member_who_moves_to_another_zone_works_by_the_new_clock():
    turns, here, there = Turns(), roster(BERLIN), roster(BERLIN | {"zone": "America/Los_Angeles"})
    morning = at("Europe/Berlin", 2026, 11, 23, 9, 0)

    assert owner(turns, here, morning) == "ana"
    assert owner(turns, there, morning) is None
    assert owner(turns, there, at("America/Los_Angeles", 2026, 11, 23, 9, 0)) == "ana"


# -- public holidays


@pytest.mark.parametrize(
    ("region", "day", "name"),
    [
        ("DE", (2026, 12, 25), "Christmas Day"),
        ("DE-BE", (2027, 3, 8), "Women's Day"),
        ("DE-BY", (2027, 3, 8), None),
        ("US", (2027, 7, 5), "Independence Day (observed)"),
        ("XX", (2026, 12, 25), None),
        ("DE-XX", (2026, 12, 25), None),
    ],
)
def test_nobody_works_on_a_public_holiday_of_theirs(region, day, name):
    of = roster({"user": "ana", "holidays": region})

    assert reason(of, "ana", dt.datetime(*day, 12, tzinfo=UTC)) == (name and f"public holiday: {name}")


def test_a_holiday_is_a_day_where_the_member_is():
    of = roster({"user": "ana", "zone": "Pacific/Auckland"}, "ben", holidays="NZ")
    christmas_there = dt.datetime(2026, 12, 24, 12, tzinfo=UTC)  # the 25th, 01:00, in Auckland

    assert reason(of, "ana", christmas_there) == "public holiday: Christmas Day"
    assert reason(of, "ben", christmas_there) is None


# -- caps


def test_a_member_at_the_cap_of_the_day_is_passed_over_until_midnight_where_they_are():
    of = roster({"user": "ana", "cap": "2/day", "zone": "Europe/Berlin"})
    turns = Turns()
    evening = at("Europe/Berlin", 2026, 11, 23, 23, 59)

    assert owners(turns, of, 3, evening) == ["ana", "ana", None]
    assert reason(of, "ana", evening, turns) == "2 of 2 today"
    assert owners(turns, of, 1, evening + dt.timedelta(minutes=1)) == ["ana"]


def test_a_week_begins_on_monday():
    of, turns = roster({"user": "ana", "cap": "2/day, 3/week"}), Turns()
    days = [dt.datetime(2026, 11, day, 12, tzinfo=UTC) for day in (26, 26, 28, 29, 30)]

    taken = [owner(turns, of, day) for day in days]

    assert taken == ["ana", "ana", "ana", None, "ana"]
    assert reason(of, "ana", days[3], turns) == "3 of 3 this week"


def test_a_day_of_a_clock_change_has_one_cap():
    of, turns = roster({"user": "ana", "cap": "2/day", "zone": "Europe/Berlin"}), Turns()
    hours = [dt.datetime(2026, 10, 24, 22, tzinfo=UTC) + dt.timedelta(hours=n) for n in range(26)]  # 25 of the 25th

    taken = [owner(turns, of, hour) for hour in hours]

    assert [n for n, one in enumerate(taken) if one] == [0, 1, 25]


def test_a_member_who_moves_to_another_zone_has_one_cap_for_each_day_of_the_calendar():
    turns = Turns()
    there, here = ({"user": "ana", "cap": "2/day", "zone": zone} for zone in ("Pacific/Auckland", "America/New_York"))
    now = dt.datetime(2026, 11, 23, 12, tzinfo=UTC)  # the 24th in Auckland, the 23rd in New York

    assert owners(turns, roster(there), 3, now) == ["ana", "ana", None]
    assert owners(turns, roster(here), 3, now) == ["ana", "ana", None]
    assert owner(turns, roster(here), now + dt.timedelta(days=1)) is None


def test_what_a_member_does_not_cap_the_roster_does():
    of = roster({"user": "ana", "cap": "1/day"}, {"user": "ben", "cap": "3/week"}, cap="2/day, 9/week")

    assert owners(Turns(), of, 4) == ["ana", "ben", "ben", None]


def test_others_take_the_turns_of_who_is_at_the_cap():
    of = roster({"user": "ana", "weight": 3, "cap": "2/day"}, "ben")

    assert owners(Turns(), of, 6) == ["ana", "ana", "ben", "ben", "ben", "ben"]


# -- leaves and covers


def away(cover=None, **member):
    leave = {"from": "2026-11-23", "to": "2026-11-24"} | ({"cover": cover} if cover else {})
    return {"user": "ana", "leave": [leave], **member}


def test_both_days_of_a_leave_are_days_where_the_member_is():
    of = roster(away(zone="Asia/Tokyo"))
    moments = [at("Asia/Tokyo", 2026, 11, day, hour) for day, hour in ((22, 23), (23, 0), (24, 23), (25, 0))]

    assert [reason(of, "ana", now) for now in moments] == [None, *["on leave until 2026-11-24"] * 2, None]


def test_the_turn_is_the_members_and_the_load_the_covers():
    of, turns = roster(away("ben"), {"user": "ben", "cap": "3/day"}, "cy"), Turns()

    taken = [take(turns, of) for _ in range(6)]

    assert [picked.owner for picked in taken] == ["user/ben", "user/ben", "user/cy", "user/ben", "user/cy", "user/cy"]
    assert [picked.stands_in_for for picked in taken] == ["ana", None, None, "ana", None, None]
    assert dict(taken[-1].passed_over) == {
        "ana": "on leave until 2026-11-24; ben, who covers: 3 of 3 today",
        "ben": "3 of 3 today",
    }
    assert turns.load(of, "ana", MONDAY, UTC).day == 0


@pytest.mark.parametrize(
    ("cover", "why"),
    [
        ({"hours": "Tu 09:00-10:00"}, "outside working hours"),
        ({"holidays": "JP"}, "public holiday: Labor Thanksgiving Day"),
        ({"leave": [{"from": "2026-11-23", "to": "2026-11-30", "cover": "cy"}]}, "on leave until 2026-11-30"),
    ],
)
def test_a_cover_who_is_a_member_stands_in_within_their_own_hours_holidays_and_leaves(cover, why):
    of = roster(away("ben"), {"user": "ben", **cover}, "cy")

    assert reason(of, "ana") == f"on leave until 2026-11-24; ben, who covers: {why}"


def test_a_cover_from_outside_is_just_active_and_works_though_the_member_would_not():
    of = roster(away("zoe", hours="Tu 09:00-10:00", holidays="JP", cap="1/day"), hours="Su 09:00-10:00", cap="1/day")

    assert owners(Turns(), of, 3) == ["zoe"] * 3
    assert reason(of, "ana", inactive=("zoe",)) == "on leave until 2026-11-24; zoe, who covers: inactive"


def test_the_load_of_a_cover_from_outside_is_counted_too():
    of, turns = roster(away("zoe")), Turns()

    owners(turns, of, 3)

    assert turns.load(of, "zoe", MONDAY, UTC).week == 3


# -- who is wanted


def test_only_members_who_fit_get_a_turn_and_a_cover_who_is_a_member_fits_too():
    of = roster({"user": "ana", "skills": ["german"]}, "ben", {"user": "cy", "skills": ["german"]})
    covered = roster(away("ben", skills=["german"]), "ben", {"user": "cy", "skills": ["german"]})

    def german(member):
        return "german" in member.skills

    assert owners(Turns(), of, 3, fits=german) == ["ana", "cy", "ana"]
    assert reason(of, "ben", fits=german) == "does not fit"
    assert owners(Turns(), covered, 2, fits=german) == ["cy", "cy"]


def test_of_several_reasons_the_lasting_one_is_told():
    of = roster({"user": "ana", "hours": "", "holidays": "JP", "cap": "1/day"})

    assert reason(of, "ana", inactive=("ana",)) == "inactive"
    assert reason(of, "ana", fits=lambda member: False) == "does not fit"
    assert reason(of, "ana") == "public holiday: Labor Thanksgiving Day"
