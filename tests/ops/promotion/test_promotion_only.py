"""The rosters of a draft go ahead of the rest of it, as a release; the draft stays open, as it was, and fresh."""

import shutil

import pytest

from flowctl.diag import Blocked, Exit, FlowctlError, Stale
from flowctl.ops import saved_plan
from flowctl.ops.clone import clone_live
from flowctl.ops.content import base_files, changes_of
from flowctl.ops.merge import merge_into_draft
from flowctl.ops.plan import Override
from flowctl.ops.promote import promote
from flowctl.ops.request import abandon, finish, propose
from flowctl.ops.save import save
from flowctl.ops.status import status
from flowctl.ops.trunk import sync
from flowctl.ops.verify import verify
from tests.ops.promotion.processes import digest_of
from tests.ops.promotion.test_promotion_killed import INDEX, next_command
from tests.ops.promotion.test_promotion_races import BEFORE
from tests.ops.promotion.test_promotion_races import once as once  # a fixture
from tests.ops.promotion.test_promotion_request import merge_request
from tests.ops.promotion.week import (
    BO,
    DAY,
    FIXTURES,
    LEAD,
    NOW,
    ROSTER,
    at,
    begin,
    by_hand,
    edit,
    live,
    person,
    planned,
    require_settled,
    roll_back,
    ship,
    stage,
)  # fmt: skip

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

ONLY = "rosters"
DIRECTORY = "flows/directory.yaml"


@pytest.fixture
def draft(ws):
    """A weekly draft of a flow, a roster and a fixture, checked out."""
    return begin(ws, "lead", "sales", "fixture")


def put(ws, path, old, new):
    text = (ws.root / path).read_text()
    assert old in text
    (ws.root / path).write_text(text.replace(old, new))
    save(ws, "more", NOW)


def test_the_rosters_ship_as_a_release_of_their_kind_and_nothing_else_does(ws, draft):
    shipped = ship(ws, only=ONLY)

    release = shipped.release
    assert (release.kind, release.only, release.draft) == ("roster", ONLY, draft.draft)
    assert release.title == "Roster sales, ahead of Live on 2026-11-23: Week"
    assert [move.part for move in release.parts] == ["roster/sales"]
    assert [gate.gate for gate in release.gates] == ["check"]
    assert dict(release.files) == {}
    assert "weight: 2" in live(ws).parts["roster/sales"]
    assert ">= 50" in live(ws).parts["flow/lead"]
    require_settled(ws)


def test_the_draft_stays_open_as_it_was_and_no_longer_shows_the_roster(ws, draft):
    tip, files = ws.tip(draft), ws.worktree()
    assert changes_of(ws, draft).parts == ("flow/lead", "roster/sales")

    shipped = ship(ws, only=ONLY)

    assert shipped.stale_drafts == ()
    assert (ws.require_draft(), ws.tip(draft), ws.worktree()) == (draft, tip, files)
    changes = changes_of(ws, draft)
    assert (changes.parts, changes.overlaps) == (("flow/lead",), ())
    assert base_files(ws, draft)[ROSTER] == files[ROSTER]
    assert [move.part for move in ship(ws, NOW + DAY).release.parts] == ["flow/lead"]
    assert "weight: 2" in live(ws).parts["roster/sales"]
    assert ws.pointer().parts["roster/sales"].release == "2026-11-20"
    assert ws.git.head().branch == "main"
    require_settled(ws)


def test_what_has_gone_ahead_may_be_edited_again_and_goes_again(ws, draft):
    ship(ws, only=ONLY)
    put(ws, ROSTER, "weight: 2", "weight: 4")
    assert changes_of(ws, draft).overlaps == ()

    ship(ws, NOW + DAY, only=ONLY)
    put(ws, ROSTER, "weight: 4", "weight: 5")
    ship(ws, NOW + 2 * DAY)

    assert [release.only for release in ws.releases()[-3:]] == [ONLY, ONLY, None]
    assert "weight: 5" in live(ws).parts["roster/sales"]
    require_settled(ws)


def test_a_colleague_s_change_of_what_has_gone_ahead_is_neither_undone_nor_an_overlap(ws, draft):
    ship(ws, only=ONLY)
    ws.git.switch("main")
    begin(ws, summary="Theirs")
    put(ws, ROSTER, "{user: ana.silva, weight: 2}", "{user: ana.silva, weight: 17}")
    assert ship(ws, NOW + DAY).stale_drafts == ()

    ship(ws, NOW + 2 * DAY, draft=draft)

    assert "weight: 17" in live(ws).parts["roster/sales"]
    assert ">= 60" in live(ws).parts["flow/lead"]
    assert ws.git.refs("refs/heads/draft/") == {}
    require_settled(ws)


def test_the_releases_named_as_overlapping_are_those_of_others(ws, draft):
    ship(ws, only=ONLY)
    ws.git.switch("main")
    begin(ws, summary="Theirs")
    put(ws, ROSTER, "{user: ana.silva, weight: 2}", "{user: ana.silva, weight: 17}")
    ship(ws, NOW + DAY)
    ws.git.switch(draft.branch)
    put(ws, ROSTER, "weight: 2", "weight: 3")

    with pytest.raises(Stale) as caught:
        planned(ws, only=ONLY)

    assert caught.value.message == "live has changed `roster/sales` since the draft began by 2026-11-21"


def test_live_is_taken_in_on_top_of_what_has_gone_ahead(ws, draft):
    ship(ws, only=ONLY)
    put(ws, ROSTER, "weight: 2", "weight: 3")

    report = merge_into_draft(ws, "live", NOW + DAY)

    assert (report.release, report.files) == ("2026-11-20", {})
    assert "weight: 3" in (ws.root / ROSTER).read_text()
    assert changes_of(ws, ws.require_draft()).parts == ("flow/lead", "roster/sales")


def test_other_drafts_stay_fresh_unless_they_touch_the_same_roster(ws):
    mine = begin(ws, "lead", "sales", summary="Mine")
    ws.git.switch("main")
    begin(ws, "lead-more", "support", summary="Fresh")
    ws.git.switch("main")
    touched = begin(ws, "sales-more", summary="Touched")

    shipped = ship(ws, draft=mine, only=ONLY)

    assert [draft.draft for draft in shipped.stale_drafts] == [touched.draft]


def test_a_draft_that_is_stale_in_a_flow_still_sends_its_rosters_ahead(ws):
    theirs = begin(ws, "lead-more", summary="Theirs")
    ws.git.switch("main")
    begin(ws, "lead", "sales", summary="Mine")
    ship(ws, draft=theirs)
    with pytest.raises(Stale):
        planned(ws)

    ship(ws, NOW + DAY, only=ONLY)

    assert ">= 70" in live(ws).parts["flow/lead"]
    assert "weight: 2" in live(ws).parts["roster/sales"]
    require_settled(ws)


def test_a_roster_that_is_stale_does_not_go_ahead(ws):
    theirs = begin(ws, "sales-more", summary="Theirs")
    ws.git.switch("main")
    begin(ws, "lead", "sales", summary="Mine")
    ship(ws, draft=theirs)

    with pytest.raises(Stale, match="live has changed `roster/sales` since the draft began by 2026-11-20"):
        planned(ws, only=ONLY)


def test_a_draft_without_a_change_of_rosters_is_told_what_to_type(ws):
    begin(ws, "lead")

    with pytest.raises(FlowctlError, match="the draft changes no roster") as caught:
        planned(ws, only=ONLY)

    assert (caught.value.exit, caught.value.hint) == (Exit.CANNOT, "`flowctl plan --to production` ships all of it")


def test_the_gates_are_those_of_rosters_and_the_combination_is_checked(ws, draft):
    put(ws, ROSTER, "ben.okafor", "ben.okafour")

    plan = planned(ws, only=ONLY)

    assert plan.blockers[0] == "gate `check`: 1 error, 1 warning"
    with pytest.raises(Blocked):
        promote(ws, plan, NOW)


def test_a_new_colleague_brings_the_directory_along(ws, draft):
    put(ws, DIRECTORY, "queues:", "  cem.arslan: {name: Cem Arslan}\nqueues:")
    assert [move.part for move in planned(ws, only=ONLY).promotion.parts] == ["roster/sales"]

    put(ws, ROSTER, "  - {user: ben.okafor}", "  - {user: ben.okafor}\n  - {user: cem.arslan}")

    assert [move.part for move in planned(ws, only=ONLY).promotion.parts] == ["directory", "roster/sales"]


def test_fixtures_that_the_rosters_make_fail_come_along_where_the_draft_has_mended_them(ws):
    settings = (ws.root / "flowctl.yaml").read_text()
    (ws.root / "flowctl.yaml").write_text(settings.replace("roster: {", "roster: {tests: true, "))
    ws.git.commit_worktree("flowctl.yaml", "rosters are tested", when=NOW)
    draft = begin(ws, "case", "fixture")
    put(ws, ROSTER, "{user: ben.okafor}", "{user: ben.okafor, weight: 5}")
    assert planned(ws, only=ONLY).blockers == ("gate `tests`: 2 of 3 fixtures pass",)

    put(ws, FIXTURES, "owner: user/ana.silva", "owner: user/ben.okafor")
    put(ws, "flows/fixtures/case/all.yaml", "owner: user/ana.silva", "owner: user/ben.okafor")
    ship(ws, only=ONLY)

    assert list(ws.releases()[-1].files) == [FIXTURES]
    assert changes_of(ws, draft).files.keys() == {"flows/case.yaml", "flows/fixtures/case/all.yaml"}
    assert base_files(ws, draft)[FIXTURES] == (ws.root / FIXTURES).read_bytes()
    require_settled(ws)


def test_staging_is_asked_for_the_rosters_with_the_fixtures_of_the_draft(ws):
    settings = (ws.root / "flowctl.yaml").read_text()
    (ws.root / "flowctl.yaml").write_text(settings.replace("roster: {", "roster: {staged: true, "))
    ws.git.commit_worktree("flowctl.yaml", "rosters are staged", when=NOW)
    begin(ws, "lead", "sales")
    put(ws, LEAD, ">= 60", ">= 90")
    put(ws, "flows/fixtures/lead/first.yaml", "Person_Score__c: 80", "Person_Score__c: 95")
    assert planned(ws, only=ONLY).blockers == ("gate `staged`: 0 of 1 part in staging",)

    stage(ws)

    assert planned(ws, only=ONLY).blockers == ()


def test_a_draft_of_kind_roster_ships_no_flow_by_the_lighter_gates(ws):
    begin(ws, "lead", "sales", kind="roster")

    assert planned(ws).blockers == ("gate `rosters`: no roster: flow/lead",)
    assert planned(ws, only=ONLY).blockers == ()


def test_the_plan_that_was_kept_says_that_only_rosters_ship(ws, draft):
    kept = planned(ws, only=ONLY)
    saved_plan.keep(ws, kept)
    plan, was_kept = saved_plan.plan_to_apply(ws, "production", NOW, Override())
    assert (plan.id, was_kept, plan.promotion.only) == (kept.id, True, ONLY)

    saved_plan.keep(ws, planned(ws, only=ONLY))
    whole, was_kept = saved_plan.plan_to_apply(ws, "production", NOW, Override(), whole=True)
    assert (whole.promotion.only, was_kept) == (None, False)

    saved_plan.keep(ws, planned(ws))
    plan, was_kept = saved_plan.plan_to_apply(ws, "production", NOW, Override(), ONLY)
    assert (plan.id, was_kept) == (kept.id, False)


def test_a_stale_kept_plan_says_how_to_make_it_again(ws, draft):
    saved_plan.keep(ws, planned(ws, only=ONLY))
    put(ws, ROSTER, "weight: 2", "weight: 3")

    with pytest.raises(Stale) as caught:
        saved_plan.plan_to_apply(ws, "production", NOW, Override())

    assert caught.value.hint == "`flowctl plan --to production --only rosters`"


def test_it_is_the_same_plan_the_next_day(ws, draft):
    assert planned(ws, only=ONLY).id == planned(ws, NOW + DAY, only=ONLY).id != planned(ws).id


def test_a_flow_that_was_adopted_stops_the_rosters_until_it_ships_too(top, ws):
    by_hand(top, LEAD, ">= 50", ">= 55")
    clone_live(ws, "Week", NOW, adopt=True)
    edit(ws, "sales")
    save(ws, "edits", NOW)

    with pytest.raises(Stale, match="production was changed by hand: flow/lead"):
        planned(ws, only=ONLY)


def test_a_roster_that_was_adopted_goes_ahead_and_is_adopted_no_more(top, ws):
    by_hand(top, ROSTER, "AnaSlAAA}", "AnaSlAAA, weight: 9}")
    draft = clone_live(ws, "Week", NOW, adopt=True).draft
    edit(ws, "lead")
    save(ws, "edits", NOW)

    ship(ws, only=ONLY)

    require_settled(ws)
    assert changes_of(ws, draft).parts == ("flow/lead",)
    assert status(ws, NOW).next == "flowctl plan --to production"
    ship(ws, NOW + DAY)
    assert "weight: 9" in live(ws).parts["roster/sales"]
    require_settled(ws)


def test_a_rollback_of_what_has_gone_ahead_is_not_undone_by_the_draft(ws, draft):
    ship(ws, only=ONLY)
    roll_back(ws, rosters=True)
    assert "weight: 2" not in live(ws).parts["roster/sales"]

    ship(ws, NOW + DAY)

    assert "weight: 2" not in live(ws).parts["roster/sales"]
    require_settled(ws)


# At two places, through a request, and killed -----------------------------------------------------------------------


def test_a_colleague_s_clone_sees_the_draft_without_what_has_gone_ahead(ana, bo):
    draft = begin(ana, "lead", "sales")
    ship(ana, only=ONLY)

    with person(*BO):
        sync(bo)
        [seen] = bo.drafts()

        assert changes_of(bo, seen).parts == ("flow/lead",)
        assert bo.git.resolve(f"origin/{draft.branch}") == bo.tip(seen)
        require_settled(bo)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["--squash", "--no-ff"])
def test_through_a_merge_request_the_draft_stays_open_too(ana, shared, how):
    draft = begin(ana, "lead", "sales")
    merge_request(shared, propose(ana, planned(ana, only=ONLY), NOW).branch, how)
    sync(ana)
    assert changes_of(ana, draft).parts == ("flow/lead",)
    put(ana, ROSTER, "weight: 2", "weight: 3")
    assert changes_of(ana, draft).overlaps == ()

    finish(ana, "production", NOW)

    assert [d.draft for d in ana.drafts()] == [draft.draft]
    assert "weight: 2" in live(ana).parts["roster/sales"]
    assert changes_of(ana, draft).parts == ("flow/lead", "roster/sales")
    require_settled(ana)
    ship(ana, NOW + DAY)
    require_settled(ana)


@pytest.mark.slow
def test_an_abandoned_request_of_rosters_gives_the_roster_back_to_the_draft(ana, shared):
    draft = begin(ana, "lead", "sales")
    merge_request(shared, propose(ana, planned(ana, only=ONLY), NOW).branch)
    merge_request(shared, abandon(ana, "production", NOW).branch)
    sync(ana)

    assert changes_of(ana, draft).parts == ("flow/lead", "roster/sales")
    ship(ana, NOW + DAY)
    assert "weight: 2" in live(ana).parts["roster/sales"]
    require_settled(ana)


def require_all_or_nothing(ws, tip):
    """The rosters are live, or nothing of their release is; the draft is as it was either way."""
    next_command(ws)
    [draft] = ws.drafts()
    assert ws.tip(draft) == tip
    done = "weight: 2" in live(ws).parts["roster/sales"]
    assert ws.release_ids()[-1] == ("2026-11-20" if done else "2026-11-16")
    assert changes_of(ws, draft).parts == (("flow/lead",) if done else ("flow/lead", "roster/sales"))
    return done


@pytest.mark.slow
def test_killed_anywhere_it_is_done_or_undone_and_the_draft_is_whole(top, lives):
    with at(top / "ana") as ws:
        tip = ws.tip(begin(ws, "lead", "sales"))
    ends, tried = [], set()

    for life in lives("ship", top, only=ONLY):
        with at(life / "ana") as ws:
            ends.append(require_all_or_nothing(ws, tip))
            if not ends[-1] and (found := digest_of(life, but=INDEX)) not in tried:
                tried.add(found)
                ship(ws, only=ONLY)
                require_settled(ws)
            ship(ws, NOW + DAY)
            require_settled(ws)

    assert set(ends) == {True, False}


@pytest.mark.slow
def test_killed_anywhere_with_a_remote_another_clone_takes_it_up(shared, lives):
    with at(shared / "ana") as ws:
        tip = ws.tip(begin(ws, "lead", "sales"))
    ends = set()

    for life in lives("ship", shared, only=ONLY):
        with person(*BO), at(life / "bo") as ws:
            ends.add(require_all_or_nothing(ws, tip))
        with at(life / "ana") as ws:
            require_all_or_nothing(ws, tip)

    assert ends == {True, False}


@pytest.fixture(scope="module")
def with_rosters(past, tmp_path_factory):
    top = shutil.copytree(past, tmp_path_factory.mktemp("race") / "rosters", symlinks=True)
    with at(top / "ana") as ws:
        begin(ws, "lead", "sales", summary="First")
        ws.git.switch("main")
        begin(ws, "sales-more", "case", summary="Second")
    return top


@pytest.mark.slow
@pytest.mark.parametrize("once", range(4), indirect=True)
def test_two_drafts_that_send_one_roster_ahead_at_once(with_rosters, once):
    first, second = ({"draft": f"2026-11-23-{name}", "only": ONLY} for name in ("first", "second"))
    top, winner, loser = once(with_rosters, first, second)

    with at(top / "ana") as ws:
        assert (winner.exit, loser.exit) == (Exit.DONE, Exit.STALE)
        require_settled(ws)
        assert ws.release_ids() == [*BEFORE, winner.result]
        assert len(ws.drafts()) == 2


@pytest.mark.slow
@pytest.mark.parametrize("once", range(4), indirect=True)
def test_the_rosters_of_a_draft_and_all_of_it_at_once(with_rosters, once):
    top, winner, loser = once(with_rosters, {"only": ONLY}, {})

    with at(top / "ana") as ws:
        assert (winner.exit, loser.exit) == (Exit.DONE, Exit.STALE)
        require_settled(ws)
        assert ws.release_ids() == [*BEFORE, winner.result]
        assert len(ws.drafts()) == (2 if ws.releases()[-1].only else 1)
        assert verify(ws).disagreements == ()
