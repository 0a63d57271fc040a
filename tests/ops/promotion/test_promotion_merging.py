"""A merge that waits for people: what stands in the files, how it ends, and what dies in between."""

import subprocess

import pytest

from flowctl.diag import Conflicts, Exit, FlowctlError
from flowctl.ops import merge as merging
from flowctl.ops.clone import clone_live
from flowctl.ops.merge import merge_into_draft, preview
from flowctl.ops.merging.state import pending_merge
from flowctl.ops.recover import take_up
from flowctl.ops.save import save
from flowctl.ops.status import status
from flowctl.ops.switch import switch_to
from tests.ops.promotion.week import (
    BO,
    CASES,
    DAY,
    FIXTURES,
    LEAD,
    NOW,
    ROSTER,
    at,
    begin,
    edit,
    git,
    person,
    planned,
    require_settled,
    ship,
)  # fmt: skip

pytestmark = pytest.mark.slow

MIDDLING = """
- why: a lead with a middling score goes to sales
  now: 2026-01-05T09:00:00Z
  lead: {Email: mid@acme.example, Company: Acme, Person_Score__c: 55}
  expect: {owner: user/ana.silva, ends: routed}
"""


def shipped_beside(ws, ships, edits, more=lambda ws: None):
    """Ships one draft beside another, which is checked out then, and has to take live in."""
    one = begin(ws, *ships, summary="First")
    more(ws)
    if ws.unsaved():
        save(ws, "more", NOW)
    ws.git.switch("main")
    two = begin(ws, *edits, summary="Second")
    ship(ws, draft=one)
    return two


def add_fixture(ws):
    (ws.root / FIXTURES).write_text((ws.root / FIXTURES).read_text() + MIDDLING)


@pytest.fixture
def disputed(ws):
    """A draft that changed the score that live has changed too, and one thing more."""
    shipped_beside(ws, ["lead", "case"], ["lead-more", "sales"])
    return ws


@pytest.fixture
def wrong(ws):
    """A draft whose text merges, and in which live's new fixture fails."""
    shipped_beside(ws, [], ["lead"], add_fixture)
    return ws


def snapshot(ws):
    """All files of the work tree but git's and ours."""
    every = (path for path in ws.root.rglob("*") if path.is_file())
    return {str(p.relative_to(ws.root)): p.read_bytes() for p in every if not {".git", ".flowctl"} & set(p.parts)}


def settle(ws, score):
    """As somebody settles it in an editor."""
    lines = (ws.root / LEAD).read_text().splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if "conflict:" in line)
    indent = len(lines[start]) - len(lines[start].lstrip())
    end = next(n for n, line in enumerate(lines[start + 1 :], start + 1) if len(line) - len(line.lstrip()) <= indent)
    before = lines[start - 1].rstrip("\n")
    lines[start - 1 : end] = [f"{before} Person_Score__c >= {score}\n"]
    (ws.root / LEAD).write_text("".join(lines))


# -- conflicts


def test_a_conflict_waits_in_the_file_and_nothing_is_committed(disputed):
    tip = disputed.tip(disputed.require_draft())

    report = merge_into_draft(disputed, "live", NOW)

    [dispute] = report.open
    assert (report.stage, report.stops, report.commit) == ("stopped", True, None)
    assert disputed.tip(disputed.require_draft()) == tip
    assert (dispute.path, dispute.found.code, dispute.found.span.file) == (LEAD, "FC010", LEAD)
    sides = dispute.decision
    assert [text.strip() for text in (sides.base, sides.ours, sides.theirs)] == [
        f"when: Person_Score__c >= {score}" for score in (50, 70, 60)
    ]
    assert disputed.unsaved() == (CASES, LEAD)
    assert "result: with support" in (disputed.root / CASES).read_text()
    names = report.sides.names
    assert (names.base, names.ours, names.theirs) == (
        "release 2026-11-16",
        "Live on 2026-11-23: Second",
        "release 2026-11-20",
    )


def test_a_preview_changes_nothing_and_finds_the_same(disputed):
    before = snapshot(disputed)

    seen = preview(disputed, "live", NOW)

    assert snapshot(disputed) == before
    assert pending_merge(disputed.git) is None
    done = merge_into_draft(disputed, "live", NOW)
    assert seen.decisions == done.decisions
    assert [dispute.address for dispute in seen.open] == [dispute.address for dispute in done.open]
    assert seen.files == done.files


def test_taking_a_side_and_going_on_commits_both_parents(disputed):
    ours = disputed.tip(disputed.require_draft())
    address = merge_into_draft(disputed, "live", NOW).open[0].address

    with pytest.raises(Conflicts) as caught:
        merging.go_on(disputed, NOW)
    assert caught.value.exit == Exit.CONFLICTS
    assert caught.value.message == "1 conflict is not settled"
    assert address in caught.value.hint
    assert [found.span.file for found in caught.value.found] == [LEAD]

    merging.take_sides(disputed, [("theirs", address)])
    report = merging.look_at(disputed, NOW)
    assert (report.open, report.stops) == ((), False)
    done = merging.go_on(disputed, NOW)

    assert done.stage == "merged"
    assert disputed.git.commit_info(done.commit).parents == (ours, disputed.main)
    assert "Person_Score__c >= 60" in (disputed.root / LEAD).read_text()
    assert disputed.require_draft().base.release == "2026-11-20"
    assert pending_merge(disputed.git) is None
    require_settled(disputed)
    ship(disputed, NOW + DAY)


@pytest.mark.parametrize("typed", [LEAD, f"{LEAD}:nodes", f"./{LEAD}:nodes/scored", "flows", "flows/"])
def test_a_side_is_taken_of_all_below_what_is_typed(disputed, typed):
    merge_into_draft(disputed, "live", NOW)

    merging.take_sides(disputed, [("ours", typed)])

    assert merging.look_at(disputed, NOW).open == ()
    assert "Person_Score__c >= 70" in (disputed.root / LEAD).read_text()


def test_a_side_can_be_taken_at_once(disputed):
    report = merge_into_draft(disputed, "live", NOW, [("theirs", LEAD)])

    assert report.stage == "merged"
    assert "Person_Score__c >= 60" in (disputed.root / LEAD).read_text()


@pytest.mark.parametrize("typed", [CASES, "flows/leads.yaml", f"{LEAD}:nodes/score"])
def test_what_is_no_conflict_cannot_be_taken(disputed, typed):
    with pytest.raises(FlowctlError, match=f"there is no open conflict at `{typed}`") as caught:
        merge_into_draft(disputed, "live", NOW, [("theirs", typed)])
    assert LEAD in caught.value.hint
    assert disputed.git.unsaved() == ()


def test_a_conflict_is_settled_by_editing_the_file(disputed):
    merge_into_draft(disputed, "live", NOW)

    settle(disputed, 65)

    assert merging.look_at(disputed, NOW).open == ()
    merging.go_on(disputed, NOW)
    assert "Person_Score__c >= 65" in (disputed.root / LEAD).read_text()
    require_settled(disputed)


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_file_that_one_side_removed_is_there_or_not_as_it_is_settled(ws, side):
    def remove(ws):
        (ws.root / CASES).unlink()
        (ws.root / "flows/fixtures/case/all.yaml").unlink()

    shipped_beside(ws, ["lead"], ["case"], remove)
    mine = (ws.root / CASES).read_bytes()

    [dispute] = merge_into_draft(ws, "live", NOW).open
    assert (dispute.path, dispute.address, dispute.found.span.file) == (CASES, CASES, CASES)
    merging.take_sides(ws, [(side, CASES)])

    assert ((ws.root / CASES).read_bytes() if side == "ours" else not (ws.root / CASES).exists()) in (mine, True)
    assert merging.go_on(ws, NOW, anyway=True).stage == "merged"
    require_settled(ws)


def test_a_file_that_is_none_of_ours_waits_as_well(ws):
    def write(text):
        (ws.root / "README.md").write_text(text)
        git(ws.root, "add", "README.md")

    shipped_beside(ws, ["case"], ["lead"], lambda ws: write("# Theirs\n"))
    write("# Ours\n")
    save(ws, "a title", NOW)

    [dispute] = merge_into_draft(ws, "live", NOW).open
    assert dispute.address == "README.md"
    with pytest.raises(Conflicts, match=r"1 conflict is not settled: `README\.md`"):
        merging.go_on(ws, NOW)
    (ws.root / "README.md").write_text("# Both\n")
    merging.go_on(ws, NOW)

    assert ws.git.read("HEAD", "README.md") == b"# Both\n"
    require_settled(ws)


def test_a_picture_that_one_side_changed_is_taken_as_it_is(ws):
    def paint(ws):
        (ws.root / "picture.png").write_bytes(b"\x89PNG\xff")
        git(ws.root, "add", "picture.png")

    shipped_beside(ws, ["lead"], ["case"], paint)

    assert merge_into_draft(ws, "live", NOW).stage == "merged"
    assert (ws.root / "picture.png").read_bytes() == b"\x89PNG\xff"


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_of_a_picture_that_both_sides_changed_one_is_taken(ws, side):
    def paint(data):
        (ws.root / "picture.png").write_bytes(data)
        git(ws.root, "add", "picture.png")

    shipped_beside(ws, ["case"], ["lead"], lambda ws: paint(b"theirs\xff"))
    paint(b"ours\xff")
    save(ws, "a picture", NOW)

    assert [dispute.address for dispute in merge_into_draft(ws, "live", NOW).open] == ["picture.png"]
    merging.take_sides(ws, [(side, "picture.png")])
    assert merging.go_on(ws, NOW).stage == "merged"

    assert ws.git.read("HEAD", "picture.png") == f"{side}".encode() + b"\xff"
    require_settled(ws)


def test_other_edits_made_meanwhile_belong_to_the_merge(disputed):
    merge_into_draft(disputed, "live", NOW, [])
    settle(disputed, 65)
    edit(disputed, "lead-held")
    (disputed.root / "flows/rosters/new.yaml").write_text("roster: new\nmembers:\n  - {user: ana.silva}\n")

    merging.go_on(disputed, NOW)

    assert disputed.git.unsaved() == ()
    assert b"result: waiting" in disputed.git.read("HEAD", LEAD)
    assert disputed.git.read("HEAD", "flows/rosters/new.yaml") is not None


def test_a_file_that_cannot_be_read_is_not_committed(disputed):
    merge_into_draft(disputed, "live", NOW)
    settle(disputed, 65)
    (disputed.root / ROSTER).write_text("roster: [")

    with pytest.raises(FlowctlError, match="files cannot be read") as caught:
        merging.go_on(disputed, NOW, anyway=True)
    assert caught.value.found


# -- taking it back


def test_aborting_brings_back_all_that_was(disputed):
    before = snapshot(disputed)
    head = disputed.git.head()
    merge_into_draft(disputed, "live", NOW)
    edit(disputed, "lead-held")

    aborted = merging.abort(disputed)

    assert (snapshot(disputed), disputed.git.head(), aborted.left) == (before, head, ())
    assert disputed.git.unsaved() == ()
    assert pending_merge(disputed.git) is None
    assert not (disputed.git.own_folder / "merge.json").exists()


def test_files_that_the_merge_brought_go_and_files_of_others_stay(ws):
    def bring(ws):
        (ws.root / "flows/rosters/night.yaml").write_text("roster: night\nmembers:\n  - {user: ana.silva}\n")

    shipped_beside(ws, ["lead"], ["lead-more"], bring)
    (ws.root / "leads.csv").write_text("Email\n")
    merge_into_draft(ws, "live", NOW)
    assert (ws.root / "flows/rosters/night.yaml").exists()
    (ws.root / "flows/rosters/mine.yaml").write_text("roster: mine\n")

    aborted = merging.abort(ws)

    assert aborted.left == ("flows/rosters/mine.yaml",)
    assert not (ws.root / "flows/rosters/night.yaml").exists()
    assert (ws.root / "leads.csv").exists()


def test_without_a_merge_there_is_nothing_to_end(ws):
    begin(ws, "lead")

    for end in (merging.abort, lambda ws: merging.go_on(ws, NOW), lambda ws: merging.look_at(ws, NOW)):
        with pytest.raises(FlowctlError, match="no merge is under way"):
            end(ws)


# -- while it is under way


def test_what_would_tear_the_merge_is_refused(disputed):
    merge_into_draft(disputed, "live", NOW)
    draft = disputed.require_draft()
    verbs = [
        lambda: save(disputed, "x", NOW),
        lambda: merge_into_draft(disputed, "live", NOW),
        lambda: preview(disputed, "live", NOW),
        lambda: switch_to(disputed, "main"),
        lambda: clone_live(disputed, "Next", NOW),
        lambda: disputed.require_saved(),  # what import, plan, promote and hotfix begin with
    ]

    for verb in verbs:
        with pytest.raises(FlowctlError, match="a merge of `live` is under way") as caught:
            verb()
        assert "`flowctl merge --continue`" in caught.value.hint
        assert "`flowctl merge --abort`" in caught.value.hint
    assert disputed.require_draft() == draft
    told = status(disputed, NOW)
    assert (told.merge.source, told.merge.open, told.next) == ("live", 1, "flowctl merge")


def test_a_commit_by_git_in_between_is_told(disputed):
    merge_into_draft(disputed, "live", NOW)
    git(disputed.root, "commit", "-q", "-a", "-m", "by hand")

    with pytest.raises(FlowctlError, match="was changed by git since the merge"):
        merging.go_on(disputed, NOW)
    merging.abort(disputed)
    assert pending_merge(disputed.git) is None


def test_on_another_branch_the_merge_waits(disputed):
    merge_into_draft(disputed, "live", NOW)
    git(disputed.root, "stash", "-q")
    git(disputed.root, "switch", "-q", "main")

    for end in (merging.abort, lambda ws: merging.go_on(ws, NOW)):
        with pytest.raises(FlowctlError, match="is not checked out") as caught:
            end(disputed)
        assert caught.value.hint.startswith("`git switch draft/2026-11-23-second`")


def test_a_file_in_the_way_is_not_overwritten(ws):
    def bring(ws):
        (ws.root / "notes.yaml").write_text("theirs: 1\n")
        git(ws.root, "add", "notes.yaml")

    shipped_beside(ws, ["lead"], ["lead-more"], bring)
    (ws.root / "notes.yaml").write_text("mine: 1\n")

    with pytest.raises(FlowctlError, match=r"`notes\.yaml` is in the way"):
        merge_into_draft(ws, "live", NOW)

    assert (ws.root / "notes.yaml").read_text() == "mine: 1\n"
    assert pending_merge(ws.git) is None


# -- clean, and wrong


def test_a_clean_merge_in_which_a_fixture_fails_waits(wrong):
    report = merge_into_draft(wrong, "live", NOW)

    assert (report.stage, report.open, report.stops) == ("stopped", (), True)
    assert [tested.fixture.why for tested in report.proof.failures] == ["a lead with a middling score goes to sales"]
    assert wrong.unsaved() == (FIXTURES,)
    assert merging.go_on(wrong, NOW).stage == "stopped"

    (wrong.root / FIXTURES).write_text((wrong.root / FIXTURES).read_text().replace("Score__c: 55", "Score__c: 65"))
    done = merging.go_on(wrong, NOW)

    assert (done.stage, done.proof.is_sound) == ("merged", True)
    require_settled(wrong)


def test_whatever_is_found_is_committed_when_somebody_says_so(wrong):
    merge_into_draft(wrong, "live", NOW)

    done = merging.go_on(wrong, NOW, anyway=True)

    assert done.stage == "merged"
    assert wrong.git.unsaved() == ()


def test_a_fixture_that_one_side_has_broken_by_itself_is_told_and_does_not_stop(ws):
    one = begin(ws, summary="First")
    (ws.root / LEAD).write_text((ws.root / LEAD).read_text().replace("Person_Score__c >= 50", "Person_Score__c >= 90"))
    save(ws, "broken", NOW)
    ws.git.switch("main")
    begin(ws, "case", summary="Second")

    report = merge_into_draft(ws, one.draft, NOW)

    assert report.stage == "merged"
    assert [tested.fixture.why for tested in report.proof.brought] == [
        "a lead with a good score goes to the first of sales"
    ]


# -- other drafts


def test_another_draft_is_merged_by_its_name_and_brings_what_it_stands_on(ws):
    old = begin(ws, "case", summary="Experiment", kind="experiment")
    ws.git.switch("main")
    ship(ws, draft=begin(ws, "lead", summary="First"))
    ws.git.switch(old.branch)
    merge_into_draft(ws, "live", NOW)
    ws.git.switch("main")
    week = begin(ws, "sales", summary="Week")

    report = merge_into_draft(ws, old.draft, NOW)

    assert (report.stage, report.sides.names.theirs) == ("merged", old.title)
    assert sorted(report.files) == [CASES]
    assert ws.require_draft().draft == week.draft
    assert ws.git.commit_info("HEAD").parents[1] == ws.tip(old)
    assert merge_into_draft(ws, old.title, NOW).stage == "nothing"
    assert not (ws.root / old.path).exists()


def test_a_draft_that_takes_in_one_of_a_newer_release_stands_on_that(ws):
    old = begin(ws, "sales", summary="Old")
    ws.git.switch("main")
    ship(ws, draft=begin(ws, "lead", summary="First"))
    new = begin(ws, "case", summary="New")
    ws.git.switch(old.branch)

    merge_into_draft(ws, new.draft, NOW)

    assert ws.require_draft().base.release == "2026-11-20"
    assert [move.part for move in planned(ws).promotion.parts] == ["flow/case", "roster/sales"]


def test_a_draft_is_not_merged_into_itself(ws):
    draft = begin(ws, "lead")

    for name in ("@draft", draft.draft, draft.title):
        with pytest.raises(FlowctlError, match="is the draft that is checked out"):
            merge_into_draft(ws, name, NOW)
    with pytest.raises(FlowctlError, match="there is no version `liv` to merge") as caught:
        merge_into_draft(ws, "liv", NOW)
    assert caught.value.hint == "did you mean `live`?"


def test_what_a_colleague_saved_to_the_same_draft_is_taken_in(ana, bo):
    draft = begin(ana, "lead", summary="Ours")
    with person(*BO):
        git(bo.root, "fetch", "-q")
        git(bo.root, "switch", "-q", draft.branch)
        edit(bo, "case")
        save(bo, "case", NOW)
    edit(ana, "sales")
    assert save(ana, "sales", NOW).not_shared

    report = merge_into_draft(ana, f"origin/{draft.branch}", NOW)

    assert (report.stage, report.not_shared, sorted(report.files)) == ("merged", None, [CASES])
    assert ana.git.resolve(f"origin/{draft.branch}") == ana.tip(draft)


def test_the_same_edit_on_both_sides_is_joined_so_that_it_can_be_shared(ana, bo):
    draft = begin(ana, summary="Ours")
    with person(*BO):
        git(bo.root, "fetch", "-q")
        git(bo.root, "switch", "-q", draft.branch)
        edit(bo, "case")
        save(bo, "case", NOW + DAY)
    edit(ana, "case")
    save(ana, "case", NOW)

    report = merge_into_draft(ana, f"origin/{draft.branch}", NOW)

    assert (report.stage, dict(report.files), report.not_shared) == ("merged", {}, None)


# -- killed


def test_a_merge_with_a_conflict_that_is_killed_is_not_there_or_waits(disputed, top, lives):
    states = set()
    before = snapshot(disputed)
    for life in lives("merge", top):
        with at(life / "ana") as ws:
            take_up(ws, NOW)
            waits = pending_merge(ws.git)
            states.add(bool(waits))
            if waits:
                assert waits.phase == "waiting"
                assert len(merging.look_at(ws, NOW).open) == 1
                merging.abort(ws)
            assert snapshot(ws) == before
            assert ws.git.unsaved() == ()
            assert merge_into_draft(ws, "live", NOW, [("theirs", LEAD)]).stage == "merged"
            require_settled(ws)
    assert states == {True, False}


def test_the_end_of_a_merge_that_is_killed_is_done_or_can_be_done_again(disputed, top, lives):
    merge_into_draft(disputed, "live", NOW)
    merging.take_sides(disputed, [("theirs", LEAD)])
    ours = disputed.tip(disputed.require_draft())
    states = set()
    for life in lives("end_merge", top):
        with at(life / "ana") as ws:
            take_up(ws, NOW)
            waits = pending_merge(ws.git)
            states.add(bool(waits))
            if waits:
                assert merging.go_on(ws, NOW).stage == "merged"
            assert ws.git.commit_info("HEAD").parents == (ours, ws.main)
            assert "Person_Score__c >= 60" in (ws.root / LEAD).read_text()
            require_settled(ws)
    assert states == {True, False}


def test_taking_a_merge_back_that_is_killed_is_finished(disputed, top, lives):
    before = snapshot(disputed)
    merge_into_draft(disputed, "live", NOW)
    for life in lives("drop_merge", top):
        with at(life / "ana") as ws:
            take_up(ws, NOW)
            if pending_merge(ws.git):
                merging.abort(ws)
            assert snapshot(ws) == before
            assert ws.git.unsaved() == ()


def test_what_somebody_edits_after_a_merge_was_killed_stays(disputed, top, lives):
    for life in lives("merge", top):
        with at(life / "ana") as ws:
            (ws.root / CASES).write_text((ws.root / CASES).read_text() + "# mine\n")
            take_up(ws, NOW)
            assert (ws.root / CASES).read_text().endswith("# mine\n")


def test_a_work_tree_of_its_own_has_a_merge_of_its_own(disputed, tmp_path):
    merge_into_draft(disputed, "live", NOW)
    subprocess.run(["git", "worktree", "add", "-q", str(tmp_path / "linked"), "main"], cwd=disputed.root, check=True)

    with at(tmp_path / "linked") as linked:
        assert pending_merge(linked.git) is None
        linked.require_saved()
