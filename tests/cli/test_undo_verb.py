"""`undo`: what the last command did is taken back, from where the command left it and from nowhere else."""

import os
import random
import shutil

import pytest

from tests.cli.conftest import Place
from tests.ops.promotion.week import BO, by_hand, git, make_shared, person

pytestmark = pytest.mark.slow  # real git: together they take minutes

LEAD, SALES = "flows/lead.yaml", "flows/rosters/sales.yaml"
EDIT = (LEAD, "Person_Score__c >= 50", "Person_Score__c >= 60")
CLONE = ("clone", "live", "--no-stage", "--summary")
DRAFT = "draft/2026-11-23-press"


@pytest.fixture
def press(past):
    """A draft, checked out, that changes nothing yet."""
    assert past(*CLONE, "Press").code == 0
    return past


@pytest.fixture(scope="session")
def made_shared(tmp_path_factory):
    top = tmp_path_factory.mktemp("shared")
    make_shared(top)
    return top


@pytest.fixture
def shared(made_shared, tmp_path, monkeypatch, capsys):
    """As `past`, with a remote, and a colleague's clone in `bo` beside it."""
    top = shutil.copytree(made_shared, tmp_path / "top", symlinks=True)
    monkeypatch.chdir(top / "ana")
    return Place(top / "ana", capsys)


@pytest.fixture
def bo(shared, monkeypatch):
    """Commands that the colleague types."""
    place = Place(shared.root.parent / "bo", shared.capsys)

    def call(*words):
        with monkeypatch.context() as moved, person(*BO):
            moved.chdir(place.root)
            return place(*words)

    call.edit = place.edit
    return call


def state(root):
    """All that people have: where they are, all branches, the files, what is staged and unsaved."""
    files = {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and not {".git", ".flowctl"} & set(path.relative_to(root).parts)
    }
    return (
        git(root, "symbolic-ref", "HEAD"),
        git(root, "for-each-ref", "refs/heads", "refs/tags"),
        git(root, "status", "--porcelain"),
        files,
    )


def done(told):
    assert told.code == 0, told.err
    return told


def refused(place, *words):
    """What an undo says that does nothing."""
    before = state(place.root)
    told = place("undo", *words)
    assert told.code in (3, 4)
    assert state(place.root) == before
    return told.err


# each command ------------------------------------------------------------------------------------------------------


def test_after_a_save_the_edits_are_unsaved_again(press):
    press.edit(*EDIT)
    (press.root / "flows/rosters/new.yaml").write_text("roster: new\nmembers: []\n")
    (press.root / "flows/fixtures/case/all.yaml").unlink()
    before = state(press.root)
    done(press("save", "-m", "more"))

    told = done(press("undo"))

    assert state(press.root) == before
    assert told.out.splitlines()[0] == "✓ took back flowctl save -m more"
    assert "3 files with unsaved edits" in told.out
    assert told.out.rstrip().splitlines()[-1] == "next: flowctl status  (flowctl undo --redo brings it back)"


def test_the_title_that_a_save_put_into_a_flow_goes_as_well(press):
    press.edit(*EDIT)
    before = (press.root / LEAD).read_bytes()
    assert "is called" in done(press("save", "-m", "more")).out

    done(press("undo"))

    assert (press.root / LEAD).read_bytes() == before


def test_what_was_edited_since_a_save_is_not_lost(press):
    press.edit(*EDIT)
    done(press("save", "-m", "more"))
    press.edit(LEAD, "label: ready", "label: warm")
    edited = (press.root / LEAD).read_bytes()

    told = done(press("undo", "--json")).data

    assert (press.root / LEAD).read_bytes() == edited
    assert told["unsaved"] == [LEAD]
    assert b"label: ready" in git(press.root, "show", f"HEAD:{LEAD}").encode()


def test_after_a_clone_you_are_where_you_were_and_the_draft_is_gone(past):
    before = state(past.root)
    done(past("clone", "live", "--summary", "Press"))

    told = done(past("undo"))

    assert state(past.root) == before
    assert "you are on `main` again" in told.out
    assert f"`{DRAFT}` is gone" in told.out
    assert "staging still holds it" in told.out


def test_a_switch_is_taken_back(press):
    done(press(*CLONE, "Badges"))
    before = state(press.root)
    done(press("switch", "press"))

    assert "you are on `draft/2026-11-23-badges` again" in done(press("undo")).out
    assert state(press.root) == before


def test_a_merge_is_taken_back(press):
    press.edit(*EDIT)
    done(press("save", "-m", "press"))
    done(press("switch", "main"))
    done(press(*CLONE, "Badges"))
    press.edit("flows/case.yaml", "result: done}", "result: with support}")
    done(press("save", "-m", "badges"))
    before = state(press.root)
    done(press("merge", DRAFT))

    done(press("undo"))

    assert state(press.root) == before


def test_a_hotfix_that_was_a_draft_is_a_draft_again(press):
    done(press("switch", "main"))
    before = state(press.root)
    done(press("hotfix", "start", "--from", DRAFT.removeprefix("draft/")))
    assert "kind: hotfix" in (press.root / "drafts/2026-11-23-press.yaml").read_text()

    done(press("undo"))

    assert state(press.root) == before


def test_a_hotfix_from_live_is_taken_back(past):
    before = state(past.root)
    done(past("hotfix", "start", "--summary", "Now"))

    done(past("undo"))

    assert state(past.root) == before


@pytest.mark.parametrize(
    "words",
    [
        ("roster", "out", "ana.silva", "--from", "2026-12-21", "--to", "2026-12-23"),
        ("roster", "weight", "sales", "ana.silva", "4"),
        ("roster", "remove", "sales", "ben.okafor"),
        ("fmt",),
    ],
)
def test_files_that_a_command_wrote_hold_again_what_they_held(press, words):
    press.edit(LEAD, "when: Person_Score__c >= 50", "when: Person_Score__c>=50")
    before = state(press.root)
    done(press(*words))
    after = state(press.root)
    assert after != before

    told = done(press("undo"))

    assert state(press.root) == before
    assert "is as before" in told.out
    done(press("undo", "--redo"))
    assert state(press.root) == after


def test_an_export_is_taken_back(press):
    by_hand(press.root.parent, LEAD, ">= 50", ">= 55")
    (press.root.parent / "envs/production/live/flows/extra.yaml").write_text(
        "flow: extra\nobject: Lead\nstart: a\nnodes:\n  a: {type: end, result: a}\n"
    )
    before = state(press.root)
    exported = done(press("export", "production", "--json")).data["files"]
    assert LEAD in exported

    done(press("undo"))

    assert state(press.root) == before


def test_a_table_import_is_taken_back(drafted):
    table = next((drafted.root / "flows/tables").glob("*.csv"))
    before = table.read_bytes()
    sheet = drafted.root.parent / table.name
    sheet.write_bytes(b"\n".join(before.splitlines()[:-1]) + b"\n")
    done(drafted("table", "import", str(sheet)))
    assert table.read_bytes() != before

    done(drafted("undo"))

    assert table.read_bytes() == before


# one after the other -----------------------------------------------------------------------------------------------


def some_commands(place, seed):
    """Commands in some order, each of which does something; stops after each."""
    pick = random.Random(seed)
    for n in range(7):
        if git(place.root, "status", "--porcelain"):
            may = ("weight", "save")
        elif git(place.root, "branch", "--show-current").startswith("draft/"):
            may = ("weight", "clone", "switch")
        else:
            may = ("clone",)
        match pick.choice(may):
            case "weight":
                yield done(place("roster", "weight", "sales", "ana.silva", str(n + 2)))
            case "save":
                yield done(place("save", "-m", f"save {n}"))
            case "clone":
                yield done(place(*CLONE, f"Draft {n}"))
            case "switch":
                yield done(place("switch", "main"))


@pytest.mark.parametrize("seed", range(4))
def test_undoing_all_leads_back_step_by_step_and_redoing_all_leads_forth(past, seed):
    states = [state(past.root), *(state(past.root) for _ in some_commands(past, seed))]

    for before in states[-2::-1]:
        done(past("undo"))
        assert state(past.root) == before
    assert past("undo").code == 3
    for after in states[1:]:
        done(past("undo", "--redo"))
        assert state(past.root) == after
    assert past("undo", "--redo").code == 3


def test_the_list_says_what_each_command_did_newest_first(press):
    press.edit(*EDIT)
    done(press("save", "-m", "MDF first"))
    done(press("undo"))

    told = done(press("undo", "--list"))

    assert told.out.splitlines() == [
        "   3  2026-11-20 16:00  flowctl undo",
        f"                        `{DRAFT}`: “draft: Live on 2026-11-23: Press”",
        f"                        wrote {LEAD}",
        "   2  2026-11-20 16:00  flowctl save -m 'MDF first' (taken back)",
        f"                        wrote {LEAD}",
        f"                        `{DRAFT}`: “MDF first”",
        "   1  2026-11-20 16:00  flowctl clone live --no-stage --summary Press",
        f"                        made `{DRAFT}`",
        f"                        went to `{DRAFT}`",
        "",
        "next: flowctl undo  (takes back 1)",
    ]


def test_an_operation_is_taken_back_by_its_number(press):
    done(press("roster", "weight", "sales", "ana.silva", "3"))
    press.edit(*EDIT)
    done(press("save", "-m", "both"))

    told = done(press("undo", "2", "--json")).data

    assert told["command"] == "flowctl roster weight sales ana.silva 3"
    assert told["unsaved"] == [SALES]
    assert "weight" not in (press.root / SALES).read_text()


def test_there_may_be_nothing_to_take_back(past):
    assert "there is nothing to take back" in past("undo").err
    assert "there is nothing to bring back" in past("undo", "--redo").err
    assert "there is no operation 9" in past("undo", "9").err
    assert done(past("undo", "--list")).out == "nothing was done here yet that could be taken back\n"
    assert past("undo", "--list", "--redo").code == 64


def test_who_goes_on_after_an_undo_cannot_bring_back(press):
    done(press("roster", "weight", "sales", "ana.silva", "3"))
    done(press("undo"))
    done(press("roster", "weight", "sales", "ana.silva", "5"))

    assert "something was done since" in refused(press, "--redo")


def test_a_clone_that_failed_is_no_operation(shared):
    hook = shared.root.parent / "origin.git/hooks/pre-receive"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)

    assert shared(*CLONE, "Press").code != 0

    assert "nothing was done here" in done(shared("undo", "--list")).out


def test_a_merge_that_waits_for_people_is_taken_back_by_its_own_command(press):
    press.edit(*EDIT)
    done(press("save", "-m", "press"))
    done(press("switch", "main"))
    done(press(*CLONE, "Badges"))
    press.edit(LEAD, "Person_Score__c >= 50", "Person_Score__c >= 70")
    done(press("save", "-m", "badges"))
    assert press("merge", DRAFT).code == 6

    said = refused(press)

    assert "is under way" in said
    assert "flowctl merge --abort" in said


def test_a_merge_that_people_have_settled_is_taken_back_and_comes_again(press):
    press.edit(*EDIT)
    done(press("save", "-m", "press"))
    done(press("switch", "main"))
    done(press(*CLONE, "Badges"))
    press.edit(LEAD, "Person_Score__c >= 50", "Person_Score__c >= 70")
    done(press("save", "-m", "badges"))
    before = state(press.root)
    press("merge", DRAFT)
    done(press("merge", "--take", "theirs", LEAD))
    done(press("merge", "--continue"))
    after = state(press.root)
    assert after != before

    done(press("undo"))
    assert state(press.root) == before

    done(press("undo", "--redo"))
    assert state(press.root) == after


def test_looking_is_no_operation(press):
    for words in (("status",), ("check",), ("diff",), ("log",), ("test",), ("plan",), ("undo", "--list")):
        press(*words)

    assert len(done(press("undo", "--list", "--json")).data["operations"]) == 1


# what is refused -----------------------------------------------------------------------------------------------------


def test_a_release_is_not_taken_back_and_the_way_back_is_named(press):
    press.edit(*EDIT)
    done(press("save", "-m", "more"))
    done(press("promote", "--to", "production", "--yes"))

    said = refused(press)

    assert "a release is live" in said
    assert "`flowctl rollback production --reason" in said


def test_an_import_is_not_taken_back(press):
    done(press("import", "--into", "staging"))

    said = refused(press)

    assert "staging holds the draft now" in said
    assert "flowctl import --into staging" in said


def test_what_was_done_before_an_import_is_taken_back_by_its_number(press):
    press.edit(*EDIT)
    done(press("save", "-m", "more"))
    done(press("import", "--into", "staging"))

    assert "next: flowctl undo 2  (takes back 2)" in done(press("undo", "--list")).out
    done(press("undo", "2"))

    assert press("status", "--json").data["unsaved"] == [LEAD]


def test_a_branch_that_git_has_moved_since_is_left_alone(press):
    press.edit(*EDIT)
    done(press("save", "-m", "more"))
    git(press.root, "commit", "-q", "--allow-empty", "-m", "by hand")

    assert f"`{DRAFT}` has moved on since" in refused(press)


def test_a_branch_that_is_gone_is_left_alone(press):
    git(press.root, "switch", "-q", "main")
    git(press.root, "branch", "-q", "-D", DRAFT)

    assert f"`{DRAFT}` is gone since" in refused(press)


def test_who_went_elsewhere_with_git_is_told_the_way_back(press):
    press.edit(*EDIT)
    done(press("save", "-m", "more"))
    git(press.root, "switch", "-q", "main")

    assert f"hint: `flowctl switch {DRAFT}`" in refused(press)


def test_unsaved_edits_are_never_lost_by_a_clone_that_is_taken_back(press):
    press.edit(*EDIT)

    said = refused(press)

    assert "has unsaved edits" in said
    assert "`git stash` puts them aside" in said


def test_new_files_are_never_lost_either(press):
    (press.root / "flows/new.yaml").write_text("flow: new\n")

    assert "has unsaved edits" in refused(press)


def test_a_file_that_was_edited_since_is_left_alone(press):
    done(press("roster", "weight", "sales", "ana.silva", "3"))
    press.edit(SALES, "weight: 3", "weight: 30")

    assert f"`{SALES}` was edited since" in refused(press)


def test_a_file_of_another_draft_is_left_alone(press):
    done(press("roster", "weight", "sales", "ana.silva", "3"))
    done(press("save", "-m", "three"))
    done(press("switch", "main"))
    done(press(*CLONE, "Badges"))
    (press.root / SALES).write_text(git(press.root, "show", f"{DRAFT}:{SALES}") + "\n")

    assert f"that was done on `{DRAFT}`" in refused(press, "2")


def test_nothing_is_taken_back_in_the_middle_of_a_merge_of_git(press):
    press.edit(*EDIT)
    done(press("save", "-m", "more"))
    (press.root / ".git/MERGE_HEAD").write_text(git(press.root, "rev-parse", "main") + "\n")

    assert "a merge of git is under way" in refused(press)


def test_another_work_tree_has_a_past_of_its_own(press, tmp_path, monkeypatch):
    git(press.root, "worktree", "add", "-q", str(tmp_path / "tree"), "main")
    monkeypatch.chdir(tmp_path / "tree")

    assert "there is nothing to take back" in press("undo").err


def test_a_branch_that_another_work_tree_is_on_by_now_is_not_gone_to(press, tmp_path):
    git(press.root, "worktree", "add", "-q", str(tmp_path / "tree"), "main")

    assert "`main` is checked out in" in refused(press)


def test_who_came_from_no_branch_is_told_the_way_back(past):
    git(past.root, "switch", "-q", "--detach", "main")
    done(past(*CLONE, "Press"))

    assert "`git switch --detach " in refused(past)


def test_edits_in_another_work_tree_are_never_lost(press, tmp_path):
    done(press("freeze", "add", "--from", "2026-12-21", "--to", "2027-01-03", "--reason", "winter"))
    git(press.root, "worktree", "add", "-q", str(tmp_path / "tree"), "main")
    (tmp_path / "tree" / LEAD).write_text("flow: lead\n")

    assert "has unsaved edits" in refused(press)
    git(tmp_path / "tree", "checkout", "-q", LEAD)
    done(press("undo"))
    assert git(tmp_path / "tree", "status", "--porcelain") == ""


def test_undo_works_from_a_subfolder_and_inside_a_hook(press, monkeypatch):
    done(press("roster", "weight", "sales", "ana.silva", "3"))
    monkeypatch.chdir(press.root / "flows")
    monkeypatch.setenv("GIT_DIR", str(press.root.parent / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(press.root.parent / "no-index"))

    done(press("undo"))

    assert "weight" not in (press.root / SALES).read_text()


# with a remote ------------------------------------------------------------------------------------------------------


def on_remote(place, branch=DRAFT):
    return git(place.root.parent / "origin.git", "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")


def test_a_save_that_others_could_see_is_taken_back_on_the_remote_too(shared):
    done(shared(*CLONE, "Press"))
    before = on_remote(shared)
    shared.edit(*EDIT)
    done(shared("save", "-m", "more"))
    assert on_remote(shared) != before

    told = done(shared("undo"))

    assert on_remote(shared) == before == git(shared.root, "rev-parse", "HEAD")
    assert "on the remote, too" in told.out
    done(shared("undo", "--redo"))
    assert on_remote(shared) == git(shared.root, "rev-parse", "HEAD") != before


def test_a_clone_that_others_could_see_is_gone_on_the_remote_too(shared):
    done(shared(*CLONE, "Press"))
    made = on_remote(shared)

    done(shared("undo"))
    assert on_remote(shared) == ""

    done(shared("undo", "--redo"))
    assert on_remote(shared) == made


def test_a_draft_that_somebody_else_has_changed_since_is_left_alone(shared, bo):
    done(shared(*CLONE, "Press"))
    shared.edit(*EDIT)
    done(shared("save", "-m", "more"))
    done(bo("status"))
    git(shared.root.parent / "bo", "fetch", "-q")
    done(bo("switch", "press"))
    bo.edit(LEAD, "label: ready", "label: warm")
    done(bo("save", "-m", "from bo"))
    there = on_remote(shared)

    said = refused(shared)

    assert f"somebody else has changed `{DRAFT}` on the remote since" in said
    assert f"`flowctl merge origin/{DRAFT}`" in said
    assert on_remote(shared) == there


def test_a_remote_that_cannot_be_reached_leaves_all_as_it_is(shared):
    done(shared(*CLONE, "Press"))
    (shared.root.parent / "origin.git").rename(shared.root.parent / "away.git")

    assert "failed" in refused(shared)


def test_a_remote_that_wants_no_step_back_leaves_all_as_it_is(shared):
    done(shared(*CLONE, "Press"))
    git(shared.root.parent / "origin.git", "config", "receive.denyDeletes", "true")

    refused(shared)

    assert on_remote(shared)


def test_what_is_on_main_for_everybody_is_not_taken_back(shared):
    done(shared("freeze", "add", "--from", "2026-12-21", "--to", "2027-01-03", "--reason", "winter"))

    said = refused(shared)

    assert "`main` is shared with everybody" in said
    assert "`flowctl freeze lift`" in said


def test_a_fetch_of_what_others_did_is_not_taken_back(shared, bo):
    done(bo(*CLONE, "Theirs"))
    bo.edit(*EDIT)
    done(bo("save", "-m", "theirs"))
    done(bo("promote", "--to", "production", "--yes"))
    done(shared(*CLONE, "Press"))
    after = git(shared.root, "rev-parse", "main")

    done(shared("undo"))

    assert git(shared.root, "rev-parse", "main") == after
    assert os.path.exists(shared.root / "releases/2026-11-20.yaml")
