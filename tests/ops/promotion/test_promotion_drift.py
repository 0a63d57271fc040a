"""Changes by hand are found, told apart from a promotion that was cut off, and never overwritten in silence."""

import re

import pytest

from flowctl.diag import Blocked, Exit, FlowctlError, Stale
from flowctl.envs import Receipt, StaleEnvironment
from flowctl.envs.protocol import read_receipt, write_receipt
from flowctl.ops import promote as promoting
from flowctl.ops.clone import clone_live
from flowctl.ops.drift import UNDONE, drift_of
from flowctl.ops.merge import merge_into_draft
from flowctl.ops.plan import plan_draft
from flowctl.ops.promote import promote
from flowctl.ops.recover import take_up
from flowctl.ops.rollback import plan_rollback
from flowctl.ops.save import save
from flowctl.ops.status import status
from flowctl.ops.verify import verify
from tests.ops.promotion.week import (
    CASES,
    LEAD,
    NOW,
    at,
    begin,
    by_hand,
    edit,
    git,
    live,
    planned,
    require_settled,
    ship,
)  # fmt: skip

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes


def receipt_file(top):
    return (top / "envs/production/live").resolve() / "receipt.yaml"


@pytest.fixture
def edited(ws, top):
    """Somebody has edited a flow in production."""
    by_hand(top, LEAD, "result: with marketing", "result: by hand")
    return ws


def test_a_change_by_hand_stops_everything_that_begins_from_live(edited):
    assert drift_of(edited).parts == ("flow/lead",)
    assert status(edited, NOW).drift.parts == ("flow/lead",)
    assert list(verify(edited).disagreements) == ["production was changed by hand: flow/lead"]
    for begins in (lambda: clone_live(edited, "Week", NOW), lambda: plan_rollback(edited, NOW, reason="now")):
        with pytest.raises(Stale, match="production was changed by hand: flow/lead") as caught:
            begins()
        assert caught.value.exit == Exit.STALE == 4
        assert "--adopt" in caught.value.hint


def test_a_change_by_hand_stops_a_plan_and_a_promotion_that_was_planned_before(ws, top):
    begin(ws, "lead", "case")
    plan = planned(ws)
    by_hand(top, LEAD, "result: with marketing", "result: by hand")

    with pytest.raises(Stale, match="by hand"):
        planned(ws)
    with pytest.raises(Stale, match="by hand"):
        promote(ws, plan, NOW)
    assert "result: by hand" in live(ws).parts["flow/lead"]
    assert ws.release_ids()[-1] == "2026-11-16"


def adopt(ws):
    return clone_live(ws, "What was done by hand", NOW, adopt=True, stage=False)


def test_it_is_taken_into_a_draft_as_the_one_edit_that_it_was(edited):
    assert adopt(edited).adopted == ("flow/lead",)

    [diff] = planned(edited).diffs
    assert [(edit.node, edit.before, edit.after) for edit in diff.edits] == [("held", "with marketing", "by hand")]
    old, new = edited.git.read("main", LEAD), edited.git.read("HEAD", LEAD)
    assert [line for line in new.splitlines() if line not in old.splitlines()] == [
        b"  held: {type: end, result: by hand}"
    ]
    assert len(new.splitlines()) == len(old.splitlines())


def test_what_was_adopted_ships_with_what_the_draft_makes_of_it(edited):
    adopt(edited)
    edit(edited, "lead", "case")
    save(edited, "more", NOW)

    ship(edited)

    require_settled(edited)
    text = live(edited).parts["flow/lead"]
    assert "result: by hand" in text
    assert ">= 60" in text
    assert [move.part for move in edited.releases()[-1].parts] == ["flow/case", "flow/lead"]


def test_what_was_adopted_ships_only_while_production_runs_just_that(edited, top):
    adopt(edited)
    plan = planned(edited)
    by_hand(top, LEAD, "result: by hand", "result: by hand again")

    with pytest.raises(Stale, match="production was changed by hand: flow/lead"):
        planned(edited)
    with pytest.raises(Stale):
        promote(edited, plan, NOW)
    by_hand(top, LEAD, "result: by hand again", "result: by hand")
    by_hand(top, CASES, "result: done", "result: by hand")
    with pytest.raises(Stale, match="production was changed by hand: flow/case"):
        planned(edited)


def test_a_change_by_hand_is_taken_back_by_a_draft_that_adopts_it_and_takes_it_out(edited):
    adopt(edited)
    (edited.root / LEAD).write_bytes(edited.git.read("main", LEAD))
    save(edited, "not this", NOW)

    ship(edited)

    require_settled(edited)
    assert "result: with marketing" in live(edited).parts["flow/lead"]
    assert edited.releases()[-1].parts == ()


def test_an_adopting_draft_keeps_what_it_adopted_when_it_takes_live_in(edited):
    adopt(edited)
    git(edited.root, "commit", "-q", "--allow-empty", "-m", "nothing")

    merge_into_draft(edited, "live", NOW)

    assert verify(edited).disagreements == ("production was changed by hand: flow/lead",)
    ship(edited)
    require_settled(edited)


def test_a_draft_that_does_not_adopt_it_still_stops(edited):
    adopt(edited)
    edited.git.switch("main")
    with pytest.raises(Stale, match="by hand"):
        clone_live(edited, "Another", NOW)


def test_what_ran_by_hand_runs_again_when_the_promotion_that_takes_it_in_is_cut_off(
    edited, top, processes, monkeypatch
):
    adopt(edited)
    edit(edited, "case")
    save(edited, "more", NOW)
    before = live(edited)
    with monkeypatch.context() as patched:
        patched.setattr(promoting, "commit_to_main", None)
        with pytest.raises(TypeError):
            ship(edited)
    assert live(edited).digest != before.digest

    take_up(edited, NOW)

    assert live(edited).parts == before.parts
    assert drift_of(edited).parts == ("flow/lead",)
    ship(edited)
    require_settled(edited)


def test_a_part_that_was_added_or_removed_by_hand_is_adopted_too(ws, top):
    folder = (top / "envs/production/live").resolve() / "flows"
    (folder / "more.yaml").write_text((folder / "case.yaml").read_text().replace("flow: case", "flow: more"))
    (folder / "rosters/support.yaml").unlink()
    assert drift_of(ws).parts == ("flow/more", "roster/support")

    clone_live(ws, "By hand", NOW, adopt=True, stage=False)

    assert (ws.root / "flows/more.yaml").exists()
    assert not (ws.root / "flows/rosters/support.yaml").exists()


def test_a_change_by_hand_of_comments_is_none(ws, top):
    by_hand(top, LEAD, "# A lead needs", "# Every lead needs")

    assert drift_of(ws).is_clean
    begin(ws, "lead")
    ship(ws)
    require_settled(ws)


@pytest.fixture
def half_done(ws, monkeypatch):
    """A promotion of a draft ended when its content was in production and not on main."""
    begin(ws, "lead", "case")
    before = live(ws)
    with monkeypatch.context() as patched:
        patched.setattr(promoting, "commit_to_main", None)
        with pytest.raises(TypeError):
            ship(ws)
    assert live(ws).digest != before.digest
    return ws


def test_a_promotion_that_was_cut_off_is_not_taken_for_a_change_by_hand(half_done):
    drift = drift_of(half_done)

    assert (drift.half_done, drift.parts, drift.reached) == ("2026-11-20", (), False)
    assert list(verify(half_done).disagreements) == [
        "production runs 2026-11-20, which never reached `main`: the next command undoes it"
    ]
    with pytest.raises(Blocked, match="the promotion `2026-11-20` is running, or was cut off"):
        plan_draft(half_done, half_done.require_draft(), NOW)

    assert "undid the promotion 2026-11-20, which was cut off before it reached `main`" in take_up(half_done, NOW).steps
    require_settled(half_done)
    assert live(half_done).digest == half_done.bundle().digest


def test_an_edit_by_hand_upon_a_promotion_that_was_cut_off_is_not_overwritten(half_done, top):
    by_hand(top, CASES, "result: with support}", "result: by hand}")

    assert take_up(half_done, NOW).steps == ()

    drift = drift_of(half_done)
    assert (drift.half_done, drift.parts) == (None, ("flow/case", "flow/lead"))
    with pytest.raises(Stale, match="by hand"):
        planned(half_done)
    assert "result: by hand" in live(half_done).parts["flow/case"]

    half_done.git.switch("main")
    clone_live(half_done, "By hand", NOW, adopt=True, stage=False)
    ship(half_done)
    require_settled(half_done)


def test_an_edit_by_hand_while_a_promotion_is_under_way_is_not_overwritten(ws, top, monkeypatch):
    """Between what the promotion deploys and the moment in which it finds that it cannot go on."""
    begin(ws, "lead")

    def no_commit(*_):
        by_hand(top, CASES, "result: done}", "result: by hand}")
        raise FlowctlError("the disk is full")

    monkeypatch.setattr(promoting, "commit_to_main", no_commit)
    with pytest.raises(Stale, match="the disk is full; and production was changed by somebody else meanwhile"):
        ship(ws)

    assert "result: by hand" in live(ws).parts["flow/case"]
    assert drift_of(ws).parts == ("flow/case", "flow/lead")


def test_an_edit_by_hand_in_the_moment_of_deploying_wins(ws, top, monkeypatch):
    begin(ws, "lead")
    plan = planned(ws)
    fresh = promoting.require_fresh

    def then_edited(*args):
        fresh(*args)
        by_hand(top, CASES, "result: done}", "result: by hand}")

    monkeypatch.setattr(promoting, "require_fresh", then_edited)
    with pytest.raises(StaleEnvironment):
        promote(ws, plan, NOW)

    assert drift_of(ws).parts == ("flow/case",)
    assert ws.release_ids()[-1] == "2026-11-16"


TAMPERED = {
    "gone": lambda path: path.unlink(),
    "no YAML": lambda path: path.write_text("{"),
    "other digests": lambda path: path.write_text(path.read_text().replace("sha256:", "sha256:0")),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
def test_a_receipt_that_was_tampered_with_proves_nothing(half_done, top, tamper):
    tamper(receipt_file(top))

    assert take_up(half_done, NOW).steps == ()
    assert drift_of(half_done).parts == ("flow/case", "flow/lead")
    assert "flow/case" in verify(half_done).disagreements[0]


def test_a_receipt_that_names_another_release_is_told_and_mended(ws, top):
    path = receipt_file(top)
    path.write_text(re.sub("(?m)^release: .*$", "release: x", path.read_text()))

    assert drift_of(ws).half_done == "x"
    assert len(verify(ws).disagreements) == 1

    take_up(ws, NOW)
    require_settled(ws)
    assert live(ws).digest == ws.bundle().digest


def test_a_receipt_without_a_release_over_changed_content_is_a_change_by_hand(edited, top):
    """Whoever edits production by hand, and its receipt so that it fits, is not taken for a promotion."""
    there = edited.environment("production").read()
    old = there.receipt
    forged = Receipt(kind="weekly", who=old.who, when=old.when, digests=there.bundle.digests)
    receipt_file(top).write_text(write_receipt(forged))

    assert drift_of(edited).parts == ("flow/lead",)
    assert take_up(edited, NOW).steps == ()


def test_what_was_undone_says_so_in_its_receipt(half_done, top):
    take_up(half_done, NOW)

    receipt = read_receipt(receipt_file(top).read_text())
    assert (receipt.kind, receipt.release) == (UNDONE, "2026-11-16")
    ship(half_done)
    require_settled(half_done)


def test_a_main_that_was_changed_without_a_release_ships_nothing_and_undoes_nothing_to_it(half_done):
    half_done.git.switch("main")
    text = (half_done.root / CASES).read_text()
    (half_done.root / CASES).write_text(text.replace("result: done}", "result: never planned}"))
    half_done.git.commit_worktree("flows", "straight to main", when=NOW)

    take_up(half_done, NOW)

    assert "result: done}" in live(half_done).parts["flow/case"]
    with pytest.raises(FlowctlError, match="`main` was changed without a release: flow/case") as caught:
        clone_live(half_done, "Week", NOW)
    assert caught.value.exit == Exit.CANNOT
    assert verify(half_done).disagreements == (
        "environments/production.yaml does not fit the parts on `main`: flow/case",
    )


def test_staging_changed_by_hand_is_told_and_stops_nothing(ws, top):
    begin(ws, "lead", stage=True)
    by_hand(top, CASES, "result: done", "result: by hand", environment="staging")

    assert drift_of(ws, "staging").parts == ("flow/case",)
    assert list(verify(ws).disagreements) == ["staging was changed by hand: flow/case"]
    ship(ws)


def test_a_drift_that_somebody_took_back_by_hand_is_none(ws, top):
    by_hand(top, LEAD, "result: with marketing", "result: by hand")
    by_hand(top, LEAD, "result: by hand", "result: with marketing")

    begin(ws, "lead")
    ship(ws)
    require_settled(ws)


def test_the_environment_put_back_to_an_older_release_by_hand_stays_until_somebody_says_what_it_is(top, ws):
    """The link to what runs, turned to the generation before: an owner in trouble does that."""
    begin(ws, "lead")
    ship(ws)
    link = top / "envs/production/live"
    generations = sorted(path.name for path in (top / "envs/production/generations").iterdir())
    link.unlink()
    link.symlink_to(f"generations/{generations[0]}")

    assert take_up(ws, NOW).steps == ()
    assert drift_of(ws).parts == ("flow/lead",)
    with at(top / "ana") as again, pytest.raises(Stale, match="by hand"):
        clone_live(again, "Week", NOW)
    assert adopt(ws).adopted == ("flow/lead",)
    ship(ws)
    require_settled(ws)
    assert ">= 50" in live(ws).parts["flow/lead"]
