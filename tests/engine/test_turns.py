"""Whose turn it is, over many turns."""

import datetime as dt
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.engine import Turns
from flowctl.flow import Member, Roster
from flowctl.flow.people import Leave

DAY = dt.date(2026, 11, 23)
PEOPLE = ("ana", "ben", "cy", "dan", "eve")

weights = st.lists(st.integers(1, 7), min_size=1, max_size=5)
rosters = st.builds(lambda weights, turns: roster(weights, turns), weights, st.sampled_from(("order", "count")))
days = st.lists(st.integers(0, 3), max_size=40)


def roster(weights, turns="order", leave=()):
    members = [
        Member(user=user, weight=weight, leave=leave if user == "ana" else ())
        for user, weight in zip(PEOPLE, weights, strict=False)
    ]
    return Roster(roster="sales", turns=turns, members=tuple(members))


def owners(turns, of, count, day=DAY):
    return [turns.take(of, day, lambda user: True).owner.removeprefix("user/") for _ in range(count)]


@pytest.mark.parametrize("turns", ["order", "count"])
def test_a_hundred_thousand_turns_never_differ_from_the_shares_by_more_than_one(turns):
    shares = {"ana": 1, "ben": 2, "cy": 5}
    had = dict.fromkeys(shares, 0)
    furthest = 0

    for number, owner in enumerate(owners(Turns(), roster(shares.values(), turns), 100_000), 1):
        had[owner] += 1
        furthest = max(furthest, *(abs(had[user] * 8 - number * weight) for user, weight in shares.items()))

    assert furthest <= 8


@given(weights, st.integers(1, 4))
def test_after_every_round_each_member_has_had_the_turns_of_the_weight(weights, rounds):
    had = Counter(owners(Turns(), roster(weights), rounds * sum(weights)))

    assert had == {user: rounds * weight for user, weight in zip(PEOPLE, weights, strict=False)}


@given(weights, st.integers(1, 60))
def test_where_turns_are_counted_nobody_is_more_than_a_turn_ahead_of_another(weights, turns):
    had = Counter(owners(Turns(), roster(weights, "count"), turns))

    shares = dict(zip(PEOPLE, weights, strict=False))
    for a, weight in shares.items():
        for b, other in shares.items():
            assert had[a] * other <= (had[b] + 1) * weight  # b's next turn would bring b at least as far


@given(rosters)
def test_the_same_turns_come_again(of):
    assert owners(Turns(), of, 20) == owners(Turns(), of, 20)


@given(weights, days)
def test_who_is_on_leave_gets_no_turn_and_everybody_else_does(weights, days):
    day = [DAY + dt.timedelta(days=n) for n in sorted(days)]
    of = roster(weights, leave=(Leave(from_=DAY + dt.timedelta(days=1), to=DAY + dt.timedelta(days=2)),))
    turns = Turns()

    taken = [(d, turns.take(of, d, lambda user: True).owner) for d in day]

    for d, owner in taken:
        away = 1 <= (d - DAY).days <= 2
        assert owner != "user/ana" or not away
        assert owner is not None or (away and len(weights) == 1)


def test_a_member_who_joins_takes_turns_beside_the_others():
    turns = Turns()
    owners(turns, roster([1, 1]), 7)

    assert sorted(owners(turns, roster([1, 1, 1]), 3)) == ["ana", "ben", "cy"]


def test_turns_are_kept_by_name_whatever_the_order_of_the_file():
    turns = Turns()
    first = owners(turns, roster([1, 1, 1]), 1)
    of = roster([1, 1, 1])
    turned = Roster(roster="sales", members=of.members[::-1])

    assert first + owners(turns, turned, 2) == ["ana", "cy", "ben"]


def test_the_same_person_is_never_given_all_her_turns_at_a_stretch():
    longest = 0
    run = 1
    for one, next_ in pairwise(owners(Turns(), roster([1, 2, 5]), 800)):
        run = run + 1 if one == next_ else 1
        longest = max(longest, run)

    assert longest == 2
