"""Files of the work tree written so that nobody ever meets half of one."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from flowctl.diag import FlowctlError
from flowctl.history.operations import Effect, digest
from flowctl.ops.workspace import MANAGED, Workspace


def editable(ws: Workspace, path: str | Path) -> str:
    """A file's path in the workspace, when people may edit it.

    Raises:
        FlowctlError: It is outside the workspace, or written by commands only.
    """
    name = ws.git.inside(path)
    if name.startswith(MANAGED):
        raise FlowctlError(f"`{name}` is written by commands only", hint="edit files below `flows/`")
    return name


def write(ws: Workspace, name: str, data: bytes) -> None:
    """Puts a file of the work tree in its place, all or nothing, new or not; `flowctl undo` can take it back.

    Raises:
        FlowctlError: It cannot be written. The file is as it was.
    """
    path = ws.root / name
    before = path.read_bytes() if path.is_file() else None
    if before is None:
        _make(path, data)
    else:
        replace(path, data)
    note_written(ws, name, before, data)


def note_written(ws: Workspace, name: str, before: bytes | None, after: bytes | None) -> None:
    """Notes for `flowctl undo` what a file held before a command wrote it, and after."""
    if before != after:
        effect = Effect("file", name, digest(before), digest(after), on=ws.git.head().branch)
        ws.git.operations.record([effect], [before, after])


def remove(ws: Workspace, name: str) -> None:
    """Takes a file of the work tree away; `flowctl undo` can bring it back."""
    path = ws.root / name
    try:
        before = path.read_bytes()
        path.unlink()
    except OSError as error:
        raise FlowctlError(f"cannot remove `{name}`: {error.strerror}") from error
    note_written(ws, name, before, None)


def _make(path: Path, data: bytes) -> None:
    new = path.with_name(f".flowctl-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(data)
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise FlowctlError(f"cannot write `{path.name}`: {error.strerror}") from error


def replace(path: Path, data: bytes) -> None:
    """Puts new bytes into a file that is there, all or nothing; its permissions stay. A symlink stays one.

    Raises:
        FlowctlError: It cannot be written. The file is as it was.
    """
    target = path.resolve()
    temporary = None
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".flowctl-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, target)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise FlowctlError(f"cannot write `{path.name}`: {error.strerror}") from error
