"""Remotes that fail, and clones that lag behind: nothing is half done, and nothing finished is undone."""

import time
from contextlib import nullcontext

import pytest

from flowctl.diag import Exit, FlowctlError, Stale
from flowctl.envs import Local
from flowctl.history import PushRefused, Repository
from flowctl.ops import promote as promoting
from flowctl.ops.clone import clone_live
from flowctl.ops.drift import drift_of
from flowctl.ops.promote import promote
from flowctl.ops.recover import take_up
from flowctl.ops.status import status
from flowctl.ops.trunk import sync
from flowctl.ops.verify import verify
from tests.ops.promotion.week import (
    BO,
    DAY,
    NOW,
    at,
    begin,
    edit,
    git,
    live,
    person,
    planned,
    require_settled,
    roll_back,
    ship,
)  # fmt: skip

pytestmark = pytest.mark.slow  # two minutes in all


def hook(repository, name, script):
    path = repository / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def require_nothing_happened(ws, before):
    assert live(ws).digest == before.digest
    assert ws.release_ids()[-1] == "2026-11-16"
    assert ws.require_draft().draft == "2026-11-23-week"
    require_settled(ws)


@pytest.fixture
def drafted(ana):
    begin(ana, "lead", "case")
    return ana


def test_a_remote_that_cannot_be_reached_stops_a_promotion_before_anything(drafted, shared):
    plan, before = planned(drafted), live(drafted)
    (shared / "origin.git").rename(shared / "away.git")

    with pytest.raises(FlowctlError, match="`fetch` with the remote `origin` failed"):
        promote(drafted, plan, NOW)
    require_nothing_happened(drafted, before)

    (shared / "away.git").rename(shared / "origin.git")
    promote(drafted, plan, NOW)
    require_settled(drafted)


def test_a_remote_that_goes_away_while_a_promotion_is_under_way(drafted, shared, monkeypatch):
    plan, before = planned(drafted), live(drafted)
    push = Repository.push_atomic

    def unplugged(self, updates):
        (shared / "origin.git").rename(shared / "away.git")
        push(self, updates)

    with monkeypatch.context() as patched:
        patched.setattr(Repository, "push_atomic", unplugged)
        with pytest.raises(FlowctlError, match="`push` with the remote `origin` failed"):
            promote(drafted, plan, NOW)

    require_nothing_happened(drafted, before)
    (shared / "away.git").rename(shared / "origin.git")
    promote(drafted, plan, NOW)
    require_settled(drafted)


@pytest.mark.parametrize("comes_back", [True, False], ids=["and answers again", "and stays away"])
def test_a_remote_that_takes_the_push_and_does_not_answer(drafted, shared, bo, monkeypatch, comes_back):
    """Nobody here can know that it has it; whoever finds it there, finishes."""
    plan, before = planned(drafted), live(drafted)
    push = Repository.push_atomic

    def no_answer(self, updates):
        push(self, updates)
        if not comes_back:
            (shared / "origin.git").rename(shared / "away.git")
        raise FlowctlError("the line was cut")

    with monkeypatch.context() as patched:
        patched.setattr(Repository, "push_atomic", no_answer)
        if comes_back:
            promote(drafted, plan, NOW)
        else:
            with pytest.raises(FlowctlError, match="the line was cut"):
                promote(drafted, plan, NOW)
            assert live(drafted).digest == before.digest
            (shared / "away.git").rename(shared / "origin.git")
            with person(*BO):
                sync(bo)
                assert "finished the promotion 2026-11-20" in take_up(bo, NOW).steps[0]
                require_settled(bo)
            sync(drafted)
            take_up(drafted, NOW)

    assert drafted.release_ids()[-1] == "2026-11-20"
    assert live(drafted).digest == plan.bundle.digest
    assert drafted.drafts() == ()
    require_settled(drafted)


def test_a_push_that_arrives_after_everybody_had_given_it_up_is_finished(shared, drafted, bo, processes):
    """The promoter is killed while its push is on the way; a colleague undoes what it did; then the push arrives."""
    arrived = shared / "arrived"
    slow = hook(shared / "origin.git", "pre-receive", f"touch {arrived}; sleep 1.5")
    before = live(drafted)
    pid = processes.start("ship", shared)
    while not arrived.exists():
        time.sleep(0.01)
    processes.kill(pid)

    with person(*BO):
        assert "undid the promotion 2026-11-20" in take_up(bo, NOW).steps[0]
        assert live(bo).digest == before.digest
        while "2026-11-20" not in git(shared / "origin.git", "tag"):
            time.sleep(0.05)
        slow.unlink()
        sync(bo)
        drift = drift_of(bo)
        assert (drift.half_done, drift.reached) == ("2026-11-20", True)
        assert list(verify(bo).disagreements) == [
            "the promotion 2026-11-20 was cut off after it reached `main`: the next command finishes it"
        ]
        assert take_up(bo, NOW).steps == (
            "finished the promotion 2026-11-20, which was cut off after it reached `main`",
        )
        require_settled(bo)
        assert live(bo).digest != before.digest

    with at(shared / "ana") as ws:
        sync(ws)
        take_up(ws, NOW)
        require_settled(ws)


def test_a_git_that_outlives_the_flowctl_that_started_it_is_waited_for(top, processes):
    """The promoter is killed while its git is at work; its lock file goes in a moment, and nobody takes it away."""
    arrived = top / "arrived"
    wait = f"touch {arrived}; sleep 0.6"
    slow = f'while read old new ref; do [ "$1$ref" != preparedrefs/heads/main ] || {{ {wait}; }}; done'
    refusing = hook(top / "ana/.git", "reference-transaction", slow)
    with at(top / "ana") as ws:
        begin(ws, "lead", "case")
    pid = processes.start("ship", top)
    while not arrived.exists():
        time.sleep(0.01)
    processes.kill(pid)

    with at(top / "ana") as ws:
        steps = take_up(ws, NOW).steps
        assert not any("lock" in step for step in steps)
        require_settled(ws)
        refusing.unlink()
        if ws.drafts():
            ship(ws)
        require_settled(ws)
        assert ws.release_ids()[-1] == "2026-11-20"


@pytest.mark.parametrize("hooked", ["pre-receive", "update"])
def test_a_remote_that_refuses_by_a_hook(drafted, shared, hooked):
    plan, before = planned(drafted), live(drafted)
    refusing = hook(shared / "origin.git", hooked, "echo no releases on Fridays >&2; exit 1")

    with pytest.raises(PushRefused, match="no releases on Fridays"):
        promote(drafted, plan, NOW)
    require_nothing_happened(drafted, before)

    refusing.unlink()
    promote(drafted, plan, NOW)
    require_settled(drafted)


def test_a_hook_of_our_own_that_refuses_to_push(drafted, shared):
    plan, before = planned(drafted), live(drafted)
    refusing = hook(shared / "ana/.git", "pre-push", "exit 1")

    with pytest.raises(FlowctlError):
        promote(drafted, plan, NOW)
    require_nothing_happened(drafted, before)

    refusing.unlink()
    promote(drafted, plan, NOW)
    require_settled(drafted)


def test_a_hook_of_our_own_that_refuses_to_move_main(ws, top):
    begin(ws, "lead", "case")
    plan, before = planned(ws), live(ws)
    script = 'while read old new ref; do [ "$1" != prepared ] || [ "$ref" != refs/heads/main ] || exit 1; done'
    refusing = hook(top / "ana/.git", "reference-transaction", script)

    with pytest.raises(FlowctlError):
        promote(ws, plan, NOW)
    require_nothing_happened(ws, before)

    refusing.unlink()
    promote(ws, plan, NOW)
    require_settled(ws)


def test_a_release_that_the_remote_has_and_main_here_cannot_follow_is_done(drafted, shared):
    script = 'while read old new ref; do [ "$1" != prepared ] || [ "$ref" != refs/heads/main ] || exit 1; done'
    refusing = hook(shared / "ana/.git", "reference-transaction", script)

    with pytest.raises(FlowctlError, match="release `2026-11-20` is live; the remote has it; here, ") as caught:
        ship(drafted)
    assert caught.value.exit == Exit.CANNOT
    refusing.unlink()

    take_up(drafted, NOW)
    require_settled(drafted)
    assert drafted.release_ids()[-1] == "2026-11-20"
    assert drafted.drafts() == ()


def test_a_clone_that_cannot_fetch_undoes_nothing(ana, bo, shared):
    """It sees a release that it does not know: a colleague's, which is finished, or one that was cut off."""
    begin(ana, "lead")
    ship(ana)
    after = live(ana)
    git(bo.root, "remote", "set-url", "origin", "../nowhere.git")

    with person(*BO):
        assert drift_of(bo).half_done == "2026-11-20"
        with pytest.raises(FlowctlError, match="`fetch` with the remote `origin` failed"):
            take_up(bo, NOW)
        with pytest.raises(FlowctlError):
            clone_live(bo, "Mine", NOW)
        assert live(bo).digest == after.digest
        assert status(bo, NOW).drift.half_done == "2026-11-20"

        git(bo.root, "remote", "set-url", "origin", "../origin.git")
        assert take_up(bo, NOW).steps == ()
        require_settled(bo)
    assert live(ana).digest == after.digest


def test_a_main_that_was_moved_back_on_the_remote_undoes_nothing(ana, bo, shared):
    begin(ana, "lead")
    ship(ana)
    after = live(ana)
    old = git(shared / "origin.git", "rev-parse", "main^1")
    git(shared / "origin.git", "update-ref", "refs/heads/main", old)

    with person(*BO), pytest.raises(FlowctlError, match="release `2026-11-20` has a tag and is not on `main`"):
        take_up(bo, NOW)
    assert live(bo).digest == after.digest

    with pytest.raises(FlowctlError, match="`main` has commits here that the remote does not have") as caught:
        roll_back(ana)
    assert "git push origin main --tags" in caught.value.hint
    assert live(ana).digest == after.digest


def test_a_main_that_went_another_way_here_stops_before_anything(drafted, bo):
    with person(*BO):
        begin(bo, "sales", summary="Theirs", kind="roster")
        ship(bo)
    drafted.git.switch("main")
    (drafted.root / "README.md").write_text("mine\n")
    git(drafted.root, "add", "README.md")
    git(drafted.root, "commit", "-qm", "readme")
    drafted.git.switch("draft/2026-11-23-week")

    with pytest.raises(FlowctlError, match="have gone different ways"):
        sync(drafted)


def test_a_remote_without_main_is_told(ws, top):
    git(top, "init", "-q", "--bare", "-b", "main", "new.git")
    git(ws.root, "remote", "add", "origin", "../new.git")
    begin(ws, "lead")

    with pytest.raises(FlowctlError, match="`main` has commits here that the remote does not have"):
        ship(ws)
    git(ws.root, "push", "-q", "origin", "main", "--tags")
    ship(ws)
    require_settled(ws)


def test_a_tag_that_somebody_made_on_the_remote_is_passed_over(drafted, shared):
    git(shared / "origin.git", "tag", "live/production/2026-11-20", "main")

    assert ship(drafted).release.release == "2026-11-20.2"


def test_a_tag_that_somebody_makes_in_the_last_moment_stops_the_promotion(drafted, shared, monkeypatch):
    plan, before = planned(drafted), live(drafted)
    push = Repository.push_atomic

    def somebody_was_faster(self, updates):
        git(shared / "origin.git", "tag", "-f", "live/production/2026-11-20", "main")
        push(self, updates)

    with monkeypatch.context() as patched:
        patched.setattr(Repository, "push_atomic", somebody_was_faster)
        with pytest.raises(Stale, match="somebody else has made the tag `live/production/2026-11-20`"):
            promote(drafted, plan, NOW)
    assert live(drafted).digest == before.digest

    assert promote(drafted, plan, NOW).release.release == "2026-11-20.2"


def test_other_commits_on_main_are_built_upon(drafted, bo, shared, monkeypatch):
    """Somebody pushes a README between the plan and the commit: the release goes on top of it."""
    plan = planned(drafted)
    deploy = promoting.deploy

    def readme(*args):
        deploy(*args)
        (bo.root / "README.md").write_text("ours\n")
        git(bo.root, "add", "README.md")
        git(bo.root, "commit", "-qm", "readme")
        git(bo.root, "push", "-q", "origin", "main")

    monkeypatch.setattr(promoting, "deploy", readme)
    promote(drafted, plan, NOW)

    require_settled(drafted)
    assert drafted.git.read("main", "README.md") == b"ours\n"
    assert git(shared / "origin.git", "rev-parse", "main") == drafted.main


def test_another_release_that_reaches_main_first_wins(drafted, bo, monkeypatch):
    """Without the environment's lease, as on a disk that knows no locks: `main` decides."""
    plan = planned(drafted)
    deploy = promoting.deploy
    theirs = []

    def overtaken(environment, *args):
        deploy(environment, *args)
        if not theirs:
            theirs.append(True)
            environment.deploy(bo.bundle(), expecting=environment.read().bundle.digest, receipt=receipt)
            with person(*BO):
                begin(bo, "sales", summary="Theirs", kind="roster")
                monkeypatch.setattr(Local, "lease", lambda *_: nullcontext())
                ship(bo)

    receipt = drafted.environment("production").read().receipt
    monkeypatch.setattr(promoting, "deploy", overtaken)
    with pytest.raises(Stale, match="another release reached `main` first"):
        promote(drafted, plan, NOW)

    sync(drafted)
    take_up(drafted, NOW)
    require_settled(drafted)
    assert "weight: 2" in live(drafted).parts["roster/sales"]
    assert ">= 50" in live(drafted).parts["flow/lead"]


def test_drafts_and_releases_of_one_clone_are_seen_in_the_other(ana, bo):
    begin(ana, "lead", summary="Mine")
    with person(*BO):
        sync(bo)
        assert [draft.title for draft in bo.drafts()] == ["Live on 2026-11-23: Mine"]
        begin(bo, "case", summary="Theirs")
        ship(bo)
    ship(ana, NOW + DAY)
    with person(*BO):
        sync(bo)
        take_up(bo, NOW)
        require_settled(bo)
        assert bo.release_ids()[-2:] == ["2026-11-20", "2026-11-21"]
        assert bo.drafts() == ()


def test_a_draft_of_the_same_name_made_at_the_same_time_is_not_made_twice(ana, bo, monkeypatch):
    with person(*BO), monkeypatch.context() as patched:
        patched.setattr("flowctl.ops.clone.sync", lambda _: None)
        begin(ana, "lead", summary="Week")
        with pytest.raises(Stale):
            clone_live(bo, "Week", NOW)
        assert bo.git.refs("refs/heads/draft/") == {}
        assert bo.git.head().branch == "main"
    with person(*BO):
        assert clone_live(bo, "Week", NOW, stage=False).draft.draft == "2026-11-23-week-2"


def test_what_was_saved_after_a_colleague_shipped_the_draft_is_kept(ana, bo):
    draft = begin(ana, "lead")
    with person(*BO):
        bo.git.fetch()
        ship(bo, draft=next(d for d in bo.drafts() if d.draft == draft.draft))
    edit(ana, "case")
    ana.git.commit_worktree("flows", "offline", when=NOW)

    sync(ana)
    take_up(ana, NOW)

    assert ana.git.head().branch == draft.branch
    assert "with support" in (ana.root / "flows/case.yaml").read_text()
    assert verify(ana).disagreements == ()
