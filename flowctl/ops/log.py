"""`log`: the releases, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from flowctl.flow import part_of
from flowctl.ops.records import Release
from flowctl.ops.workspace import Workspace


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A release, and whether it was applied (tagged) or is pending."""

    release: Release
    applied: bool


def log(ws: Workspace, *, limit: int | None = None, part: str | None = None) -> tuple[LogEntry, ...]:
    """The releases, newest first; with `part`, those that changed it (its name, or its file)."""
    tags = ws.tags()
    wanted = (part_of(part) or part) if part else None
    found = (r for r in reversed(ws.releases()) if wanted is None or wanted in [move.part for move in r.parts])
    entries = [LogEntry(r, f"{r.environment}/{r.release}" in tags) for r in found]
    return tuple(entries[:limit])
