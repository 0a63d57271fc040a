"""Conditions fit the fields of the workspace, and texts of files become values."""

from datetime import UTC, date, datetime

import pytest

from flowctl.expr import FieldType, Id, check_types, check_value, coerce, equal, parse, parse_value, type_of
from tests.expr.record import LEAD, ZONE, Workspace

FITTING = [
    "Company = Email OR Email ENDS WITH account.Name OR Owner = 'user/ana' OR Phone LIKE '+47%'",
    "Score >= 50 AND Score + account.Seats * 2 < MAX(Employees, 3) AND Score BETWEEN 1 AND Employees",
    "Blocked AND NOT account.Key AND Blocked = FALSE AND PRIOR(Blocked)",
    "Trial = 2026-11-23 AND Trial >= TODAY - 3 DAYS AND Trial <= Created AND Trial < NOW",
    "Created > NOW - 2 HOURS AND Created = TODAY AND Created + 1 DAY > 2026-11-23T09:00:00Z",
    "Status = ' mql' AND Status NOT IN ('RAW', 'Inquiry') AND Status CONTAINS 'anything'",
    "Topics INCLUDES ('ci;CD', 'Security') AND Topics EXCLUDES (Company) AND Topics IS NOT BLANK",
    "Partner_Id = account.Id AND Partner_Id = '001A000001LkQeA'",
    "CHANGED(Status) AND PRIOR(Status) = 'Raw' AND MATCHES(Company, 'a') AND ISNEW()",
]


@pytest.mark.parametrize("text", FITTING)
def test_a_fitting_condition_has_no_findings(text):
    assert check_types(parse(text), Workspace()) == ()


ALONE = "compare it, as in `Status = 'MQL'`, or ask whether it `IS NOT BLANK`"
MISFITS = [
    ("Compny = 'x'", [("FC201", "Compny", "unknown field `Compny`", "did you mean `Company`?")]),
    ("company = 'x'", [("FC201", "company", "unknown field `company`", "did you mean `Company`?")]),
    ("account.Naem = 'x'", [("FC201", "account.Naem", "unknown field `Naem` of `account`", "did you mean `Name`?")]),
    ("acount.Name = 'x'", [("FC201", "acount.Name", "unknown field `acount`", "did you mean `account`?")]),
    ("account = 'x'", [("FC201", "account", "`account` is a record, not a field", "write `account.Id`")]),
    (
        "opportunity.Name = 'x'",
        [("FC201", "opportunity.Name", "`opportunity.Name` cannot be read here: bound only by a match node", None)],
    ),
    ("Company.Size > 1", [("FC201", "Company.Size", "unknown field `Size` of `Company`", None)]),
    ("CHANGED(Statos)", [("FC201", "CHANGED(Statos)", "unknown field `Statos`", "did you mean `Status`?")]),
    (
        "CHANGED(account.Name)",
        [("FC302", "CHANGED(account.Name)", "CHANGED knows the record's own fields only, not `account.Name`", None)],
    ),
    (
        "PRIOR(account.Name) = 'x'",
        [("FC302", "PRIOR(account.Name)", "PRIOR knows the record's own fields only, not `account.Name`", None)],
    ),
    ("Status = 'Acepted'", [("FC202", "'Acepted'", "unknown picklist value `Acepted`", "did you mean `Accepted`?")]),
    (
        "'zzz' != Status",
        [
            (
                "FC202",
                "'zzz'",
                "unknown picklist value `zzz`",
                "values: Raw, Inquiry, MQL, Accepted, Qualifying, Qualified",
            )
        ],
    ),
    ("Status IN ('Raw', 'Rav')", [("FC202", "'Rav'", "unknown picklist value `Rav`", "did you mean `Raw`?")]),
    (
        "Topics INCLUDES ('CI;Securty')",
        [("FC202", "'CI;Securty'", "unknown picklist value `Securty`", "did you mean `Security`?")],
    ),
    ("Score = '50'", [("FC302", "Score = '50'", "`Score` is a number, `'50'` is a text", "write `50`")]),
    ("Score > 'many'", [("FC302", "Score > 'many'", "`Score` is a number, `'many'` is a text", None)]),
    ("Company = 5", [("FC302", "Company = 5", "`Company` is a text, `5` is a number", "write `'5'`")]),
    ("Status = 5", [("FC302", "Status = 5", "`Status` is a picklist, `5` is a number", "write `'5'`")]),
    (
        "Blocked = 'true'",
        [("FC302", "Blocked = 'true'", "`Blocked` is a checkbox, `'true'` is a text", "write `TRUE`")],
    ),
    ("Blocked = 0", [("FC302", "Blocked = 0", "`Blocked` is a checkbox, `0` is a number", "write `FALSE`")]),
    (
        "Trial >= '2026-11-23'",
        [
            (
                "FC302",
                "Trial >= '2026-11-23'",
                "`Trial` is a day, `'2026-11-23'` is a text",
                "write `2026-11-23` without quotes",
            )
        ],
    ),
    ("Score BETWEEN 1 AND 'x'", [("FC302", "Score BETWEEN 1 AND 'x'", "`Score` is a number, `'x'` is a text", None)]),
    ("Score IN (1, '2')", [("FC302", "'2'", "`Score` is a number, `'2'` is a text", "write `2`")]),
    ("Email < 'm'", [("FC302", "Email < 'm'", "`<` orders numbers and days; `Email` is an email address", None)]),
    ("Blocked > FALSE", [("FC302", "Blocked > FALSE", "`>` orders numbers and days; `Blocked` is a checkbox", None)]),
    ("Score CONTAINS '5'", [("FC302", "Score", "CONTAINS needs a text; `Score` is a number", None)]),
    ("Company CONTAINS 5", [("FC302", "5", "the right side of CONTAINS needs a text; `5` is a number", None)]),
    ("MATCHES(Score, '5')", [("FC302", "Score", "MATCHES needs a text; `Score` is a number", None)]),
    (
        "Topics = 'CI'",
        [("FC302", "Topics = 'CI'", "`=` does not read a multi-select picklist", "write `Topics INCLUDES ('CI')`")],
    ),
    (
        "Topics CONTAINS 'CI'",
        [
            (
                "FC302",
                "Topics",
                "CONTAINS needs a text; `Topics` is a multi-select picklist",
                "write `Topics INCLUDES ('CI')`",
            )
        ],
    ),
    (
        "Status EXCLUDES ('Raw')",
        [
            (
                "FC302",
                "Status",
                "EXCLUDES needs a multi-select picklist; `Status` is a picklist",
                "write `Status NOT IN ('Raw')`",
            )
        ],
    ),
    ("Status", [("FC302", "Status", "what stands alone needs a checkbox; `Status` is a picklist", ALONE)]),
    (
        "Blocked IS BLANK",
        [("FC302", "Blocked IS BLANK", "a checkbox is never blank, it is TRUE or FALSE", "write `NOT Blocked`")],
    ),
    (
        "Blocked IS NOT BLANK",
        [("FC302", "Blocked IS NOT BLANK", "a checkbox is never blank, it is TRUE or FALSE", "write `Blocked`")],
    ),
    ("Score + Trial > 1", [("FC302", "Trial", "`+` needs a number; `Trial` is a day", None)]),
    ("MAX(Score, Company) > 1", [("FC302", "Company", "MAX needs a number; `Company` is a text", None)]),
    (
        "Score + 2 DAYS > TODAY",
        [
            ("FC302", "Score + 2 DAYS > TODAY", "`Score + 2 DAYS` is a number, `TODAY` is a day", None),
            ("FC302", "Score + 2 DAYS", "DAYS are added to a day or a moment; `Score` is a number", None),
        ],
    ),
    (
        "Created > TODAY - 2 HOURS",
        [
            (
                "FC302",
                "TODAY - 2 HOURS",
                "HOURS are added to a moment; `TODAY` is a day",
                "write `NOW - 2 HOURS`, or count in DAYS",
            )
        ],
    ),
    (
        "Compny = 5 AND (Status = 'MLQ' OR Score = '1')",
        [
            ("FC201", "Compny", "unknown field `Compny`", "did you mean `Company`?"),
            ("FC202", "'MLQ'", "unknown picklist value `MLQ`", "did you mean `MQL`?"),
            ("FC302", "Score = '1'", "`Score` is a number, `'1'` is a text", "write `1`"),
        ],
    ),
]


@pytest.mark.parametrize(("text", "wanted"), MISFITS, ids=[text for text, _ in MISFITS])
def test_a_misfit_is_told_with_its_place_and_what_to_type(text, wanted):
    found = check_types(parse(text), Workspace())

    assert sorted((p.code, text[p.start : p.end], p.message, p.hint) for p in found) == sorted(wanted)
    assert list(found) == sorted(found, key=lambda p: (p.start, p.end))


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("Company", "account.Name"),
        ("Company", "'anything'"),
        ("Company", "BLANK"),
        ("Status", "'mql'"),
        ("Score", "MAX(Score, 1) + 1"),
        ("Blocked", "TRUE"),
        ("Trial", "TODAY + 30 DAYS"),
        ("Created", "NOW"),
        ("Topics", "'CI;CD'"),
        ("Partner_Id", "account.Id"),
    ],
)
def test_a_fitting_value_has_no_findings(field, text):
    assert check_value(parse_value(text), LEAD[field], Workspace()) == ()


@pytest.mark.parametrize(
    ("field", "text", "wanted"),
    [
        ("Status", "MQL", ("FC201", "unknown field `MQL`", "write the text in quotes: `'MQL'`")),
        ("Status", "Compny", ("FC201", "unknown field `Compny`", "did you mean `Company`?")),
        ("Status", "'MLQ'", ("FC202", "unknown picklist value `MLQ`", "did you mean `MQL`?")),
        ("Topics", "'CI;CX'", ("FC202", "unknown picklist value `CX`", "values: CI, CD, Security")),
        ("Phone", "BLANK", ("FC302", "the field may not be blank", None)),
        ("Score", "'5'", ("FC302", "`'5'` is a text, the field holds a number", "write `5`")),
        ("Blocked", "'yes'", ("FC302", "`'yes'` is a text, the field holds a checkbox", "write `TRUE`")),
        ("Trial", "NOW", ("FC302", "`NOW` is a moment, the field holds a day", "write `TODAY` for the day of routing")),
        (
            "Created",
            "TODAY",
            ("FC302", "`TODAY` is a day, the field holds a moment", "write `NOW` for the moment of routing"),
        ),
        ("Company", "Score + 1", ("FC302", "`Score + 1` is a number, the field holds a text", None)),
    ],
)
def test_a_value_that_does_not_fit_its_field_is_told(field, text, wanted):
    (found,) = check_value(parse_value(text), LEAD[field], Workspace())

    assert (found.code, found.message, found.hint) == wanted


def test_the_type_of_a_value_is_that_of_what_it_stands_for():
    assert type_of(parse_value("Status"), Workspace()) is LEAD["Status"]
    assert type_of(parse_value("PRIOR(Trial) + 3 DAYS"), Workspace()) is LEAD["Trial"]
    assert type_of(parse_value("BLANK"), Workspace()) is None


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("text", "01234", "01234"),
        ("text", "NO", "NO"),
        ("text", " kept ", " kept "),
        ("text", 1234, "1234"),
        ("text", "  ", None),
        ("text", None, None),
        ("number", " 12 ", 12.0),
        ("number", "-1.5e3", -1500.0),
        ("number", 7, 7.0),
        ("number", "", None),
        ("checkbox", "TRUE", True),
        ("checkbox", "no", False),
        ("checkbox", 1, True),
        ("checkbox", True, True),
        ("checkbox", "", False),
        ("checkbox", None, False),
        ("date", "2026-11-23", date(2026, 11, 23)),
        ("date", date(2026, 11, 23), date(2026, 11, 23)),
        ("datetime", "2026-11-23T09:00:00.000+0000", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("datetime", "2026-11-23T09:00Z", datetime(2026, 11, 23, 9, tzinfo=UTC)),
        ("datetime", "2026-11-23 09:00:00", datetime(2026, 11, 23, 17, tzinfo=UTC)),
        ("datetime", "2026-11-23T09:00:00+01:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("multipicklist", "CI; CD ;", ("CI", "CD")),
        ("multipicklist", ["CI", "CD"], ("CI", "CD")),
        ("multipicklist", " ; ", None),
        ("multipicklist", [], None),
        ("id", "001A000001LkQeA", Id("001A000001LkQeA")),
        ("owner", "queue/partner", "queue/partner"),
    ],
)
def test_the_text_of_a_file_becomes_a_value(kind, raw, value):
    made = coerce(raw, FieldType(kind), ZONE)

    assert (made, type(made)) == (value, type(value))


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", 1.5),
        ("text", True),
        ("text", {"secret": 1}),
        ("number", "secret"),
        ("number", "nan"),
        ("number", "1_000"),
        ("number", "1e999"),
        ("number", 10**400),
        ("number", True),
        ("checkbox", "secret"),
        ("checkbox", 2),
        ("date", "2026-02-30"),
        ("date", "20261123"),
        ("date", "1492-10-12"),
        ("date", datetime(2026, 11, 23, tzinfo=UTC)),
        ("datetime", "2026-12-01"),
        ("datetime", "2026-11-23T25:00Z"),
        ("datetime", "9999-12-31T23:59Z"),
        ("multipicklist", 5),
        ("multipicklist", ["CI", 5]),
        ("id", ["secret"]),
    ],
)
def test_what_is_no_such_value_is_refused_without_repeating_it(kind, raw):
    with pytest.raises(ValueError, match="needed") as caught:
        coerce(raw, FieldType(kind), ZONE)

    assert str(raw) not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("raw", "said"),
    [("2026-12-31 00:00:00", "not a moment"), ("2026-02-30", "no such day"), ("31.12.", "such as 2026-11-23")],
)
def test_what_is_wrong_with_a_day_is_said(raw, said):
    with pytest.raises(ValueError, match=said):
        coerce(raw, FieldType("date"), ZONE)


def test_equality_of_values_is_the_equality_of_conditions():
    assert equal(" ACME", "acme ", ZONE)
    assert equal(Id("001A000001LkQeA"), "001A000001LkQeAIAV", ZONE)
    assert not equal(None, None, ZONE)
    assert not equal(True, 1.0, ZONE)
