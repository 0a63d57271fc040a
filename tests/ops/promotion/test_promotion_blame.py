"""Who last changed a node, and in which release: by what it means, through renames, down to the save."""

import pytest

from flowctl.ops.blame import blame, blame_flow, blame_node
from flowctl.ops.save import save
from flowctl.ops.show import show_blame
from flowctl.ops.versions import find, here
from flowctl.render.blame import state_of
from flowctl.render.words import sentence
from tests.ops.promotion.week import BO, DAY, LEAD, NOW, at, begin, edit, git, person, roll_back, ship

pytestmark = pytest.mark.slow  # real git

OLDEST, NEWEST = "2026-11-09", "2026-11-16"


def rewrite(ws, old, new, path=LEAD):
    text = (ws.root / path).read_text()
    assert old in text
    (ws.root / path).write_text(text.replace(old, new))


def as_bo(top, later=0 * DAY):
    with person(*BO), at(top / "ana") as ws:
        edit(ws, "lead-held")
        save(ws, "held says who has it", NOW + later)


def told(ws, version=None, **options):
    """The release of each node of the lead flow."""
    shown = find(ws, version) if version else here(ws)
    return {id_: state_of(found) for id_, found in blame(ws, "lead", shown, **options).items()}


def test_a_node_is_blamed_on_the_release_that_last_changed_it(top):
    with at(top / "ana") as ws:
        found = blame(ws, "lead", find(ws, "live"))

    assert {id_: (b.release, b.first) for id_, b in found.items()} == {
        "scored": (NEWEST, False),
        "next_rep": (OLDEST, True),
        "to_marketing": (OLDEST, True),
        "routed": (OLDEST, True),
        "held": (OLDEST, True),
    }
    assert (found["scored"].title, found["scored"].draft) == ("Live on 2026-11-16: Leads", "2026-11-16-leads")


def test_what_came_later_is_not_blamed_for_an_older_release(top):
    with at(top / "ana") as ws:
        assert told(ws, OLDEST) == dict.fromkeys(["scored", "next_rep", "to_marketing", "routed", "held"], OLDEST)


def test_formatting_comments_and_order_are_no_changes(top):
    with at(top / "ana") as ws:
        begin(ws, "comment")
        rewrite(ws, "  next_rep: {type: rotate, roster: sales, then: routed, nobody: to_marketing}\n", "")
        more = "  next_rep:\n    roster: 'sales'\n    nobody: to_marketing  # so be it\n    type: rotate\n"
        more += "    then: routed\n"
        (ws.root / LEAD).write_text((ws.root / LEAD).read_text() + more)
        rewrite(ws, "Person_Score__c >= 50", "(Person_Score__c  >=  50)")
        save(ws, "written differently", NOW)

        assert told(ws)["next_rep"] == OLDEST
        assert told(ws)["scored"] == NEWEST
        assert told(ws, cosmetic=True)["next_rep"] == OLDEST


def test_a_label_counts_only_where_it_is_asked_for(top):
    with at(top / "ana") as ws:
        begin(ws, "case")
        rewrite(ws, "{type: end, result: with sales}", "{type: end, result: with sales, label: Sales has it}")

        assert told(ws)["routed"] == OLDEST
        assert told(ws, cosmetic=True)["routed"] == "not saved"


def test_a_renamed_node_keeps_its_past(top):
    with at(top / "ana") as ws:
        begin(ws, "case")
        rewrite(ws, "scored", "by_score")
        rewrite(ws, "next_rep", "turn")

        assert told(ws) | {} == {
            "by_score": NEWEST, "turn": OLDEST, "to_marketing": OLDEST, "routed": OLDEST, "held": OLDEST,
        }  # fmt: skip
        assert told(ws, cosmetic=True)["by_score"] == "not saved"
        story = blame_node(ws, "lead", "by_score", here(ws)).touches
    assert [state_of(touch.blame) for touch in story] == ["not saved", NEWEST, OLDEST]
    assert [sentence(touch.edits[0]) for touch in story] == [
        "node `scored` is now called `by_score`",
        "branch `ready` of `scored` now asks `Person_Score__c >= 50` (was `Person_Score__c >= 40`)",
        "decision node `scored` is new",
    ]


def test_a_draft_is_blamed_with_who_saved_what_and_what_is_not_saved(top):
    with at(top / "ana") as ws:
        draft = begin(ws, "lead")
    as_bo(top, DAY)
    with at(top / "ana") as ws:
        rewrite(ws, "roster: sales, then", "roster: support, then")
        found = blame(ws, "lead", here(ws))
        me = ws.me.name

    assert [(f.release, f.draft) for f in (found["scored"], found["held"], found["next_rep"])] == [
        (None, draft.draft)
    ] * 3
    assert (found["scored"].who, found["scored"].when) == (me, NOW)
    assert (found["held"].who, found["held"].when) == ("Bo Lind", NOW + DAY)
    assert (found["next_rep"].who, found["next_rep"].when) == (me, None)
    assert found["routed"].release == OLDEST


def test_a_release_is_blamed_with_who_saved_the_edit_and_not_with_who_promoted(top):
    with at(top / "ana") as ws:
        begin(ws, "lead")
    as_bo(top)
    with at(top / "ana") as ws:
        ship(ws)
        found, me = blame(ws, "lead", find(ws, "live")), ws.me.name

    assert (found["scored"].who, found["held"].who) == (me, "Bo Lind")
    assert found["scored"].release == found["held"].release == "2026-11-20"


def test_without_the_saves_a_release_is_blamed_with_the_owner_of_its_draft(top):
    with person(*BO), at(top / "ana") as ws:
        begin(ws, "lead")
    with at(top / "ana") as ws:
        ship(ws)
    git(top, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{top}/ana", "shallow")
    with at(top / "shallow") as ws:
        assert blame(ws, "lead", find(ws, "live"))["scored"].who == "Bo Lind"


def test_what_live_changed_meanwhile_is_not_put_down_to_the_draft(top):
    with at(top / "ana") as ws:
        held = begin(ws, "lead-held", summary="Held")
        begin(ws, "lead", summary="Score")
        ship(ws)
        found = blame(ws, "lead", find(ws, held.draft))

    assert (found["held"].draft, found["scored"].release) == (held.draft, NEWEST)


def test_a_rollback_is_blamed_for_what_it_took_back(top):
    with at(top / "ana") as ws:
        begin(ws, "lead")
        ship(ws)
        roll_back(ws, NOW + DAY)
        found = blame(ws, "lead", find(ws, "live"))

    assert (found["scored"].release, found["scored"].draft) == ("2026-11-21", None)
    assert found["held"].release == OLDEST


def test_a_release_that_cannot_be_read_is_told_and_passed_over(top):
    with at(top / "ana") as ws:
        begin(ws, "case")
        files = {LEAD: (ws.root / LEAD).read_bytes().replace(b"type: rotate", b"type: rotatte")}
        tree = ws.git.write_tree(ws.main, files)
        broken = ws.git.commit_tree(tree, [ws.main], "broken", None, NOW)
        git(ws.root, "tag", "-f", f"live/production/{NEWEST}", broken)
        rewrite(ws, "Person_Score__c >= 50", "Person_Score__c >= 60")
        found = blame_flow(ws, "lead", here(ws))

    assert found.unread == (NEWEST,)
    assert {id_: state_of(b) for id_, b in found.nodes.items()} == {
        "scored": "not saved", "next_rep": OLDEST, "to_marketing": OLDEST, "routed": OLDEST, "held": OLDEST,
    }  # fmt: skip


def test_a_file_that_cannot_be_cut_is_read_as_a_whole(top):
    with at(top / "ana") as ws:
        begin(ws, "case")
        rewrite(ws, "result: with sales", 'result: "with\n  sales: really"')

        assert told(ws) == {
            "scored": NEWEST, "next_rep": OLDEST, "to_marketing": OLDEST, "routed": "not saved", "held": OLDEST,
        }  # fmt: skip


def test_blame_of_several_flows_asks_for_one(top):
    with at(top / "ana") as ws, pytest.raises(Exception, match="blame is of one flow"):
        show_blame(ws, here(ws), None, None, cosmetic=False)
