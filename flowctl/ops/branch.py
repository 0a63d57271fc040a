"""Moves branches, and the work tree that stands on them; what is cut off is taken up by the next command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from flowctl.diag import FlowctlError
from flowctl.history import LockHeld, RefUpdate, Repository, open_repository
from flowctl.ops.journal import Unfinished, journaled, repair
from flowctl.ops.merging.state import require_no_merge, take_up_merge
from flowctl.ops.workspace import FLOWS, Workspace

HEADS = "refs/heads/"


@contextmanager
def at_work(ws: Workspace, doing: str) -> Iterator[list[str]]:
    """Alone in the work tree, for the whole of a command; gives what was taken up from one that was cut off, in words.

    Raises:
        Blocked: Another command is at work here.
    """
    steps = repair(ws.git)
    with journaled(ws.root, doing):
        steps += take_up_merge(ws.git)
        yield steps


def move_branch(
    ws: Workspace,
    ref: str,
    old: str | None,
    new: str,
    *,
    creates: tuple[str, ...] = (),
    doing: str,
    is_written: bool = False,
) -> None:
    """Moves a branch (`old` None: makes it) and creates refs at its new commit, in one transaction.

    The work tree that stands on the branch follows, this one or another of the repository. Where its files are as in
    `new` already (`is_written`), they are no unsaved edits.

    Raises:
        RefMoved: The branch is not at `old`, or a ref is there already. Nothing was moved.
        Unfinished: The branch was moved, and the files could not follow.
        FlowctlError: Unsaved edits are in the way, or a merge that is under way. Nothing was moved.
    """
    updates = [RefUpdate(ref, new, old), *(RefUpdate(name, new, None) for name in creates)]
    with standing_on(ws, ref) as tree:
        if tree is None or old is None:
            with journaled(ws.root, doing):
                ws.git.transaction(updates, message=f"flowctl: {doing}")
            return
        if not is_written:
            require_no_merge(tree)
            require_saved(tree, tree.changed_paths(old, new))
        with journaled(tree.root, doing, ref=ref, old=old, new=new):
            ws.git.transaction(updates, message=f"flowctl: {doing}")
            _follow(tree, old, new)


def _follow(tree: Repository, old: str, new: str) -> None:
    try:
        tree.refresh_worktree(old, new)
    except FlowctlError as error:
        locks = tree.stale_locks()  # git does not name the lock on its index when it is told to be quiet
        why = LockHeld(locks[0]) if locks else error
        raise Unfinished(f"the files in `{tree.root}` are behind: {why.message}", hint=why.hint) from error


@contextmanager
def standing_on(ws: Workspace, ref: str) -> Iterator[Repository | None]:
    """The work tree that has a branch checked out: ours, or another one of the same repository."""
    if ws.git.head().ref == ref:
        yield ws.git
    elif folder := ws.git.checked_out_elsewhere(ref.removeprefix(HEADS)):
        with open_repository(Path(folder)) as other:
            yield other
    else:
        yield None


def require_saved(tree: Repository, paths: Sequence[str] = ()) -> None:
    """Refuses to move files while there are unsaved edits: of files that git knows, or of new ones below `flows/`.

    Args:
        paths: What is going to move; a new file in one of these places is in the way, too.

    Raises:
        FlowctlError: There are unsaved edits.
    """
    new = {path for path in tree.unsaved() if path.startswith(f"{FLOWS}/") or path in paths}
    edits = new.union(tree.unsaved(untracked=False))
    if edits:
        more = f" and {len(edits) - 1} more" if len(edits) > 1 else ""
        where = f"`{tree.root / min(edits)}`"
        raise FlowctlError(f"{where}{more} has unsaved edits", hint="`git stash` puts them aside")


def switch(ws: Workspace, branch: str) -> None:
    """Checks a branch out.

    Raises:
        Unfinished: Some files could not be written; the next command tries again.
        FlowctlError: Unsaved edits are in the way, or another work tree stands on it. Nothing was moved.
    """
    if ws.git.head().branch == branch:
        return
    before = ws.git.unsaved()
    with journaled(ws.root, f"check out {branch}", switch=branch):
        try:
            ws.git.switch(branch)
        except FlowctlError as error:
            if ws.git.unsaved() == before:
                raise
            message = f"`{branch}` could not be checked out: {error.message}"
            raise Unfinished(message, hint="`flowctl status` tries again") from error
