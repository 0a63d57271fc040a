"""Moving `main`: by compare-and-swap, here and on the remote, with the work tree following."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, Stale
from flowctl.history import Person as GitPerson
from flowctl.history import PushRefused, PushRejected, RefMoved, RefUpdate
from flowctl.ops.branch import at_work, move_branch, require_saved, standing_on
from flowctl.ops.journal import Unfinished
from flowctl.ops.workspace import LIVE, MAIN_REF, Workspace

ORIGIN_MAIN = "refs/remotes/origin/main"
TRIES = 5  # each try loses only to somebody who moved `main` in between


@dataclass(frozen=True, slots=True)
class Commit:
    """What to put on `main`: files by path (None removes), the message, and further refs to move with it."""

    files: Mapping[str, bytes | None]
    message: str
    parents: tuple[str, ...] = ()
    creates: tuple[str, ...] = ()  # refs that must not be there yet, and will point at the commit


def require_live(ws: Workspace, environment: str) -> str:
    """The environment itself, when releases go there: `main` says what one environment runs, and no other.

    Raises:
        FlowctlError: It is another, or there is none of this name.
    """
    if environment != LIVE:
        ws.environment(environment)
        hint = f"`flowctl import --into {environment}`; releases go to {LIVE}"
        raise FlowctlError(f"`{environment}` takes drafts, not releases", hint=hint)
    return environment


def sync(ws: Workspace) -> None:
    """Fetches, and brings `main` up to the remote's. Does nothing without a remote.

    Raises:
        FlowctlError: The remote cannot be reached, or `main` here and there have gone different ways.
    """
    if ws.git.remote() is None:
        return
    with at_work(ws, "fetch"), ws.git.operations.paused():
        ws.git.fetch()
        theirs = ws.git.resolve(ORIGIN_MAIN)
        if theirs is None or ws.git.is_ancestor(theirs, ws.main):
            return
        if not ws.git.is_ancestor(ws.main, theirs):
            hint = "`git log main..origin/main` shows theirs, `git log origin/main..main` ours"
            raise FlowctlError("`main` here and on the remote have gone different ways", hint=hint)
        move_branch(ws, MAIN_REF, ws.main, theirs, doing="bring main up to the remote's")


def require_movable(ws: Workspace) -> None:
    """Refuses to build on commits of `main` that only this clone has, and to move files that have unsaved edits.

    Raises:
        FlowctlError: There are some.
    """
    with standing_on(ws, MAIN_REF) as tree:
        if tree is not None:
            require_saved(tree)
    if ws.git.remote() is not None and ws.git.resolve(ORIGIN_MAIN) != ws.main:
        hint = "`git push origin main --tags`, or take them back: `git log origin/main..main` shows them"
        raise FlowctlError("`main` has commits here that the remote does not have", hint=hint)


def commit_to_main(ws: Workspace, make: Callable[[str], Commit], when: dt.datetime) -> str:
    """Puts a commit on `main`, here and on the remote; the remote's answer decides. Ask `require_movable` first.

    Args:
        make: Says what to commit on top of a given commit of `main`; asked again when somebody was faster. It raises
            when the commit no longer makes sense on top of that.

    Returns:
        The commit.

    Raises:
        Stale: Somebody was faster every time. Nothing was moved.
        Unfinished: The commit is on `main`; something that follows from it could not be done.
        FlowctlError: Nothing was moved, as far as can be known: a remote that does not answer any more may have
            taken the commit.
    """
    for _ in range(TRIES):
        old = ws.main
        commit = make(old)
        new = _written(ws, old, commit, when)
        try:
            _decide(ws, old, new, commit.creates)
        except (RefMoved, PushRejected) as error:
            _require_free(error, commit.creates)
            sync(ws)
            continue
        return new
    raise Stale("`main` moves faster than we can follow", hint="try again")


def _written(ws: Workspace, old: str, commit: Commit, when: dt.datetime) -> str:
    tree = ws.git.write_tree(old, commit.files)
    person = GitPerson(ws.me.name, ws.me.email)
    return ws.git.commit_tree(tree, (old, *commit.parents), commit.message, person, when, committer=person)


def _decide(ws: Workspace, old: str, new: str, creates: tuple[str, ...]) -> None:
    """Moves `main`: on the remote, whose answer is final, and then here; without a remote, here."""
    if ws.git.remote() is None:
        move_branch(ws, MAIN_REF, old, new, creates=creates, doing="move main")
        return
    try:
        ws.git.push_atomic([RefUpdate(MAIN_REF, new, old), *(RefUpdate(ref, new, None) for ref in creates)])
    except (PushRejected, PushRefused):
        raise
    except FlowctlError:
        if not _has_arrived(ws, new):
            raise
    try:
        _follow(ws, old, new, creates)
    except FlowctlError as error:
        hint = error.hint or "`flowctl status` takes it up"
        raise Unfinished(f"the remote has it; here, {error.message}", hint=hint) from error


def _has_arrived(ws: Workspace, new: str) -> bool:
    """Whether the remote took a commit although its answer was lost; False when it does not answer at all."""
    try:
        ws.git.fetch()
    except FlowctlError:
        return False
    theirs = ws.git.resolve(ORIGIN_MAIN)
    return theirs is not None and ws.git.is_ancestor(new, theirs)


def _follow(ws: Workspace, old: str, new: str, creates: tuple[str, ...]) -> None:
    """Brings `main` and tags here to what the remote has; a fetch of another process may have done some of it."""
    missing = tuple(ref for ref in creates if ws.git.resolve(ref) is None)
    if not ws.git.is_ancestor(new, ws.main):
        move_branch(ws, MAIN_REF, old, new, creates=missing, doing="move main")
    elif missing:
        ws.git.transaction([RefUpdate(ref, new, None) for ref in missing], message="flowctl: released")


def _require_free(error: RefMoved | PushRejected, creates: tuple[str, ...]) -> None:
    """Does not try again when it is a tag alone that is taken: it would be taken again."""
    if (taken := set(error.refs) & set(creates)) and MAIN_REF not in error.refs:
        names = ", ".join(f"`{ref.removeprefix('refs/tags/')}`" for ref in sorted(taken))
        raise Stale(f"somebody else has made the tag {names}; nothing was moved", hint="try again") from error
