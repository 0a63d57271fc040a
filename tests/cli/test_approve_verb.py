"""`approve` through the command line, and what `plan`, `promote` and `rollback` say of approvals."""

import pytest

pytestmark = pytest.mark.slow  # real git

LEAD = ("flows/lead.yaml", "Person_Score__c >= 50", "Person_Score__c >= 60")


@pytest.fixture
def asked(past):
    """A saved draft of Mia's, and gates that ask for one approval."""
    for kind in ("weekly", "rollback"):
        past.edit("flowctl.yaml", f"{kind}: {{", f"{kind}: {{approvals: 1, ")
    git(past, "commit", "-q", "-am", "ask")
    assert past("clone", "live", "--summary", "Week").code == 0
    past.edit(*LEAD)
    assert past("save", "-m", "edit").code == 0
    return past


def git(place, *words):
    from tests.ops.promotion.week import git as typed

    return typed(place.root, *words)


@pytest.fixture
def bo(monkeypatch):
    """Somebody else at the keyboard, from when it is called."""

    def sit_down(name="Bo Lind", email="bo.lind@example.com"):
        for role in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{role}_NAME", name)
            monkeypatch.setenv(f"GIT_{role}_EMAIL", email)

    return sit_down


def test_a_plan_is_approved_by_a_colleague_and_promoted(asked, bo):
    told = asked("plan")
    command = told.out.rstrip().splitlines()[-1]
    assert told.code == 5
    assert "✗ approvals 0 of 1" in told.out
    assert command.startswith("next: flowctl approve ")
    assert command.endswith("(typed by a colleague)")
    plan = command.split()[3]
    blocked = asked("promote", "--yes")
    assert blocked.code == 5
    assert f"flowctl approve {plan}" in blocked.err

    bo()
    approved = asked("approve", plan)

    assert approved.code == 0
    assert approved.out == (
        f"✓ you approve of Live on 2026-11-23: Week ({plan})\n\n"
        "approvals   1 of 1: Bo Lind\n\n"
        "next: flowctl approve --list  (who has approved of what)\n"
    )
    assert f"{plan}  Live on 2026-11-23: Week" in asked("approve", "--list").out
    bo("Mia Chen", "mia.chen@example.com")
    shipped = asked("promote", "--yes")
    assert shipped.code == 0
    assert "approved    Bo Lind" in shipped.out
    assert "Mia Chen, approved by Bo Lind, 0 of 3 leads moved" in asked("log").out
    assert "weekly, by Mia Chen, approved by Bo Lind;" in asked("log", "-f", "md").out
    assert asked("verify").code == 0
    assert asked("approve", "--list").out.startswith("nobody has approved of a plan that is not live")


def test_ones_own_plan_and_what_is_no_plan_are_refused(asked):
    plan = asked("plan", "--json").data["id"]

    own, none = asked("approve", plan), asked("approve", "abc")

    assert (own.code, none.code) == (3, 3)
    assert "an approval of your own work does not count: Mia Chen owns the draft" in own.err
    assert "`abc` is no id of a plan" in none.err


def test_it_is_withdrawn(asked, bo):
    plan = asked("plan", "--json").data["id"]
    bo()
    asked("approve", plan)

    told = asked("approve", "--withdraw", plan[7:15], "--json")

    assert (told.code, told.data["withdrawn"], told.data["plan"]) == (0, True, plan)
    assert asked("approve", "--list", "--json").data["plans"] == []
    assert asked("approve", "--withdraw", plan).code == 3


def test_giving_it_twice_and_taking_it_back_say_so_and_what_to_type(asked, bo):
    plan = asked("plan", "--json").data["id"]
    bo()
    asked("approve", plan)

    assert asked("approve", plan).out.startswith("✓ you have already approved of Live on 2026-11-23: Week")
    assert asked("approve", "--withdraw", plan).out == (
        f"✓ you approve of Live on 2026-11-23: Week ({plan[7:15]}) no more\n\n"
        "next: flowctl approve --list  (who has approved of what)\n"
    )


def test_a_file_that_is_something_else_is_not_told_what_it_lacks_to_be_a_plan(asked):
    told = asked("approve", "flows/lead.yaml")

    assert told.code == 3
    assert told.err == (
        "error: `lead.yaml` holds no plan\n  hint: name the file that `flowctl plan --json-into plan.json` writes\n"
    )


def test_a_file_of_a_plan_is_named_from_the_folder_that_it_lies_in(asked, bo, monkeypatch):
    asked("plan", "--json-into", "flows/plan.json")
    bo()
    monkeypatch.chdir(asked.root / "flows")

    told = asked("approve", "plan.json", "--json")

    assert told.code == 0
    assert told.data["gate"] == {"gate": "approvals", "passed": True, "figure": "1 of 1: Bo Lind"}


@pytest.mark.parametrize("words", [(), ("--list", "abcdef12"), ("--list", "--withdraw"), ("--withdraw",)])
def test_what_makes_no_sense_is_misuse(past, words):
    assert past("approve", *words).code == 64


def test_a_sign_off_written_by_hand_is_no_edit_of_a_draft(asked, bo):
    plan = asked("plan", "--json").data["id"]
    bo()
    asked("approve", plan)
    git(asked, "merge", "-q", "main", "-m", "with main")
    asked.edit(f"approvals/{plan[7:19]}-bo.lind@example.com.yaml", "Bo Lind", "Kim Lee")

    told = asked("plan")

    assert told.code == 3
    assert "was edited, and is written by commands only" in told.err


def test_a_rollback_that_needs_an_approval_says_which(asked, bo):
    git(asked, "switch", "-q", "main")
    blocked = asked("rollback", "production", "--reason", "too few leads", "--yes")
    assert blocked.code == 5
    plan = blocked.err.partition("flowctl approve ")[2].partition("`")[0]

    bo()
    assert asked("approve", plan[:8]).code == 0
    bo("Mia Chen", "mia.chen@example.com")

    assert asked("rollback", "production", "--reason", "too few leads", "--yes").code == 0


def test_a_pipelines_token_is_in_no_answer(asked, monkeypatch):
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_API_V4_URL", "http://127.0.0.1:9/api/v4")
    monkeypatch.setenv("CI_PROJECT_ID", "7")
    monkeypatch.setenv("CI_MERGE_REQUEST_IID", "12")
    monkeypatch.setenv("FLOWCTL_TOKEN", "s3cret-token")
    monkeypatch.setattr("flowctl.hosts.session.TRIES", 1)

    told = asked("plan")

    assert "the merge request was not asked: GitLab at `127.0.0.1:9` cannot be reached" in told.out
    assert "s3cret" not in told.out + told.err
