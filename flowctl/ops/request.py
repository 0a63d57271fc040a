"""`promote --via mr`: the promotion as a merge request, finished or abandoned after somebody merged it.

Nothing of it pushes to `main`: the branch holds parts, pointer and record; the record on `main` without its tag is
pending, and one job deploys it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from flowctl.data import dataclass
from flowctl.diag import Blocked, FlowctlError, Stale
from flowctl.envs import Environment
from flowctl.flow import Bundle, changed, part_of, path_of
from flowctl.history import Person as GitPerson
from flowctl.history import RefUpdate
from flowctl.ops.approvals import Hosted, ask_host, tally_of
from flowctl.ops.branch import at_work
from flowctl.ops.config import FILE, Gates, config_of
from flowctl.ops.deploy import NotKept, deploy, put_back
from flowctl.ops.drift import applied_release, drift_of, pending_releases, read_release
from flowctl.ops.plan import Plan, config_on_main, file_digest
from flowctl.ops.promote import (
    WAIT_SECONDS,
    Promoted,
    approve_hint,
    made_stale,
    release_commit,
    release_of,
    require_clear,
    require_fresh,
    unshare,
)  # fmt: skip
from flowctl.ops.records import Pointer, Release, write_record
from flowctl.ops.recover import Recovered, close_drafts, recover, release_commit_of, tag_release, take_up
from flowctl.ops.trunk import Commit, require_live, sync
from flowctl.ops.workspace import Workspace, release_ref


@dataclass(frozen=True, slots=True)
class Proposed:
    """A promotion (or its withdrawal) on a branch of the remote, to be merged into `main` there."""

    release: Release
    branch: str
    commit: str


@dataclass(frozen=True, slots=True)
class NothingPending:
    """No release waits to be deployed to an environment."""

    environment: str


def propose(ws: Workspace, plan: Plan, now: dt.datetime) -> Proposed:
    """Pushes a promotion as a branch. The merge request is where people approve of it: `finish` counts them.

    Raises:
        Stale: Live is no longer what the plan began from.
        Blocked: Another gate is not met, or another release is pending.
        FlowctlError: There is no remote.
    """
    _require_remote(ws)
    require_clear(plan, "approvals")
    with at_work(ws, "propose a release"):
        sync(ws)
        take_up(ws, now, plan.promotion.environment)
        require_fresh(ws, plan, now)
        ws.require_saved()
        release = release_of(ws, plan.promotion, now, plan.approvals.approvers)
        branch = f"release/{release.environment}/{release.release}"
        made = release_commit(ws, plan, release, ws.main)
        return Proposed(release, branch, _push(ws, made, branch, now))


def finish_if_pending(ws: Workspace, environment: str, now: dt.datetime) -> Promoted | NothingPending:
    """As `finish`, for a job that runs after every change of `main`."""
    with at_work(ws, "look for a release"):
        sync(ws)
    drift = drift_of(ws, require_live(ws, environment))
    return finish(ws, environment, now) if drift.pending or drift.half_done else NothingPending(environment)


def finish(ws: Workspace, environment: str, now: dt.datetime) -> Promoted:
    """Deploys the pending release of `main`, reads it back, and tags it.

    Raises:
        Stale: `main` is not what the release's plan says, or the environment is no longer what it began from.
        Blocked: Too few approve of it. The release stays pending.
        FlowctlError: Nothing is pending; or the environment refused. The release stays pending.
    """
    place = ws.environment(require_live(ws, environment))
    with place.lease(str(ws.me), WAIT_SECONDS), at_work(ws, "finish a release"):
        recovered = recover(ws, place, now)
        id_ = recovered.finished or _require_pending(ws, environment)
        release = read_release(ws, id_)
        assert release is not None, "what is pending or finished has its record on `main`"
        commit = release_commit_of(ws, id_)
        if not recovered.finished:
            _require_planned(ws, release, commit)
            release = _approved(ws, release, commit)
            _deploy(ws, place, release)
            tag_release(ws, release_ref(id_), commit)
            close_drafts(ws)
        unshare(ws, release)
    return Promoted(release, commit, made_stale(ws), recovered)


def _approved(ws: Workspace, release: Release, commit: str) -> Release:
    """The release with those who have approved of it by now, in files or of the merge request that brought it."""
    needed = _gates_before(ws, release, commit).approvals
    hosted = ask_host(ws, brought=commit) if needed else Hosted()
    tally = tally_of(ws, release, needed, tip=_draft_tip(ws, release), hosted=hosted)
    if not tally.gate.passed:
        hint = f"{approve_hint(release, release.plan)}; `flowctl promote --to {release.environment} --abandon` gives up"
        raise Blocked(f"gate `approvals`: {tally.gate.figure}", hint=hint)
    return replace(release, approvals=tally.approvers)


def _gates_before(ws: Workspace, release: Release, commit: str) -> Gates:
    """The gates that held when a release came to `main`: it cannot lower its own."""
    text = ws.git.read(f"{commit}^1", FILE)
    return (config_on_main(ws) if text is None else config_of(text)).gates_of(release.kind)


def _draft_tip(ws: Workspace, release: Release) -> str | None:
    """The newest commit of a release's draft, while its branch is there."""
    branch = f"draft/{release.draft}"
    refs = (f"refs/heads/{branch}", f"refs/remotes/origin/{branch}") if release.draft else ()
    return next((tip for ref in refs if (tip := ws.git.resolve(ref))), None)


def _deploy(ws: Workspace, place: Environment, release: Release) -> None:
    try:
        deploy(place, ws.bundle(), release.live, release)
    except NotKept as error:
        put_back(ws, place, error.there.bundle.digest, release, error)
        raise


def abandon(ws: Workspace, environment: str, now: dt.datetime) -> Proposed:
    """Pushes a branch that takes the pending release back out of `main`.

    Raises:
        Blocked: The environment runs it already: roll back instead.
        FlowctlError: Nothing is pending, or there is no remote.
    """
    _require_remote(ws)
    with at_work(ws, "abandon a release"):
        sync(ws)
        recovered = take_up(ws, now, require_live(ws, environment))
        _require_not_live(recovered, environment)
        id_ = _require_pending(ws, environment)
        release = read_release(ws, id_)
        assert release is not None, "what is pending has its record on `main`"
        branch = f"abandon/{environment}/{id_}"
        message = f"{environment}: abandon release {id_}\n\n{release.title}\n"
        commit = _push(ws, Commit(_reverted(ws, release), message), branch, now)
    return Proposed(release, branch, commit)


def _require_remote(ws: Workspace) -> None:
    if ws.git.remote() is None:
        raise FlowctlError("there is no remote to open a merge request at", hint="`git remote add origin URL`")


def _require_pending(ws: Workspace, environment: str) -> str:
    pending = pending_releases(ws)
    if not pending:
        raise FlowctlError(f"no release is pending for {environment}", hint="`flowctl status` says what is live")
    return pending[-1]


def _require_not_live(recovered: Recovered, environment: str) -> None:
    if recovered.finished:
        hint = f'`flowctl rollback {environment} --reason "…"`'
        raise Blocked(f"{environment} runs `{recovered.finished}` already", hint=hint)


def _require_planned(ws: Workspace, release: Release, commit: str) -> None:
    """Refuses a `main` that is not what the release's plan says: somebody edited the request, or was faster."""
    hint = f"`flowctl promote --to {release.environment} --abandon`"
    before = ws.bundle(release_ref(applied_release(ws)))
    is_overtaken = any(before.digests.get(move.part) != move.from_ for move in release.parts)
    if is_overtaken or release.release != ws.release_ids()[-1]:
        raise Stale(f"live has changed since release `{release.release}` was proposed", hint=hint)
    if wrong := sorted({*_edited(ws, release), *_brought_along(ws, release, commit, before)}):
        raise Stale(f"what was merged is not what was planned: {', '.join(wrong)}", hint=hint)


def _edited(ws: Workspace, release: Release) -> Iterator[str]:
    """The files of a release in which `main` is not what its record binds."""
    bundle, files = ws.bundle(), ws.git.files(ws.main)
    if release.id != release.plan:
        yield release.path
    if ws.pointer(release.environment).digests != bundle.digests:
        yield Pointer(environment=release.environment).path
    yield from (path_of(move.part) for move in release.parts if bundle.digests.get(move.part) != move.to)
    yield from (path for path, digest in release.files.items() if file_digest(files.get(path)) != digest)


def _brought_along(ws: Workspace, release: Release, commit: str, live: Bundle) -> Iterator[str]:
    """What came to `main` with a release, or since the one before, and is not in its record."""
    moved = {move.part for move in release.parts}
    yield from (path_of(part) for part in changed(live, ws.bundle()) if part not in moved)
    paths = (path for path in _flows_of(ws, commit) if part_of(path) is None)
    yield from (path for path in paths if path not in release.files)


def _flows_of(ws: Workspace, commit: str) -> list[str]:
    """The files below `flows/` that a commit changed."""
    return [path for path in ws.git.changed_paths(f"{commit}^1", commit) if path.startswith("flows/")]


def _reverted(ws: Workspace, release: Release) -> dict[str, bytes | None]:
    """The files that take a release back out of `main`, each as it was before."""
    commit = release_commit_of(ws, release.release)
    then, now = ws.git.files(f"{commit}^1"), ws.git.files(ws.main)
    files: dict[str, bytes | None] = {path: then.get(path) for path in {*_flows_of(ws, commit), *release.files}}
    files[release.path] = None
    pointer = _pointer_without(ws, release)
    files[pointer.path] = write_record(pointer).encode()
    if release.draft:
        path = f"drafts/{release.draft}.yaml"
        files[path] = then.get(path)
    return {path: data for path, data in files.items() if now.get(path) != data}


def _pointer_without(ws: Workspace, release: Release) -> Pointer:
    """The pointer of the newest applied release, with what other pending releases have put in."""
    now = ws.pointer(release.environment)
    before = ws.pointer(release.environment, release_ref(applied_release(ws)))
    others = set(pending_releases(ws)) - {release.release}
    parts = {part: standing for part, standing in now.parts.items() if standing.release in others}
    bars = tuple(bar for bar in now.barred if bar.by in others)
    return replace(before, parts=dict(sorted({**before.parts, **parts}.items())), barred=(*before.barred, *bars))


def _push(ws: Workspace, made: Commit, branch: str, now: dt.datetime) -> str:
    old = ws.main
    person = GitPerson(ws.me.name, ws.me.email)
    tree = ws.git.write_tree(old, made.files)
    commit = ws.git.commit_tree(tree, (old, *made.parents), made.message, person, now, committer=person)
    ws.git.push_atomic([RefUpdate(f"refs/heads/{branch}", commit, None)])
    return commit
