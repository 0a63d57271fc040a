"""`merge` as it is typed: preview, conflicts, taking sides, going on, taking it back; and at a terminal, asked."""

import json
import os
import pty
import select
import subprocess
import sys
import time

import pytest

from flowctl.cli.here import workspace
from flowctl.diag import Exit
from flowctl.diff import Decision
from flowctl.ops.merge import Unsettled, verify_merges
from flowctl.ops.merging.disputes import Dispute, still_open

pytestmark = pytest.mark.slow

LEAD, CASES, FIXTURES = "flows/lead.yaml", "flows/case.yaml", "flows/fixtures/lead/first.yaml"
SCORE = "Person_Score__c >= 50"


@pytest.fixture
def disputed(past):
    """A draft that is behind a hotfix, which changed the score that it changed, and other things."""
    past("clone", "live", "--summary", "Week", "--on", "2026-11-23")
    past.edit(LEAD, SCORE, "Person_Score__c >= 85")
    past.edit(FIXTURES, "Person_Score__c: 80}", "Person_Score__c: 90}")
    past("save", "-m", "scores")
    past("hotfix", "start", "--summary", "Urgent")
    past.edit(LEAD, SCORE, "Person_Score__c >= 60")
    past.edit(LEAD, "result: with marketing", "result: waiting")
    past("save", "-m", "urgent")
    assert past("hotfix", "finish", "--yes").code == Exit.DONE
    assert past("switch", "2026-11-23-week").code == Exit.DONE
    return past


def address_of(told):
    [line] = [line for line in told.out.splitlines() if "flowctl merge --take theirs" in line and "next:" not in line]
    return line.split("--take theirs ")[1].split()[0]


def test_a_preview_says_what_is_taken_and_what_is_in_dispute(disputed):
    told = disputed("merge", "live", "--preview")

    assert told.code == Exit.CONFLICTS == 6
    assert told.err == ""
    assert "merging live into Live on 2026-11-23: Week would stop: 1 conflict to settle" in told.out
    for line in (
        "theirs      release 2026-11-20",
        "base    when: Person_Score__c >= 50",
        "ours    when: Person_Score__c >= 85",
        "theirs  when: Person_Score__c >= 60",
    ):
        assert line in told.out
    assert "next: flowctl merge live" in told.out
    assert disputed("status").out.count("under way") == 0


def test_the_forms_of_a_preview_say_the_same(disputed):
    data = disputed("merge", "--preview", "--json").data
    markdown = disputed("merge", "--preview", "-f", "md")

    assert data["schema"] == "flowctl/merge/1"
    [open_] = data["open"]
    assert (data["stage"], open_["file"], open_["choice"]) == ("preview", LEAD, "conflict")
    assert open_["ours"].strip() == "when: Person_Score__c >= 85"
    assert [decision["choice"] for decision in data["decisions"]].count("theirs") >= 1
    assert markdown.code == Exit.CONFLICTS
    assert markdown.out.startswith("### merging live into")
    assert "`when: Person_Score__c >= 60`" in markdown.out


def test_a_merge_is_settled_by_taking_a_side(disputed):
    stopped = disputed("merge", "live")
    assert stopped.code == Exit.CONFLICTS
    address = address_of(stopped)
    assert address.startswith(f"{LEAD}:nodes/scored")

    refused = disputed("merge", "--continue")
    assert refused.code == Exit.CONFLICTS
    assert f"{LEAD}:" in refused.err
    assert "error[FC010]: both sides of a merge changed this" in refused.err
    assert "error: 1 conflict is not settled" in refused.err
    checked = disputed("check")
    assert checked.code == Exit.NO
    assert "FC010" in checked.out
    assert "1 conflict to settle" in disputed("status").out

    taken = disputed("merge", "--take", "theirs", address)
    assert (taken.code, taken.err) == (Exit.DONE, "")
    assert "next: flowctl merge --continue" in taken.out
    done = disputed("merge", "--continue")

    assert done.code == Exit.DONE
    assert "took live into Live on 2026-11-23: Week" in done.out
    assert "Person_Score__c >= 60" in (disputed.root / LEAD).read_text()
    assert disputed("merge", "live").out.startswith("nothing to take in")
    assert disputed("status").code == Exit.DONE


def test_a_merge_is_taken_back(disputed):
    before = (disputed.root / LEAD).read_text()
    disputed("merge", "live")
    assert "conflict:" in (disputed.root / LEAD).read_text()

    told = disputed("merge", "--abort")

    assert told.code == Exit.DONE
    assert (disputed.root / LEAD).read_text() == before
    assert disputed("merge", "--abort").code == Exit.CANNOT
    assert disputed("status", "--json").data["merge"] is None


def test_what_the_merge_has_no_part_in_stays_when_it_is_taken_back(disputed):
    before = (disputed.root / LEAD).read_text()
    disputed("merge", "live")
    with (disputed.root / CASES).open("a") as file:
        file.write("# mine\n")
    (disputed.root / LEAD).unlink()

    told = disputed("merge", "--abort")

    assert f"edits that stay, since the merge has no part in them: {CASES}\n" in told.out
    assert (disputed.root / CASES).read_text().endswith("# mine\n")
    assert (disputed.root / LEAD).read_text() == before
    assert workspace().unsaved() == (CASES,)


def test_sides_are_taken_at_once(disputed):
    told = disputed("merge", "live", "--take", "ours", LEAD)

    assert told.code == Exit.DONE
    assert "Person_Score__c >= 85" in (disputed.root / LEAD).read_text()
    assert "result: waiting" in (disputed.root / LEAD).read_text()


def test_what_a_take_names_must_be_there(disputed):
    told = disputed("merge", "live", "--take", "ours", "flows/leads.yaml")

    assert told.code == Exit.CANNOT
    assert "there is no open conflict at `flows/leads.yaml`" in told.err
    assert "did you mean `flows/lead.yaml`?" in told.err


def test_what_is_to_be_typed_can_be_pasted_where_a_label_has_spaces():
    open_ = Dispute(LEAD, Decision("nodes/scored/branches/not yet/when", "", "conflict", "", None, "a", "b", "c"))

    hint = Unsettled([open_]).hint

    assert hint
    assert "`flowctl merge --take ours 'flows/lead.yaml:nodes/scored/branches/not yet/when'`" in hint


def test_what_is_taken_from_another_draft_ships_as_ours(past):
    past("clone", "live", "--summary", "Trial", "--on", "2026-11-30", "--kind", "experiment")
    past.edit(LEAD, SCORE, "Person_Score__c >= 85")
    past("save", "-m", "trial")
    assert 'title: "Live on 2026-11-30: Trial"' in (past.root / LEAD).read_text()
    past("switch", "main")
    past("clone", "live", "--summary", "Week", "--on", "2026-11-23")

    told = past("merge", "2026-11-30-trial")

    assert told.code == Exit.DONE
    text = (past.root / LEAD).read_text()
    assert "Person_Score__c >= 85" in text
    assert 'title: "Live on 2026-11-23: Week"' in text
    git = workspace().git
    assert [verdict.agrees for verdict in verify_merges(workspace(), git.head().commit, git.resolve("main"))] == [True]


def test_a_mark_that_somebody_wrote_in_by_hand_is_told_as_one_of_the_file():
    conflict = Decision("rows/Norway", "row `Norway`", "conflict", "both changed it", "N,1\n", "N,2\n", "N,3\n", "")
    text = "Country,Owner\nNorway,2\n#conflict theirs\n"

    [open_] = still_open([("flows/tables/t.csv", conflict)], {"flows/tables/t.csv": text.encode()})

    assert (open_.address, open_.decision.where) == ("flows/tables/t.csv", "the file")


@pytest.mark.parametrize(
    "words",
    [
        ("save", "-m", "x"),
        ("merge", "live"),
        ("merge", "live", "--preview"),
        ("switch", "main"),
        ("clone", "live", "--summary", "x"),
        ("import", "--into", "staging"),
        ("plan",),
        ("promote", "--yes"),
        ("hotfix", "start", "--summary", "x"),
        ("hotfix", "start", "--from", "@draft"),
    ],
)
def test_while_a_merge_is_under_way_it_has_to_be_ended_first(disputed, words):
    disputed("merge", "live")

    told = disputed(*words)

    assert told.code == Exit.CANNOT
    assert "error: a merge of `live` is under way" in told.err
    assert "`flowctl merge --continue` ends it, `flowctl merge --abort` takes it back" in told.err


@pytest.mark.parametrize(
    "words",
    [
        ("--continue", "--abort"),
        ("--preview", "--abort"),
        ("live", "--continue"),
        ("--anyway",),
        ("--take", "ours", LEAD, "--abort"),
        ("--take", "ours", LEAD),
        ("--take", "mine", LEAD),
        ("--take", "ours"),
    ],
)
def test_what_cannot_be_meant_is_told(past, words):
    past("clone", "live", "--summary", "Week")

    told = past("merge", *words)

    assert (told.code, told.out) == (Exit.USAGE, "")
    assert "hint:" in told.err


def test_the_leads_that_tell_two_sides_apart_are_named(disputed):
    disputed.edit(FIXTURES, "- why: a lead without", MIDDLING + "- why: a lead without")
    disputed("save", "-m", "one more")

    told = disputed("merge", "live", "--preview")

    assert "1 lead of `lead` goes or ends elsewhere:" in told.out
    assert "a lead with a middling score waits: ours queue/marketing, theirs roster/sales" in told.out
    [open_] = disputed("merge", "live", "--preview", "--json").data["open"]
    assert open_["leads"] == [
        {
            "flow": "lead",
            "why": "a lead with a middling score waits",
            "ours": "queue/marketing",
            "theirs": "roster/sales",
        }
    ]


MIDDLING = """\
- why: a lead with a middling score waits
  now: 2026-01-05T09:00:00Z
  lead: {Email: mid@acme.example, Company: Acme, Person_Score__c: 70}
  expect: {owner: queue/marketing, ends: held}

"""


def test_a_result_that_is_wrong_waits_and_can_be_committed_anyway(disputed):
    disputed.edit(FIXTURES, "- why: a lead without", MIDDLING + "- why: a lead without")
    disputed("save", "-m", "one more")

    stopped = disputed("merge", "live", "--take", "theirs", LEAD)
    assert stopped.code == Exit.CONFLICTS
    assert "stops: 1 fixture that passed on each side" in stopped.out
    assert "next: flowctl merge --continue" in stopped.out
    assert disputed("merge", "--continue").code == Exit.CONFLICTS
    assert disputed("merge").code == Exit.CONFLICTS
    assert disputed("merge", "--json").data["proof"]["sound"] is False

    assert disputed("merge", "--continue", "--anyway").code == Exit.DONE


def test_the_hotfix_is_listed_for_open_drafts_and_taken_in_where_asked(past):
    past("clone", "live", "--summary", "Week", "--on", "2026-11-23")
    past.edit(LEAD, SCORE, "Person_Score__c >= 60")
    past("save", "-m", "scores")
    for summary, options in (("Urgent", ()), ("Again", ("--take-in",))):
        past("hotfix", "start", "--summary", summary)
        past.edit(LEAD, "result: with", "result: still with")
        past("save", "-m", summary)
        told = past("hotfix", "finish", "--yes", *options)
        assert told.code == Exit.DONE
        if not options:
            assert "flowctl switch 2026-11-23-week && flowctl merge live" in " ".join(told.out.split())
    assert "`Live on 2026-11-23: Week` of Mia Chen has taken it in" in " ".join(told.out.split())
    past("switch", "2026-11-23-week")
    assert past("merge", "live").out.startswith("nothing to take in")


@pytest.mark.parametrize("width", ["80", "120"])
def test_what_is_told_fits_the_terminal(disputed, width, monkeypatch):
    monkeypatch.setenv("COLUMNS", width)

    for words in (("merge", "live", "--preview"), ("merge", "live"), ("merge", "--take", "theirs", LEAD)):
        told = disputed(*words)
        long = [line for line in told.out.splitlines() if len(line) > int(width) and "flowctl" not in line]
        assert long == []


# -- real processes


def typed(root, *words):
    done = subprocess.run([sys.executable, "-m", "flowctl", *words], cwd=root, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_the_whole_way_in_processes_of_its_own(disputed):
    code, out, err = typed(disputed.root, "merge", "live", "--json")
    assert (code, err) == (6, "")
    [open_] = json.loads(out)["open"]
    assert typed(disputed.root, "merge", "--take", "theirs", open_["address"])[0] == 0
    code, out, err = typed(disputed.root, "merge", "--continue")
    assert (code, err) == (0, "")
    assert "\x1b" not in out


def at_terminal(root, answers, *words):
    """Runs a command at a terminal and types an answer whenever it asks; gives the exit code and what was shown."""
    shown = b""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(root)
        os.environ["NO_COLOR"] = "1"
        os.execv(sys.executable, [sys.executable, "-m", "flowctl", *words])
    waiting, asked = list(answers), 0
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                read = os.read(terminal, 65536)
            except OSError:
                break
            if not read:
                break
            shown += read
        if shown.count(b"the rest?") > asked and waiting:
            asked += 1
            os.write(terminal, f"{waiting.pop(0)}\n".encode())
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode("utf-8", "replace")


@pytest.mark.slow
def test_at_a_terminal_each_conflict_is_asked_and_the_merge_is_made(disputed):
    code, shown = at_terminal(disputed.root, ["x", "t"], "merge", "live")

    assert code == 0, shown
    assert "1 of 1" in shown
    assert "take [o]urs, [t]heirs, [e]dit it later, or [s]kip the rest?" in shown
    assert "took live into Live on 2026-11-23: Week" in shown
    assert "Person_Score__c >= 60" in (disputed.root / LEAD).read_text()


@pytest.mark.slow
@pytest.mark.parametrize("answer", ["e", "s"])
def test_at_a_terminal_a_conflict_can_be_left_in_the_file(disputed, answer):
    code, shown = at_terminal(disputed.root, [answer], "merge", "live")

    assert code == 6, shown
    assert "conflict:" in (disputed.root / LEAD).read_text()
    code, shown = at_terminal(disputed.root, ["o"], "merge")
    assert code == 0, shown
    assert "Person_Score__c >= 85" in (disputed.root / LEAD).read_text()
