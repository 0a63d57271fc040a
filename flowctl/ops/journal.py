"""The journal: what a command is doing to this work tree, kept in `.flowctl` until it is done.

It decides nothing: what was released is read from git and from the environment, on any machine. It is what the next
command here needs to bring the work tree after a branch that was moved under it, and to know that nobody lives whose
lock files lie in `.git`. One command at a time writes in a work tree: it holds a lock that ends with its process.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, fields
from pathlib import Path

from flowctl.data import dataclass
from flowctl.diag import Blocked, FlowctlError
from flowctl.envs.lock import held
from flowctl.history import LockHeld, Repository, open_repository

FOLDER = ".flowctl"
FILE = "journal.json"
LOCK = "lock"
WAIT_SECONDS = 20.0  # for another command in the same work tree; one takes about a second
GRACE_SECONDS = 1.0  # for a git that outlives the flowctl that started it; it ends in milliseconds
PAUSE_SECONDS = 0.05

_ours: set[Path] = set()  # the work trees whose lock this process holds


class Unfinished(FlowctlError):
    """What was asked for is done; something that follows from it is not. The next command does that."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An intent: which process, for what.

    With `ref`, that branch moves from `old` to `new`, and the work tree that stands on it follows; with `switch`, that
    branch is checked out.
    """

    pid: int
    doing: str
    ref: str | None = None
    old: str | None = None
    new: str | None = None
    switch: str | None = None


def read_journal(root: Path) -> Entry | None:
    """The intent of a command that did not end, or of one that is running. A torn journal counts as none."""
    try:
        entry = Entry(**json.loads((root / FOLDER / FILE).read_bytes()))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    words = (getattr(entry, field.name) for field in fields(Entry) if field.name != "pid")
    sound = isinstance(entry.pid, int) and all(word is None or isinstance(word, str) for word in words)
    return entry if sound else None


@contextmanager
def journaled(
    root: Path,
    doing: str,
    *,
    ref: str | None = None,
    old: str | None = None,
    new: str | None = None,
    switch: str | None = None,
) -> Iterator[None]:
    """Keeps an intent while its deed is done, alone in the work tree.

    It stays when the deed is cut off, and when something that follows from it could not be done (`Unfinished`); it goes
    when the deed fails cleanly. Deeds may be nested: an inner one's intent stands in for that of the outer one.

    Raises:
        Blocked: Another command is at work here, and goes on for longer than `WAIT_SECONDS`.
    """
    is_inner = root in _ours
    with _alone(root, doing, WAIT_SECONDS):
        outer = read_journal(root)
        if outer and not is_inner:
            raise FlowctlError(f"a command was cut off here ({outer.doing})", hint="`flowctl status` takes it up")
        entry = Entry(os.getpid(), doing, ref, old, new, switch)
        _write(root, entry)
        try:
            yield
        except FlowctlError as error:
            if not _is_cut_off(root, error):
                _end(root, entry, outer)
            raise
        _end(root, entry, outer)


def repair(git: Repository) -> list[str]:
    """Takes up what a command that was cut off has left in this work tree, and says what it did.

    Leaves alone what a living process is doing.

    Raises:
        FlowctlError: Somebody has edited a file since that would have to change. Nothing was touched.
    """
    if git.root in _ours or read_journal(git.root) is None:
        return []
    try:
        with _alone(git.root, "repair", 0.0), git.operations.paused():
            entry = read_journal(git.root)
            steps = list(_repaired(git, entry)) if entry else []
            _clear(git.root)
    except Blocked:
        return []
    return steps


def _repaired(git: Repository, entry: Entry) -> Iterator[str]:
    if locks := _left_locks(git):
        git.remove_locks(locks)
        count = "a lock file" if len(locks) == 1 else f"{len(locks)} lock files"
        yield f"removed {count} of a command that is gone ({entry.doing})"
    head = git.head()
    try:
        if entry.switch and head.branch != entry.switch and git.resolve(f"refs/heads/{entry.switch}"):
            git.switch(entry.switch)
            yield f"checked out `{entry.switch}`"
        elif entry.ref and entry.new and head.ref == entry.ref and head.commit == entry.new:
            git.refresh_worktree(entry.old, entry.new)
            yield "brought the files up to their branch"
        elif not entry.ref and not entry.switch:
            git.reset_index()  # a save that was killed leaves the index of before it
    except LockHeld:
        raise
    except FlowctlError as error:
        hint = "copy your edits elsewhere, `git checkout -- FILE`, then `flowctl status`"
        raise FlowctlError(f"a command was cut off here ({entry.doing}), and {error.message}", hint=hint) from error


def _left_locks(git: Repository) -> list[Path]:
    """The lock files that nobody is about to remove: they stay as they are for a while."""
    deadline = time.monotonic() + GRACE_SECONDS
    first = left = _stamps(git)
    while left and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
        now = _stamps(git)
        left = {path: stamp for path, stamp in first.items() if now.get(path) == stamp}
    return sorted(left)


def _stamps(git: Repository) -> dict[Path, tuple[int, int]]:
    found = {}
    for path in git.stale_locks():
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        found[path] = (status.st_ino, status.st_mtime_ns)
    return found


def _is_cut_off(root: Path, error: FlowctlError) -> bool:
    """Whether a deed that failed left something to take up. A git that was killed (no memory) leaves its locks."""
    if isinstance(error, Unfinished):
        return True
    if isinstance(error, LockHeld):
        return False
    with open_repository(root) as git:
        return bool(git.stale_locks())


@contextmanager
def _alone(root: Path, doing: str, wait_seconds: float) -> Iterator[None]:
    """Holds the work tree's lock; within a deed of this process it is held already."""
    if root in _ours:
        yield
        return
    with ExitStack() as stack:
        with on_disk(f"write in `{root / FOLDER}`"):
            (root / FOLDER).mkdir(exist_ok=True)
            stack.enter_context(held(root / FOLDER / LOCK, doing, wait_seconds, "another command is at work here"))
        stack.callback(_ours.discard, root)
        _ours.add(root)
        yield


def _write(root: Path, entry: Entry) -> None:
    """Puts an intent down, whole or not at all, and on the disk."""
    new = root / FOLDER / f"{FILE}.new"
    with on_disk("write the journal"):
        with new.open("w", encoding="utf-8") as stream:
            json.dump(asdict(entry), stream)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(root / FOLDER / FILE)


def _end(root: Path, entry: Entry, outer: Entry | None) -> None:
    """Takes an intent back; one inside it that is unfinished stays, for the next command."""
    if read_journal(root) != entry:
        return
    if outer:
        _write(root, outer)
    else:
        _clear(root)


def _clear(root: Path) -> None:
    with on_disk("clear the journal"):
        (root / FOLDER / FILE).unlink(missing_ok=True)


@contextmanager
def on_disk(doing: str) -> Iterator[None]:
    """Turns a full disk, a read-only folder and the like into an error that says what could not be done."""
    try:
        yield
    except OSError as error:
        hint = "is the disk full, or the folder read-only?"
        raise FlowctlError(f"cannot {doing}: {(error.strerror or str(error)).lower()}", hint=hint) from error
