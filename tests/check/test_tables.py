"""What is said of tables beyond the examples of each check."""

import pytest

from tests.check.workspace import check

FLOW = """\
--- flows/lead.yaml
flow: lead
object: Lead
triggers: [created]
start: look
nodes:
  look: {type: lookup, table: territory, as: territory, by: {BY}, found: ask, missing: done}
  ask:
    type: decision
    branches:
      - {when: WHEN, label: yes, then: turn}
    otherwise: done
  turn: {type: rotate, roster: ROSTER, then: done, nobody: done}
  done: {type: end, result: Handled}
--- flows/tables/territory.yaml
table: territory
hit: HIT
columns:
  Company: {key: KEY, type: text}
  Employees: {key: range, type: number}
  Region: {type: picklist, values: [AMER, EMEA]}
  Roster: {type: roster}
--- flows/tables/territory.csv
Company,Employees,Region,Roster
"""
FINE = {
    "BY": "Company: Company, Employees: Employees__c",
    "WHEN": "territory.Region = 'EMEA'",
    "ROSTER": "territory.Roster",
    "HIT": "unique",
    "KEY": "exact",
}


def told(*rows, **changes):
    text = FLOW + "".join(f"{row}\n" for row in rows or ["Acme,1-100,EMEA,sdr-emea"])
    for name, value in (FINE | changes).items():
        text = text.replace(name, value)
    return [(d.code, d.span.line, d.message) for d in check(text)]


def test_nothing_is_said_of_a_sound_table():
    assert told() == []


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("Company: Company", "no value for `Employees`, which `territory` is looked up by"),
        (FINE["BY"] + ", Region: Status", "`Region` is no key of the table `territory`"),
        (FINE["BY"] + ", Regoin: Status", "`Regoin` is no column of the table `territory`"),
    ],
)
def test_a_lookup_gives_every_key_a_value_and_nothing_else(by, message):
    assert [(code, said) for code, _, said in told(BY=by)] == [("FC525", message)]


def test_a_value_that_is_looked_up_fits_its_column():
    assert [code for code, _, _ in told(BY="Company: Company, Employees: Company")] == ["FC302"]
    assert [code for code, _, _ in told(BY="Company: Compny, Employees: Employees__c")] == ["FC201"]


def test_columns_of_a_row_are_fields_with_their_types():
    assert [code for code, _, _ in told(WHEN="territory.Regoin = 'EMEA'")] == ["FC201"]
    assert [code for code, _, _ in told(WHEN="territory.Region = 'EMAE'")] == ["FC202"]
    assert "FC302" in [code for code, _, _ in told(WHEN="territory.Employees > 5")]


def test_a_rotate_by_a_row_names_a_column_of_rosters():
    assert told(ROSTER="territory.Region") == [("FC528", 12, "`Region` of the table `territory` names no roster")]
    assert ("FC528", 12, "no lookup gives a row the name `teritory`") in told(ROSTER="teritory.Roster")


def test_prefixes_and_patterns_of_unique_rows_overlap():
    prefixes = told("10,1-5,EMEA,sdr-emea", "101,5-9,EMEA,sdr-emea", "11,1-5,EMEA,sdr-emea", KEY="prefix")
    patterns = told("*.gov,1-5,EMEA,sdr-emea", "irs.*,5-9,EMEA,sdr-emea", "*.edu,1-5,EMEA,sdr-emea", KEY="wildcard")

    assert [(code, line) for code, line, _ in prefixes] == [("FC520", 3)]
    assert [(code, line) for code, line, _ in patterns] == [("FC520", 3), ("FC520", 4)]


def test_a_row_for_the_rest_is_fine_where_the_first_one_wins_and_fills_gaps():
    rows = "Acme,1-5,EMEA,sdr-emea", "Acme,10-,EMEA,sdr-emea", ",,AMER,sdr-emea"

    assert told(*rows, HIT="first") == []
    assert [code for code, _, _ in told(*rows)] == ["FC520"]


def test_each_row_is_told_once_however_many_stand_in_its_way():
    rows = [f"Acme,{n}-,EMEA,sdr-emea" for n in range(5)]

    assert [code for code, _, _ in told(*rows)] == ["FC520"] * 4


def test_a_hundred_rows_are_told_one_by_one_and_the_rest_is_counted():
    found = told(*(f"Acme,{n}-,EMEA,sdr-emea" for n in range(151)))

    assert [code for code, _, _ in found] == ["FC520"] * 101
    assert found[-1][2] == "50 rows more of the table are like that"


def test_a_table_in_which_too_many_rows_meet_says_that_not_all_pairs_were_looked_at(monkeypatch):
    monkeypatch.setattr("flowctl.check.rules.tables.PAIRS", 100)

    found = told(*(f"Acme,{n}-,EMEA,sdr-emea" for n in range(151)))

    assert "only 100 pairs of rows of the table were compared" in [message for _, _, message in found]


def test_rows_that_cannot_be_read_leave_no_gaps_to_tell():
    found = told("Acme,1-5,EMEA,sdr-emea", "Acme,6-9,ASIA,sdr-emea", "Acme,10-,EMEA,sdr-emea")

    assert [code for code, _, _ in found] == ["FC511"]


def test_an_inactive_user_may_be_what_a_row_is_found_by():
    table = """\
--- flows/directory.yaml
users: {omar.saleh: {name: Omar Saleh, active: false}}
--- flows/tables/handover.yaml
table: handover
columns: {Was: {key: exact, type: user}, Owner: {type: user}, Backup: {type: owner}}
--- flows/tables/handover.csv
Was,Owner,Backup
omar.saleh,omar.saleh,user/omar.saleh
"""

    assert [(d.code, d.span.line, d.span.column) for d in check(table)] == [("FC529", 2, 12), ("FC529", 2, 23)]


DATED = """\
--- flows/tables/t.yaml
table: t
hit: first
columns: {A: {key: exact, type: text}, from: {type: date}, until: {type: date}}
--- flows/tables/t.csv
A,from,until
"""


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        (["x,,2026-06-30", "x,2026-07-01,"], []),
        (["x,,2026-06-30", "y,2026-06-01,"], []),
        (["x,,2026-06-30", "x,2026-06-30,"], ["FC532"]),
        (["x,2026-06-30,", "x,,2026-06-30"], ["FC532"]),
        (["x,2026-06-01,2026-06-30", "x,2026-01-01,"], ["FC532"]),
        (["x,2026-01-01,", "x,2026-06-01,2026-06-30"], ["FC522"]),
        (["x,2026-01-01,", "x,2026-01-01,"], ["FC521"]),
    ],
)
def test_rows_that_hold_on_the_same_days_are_remarked_where_the_first_one_wins(rows, codes):
    found = check(DATED + "".join(f"{row}\n" for row in rows))

    assert [(d.code, d.span.line, "line 2" in d.message) for d in found] == [(code, 3, True) for code in codes]


def test_a_table_whose_header_has_errors_is_there_all_the_same():
    assert [code for code, _, _ in told(HIT="frist")] == ["FC005"]
