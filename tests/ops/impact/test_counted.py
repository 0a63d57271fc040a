"""What is counted of many leads is what the simulation of few says of each."""

import datetime as dt
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowctl.ops.impact.report import Load, Why
from flowctl.ops.simulate import simulate_leads
from tests.ops.impact.workspace import BEFORE, LEADS, MODELS, NOW, arrivals, impact, model

SIZES = st.sampled_from([1, 2, 7, 1000])
UPDATED = st.sets(st.integers(1, 60), max_size=5)


def few(leads, before, after):
    return simulate_leads("lead", leads, ("draft", after), ("live", before) if before else None, {})


@given(LEADS, UPDATED, SIZES)
def test_many_leads_are_counted_as_few_are_told(leads, updated, size):
    rows = arrivals(leads, updated)
    told, found = few(rows, *MODELS), impact(rows, *MODELS, size)

    assert (found.leads, found.moved, found.changed) == (len(told.routed), told.moved, told.changed)
    assert (found.unrouted, found.newly) == (len(told.unrouted), len(told.newly_unrouted))
    assert {(m.before, m.after, m.leads) for m in found.moves} == {(m.before, m.after, m.leads) for m in told.moves}
    assert {(x.name, x.after, x.before) for x in found.loads} == set(told.loads())
    assert found.effects == told.effects()


@given(LEADS, UPDATED)
def test_what_differs_beside_the_owner_is_counted(leads, updated):
    rows = arrivals(leads, updated)
    told, found = few(rows, *MODELS), impact(rows, *MODELS)

    pairs = [(r.before, r.after) for r in told.routed]
    members = sum(a.goes_to == b.goes_to and a.owner != b.owner for a, b in pairs)
    sets = Counter(
        f for a, b in pairs for f in {*a.sets, *b.sets} if (a.sets.get(f), f in a.sets) != (b.sets.get(f), f in b.sets)
    )
    assert found.otherwise.members == members
    assert found.otherwise.ends == sum((a.ends, a.result) != (b.ends, b.result) for a, b in pairs)
    assert found.otherwise.fields == dict(sets)
    assert sum(load.after for load in found.owners) == len(rows)


@given(LEADS, SIZES)
def test_a_report_is_the_same_however_the_leads_come_in_batches(leads, size):
    rows = arrivals(leads)

    assert replace(impact(rows, *MODELS, size), seconds=0) == replace(impact(rows, *MODELS), seconds=0)


@given(LEADS)
def test_examples_are_leads_that_move_so_and_at_most_ten_of_a_move(leads):
    rows = arrivals(leads)
    told, found = few(rows, *MODELS), impact(rows, *MODELS)

    for move in found.moves:
        positions = [e.position for e in move.examples]
        moves = [told.routed[at - 1] for at in positions]
        assert positions == sorted(set(positions))
        assert len(positions) == min(move.leads, 10)
        assert all((r.before.goes_to, r.after.goes_to) == (move.before, move.after) for r in moves)
        assert [r.name for r in moves] == [e.name for e in move.examples]
        assert [(r.before.owner, r.after.owner) for r in moves] == [
            (e.before.owner, e.after.owner) for e in move.examples
        ]


def lead(minutes, **fields):
    return minutes, fields


def test_examples_differ_in_where_they_end_and_when_they_come():
    hot = [lead(n, Score=30.0, Name=f"hot {n}") for n in range(50)]
    late = lead(60 * 24 * 30, Score=30.0, Name="late")
    found = impact(arrivals([*hot, late]), *MODELS)

    [move] = found.moves
    assert move.leads == 51
    assert "late" in [e.name for e in move.examples]


def test_each_example_says_where_its_ways_part():
    found = impact(arrivals([lead(1, Score=30.0), lead(2, Score=90.0), lead(3, Country="Chile")]), *MODELS)

    why = {(m.before, m.after): m.examples[0].why for m in found.moves}
    assert {move: (w.flow, w.node, w.before, w.after) for move, w in why.items()} == {
        ("queue/raw", "queue/hot"): ("lead", "start", "otherwise", "hot"),
        ("queue/hot", "roster/amer"): ("lead", "hot", "then", "very"),
        ("queue/raw", "nobody"): ("lead", "start", "otherwise", "chile"),
    }


def test_a_way_that_leads_elsewhere_is_where_they_part():
    other = model(BEFORE.replace("label: hot, then: hot", "label: hot, then: rest"))
    [move] = impact(arrivals([lead(1, Score=60.0)]), MODELS[0], other).moves

    assert move.examples[0].why == Why("lead", "start", "hot", "hot", ("hot", "rest"))


def test_a_node_that_gives_leads_to_somebody_else_is_where_they_part():
    other = model(BEFORE.replace("queue/hot", "queue/cold"))
    found = impact(arrivals([lead(1, Score=60.0)]), MODELS[0], other)

    [example] = found.moves[0].examples
    assert (example.why.node, example.why.before, example.why.after) == ("hot", "then", "then")


def test_weeks_begin_on_mondays_of_the_workspace():
    sunday = dt.datetime(2026, 11, 23, 7, 59, tzinfo=dt.UTC)  # 23:59 in Los Angeles
    rows = [replace(row, now=now) for row, now in zip(arrivals([lead(1), lead(2)]), (sunday, NOW), strict=True)]

    found = impact(rows, *MODELS)

    assert [(week.monday, week.leads) for week in found.weeks] == [
        (dt.date(2026, 11, 16), 1),
        (dt.date(2026, 11, 23), 1),
    ]


def test_one_version_has_loads_and_no_moves():
    found = impact(arrivals([lead(1, Score=60.0), lead(2)]), None, MODELS[1])

    assert found.against is None
    assert (found.moved, found.moves) == (0, ())
    assert found.loads == (Load("queue/hot", 1, 1), Load("queue/raw", 1, 1))


def test_the_largest_movers_come_first():
    found = impact(arrivals([lead(1, Score=30.0), lead(2, Score=40.0), lead(3, Score=90.0)]), *MODELS)

    changes = [abs(load.change) for load in found.loads]
    assert changes == sorted(changes, reverse=True)


@pytest.mark.slow
@settings(max_examples=300)
@given(LEADS, UPDATED, SIZES)
def test_the_law_again_and_longer(leads, updated, size):
    test_many_leads_are_counted_as_few_are_told.hypothesis.inner_test(leads, updated, size)
