"""Turns outlive releases, renames and rollbacks."""

import dataclasses
import datetime as dt
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.diag import FlowctlError
from flowctl.engine import Turns
from tests.engine.rosters import MONDAY, UTC, owner, owners, roster, take, weighted

PEOPLE = ("ana", "ben", "cy", "dan")
people = st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True)
companies = st.lists(st.sampled_from(["", "acme.example", "globex.example"]), max_size=20)


@st.composite
def rosters(draw):
    members = [{"user": user, "weight": draw(st.integers(1, 5))} for user in draw(people)]
    return roster(*members, turns=draw(st.sampled_from(("order", "count"))), sticky="company", cap="6/day")


def through_json(turns):
    return Turns.of(json.loads(json.dumps(turns.data())))


@given(rosters(), companies, companies)
def test_turns_go_on_after_they_were_written_down(of, before, after):
    turns = Turns()
    for company in before:
        take(turns, of, company=company)

    again = through_json(turns)

    assert again.data() == turns.data()
    assert [take(again, of, company=c) for c in after] == [take(turns, of, company=c) for c in after]


@given(st.lists(st.tuples(rosters(), st.integers(0, 6)), max_size=6))
def test_a_turn_never_goes_to_who_is_not_in_the_roster_whatever_it_was_before(releases):
    turns = Turns()
    for of, count in releases:
        members = {member.user for member in of.members}
        assert set(owners(turns, of, count)) <= members | {None}
        turns = through_json(turns)


def test_nothing_gives_fresh_turns():
    assert (
        Turns.of({}).data() == Turns.of(None).data() == Turns().data() == {"schema": "flowctl/turns/1", "rosters": {}}
    )


DAMAGE = {
    "another form": {"schema": "flowctl/turns/2", "rosters": {}},
    "no form": {"rosters": {}},
    "no rosters": {"schema": "flowctl/turns/1", "rosters": []},
    "no turns": {"schema": "flowctl/turns/1", "rosters": {"sales": {}}},
    "a score in words": {"schema": "flowctl/turns/1", "rosters": {"sales": {"turns": "order", "members": {"a": "x"}}}},
    "no weight": {
        "schema": "flowctl/turns/1",
        "rosters": {"sales": {"turns": "order", "members": {"a": {"score": 1, "weight": 0}}}},
    },
    "no day": {"schema": "flowctl/turns/1", "rosters": {"sales": {"turns": "order", "load": {"a": {"today": 1}}}}},
}


@pytest.mark.parametrize("data", DAMAGE.values(), ids=DAMAGE)
def test_what_is_no_state_of_turns_is_refused_with_its_place(data):
    with pytest.raises(FlowctlError, match="the state of turns is") as error:
        Turns.of(data)

    assert error.value.hint


# -- who joins, who leaves, who has another weight


def test_a_member_who_joins_takes_turns_beside_the_others():
    turns = Turns()
    owners(turns, roster("ana", "ben"), 7)

    assert sorted(owners(turns, roster("ana", "ben", "cy"), 3)) == ["ana", "ben", "cy"]


def test_where_turns_are_counted_who_joins_starts_level_with_who_has_had_the_fewest():
    turns = Turns()
    owners(turns, roster("ana", "ben", turns="count"), 100)

    had = Counter(owners(turns, roster("ana", "ben", {"user": "cy", "weight": 2}, turns="count"), 40))

    assert had == {"ana": 10, "ben": 10, "cy": 20}


def test_where_turns_are_counted_who_comes_back_starts_level_too():
    turns, all_, two = Turns(), roster("ana", "ben", "cy", turns="count"), roster("ana", "ben", turns="count")
    owners(turns, all_, 3)
    owners(turns, two, 200)

    assert Counter(owners(turns, all_, 30)) == {"ana": 10, "ben": 10, "cy": 10}


def test_where_turns_are_counted_another_weight_is_no_debt():
    turns = Turns()
    owners(turns, roster("ana", "ben", turns="count"), 200)

    had = Counter(owners(turns, roster("ana", {"user": "ben", "weight": 3}, turns="count"), 40))

    assert had == {"ana": 10, "ben": 30}


@given(st.integers(0, 30))
def test_weights_a_thousand_times_smaller_leave_nobody_with_a_debt_of_a_thousand_turns(count):
    turns = Turns()
    owners(turns, weighted(ana=100, ben=200, cy=500), count)

    had = Counter(owners(turns, weighted(ana=1, ben=2, cy=5), 80))

    assert all(abs(had[user] - 10 * weight) <= 2 for user, weight in {"ana": 1, "ben": 2, "cy": 5}.items())


def test_who_was_taken_out_by_mistake_comes_back_with_what_was_owed():
    turns, all_ = Turns(), roster("ana", "ben", "cy")

    taken = [owner(turns, of) for of in (all_, roster("ana", "ben"), all_, all_)]

    assert taken == ["ana", "ben", "cy", "ana"]


@pytest.mark.parametrize("way", ["order", "count"])
def test_who_comes_back_with_a_smaller_weight_has_no_debt_of_the_greater_one(way):
    turns = Turns()
    owners(turns, roster({"user": "ana", "weight": 1000}, {"user": "ben", "weight": 1000}, turns=way), 1101)
    owners(turns, roster("ben", "cy", turns=way), 2)

    had = Counter(owners(through_json(turns), roster("ana", "ben", "cy", turns=way), 300))

    assert all(abs(count - 100) <= 1 for count in had.values())


def test_where_turns_are_counted_who_comes_back_to_newcomers_is_level_with_them():
    turns = Turns()
    owners(turns, roster("ana", "ben", turns="count"), 1000)
    owners(turns, roster("cy", turns="count"), 10)

    had = Counter(owners(turns, roster("ana", "dan", "cy", turns="count"), 30))

    assert all(abs(count - 10) <= 1 for count in had.values())


@given(st.lists(st.tuples(rosters(), st.integers(0, 9)), max_size=8), rosters())
def test_whatever_the_releases_before_nobody_starves(releases, last):
    turns, plain = Turns(), roster_without_cap
    for of, count in releases:
        owners(turns, plain(of), count)
        turns = through_json(turns)

    of = plain(last)
    total = sum(member.weight for member in of.members)
    had = Counter(owners(turns, of, 20 * total))

    for member in of.members:
        assert abs(had[member.user] - 20 * member.weight) <= 10 * member.weight + 10


def roster_without_cap(of):
    return dataclasses.replace(of, cap=None)


@pytest.mark.parametrize("way", ["order", "count"])
def test_data_that_was_handed_out_does_not_change_with_the_next_turn(way):
    turns, of = Turns(), roster("ana", "ben", turns=way, sticky="company", was="sellers")
    take(turns, of, company="acme.example")
    before = turns.data()
    kept = json.dumps(before)

    take(turns, of, company="globex.example")
    take(turns, roster({"user": "ana.holm", "was": "ana"}, "ben", turns=way, was="vendors"))

    assert json.dumps(before) == kept


def test_another_way_of_taking_turns_begins_anew():
    turns = Turns()
    owners(turns, weighted(ana=1, ben=5), 3)

    assert owners(turns, roster("ana", "ben", turns="count"), 4) == ["ana", "ben"] * 2


# -- renames


@pytest.mark.parametrize("way", ["order", "count"])
def test_a_roster_that_is_renamed_goes_on_and_back_again_after_a_rollback(way):
    members = [{"user": "ana", "weight": 3}, "ben", "cy"]
    old = roster(*members, turns=way)
    new = roster(*members, turns=way, roster="sellers", was="sales")
    expected = owners(Turns(), old, 30)
    turns = Turns()

    taken = []
    for of in (old, new, old, new, new, old):
        taken += owners(turns, of, 5)
        turns = through_json(turns)

    assert taken == expected
    assert list(turns.data()["rosters"]) == ["sales"]


def test_a_roster_renamed_twice_goes_back_to_its_first_name():
    names = [roster("ana", "ben", "cy")]
    names += [roster("ana", "ben", "cy", roster=new, was=old) for old, new in (("sales", "b"), ("b", "c"))]
    turns = Turns()

    taken = [owner(turns, of) for of in (names[0], names[1], names[2], names[0])]

    assert taken == ["ana", "ben", "cy", "ana"]


def test_a_new_roster_may_have_the_old_name_of_another_once_that_says_no_more_what_it_was():
    turns = Turns()
    owners(turns, roster("ana", "ben"), 1)
    owners(turns, roster("ana", "ben", roster="sellers", was="sales"), 1)
    owners(turns, roster("ana", "ben", roster="sellers"), 1)

    assert owners(turns, roster("ana", "ben"), 1) == ["ana"]
    assert owners(turns, roster("ana", "ben", roster="sellers"), 1) == ["ben"]


def test_a_rename_takes_the_place_of_a_roster_that_had_the_name_long_ago():
    turns = Turns()
    owners(turns, roster("ana", "ben", roster="sellers"), 1)
    owners(turns, roster("ana", "ben", "cy"), 2)

    assert owners(turns, roster("ana", "ben", "cy", roster="sellers", was="sales"), 1) == ["cy"]
    assert list(turns.data()["rosters"]) == ["sellers"]


def test_a_member_who_is_renamed_keeps_turn_load_and_companies_and_back_again_after_a_rollback():
    keys = {"cap": "4/day", "sticky": "company"}
    old = roster("ana.berg", "ben", **keys)
    new = roster({"user": "ana.holm", "was": "ana.berg"}, "ben", **keys)
    turns = Turns()
    owner(turns, old, company="acme.example")

    married = [owner(turns, new, company=company) for company in ("acme.example", None)]
    load = turns.load(new, "ana.holm", MONDAY, UTC)
    back = [owner(through_json(turns), old, company="acme.example"), owner(turns, old)]

    assert married == ["ana.holm", "ben"]
    assert (load.day, load.week) == (2, 2)
    assert back == ["ana.berg", "ben"]
    assert set(turns.data()["rosters"]["sales"]["load"]) == {"ana.berg", "ben"}


def test_was_of_a_member_who_is_still_there_takes_nothing_away():
    turns = Turns()
    owners(turns, roster("ana", "ben"), 1)

    assert owners(turns, roster("ana", "ben", {"user": "cy", "was": "ana"}), 3) == ["ben", "cy", "ana"]


def test_names_are_followed_without_a_turn():
    names = [roster("ana", "ben")]
    names.append(roster({"user": "ana.holm", "was": "ana"}, "ben", roster="b", was="sales"))
    names.append(roster({"user": "ana.berg", "was": "ana.holm"}, "ben", roster="c", was="b"))
    turns = Turns()
    owners(turns, names[0], 1)

    turns.follow([names[1]])

    assert list(turns.data()["rosters"]) == ["b"]
    assert owners(turns, names[2], 2) == ["ben", "ana.berg"]
    turns.follow([names[0]])
    assert owners(turns, names[0], 2) == ["ben", "ana"]


def test_following_names_begins_no_turns_and_leaves_those_alone_that_have_kept_theirs():
    turns = Turns()
    owners(turns, roster("ana", "ben"), 1)
    before = turns.data()

    turns.follow([roster("cy"), roster("ana", roster="support"), roster("ana", roster="b", was="a")])

    assert turns.data() == before


def test_a_name_that_a_release_has_given_free_is_followed_too():
    turns = Turns()
    owners(turns, roster("ana", "ben"), 1)
    turns.follow([roster("ana", "ben", roster="sellers", was="sales")])
    turns.follow([roster("ana", "ben"), roster("ana", "ben", roster="sellers")])

    assert owners(turns, roster("ana", "ben"), 1) == ["ana"]
    assert owners(turns, roster("ana", "ben", roster="sellers"), 1) == ["ben"]


# -- what is kept


def test_loads_are_kept_for_fifteen_days():
    turns, of = Turns(), roster("ana")
    for n in range(40):
        take(turns, of, MONDAY + dt.timedelta(days=n))

    kept = turns.data()["rosters"]["sales"]["load"]["ana"]

    assert (len(kept), min(kept), max(kept)) == (15, "2026-12-18", "2027-01-01")


def test_the_companies_that_were_longest_away_are_forgotten_first(monkeypatch):
    monkeypatch.setattr("flowctl.engine.standing.MOST_COMPANIES", 2)
    turns, of = Turns(), roster("ana", sticky="company")

    for company in ("a.example", "b.example", "a.example", "c.example"):
        take(turns, of, company=company)

    assert list(turns.data()["rosters"]["sales"]["companies"]) == ["a.example", "c.example"]


def test_a_rehearsal_moves_nothing():
    turns, of = Turns(), roster("ana", "ben")
    take(turns, of)

    rehearsed = owners(turns.copy(), of, 3)

    assert rehearsed == owners(turns, of, 3) == ["ben", "ana", "ben"]
