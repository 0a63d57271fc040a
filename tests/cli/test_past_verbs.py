"""`show --blame`, `bisect`, `log -f md` and `diff --drafts`, through the command line."""

import re

import pytest

pytestmark = pytest.mark.slow  # real git, or the whole sample

FAIR = "badges scanned at a job fair belong to students, not to buyers"


# -- show --blame


def test_blame_stands_beside_the_tree_with_what_the_releases_are_called_below(past, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    told = past("show", "lead", "--blame")

    assert told.code == 0
    assert re.search(r"(?m)^~ 2026-11-16  Mia Chen  scored$", told.out)
    assert "2026-11-16  Live on 2026-11-16: Leads (1 node, Mia Chen)" in told.out
    assert told.out.endswith("~ changed, + made and never changed since\n")


def test_blame_of_a_node_is_its_whole_story(past):
    told = past("show", "lead", "--node", "scored", "--blame")
    said = " ".join(told.out.split())

    assert "~ branch `ready` of `scored` now asks `Person_Score__c >= 50` (was `Person_Score__c >= 40`)" in said
    assert "+ decision node `scored` is new" in said
    data = past("show", "lead", "--node", "scored", "--blame", "--json").data
    assert [touch["release"] for touch in data["changed_by"]] == ["2026-11-16", "2026-11-09"]


def test_blame_as_data_is_a_key_of_each_node(past):
    nodes = past("show", "lead", "--blame", "--json").data["nodes"]

    assert {node["id"]: node["blame"]["release"] for node in nodes}["scored"] == "2026-11-16"
    assert all("blame" not in node for node in past("show", "lead", "--json").data["nodes"])


def test_blame_says_which_edits_are_not_saved(past):
    assert past("clone", "live", "--summary", "Week").code == 0
    past.edit("flows/lead.yaml", "Person_Score__c >= 50", "Person_Score__c >= 60")

    assert re.search(r"(?m)^~ not saved  *Mia Chen  scored", past("show", "lead", "--blame").out)
    assert past("save", "-m", "60").code == 0
    assert re.search(r"(?m)^~ this draft  *Mia Chen  scored", past("show", "lead", "--blame").out)


def test_blame_of_several_flows_asks_for_one(past):
    assert "`flowctl show case --blame`; flows: case, lead" in past("show", "--blame").err


# -- bisect


def test_bisect_names_the_release_the_node_and_the_edit(week):
    told = week("bisect", "--lead", "job fair")

    assert told.code == 0
    assert told.out.startswith(f"{FAIR}\ngoes to user/list.import")
    assert "2026-11-11  Live on 2026-11-11: Suppress job fair scans (Jonas Weber" in told.out
    assert "the ways part at `last_moment` of lead" in told.out
    assert "~ `job fair` joins the list of branch `not for Sales Dev` of `last_moment`" in told.out
    assert "next: flowctl show lead --node last_moment --blame" in told.out
    assert "- `~` `job fair` joins the list" in week("bisect", "--lead", "job fair", "-f", "md").out
    [turn] = week("bisect", "--lead", "job fair", "--json").data["turns"]
    assert (turn["release"], turn["parting"]["node"], turn["moved"]) == ("2026-11-11", "last_moment", True)


def test_bisect_of_a_lead_that_always_went_there_is_1(past):
    told = past("bisect", "--lead", "without a score")

    assert told.code == 1
    assert "it always went where it goes now" in told.out


def test_bisect_says_how_a_lead_is_named(past):
    assert past("bisect").code == 64
    told = past("bisect", "--lead", "flows/fixtures/lead/first.yaml")
    assert told.code == 3
    assert "as in `--lead flows/fixtures/lead/first.yaml:1`" in told.err


def test_bisect_says_what_cannot_be_meant_before_it_looks_for_the_lead(past):
    turned = past("bisect", "--lead", "nobody", "--good", "live", "--bad", "2026-11-09")
    assert "release `2026-11-16` is newer than `2026-11-09`" in turned.err
    assert "holds `nobody` in release 2026-11-09" in past("bisect", "--lead", "nobody", "--bad", "2026-11-09").err
    with_data = past("bisect", "--lead", "without a score", "--data", "Account=a.csv")
    assert (with_data.code, "leave out `--data`" in with_data.err) == (3, True)


# -- log -f md


def test_the_changelog_tells_each_release_in_words(week):
    told = week("log", "-f", "md")
    sections = dict(re.findall(r"(?ms)^## (\S+): (.*?)(?=^## |\Z)", told.out))

    assert next(iter(sections)) == "2026-11-16"
    assert "weekly, by Priya Nair; 2 of 560 fixture leads moved." in sections["2026-11-16"]
    assert "- `>` branch 2 (`US PubSec account`) of `matched_lead` now comes before" in sections["2026-11-16"]
    assert "- `+` member `tomas.zielinski` is new" in sections["2026-11-03"]
    assert "- new flows: `account`, `account-segment`" in sections["2026-10-19"]
    assert "title" not in told.out


def test_the_changelog_can_begin_on_a_day_and_be_of_one_part(week):
    assert len(week("log", "--since", "2026-11-09", "--json").data["releases"]) == 3
    told = week("log", "--part", "directory", "-n", "1", "-f", "md")
    assert "`directory`" in told.out
    assert "flow/lead" not in told.out
    assert "`2026-13-01` is no day" in week("log", "--since", "2026-13-01").err
    assert week("log", "--since", "2027-01-01", "-f", "md").out == "No releases.\n"


def test_a_rollback_is_told_with_what_it_bars(past):
    assert past("rollback", "production", "--reason", "too few leads", "--yes").code == 0
    told = past("log", "-n", "1", "-f", "md")

    assert "Rollback to 2026-11-09: too few leads" in told.out
    assert "now asks `Person_Score__c >= 40` (was `Person_Score__c >= 50`)" in told.out
    assert "- taken back, and barred as it was: `flow/lead`" in told.out


# -- diff --drafts


def test_drafts_that_change_one_node_are_told_by_status_and_in_full_by_diff(past):
    for summary, score in (("One", 60), ("Two", 70)):
        assert past("clone", "live", "--summary", summary).code == 0
        past.edit("flows/lead.yaml", "Person_Score__c >= 50", f"Person_Score__c >= {score}")
        assert past("save", "-m", "score").code == 0
    said = " ".join(past("status").out.split())
    told = past("diff", "--drafts")

    assert "One` (Mia Chen) changes node `scored` of flow/lead, too: `flowctl diff --drafts` shows both" in said
    assert [o["name"] for o in past("status", "--json").data["others"]] == ["scored"]
    assert told.code == 0
    assert told.out.startswith(
        "1 place of this draft changed in 1 other open draft, too\n\nflow/lead\n  node `scored`\n"
    )
    assert past("diff", "--drafts", "--json").data["overlaps"][0]["theirs"]["owner"] == "Mia Chen"
    assert "- node `scored`" in past("diff", "--drafts", "-f", "md").out
    assert past("diff", "live", "--drafts").code == 64
    assert past("diff", "--drafts", "--part", "flow/case").out.startswith("nobody else changes what this draft changes")
