"""Rows that get in each other's way are found as comparing each with each finds them."""

import datetime as dt

import pytest
from hypothesis import given

from flowctl.tables import Line
from flowctl.tables.pairs import Budget, gaps, hidden, hides, meet, meeting, repeated
from tests.tables.test_index import DAY, column, table_of, tables


@given(tables())
def test_the_pairs_that_meet_are_those_that_comparing_all_finds_each_once(asked):
    table, _ = asked
    each = [(a.at, b.at) for a in table.lines for b in table.lines if a.at < b.at and meet(a, b)]

    found = [(a.at, b.at) for a, b in meeting(table.lines)]

    assert sorted(found) == sorted(each)


@given(tables())
def test_a_row_that_another_hides_never_wins(asked):
    table, questions = asked
    hidden = {below.at for above, below in meeting(table.lines) if hides(above, below)}

    hits = [table.find(values, DAY + dt.timedelta(days=n)) for values, n in questions]

    assert not {hit[0] for hit in hits if hit} & hidden


def test_rows_of_one_key_on_other_days_do_not_meet():
    days = [dt.date(2026, 1, 1), dt.date(2026, 6, 30), dt.date(2026, 7, 1), None]
    cell = column("exact").cell("a", dt.UTC)
    lines = [Line(0, (cell,), {}, days[0], days[1]), Line(1, (cell,), {}, days[2], days[3])]

    assert list(meeting(lines)) == []
    assert list(repeated(lines)) == []


def told(table):
    return [(gap.below.at, gap.above.at, gap.low, gap.high) for gap in gaps(table)]


def sizes(*rows):
    return table_of([column("exact", name="country"), column("range", "number", name="size")], *rows)


def test_a_gap_is_between_rows_that_are_equal_otherwise():
    table = sizes(["no", "1-100"], ["no", "200-"], ["se", "1-150"], ["se", "151-"])

    assert told(table) == [(0, 1, 100.0, 200.0)]


def test_whole_numbers_and_days_that_follow_one_another_leave_no_gap():
    days = table_of([column("range", "date")], ["2026-01-01..2026-01-31"], ["2026-02-01.."])

    assert told(sizes(["no", "1-100"], ["no", "101-"])) == told(days) == []


def test_fractions_leave_a_gap():
    assert told(sizes(["no", "0-0.5"], ["no", "0.6-"])) == [(0, 1, 0.5, 0.6)]


def test_what_another_row_fits_is_no_gap():
    assert told(sizes(["no", "1-100"], ["no", "200-"], ["no", ""])) == []
    assert told(sizes(["no", "1-100"], ["no", "200-"], ["", "100-300"])) == []


def test_ranges_inside_one_another_leave_no_gap():
    assert told(sizes(["no", "1-100"], ["no", "5-10"], ["no", "101-"])) == []


# Work -----------------------------------------------------------------------------------------------------------

TEXT, NUMBER = column("exact", name="a"), column("range", "number", name="n")
N = 400


def two(match, kind="text"):
    return [column(match, kind, name="a"), column(match, kind, name="b")]


WIDE = {
    "patterns by what they end with": ([column("wildcard")], [[f"*.site{i}.com"] for i in range(N)]),
    "patterns by what they begin with": ([column("wildcard")], [[f"site{i}.*"] for i in range(N)]),
    "ranges after a range that is the same throughout": (
        two("range", "number"),
        [["1-100", f"{2 * i}-{2 * i + 1}"] for i in range(N)],
    ),
    "prefixes after a prefix that is the same throughout": (two("prefix"), [["N", f"{i:04}"] for i in range(N)]),
    "a grid of ranges": (
        two("range", "number"),
        [[f"{10 * i}-{10 * i + 9}", f"{10 * j}-{10 * j + 9}"] for i in range(20) for j in range(20)],
    ),
    "ranges by country": ([TEXT, NUMBER], [[f"c{i % 20}", f"{10 * i}-{10 * i + 9}"] for i in range(N)]),
}


@pytest.mark.parametrize(("columns", "rows"), WIDE.values(), ids=WIDE)
def test_rows_of_an_ordinary_table_that_do_not_meet_are_hardly_compared(columns, rows):
    budget = Budget(N)

    assert list(meeting(table_of(columns, *rows).lines, budget)) == []
    assert not budget.is_spent


@given(tables())
def test_the_rows_that_never_win_are_those_that_one_above_hides(asked):
    table, _ = asked
    each = {b.at for a in table.lines for b in table.lines if a.at < b.at and hides(a, b)}

    found = list(hidden(table))

    assert {below.at for _, below in found} == each
    assert len(found) == len(each)
    assert all(above.at < below.at and hides(above, below) for above, below in found)


FIRST = {
    "a row for the rest": ([NUMBER], [*([f"{2 * i}-{2 * i + 1}"] for i in range(N)), ["0-"]]),
    "thresholds": ([NUMBER], [[f"{i}-"] for i in reversed(range(N))]),
    "one column or the other": ([TEXT, NUMBER], [["a", ""] if i % 2 else ["", f"{i}-{i + 1}"] for i in range(N)]),
}


@pytest.mark.parametrize(("columns", "rows"), FIRST.values(), ids=FIRST)
def test_where_the_first_row_wins_rows_that_only_meet_are_hardly_compared(columns, rows):
    budget = Budget(N)
    table = table_of(columns, *rows)

    assert {below.at for _, below in hidden(table, budget)} <= {i for i in range(N) if rows[i] == ["a", ""]}
    assert not budget.is_spent


def test_a_spent_budget_ends_the_search():
    budget = Budget(100)
    lines = table_of([NUMBER], *([f"{i}-"] for i in range(50))).lines

    assert 0 < len(list(meeting(lines, budget))) <= 100
    assert budget.is_spent
