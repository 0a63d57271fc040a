"""Whole files that come, go or are none of ours, and what a merge reports."""

import pytest

from flowctl.diff import Decision, merge_text, settle, unsettled

FLOW = """flow: lead
object: Lead
title: "Live on 2026-11-16: as it was"
triggers: [created]
start: waiting
nodes:
  waiting: {type: assign, to: queue/raw, then: done}
  done: {type: end, result: routed}
"""
OURS, THEIRS = FLOW.replace("queue/raw", "queue/ours"), FLOW.replace("queue/raw", "queue/theirs")
REFORMATTED = FLOW.replace("{type: end, result: routed}", "{type: end,  result: 'routed'}")


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        (None, None, FLOW, FLOW),
        (None, FLOW, None, FLOW),
        (FLOW, FLOW, None, None),
        (FLOW, None, FLOW, None),
        (FLOW, None, REFORMATTED, None),
        (FLOW, REFORMATTED, None, None),
        (None, FLOW, REFORMATTED, FLOW),
    ],
)
def test_a_file_comes_or_goes_with_the_side_that_added_or_removed_it(base, ours, theirs, merged):
    result = merge_text("flow/lead", base, ours, theirs)

    assert (result.text, result.conflicts) == (merged, ())


@pytest.mark.parametrize(("ours", "theirs"), [(None, THEIRS), (OURS, None)])
def test_a_file_that_one_side_removed_and_the_other_changed_is_a_conflict(ours, theirs):
    result = merge_text("flow/lead", FLOW, ours, theirs)

    (conflict,) = result.conflicts
    assert (conflict.path, conflict.where) == ("", "the file")
    assert (conflict.base, conflict.ours, conflict.theirs, conflict.merged) == (FLOW, ours, theirs, result.text)
    assert unsettled("flows/lead.yaml", result.text) == ("",)
    for side, text in (("ours", ours), ("theirs", theirs)):
        assert settle("flows/lead.yaml", result.text, {"": side}) == (text or "")
        assert merge_text("flow/lead", FLOW, ours, theirs, take={"": side}).text == text


def test_a_file_that_both_added_is_merged_entry_by_entry():
    result = merge_text("flow/lead", None, OURS, THEIRS)

    assert settle("flows/lead.yaml", result.text, {"nodes/waiting": "ours"}) == OURS
    assert [conflict.where for conflict in result.conflicts] == ["node `waiting`"]


def test_a_conflict_shows_the_entry_on_all_sides():
    result = merge_text("flow/lead", FLOW, OURS, THEIRS.replace("  waiting", "  # since spring\n  waiting"))

    assert result.conflicts == (
        Decision(
            "nodes/waiting/to",
            "`to` of node `waiting`",
            "conflict",
            "both changed it",
            "to: queue/raw\n",
            "to: queue/ours\n",
            "to: queue/theirs\n",
            "to:\n"
            "  conflict:  # keep one of them in the place of `conflict:`\n"
            "    base: queue/raw\n"
            "    ours: queue/ours\n"
            "    theirs: queue/theirs\n",
        ),
    )
    assert "  # since spring\n  waiting:\n" in result.text


def test_what_theirs_brought_is_reported():
    result = merge_text("flow/lead", FLOW, OURS, FLOW.replace("routed", "held") + "  lost: {type: end, result: lost}\n")

    ours, theirs, lost = (f"{text}\n" for text in (
        "done: {type: end, result: routed}", "done: {type: end, result: held}", "lost: {type: end, result: lost}"
    ))  # fmt: skip
    assert result.taken == (
        Decision("nodes/done", "node `done`", "theirs", "only theirs changed it", ours, ours, theirs, theirs),
        Decision("nodes/lost", "node `lost`", "theirs", "only theirs added it", None, None, lost, lost),
    )


def test_a_title_that_only_theirs_changed_is_taken():
    theirs = FLOW.replace("2026-11-16: as it was", "2026-11-23: as it is")

    assert merge_text("flow/lead", FLOW, OURS, theirs).text == theirs.replace("queue/raw", "queue/ours")


def test_files_without_a_schema_are_merged_key_by_key():
    base = "calendar: monday\nenvironments:\n  staging: {adapter: local}\n"

    result = merge_text("flowctl.yaml", base, base.replace("monday", "sunday"), base.replace("local", "git"))

    assert (result.text, result.conflicts) == (base.replace("monday", "sunday").replace("local", "git"), ())


def test_a_file_that_is_one_mapping_in_brackets_is_opened():
    base = '{"users": {"bea.kim": {"name": "Bea Kim"}}, "queues": {"raw": {"name": "Raw"}}}\n'
    ours, theirs = base.replace("Bea Kim", "Bea K."), base.replace('"Raw"}', '"Raw Queue"}, "new": {"name": "New"}')

    assert merge_text("directory", base, ours, theirs).text == (
        '"users": {"bea.kim": {"name": "Bea K."}}\n"queues": {"raw": {"name": "Raw Queue"}, "new": {"name": "New"}}\n'
    )


@pytest.mark.parametrize("newline", ["", "\n"])
def test_a_file_without_a_last_line_end_can_grow(newline):
    base = "users:\n  bea.kim: {name: Bea Kim}\nqueues:\n  raw: {name: Raw}" + newline
    theirs = base.rstrip("\n") + "\n  new: {name: New}" + newline

    merged = merge_text("directory", base, base.replace("Bea Kim", "Bea K."), theirs).text

    assert merged.rstrip("\n") == theirs.replace("Bea Kim", "Bea K.").rstrip("\n")


def test_a_member_that_is_there_twice_is_merged_too():
    base = "roster: emea\nturns: order\nmembers:\n  - {user: ana}\n  - {user: bo}\n"
    twice, gone = base + "  - {user: ana, weight: 2}\n", base.replace("  - {user: ana}\n", "")

    result = merge_text("roster/emea", base, twice, gone)

    assert (result.text, result.conflicts) == (twice.replace("  - {user: ana}\n", ""), ())
