"""Takes up what a command that was cut off has left, on this machine or on another."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flowctl.diag import FlowctlError
from flowctl.envs import Environment, Receipt
from flowctl.history import RefUpdate
from flowctl.ops.content import changes_of
from flowctl.ops.drift import drift_of
from flowctl.ops.journal import clear_journal, is_running, read_journal
from flowctl.ops.trunk import sync
from flowctl.ops.workspace import LIVE, MAIN, MAIN_REF, Workspace, release_ref


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was taken up, in words; empty when there was nothing."""

    steps: tuple[str, ...] = ()


def recover(ws: Workspace, environment: Environment, now: dt.datetime) -> Recovered:
    """Finishes or undoes a promotion that was cut off. The caller holds the environment's lease.

    A promotion whose commit reached `main` is finished; any other is undone.
    """
    steps = [*_repair_git(ws)]
    sync(ws)
    drift = drift_of(ws, environment.name)
    if drift.half_done:
        undo(ws, environment)
        steps.append(f"undid the promotion {drift.half_done}, which was cut off before it reached `main`")
    elif drift.is_clean and (tagged := _tag_applied(ws, environment.name, drift.live.receipt)):
        steps.append(f"tagged the release {tagged}")
    steps += [f"closed the draft {id_}" for id_ in close_drafts(ws)]
    return Recovered(tuple(steps))


def take_up(ws: Workspace, now: dt.datetime, environment: str = LIVE) -> Recovered:
    """As `recover`, for commands that hold no lease: leaves alone what a running promotion is doing.

    Raises:
        Blocked: A promotion is running.
    """
    entry = read_journal(ws.root)
    drift = drift_of(ws, environment)
    if entry is None and drift.half_done is None and not _untagged(ws, environment, drift.live.receipt) and not _shipped(ws):
        return Recovered()
    place = ws.environment(environment)
    with place.lease("recovery", 0.0):
        return recover(ws, place, now)


def undo(ws: Workspace, environment: Environment) -> None:
    """Puts what `main` says back into an environment."""
    bundle = ws.bundle()
    newest = ws.releases()[-1]
    receipt = Receipt(
        release=newest.release,
        plan=newest.plan,
        draft=newest.draft,
        kind=newest.kind,
        who=str(newest.who),
        when=newest.when,
        digests=bundle.digests,
    )
    environment.deploy(bundle, expecting=environment.read().bundle.digest, receipt=receipt)


def close_drafts(ws: Workspace) -> list[str]:
    """Removes the branches of drafts that have shipped; whoever stands on one is brought to `main`.

    A draft with unsaved edits is left as it is, for its owner to look after.
    """
    closed = []
    for id_ in _shipped(ws):
        ref = f"refs/heads/draft/{id_}"
        if ws.git.head().ref == ref:
            try:
                ws.git.switch(MAIN)
            except FlowctlError:
                continue
        ws.git.transaction([RefUpdate(ref, None, ws.git.resolve(ref))], message="flowctl: shipped")
        closed.append(id_)
    return closed


def _shipped(ws: Workspace) -> list[str]:
    """The drafts that have shipped and whose branches hold nothing more than what shipped."""
    ids = [ref.rpartition("/")[2] for ref in ws.git.refs("refs/heads/draft/")]
    return [id_ for id_ in ids if ws.is_closed(id_) and _holds_no_more(ws, id_)]


def _holds_no_more(ws: Workspace, id_: str) -> bool:
    """Whether `main` has all of a draft: its commits, or after a squash what they say."""
    ref = f"refs/heads/draft/{id_}"
    if ws.git.is_ancestor(ref, MAIN_REF):
        return True
    draft = ws.draft(id_, ref)
    changes = changes_of(ws, draft) if draft else None
    return changes is not None and all(changes.live.get(path) == data for path, data in changes.files.items())


def _tag_applied(ws: Workspace, environment: str, receipt: Receipt | None) -> str | None:
    release = _untagged(ws, environment, receipt)
    if release is not None:
        tag_release(ws, release_ref(release, environment), release_commit_of(ws, release))
    return release


def tag_release(ws: Workspace, ref: str, commit: str) -> None:
    """Creates a release's tag, on the remote first: there it decides who applied it."""
    if ws.git.remote() is not None:
        ws.git.push_atomic([RefUpdate(ref, commit, None)])
    if ws.git.resolve(ref) is None:
        ws.git.transaction([RefUpdate(ref, commit, None)], message="flowctl: applied")


def _untagged(ws: Workspace, environment: str, receipt: Receipt | None) -> str | None:
    """The release that an environment runs, when `main` has its record and nobody has tagged it."""
    if receipt is None or receipt.release is None or receipt.release not in ws.release_ids():
        return None
    return None if f"{environment}/{receipt.release}" in ws.tags() else receipt.release


def release_commit_of(ws: Workspace, release: str) -> str:
    """The commit that brought a release's record to `main`: the first on its first-parent line that has it."""
    return ws.git.log([f"releases/{release}.yaml"], version=MAIN_REF)[-1].id


def _repair_git(ws: Workspace) -> list[str]:
    """Brings the work tree after a `main` that was moved under it, and removes the lock files of a dead process."""
    entry = read_journal(ws.root)
    if entry is None or is_running(entry):
        return []
    steps = []
    locks = ws.git.stale_locks()
    if locks:
        ws.git.remove_locks(locks)
        steps.append(f"removed {len(locks)} lock files of a process that is gone")
    if entry.old and entry.new and ws.main == entry.new and ws.git.head().branch == MAIN:
        ws.git.refresh_worktree(entry.old, entry.new)
        steps.append("brought the work tree up to `main`")
    clear_journal(ws.root)
    return steps
