"""Files that are written beside their place, and take it when they are complete."""

from __future__ import annotations

import glob
import os
import platform
import re
import stat
import zlib
from contextlib import suppress
from pathlib import Path

_HOST = f"{zlib.crc32(platform.node().encode()):08x}"  # on a shared disk, the processes of others are not known


def is_own_place(path: Path) -> bool:
    """Whether a path is written as it is: a device or a pipe, beside which nothing is put."""
    return path.exists() and not path.is_file() and not path.is_dir()


def aside(path: Path) -> Path:
    """Where a file is written until it is complete: beside its place, unless it is a device or a pipe.

    What processes that were killed have left there of the same file is taken away.
    """
    if is_own_place(path):
        return path
    for left in path.parent.glob(_name("*", glob.escape(path.name))):
        with suppress(OSError):
            if _is_left(left, path):
                left.unlink()
    return path.with_name(_name(str(os.getpid()), path.name))  # its ending says what is written


def settle(new: Path, path: Path) -> None:
    """Puts a complete file in its place, through a link."""
    if new != path:
        os.replace(new, path.resolve())


def discard(new: Path, path: Path) -> None:
    """Takes away what is there of a file that is not in its place."""
    if new != path:
        new.unlink(missing_ok=True)


def _name(process: str, name: str) -> str:
    return f".flowctl-{_HOST}-{process}-{name}"


def _is_left(left: Path, path: Path) -> bool:
    """Whether a file is one of a process of this machine that is gone."""
    named = re.fullmatch(_name(r"(\d{1,9})", re.escape(path.name)), left.name)
    return named is not None and stat.S_ISREG(left.lstat().st_mode) and _is_gone(int(named[1]))


def _is_gone(process: int) -> bool:
    if process == os.getpid():
        return False
    if os.name != "posix":
        return True  # who writes holds the file there: it cannot be taken away
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False  # somebody else's
    return False
