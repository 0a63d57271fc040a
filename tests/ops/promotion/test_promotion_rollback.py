"""Going back is a new release; what it leaves is barred."""

import pytest

from flowctl.diag import Blocked, Exit, FlowctlError
from flowctl.ops.plan import Override
from flowctl.ops.promote import promote
from flowctl.ops.rollback import plan_rollback
from flowctl.ops.save import save
from flowctl.ops.status import status
from tests.ops.promotion.week import (
    DAY,
    FIXTURES,
    LEAD,
    NOW,
    ROSTER,
    begin,
    live,
    planned,
    require_settled,
    roll_back,
    ship,
)  # fmt: skip

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes


@pytest.fixture
def shipped(ws):
    """Three releases: scores from 40, from 50, and from 60 with a fixture and a weight of 2."""
    begin(ws, "lead", "fixture", "sales")
    ship(ws)
    return ws


def threshold(bundle):
    return next(n for n in (40, 50, 60, 70) if f">= {n}" in bundle.parts["flow/lead"])


def bars(ws):
    return [(bar.part, bar.release, bar.by) for bar in ws.pointer().barred]


def test_it_goes_to_the_newest_release_that_differs(shipped):
    plan = plan_rollback(shipped, NOW, reason="too few leads")

    assert plan.promotion.title == "Rollback to 2026-11-16: too few leads"
    assert [move.part for move in plan.promotion.parts] == ["flow/lead"]
    promoted = promote(shipped, plan, NOW)

    assert threshold(live(shipped)) == 50
    assert promoted.release.release == "2026-11-20.2"
    assert promoted.release.kind == "rollback"
    assert bars(shipped) == [("flow/lead", "2026-11-20", "2026-11-20.2")]
    assert shipped.pointer().barred[0].reason == "Rollback to 2026-11-16: too few leads"
    require_settled(shipped)


def test_the_fixtures_of_a_flow_come_back_with_it_and_rosters_stay(shipped):
    roll_back(shipped)

    assert b"Company: Acme, Person_Score__c: 80" in shipped.files("main")[FIXTURES]
    assert b"weight: 2" in shipped.files("main")[ROSTER]


def test_rosters_come_back_when_asked(shipped):
    roll_back(shipped, rosters=True)

    assert b"weight: 2" not in shipped.files("main")[ROSTER]
    assert [bar[0] for bar in bars(shipped)] == ["flow/lead", "roster/sales"]


def test_a_second_rollback_goes_further_back(shipped):
    roll_back(shipped)

    roll_back(shipped)

    assert threshold(live(shipped)) == 40
    assert bars(shipped) == [
        ("flow/lead", "2026-11-20", "2026-11-20.2"),
        ("flow/lead", "2026-11-20.2", "2026-11-20.3"),
    ]
    with pytest.raises(FlowctlError, match="there is no release to go back to"):
        plan_rollback(shipped, NOW, reason="again")
    require_settled(shipped)


def test_after_going_forward_again_it_goes_back_to_where_it_was_before(shipped):
    roll_back(shipped)
    begin(shipped, "lead-more", summary="Forward", now=NOW + DAY)
    ship(shipped, NOW + DAY)
    assert threshold(live(shipped)) == 70

    roll_back(shipped, NOW + DAY)

    assert threshold(live(shipped)) == 50
    assert shipped.releases()[-1].title.startswith("Rollback to 2026-11-20.2")


def test_a_release_can_be_named(shipped):
    roll_back(shipped, to="2026-11-09")

    assert threshold(live(shipped)) == 40
    with pytest.raises(FlowctlError, match="live is what release `2026-11-09` was"):
        plan_rollback(shipped, NOW, reason="again", to="2026-11-09")
    with pytest.raises(FlowctlError, match="there is no release `2026-11-10`"):
        plan_rollback(shipped, NOW, reason="again", to="2026-11-10")


def test_it_needs_a_reason(shipped):
    with pytest.raises(FlowctlError, match="a rollback needs a reason"):
        plan_rollback(shipped, NOW, reason="  ")


def test_bars_are_kept_per_part(shipped):
    """The release that changed a flow and another is no target when its flow is barred; an older one is."""
    roll_back(shipped)
    begin(shipped, "case", now=NOW + DAY)
    ship(shipped, NOW + DAY)

    roll_back(shipped, NOW + DAY)

    assert threshold(live(shipped)) == 50
    assert "result: done}" in live(shipped).parts["flow/case"]
    assert [bar[0] for bar in bars(shipped)] == ["flow/lead", "flow/case"]


def test_a_draft_that_brings_barred_behaviour_is_blocked_until_somebody_says_why(shipped):
    based_on_the_bad_one = begin(shipped, "case", summary="On it")
    shipped.git.switch("main")
    roll_back(shipped)
    begin(shipped, "lead", summary="Again", now=NOW + DAY)

    plan = planned(shipped, NOW + DAY)
    assert plan.blockers == (
        "gate `barred`: flow/lead: this behaviour was rolled back; `--unbar --reason` ships it again",
    )
    with pytest.raises(Blocked) as caught:
        promote(shipped, plan, NOW + DAY)
    assert caught.value.exit == Exit.BLOCKED == 5
    assert threshold(live(shipped)) == 50

    promote(shipped, planned(shipped, NOW + DAY, unbar=True, reason="the form was mended"), NOW + DAY)
    assert threshold(live(shipped)) == 60
    assert bars(shipped) == []
    assert shipped.releases()[-1].overrides == ("unbarred flow/lead: the form was mended",)
    require_settled(shipped)
    assert [move.part for move in planned(shipped, NOW + DAY, based_on_the_bad_one).promotion.parts] == ["flow/case"]


def test_a_label_does_not_hide_barred_behaviour(shipped):
    roll_back(shipped)
    begin(shipped, "lead", summary="Again", now=NOW + DAY)
    text = (shipped.root / LEAD).read_text()
    (shipped.root / LEAD).write_text(text.replace("label: ready", "label: ready now"))
    save(shipped, "a label", NOW + DAY)

    assert planned(shipped, NOW + DAY).blockers != ()


def test_a_rollback_of_labels_alone_bars_nothing(ws):
    begin(ws)
    (ws.root / LEAD).write_text((ws.root / LEAD).read_text().replace("label: ready", "label: ready now"))
    save(ws, "a label", NOW)
    ship(ws)

    roll_back(ws)

    assert ws.pointer().barred == ()
    assert "label: ready," in live(ws).parts["flow/lead"]


def test_a_draft_that_holds_barred_behaviour_is_told_in_the_status(shipped):
    roll_back(shipped)
    begin(shipped, "lead", summary="Again", now=NOW + DAY)

    assert status(shipped, NOW + DAY).here.barred == ("flow/lead",)


def test_to_a_barred_release_only_when_somebody_says_so(shipped):
    roll_back(shipped)

    plan = plan_rollback(shipped, NOW, reason="it was right", to="2026-11-20")
    with pytest.raises(Blocked, match="this behaviour was rolled back"):
        promote(shipped, plan, NOW)

    promote(shipped, plan_rollback(shipped, NOW, reason="it was right", to="2026-11-20", unbar=True), NOW)
    assert threshold(live(shipped)) == 60
    assert bars(shipped) == [("flow/lead", "2026-11-20.2", "2026-11-20.3")]
    require_settled(shipped)


def test_who_is_missing_in_production_today_refuses(ws, top):
    org = top / "envs/production/org.yaml"
    known = org.read_text()
    org.write_text(f"{known}  old: {{id: 00G1f00000OldQuAAA}}\n")
    ship_with(ws, NOW, ("flows/directory.yaml", "queues:\n", "queues:\n  old: {name: Old Queue}\n"), OLD_QUEUE)
    ship_with(ws, NOW + DAY, (LEAD, "queue/old", "queue/marketing"), FIXTURE_OF_MARKETING)
    org.write_text(known)
    before = live(ws)

    plan = plan_rollback(ws, NOW + DAY, reason="too few leads")

    assert plan.blockers == ("the environment refuses: `queue/old` is not known in `production`",)
    with pytest.raises(Blocked):
        promote(ws, plan, NOW + DAY)
    assert live(ws).digest == before.digest
    require_settled(ws)


OLD_QUEUE = (LEAD, "to: queue/marketing", "to: queue/old")
FIXTURE_OF_MARKETING = (FIXTURES, "queue/old", "queue/marketing")


def ship_with(ws, now, *edits):
    begin(ws, summary=f"On {now:%A}", now=now)
    for path, old, new in edits:
        text = (ws.root / path).read_text()
        (ws.root / path).write_text(text.replace(old, new))
    fixtures = (ws.root / FIXTURES).read_text()
    if "queue/old" in (ws.root / LEAD).read_text():
        (ws.root / FIXTURES).write_text(fixtures.replace("queue/marketing", "queue/old"))
    save(ws, "queues", now)
    ship(ws, now)


def test_a_flow_that_a_release_added_goes_and_one_that_it_removed_comes_back(ws):
    begin(ws)
    new = (ws.root / "flows/case.yaml").read_text().replace("flow: case", "flow: new")
    (ws.root / "flows/new.yaml").write_text(new)
    save(ws, "new", NOW)
    ship(ws)

    roll_back(ws)
    assert "flow/new" not in live(ws).parts
    assert bars(ws) == [("flow/new", "2026-11-20", "2026-11-20.2")]
    require_settled(ws)

    roll_back(ws, to="2026-11-20", unbar=True)
    assert "flow/new" in live(ws).parts
    assert bars(ws) == []
    require_settled(ws)


def test_the_override_of_a_plan_needs_a_reason():
    with pytest.raises(FlowctlError, match="`--unbar` needs a reason"):
        Override.given(True, " ")
