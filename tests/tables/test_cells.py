"""What a cell says, which values fit it, and how two cells lie to each other."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.expr import FieldType, Id
from flowctl.tables import CellError, KeyColumn
from flowctl.tables.cells import covers, fits, member, overlap

WORDS = ["".join(letters) for length in range(7) for letters in itertools.product("ab", repeat=length)]
OSLO = dt.timezone(dt.timedelta(hours=1))


def column(match, kind="text"):
    return KeyColumn("c", match, FieldType(kind))


def does_fit(match, kind, text, value, zone=dt.UTC):
    c = column(match, kind)
    return fits(c.cell(text, zone), c.key(value, zone))


FITTING = [
    ("exact", "text", "Norway", " NORWAY "),
    ("exact", "text", "Grønland", "GRØNLAND"),
    ("exact", "text", "Köln", "ko\u0308ln"),
    ("exact", "number", "5", 5.0),
    ("exact", "checkbox", "false", None),
    ("exact", "date", "2026-11-23", dt.date(2026, 11, 23)),
    ("exact", "owner", "user/bea.kim", "user/Bea.Kim"),
    ("exact", "user", "bea.kim", "user/bea.kim"),
    ("exact", "id", "001000000000abC", Id("001000000000abCDEF")),
    ("exact", "id", "001000000000abCDEF", "001000000000abC"),
    ("exact", "text", "001000000000abCDEF", Id("001000000000abC")),
    ("prefix", "text", "10 ", "101 55"),
    ("prefix", "text", "SW1", "sw1a 1aa"),
    ("range", "number", "101-750", 101.0),
    ("range", "number", "101-750", 750.0),
    ("range", "number", "101 – 750", 300.0),
    ("range", "number", "751-", 1e9),
    ("range", "number", "-100", -7.0),
    ("range", "number", "750", 750.0),
    ("range", "number", "-10..-5", -5.0),
    ("range", "number", "0.5-1.5", 1.25),
    ("range", "date", "2026-01-01..2026-03-31", dt.date(2026, 3, 31)),
    ("range", "date", "2026-01-01..", dt.date(2999, 1, 1)),
    ("range", "date", "2026-01-02", dt.date(2026, 1, 2)),
    ("wildcard", "text", "*.gov", "IRS.gov"),
    ("wildcard", "text", "gov.*", "gov.uk"),
    ("wildcard", "text", "*bank*", "Deutsche Bank AG"),
    ("wildcard", "text", "a*b*c", "aXbYc"),
    ("wildcard", "text", "acme", "ACME"),
    *(
        (match, kind, "", value)
        for match, kind in [("exact", "text"), ("range", "number")]
        for value in (None, "x", 1.0)
    ),
]
NOT_FITTING = [
    ("exact", "text", "Norway", None),
    ("exact", "text", "Norway", "  "),
    ("exact", "text", "Norway", 5.0),
    ("exact", "id", "001000000000abC", "001000000000ABC"),
    ("prefix", "text", "10", "1"),
    ("range", "number", "101-750", 100.5),
    ("range", "number", "101-750", None),
    ("range", "number", "-100", 101.0),
    ("range", "date", "2026-01-01..2026-03-31", dt.date(2026, 4, 1)),
    ("wildcard", "text", "*.gov", "gov"),
    ("wildcard", "text", "ab*ba", "aba"),
    ("wildcard", "text", "a*b*c", "acb"),
    ("wildcard", "text", "*", None),
]


@pytest.mark.parametrize("case", FITTING, ids=str)
def test_a_value_fits(case):
    assert does_fit(*case)


@pytest.mark.parametrize("case", NOT_FITTING, ids=str)
def test_a_value_does_not_fit(case):
    assert not does_fit(*case)


def test_a_moment_is_its_day_in_the_zone_where_a_column_holds_days():
    moment = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)

    assert does_fit("exact", "date", "2026-11-23", moment, OSLO)
    assert not does_fit("exact", "date", "2026-11-23", moment, dt.UTC)


WRONG = [
    ("exact", "number", "many", "a number is needed, such as 12 or -0.5"),
    ("range", "number", "many", "a range of numbers is needed"),
    ("range", "number", "1-2-3", "a range of numbers is needed"),
    ("range", "number", "1,000-2,000", "a range of numbers is needed"),
    ("range", "number", "750-101", "the range ends before it begins"),
    ("range", "number", "-", "a range without an end holds everything"),
    ("range", "number", "..", "a range without an end holds everything"),
    ("range", "date", "2026-13-01..", "a range of dates is needed"),
    ("range", "date", "2026-03-01..2026-01-01", "the range ends before it begins"),
]


@pytest.mark.parametrize(("match", "kind", "text", "message"), WRONG)
def test_what_a_column_cannot_hold_is_told(match, kind, text, message):
    with pytest.raises(CellError) as told:
        column(match, kind).cell(text, dt.UTC)

    assert str(told.value) == message
    assert told.value.is_backwards == ("before it begins" in message)


def test_thousands_with_a_point_are_said_to_be_decimals():
    hints = []
    for text in ("751-4.999", "750-101", "2.5-1.5"):
        with pytest.raises(CellError) as told:
            column("range", "number").cell(text, dt.UTC)
        hints.append(told.value.hint)

    assert "write 4999 and not 4.999" in hints[0]
    assert hints[1:] == ["swap its ends"] * 2


PATTERNS = st.text("ab*", min_size=1, max_size=4)


@given(PATTERNS, PATTERNS)
def test_patterns_overlap_exactly_when_some_text_is_like_both(a, b):
    one, other = (column("wildcard").cell(text, dt.UTC) for text in (a, b))

    both = [word for word in WORDS if fits(one, word) and fits(other, word)]

    assert overlap(one, other) == overlap(other, one) == bool(both)
    assert not covers(one, other) or all(fits(one, word) for word in WORDS if fits(other, word))


CELLS = st.one_of(
    st.tuples(st.just(column("prefix")), st.text("ab ", max_size=3)),
    st.tuples(st.just(column("wildcard")), st.text("ab* ", max_size=4)),
    st.tuples(st.just(column("exact")), st.text("ab ", max_size=3)),
    st.tuples(st.just(column("range", "number")), st.sampled_from(["", "1", "-5", "3-", "2-8", "4..4", "-2..0.5"])),
)


@given(CELLS)
def test_a_cell_fits_its_member_and_covers_and_meets_itself(case):
    column_, text = case
    cell = column_.cell(text, dt.UTC)

    assert fits(cell, member(cell))
    assert covers(cell, cell)
    assert overlap(cell, cell)


@given(st.lists(st.sampled_from(["", "1", "-5", "3-", "2-8", "6-9", "4", "-2..0.5"]), min_size=2, max_size=2))
def test_ranges_meet_and_cover_as_their_numbers_do(texts):
    one, other = (column("range", "number").cell(text, dt.UTC) for text in texts)
    numbers = [n / 4 for n in range(-40, 60)]

    assert overlap(one, other) == any(fits(one, n) and fits(other, n) for n in numbers)
    assert covers(one, other) == all(fits(one, n) for n in [None, *numbers] if fits(other, n))
