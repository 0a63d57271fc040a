"""The workspace that a command was called in."""

from __future__ import annotations

import os
from pathlib import Path

from flowctl.cli.clock import now
from flowctl.cli.frame import typed
from flowctl.diag import FlowctlError
from flowctl.ops.workspace import Workspace, open_workspace


def folder() -> Path:
    """The current directory.

    Raises:
        FlowctlError: It does not exist any more.
    """
    try:
        return Path.cwd()
    except OSError as error:
        raise FlowctlError("the current folder does not exist any more", hint="`cd` to one that does") from error


def workspace() -> Workspace:
    """The workspace that the current directory lies in."""
    ws = open_workspace(folder(), os.environ)
    ws.git.operations.begin(typed(), now)
    return ws


def inside(ws: Workspace, path: str) -> str:
    """A path typed in the current directory, as the workspace spells it; `REF:path` counts from its top.

    Raises:
        FlowctlError: It leads out of the workspace.
    """
    typed = folder() / path
    return path if ":" in path and not typed.exists() else ws.git.inside(typed)
