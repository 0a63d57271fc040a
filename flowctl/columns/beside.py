"""Files that are written beside their place, and take it when they are complete."""

from __future__ import annotations

import glob
import os
import platform
import re
import stat
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from flowctl.diag import FlowctlError

_HOST = f"{zlib.crc32(platform.node().encode()):08x}"  # on a shared disk, the processes of others are not known
_ENDINGS = re.compile(r"(\.(csv|parquet))?(\.\w*)?\Z", re.IGNORECASE)
_STREAM = re.compile(r"/dev/(?:(stdout|stderr)|fd/(\d+))|/proc/self/fd/(\d+)")


def is_own_place(path: Path) -> bool:
    """Whether a path is written as it is: a device, a pipe or an open file, beside which nothing is put.

    What is there already is not to be lost: what others have written to the same file, such as a log of errors.
    """
    if _STREAM.fullmatch(str(path)):
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def require_place(path: Path, name: str) -> None:
    """Looks whether a file can be written, so that this is told before there is any work.

    Raises:
        FlowctlError: There is no such folder, or nothing may be written there.
    """
    folder = _place(path).parent
    try:
        if is_own_place(path):
            return
        if path.is_dir():
            raise FlowctlError(f"`{name}` is a folder", hint=f"name a file in it, as in `{Path(name) / 'rejects.csv'}`")
        if not folder.is_dir():
            raise unwritable(name, "there is no such folder")
    except OSError as error:
        raise unwritable(name, (error.strerror or "").lower()) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise unwritable(name, "nothing may be written into its folder")


def as_csv(name: str) -> str:
    """What a file would be called as CSV: `moved.csv` of `moved.xlsx`, and of `moved.CSV.gz`."""
    path = Path(name)
    bare = _ENDINGS.sub("", path.name) or "moved"
    return str(path.with_name(f"{bare}.csv"))


def unwritable(name: str, reason: str) -> FlowctlError:
    return FlowctlError(
        f"cannot write `{name}`: {reason}", hint="name a file in a folder that exists, on a disk with room"
    )


def aside(path: Path) -> Path:
    """Where a file is written until it is complete: beside its place, unless it is a device or a pipe.

    Of a link, that is beside what it leads to: from there a file is put in its place without being copied.
    What processes that were killed have left there of the same file is taken away.
    """
    if is_own_place(path):
        return path
    place = _place(path)
    for left in place.parent.glob(_name("*", glob.escape(path.name))):
        with suppress(OSError):
            if _is_left(left, path):
                left.unlink()
    return place.with_name(_name(str(os.getpid()), path.name))  # its ending says what is written


def opener(path: Path, *, is_private: bool = False) -> Callable[[str, int], int]:
    """For `open`: a file that nobody may read who may not read the one that it replaces.

    What has been opened already is written from where it is, so that nothing that others write is lost.

    Args:
        is_private: Whether it is for its owner alone where it replaces nothing.
    """
    if stream := _STREAM.fullmatch(str(path)):
        named = stream[2] or stream[3]
        number = int(named) if named else 1 if stream[1] == "stdout" else 2
        return lambda name, flags: os.dup(number)
    mode = _mode(path)
    mode = mode if mode is not None else 0o600 if is_private else 0o666
    return lambda name, flags: os.open(name, flags, mode)


def settle(new: Path, path: Path) -> None:
    """Puts a complete file in its place, through a link, with the permissions of the one that was there."""
    if new != path:
        mode = _mode(path)
        if mode is not None:
            with suppress(OSError):  # a disk without permissions
                new.chmod(mode)
        os.replace(new, _place(path))


def discard(new: Path, path: Path) -> None:
    """Takes away what is there of a file that is not in its place."""
    if new != path:
        new.unlink(missing_ok=True)


def _place(path: Path) -> Path:
    return Path(os.path.realpath(path))  # unlike `resolve` it takes links that lead to one another


def _mode(path: Path) -> int | None:
    """The permissions of the file that is there."""
    return stat.S_IMODE(path.stat().st_mode) if path.is_file() else None


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
