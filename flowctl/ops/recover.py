"""Takes up what a command that was cut off has left, on this machine or on another.

Before its commit reached `main` a promotion is undone, after it it is finished; git and the environment's receipt say
which, so that a clone that has never seen the promotion can do it.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.envs import Environment
from flowctl.history import RefUpdate
from flowctl.ops.branch import HEADS, at_work, switch
from flowctl.ops.content import base_files, unmanaged
from flowctl.ops.deploy import deploy, undo
from flowctl.ops.drift import Drift, drift_of, read_release
from flowctl.ops.journal import repair
from flowctl.ops.merging.state import take_up_merge
from flowctl.ops.records import Draft
from flowctl.ops.trunk import require_live, sync
from flowctl.ops.workspace import LIVE, MAIN, MAIN_REF, Workspace, release_ref

REMOTE_DRAFTS = "refs/remotes/origin/draft/"
DRAFTS = f"{HEADS}draft/"


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was taken up, in words; empty when there was nothing. `finished` is the release that was finished."""

    steps: tuple[str, ...] = ()
    finished: str | None = None


def recover(ws: Workspace, environment: Environment, now: dt.datetime) -> Recovered:
    """Finishes or undoes a promotion that was cut off. The caller holds the environment's lease.

    Raises:
        FlowctlError: The remote cannot be asked; nothing was undone then, for all that we know it is finished.
    """
    with at_work(ws, "take up what was cut off") as steps, ws.git.operations.paused():
        sync(ws)
        drift = drift_of(ws, environment.name)
        finished = drift.half_done if drift.reached else None
        if finished:
            steps.append(_finish(ws, environment, drift, finished))
        elif drift.half_done:
            steps.append(_undo(ws, environment, drift, drift.half_done))
        steps += [f"closed the draft {id_}" for id_ in close_drafts(ws)]
    return Recovered(tuple(steps), finished)


def take_up(ws: Workspace, now: dt.datetime, environment: str = LIVE) -> Recovered:
    """As `recover`, for commands that hold no lease. Looks at the remote only when there is something to take up.

    Raises:
        Blocked: A promotion is running.
        FlowctlError: No releases go to that environment; or the remote cannot be asked.
    """
    place = ws.environment(require_live(ws, environment))
    steps = [*repair(ws.git), *take_up_merge(ws.git)]
    if not drift_of(ws, environment).half_done and not _shipped(ws):
        return Recovered(tuple(steps))
    with place.lease("recovery", 0.0):
        recovered = recover(ws, place, now)
    return Recovered((*steps, *recovered.steps), recovered.finished)


def _undo(ws: Workspace, environment: Environment, drift: Drift, release: str) -> str:
    if ws.git.resolve(release_ref(release)):
        hint = "`git log --all` shows where; `main` must have been moved back"
        raise FlowctlError(f"release `{release}` has a tag and is not on `main`", hint=hint)
    receipt = drift.live.receipt
    assert receipt is not None, "what is half done is known by its receipt"
    undo(ws, environment, drift.live.bundle.digest, receipt.plan, receipt.draft)
    return f"undid the promotion {release}, which was cut off before it reached `main`"


def _finish(ws: Workspace, environment: Environment, drift: Drift, id_: str) -> str:
    release = read_release(ws, id_)
    assert release is not None, "what has reached `main` has its record there"
    receipt, bundle = drift.live.receipt, ws.bundle()
    if receipt is None or receipt.release != id_:
        deploy(environment, bundle, drift.live.bundle.digest, release)
    if ws.git.resolve(release.tag) is None:
        tag_release(ws, release.tag, release_commit_of(ws, id_))
    return f"finished the promotion {id_}, which was cut off after it reached `main`"


def tag_release(ws: Workspace, ref: str, commit: str) -> None:
    """Creates a release's tag, on the remote first: there it decides who applied it."""
    if ws.git.remote() is not None:
        ws.git.push_atomic([RefUpdate(ref, commit, None)])
    if ws.git.resolve(ref) is None:
        ws.git.transaction([RefUpdate(ref, commit, None)], message="flowctl: applied")


def release_commit_of(ws: Workspace, release: str) -> str:
    """The commit that brought a release to `main`: of those on its first-parent line that have the record, the oldest
    in a row from the top. A release that was abandoned and proposed again was brought by the later one.
    """
    commit, path = ws.main, f"releases/{release}.yaml"
    while (parent := ws.git.resolve(f"{commit}^1")) and ws.git.read(parent, path) is not None:
        commit = parent
    return commit


def close_drafts(ws: Workspace) -> list[str]:
    """Removes the branches of drafts that have shipped; whoever stands on one is brought to `main`.

    One that cannot be removed now stays for the next command; with unsaved edits it is for its owner to look after.
    """
    closed = []
    for id_, tip in _shipped(ws):
        with suppress(FlowctlError):
            _close(ws, id_, tip)
            closed.append(id_)
    return closed


def _close(ws: Workspace, id_: str, tip: str) -> None:
    branch = f"draft/{id_}"
    if folder := ws.git.checked_out_elsewhere(branch):
        raise FlowctlError(f"`{branch}` is checked out in `{folder}`")
    if ws.git.head().branch == branch:
        ws.require_saved()
        switch(ws, MAIN)
    ws.git.transaction([RefUpdate(f"{HEADS}{branch}", None, tip)], message="flowctl: shipped")


def _shipped(ws: Workspace) -> list[tuple[str, str]]:
    """The drafts whose release was applied and whose branches hold nothing more than it, with their tips."""
    refs = {ref.removeprefix(DRAFTS): tip for ref, tip in ws.git.refs(DRAFTS).items()}
    return [(id_, tip) for id_, tip in refs.items() if has_shipped(ws, id_, tip)]


def has_shipped(ws: Workspace, id_: str, tip: str) -> bool:
    """Whether a draft's release was applied, and holds all that a commit of the draft does."""
    draft = ws.draft(id_, ws.main)
    if draft is None or draft.closed is None or ws.git.resolve(release_ref(draft.closed.release)) is None:
        return False
    return ws.git.is_ancestor(tip, MAIN_REF) or _says_no_more(ws, draft, tip, draft.closed.release)


def _says_no_more(ws: Workspace, draft: Draft, tip: str, release: str) -> bool:
    """Whether a release has all that a draft's files say; a squash leaves its commits out of `main`."""
    base = base_files(ws, draft)
    ours, shipped = (unmanaged(ws.git.files(version)) for version in (tip, release_ref(release)))
    edited = (path for path in {*base, *ours} if base.get(path) != ours.get(path))
    return all(shipped.get(path) == ours.get(path) for path in edited)
