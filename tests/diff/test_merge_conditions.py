"""Lists of values and terms are merged as sets; everything else that both changed is left to people."""

import pytest
from hypothesis import example, given

from flowctl.diff.merge_conditions import merge_conditions
from flowctl.expr import parse, to_text
from tests.strategies import conditions


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("C IN ('a', 'b')", "C IN ('a', 'b', 'c')", "C IN ('b', 'd')", "C IN ('b', 'c', 'd')"),
        ("C = 'a'", "C IN ('a', 'c')", "C IN ('a','b')", "C IN ('a', 'b', 'c')"),
        ("C != 'a'", "C != 'a'", "C NOT IN ('a', 'b')", "C NOT IN ('a', 'b')"),
        ("E LIKE 'a*'", "E LIKE ('a*', 'c*')", "E LIKE ('a*', 'b*')", "E LIKE ('a*', 'b*', 'c*')"),
        ("A", "A AND B", "C > 5 AND A", "C > 5 AND A AND B"),
        ("A AND S > 5", "A  AND  S > 6", "A AND S > 5 AND (C OR D)", "A  AND  S > 6 AND (C OR D)"),
        ("A AND B AND C", "A AND C", "A AND B AND C AND D", "A AND C AND D"),
        ("NOT (A OR B)", "NOT (A OR B OR C)", "NOT (A OR D OR B)", "NOT (A OR D OR B OR C)"),
        ("(A AND B) OR C", "(A AND B AND X) OR C", "(A AND B) OR C OR Y", "(A AND B AND X) OR C OR Y"),
        ("A AND B", "A AND B", "A", "A"),
        ("A", "A OR B", "A OR C", "A OR B OR C"),
    ],
)  # fmt: skip
def test_what_fits_is_merged_in_the_writing_of_the_sides(base, ours, theirs, merged):
    assert merge_conditions(base, ours, theirs) == merged


@pytest.mark.parametrize(
    ("base", "ours", "theirs"),
    [
        ("S > 5", "S > 6", "S > 7"),
        ("A", "A AND B", "A OR C"),
        ("A AND S > 5", "A", "A AND S > 7"),
        ("A AND B", "A", "B"),
        ("C IN ('a', 'b')", "C = 'a'", "C = 'b'"),
        ("C = 'a'", "C = 'b'", "C = 'c'"),
        ("C IN ('a', 'b')", "C IN ('c', 'd')", "C = 'e'"),
        ("S > 5", "S > 5 AND T > 5", "S > 5 AND T > 6"),
        ("A", "B", "C"),
        ("A", "A AND", "A AND C"),
    ],
)
def test_what_does_not_fit_is_left_to_people(base, ours, theirs):
    assert merge_conditions(base, ours, theirs) is None


@given(conditions, conditions, conditions)
@example(*map(parse, ("Status IN ('Raw')", "Status IN ('Raw', 'MQL')", "Status IN ('MQL', 'Raw')")))
def test_the_sides_are_alike_and_one_that_changed_nothing_has_no_say(base, ours, theirs):
    b, o, t = map(to_text, (base, ours, theirs))
    one, other = merge_conditions(b, o, t), merge_conditions(b, t, o)

    assert (one and parse(one)) == (other and parse(other))
    assert merge_conditions(b, o, b) == o
    assert parse(merge_conditions(b, b, o)) == ours
    assert merge_conditions(b, o, o) == o
