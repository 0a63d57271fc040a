"""The two versions that a comparison is between, when not both are named."""

from __future__ import annotations

from collections.abc import Sequence

from flowctl.diag import FlowctlError
from flowctl.ops.versions import Version, find, here
from flowctl.ops.workspace import Workspace


def version_of(ws: Workspace, name: str | None) -> Version:
    """A version by its name; what is being worked on when there is none."""
    return here(ws) if name is None else find(ws, name)


def pair(ws: Workspace, before: str | None, after: str | None) -> tuple[Version, Version]:
    """The versions to compare: `live` and what is being worked on, where no names are given."""
    return find(ws, before or "live"), version_of(ws, after)


def chosen(ws: Workspace, name: str | None, paths: Sequence[str]) -> tuple[Version, list[str]]:
    """A version, and paths in it. `REF:path` names both at once; all paths are of one version.

    Raises:
        FlowctlError: Two versions are named.
    """
    split = [path.partition(":") if ":" in path and not (ws.root / path).exists() else ("", "", path) for path in paths]
    refs = {ref for ref, _, _ in split if ref} | ({name} if name else set())
    if len(refs) > 1 or (refs and not name and not all(ref for ref, _, _ in split)):
        raise FlowctlError("the paths are of several versions", hint="one version at a time")
    return version_of(ws, next(iter(refs), None)), [path for _, _, path in split]
