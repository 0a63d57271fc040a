"""The journal: what a command that moves `main` was about to do, kept in `.flowctl` until it is done.

It says nothing that git and the environment do not say too; it is what a later command on the same machine needs to
bring the work tree after a branch that was moved under it, and to know whose lock files lie in `.git`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = ".flowctl"
FILE = "journal.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """An intent: which process, for what, and from where to where it moves `main` (None: not known yet)."""

    pid: int
    doing: str
    old: str | None = None
    new: str | None = None


def read_journal(root: Path) -> Entry | None:
    """The intent of a command that did not end, or of one that is running. A torn journal counts as none."""
    try:
        return Entry(**json.loads((root / FOLDER / FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def is_running(entry: Entry) -> bool:
    """Whether the process of an entry lives."""
    try:
        os.kill(entry.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return entry.pid != os.getpid()


def write_journal(root: Path, entry: Entry) -> None:
    """Puts an intent down, whole or not at all, and on the disk."""
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    new = folder / f"{FILE}.{entry.pid}"
    with new.open("w") as stream:
        json.dump(asdict(entry), stream)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(folder / FILE)


def clear_journal(root: Path) -> None:
    (root / FOLDER / FILE).unlink(missing_ok=True)


@contextmanager
def journaled(root: Path, doing: str, old: str | None = None, new: str | None = None) -> Iterator[None]:
    """Keeps an intent while its deed is done; it stays when the deed is cut off, and goes when it fails cleanly."""
    before = read_journal(root)
    write_journal(root, Entry(os.getpid(), doing, old, new))
    try:
        yield
    finally:
        if before and before.pid == os.getpid():
            write_journal(root, before)
        else:
            clear_journal(root)
