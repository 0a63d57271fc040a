"""`table` and `plan --only rosters` through the command line: flags, exit codes, what is on stdout and on stderr."""

import openpyxl
import pytest

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes


def change(path, sheet, /, **values):
    book = openpyxl.load_workbook(path)
    for place, value in values.items():
        book[sheet][place] = value
    book.save(path)


def test_tables_are_listed_and_shown(week):
    told, data = week("table", "list"), week("table", "list", "--json").data

    assert told.code == 0
    assert "tsp-territories" in told.out
    assert data["schema"] == "flowctl/table/1"
    territories = next(one for one in data["tables"] if one["table"] == "tsp-territories")
    assert territories["row_count"] >= territories["in_force"] > 0
    shown = week("table", "show", "tsp-territories", "--json").data
    assert len(shown["rows"]) == territories["row_count"]
    assert "in force on" in week("table", "show", "tsp-territories").out


def test_a_table_that_is_misspelt_is_told_with_the_closest(week):
    told = week("table", "show", "tsp-territory")

    assert (told.code, told.out) == (3, "")
    assert "did you mean `tsp-territories`?" in told.err


def test_a_workbook_goes_out_comes_back_and_is_reviewed(drafted):
    assert drafted("table", "export", "routing.xlsx").code == 0
    assert drafted("table", "import", "routing.xlsx").out == "nothing has changed\n"
    change(drafted.root / "routing.xlsx", "roster sdr-emea", B2=4)

    told = drafted("table", "import", "routing.xlsx", "roster/sdr-emea")

    assert told.code == 0
    assert "took roster/sdr-emea from routing.xlsx" in told.out
    assert "`weight` of member" in told.out
    assert told.out.rstrip().splitlines()[-1].startswith('next: flowctl save -m "roster/sdr-emea as in routing.xlsx"')
    assert drafted("diff", "--exit-code").code == 1


def test_what_is_wrong_in_a_workbook_is_told_on_stderr_with_exit_3(drafted):
    drafted("table", "export", "routing.xlsx")
    change(drafted.root / "routing.xlsx", "roster sdr-emea", A2="noor.hadad", B3="=1+1")

    told = drafted("table", "import", "routing.xlsx")

    assert (told.code, told.out) == (3, "")
    assert "roster sdr-emea!B3: error[FC510]: a formula" in told.err
    assert "1 problem in `routing.xlsx`: nothing was changed" in told.err
    change(drafted.root / "routing.xlsx", "roster sdr-emea", B3=1)
    told = drafted("table", "import", "routing.xlsx")
    assert "roster sdr-emea!A2: error[" in told.err
    assert "did you mean `noor.haddad`?" in told.err


@pytest.mark.parametrize(
    ("file", "name", "more"),
    [
        ("emea.csv", "roster/sdr-emea", " roster/sdr-emea"),
        ("tsp-territories.csv", "tsp-territories", ""),
        ("emea.xlsx", "roster/sdr-emea", ""),
    ],
)
def test_what_is_said_to_come_next_after_an_export_can_be_typed(drafted, file, name, more):
    told = drafted("table", "export", file, name)

    typed = f"flowctl table import {file}{more}"
    assert f"next: {typed}" in told.out.splitlines()[-1].partition("  (")[0] + "\n"
    assert drafted(*typed.split()[1:]).code == 0


def test_a_file_that_is_there_is_not_written_over(drafted):
    (drafted.root / "routing.xlsx").write_text("mine")

    told = drafted("table", "export", "routing.xlsx")

    assert told.code == 3
    assert "--force" in told.err
    assert (drafted.root / "routing.xlsx").read_text() == "mine"


@pytest.mark.parametrize("words", [["table", "import", "x.xlsx"], ["roster", "add", "sdr-emea", "bea.kim"]])
def test_on_main_the_error_says_what_to_type(week, words):
    (week.root / "x.xlsx").write_bytes(b"")
    told = week(*words)

    assert told.code == 3
    assert "no draft is checked out" in told.err
    assert "flowctl clone live" in told.err


@pytest.mark.parametrize("words", [["export"], ["import"], ["list"], ["show"], []])
def test_help_has_examples(week, words):
    told = week("table", *words, "--help")

    assert told.code == 0
    assert "Examples:" in told.out


# plan --only rosters ------------------------------------------------------------------------------------------------


def with_edits(drafted):
    drafted.edit("flows/lead.yaml", "Person_Score__c >= 0", "Person_Score__c >= 5")
    assert drafted("roster", "add", "sdr-emea", "bea.kim").code == 0
    assert drafted("save", "-m", "edits").code == 0
    return drafted


def test_rosters_alone_are_planned_and_promoted(drafted):
    with_edits(drafted)
    planned = drafted("plan", "--only", "rosters", "--json").data

    assert planned["promotion"]["kind"] == "roster"
    assert planned["promotion"]["only"] == "rosters"
    assert [part["part"] for part in planned["promotion"]["parts"]] == ["roster/sdr-emea"]
    assert {gate["gate"] for gate in planned["gates"]} == {"check", "tests", "freeze"}


def test_what_can_go_ahead_is_rosters(drafted):
    told = drafted("plan", "--only", "tables")

    assert told.code == 64
    assert "rosters" in told.err


def test_a_draft_without_rosters_has_none_to_send_ahead(drafted):
    told = drafted("plan", "--only", "rosters")

    assert told.code == 3
    assert "the draft changes no roster" in told.err


def test_only_belongs_to_a_new_plan(drafted):
    assert drafted("promote", "--only", "rosters", "--finish").code == 64


def test_the_rest_of_the_draft_stays_open(drafted):
    drafted.edit("flows/lead.yaml", "Person_Score__c >= 0", "Person_Score__c >= 5")
    assert drafted("roster", "weight", "sdr-emea", "tomas.zielinski", "2").code == 0
    assert drafted("save", "-m", "edits").code == 0
    planned = drafted("plan", "--only", "rosters")
    assert "next: flowctl promote --to production --only rosters" in planned.out

    told = drafted("promote", "--to", "production", "--only", "rosters", "--yes")

    assert told.code == 0, told.err
    assert "stays open" in told.out
    assert "roster/sdr-emea" not in drafted("diff").out
    assert "flow/lead" in drafted("status").out
    assert drafted("verify").code == 0
