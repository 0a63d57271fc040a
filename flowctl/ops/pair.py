"""The two versions that a comparison is between, when not both are named."""

from __future__ import annotations

from flowctl.ops.versions import Version, find, here
from flowctl.ops.workspace import Workspace


def version_of(ws: Workspace, name: str | None) -> Version:
    """A version by its name; what is being worked on when there is none."""
    return here(ws) if name is None else find(ws, name)


def pair(ws: Workspace, before: str | None, after: str | None) -> tuple[Version, Version]:
    """The versions to compare: `live` and what is being worked on, where no names are given."""
    return find(ws, before or "live"), version_of(ws, after)
