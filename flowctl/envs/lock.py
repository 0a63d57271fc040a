"""Locks that cannot be left behind: the kernel frees them when their process ends, however it ends."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flowctl.diag import Blocked

_PAUSE = 0.05  # seconds between two tries; a person does not feel it and a processor neither


@contextmanager
def held(lock: Path, who: str, wait_seconds: float, doing: str) -> Iterator[None]:
    """Holds a lock file, which stays in its place afterwards: removing it would let two in at once.

    Args:
        doing: What it is held for, as whoever comes second reads it: "`production` is being written".

    Raises:
        Blocked: Somebody else still holds it after `wait_seconds`; the message says who, and since when.
        OSError: The file cannot be written.
    """
    with lock.open("a+b", buffering=0) as file:
        deadline = time.monotonic() + wait_seconds
        while not _taken(file.fileno()):
            if time.monotonic() >= deadline:
                raise Blocked(f"{doing}: {_holder(lock)}", hint="wait for it; when its process ends, so does the lock")
            time.sleep(_PAUSE)
        file.truncate(0)
        file.write(json.dumps({"who": who, "pid": os.getpid()}).encode())
        yield


def _taken(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(lock: Path) -> str:
    """Who holds a lock, and since when: its file is written when it is taken."""
    try:
        said = json.loads(lock.read_bytes())
        since = dt.datetime.fromtimestamp(lock.stat().st_mtime, dt.UTC)
        return f"{said['who']}, process {said['pid']}, since {since:%Y-%m-%d %H:%M:%S} UTC"
    except (OSError, ValueError, TypeError, KeyError):  # taken a moment ago
        return "somebody else"
