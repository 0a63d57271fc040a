"""A promotion through a merge request: proposed, merged by somebody, finished by one job; or abandoned."""

import shutil

import pytest

from flowctl.diag import Blocked, Exit, FlowctlError, Stale
from flowctl.envs import StaleEnvironment
from flowctl.history import PushRefused
from flowctl.ops.clone import clone_live
from flowctl.ops.drift import drift_of
from flowctl.ops.merge import merge_into_draft
from flowctl.ops.recover import take_up
from flowctl.ops.request import abandon, finish, propose
from flowctl.ops.rollback import plan_rollback
from flowctl.ops.trunk import sync
from flowctl.ops.verify import verify
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
    git,
    live,
    person,
    planned,
    require_settled,
    ship,
)  # fmt: skip

pytestmark = pytest.mark.slow  # two minutes in all

PENDING = ["release 2026-11-20 is pending: it has no tag"]


def merge_request(shared, branch, how="--squash", edits=()):
    """Somebody merges a branch into the remote's `main`, as a forge does it; and may change files on the way."""
    folder = shared / "forge"
    if not folder.exists():
        git(shared, "clone", "-q", "origin.git", "forge")
    git(folder, "switch", "-q", "main")
    git(folder, "pull", "-q")
    git(folder, "fetch", "-q")
    git(folder, "merge", "-q", how, *(["-m", "Merge request"] if how == "--no-ff" else []), f"origin/{branch}")
    for path, old, new in edits:
        text = (folder / path).read_text()
        assert old in text
        (folder / path).write_text(text.replace(old, new))
    if how == "--squash" or edits:
        amend = [] if how == "--squash" else ["--amend"]
        git(folder, "commit", "-q", "-a", *amend, "-m", "Merge request")
    git(folder, "push", "-q", "origin", "main")
    git(folder, "push", "-q", "origin", "--delete", branch)


@pytest.fixture
def proposed(ana):
    """A draft of `flow/lead`, the sales and a fixture, proposed."""
    begin(ana, "lead", "sales-more", "fixture")
    return propose(ana, planned(ana), NOW)


@pytest.fixture(params=["--squash", "--no-ff", "--ff-only"])
def merged(request, shared, proposed):
    merge_request(shared, proposed.branch, request.param)
    return proposed


@pytest.fixture
def squashed(shared, proposed):
    merge_request(shared, proposed.branch)
    return proposed


def test_a_request_changes_neither_main_nor_production(ana, shared, proposed):
    before = live(ana)

    sync(ana)

    assert proposed.branch == "release/production/2026-11-20"
    assert git(shared / "origin.git", "branch", "--list", "release/*").strip() == proposed.branch
    assert (live(ana).digest, ana.release_ids()[-1]) == (before.digest, "2026-11-16")
    require_settled(ana)
    assert [draft.draft for draft in ana.drafts()] == ["2026-11-23-week"]


def test_a_merged_request_is_pending_until_it_is_finished(ana, merged):
    before = live(ana)
    sync(ana)

    assert drift_of(ana).pending == "2026-11-20"
    assert list(verify(ana).disagreements) == PENDING
    assert live(ana).digest == before.digest

    promoted = finish(ana, "production", NOW)

    require_settled(ana)
    assert promoted.release.release == "2026-11-20"
    assert live(ana).digest == ana.bundle().digest != before.digest
    assert ana.tags()["production/2026-11-20"] == promoted.commit == ana.main
    assert ana.drafts() == ()
    assert ana.git.head().branch == "main"
    assert ana.git.refs("refs/heads/draft/") == ana.git.refs("refs/remotes/origin/draft/") == {}


def test_a_job_in_another_clone_finishes(ana, shared, squashed):
    with person("Job", "job@example.com"), at(shared / "bo") as job:
        finish(job, "production", NOW)
        require_settled(job)

    take_up(ana, NOW)
    sync(ana)
    take_up(ana, NOW)

    require_settled(ana)
    assert ana.git.head().branch == "main"
    assert ana.drafts() == ()


def test_while_a_request_is_pending_nothing_else_ships(ana, bo, squashed):
    with person(*BO):
        with pytest.raises(Blocked, match="release `2026-11-20` is pending"):
            clone_live(bo, "Mine", NOW)
        with pytest.raises(Blocked, match="pending"):
            plan_rollback(bo, NOW, reason="now")
        with pytest.raises(Blocked, match="pending"):
            clone_live(bo, "Mine", NOW, adopt=True)


def test_a_plan_from_before_the_merge_is_blocked_after_it(ana, bo, shared, proposed):
    with person(*BO):
        begin(bo, "case", summary="Mine")
        plan = planned(bo)
        merge_request(shared, proposed.branch)

        with pytest.raises(Blocked, match="pending") as caught:
            ship(bo)
        assert caught.value.exit == Exit.BLOCKED
        assert caught.value.hint == "`flowctl promote --to production --finish`, or `--abandon`"
        with pytest.raises(Blocked, match="pending"):
            propose(bo, plan, NOW)
        with pytest.raises(Blocked, match="pending"):
            merge_into_draft(bo, "live", NOW)


def test_a_release_between_proposal_and_merge_is_not_undone_by_it(ana, bo, shared, proposed):
    with person(*BO):
        begin(bo, "case", summary="Mine")
        ship(bo)
    assert bo.release_ids()[-1] == "2026-11-20.2"  # the proposal has the day's first number

    git(shared, "clone", "-q", "origin.git", "forge")
    folder = shared / "forge"
    git(folder, "merge", "-q", "-X", "theirs", "-m", "Merge request", f"origin/{proposed.branch}")
    git(folder, "push", "-q", "origin", "main")

    with pytest.raises(Stale, match="live has changed since release `2026-11-20` was proposed") as caught:
        finish(ana, "production", NOW)
    assert caught.value.hint == "`flowctl promote --to production --abandon`"
    assert live(ana).digest == bo.bundle("live/production/2026-11-20.2").digest

    merge_request(shared, abandon(ana, "production", NOW).branch)
    sync(ana)
    require_settled(ana)
    assert ana.bundle().digest == live(ana).digest


def test_an_environment_that_refuses_leaves_the_release_pending(ana, shared, squashed):
    before = live(ana)
    org = shared / "envs/production/org.yaml"
    active = org.read_text()
    org.write_text(active.replace("00G1f00000MarkeAAA}", "00G1f00000MarkeAAA, active: false}"))

    with pytest.raises(FlowctlError, match="`production` refuses this; nothing was deployed") as caught:
        finish(ana, "production", NOW)
    assert [d.code for d in caught.value.found if d.severity > 2] == ["FC602", "FC602"]
    assert live(ana).digest == before.digest
    assert drift_of(ana).pending == "2026-11-20"

    org.write_text(active)
    finish(ana, "production", NOW)
    require_settled(ana)


def test_an_environment_changed_by_hand_leaves_the_release_pending(ana, shared, squashed):
    by_hand(shared, "flows/case.yaml", "result: done", "result: by hand")

    with pytest.raises(StaleEnvironment):
        finish(ana, "production", NOW)

    drift = drift_of(ana)
    assert (drift.pending, drift.parts) == ("2026-11-20", ("flow/case",))
    assert "result: by hand" in live(ana).parts["flow/case"]


def test_an_abandoned_release_leaves_no_trace_and_its_draft_is_open_again(ana, shared, merged):
    before = live(ana)
    files = ana.git.files("live/production/2026-11-16", "flows")

    withdrawn = abandon(ana, "production", NOW)
    assert withdrawn.branch == "abandon/production/2026-11-20"
    assert drift_of(ana).pending == "2026-11-20"
    merge_request(shared, withdrawn.branch)
    sync(ana)

    require_settled(ana)
    assert live(ana).digest == before.digest
    assert ana.git.files("main", "flows") == files
    assert [draft.draft for draft in ana.drafts()] == ["2026-11-23-week"]
    assert ana.require_draft().draft == "2026-11-23-week"
    with pytest.raises(FlowctlError, match="no release is pending"):
        finish(ana, "production", NOW)


@pytest.mark.parametrize("how", ["--squash", "--no-ff"])
def test_the_draft_of_an_abandoned_release_ships_again(ana, shared, proposed, how):
    merge_request(shared, proposed.branch, how)
    merge_request(shared, abandon(ana, "production", NOW).branch, how)
    sync(ana)

    again = propose(ana, planned(ana), NOW)
    merge_request(shared, again.branch, how)
    promoted = finish(ana, "production", NOW)

    assert promoted.release.release == again.release.release == "2026-11-20"
    assert ana.tags()["production/2026-11-20"] == ana.main
    require_settled(ana)
    assert ana.drafts() == ()


def test_a_release_that_runs_cannot_be_abandoned(ana, squashed):
    finish(ana, "production", NOW)

    with pytest.raises(FlowctlError, match="no release is pending"):
        abandon(ana, "production", NOW)


EDITED = {
    "a part of the release": (LEAD, ">= 60", ">= 61", f"environments/production.yaml, {LEAD}"),
    "a fixture of the release": (FIXTURES, "Acme Inc", "Acme Corp", FIXTURES),
    "a part beside it": (
        "flows/case.yaml",
        "result: done",
        "result: other",
        "environments/production.yaml, flows/case.yaml",
    ),
    "a fixture beside it": ("flows/fixtures/case/all.yaml", "Acme", "Other", "flows/fixtures/case/all.yaml"),
    "the gates in the record": ("releases/2026-11-20.yaml", "0 errors", "no errors", "releases/2026-11-20.yaml"),
    "the pointer": ("environments/production.yaml", "sha256:", "sha256:0", "environments/production.yaml"),
}


@pytest.mark.parametrize("how", ["--squash", "--no-ff"])
@pytest.mark.parametrize("edited", EDITED.values(), ids=EDITED)
def test_a_request_that_a_reviewer_edited_is_refused_and_can_be_abandoned(ana, shared, proposed, edited, how):
    path, old, new, named = edited
    merge_request(shared, proposed.branch, how, [(path, old, new)])
    before = live(ana)

    with pytest.raises(Stale) as caught:
        finish(ana, "production", NOW)

    assert caught.value.message == f"what was merged is not what was planned: {named}"
    assert caught.value.hint == "`flowctl promote --to production --abandon`"
    assert live(ana).digest == before.digest
    merge_request(shared, abandon(ana, "production", NOW).branch)
    sync(ana)
    require_settled(ana)


def test_a_comment_that_a_reviewer_added_is_no_change(ana, shared, proposed):
    merge_request(shared, proposed.branch, edits=[(ROSTER, "# In the order", "# Reviewed. In the order")])

    finish(ana, "production", NOW)

    require_settled(ana)
    assert "# Reviewed." in live(ana).parts["roster/sales"]


def test_other_work_on_main_may_come_between(ana, shared, proposed):
    git(shared, "clone", "-q", "origin.git", "forge")
    (shared / "forge/README.md").write_text("ours\n")
    git(shared / "forge", "add", "README.md")
    git(shared / "forge", "commit", "-qm", "readme")
    git(shared / "forge", "push", "-q", "origin", "main")
    merge_request(shared, proposed.branch, "--no-ff")
    (shared / "forge/README.md").write_text("ours, more\n")
    git(shared / "forge", "commit", "-qam", "readme")
    git(shared / "forge", "push", "-q", "origin", "main")

    promoted = finish(ana, "production", NOW)

    require_settled(ana)
    assert promoted.commit == ana.git.resolve("main^1")
    assert ana.git.read(ana.main, "README.md") == b"ours, more\n"


def test_a_release_of_fixtures_alone_is_pending_too(ana, shared, bo):
    begin(ana, "fixture")
    merge_request(shared, propose(ana, planned(ana), NOW).branch)
    with person(*BO), pytest.raises(Blocked, match="pending"):
        clone_live(bo, "Mine", NOW)

    finish(ana, "production", NOW)

    require_settled(ana)
    assert ana.releases()[-1].parts == ()
    assert list(ana.releases()[-1].files) == [FIXTURES]


def test_a_main_that_nobody_may_push_to_takes_requests_only(ana, shared):
    hook = shared / "origin.git/hooks/pre-receive"
    hook.parent.mkdir()
    hook.write_text('#!/bin/sh\nwhile read old new ref; do [ "$ref" != refs/heads/main ] || exit 1; done\n')
    hook.chmod(0o755)
    begin(ana, "lead")
    before = live(ana)

    with pytest.raises(PushRefused) as caught:
        ship(ana)
    assert "--via mr" in caught.value.hint
    assert live(ana).digest == before.digest
    require_settled(ana)

    request = propose(ana, planned(ana), NOW)
    hook.rename(hook.with_suffix(".off"))
    merge_request(shared, request.branch)
    hook.with_suffix(".off").rename(hook)
    finish(ana, "production", NOW)
    require_settled(ana)


def test_a_request_needs_a_remote(ws):
    begin(ws, "lead")

    with pytest.raises(FlowctlError, match="no remote") as caught:
        propose(ws, planned(ws), NOW)
    assert caught.value.hint == "`git remote add origin URL`"


def test_a_rollback_can_be_proposed_and_abandoned_with_its_bars(ana, shared):
    begin(ana, "lead")
    ship(ana)
    plan = plan_rollback(ana, NOW + DAY, reason="too few leads")
    merge_request(shared, propose(ana, plan, NOW + DAY).branch)
    sync(ana)
    assert [bar.part for bar in ana.pointer().barred] == ["flow/lead"]

    merge_request(shared, abandon(ana, "production", NOW + DAY).branch)
    sync(ana)

    assert ana.pointer().barred == ()
    require_settled(ana)


def test_a_finish_that_is_killed_is_taken_up_anywhere(shared, squashed, lives, processes, tmp_path):
    for life in lives("end_request", shared):
        again = shutil.copytree(life, tmp_path / "again", symlinks=True)
        for clone in (life / "ana", again / "bo"):
            with at(clone) as ws:
                take_up(ws, NOW)
                sync(ws)
                take_up(ws, NOW)
                if drift_of(ws).pending:
                    assert list(verify(ws).disagreements) == PENDING
                    finish(ws, "production", NOW)
                require_settled(ws)
                assert ws.tags()["production/2026-11-20"] == ws.main
                assert live(ws).digest == ws.bundle().digest
        shutil.rmtree(again)


def test_a_finish_after_one_that_was_killed_is_done_or_was_done(shared, squashed, lives, processes):
    for life in lives("end_request", shared):
        ended = processes.run("end_request", life)
        assert ended.exit == 0 or ended.message == "no release is pending for production"
        with at(life / "ana") as ws:
            take_up(ws, NOW)
            require_settled(ws)
            assert ws.drafts() == ()


@pytest.mark.parametrize("deed", ["request", "drop_request"])
def test_a_request_that_is_killed_is_made_again_or_was_made(ana, shared, lives, processes, deed):
    begin(ana, "lead")
    if deed == "drop_request":
        merge_request(shared, propose(ana, planned(ana), NOW).branch)
        sync(ana)

    for life in lives(deed, shared):
        ended = processes.run(deed, life)
        assert ended.exit == 0 or "`refs/heads/abandon/production/2026-11-20` moved" in ended.message
        with at(life / "ana") as ws:
            take_up(ws, NOW)
            assert list(verify(ws).disagreements) == ([] if deed == "request" else PENDING)


def test_edits_after_a_proposal_stay_in_the_draft(ana, shared, squashed):
    edit(ana, "case")
    ana.git.commit_worktree("flows", "more", when=NOW)

    finish(ana, "production", NOW)

    assert ana.git.head().branch == "draft/2026-11-23-week"
    assert "with support" in (ana.root / "flows/case.yaml").read_text()
    assert verify(ana).disagreements == ()
