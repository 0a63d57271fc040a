"""What people ran into in their first week with a small routing of two releases."""

import json

import pytest

from tests.ops.promotion.week import by_hand, git

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

EDIT = ("flows/lead.yaml", "Person_Score__c >= 50", "Person_Score__c >= 60")
BROKEN = ("flows/lead.yaml", "type: decision", "type: decisoin")


def with_draft(past, summary="Week"):
    assert past("clone", "live", "--no-stage", "--summary", summary).code == 0
    return past


def shipped(past, summary="Week", edit=EDIT):
    with_draft(past, summary)
    past.edit(*edit)
    assert past("save", "-m", "x").code == 0
    assert past("promote", "--yes").code == 0
    return past


def steps(told):
    """The last line: what to type next."""
    return told.out.rstrip().splitlines()[-1]


# -- log


def test_the_log_of_a_part_that_is_none_is_an_error_with_the_closest(past):
    assert past("log", "--part", "flow/lead", "--json").data["releases"]
    assert past("log", "--part", "flows/lead.yaml", "--json").data["releases"]
    for word, close in [("flow/laed", "flow/lead"), ("lead", "flow/lead"), ("sales", "roster/sales")]:
        told = past("log", "--part", word)
        assert told.code == 3
        assert f"there is no part `{word}`" in told.err
        assert f"did you mean `{close}`?" in told.err


def test_the_log_knows_a_part_that_is_gone(past):
    with_draft(past)
    (past.root / "flows/case.yaml").unlink()
    git(past.root, "rm", "-q", "-r", "flows/fixtures/case")
    past("save", "-m", "no cases")
    assert past("promote", "--yes").code == 0

    assert len(past("log", "--part", "flow/case", "--json").data["releases"]) == 2


def test_a_part_that_no_release_has_changed_has_an_empty_log(past):
    assert past("log", "--part", "settings", "--json").code == 0


# -- diff


def test_a_diff_of_a_file_that_cannot_be_read_is_no_answer(past):
    with_draft(past)
    past.edit(*BROKEN)
    told = past("diff")

    assert told.code == 3
    assert "flow/lead  ! cannot be read" in told.out
    assert "flowctl check" in told.err


def test_a_diff_of_a_new_file_that_cannot_be_read_is_no_answer_either(past):
    with_draft(past)
    (past.root / "flows/rosters/new.yaml").write_text("roster: new\nmembres: []\n")
    told = past("diff")

    assert told.code == 3
    assert "roster/new  + new" in told.out
    assert "did you mean `members`?" in told.out


def test_a_diff_of_new_files_that_read_is_one(past):
    with_draft(past)
    tables = past.root / "flows/tables"
    tables.mkdir()
    (tables / "t.yaml").write_text("table: t\ncolumns:\n  Country: {key: exact, type: text}\n  R: {type: text}\n")
    (tables / "t.csv").write_text("Country,R\nNO,north\n")
    told = past("diff")

    assert told.code == 0
    assert "table/t  + new" in told.out


def test_a_diff_of_a_part_that_is_none_is_an_error_with_the_closest(past):
    told = past("diff", "--part", "flow/laed")

    assert told.code == 3
    assert "did you mean `flow/lead`?" in told.err


# -- status


def test_status_leads_to_check_while_a_file_cannot_be_read(past):
    with_draft(past)
    past.edit(*BROKEN)
    broken = past("status")
    past.edit("flows/lead.yaml", "type: decisoin", "type: decision")
    past.edit(*EDIT)

    assert steps(broken) == "next: flowctl check  (a file cannot be read, and would not be saved)"
    assert steps(past("status")).startswith("next: flowctl save")


def test_status_leads_to_check_where_a_file_is_no_text(past):
    with_draft(past)
    (past.root / "flows/rosters/new.yaml").write_bytes(b"roster: \xff\n")

    assert past("status").code == 0
    assert steps(past("status")).startswith("next: flowctl check")


def test_two_drafts_of_one_title_are_told_by_their_ids(past):
    with_draft(past, "Other")
    assert "2026-11-23-other" not in past("status").out.partition("next:")[0]
    with_draft(past)
    with_draft(past)
    told = past("status").out.partition("next:")[0]

    assert "    2026-11-23-week: by Mia Chen, changes nothing yet" in told
    assert "    2026-11-23-week-2: by Mia Chen, changes nothing yet" in told
    assert "    by Mia Chen, changes nothing yet" in told


# -- errors as JSON


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("promote", "--yes", "--json"), 3, "no draft is checked out; "),
        (("log", "--part", "flow/laed", "-f", "json"), 3, "there is no part `flow/laed`"),
        (("log", "--format=json", "--wrong"), 64, "no such option `--wrong`"),
        (("lgo", "--json"), 64, "there is no command `lgo`"),
    ],
)
def test_who_asks_for_json_gets_errors_as_json_on_stderr(past, words, code, message):
    told = past(*words)
    error = json.loads(told.err)

    assert (told.code, told.out) == (code, "")
    assert list(error) == ["schema", "message", "hint", "found"]
    assert error["schema"] == "flowctl/error/1"
    assert error["message"].startswith(message)
    assert error["hint"]


def test_an_error_as_json_has_its_findings_with_their_places(past):
    with_draft(past)
    past.edit(*BROKEN)
    told = past("save", "-m", "x", "--json-into", "x.json", "--json")
    [found] = json.loads(told.err)["found"]

    assert told.code == 3
    assert (found["code"], found["place"]["file"], found["place"]["line"]) == ("FC006", "flows/lead.yaml", 9)


def test_json_that_is_asked_for_elsewhere_leaves_errors_as_text(past):
    assert past("log", "--part", "x", "--json-into", "x.json").err.startswith("error: ")
    assert past("diff", "--", "--json", "live").err.startswith("error: ")


def test_the_error_is_the_last_line_where_there_is_more(past):
    with_draft(past)
    past.edit(*EDIT)
    past("save", "-m", "x")
    told = past("promote", "--json")

    assert json.loads(told.err.splitlines()[-1])["hint"] == "`--yes` says it in advance"


# -- clone, drift


def test_a_clone_for_a_day_that_is_over_is_made_with_a_warning(past):
    told = past("clone", "live", "--no-stage", "--on", "2026-11-19", "--summary", "x")
    today = past("clone", "live", "--no-stage", "--on", "2026-11-20", "--summary", "x")

    assert told.code == 0
    assert "! 2026-11-19 is over" in told.out
    assert "is over" not in today.out


@pytest.mark.parametrize("day", ["2027-11-23", "2025-11-16", "2062-11-23"])
def test_a_clone_for_a_day_more_than_a_year_away_is_a_slip(past, day):
    told = past("clone", "live", "--on", day, "--summary", "x")

    assert told.code == 3
    assert f"{day} is more than a year away" in told.err
    assert past("status", "--json").data["drafts"] == []


def test_drift_that_was_adopted_leads_to_the_draft_that_has_it(past):
    by_hand(past.root.parent, "flows/lead.yaml", ">= 50", ">= 55")
    before = past("drift")
    past("clone", "live", "--adopt", "--no-stage", "--summary", "Keep it")
    here = past("drift")
    past("switch", "main")
    elsewhere = past("drift")

    assert steps(before).startswith("next: flowctl clone live --adopt")
    assert steps(here).startswith("next: flowctl status  (`Live on 2026-11-23: Keep it` has taken the change in")
    assert steps(elsewhere).startswith("next: flowctl switch 2026-11-23-keep-it")
    assert (before.code, here.code, elsewhere.code) == (1, 1, 1)


def test_drift_after_it_was_adopted_is_to_be_adopted_too(past):
    by_hand(past.root.parent, "flows/lead.yaml", ">= 50", ">= 55")
    past("clone", "live", "--adopt", "--no-stage", "--summary", "Keep it")
    by_hand(past.root.parent, "flows/lead.yaml", ">= 55", ">= 56")

    assert steps(past("drift")).startswith("next: flowctl clone live --adopt")


# -- promote


def test_a_second_promote_says_that_it_is_live_already_and_since_when(past):
    shipped(past)
    told = past("promote", "--yes")

    assert told.code == 3
    assert told.err.splitlines() == [
        "error: no draft is checked out; `Live on 2026-11-23: Week` is live already: release 2026-11-20, "
        "2026-11-20 16:00 UTC",
        '  hint: `flowctl clone live --summary "…"` makes the next draft',
    ]
    assert past("plan").err == told.err


def test_with_another_draft_open_a_second_promote_leads_to_it(past):
    with_draft(past, "Next")
    shipped(past)

    assert "hint: `flowctl switch 2026-11-23-next`" in past("promote", "--yes").err


# -- rollback


def test_a_second_rollback_says_that_live_is_one_and_where_it_goes(past):
    shipped(past)
    first = past("rollback", "production", "--reason", "too few", "--yes")
    second = past("rollback", "production", "--reason", "still too few", "--yes")

    assert "is itself a rollback" not in first.err
    assert second.code == 0
    assert (
        "! live is itself a rollback (release 2026-11-20.2: `Rollback to 2026-11-16: too few`); "
        "this one goes to 2026-11-09 (`Live on 2026-11-09: First leads`)"
    ) in " ".join(second.err.split())


# -- show, explain


def test_show_of_a_node_without_its_flow_names_the_flows_that_have_it(past):
    case = (past.root / "flows/case.yaml").read_text()
    (past.root / "flows/third.yaml").write_text(case.replace("flow: case", "flow: third"))
    lead = (past.root / "flows/lead.yaml").read_text()
    (past.root / "flows/fourth.yaml").write_text(lead.replace("flow: lead", "flow: fourth"))

    assert steps(past("show")) == "next: flowctl show case  (draws one of them)"
    told = past("show", "--node", "done")
    assert "--flow" not in told.err
    assert "hint: `flowctl show case --node done`; flows with such a node: case, third" in told.err
    assert "case, fourth, lead, third" in past("show", "--node", "x").err


def test_explain_of_an_unknown_code_names_the_nearest_of_its_hundred(past):
    assert "hint: the nearest is `FC010`; `flowctl explain --list` lists all" in past("explain", "FC099").err
    assert past("explain", "FC999").err.endswith("hint: `flowctl explain --list` lists all\n")
    assert "the nearest is `FC1" in past("explain", "fc199").err


def test_explain_lists_all_codes(past):
    told = past("explain", "--list")

    assert told.code == 0
    assert "Reading files\n  FC001  unreadable-file" in told.out
    assert {"code", "name", "severity", "title"} == set(past("explain", "--list", "--json").data["codes"][0])
    assert past("explain", "--list", "FC001").code == 64


# -- check


def test_check_names_a_file_that_nobody_reads(past):
    with_draft(past)
    (past.root / "flows/partner.yml").write_text("flow: partner\n")
    told = past("check")

    assert told.code == 0
    assert "flows/partner.yml:1:1: warning[FC008]: nobody reads `flows/partner.yml`" in told.out
    assert "flows/partner.yml" in past("check", "flows/partner.yml").out


def test_check_in_a_folder_hints_at_paths_that_work_there(past, monkeypatch):
    monkeypatch.chdir(past.root / "flows/rosters")

    assert past("check", "sales.yaml").code == 0
    assert "did you mean `sales.yaml`?" in past("check", "slaes.yaml").err
    assert "`flowctl check ../lead.yaml`" in past("check", "flows/lead.yaml").err
    assert "`flowctl check .`" in past("check", "flows/rosters").err
    assert past("check", "../lead.yaml").code == 0
