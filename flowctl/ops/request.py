"""`promote --via mr`: the promotion as a merge request, finished or abandoned after somebody merged it.

Nothing of it pushes to `main`: the branch holds parts, pointer and record; the record on `main` without its tag is
pending, and one job deploys it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flowctl.diag import Blocked, FlowctlError, Stale
from flowctl.flow import path_of
from flowctl.history import Person as GitPerson
from flowctl.history import RefUpdate
from flowctl.ops.drift import pending_release
from flowctl.ops.journal import journaled
from flowctl.ops.plan import Plan
from flowctl.ops.promote import (
    WAIT_SECONDS, Promoted, deploy, made_stale, read_release, release_commit, release_of, require_clear, require_fresh,
)  # fmt: skip
from flowctl.ops.records import Pointer, Release
from flowctl.ops.recover import close_drafts, recover, release_commit_of, tag_release
from flowctl.ops.trunk import Commit, sync
from flowctl.ops.workspace import Workspace, release_ref


@dataclass(frozen=True, slots=True)
class Proposed:
    """A promotion (or its withdrawal) on a branch of the remote, to be merged into `main` there."""

    release: Release
    branch: str
    commit: str


def propose(ws: Workspace, plan: Plan, now: dt.datetime) -> Proposed:
    """Pushes a promotion as a branch.

    Raises:
        Stale: Live is no longer what the plan began from.
        Blocked: A gate is not met, or another release is pending.
        FlowctlError: There is no remote.
    """
    _require_remote(ws)
    require_clear(plan)
    ws.require_saved()
    require_fresh(ws, plan, ws.environment(plan.promotion.environment))
    release = release_of(ws, plan.promotion, now)
    branch = f"release/{release.environment}/{release.release}"
    commit = _push(ws, release_commit(ws, plan, release, ws.main), branch, now)
    return Proposed(release, branch, commit)


def finish(ws: Workspace, environment: str, now: dt.datetime) -> Promoted:
    """Deploys the pending release of `main`, reads it back, and tags it.

    Raises:
        Stale: `main` is not what the release's plan says, or the environment is no longer what it began from.
        FlowctlError: Nothing is pending; or the environment refused. The release stays pending.
    """
    place = ws.environment(environment)
    with place.lease(str(ws.me), WAIT_SECONDS):
        recovered = recover(ws, place, now)
        release = _require_pending(ws, environment)
        _require_planned(ws, release)
        with journaled(ws.root, f"finish {release.release}"):
            deploy(ws, place, ws.bundle(), release.live, release, put_back=False)
            commit = release_commit_of(ws, release.release)
            tag_release(ws, release_ref(release.release, environment), commit)
        close_drafts(ws)
    return Promoted(release, commit, made_stale(ws), recovered)


def abandon(ws: Workspace, environment: str, now: dt.datetime) -> Proposed:
    """Pushes a branch that takes the pending release back out of `main`.

    Raises:
        Blocked: The environment runs it already: roll back instead.
        FlowctlError: Nothing is pending, or there is no remote.
    """
    _require_remote(ws)
    sync(ws)
    release = _require_pending(ws, environment)
    runs = ws.environment(environment).read().receipt
    if runs and runs.release == release.release:
        raise Blocked(f"{environment} runs `{release.release}` already", hint=f"`flowctl promote --to {environment} --finish`")
    branch = f"abandon/{environment}/{release.release}"
    message = f"{environment}: abandon release {release.release}\n\n{release.title}\n"
    commit = _push(ws, Commit(_reverted(ws, release), message), branch, now)
    return Proposed(release, branch, commit)


def _require_remote(ws: Workspace) -> None:
    if ws.git.remote() is None:
        raise FlowctlError("there is no remote to open a merge request at", hint="`git remote add origin URL`")


def _require_pending(ws: Workspace, environment: str) -> Release:
    id_ = pending_release(ws, environment, ws.release_ids())
    release = read_release(ws, id_, ws.main) if id_ else None
    if release is None:
        raise FlowctlError(f"no release is pending for {environment}", hint="`flowctl status` says what is live")
    return release


def _require_planned(ws: Workspace, release: Release) -> None:
    """Refuses a `main` whose files are not what the plan says: somebody edited the request."""
    bundle = ws.bundle()
    wrong = [move.part for move in release.parts if bundle.digests.get(move.part) != move.to]
    if ws.pointer(release.environment).digests != bundle.digests:
        wrong.append(f"environments/{release.environment}.yaml")
    if release.id != release.plan:
        wrong.append(release.path)
    if wrong:
        hint = f"`flowctl promote --to {release.environment} --abandon`"
        raise Stale(f"what was merged is not what was planned: {', '.join(wrong)}", hint=hint)


def _reverted(ws: Workspace, release: Release) -> dict[str, bytes | None]:
    """The files that bring `main` back to the release before."""
    before = release_ref(ws.release_ids()[-2], release.environment)
    then = ws.git.files(before)
    paths = {*(path_of(move.part) for move in release.parts), *release.files, Pointer(environment=release.environment).path}
    files: dict[str, bytes | None] = {path: then.get(path) for path in paths}
    files[release.path] = None
    if release.draft:
        files[f"drafts/{release.draft}.yaml"] = then.get(f"drafts/{release.draft}.yaml")
    now = ws.git.files(ws.main)
    return {path: data for path, data in files.items() if now.get(path) != data}


def _push(ws: Workspace, made: Commit, branch: str, now: dt.datetime) -> str:
    old = ws.main
    person = GitPerson(ws.me.name, ws.me.email)
    tree = ws.git.write_tree(old, made.files)
    commit = ws.git.commit_tree(tree, (old, *made.parents), made.message, person, now, committer=person)
    ws.git.push_atomic([RefUpdate(f"refs/heads/{branch}", commit, None)])
    return commit
