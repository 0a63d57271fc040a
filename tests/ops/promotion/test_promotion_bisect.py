"""Which release changed where a lead goes, and by which edit."""

import io

import pytest

from flowctl.diag import FlowctlError
from flowctl.ops import bisect as module
from flowctl.ops.bisect import Request, bisect
from flowctl.ops.clone import clone_live
from flowctl.ops.leads import Source
from flowctl.ops.save import save
from flowctl.render import bisect as render
from flowctl.render.console import Look
from flowctl.render.words import sentence
from tests.ops.promotion.week import DAY, LEAD, NOW, ROSTER, at, begin, git, roll_back, ship

pytestmark = pytest.mark.slow  # real git

PLAIN = Look(80, False)


def rewrite(ws, old, new, path=LEAD):
    text = (ws.root / path).read_text()
    assert old in text
    (ws.root / path).write_text(text.replace(old, new))


def released(ws, old, new, path=LEAD, now=NOW, summary="Edit"):
    clone_live(ws, summary, now, stage=False)
    rewrite(ws, old, new, path)
    save(ws, summary, now)
    return ship(ws, now).release


def follow(ws, lead="score of 45", **more):
    """The lead with a score of 45, whom releases have sent to sales and to marketing; or another one."""
    (ws.root / "leads.csv").write_text(
        "Email,Company,Person_Score__c\nkim@acme.example,Acme,45\nlee@acme.example,,10\n"
    )
    source = Source(ws, ws.root, io.BytesIO(b"Email,Person_Score__c\nkim@acme.example,45\n").read)
    more.setdefault("flow", "lead")
    return bisect(source, Request("leads.csv:2" if lead == "score of 45" else lead, **more), NOW)


def turns(found):
    return [
        (turn.at.release, turn.before.goes_to, turn.after.goes_to, turn.parting.node, told(turn))
        for turn in found.turns
    ]


def told(turn):
    return [sentence(edit) for diff in turn.causes for edit in diff.edits] or [d.status for d in turn.causes]


def asks(now, before):
    return [f"branch `ready` of `scored` now asks `Person_Score__c >= {now}` (was `Person_Score__c >= {before}`)"]


def test_every_release_that_sent_it_elsewhere_is_told_the_newest_first(top):
    with at(top / "ana") as ws:
        released(ws, ">= 50", ">= 30")
        released(ws, ">= 30", ">= 60", now=NOW + DAY)
        found = follow(ws)

    assert turns(found) == [
        ("2026-11-21", "roster/sales", "queue/marketing", "scored", asks(60, 30)),
        ("2026-11-20", "queue/marketing", "roster/sales", "scored", asks(30, 50)),
        ("2026-11-16", "roster/sales", "queue/marketing", "scored", asks(50, 40)),
    ]
    assert (found.now.goes_to, found.looked_at, found.oldest.release) == ("queue/marketing", 4, "2026-11-09")
    assert "next: flowctl show lead --node scored --blame" in render.text(found, PLAIN)


def test_a_draft_in_hand_is_the_newest_end_and_a_range_can_be_named(top):
    with at(top / "ana") as ws:
        draft = begin(ws, "case")
        rewrite(ws, ">= 50", ">= 20")
        found = follow(ws)

        assert [turn.at.release for turn in found.turns] == [None, "2026-11-16"]
        assert found.newest.title == draft.title
        assert [turn.at.release for turn in follow(ws, bad="live").turns] == ["2026-11-16"]
        assert [turn.at.release for turn in follow(ws, good="2026-11-16").turns] == [None]
        assert follow(ws, bad="2026-11-09").turns == ()
        with pytest.raises(FlowctlError, match="is newer than"):
            follow(ws, good="2026-11-16", bad="2026-11-09")
        with pytest.raises(FlowctlError, match="there is no release `2026-11-17`"):
            follow(ws, good="2026-11-17")


def test_a_lead_that_always_went_there_has_no_turns(top):
    with at(top / "ana") as ws:
        released(ws, ">= 50", ">= 30")
        found = follow(ws, "leads.csv:3")

    assert found.moves == ()
    assert "it always went where it goes now: followed back to release 2026-11-09" in render.text(found, PLAIN)


def test_a_lead_is_a_fixture_by_words_or_by_line_or_a_row_or_piped_in(top):
    with at(top / "ana") as ws:
        path = "flows/fixtures/lead/first.yaml"
        assert follow(ws, "without a score").lead.name == "a lead without a score stays with marketing"
        assert follow(ws, f"{path}:8").lead.name == "a lead without a score stays with marketing"
        assert follow(ws, f"{path}:4").lead.name == "a lead with a good score goes to the first of sales"
        assert follow(ws, "-").lead.record.fields["Person_Score__c"] == 45
        for lead, why in (
            (path, "holds 2 fixtures"),
            ("leads.csv", "holds 2 leads"),
            ("leads.csv:1", "holds no lead so far up"),
            ("leeds.csv:2", "there is no file `leeds.csv`"),
            ("nobody like that", "no fixture's `why` holds"),
        ):
            with pytest.raises(FlowctlError, match=why):
                follow(ws, lead)


def test_the_edit_may_be_of_a_roster(top):
    member = "  - {user: ana.silva}\n  - {user: ben.okafor}\n"
    with at(top / "ana") as ws:
        begin(ws, "case")
        rewrite(ws, member, "  - {user: ana.silva, leave: [{from: 2026-01-01, to: 2026-02-01}]}\n", ROSTER)
        found = follow(ws, "a good score")

    [turn] = found.turns
    assert (turn.before.goes_to, turn.after.goes_to, turn.parting.node) == (
        "roster/sales",
        "queue/marketing",
        "next_rep",
    )
    assert {diff.part for diff in turn.causes} == {"roster/sales"}
    assert "member `ben.okafor` is gone" in told(turn)


def test_of_two_changed_parts_only_the_one_that_did_it_is_told(top):
    with at(top / "ana") as ws:
        clone_live(ws, "Both", NOW, stage=False)
        rewrite(ws, "{user: ana.silva}", "{user: ana.silva, weight: 2}", ROSTER)
        rewrite(ws, ">= 50", ">= 30")
        save(ws, "both", NOW)
        [turn, _] = follow(ws).turns

    assert [diff.part for diff in turn.causes] == ["flow/lead"]


def test_a_renamed_node_is_no_turn(top):
    with at(top / "ana") as ws:
        clone_live(ws, "Names", NOW, stage=False)
        for old, new in (("scored", "by_score"), ("held", "kept"), ("label: ready", "label: set")):
            rewrite(ws, old, new)
        rewrite(ws, "ends: held", "ends: kept", "flows/fixtures/lead/first.yaml")
        save(ws, "names", NOW)
        ship(ws)
        found = follow(ws)

    assert [(turn.at.release, turn.is_move) for turn in found.turns] == [("2026-11-20", False), ("2026-11-16", True)]
    assert "goes where it went; ends at `kept` instead of `held`" in list(render.told_of(found.turns[0]))


def test_a_start_elsewhere_is_where_the_ways_part(top):
    with at(top / "ana") as ws:
        begin(ws, "case")
        rewrite(ws, "start: scored", "start: next_rep")
        turn = follow(ws).turns[0]

    assert (turn.parting.node, told(turn)) == (None, ["`start` is now `next_rep` (was `scored`)"])


def test_a_way_that_leads_elsewhere_parts_at_the_node_that_it_leaves(top):
    with at(top / "ana") as ws:
        begin(ws, "case")
        rewrite(ws, "otherwise: to_marketing", "otherwise: next_rep")
        turn = follow(ws).turns[0]

    assert turn.parting.node == "scored"
    assert told(turn) == ["`otherwise` of `scored` now leads to `next_rep` (was `to_marketing`)"]


def test_a_question_put_in_between_is_not_where_the_ways_part(top):
    node = "  new: {type: decision, branches: [{when: Company = 'x', label: x, then: held}], otherwise: scored}\n"
    with at(top / "ana") as ws:
        begin(ws, "case")
        rewrite(ws, "start: scored", "start: new")
        rewrite(ws, "nodes:\n", f"nodes:\n{node}")
        assert [turn.is_move for turn in follow(ws).turns] == [True]
        rewrite(ws, ">= 50", ">= 30")
        turn = follow(ws).turns[0]

    assert (turn.parting.node, told(turn)) == ("scored", asks(30, 50))


def test_a_rollback_is_a_turn_like_any_release(top):
    with at(top / "ana") as ws:
        released(ws, ">= 50", ">= 30")
        roll_back(ws, NOW + DAY)
        assert [turn.at.release for turn in follow(ws).turns] == ["2026-11-21", "2026-11-20", "2026-11-16"]


def test_a_release_that_cannot_be_read_is_told_and_passed_over(top):
    with at(top / "ana") as ws:
        begin(ws, "case")
        files = {LEAD: (ws.root / LEAD).read_bytes().replace(b"type: decision", b"type: decisoin")}
        broken = ws.git.commit_tree(ws.git.write_tree(ws.main, files), [ws.main], "broken", None, NOW)
        git(ws.root, "tag", "-f", "live/production/2026-11-16", broken)
        found = follow(ws)

    assert found.unread == (("2026-11-16", "node `scored` of `flows/lead.yaml` cannot be read"),)
    assert [turn.at.release for turn in found.turns] == [None]
    assert "! 2026-11-16: node `scored`" in render.text(found, PLAIN)


def test_a_flow_that_came_later_begins_there(top):
    with at(top / "ana") as ws:
        clone_live(ws, "Again", NOW, stage=False)
        text = (ws.root / LEAD).read_text().replace("flow: lead", "flow: again")
        (ws.root / "flows/again.yaml").write_text(text)
        save(ws, "again", NOW)
        ship(ws)
        found = follow(ws, flow="again")

    assert (found.begins, found.oldest.release, found.turns) == (True, "2026-11-20", ())


def test_what_is_told_from_the_texts_alone_is_what_routing_would_tell(top, monkeypatch):
    with at(top / "ana") as ws:
        for day, (old, new, path) in enumerate(
            (
                (">= 50", ">= 30", LEAD),
                ("result: done}", "result: dealt with}", "flows/case.yaml"),
                ("result: with marketing", "result: waiting", LEAD),
                ("{user: ana.silva}", "{user: ana.silva, weight: 2}", ROSTER),
                (">= 30", ">= 60", LEAD),
            )
        ):
            released(ws, old, new, path, NOW + day * DAY)
        quick = {lead: follow(ws, lead) for lead in ("score of 45", "a good score", "without a score")}
        monkeypatch.setattr(module._Walk, "_is_unmoved", lambda *_: False)
        slow = {lead: follow(ws, lead) for lead in quick}

    assert {lead: turns(found) for lead, found in quick.items()} == {lead: turns(found) for lead, found in slow.items()}
    assert [len(found.turns) for found in quick.values()] == [3, 0, 1]
