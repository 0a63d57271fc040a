"""Merge commits are made anew and compared: what flowctl made, what a host made by lines, what somebody slipped in."""

import pytest

from flowctl.ops import merge as merging
from flowctl.ops.merge import merge_into_draft, verify_merges
from flowctl.ops.save import save
from tests.ops.promotion.week import CASES, DAY, LEAD, NOW, ROSTER, begin, edit, git, ship

pytestmark = pytest.mark.slow


@pytest.fixture
def beside(ws):
    """Ships a draft with some edits beside another one with others, which is checked out then."""

    def make(ships, edits):
        one = begin(ws, *ships, summary="First")
        ws.git.switch("main")
        two = begin(ws, *edits, summary="Second")
        ship(ws, draft=one)
        return two

    return make


def verdicts(ws):
    return [(v.agrees, v.differing) for v in verify_merges(ws, "HEAD", "main")]


def test_what_flowctl_merged_agrees_whatever_came_after(ws, beside):
    beside(["lead", "case"], ["lead-held"])
    commit = merge_into_draft(ws, "live", NOW).commit
    edit(ws, "sales")
    save(ws, "more", NOW)
    ws.git.switch("main")
    third = begin(ws, "support", summary="Third")
    ship(ws, draft=third)
    ws.git.switch("draft/2026-11-23-second")

    assert [v.commit for v in verify_merges(ws, "HEAD", "main")] == [commit]
    assert verdicts(ws) == [(True, ())]
    merge_into_draft(ws, "live", NOW + DAY)
    assert verdicts(ws) == [(True, ()), (True, ())]


def test_a_draft_without_merges_has_no_verdicts(ws, beside):
    beside(["lead"], ["case"])

    assert verdicts(ws) == []


def test_a_draft_that_took_another_one_in_agrees(ws):
    one = begin(ws, "lead", summary="First")
    ws.git.switch("main")
    begin(ws, "lead-held", summary="Second")
    merge_into_draft(ws, one.draft, NOW)

    assert verdicts(ws) == [(True, ())]


def test_what_was_slipped_into_a_merge_is_named(ws, beside):
    beside(["lead", "case"], ["lead-held"])
    merge_into_draft(ws, "live", NOW)
    (ws.root / LEAD).write_text((ws.root / LEAD).read_text().replace("to: queue/marketing", "to: user/ana.silva"))
    (ws.root / ROSTER).write_text(
        (ws.root / ROSTER).read_text().replace("{user: ana.silva}", "{user: ana.silva, weight: 9}")
    )
    git(ws.root, "commit", "-q", "-a", "--amend", "--no-edit")

    [(agrees, differing)] = verdicts(ws)

    assert not agrees
    assert differing == (f"{LEAD}:nodes/to_marketing", f"{ROSTER}:members/ana.silva")


def test_a_merge_by_lines_that_means_the_same_agrees(ws, beside):
    beside(["case"], ["lead-held"])
    git(ws.root, "merge", "-q", "--no-edit", "main")

    assert verdicts(ws) == [(True, ())]


def test_a_merge_that_dropped_what_live_changed_is_named(ws, beside):
    beside(["case"], ["lead-held"])
    git(ws.root, "merge", "-q", "--no-edit", "-s", "ours", "main")

    [(agrees, differing)] = verdicts(ws)

    assert not agrees
    assert all(place.startswith(CASES) for place in differing)


def test_how_a_conflict_was_settled_is_the_business_of_people(ws, beside):
    beside(["lead", "case"], ["lead-more", "sales"])
    merge_into_draft(ws, "live", NOW)
    merging.take_sides(ws, [("ours", LEAD)])
    (ws.root / LEAD).write_text((ws.root / LEAD).read_text().replace(">= 70", ">= 66"))
    merging.go_on(ws, NOW)
    assert verdicts(ws) == [(True, ())]

    (ws.root / CASES).write_text((ws.root / CASES).read_text().replace("result: with support", "result: nobody"))
    git(ws.root, "commit", "-q", "-a", "--amend", "--no-edit")

    [(agrees, differing)] = verdicts(ws)
    assert not agrees
    assert all(place.startswith(CASES) for place in differing)


def test_without_tags_it_is_what_git_knows_that_both_come_from(ws, beside):
    beside(["lead", "case"], ["lead-held"])
    merge_into_draft(ws, "live", NOW)
    for tag in git(ws.root, "tag").splitlines():
        git(ws.root, "tag", "-d", tag)

    assert verdicts(ws) == [(True, ())]
