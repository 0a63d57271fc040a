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


def test_rows_that_cannot_be_read_leave_no_gaps_to_tell():
    found = told("Acme,1-5,EMEA,sdr-emea", "Acme,6-9,ASIA,sdr-emea", "Acme,10-,EMEA,sdr-emea")

    assert [code for code, _, _ in found] == ["FC511"]


def test_a_table_whose_header_has_errors_is_there_all_the_same():
    assert [code for code, _, _ in told(HIT="frist")] == ["FC005"]
