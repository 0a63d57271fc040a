"""Whose turn it is, over many turns."""

import datetime as dt
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.engine import Turns
from tests.engine.rosters import MONDAY, owner, owners, roster, take

PEOPLE = ("ana", "ben", "cy", "dan", "eve")

weights = st.lists(st.integers(1, 7), min_size=1, max_size=5)
days = st.lists(st.integers(0, 3), max_size=40)


def sales(weights, turns="order", leave=()):
    """A roster of the first of the people, with these weights; the first is on leave."""
    members = [{"user": user, "weight": weight} for user, weight in zip(PEOPLE, weights, strict=False)]
    members[0] |= {"leave": [*leave]}
    return roster(*members, turns=turns)


rosters = st.builds(sales, weights, st.sampled_from(("order", "count")))


def furthest(shares, owners):
    """How far any member ever was from the share, in turns times the sum of the weights."""
    had, total, most = dict.fromkeys(shares, 0), sum(shares.values()), 0
    for number, one in enumerate(owners, 1):
        had[one] += 1
        most = max(most, *(abs(had[user] * total - number * weight) for user, weight in shares.items()))
    return most


@pytest.mark.slow
@pytest.mark.parametrize("turns", ["order", "count"])
def test_a_hundred_thousand_turns_never_differ_from_the_shares_by_more_than_one(turns):
    shares = {"ana": 1, "ben": 2, "cy": 5}
    now = (MONDAY + dt.timedelta(minutes=n) for n in range(100_000))
    kept, of = Turns(), sales(shares.values(), turns)

    taken = [owner(kept, of, moment) for moment in now]

    assert furthest(shares, taken) <= 8


@given(weights, st.integers(1, 4))
def test_after_every_round_each_member_has_had_the_turns_of_the_weight(weights, rounds):
    had = Counter(owners(Turns(), sales(weights), rounds * sum(weights)))

    assert had == {user: rounds * weight for user, weight in zip(PEOPLE, weights, strict=False)}


@given(weights, st.integers(1, 60))
def test_where_turns_are_counted_nobody_is_more_than_a_turn_ahead_of_another(weights, turns):
    had = Counter(owners(Turns(), sales(weights, "count"), turns))

    shares = dict(zip(PEOPLE, weights, strict=False))
    for a, weight in shares.items():
        for b, other in shares.items():
            assert had[a] * other <= (had[b] + 1) * weight  # b's next turn would bring b at least as far


@given(rosters)
def test_the_same_turns_come_again(of):
    assert owners(Turns(), of, 20) == owners(Turns(), of, 20)


@given(weights, days)
def test_who_is_on_leave_gets_no_turn_and_everybody_else_does(weights, days):
    away = [{"from": "2026-11-24", "to": "2026-11-25"}]
    of, turns = sales(weights, leave=away), Turns()

    taken = [(n, take(turns, of, MONDAY + dt.timedelta(days=n)).owner) for n in sorted(days)]

    for n, one in taken:
        assert one != "user/ana" or n not in (1, 2)
        assert one is not None or (n in (1, 2) and len(weights) == 1)


def test_turns_are_kept_by_name_whatever_the_order_of_the_file():
    turns = Turns()
    first = owners(turns, roster("ana", "ben", "cy"), 1)

    assert first + owners(turns, roster("cy", "ben", "ana"), 2) == ["ana", "cy", "ben"]


def test_the_same_person_is_never_given_all_her_turns_at_a_stretch():
    longest = run = 1
    for one, next_ in pairwise(owners(Turns(), sales([1, 2, 5]), 800)):
        run = run + 1 if one == next_ else 1
        longest = max(longest, run)

    assert longest == 2


# -- who was away


AWAY = {
    "on leave": ({"leave": [{"from": "2026-11-24", "to": "2026-11-24"}]}, {}),
    "off work": ({"hours": "We-Mo 09:00-17:00"}, {}),
    "at the cap": ({"cap": "10/day"}, {}),
    "inactive": ({}, {"inactive": ("ana",)}),
}


@pytest.mark.parametrize("turns", ["order", "count"])
@pytest.mark.parametrize(("keys", "words"), AWAY.values(), ids=AWAY)
def test_who_was_away_is_not_flooded_when_back(turns, keys, words):
    of = roster({"user": "ana", **keys}, "ben", "cy", turns=turns)
    kept = Turns()
    away = Counter(owners(kept, of, 200, MONDAY + dt.timedelta(days=1), **words))

    back = Counter(owners(kept, of, 30, MONDAY + dt.timedelta(days=2)))

    assert away["ana"] <= 10
    assert all(abs(count - 10) <= 1 for count in back.values())


def test_who_was_away_keeps_pace_by_the_weight():
    of = roster({"user": "ana", "weight": 3}, "ben", {"user": "cy", "weight": 2}, turns="count")
    kept = Turns()
    owners(kept, of, 300, inactive=("ana",))

    assert Counter(owners(kept, of, 60)) == {"ana": 30, "ben": 10, "cy": 20}


def test_who_did_not_fit_catches_up_where_turns_are_counted_and_is_level_where_they_go_by_order():
    for way, had in (("count", {"ana": 8, "ben": 2}), ("order", {"ana": 5, "ben": 5})):
        of, kept = roster("ana", "ben", turns=way), Turns()
        owners(kept, of, 6, fits=lambda member: member.user == "ben")

        assert Counter(owners(kept, of, 10)) == had


def test_who_was_away_does_not_keep_pace_with_turns_that_they_did_not_fit():
    of, kept = roster("ana", "ben", "cy", turns="count"), Turns()
    owners(kept, of, 200, inactive=("ana",), fits=lambda member: member.user == "ben")

    assert Counter(owners(kept, of, 30)) == {"ana": 15, "cy": 15}


# -- a company's last member


def test_a_companys_leads_go_to_the_member_who_had_its_last_one():
    turns, of = Turns(), roster("ana", "ben", "cy", sticky="company")

    companies = ["acme.example", "globex.example", "acme.example", " ACME.example", "initech.example"]
    taken = [take(turns, of, company=company) for company in companies]

    assert [picked.owner for picked in taken] == ["user/ana", "user/ben", "user/ana", "user/ana", "user/cy"]
    assert [picked.is_sticky for picked in taken] == [False, False, True, True, False]


def test_a_member_who_cannot_have_it_gives_a_company_to_the_next_for_good():
    turns, of = Turns(), roster("ana", "ben", sticky="company")

    taken = [owner(turns, of, company="acme.example", inactive=gone) for gone in ((), ("ana",), ())]

    assert taken == ["ana", "ben", "ben"]


def test_turns_that_a_company_brings_count_like_others():
    turns, of = Turns(), roster("ana", "ben", sticky="company")

    taken = [owner(turns, of, company=company) for company in ("acme.example", "acme.example", None, None)]

    assert taken == ["ana", "ana", "ben", "ben"]


def test_without_sticky_companies_mean_nothing_and_a_blank_one_never_does():
    fresh, of = Turns(), roster("ana", "ben")
    sticky, stuck = Turns(), roster("ana", "ben", sticky="company")

    assert [owner(fresh, of, company="acme.example") for _ in range(2)] == ["ana", "ben"]
    assert [owner(sticky, stuck, company="") for _ in range(2)] == ["ana", "ben"]
    assert fresh.data()["rosters"]["sales"]["companies"] == {}


def test_a_company_that_a_cover_had_stays_the_members():
    away = {"user": "ana", "leave": [{"from": "2026-11-23", "to": "2026-11-23", "cover": "cy"}]}
    turns, of = Turns(), roster(away, "ben", sticky="company")

    days = [MONDAY, MONDAY, MONDAY + dt.timedelta(days=1)]
    taken = [owner(turns, of, day, company="acme.example") for day in days]

    assert taken == ["cy", "cy", "ana"]
