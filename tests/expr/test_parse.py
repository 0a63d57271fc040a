"""What is read, how it is printed, and what is said about a text that is no condition."""

import pytest

from flowctl.expr import (
    And,
    AnyOf,
    Arithmetic,
    Compare,
    ExprError,
    Extreme,
    Field,
    IsBlank,
    Not,
    Number,
    Or,
    Prior,
    Shift,
    Text,
    Today,
    Truth,
    atoms,
    check_types,
    evaluate,
    fields,
    implies,
    parse,
    parse_value,
    to_text,
)
from tests.expr.record import Record, Workspace


def minus(left, right):
    return Arithmetic(left, "-", right)


CANONICAL = {
    "as it is": "Score >= 50 AND Status NOT IN ('Accepted', 'Qualified') AND NOT Sequenced__c",
    "isnew() or ( changed( A ) and prior(A) is blank )": "ISNEW() OR CHANGED(A) AND PRIOR(A) IS BLANK",
    "(a or b) and not (c and d)": "(a OR b) AND NOT (c AND d)",
    "a AND (b AND (c AND d))": "a AND b AND c AND d",
    "not(not(a))": "NOT NOT a",
    "((Score)) > ((5))": "Score > 5",
    "Score=5.50": "Score = 5.5",
    "Score > 1000000000000000000000.0": "Score > 1000000000000000000000",
    "Score > 0.00000001": "Score > 0.00000001",
    "Score > -0": "Score > 0",
    "a+b*c-(d-e)*2 < - 5": "a + b * c - (d - e) * 2 < -5",
    "max(a,min(b , 3)) > 1": "MAX(a, MIN(b, 3)) > 1",
    "Trial >= today-30 days": "Trial >= TODAY - 30 DAYS",
    "Created >= NOW - 1 hours + 0 days": "Created >= NOW - 1 HOUR + 0 DAYS",
    "Trial between 2026-01-01 and 2026-12-31 and a": "Trial BETWEEN 2026-01-01 AND 2026-12-31 AND a",
    "Created > 2026-11-23T09:00+01:00": "Created > 2026-11-23T08:00:00Z",
    "Created > 2026-11-23T09:00:00.5Z": "Created > 2026-11-23T09:00:00.500000Z",
    "Email ends with ('.no')": "Email ENDS WITH '.no'",
    "Email starts\n with ('a',  'b')": "Email STARTS WITH ('a', 'b')",
    "Topics includes('A;B', 'C')": "Topics INCLUDES ('A;B', 'C')",
    "Topics EXCLUDES ('A')": "Topics EXCLUDES ('A')",
    "Status in ('b', 'a', 'b')": "Status IN ('b', 'a', 'b')",
    "matches( Company , '^\\\\d+\\'s' )": r"MATCHES(Company, '^\\d+\'s')",
    "Company = 'tab\there'": r"Company = 'tab\there'",
    "account.Name = Company": "account.Name = Company",
    "Days > 3 AND Max = 1 AND With": "Days > 3 AND Max = 1 AND With",
    "true or FALSE": "TRUE OR FALSE",
    "Blocked = true": "Blocked = TRUE",
    "a\u00a0=\u20091": "a = 1",
}


@pytest.mark.parametrize(("text", "canonical"), CANONICAL.items())
def test_a_condition_has_one_canonical_form(text, canonical):
    if text == "as it is":
        text = canonical

    assert to_text(parse(text)) == canonical
    assert parse(canonical) == parse(text)


@pytest.mark.parametrize(
    ("text", "expr"),
    [
        ("Blocked", Truth(Field(("Blocked",)))),
        ("a OR b AND c", Or((Truth(Field(("a",))), And((Truth(Field(("b",))), Truth(Field(("c",)))))))),
        ("NOT a = 1", Not(Compare(Field(("a",)), "=", Number(1.0)))),
        ("PRIOR(account.X) IS NOT BLANK", IsBlank(Prior(("account", "X")), negated=True)),
        ("a NOT IN ('x')", AnyOf(Field(("a",)), "NOT IN", (Text("x"),))),
        ("a < TODAY + 2 DAYS", Compare(Field(("a",)), "<", Shift(Today(), 2, "DAYS"))),
        ("1 < MAX(a, b)", Compare(Number(1.0), "<", Extreme("MAX", (Field(("a",)), Field(("b",)))))),
        ("a - 1 - b = 0", Compare(minus(minus(Field(("a",)), Number(1.0)), Field(("b",))), "=", Number(0.0))),
    ],
)
def test_a_text_is_read_as(text, expr):
    assert parse(text) == expr


def test_true_and_one_are_not_the_same():
    assert parse("a = TRUE") != parse("a = 1")
    assert parse("a = 2026-11-23") != parse("a = 2026-11-23T00:00:00Z")


def test_a_condition_names_what_it_reads():
    e = parse("ISNEW() OR NOT (CHANGED(Status) AND PRIOR(a.B) = c + MAX(d, e)) OR f IN (g, 'x')")

    assert fields(e) == {("Status",), ("a", "B"), ("c",), ("d",), ("e",), ("f",), ("g",)}
    assert [to_text(atom) for atom in atoms(e)] == [
        "ISNEW()",
        "CHANGED(Status)",
        "PRIOR(a.B) = c + MAX(d, e)",
        "f IN (g, 'x')",
    ]


MISTAKES = [
    ("", [("FC300", "", "the condition is empty", "write `TRUE` for one that always holds")]),
    ("a == 1", [("FC300", "==", "`==` is not an operator here", "write `=`")]),
    ("a <> 1", [("FC300", "<>", "`<>` is not an operator here", "write `!=`")]),
    ("a => 1", [("FC300", "=>", "`=>` is not an operator here", "write `>=`")]),
    ("a ≤ 1", [("FC300", "≤", "`≤` is not an operator here", "write `<=`")]),
    (
        "a && b || !c",
        [
            ("FC300", "&&", "`&&` is not an operator here", "write `AND`"),
            ("FC300", "||", "`||` is not an operator here", "write `OR`"),
            ("FC300", "!", "`!` is not an operator here", "write `NOT`"),
        ],
    ),
    ('a = "x\'y"', [("FC300", '"x\'y"', "a text stands in single straight quotes", r"write `'x\'y'`")]),
    ("a = ‘Acme’", [("FC300", "‘Acme’", "a text stands in single straight quotes", "write `'Acme'`")]),
    ("a = “Acme”", [("FC300", "“Acme”", "a text stands in single straight quotes", "write `'Acme'`")]),
    (
        "a = 'it is",
        [
            (
                "FC300",
                "'",
                "the text that begins here is not closed",
                r"close it with `'`; a quote inside a text is written `\'`",
            )
        ],
    ),
    (r"a = 'x\d'", [("FC300", r"\d", r"`\d` means nothing in a text", r"a backslash itself is written twice: `\\d`")]),
    ("a / 2 = 1", [("FC300", "/", "unexpected `/`", "there is no division: multiply the other side")]),
    ("a\u200b = 1", [("FC300", "\u200b", "unexpected U+200B", "delete it: it is invisible")]),
    (
        "{{a}} = 1",
        [
            ("FC300", "{{", "unexpected `{{`", "write the field's API name alone, as in `Status`"),
            ("FC300", "}}", "unexpected `}}`", "write the field's API name alone, as in `Status`"),
        ],
    ),
    ("a = ''", [("FC301", "''", "nothing compares with a blank text", "write `a IS BLANK`")]),
    ("a != '  '", [("FC301", "'  '", "nothing compares with a blank text", "write `a IS NOT BLANK`")]),
    ("'' = a", [("FC301", "''", "nothing compares with a blank text", "write `a IS BLANK`")]),
    ("a IN ('', 'x')", [("FC301", "''", "nothing compares with a blank text", "write `a IS BLANK OR a IN ('x')`")]),
    (
        "a NOT IN ('x', '')",
        [("FC301", "''", "nothing compares with a blank text", "write `a IS NOT BLANK AND a NOT IN ('x')`")],
    ),
    ("a CONTAINS ''", [("FC301", "''", "nothing compares with a blank text", "write `a IS BLANK`")]),
    ("a = NULL", [("FC300", "NULL", "`NULL` is not a value to compare with", "write `a IS BLANK`")]),
    ("a != blank", [("FC300", "blank", "`blank` is not a value to compare with", "write `a IS NOT BLANK`")]),
    ("MAX(a, NULL) > 1", [("FC300", "NULL", "`NULL` is not a value to compare with", "write `Email IS BLANK`")]),
    ("a IS NULL", [("FC300", "NULL", "`NULL` is not a word of this language", "write `a IS BLANK`")]),
    ("a IS NOT EMPTY", [("FC300", "EMPTY", "`EMPTY` is not a word of this language", "write `a IS NOT BLANK`")]),
    ("a IS 'x'", [("FC300", "'x'", "expected BLANK, found `'x'`", "write `a IS BLANK`, or compare with `=`")]),
    ("a + b IS BLANK", [("FC300", "IS", "IS BLANK asks about a field", None)]),
    (
        "Lead Status = 'x'",
        [
            (
                "FC300",
                "Status",
                "expected an operator after `Lead`, found `Status`",
                "a field is written by its API name, which has no spaces",
            )
        ],
    ),
    ("a EQUALS 1", [("FC300", "EQUALS", "expected an operator after `a`, found `EQUALS`", "write `=`")]),
    (
        "a BEGINS WITH 'x'",
        [("FC300", "BEGINS", "expected an operator after `a`, found `BEGINS`", "write `STARTS WITH`")],
    ),
    ("a STARTS 'x'", [("FC300", "'x'", "expected WITH after STARTS, found `'x'`", "write `STARTS WITH`")]),
    ("a NOT CONTAINS 'x'", [("FC300", "NOT", "NOT stands before the whole comparison", "write `NOT a CONTAINS 'x'`")]),
    ("a NOT 'x'", [("FC300", "'x'", "expected IN after NOT, found `'x'`", "write `Status NOT IN ('Raw', 'MQL')`")]),
    ("a IN 'x'", [("FC300", "'x'", "expected a list after IN, found `'x'`", "write `IN ('Raw', 'MQL')`")]),
    ("a IN ('x' 'y')", [("FC300", "'y'", "expected `,` or `)`, found `'y'`", None)]),
    ("a IN ()", [("FC300", ")", "expected a value, found `)`", None)]),
    ("a BETWEEN 1", [("FC300", "", "expected AND, found the end", "write `Employees BETWEEN 101 AND 750`")]),
    ("a < b < c", [("FC300", "<", "`<` needs a value on its left", "join conditions with AND or OR")]),
    ("a = (b = c)", [("FC300", "(", "a condition stands where a value is needed", "join conditions with AND or OR")]),
    ("a = -b", [("FC300", "-", "expected a value, found `-`", "write `0 - FIELD`")]),
    ("'x'", [("FC300", "'x'", "`'x'` is a value, not a condition", "compare it, as in `Status = 'MQL'`")]),
    ("a AND b + 1", [("FC300", "b + 1", "`b + 1` is a value, not a condition", "compare it, as in `Status = 'MQL'`")]),
    ("a = 1 b = 2", [("FC300", "b", "expected AND or OR, found `b`", None)]),
    ("a AND", [("FC300", "", "expected a value, found the end", None)]),
    ("(a = 1", [("FC300", "", "expected `)`, found the end", "close the bracket")]),
    ("a = 1)", [("FC300", ")", "this bracket closes nothing", "delete it")]),
    ("ISBLANK(a)", [("FC300", "ISBLANK", "unknown function `ISBLANK`", "write `Email IS BLANK`")]),
    ("CHANGE(a)", [("FC300", "CHANGE", "unknown function `CHANGE`", "did you mean `CHANGED`?")]),
    (
        "VLOOKUP(a)",
        [("FC300", "VLOOKUP", "unknown function `VLOOKUP`", "functions: ISNEW, CHANGED, PRIOR, MATCHES, MAX, MIN")],
    ),
    ("AND(a, b)", [("FC300", "AND", "expected a value, found `AND`", "write `A AND B`")]),
    (
        "CONTAINS(a, 'x')",
        [("FC300", "CONTAINS", "expected a value, found `CONTAINS`", "write `Company CONTAINS 'acme'`")],
    ),
    ("a = TODAY()", [("FC300", "(", "TODAY takes no brackets", "write `TODAY`")]),
    (
        "CHANGED('a')",
        [("FC300", "'a'", "expected a field, found `'a'`", "write its API name, as in `CHANGED(Status)`")],
    ),
    ("MAX(a) > 1", [("FC300", "MAX", "MAX needs two values at least", "write `MAX(A__c, B__c)`")]),
    ("MATCHES(a)", [("FC300", ")", "expected `,`, found `)`", "write `MATCHES(Company, '^acme')`")]),
    (
        "MATCHES(a, b)",
        [("FC300", "b", "expected a pattern in quotes, found `b`", "write `MATCHES(Company, '^acme')`")],
    ),
    ("MATCHES(a, '(x')", [("FC300", "'(x'", "not a regular expression (RE2): missing ): (x", None)]),
    ("a > 30 DAYS", [("FC300", "30", "a period of time is added to a day or a moment", "write `TODAY - 30 DAYS`")]),
    (
        "a > NOW - 1.5 HOURS",
        [("FC300", "1.5", "a period is a whole number, of six digits at most", "write `TODAY - 30 DAYS`")],
    ),
    (
        "a = 2026-02-30",
        [
            (
                "FC300",
                "2026-02-30",
                "`2026-02-30` is no day of the years 1700 to 4000",
                "write year-month-day: `2026-11-23`",
            )
        ],
    ),
    (
        "a = 2026-02-30T25:00Z",
        [
            (
                "FC300",
                "2026-02-30T25:00Z",
                "`2026-02-30T25:00Z` is no moment of the years 1700 to 4000",
                "write `2026-11-23T09:00:00Z`",
            )
        ],
    ),
    (
        "a = 2026-11-23T09:00",
        [
            (
                "FC300",
                "2026-11-23T09:00",
                "a moment needs its time zone",
                "write `2026-11-23T09:00Z` for UTC, or an offset as in `2026-11-23T09:00+01:00`",
            )
        ],
    ),
    (f"a > {'9' * 400}", [("FC300", "9" * 400, "the number is too large", None)]),
    (
        "a IN ('x' AND b == 1 OR (c = AND d) AND e = NULL",
        [
            ("FC300", "AND", "expected `,` or `)`, found `AND`", None),
            ("FC300", "==", "`==` is not an operator here", "write `=`"),
        ],
    ),
    (
        "(a = OR b = '') AND Lead Status = 1 AND MAX(1) > 2",
        [
            ("FC300", "OR", "expected a value, found `OR`", None),
            ("FC301", "''", "nothing compares with a blank text", "write `b IS BLANK`"),
            (
                "FC300",
                "Status",
                "expected an operator after `Lead`, found `Status`",
                "a field is written by its API name, which has no spaces",
            ),
            ("FC300", "MAX", "MAX needs two values at least", "write `MAX(A__c, B__c)`"),
        ],
    ),
]


@pytest.mark.parametrize(("text", "wanted"), MISTAKES, ids=[text[:40] for text, _ in MISTAKES])
def test_a_mistake_is_told_with_its_place_and_what_to_type(text, wanted):
    with pytest.raises(ExprError) as caught:
        parse(text)

    told = [(p.code, text[p.start : p.end], p.message, p.hint) for p in caught.value.problems]
    assert told == wanted
    assert (caught.value.message, caught.value.hint) == wanted[0][2:]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Sales Dev",
            [
                (
                    "FC300",
                    "Dev",
                    "expected the end of the value, found `Dev`",
                    "write a text in quotes, as in `'Sales Dev'`",
                )
            ],
        ),
        ("''", [("FC301", "''", "nothing compares with a blank text", "write `BLANK`")]),
        ("a + BLANK", [("FC300", "BLANK", "`BLANK` is not a value to compare with", "write `BLANK`")]),
        ("", [("FC300", "", "expected a value, found the end", None)]),
        (
            "a = 1",
            [("FC300", "=", "expected the end of the value, found `=`", "write a text in quotes, as in `'a = 1'`")],
        ),
    ],
)
def test_a_value_that_is_none_is_told(text, wanted):
    with pytest.raises(ExprError) as caught:
        parse_value(text)

    assert [(p.code, text[p.start : p.end], p.message, p.hint) for p in caught.value.problems] == wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(" * 10_000 + "a" + ")" * 10_000, "nested more than 50 deep"),
        ("NOT " * 10_000 + "a", "nested more than 50 deep"),
        ("MAX(a, " * 10_000, "nested more than 50 deep"),
        ("a + " * 10_000 + "a > 1", "more than 50 sums in one condition"),
        ("x" * 100_001, "longer than 100,000 characters"),
    ],
    ids=["brackets", "NOTs", "functions", "sums", "length"],
)
def test_what_is_too_deep_or_long_is_refused_once(text, message):
    with pytest.raises(ExprError) as caught:
        parse(text)

    assert [problem.message for problem in caught.value.problems] == [message]


def test_the_deepest_condition_can_be_printed_checked_evaluated_and_compared():
    deepest = "a"
    for n in range(49):
        deepest = f"({deepest} {'AND' if n % 2 else 'OR'} NOT b)"

    e = parse(deepest)

    assert parse(to_text(e)) == e
    assert check_types(e, Workspace())
    assert evaluate(e, Record()) is True
    assert implies(e, parse(deepest.replace("a", "(a)")))


def test_a_condition_may_be_as_wide_as_it_likes():
    wide = " OR ".join(f"a = {n} AND b IN ('{n}')" for n in range(2_000))

    assert to_text(parse(wide)) == wide


def test_conditions_are_remembered_by_their_text():
    assert parse("Score > 12345") is parse("Score > 12345")
