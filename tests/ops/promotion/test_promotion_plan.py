"""A plan is a value: the same inputs give the same id, and what is planned is done, or nothing."""

import pytest

from flowctl.diag import Blocked, Exit, FlowctlError, Stale
from flowctl.ops import freeze, saved_plan
from flowctl.ops import promote as promoting
from flowctl.ops.plan import Override, plan_draft
from flowctl.ops.promote import promote
from flowctl.ops.recover import take_up
from flowctl.ops.rollback import plan_rollback
from flowctl.ops.save import save
from tests.ops.promotion.week import (
    BO,
    DAY,
    FIXTURES,
    LEAD,
    NOW,
    at,
    begin,
    edit,
    git,
    live,
    person,
    planned,
    require_settled,
    ship,
)  # fmt: skip

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes


def resaved(ws, path, old, new):
    text = (ws.root / path).read_text()
    assert old in text
    (ws.root / path).write_text(text.replace(old, new))
    save(ws, "again", NOW)


def test_twice_on_the_same_inputs_gives_the_same_id(ws):
    begin(ws, "lead", "sales-more", "fixture")

    plans = [planned(ws), planned(ws, NOW + DAY), planned(ws)]

    assert len({plan.id for plan in plans}) == 1
    assert plans[0].promotion == plans[1].promotion


def test_in_another_clone_it_is_the_same(ana, bo):
    draft = begin(ana, "lead", "sales")
    with person(*BO):
        theirs = planned(bo, draft=next(d for d in (planned_drafts(bo)) if d.draft == draft.draft))

    assert theirs.id == planned(ana).id


def planned_drafts(ws):
    ws.git.fetch()
    return ws.drafts()


CHANGES = {
    "the content": (LEAD, ">= 60", ">= 601"),
    "a fixture": (FIXTURES, "Acme, Person_Score__c: 80", "Acme Inc, Person_Score__c: 80"),
    "a gate's figure": (FIXTURES, "owner: queue/marketing", "owner: user/ana.silva"),
    "a label": (LEAD, "label: ready", "label: now"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_another_content_is_another_plan(ws, change):
    begin(ws, "lead")
    before = planned(ws).id

    resaved(ws, *change)

    assert planned(ws).id != before


def test_another_kind_or_title_is_another_plan(ws):
    weekly = begin(ws, "lead", "case", summary="Week")
    ids = {planned(ws).id}
    for kind, summary in (("hotfix", "Week"), ("weekly", "Other")):
        ws.git.switch("main")
        begin(ws, "lead", "case", summary=summary, kind=kind)
        ids.add(planned(ws).id)

    assert len(ids) == 3
    assert planned(ws, draft=weekly).id in ids


def test_comments_alone_are_the_same_plan(ws):
    begin(ws, "lead")
    before = planned(ws).id

    resaved(ws, LEAD, "# A lead needs a score before anybody calls.", "# First the score.")

    assert planned(ws).id == before


def test_a_plan_of_before_another_release_is_stale(ws):
    one = begin(ws, "lead", summary="One")
    ws.git.switch("main")
    begin(ws, "case", summary="Two")
    plan = planned(ws)
    ship(ws, draft=one)

    with pytest.raises(Stale) as caught:
        promote(ws, plan, NOW)

    assert caught.value.exit == Exit.STALE
    assert caught.value.message == ("production has changed since the plan was made (the newest release is 2026-11-20)")
    assert "result: done}" in live(ws).parts["flow/case"]
    assert ws.release_ids()[-1] == "2026-11-20"
    require_settled(ws)


def test_a_kept_plan_of_before_another_release_is_stale_and_forgotten(ws):
    one = begin(ws, "lead", summary="One")
    ws.git.switch("main")
    begin(ws, "case", summary="Two")
    saved_plan.keep(ws, planned(ws))
    ship(ws, draft=one)

    with pytest.raises(Stale, match="live has changed since the plan was made"):
        saved_plan.plan_to_apply(ws, "production", NOW, Override())

    saved_plan.plan_to_apply(ws, "production", NOW, Override())


def test_a_plan_of_before_a_save_is_stale_and_what_was_saved_is_not_lost(ws):
    draft = begin(ws, "lead")
    plan = planned(ws)
    edit(ws, "case")
    save(ws, "more", NOW)

    with pytest.raises(Stale, match="the draft `2026-11-23-week` has changed since the plan was made"):
        promote(ws, plan, NOW)

    assert ws.require_draft() == draft
    ship(ws)
    assert "with support" in live(ws).parts["flow/case"]


def test_the_same_draft_promoted_by_a_colleague_in_between(ana, bo):
    draft = begin(ana, "fixture")
    plan = planned(ana)
    with person(*BO):
        ship(bo, draft=next(d for d in planned_drafts(bo) if d.draft == draft.draft))

    with pytest.raises(Stale):
        promote(ana, plan, NOW)

    take_up(ana, NOW)
    require_settled(ana)
    assert ana.git.head().branch == "main"


def test_the_same_content_promoted_by_a_colleague_in_between(ana, bo):
    begin(ana, "lead", summary="Mine")
    plan = planned(ana)
    with person(*BO):
        begin(bo, "lead", summary="Mine")
        ship(bo)

    with pytest.raises(Stale):
        promote(ana, plan, NOW)
    require_settled_but_for_drafts(ana)


def require_settled_but_for_drafts(ws):
    assert live(ws).digest == ws.bundle().digest
    assert ws.git.unsaved() == ()


def test_what_a_colleague_has_saved_to_the_draft_is_not_left_out(ana, bo):
    draft = begin(ana, "lead")
    with person(*BO):
        bo.git.fetch()
        git(bo.root, "switch", "-q", draft.branch)
        edit(bo, "case")
        save(bo, "case", NOW)

    with pytest.raises(Stale, match="somebody else has saved to `Live on 2026-11-23: Week`") as caught:
        planned(ana)
    assert caught.value.hint == f"`flowctl merge origin/{draft.branch}` takes it in"


def test_unsaved_edits_stop_a_promotion_before_anything(ws):
    begin(ws, "lead")
    plan = planned(ws)
    before = live(ws)
    edit(ws, "case")

    with pytest.raises(FlowctlError, match="unsaved edits"):
        promote(ws, plan, NOW)
    assert live(ws).digest == before.digest
    assert ws.release_ids()[-1] == "2026-11-16"


def test_a_gate_that_is_not_met_blocks(ws):
    begin(ws, "lead")
    resaved(ws, FIXTURES, "owner: queue/marketing", "owner: user/ana.silva")
    plan = planned(ws)

    with pytest.raises(Blocked, match=r"gate `tests`: 2 of 3 fixtures pass") as caught:
        promote(ws, plan, NOW)
    assert caught.value.exit == Exit.BLOCKED


def test_what_the_environment_refuses_blocks(ws, top):
    begin(ws, "lead")
    org = top / "envs/production/org.yaml"
    org.write_text(org.read_text().replace("00G1f00000MarkeAAA}", "00G1f00000MarkeAAA, active: false}"))

    assert planned(ws).blockers == (
        "the environment refuses: `queue/marketing` is inactive in `production`",
        "the environment refuses: `queue/marketing` is inactive in `production`",
    )
    with pytest.raises(Blocked):
        ship(ws)


def test_what_the_environment_refuses_at_the_last_moment_changes_nothing(ws, top):
    begin(ws, "lead")
    plan = planned(ws)
    before = live(ws)
    org = top / "envs/production/org.yaml"
    active = org.read_text()
    org.write_text(active.replace("00G1f00000MarkeAAA}", "00G1f00000MarkeAAA, active: false}"))

    with pytest.raises(FlowctlError, match="refuses this; nothing was deployed") as caught:
        promote(ws, plan, NOW)
    assert caught.value.exit == Exit.CANNOT
    assert live(ws).digest == before.digest
    require_settled(ws)
    org.write_text(active)
    promote(ws, plan, NOW)


# -- freeze


def test_a_freeze_blocks_at_the_moment_of_promotion_though_planned_before(ws):
    begin(ws, "lead")
    plan = planned(ws)
    assert plan.blockers == ()
    freeze.add_freeze(ws, NOW, NOW + DAY, "quarter end", NOW)

    with pytest.raises(Blocked, match="gate `freeze`: frozen until 2026-11-21 16:00 UTC: quarter end") as caught:
        promote(ws, plan, NOW)

    assert caught.value.exit == Exit.BLOCKED == 5
    assert planned(ws).blockers == ("gate `freeze`: frozen until 2026-11-21 16:00 UTC: quarter end",)
    assert planned(ws).id == plan.id
    assert ws.release_ids()[-1] == "2026-11-16"
    promote(ws, plan, NOW + 2 * DAY)
    require_settled(ws)


def test_a_freeze_that_a_colleague_adds_while_a_promotion_is_under_way_stops_it(ana, bo, monkeypatch):
    begin(ana, "lead")
    plan = planned(ana)
    before = live(ana)
    deploy = promoting.deploy

    def then_frozen(*args):
        deploy(*args)
        with person(*BO):
            freeze.add_freeze(bo, NOW, NOW + DAY, "quarter end", NOW)

    monkeypatch.setattr(promoting, "deploy", then_frozen)
    with pytest.raises(Blocked, match="quarter end"):
        promote(ana, plan, NOW)

    assert live(ana).digest == before.digest
    require_settled(ana)


def test_a_freeze_can_be_lifted(ws):
    freeze.add_freeze(ws, NOW - DAY, NOW + DAY, "quarter end", NOW)
    freeze.add_freeze(ws, NOW + 2 * DAY, NOW + 3 * DAY, "later", NOW)
    assert [f.reason for f in freeze.list_freezes(ws, NOW)] == ["quarter end", "later"]

    assert [f.reason for f in freeze.lift_freezes(ws, NOW)] == ["quarter end"]

    assert [f.reason for f in freeze.list_freezes(ws, NOW)] == ["later"]
    with pytest.raises(FlowctlError, match="nothing is frozen now"):
        freeze.lift_freezes(ws, NOW)
    require_settled(ws)


def test_a_freeze_of_a_colleague_is_seen_before_it_is_lifted(ana, bo):
    with person(*BO):
        freeze.add_freeze(bo, NOW, NOW + DAY, "quarter end", NOW)

    assert [f.reason for f in freeze.lift_freezes(ana, NOW)] == ["quarter end"]


def test_a_freeze_does_not_stop_a_rollback(ws):
    freeze.add_freeze(ws, NOW - DAY, NOW + DAY, "quarter end", NOW)

    promote(ws, plan_rollback(ws, NOW, reason="too few leads"), NOW)
    require_settled(ws)


@pytest.mark.parametrize("wrong", [(NOW, NOW - DAY, "x"), (NOW, NOW + DAY, " ")], ids=["backwards", "no reason"])
def test_a_freeze_that_makes_no_sense_is_refused(ws, wrong):
    with pytest.raises(FlowctlError):
        freeze.add_freeze(ws, *wrong, NOW)


def test_releases_go_to_production_only(ws):
    begin(ws, "lead")

    for ask in (
        lambda: plan_draft(ws, ws.require_draft(), NOW, environment="staging"),
        lambda: plan_rollback(ws, NOW, reason="x", environment="staging"),
        lambda: take_up(ws, NOW, "staging"),
    ):
        with pytest.raises(FlowctlError, match="`staging` takes drafts, not releases") as caught:
            ask()
        assert "flowctl import --into staging" in caught.value.hint


def test_a_workspace_that_is_opened_again_plans_the_same(top):
    with at(top / "ana") as ws:
        begin(ws, "lead")
        first = planned(ws).id
    with at(top / "ana") as ws:
        assert planned(ws).id == first
