"""`switch`: to an open draft and back to main, by names that people type."""

import pytest

from tests.ops.promotion.week import git

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

EDIT = ("flows/lead.yaml", "Person_Score__c >= 50", "Person_Score__c >= 60")


@pytest.fixture
def two(past):
    """Two open drafts, the second one checked out."""
    assert past("clone", "live", "--no-stage", "--summary", "Press inquiries").code == 0
    assert past("clone", "live", "--no-stage", "--summary", "Badge scans").code == 0
    return past


PRESS = "2026-11-23-press-inquiries"


@pytest.mark.parametrize(
    "name",
    [PRESS, f"@{PRESS}", f"draft/{PRESS}", "press", "@press", "Press", "Live on 2026-11-23: Press inquiries"],
)
def test_a_draft_is_known_by_each_of_its_names(two, name):
    told = two("switch", name)

    assert told.code == 0
    assert "you are on Live on 2026-11-23: Press inquiries" in told.out
    assert told.out.rstrip().splitlines()[-1] == "next: flowctl status"
    assert git(two.root, "branch", "--show-current") == f"draft/{PRESS}"


def test_main_is_a_place_to_go_to_as_well(two):
    told = two("switch", "main", "--json")

    assert told.code == 0
    assert told.data == {
        "schema": "flowctl/switch/1",
        "branch": "main",
        "draft": None,
        "moved": True,
        "recovered": [],
    }
    assert git(two.root, "branch", "--show-current") == "main"


def test_who_is_there_already_is_told_so_and_keeps_the_edits(two):
    two.edit(*EDIT)
    told = two("switch", "badge")

    assert told.code == 0
    assert "you are already on Live on 2026-11-23: Badge scans" in told.out
    assert two("status", "--json").data["unsaved"] == ["flows/lead.yaml"]


def test_unsaved_edits_are_refused_and_stay(two):
    two.edit(*EDIT)
    told = two("switch", "press")

    assert told.code == 3
    assert told.err.splitlines() == [
        "error: `flows/lead.yaml` has unsaved edits",
        '  hint: `flowctl save -m "what changed"`',
    ]
    assert EDIT[2] in (two.root / EDIT[0]).read_text()


def test_edits_on_main_can_be_saved_nowhere_and_the_hint_says_what_to_do(two):
    two("switch", "main")
    two.edit(*EDIT)
    told = two("switch", "press")

    assert told.code == 3
    assert "has edits that belong to no draft" in told.err
    assert "git stash" in told.err


def test_a_name_that_is_misspelt_or_too_short_names_the_drafts(two):
    assert f"did you mean `{PRESS}`?" in two("switch", "2026-11-23-pres-inquirys").err
    assert "`2026-11-23` stands for 2 drafts" in two("switch", "2026-11-23").err
    assert "there is no open draft `zzz`" in two("switch", "zzz").err
    assert f"open drafts: 2026-11-23-badge-scans, {PRESS}; and `main`" in two("switch", "zzz").err


def test_a_draft_that_has_shipped_is_no_place_to_work(two):
    two.edit(*EDIT)
    two("save", "-m", "x")
    assert two("promote", "--yes").code == 0
    two("switch", "press")

    told = two("switch", "2026-11-23-badge-scans")
    assert told.code == 3
    assert "the draft `Live on 2026-11-23: Badge scans` has shipped, and is live: release 2026-11-20" in told.err


def test_a_colleagues_draft_is_taken_up_from_the_remote(two):
    git(two.root.parent, "init", "-q", "--bare", "-b", "main", "origin.git")
    git(two.root, "remote", "add", "origin", "../origin.git")
    git(two.root, "push", "-q", "origin", "--all")
    git(two.root, "fetch", "-q")
    git(two.root, "branch", "-q", "-D", f"draft/{PRESS}")
    told = two("switch", "press")

    assert told.code == 0
    assert git(two.root, "branch", "--show-current") == f"draft/{PRESS}"


def test_status_and_errors_lead_to_the_verb(two):
    two("switch", "main")

    assert two("status", "--json").data["next"]["command"] == "flowctl switch 2026-11-23-badge-scans"
    assert "`flowctl switch 2026-11-23-badge-scans`" in two("save", "-m", "x").err


def test_a_shell_is_offered_the_open_drafts_and_main(two, monkeypatch):
    from flowctl.cli.switch import _names

    assert [name for name, _ in _names("")] == ["2026-11-23-badge-scans", PRESS, "main"]
    assert [name for name, _ in _names("@2026-11-23-b")] == ["@2026-11-23-badge-scans"]
    monkeypatch.chdir(two.root.parent)
    assert _names("") == []
