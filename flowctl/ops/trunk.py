"""Moving `main`: by compare-and-swap, here and on the remote, with the work tree following."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flowctl.diag import FlowctlError, Stale
from flowctl.history import Person as GitPerson
from flowctl.history import PushRejected, RefMoved, RefUpdate
from flowctl.ops.journal import journaled
from flowctl.ops.workspace import MAIN, MAIN_REF, Workspace

ORIGIN_MAIN = "refs/remotes/origin/main"
TRIES = 5  # each try loses only to somebody who moved `main` in between


@dataclass(frozen=True, slots=True)
class Commit:
    """What to put on `main`: files by path (None removes), the message, and further refs to move with it."""

    files: Mapping[str, bytes | None]
    message: str
    parents: tuple[str, ...] = ()
    creates: tuple[str, ...] = ()  # refs that must not be there yet, and will point at the commit


def sync(ws: Workspace) -> None:
    """Fetches, and brings `main` up to the remote's. Does nothing without a remote.

    Raises:
        FlowctlError: The remote cannot be reached, or `main` here and there have gone different ways.
    """
    if ws.git.remote() is None:
        return
    ws.git.fetch()
    theirs = ws.git.resolve(ORIGIN_MAIN)
    if theirs is None or theirs == ws.main or ws.git.is_ancestor(theirs, ws.main):
        return
    if not ws.git.is_ancestor(ws.main, theirs):
        hint = "`git log main..origin/main` shows theirs, `git log origin/main..main` ours"
        raise FlowctlError("`main` here and on the remote have gone different ways", hint=hint)
    move_main(ws, ws.main, theirs)


def move_main(ws: Workspace, old: str, new: str, creates: tuple[str, ...] = ()) -> None:
    """Moves `main` and creates refs at its new commit, in one transaction; the work tree follows when it is on it.

    Raises:
        RefMoved: `main` is not at `old`, or a ref is there already. Nothing was moved.
        FlowctlError: Unsaved edits are in the way. Nothing was moved.
    """
    on_main = ws.git.head().branch == MAIN
    if on_main:
        ws.require_saved()
    with journaled(ws.root, f"move main to {new}", old, new):
        ws.git.transaction([RefUpdate(MAIN_REF, new, old), *(RefUpdate(ref, new, None) for ref in creates)])
        if on_main:
            ws.git.refresh_worktree(old, new)


def commit_to_main(ws: Workspace, make: Callable[[str], Commit], when: dt.datetime) -> str:
    """Puts a commit on `main`, here and on the remote; the remote's answer decides.

    Args:
        make: Says what to commit on top of a given commit of `main`; asked again when somebody was faster. It raises
            when the commit no longer makes sense on top of that.

    Returns:
        The commit.

    Raises:
        Stale: Somebody was faster every time.
    """
    for _ in range(TRIES):
        old = ws.main
        commit = make(old)
        tree = ws.git.write_tree(old, commit.files)
        person = GitPerson(ws.me.name, ws.me.email)
        new = ws.git.commit_tree(tree, (old, *commit.parents), commit.message, person, when, committer=person)
        try:
            publish(ws, old, new, commit.creates)
            move_main(ws, old, new, commit.creates)
        except (RefMoved, PushRejected):
            sync(ws)
            continue
        return new
    raise Stale("`main` moves faster than we can follow", hint="try again")


def publish(ws: Workspace, old: str, new: str, creates: tuple[str, ...]) -> None:
    """Pushes `main` and the new refs, all or none; does nothing without a remote."""
    if ws.git.remote() is not None:
        ws.git.push_atomic([RefUpdate(MAIN_REF, new, old), *(RefUpdate(ref, new, None) for ref in creates)])
