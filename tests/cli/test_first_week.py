"""What people ran into in their first week with a small routing of two releases."""

from tests.ops.promotion.week import git

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
    assert "--flow" not in past("show", "--node", "done").err
    assert (
        "hint: `flowctl show FLOW --node done`; flows with such a node: case, third"
        in past("show", "--node", "done").err
    )
    assert "hint: `flowctl show FLOW --node x`; flows: case, fourth, lead, third" in past("show", "--node", "x").err


def test_explain_of_an_unknown_code_names_the_nearest_of_its_hundred(past):
    assert "hint: the nearest is `FC008`; `flowctl explain --list` lists all" in past("explain", "FC099").err
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
