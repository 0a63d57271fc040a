"""Hotfixes, and staging, of which there is one for all."""

import pytest

from flowctl.diag import Blocked, Exit, FlowctlError, Stale
from flowctl.ops import hotfix
from flowctl.ops.clone import clone_live
from flowctl.ops.importing import export_worktree, import_into, staging_holder
from flowctl.ops.merge import merge_into_draft
from flowctl.ops.promote import promote
from flowctl.ops.save import save
from flowctl.ops.trunk import sync
from flowctl.ops.verify import verify
from tests.ops.promotion.week import (
    BO,
    DAY,
    LEAD,
    NOW,
    begin,
    by_hand,
    edit,
    git,
    live,
    person,
    planned,
    require_settled,
    ship,
    stage,
)  # fmt: skip

pytestmark = pytest.mark.slow  # two minutes in all


def test_a_hotfix_from_live_makes_the_open_drafts_stale_that_change_the_same(ws):
    same = begin(ws, "lead", summary="Same")
    ws.git.switch("main")
    other = begin(ws, "case", summary="Other")
    ws.git.switch("main")

    started = hotfix.start_from_live(ws, "Urgent", NOW)
    edit(ws, "lead-held")
    save(ws, "urgent", NOW)
    promoted = ship(ws)

    assert started.staged is None
    assert started.draft.kind == promoted.release.kind == "hotfix"
    assert [draft.draft for draft in promoted.stale_drafts] == [same.draft]
    with pytest.raises(Stale, match="by 2026-11-20"):
        planned(ws, draft=same)
    assert planned(ws, draft=other).blockers == ()
    assert hotfix.go_on(ws, started.draft, promoted, NOW) is None


def test_the_week_s_draft_ships_now_and_the_week_goes_on_in_another(ws):
    week = begin(ws, "lead", summary="Week", stage=True)

    made = hotfix.start_from_draft(ws, "@draft", NOW)
    assert (made.kind, made.was, made.draft) == ("hotfix", "weekly", week.draft)
    assert hotfix.require_hotfix(ws) == made
    assert hotfix.start_from_draft(ws, week.draft, NOW) == made
    assert ws.git.unsaved() == ()
    promoted = ship(ws)
    following = hotfix.go_on(ws, made, promoted, NOW)

    assert promoted.release.kind == "hotfix"
    assert following.draft.title == "Live on 2026-11-23: Week (continued)"
    assert ws.require_draft() == following.draft
    assert following.draft.base.release == "2026-11-20"
    require_settled(ws)


def test_a_colleague_s_draft_ships_from_another_clone(ana, bo):
    week = begin(ana, "lead", summary="Week")
    with person(*BO):
        sync(bo)
        made = hotfix.start_from_draft(bo, week.draft, NOW)

        assert made.owner.email == "mia.chen@example.com"
        assert bo.git.head().branch == week.branch
        assert bo.git.resolve(f"origin/{week.branch}") == bo.tip(made)
        ship(bo)
        require_settled(bo)
    sync(ana)
    assert ana.drafts() == ()


def test_what_is_no_hotfix_is_told(ws):
    begin(ws, "lead")

    with pytest.raises(FlowctlError, match="is a weekly draft, no hotfix"):
        hotfix.require_hotfix(ws)
    with pytest.raises(FlowctlError, match="there is no open draft `2026-01-01-x`"):
        hotfix.start_from_draft(ws, "2026-01-01-x", NOW)


def test_unsaved_edits_stop_a_hotfix_from_a_draft(ws):
    begin(ws, "lead")
    edit(ws, "case")

    with pytest.raises(FlowctlError, match="unsaved edits"):
        hotfix.start_from_draft(ws, "@draft", NOW)
    assert ws.require_draft().kind == "weekly"


# -- open drafts take it in


@pytest.fixture
def urgent(ws):
    """Three open drafts beside a hotfix that shipped: one is at odds with it, one is free of it, and one merges."""
    for names, summary in ((["lead"], "Merges"), (["lead-held"], "At odds"), (["case"], "Free")):
        begin(ws, *names, summary=summary)
        ws.git.switch("main")
    hotfix.start_from_live(ws, "Urgent", NOW)
    text = (ws.root / LEAD).read_text()
    (ws.root / LEAD).write_text(text.replace("result: with marketing", "result: asleep"))
    save(ws, "urgent", NOW)
    return ship(ws)


def test_the_drafts_that_have_to_take_a_hotfix_in_are_listed(ws, urgent):
    tips = [ws.tip(draft) for draft in ws.drafts()]

    listed = hotfix.open_drafts(ws, urgent, NOW, take_in=False)

    assert [(one.draft.draft, one.is_stale, one.commit, one.left) for one in listed] == [
        ("2026-11-23-at-odds", True, None, None),
        ("2026-11-23-merges", True, None, None),
    ]
    assert [ws.tip(draft) for draft in ws.drafts()] == tips


def test_every_open_draft_takes_a_hotfix_in_where_nobody_has_to_decide(ws, urgent):
    tips = {draft.draft: ws.tip(draft) for draft in ws.drafts()}

    at_odds, free, merges = hotfix.open_drafts(ws, urgent, NOW, take_in=True)

    assert ws.git.head().branch == "main"
    assert (at_odds.draft.draft, at_odds.commit, at_odds.left) == ("2026-11-23-at-odds", None, "1 conflict")
    assert ws.tip(at_odds.draft) == tips["2026-11-23-at-odds"]
    for taken in (merges, free):
        assert taken.left is None
        assert ws.git.commit_info(taken.commit).parents == (tips[taken.draft.draft], ws.main)
        assert ws.tip(taken.draft) == taken.commit
        assert ws.draft(taken.draft.draft, taken.commit).base.release == "2026-11-20"
    text = ws.git.text(merges.commit, LEAD)
    assert ">= 60" in text
    assert "result: asleep" in text
    assert ws.git.unsaved() == ()
    ship(ws, NOW + DAY, draft=merges.draft)
    require_settled(ws)


def test_a_draft_with_unsaved_edits_is_left_alone(ws, urgent):
    ws.git.switch("draft/2026-11-23-merges")
    edit(ws, "case")

    *_, merges = hotfix.open_drafts(ws, urgent, NOW, take_in=True)

    assert merges.commit is None
    assert "unsaved edits" in merges.left
    assert ws.git.unsaved() == ("flows/case.yaml",)


def test_the_draft_of_a_colleague_takes_a_hotfix_in_on_the_remote(ana, bo):
    begin(ana, "lead", summary="Mine")
    with person(*BO):
        sync(bo)
        hotfix.start_from_live(bo, "Urgent", NOW)
        edit(bo, "lead-held")
        save(bo, "urgent", NOW)
        promoted = ship(bo)

        [taken] = hotfix.open_drafts(bo, promoted, NOW, take_in=True)

        assert bo.git.resolve("refs/heads/draft/2026-11-23-mine") is None
        assert bo.git.resolve("refs/remotes/origin/draft/2026-11-23-mine") == taken.commit
    sync(ana)
    assert ana.git.resolve("refs/remotes/origin/draft/2026-11-23-mine") == taken.commit
    assert merge_into_draft(ana, "origin/draft/2026-11-23-mine", NOW).stage == "merged"
    assert ana.require_draft().base.release == "2026-11-20"


# -- staging


def test_staging_is_not_taken_from_a_colleague_s_open_draft(ana, bo):
    mine = begin(ana, "lead", summary="Mine", stage=True)
    with person(*BO):
        cloned = clone_live(bo, "Theirs", NOW)
        assert cloned.staged is None
        assert cloned.left_alone == f"staging holds the open draft `{mine.title}` of Mia Chen"
        edit(bo, "case")
        save(bo, "case", NOW)

        with pytest.raises(
            Blocked, match="staging holds the open draft `Live on 2026-11-23: Mine` of Mia Chen"
        ) as caught:
            stage(bo)
        assert caught.value.exit == Exit.BLOCKED
        assert caught.value.hint == "`--replace` puts yours there instead"

        assert stage(bo, replace=True).replaced == mine.title
    assert staging_holder(ana, "staging").owner.name == "Bo Lind"


def test_a_draft_that_a_colleague_began_a_moment_ago_is_looked_for(ana, bo):
    begin(ana, "lead", summary="Mine", stage=True)
    with person(*BO):
        git(bo.root, "switch", "-q", "-c", "draft/2026-11-23-theirs")
        git(bo.root, "switch", "-q", "main")

        assert staging_holder(bo, "staging").title == "Live on 2026-11-23: Mine"


def test_staging_with_a_closed_draft_or_live_is_free(ana, bo):
    begin(ana, "lead", summary="Mine", stage=True)
    ship(ana)
    with person(*BO):
        cloned = clone_live(bo, "Theirs", NOW)

        assert cloned.left_alone is None
        assert cloned.staged.replaced is None
        assert live(bo, "staging").digest == live(bo).digest


def test_a_draft_that_was_deleted_is_nobody_s(ana, bo):
    draft = begin(ana, "lead", summary="Mine", stage=True)
    ana.git.switch("main")
    git(ana.root, "branch", "-q", "-D", draft.branch)
    git(ana.root, "push", "-q", "origin", "--delete", draft.branch)
    with person(*BO):
        assert clone_live(bo, "Theirs", NOW).staged is not None


def test_one_s_own_draft_is_replaced_freely(ws):
    begin(ws, "lead", summary="One", stage=True)
    ws.git.switch("main")

    assert clone_live(ws, "Two", NOW).staged is not None


def test_production_takes_releases_only_and_staging_none(ws):
    begin(ws, "lead")

    with pytest.raises(FlowctlError, match="production takes releases only"):
        import_into(ws, "production", ws.require_draft(), NOW)
    with pytest.raises(FlowctlError, match="there is no environment `prod`"):
        import_into(ws, "prod", ws.require_draft(), NOW)


def test_an_export_writes_what_runs_into_the_draft(ws, top):
    begin(ws, "case")
    by_hand(top, LEAD, "result: with marketing", "result: by hand")

    exported = export_worktree(ws, "production", only=("flow/lead",))

    assert (exported.parts, exported.paths) == (("flow/lead",), (LEAD,))
    assert ws.git.unsaved() == (LEAD,)
    assert "result: by hand" in (ws.root / LEAD).read_text()
    with pytest.raises(FlowctlError, match="unsaved edits"):
        export_worktree(ws, "production")


def test_an_export_that_cannot_write_says_so(ws, top):
    begin(ws, "case")
    by_hand(top, LEAD, "result: with marketing", "result: by hand")
    (ws.root / ".flowctl/export.new").mkdir()

    with pytest.raises(FlowctlError, match=f"cannot write `{LEAD}`: is a directory"):
        export_worktree(ws, "production", only=("flow/lead",))
    assert ws.git.unsaved() == ()


def test_the_gate_on_staging_wants_the_draft_there(ws):
    text = (ws.root / "flowctl.yaml").read_text()
    (ws.root / "flowctl.yaml").write_text(text.replace("weekly: {", "weekly: {staged: true, "))
    ws.git.commit_worktree("flowctl.yaml", "staged first", when=NOW)
    begin(ws, "lead", stage=True)

    assert planned(ws).blockers == ("gate `staged`: 0 of 1 part in staging",)
    stage(ws)
    promote(ws, planned(ws), NOW + DAY)
    assert verify(ws).disagreements == ()
