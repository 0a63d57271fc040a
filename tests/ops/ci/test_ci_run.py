"""`ci` in clones as pipelines have them: no branch, no environments, perhaps too little of the history."""

import datetime as dt
import re
import shutil
from contextlib import contextmanager

import pytest

from flowctl.diag import Exit, FlowctlError
from flowctl.ops.ci import run as runs
from flowctl.ops.ci import seen
from flowctl.ops.ci.accepted import accept, read_accepted
from flowctl.ops.ci.checkout import branch_of, check_out
from flowctl.ops.ci.report import acceptable
from flowctl.ops.content import changes_of
from flowctl.ops.merge import merge_into_draft
from flowctl.ops.records import read_record, write_record
from flowctl.ops.request import propose
from flowctl.ops.switch import switch_to
from flowctl.ops.workspace import open_workspace
from flowctl.render.ci import words
from tests.ops.promotion import week
from tests.ops.promotion.week import BO, DAY, FIXTURES, LEAD, NOW, at, begin, edit, git, person, planned, ship

pytestmark = pytest.mark.slow  # real git: clones, and promotions in them


@pytest.fixture(scope="session")
def shared_past(tmp_path_factory):
    top = tmp_path_factory.mktemp("shared")
    week.make_shared(top)
    return top


@pytest.fixture
def top(shared_past, tmp_path):
    """The folder of `ana`'s clone, a colleague's, their remote and their environments."""
    return shutil.copytree(shared_past, tmp_path / "top", symlinks=True)


@pytest.fixture
def ana(top):
    with at(top / "ana") as ws:
        yield ws


def pipeline(top, ref, *options):
    """What a runner checks out: a commit without a branch, in a folder beside which there are no environments."""
    folder = top / "runner" / "routing"
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    git(folder.parent, "clone", "-q", "--no-checkout", *options, f"file://{top}/origin.git", "routing")
    git(folder, "checkout", "-q", "--detach", f"origin/{ref}")
    if git(folder, "branch", "--list", "main"):
        git(folder, "branch", "-q", "-D", "main")
    return folder


@contextmanager
def looked(folder, **variables):
    ws = open_workspace(folder, variables)
    try:
        yield check_out(ws)
    finally:
        ws.git.close()


def told(folder, **variables):
    with looked(folder, **variables) as here:
        return runs.ci(here, NOW)


def ends(report):
    return {step.name: step.exit for step in report.steps}


def commit_by_hand(folder, *paths):
    git(folder, "add", *paths)
    git(folder, "commit", "-q", "-m", "by hand")


# -- drafts


def test_a_draft_is_planned_against_the_pointer_where_production_cannot_be_asked(ana, top):
    draft = begin(ana, "lead", "sales")
    plan = planned(ana)
    folder = pipeline(top, draft.branch)
    before = sorted((p, p.stat().st_mtime_ns) for p in top.rglob("*") if ".git" not in p.parts and p.is_file())
    report = told(folder)

    assert report.exit is Exit.DONE
    assert list(ends(report)) == ["check", "diff", "test", "simulate", "plan"]
    assert report.reach.unreachable is not None
    assert report.reach.digest == ana.environment("production").read().bundle.digest
    assert report.plan.id == plan.id
    assert report.label == draft.title
    after = sorted((p, p.stat().st_mtime_ns) for p in top.rglob("*") if ".git" not in p.parts and p.is_file())
    assert after == before
    assert git(folder, "status", "--porcelain") == ""


def test_the_same_draft_has_the_same_report_where_production_can_be_asked(ana, top):
    draft = begin(ana, "lead")
    folder = pipeline(top, draft.branch)
    with looked(ana.root) as here:
        local = runs.ci(here, NOW)
    remote = told(folder)

    assert local.reach.unreachable is None
    assert (local.plan.id, local.reach.digest) == (remote.plan.id, remote.reach.digest)
    assert [c.fingerprint for c in local.changes] == [c.fingerprint for c in remote.changes]


def test_every_model_is_read_once(ana, top, monkeypatch):
    draft = begin(ana, "lead", "case")
    folder, read = pipeline(top, draft.branch), []
    real = seen.load_model
    for module in ("flowctl.ops.ci.seen", "flowctl.ops.looked", "flowctl.flow"):
        monkeypatch.setattr(f"{module}.load_model", lambda files: read.append(1) or real(files))

    told(folder)

    assert len(read) == 2


def test_a_gate_of_staging_is_left_open_where_staging_cannot_be_asked(ana, top):
    text = (
        (ana.root / "flowctl.yaml").read_text().replace("tests: true, freeze", "tests: true, staged: true, freeze", 1)
    )
    (ana.root / "flowctl.yaml").write_text(text)
    commit_by_hand(ana.root, "flowctl.yaml")
    git(ana.root, "push", "-q", "origin", "main")
    draft = begin(ana, "lead")
    report = told(pipeline(top, draft.branch))

    assert report.reach.unasked == ("staged",)
    assert report.exit is Exit.DONE
    with looked(ana.root) as here:
        assert ends(runs.ci(here, NOW))["plan"] is Exit.BLOCKED


def test_a_draft_that_live_has_overtaken_is_stale(ana, top):
    first = begin(ana, "lead", summary="First")
    switch_to(ana, "main")
    begin(ana, "lead-more", summary="Second")
    ship(ana)
    report = told(pipeline(top, first.branch))

    assert (ends(report)["plan"], report.exit) == (Exit.STALE, Exit.STALE)
    assert "flow/lead" in report.steps[-1].said
    assert report.changes != ()


def test_a_failing_fixture_is_1_and_the_gate_that_asks_for_it_5(ana, top):
    draft = begin(ana)
    path = ana.root / FIXTURES
    path.write_text(path.read_text().replace("ends: held", "ends: routed"))
    week.save(ana, "wrong", NOW)
    report = told(pipeline(top, draft.branch))

    assert (ends(report)["test"], ends(report)["plan"], report.exit) == (Exit.NO, Exit.BLOCKED, Exit.BLOCKED)


def test_a_file_that_cannot_be_read_ends_no_run(ana, top):
    draft = begin(ana, "lead")
    path = ana.root / LEAD
    path.write_text(path.read_text().replace("type: decision", "type: decisoin"))
    commit_by_hand(ana.root, LEAD)
    git(ana.root, "push", "-q", "origin", draft.branch)
    report = told(pipeline(top, draft.branch))

    assert ends(report)["check"] is Exit.NO
    assert ends(report)["diff"] is Exit.CANNOT
    assert ends(report)["plan"] is Exit.BLOCKED
    assert report.simulations == ()


def test_unsaved_edits_are_refused(ana):
    begin(ana)
    edit(ana, "lead")

    with pytest.raises(FlowctlError, match="unsaved"):
        check_out(ana)


@pytest.mark.parametrize("host", ["gitlab", "github"])
def test_a_trial_merge_of_the_host_is_seen_through(ana, top, host):
    draft = begin(ana, "lead")
    folder = pipeline(top, draft.branch)
    plain = told(folder, GITHUB_HEAD_REF=draft.branch)
    tree = git(folder, "rev-parse", f"origin/{draft.branch}^{{tree}}")
    parents = ("-p", "origin/main", "-p", f"origin/{draft.branch}")
    git(folder, "checkout", "-q", "--detach", git(folder, "commit-tree", tree, *parents, "-m", "Merge 1 into 2"))
    made, source = git(folder, "rev-parse", "HEAD"), git(folder, "rev-parse", f"origin/{draft.branch}")
    said = {
        "github": {"GITHUB_HEAD_REF": draft.branch, "GITHUB_REF": "refs/pull/1/merge", "GITHUB_SHA": made},
        "gitlab": {
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": draft.branch,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": source,
        },
    }
    trial = told(folder, **said[host])

    assert (trial.commit, trial.plan.id, trial.steps) == (plain.commit, plain.plan.id, plain.steps)


# -- merges


def overtaken_and_merged(ana):
    first = begin(ana, "case", summary="First")
    switch_to(ana, "main")
    begin(ana, "sales", summary="Second")
    ship(ana)
    switch_to(ana, first.draft)
    merge_into_draft(ana, "live", NOW + DAY)
    return first


def test_merges_of_the_branch_are_made_anew(ana, top):
    draft = overtaken_and_merged(ana)
    report = told(pipeline(top, draft.branch))

    assert ends(report)["merges"] is Exit.DONE
    assert report.exit is Exit.DONE


def test_a_merge_that_somebody_edited_is_a_conflict(ana, top):
    draft = overtaken_and_merged(ana)
    path = ana.root / week.ROSTER
    path.write_text(path.read_text().replace("weight: 2", "weight: 7"))
    git(ana.root, "commit", "-q", "--amend", "--no-edit", week.ROSTER)
    git(ana.root, "push", "-q", "--force", "origin", draft.branch)
    report = told(pipeline(top, draft.branch))

    assert (ends(report)["merges"], report.exit) == (Exit.CONFLICTS, Exit.CONFLICTS)
    assert "flows/rosters/sales.yaml" in next(step.said for step in report.steps if step.name == "merges")


# -- main, and what is to be main


def test_main_as_released_is_fine_and_so_is_what_lies_beside_the_flows(ana, top):
    (ana.root / "README.md").write_text("hello\n")
    commit_by_hand(ana.root, "README.md")
    git(ana.root, "push", "-q", "origin", "main")
    report = told(pipeline(top, "main"), CI_COMMIT_BRANCH="main")

    assert report.exit is Exit.DONE
    assert list(ends(report))[-1] == "release"
    assert report.plan is None


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (LEAD, "Person_Score__c >= 50", "Person_Score__c >= 60"),
        (FIXTURES, "Company: Acme, Person_Score__c: 80", "Company: Acme Inc, Person_Score__c: 80"),
        ("environments/production.yaml", "flow/lead:\n    digest: sha256:", "flow/lead:\n    digest: sha256:0"),
    ],
    ids=["a flow", "a fixture", "the pointer"],
)
@pytest.mark.parametrize("branch", ["main", "tweak"])
def test_nothing_comes_to_main_without_a_release(ana, top, path, old, new, branch):
    git(ana.root, "switch", "-q", "--force-create", branch)
    text = (ana.root / path).read_text()
    assert old in text
    (ana.root / path).write_text(text.replace(old, new))
    commit_by_hand(ana.root, path)
    git(ana.root, "push", "-q", "origin", branch)
    report = told(pipeline(top, branch), GITHUB_REF=f"refs/heads/{branch}", GITHUB_REF_NAME=branch)

    assert (ends(report)["release"], report.exit) == (Exit.BLOCKED, Exit.BLOCKED)


def test_a_proposed_release_is_what_it_says_and_an_edited_one_is_not(ana, top):
    begin(ana, "lead", "sales")
    proposed = propose(ana, planned(ana), NOW)
    report = told(pipeline(top, proposed.branch))

    assert report.exit is Exit.DONE
    assert [release.release for release in report.pending] == [proposed.release.release]
    assert {change.part for change in report.changes if change.counts} == {"flow/lead", "roster/sales"}

    git(ana.root, "fetch", "-q")
    git(ana.root, "switch", "-q", "--create", "edited", f"origin/{proposed.branch}")
    edit(ana, "case")
    commit_by_hand(ana.root, week.CASES)
    git(ana.root, "push", "-q", "origin", "edited")
    assert told(pipeline(top, "edited")).exit is Exit.BLOCKED


def test_a_proposed_release_waits_for_approvals_without_failing_its_pipeline(ana, top):
    settings = ana.root / "flowctl.yaml"
    settings.write_text(settings.read_text().replace("weekly: {", "weekly: {approvals: 1, "))
    commit_by_hand(ana.root, "flowctl.yaml")
    git(ana.root, "push", "-q", "origin", "main")
    begin(ana, "lead")
    report = told(pipeline(top, propose(ana, planned(ana), NOW).branch))

    assert report.exit is Exit.DONE
    assert list(words.gates(report))[-1] == ("…", "approvals", "0 of 1")


# -- clones with too little


def test_a_shallow_clone_is_told_which_depth_is_needed(ana, top):
    draft = begin(ana, "lead")
    folder = pipeline(top, draft.branch, "--depth=1", "--no-single-branch")

    with pytest.raises(FlowctlError, match="only the newest commits") as refused:
        told(folder)
    assert "`GIT_DEPTH: 0`" in refused.value.hint
    assert "`fetch-depth: 0`" in refused.value.hint


def test_a_clone_without_tags_or_without_main_is_told_what_is_missing(ana, top):
    draft = begin(ana, "lead")
    with pytest.raises(FlowctlError, match="has no tag in this clone") as untagged:
        told(pipeline(top, draft.branch, "--no-tags"))
    alone = pipeline(top, draft.branch)
    git(alone, "update-ref", "-d", "refs/remotes/origin/main")
    with pytest.raises(FlowctlError, match="no branch `main` in this clone") as trunkless:
        told(alone)

    assert "GIT_DEPTH" in untagged.value.hint
    assert "`git fetch --tags`" in untagged.value.hint
    git(alone, *re.search(r"by hand `git (.*)`", trunkless.value.hint)[1].split())
    assert told(alone).exit is Exit.DONE


@pytest.mark.parametrize(
    ("variables", "branch"),
    [
        ({"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "draft/a", "CI_COMMIT_REF_NAME": "b"}, "draft/a"),
        ({"CI_COMMIT_BRANCH": "main"}, "main"),
        ({"GITHUB_HEAD_REF": "draft/a", "GITHUB_REF": "refs/pull/1/merge", "GITHUB_REF_NAME": "1/merge"}, "draft/a"),
        ({"GITHUB_HEAD_REF": "", "GITHUB_REF": "refs/heads/main", "GITHUB_REF_NAME": "main"}, "main"),
        ({"GITHUB_REF": "refs/tags/v1", "GITHUB_REF_NAME": "v1"}, None),
        ({}, None),
    ],
)
def test_the_branch_is_the_one_that_ci_names(variables, branch):
    assert branch_of(variables) == branch


# -- accepted


def known(ws):
    with looked(ws.root) as here:
        return {print_: item.part for print_, item in acceptable(runs.ci(here, NOW)).items() if hasattr(item, "part")}


def test_what_is_accepted_is_in_a_commit_of_the_draft_and_counts_no_more(ana, top):
    draft = begin(ana, "lead")
    [print_] = known(ana)
    done = accept(ana, {print_: "words"}, print_[:8], "agreed", dt.date(2026, 12, 31), NOW)
    report = told(pipeline(top, draft.branch))

    assert done.path == f"accepted/{draft.draft}.yaml"
    assert ana.git.unsaved() == ()
    assert [c.accepted.reason for c in report.changes if c.fingerprint] == ["agreed"]
    assert report.exit is Exit.DONE


def test_accepting_again_replaces_and_another_draft_is_not_made_stale(ana):
    first = begin(ana, "lead", summary="First")
    [print_] = known(ana)
    accept(ana, {print_: "words"}, print_, "agreed", None, NOW)
    accept(ana, {print_: "words"}, print_, "agreed with all", None, NOW)
    switch_to(ana, "main")
    begin(ana, "case", summary="Second")
    with person(*BO):
        accept(ana, {print_: "words"}, print_, "me too", dt.date(2026, 12, 1), NOW)
    ship(ana)

    assert changes_of(ana, first).overlaps == ()
    assert [item.reason for item in read_accepted(ana, ana.tip(first)).values()] == ["agreed with all"]
    assert [item.reason for item in read_accepted(ana, "main").values()] == ["me too"]


@pytest.mark.parametrize(
    ("typed", "reason", "until", "message"),
    [
        ("ffff", "agreed", None, "nothing here has the fingerprint `ffff`"),
        ("0a", "agreed", None, "`0a` is the beginning of 1"),
        ("0a0b0c", " ", None, "needs a reason"),
        ("0a0b0c", "agreed", dt.date(2026, 11, 19), "2026-11-19 is over"),
    ],
)
def test_what_cannot_be_accepted_is_told(ana, typed, reason, until, message):
    begin(ana)

    with pytest.raises(FlowctlError, match=message):
        accept(ana, {"0a0b0c0d0e0f0102": "words"}, typed, reason, until, NOW)
    assert not (ana.root / "accepted").exists()


def test_nothing_is_accepted_without_a_draft(ana):
    with pytest.raises(FlowctlError, match="no draft is checked out"):
        accept(ana, {"0a0b0c0d0e0f0102": "words"}, "0a0b0c", "agreed", None, NOW)


def test_a_file_of_what_is_accepted_that_says_something_else_is_told(ana, top):
    draft = begin(ana, "lead")
    (ana.root / "accepted").mkdir()
    (ana.root / "accepted/x.yaml").write_text("accepted:\n  - {fingerprint: 0a, because: I say so}\n")
    commit_by_hand(ana.root, "accepted/x.yaml")
    git(ana.root, "push", "-q", "origin", draft.branch)

    with pytest.raises(FlowctlError, match=r"`accepted/x\.yaml` cannot be read") as error:
        told(pipeline(top, draft.branch))
    assert {finding.code for finding in error.value.found} == {"FC003", "FC004"}


def test_records_of_what_is_accepted_read_as_they_were_written():
    from flowctl.ops.ci.accepted import Accepted, AcceptedFile

    file = AcceptedFile(accepted=(Accepted(fingerprint="0a", reason="agreed", until=dt.date(2026, 12, 31)),))

    assert read_record(AcceptedFile, "accepted/x.yaml", write_record(file)) == file
