"""`log`: the releases, newest first."""

from __future__ import annotations

from flowctl.data import dataclass
from flowctl.flow import part_of
from flowctl.ops.part_name import known_part
from flowctl.ops.records import Release
from flowctl.ops.workspace import FLOWS, Workspace


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A release, and whether it was applied (tagged) or is pending."""

    release: Release
    applied: bool


def log(ws: Workspace, *, limit: int | None = None, part: str | None = None) -> tuple[LogEntry, ...]:
    """The releases, newest first; with `part`, those that changed it (its name, or its file).

    Raises:
        FlowctlError: There is no such part, and there was none.
    """
    tags = ws.tags()
    wanted = known_part(part, _parts(ws)) if part else None
    found = (r for r in reversed(ws.releases()) if wanted is None or wanted in [move.part for move in r.parts])
    entries = [LogEntry(r, f"{r.environment}/{r.release}" in tags) for r in found]
    return tuple(entries[:limit])


def _parts(ws: Workspace) -> set[str]:
    """The parts that live has, and those that a release has changed, some of which are gone."""
    now = {part for path in ws.git.paths(ws.main, FLOWS) if (part := part_of(path))}
    return now.union(move.part for release in ws.releases() for move in release.parts)
