"""git's lock files: found, removed when the caller knows that their writer is dead, and held by ourselves for one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flowctl.diag import FlowctlError
from flowctl.history.command import disk_errors
from flowctl.history.errors import LockHeld


def locks(git_dir: Path, common_dir: Path) -> list[Path]:
    """The lock files that exist now, sorted. Linked work trees share `common_dir`; each has a `git_dir` of its own."""
    single = [folder / name for folder in {git_dir, common_dir} for name in ("index.lock", "HEAD.lock")]
    shared = [common_dir / name for name in ("packed-refs.lock", "config.lock", "shallow.lock")]
    refs = (path for folder in {git_dir, common_dir} for path in (folder / "refs").rglob("*.lock"))
    return sorted({path for path in (*single, *shared, *refs) if path.is_file()})


def remove_locks(existing: Iterable[Path], paths: Iterable[Path]) -> None:
    """Removes those of the paths that are locks; nothing else is ever removed. The caller answers for their writers."""
    known = set(existing)
    for path in paths:
        if path in known:
            with disk_errors(f"remove `{path}`"):
                path.unlink(missing_ok=True)


class IndexLock:
    """git's own lock on the index, with the next index in it: the work tree's other writers wait or are told."""

    def __init__(self, index: Path, lock: Path) -> None:
        self._index = index
        self._lock = lock
        self.is_held = True

    def fill(self, source: Path) -> None:
        """Writes the next index, so that what can still fail afterwards is a rename only."""
        with disk_errors("write the index"):
            shutil.copyfile(source, self._lock)
            if self._index.exists():
                shutil.copymode(self._index, self._lock)

    def commit(self) -> None:
        with disk_errors("replace the index"):
            os.replace(self._lock, self._index)
        self.is_held = False  # from here on, a file of this name is somebody else's lock


@contextmanager
def index_lock(git_dir: Path) -> Iterator[IndexLock]:
    """Holds the index's lock; without `commit` the index stays as it was.

    Raises:
        LockHeld: Somebody else holds it.
    """
    lock = git_dir / "index.lock"
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except FileExistsError:
        raise LockHeld(lock) from None
    except OSError as error:
        raise FlowctlError(f"cannot write `{lock}`: {error.strerror}") from error
    held = IndexLock(git_dir / "index", lock)
    try:
        yield held
    finally:
        if held.is_held:
            lock.unlink(missing_ok=True)
