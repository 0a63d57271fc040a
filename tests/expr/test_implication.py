"""What syntax alone shows, by example; and that it is sound, by trying every pair of conditions of a small world."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any

import pytest

from flowctl.expr import Id, Not, evaluate, implies, parse, to_text

SEEN = [
    ("a AND b", "b"),
    ("a", "b OR a"),
    ("a = 'x' AND b", "a = 'X' OR c"),
    ("a = 'x'", "a IN ('y', ' X ')"),
    ("a IN ('x', 'y')", "a IN ('y', 'z', 'x')"),
    ("a IN ('x', 'y')", "a = 'x' OR a = 'y'"),
    ("a IN ('x', 'y')", "a = 'x' OR a STARTS WITH 'y'"),
    ("a = 'x' OR a = 'y'", "a IN ('x', 'y')"),
    ("a = 'acme ltd'", "a CONTAINS 'me'"),
    ("a = 'acme ltd'", "a != 'umbrella'"),
    ("a IN ('x', 'y')", "a NOT IN ('z')"),
    ("a != 'x' AND a != 'y'", "a NOT IN ('x', 'y')"),
    ("a NOT IN ('x', 'y')", "a != 'y'"),
    ("a = 50", "a >= 50 AND a < 51"),
    ("a > 50", "a > 40"),
    ("a >= 50", "a > 49.5"),
    ("50 <= a", "a >= 40"),
    ("a BETWEEN 5 AND 6", "a BETWEEN 1 AND 9"),
    ("a >= 5 AND a <= 6", "a BETWEEN 1 AND 9"),
    ("a < 5", "NOT a >= 5"),
    ("a < 5", "a != 7"),
    ("a > 2026-11-23", "a >= 2026-11-23"),
    ("a = 2026-11-23", "a < 2026-11-24"),
    ("a STARTS WITH 'Acme L'", "a STARTS WITH ('x', 'acme')"),
    ("a STARTS WITH 'Acme L'", "a CONTAINS 'me'"),
    ("a STARTS WITH 'Acme L'", "NOT a STARTS WITH 'Acme G'"),
    ("a ENDS WITH '.no'", "NOT a ENDS WITH ('.se', 'x.de')"),
    ("a ENDS WITH ('x.no', 'y.no')", "a ENDS WITH '.no'"),
    ("a CONTAINS ('web chat', 'web cast')", "a CONTAINS 'WEB'"),
    ("a INCLUDES ('A;B', 'C')", "a INCLUDES ('B', 'C')"),
    ("a EXCLUDES ('A')", "a EXCLUDES ('A;B')"),
    ("a > 5", "a IS NOT BLANK"),
    ("a >= TODAY", "a IS NOT BLANK"),
    ("MATCHES(a, 'x')", "a IS NOT BLANK"),
    ("a IS BLANK", "a != 'x'"),
    ("a IS BLANK", "NOT a > 5"),
    ("a", "a = TRUE AND a != FALSE"),
    ("a = FALSE", "NOT a"),
    ("NOT (a OR b)", "NOT a"),
    ("NOT a", "NOT (a AND b)"),
    ("CHANGED(a)", "NOT ISNEW()"),
    ("PRIOR(a) = 'x'", "PRIOR(a) IN ('x', 'y')"),
    ("FALSE", "a"),
    ("a", "TRUE"),
    ("a = '001A000001LkQeA'", "a IN ('001A000001LkQeA', 'x')"),
]

NOT_SEEN = [
    ("b", "a AND b"),
    ("a = 3", "a = 5"),
    ("a = 'x'", "b = 'x'"),
    ("a = 'x'", "PRIOR(a) = 'x'"),
    ("a > 40", "a > 50"),
    ("a >= 50", "a > 50"),
    ("NOT a > 50", "a <= 50"),  # a may be blank
    ("a != 'x'", "a IS NOT BLANK"),
    ("a = FALSE", "a IS NOT BLANK"),  # a related record may be missing altogether
    ("a = b", "a IS NOT BLANK"),  # both may be checkboxes
    ("a = 'ab'", "MATCHES(a, 'ab')"),  # case folding is not RE2's
    ("a = '001A000001LkQeA'", "a = '001a000001lkqea'"),  # a may be an id
    ("a = '001A000001LkQeA'", "a ENDS WITH 'QeA'"),  # in its form of 18 characters
    ("a >= 2026-11-23T09:00:00Z", "a > 2026-11-23T08:00:00Z"),  # a may be a day
    ("a = 2026-11-23", "a < 2026-11-23T23:00:00Z"),  # a may be a moment
    ("a CONTAINS 'ab'", "a STARTS WITH 'ab'"),
    ("a INCLUDES ('A')", "a INCLUDES ('A;B')"),
    ("a", "NOT a"),
    ("TRUE", "a"),
]


@pytest.mark.parametrize(("a", "b"), SEEN)
def test_the_wider_condition_is_seen(a, b):
    assert implies(parse(a), parse(b))


@pytest.mark.parametrize(("a", "b"), NOT_SEEN)
def test_what_does_not_follow_is_not_claimed(a, b):
    assert not implies(parse(a), parse(b))


def test_deep_and_wide_conditions_are_compared_in_time():
    deep = "a"
    for n in range(20):
        deep = f"({deep} OR b{n}) AND c{n}"
    wide = " OR ".join(f"x IN ('{n}', 'y') AND z > {n}" for n in range(30))

    assert implies(parse(deep), parse(deep.replace("b0", "q OR b0")))
    assert not implies(parse(deep), parse(deep.replace("b0", "q")))
    assert implies(parse(wide), parse(wide.replace("'y'", "'y', 'w'")))


@dataclass
class Holding:
    """A record whose one field holds, and held, any value at all."""

    value: Any
    is_new: bool = False
    now: datetime = datetime(2026, 11, 23, 20, tzinfo=UTC)
    zone: tzinfo = UTC

    def get(self, path):
        return self.value

    prior = get


TEXTS = ["'acme'", "'ACME ltd'", "'me'", "'ME;acme'"]
IDS = ["'001A000001LkQeA'", "'001A000001LkQeAIAV'", "'001a000001lkqea'", "'QeA'"]
NUMBERS = ["4", "5", "6"]
DAYS = ["2026-11-22", "2026-11-23", "2026-11-24"]
MOMENTS = ["2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z", "2026-11-24T09:00:00Z"]
FLAGS = ["TRUE", "FALSE"]
MIXED = [*TEXTS[:2], *IDS[:2], *NUMBERS[:2], *DAYS[:2], *MOMENTS[:2], *FLAGS]
VALUES = [
    None, "acme", " Acme LTD", "ltd acme me", "x", "001A000001LkQeA", "001a000001lkqeaiav", Id("001A000001LkQeA"),
    Id("001A000001LkQeAIAV"), Id("001a000001lkqea"), 3.0, 4.0, 4.5, 5.0, 6.0, 7.0, True, False, ("me",), ("acme", "ME"),
    *(date(2026, 11, day) for day in (21, 22, 23, 24, 25)),
    *(datetime(2026, 11, day, hour, tzinfo=UTC) for day in (22, 23, 24) for hour in (0, 8, 9)),
]  # fmt: skip


def world(constants):
    """Every atom about one field and some constants, and its negation."""
    left, right = constants[0], constants[1]
    texts = [
        *(f"x {op} {c}" for op in ("=", "!=", "<", "<=", ">", ">=") for c in constants),
        *(f"{c} <= x" for c in constants),
        *(f"x {op} ({left}, {right})" for op in ("IN", "NOT IN", "INCLUDES", "CONTAINS", "STARTS WITH", "LIKE")),
        *(
            f"x {op} ({c})"
            for op in ("INCLUDES", "CONTAINS", "STARTS WITH", "ENDS WITH", "EXCLUDES")
            for c in constants
        ),
        f"x BETWEEN {left} AND {right}",
        f"x IN ({', '.join(constants)})",
        *("x", "x IS BLANK", "x IS NOT BLANK", "x = y", "MATCHES(x, 'acme')", "x >= TODAY"),
    ]
    return [e for text in texts for e in (parse(text), Not(parse(text)))]


@pytest.mark.parametrize(
    "constants",
    [TEXTS, IDS, NUMBERS, DAYS, MOMENTS, FLAGS, pytest.param(MIXED, marks=pytest.mark.slow)],
    ids=["texts", "ids", "numbers", "days", "moments", "flags", "mixed"],
)
def test_whatever_is_seen_is_true_of_every_value(constants):
    truth = [(e, [evaluate(e, Holding(value)) for value in VALUES]) for e in world(constants)]

    wrong = [
        (to_text(a), to_text(b))
        for a, in_a in truth
        for b, in_b in truth
        if implies(a, b) and any(p and not q for p, q in zip(in_a, in_b, strict=True))
    ]

    assert wrong == []
