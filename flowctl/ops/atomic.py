"""Files of the work tree written so that nobody ever meets half of one."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from flowctl.diag import FlowctlError
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
