"""Who else changes the same thing in another open draft."""

import pytest

from flowctl.diag import FlowctlError
from flowctl.ops.clone import clone_live
from flowctl.ops.others import others
from flowctl.ops.save import save
from flowctl.ops.status import status
from flowctl.ops.switch import switch
from flowctl.render import others as render
from flowctl.render.console import Look
from flowctl.render.words import sentence
from tests.ops.promotion.week import BO, EDITS, LEAD, NOW, ROSTER, at, begin, edit, git, person, ship

pytestmark = pytest.mark.slow  # real git

PLAIN = Look(80, False)


def rewrite(ws, old, new, path=LEAD):
    text = (ws.root / path).read_text()
    assert old in text
    (ws.root / path).write_text(text.replace(old, new))


def places(ws):
    return [(o.part, o.section, o.name) for o in others(ws).overlaps]


def test_two_drafts_that_change_one_node_are_told_with_what_both_do(top):
    with at(top / "ana") as ws:
        begin(ws, "lead", summary="One")
        begin(ws, "lead-more", summary="Two")
        found = others(ws)
        [note] = list(render.notes(status(ws, NOW).others))

    [overlap] = found.overlaps
    assert (overlap.part, overlap.section, overlap.name) == ("flow/lead", "nodes", "scored")
    assert [sentence(edit) for edit in (*overlap.ours.edits, *overlap.theirs.edits)] == [
        "branch `ready` of `scored` now asks `Person_Score__c >= 70` (was `Person_Score__c >= 50`)",
        "branch `ready` of `scored` now asks `Person_Score__c >= 60` (was `Person_Score__c >= 50`)",
    ]
    assert note == (
        "`Live on 2026-11-23: One` (Mia Chen) changes node `scored` of flow/lead, too: "
        "`flowctl diff --drafts` shows both"
    )
    assert "next: flowctl merge 2026-11-23-one --preview" in render.text(found, PLAIN)


def test_drafts_that_change_different_nodes_or_parts_are_in_nobodys_way(top):
    with at(top / "ana") as ws:
        begin(ws, "lead", summary="One")
        begin(ws, "case", summary="Two")
        begin(ws, "lead-held", summary="Three")
        assert others(ws).overlaps == status(ws, NOW).others == ()
        assert "(2 other open drafts looked at)" in render.text(others(ws), PLAIN)


def test_the_same_edit_in_both_is_no_overlap(top):
    with at(top / "ana") as ws:
        begin(ws, "lead", summary="One")
        begin(ws, "lead", "lead-held", summary="Two")
        assert others(ws).overlaps == ()


def test_members_and_fields_are_told_too(top):
    with at(top / "ana") as ws:
        begin(ws, "sales", summary="One")
        clone_live(ws, "Two", NOW, stage=False)
        rewrite(ws, "  - {user: ana.silva}\n", "", ROSTER)
        save(ws, "Ana leaves", NOW)

        assert places(ws) == [("roster/sales", "members", "ana.silva")]
        assert "member `ana.silva`" in render.text(others(ws), PLAIN)


def test_edits_that_are_not_saved_count(top):
    with at(top / "ana") as ws:
        begin(ws, "lead", summary="One")
        clone_live(ws, "Two", NOW, stage=False)
        assert places(ws) == []
        edit(ws, "lead-more")

        assert places(ws) == [("flow/lead", "nodes", "scored")]
        assert len(status(ws, NOW).others) == 1


def test_a_node_that_one_renames_and_the_other_edits_is_one_place(top):
    with at(top / "ana") as ws:
        begin(ws, "lead", summary="One")
        clone_live(ws, "Two", NOW, stage=False)
        rewrite(ws, "scored", "by_score")
        assert places(ws) == [("flow/lead", "nodes", "scored")]


def test_a_node_that_one_removes_and_the_other_leads_to_is_told(top):
    with at(top / "ana") as ws:
        clone_live(ws, "One", NOW, stage=False)
        rewrite(ws, "then: held", "then: routed")
        rewrite(ws, "  held: {type: end, result: with marketing}\n", "")
        save(ws, "held goes", NOW)
        clone_live(ws, "Two", NOW, stage=False)
        rewrite(ws, "nobody: to_marketing", "nobody: held")
        [overlap] = others(ws).overlaps

    assert overlap.name == "held"
    assert [sentence(edit) for edit in overlap.ours.edits] == [
        "`nobody` of `next_rep` now leads to `held` (was `to_marketing`)"
    ]
    assert [sentence(edit) for edit in overlap.theirs.edits] == ["end node `held` is gone"]


def test_a_part_that_both_make_is_told_as_a_whole(top):
    roster = "roster: {0}\nmembers:\n  - {{user: {1}}}\n"
    with at(top / "ana") as ws:
        for summary, user in (("One", "ana.silva"), ("Two", "ben.okafor")):
            clone_live(ws, summary, NOW, stage=False)
            (ws.root / "flows/rosters/new.yaml").write_text(roster.format("new", user))
            save(ws, "a new roster", NOW)
        [overlap] = others(ws).overlaps
        told = render.text(others(ws), PLAIN)

    assert (overlap.part, overlap.name, overlap.ours.status) == ("roster/new", "", "added")
    assert "the whole" in told
    assert told.count("+ new") == 2


def test_without_a_draft_in_hand_every_two_are_compared(top):
    with at(top / "ana") as ws:
        begin(ws, "lead", summary="One")
        begin(ws, "lead-more", summary="Two")
        switch(ws, "main")
        found = others(ws)

    assert found.here is None
    assert len(found.overlaps) == 1
    assert "Live on 2026-11-23: One (Mia Chen)" in render.markdown(found)


def test_a_draft_that_only_the_remote_has_counts_and_so_does_what_it_got_since(shared):
    with person(*BO), at(shared / "bo") as ws:
        draft = begin(ws, "lead-held", summary="Held")
    with at(shared / "ana") as ws:
        ws.git.fetch()
        begin(ws, "lead", summary="Score")
        assert places(ws) == []
        git(ws.root, "branch", draft.branch, f"origin/{draft.branch}")  # looked at once, and behind from then on
    with person(*BO), at(shared / "bo") as ws:
        edit(ws, "lead-more")
        save(ws, "score", NOW)
    with at(shared / "ana") as ws:
        ws.git.fetch()
        [overlap] = others(ws).overlaps

    assert (overlap.name, str(overlap.theirs.draft.owner)) == ("scored", "Bo Lind")


def test_what_live_changed_since_is_not_put_down_to_a_draft(top):
    with at(top / "ana") as ws:
        begin(ws, "lead-held", summary="Held")
        begin(ws, "lead", summary="Score")
        ship(ws)
        clone_live(ws, "More", NOW, stage=False)
        edit_ = EDITS["lead"]
        rewrite(ws, edit_[2], "Person_Score__c >= 80")
        assert places(ws) == []


def test_a_part_that_nobody_has_is_no_part(top):
    with at(top / "ana") as ws:
        begin(ws, "lead")
        with pytest.raises(FlowctlError, match="there is no part `flow/leed`"):
            others(ws, "flow/leed")
