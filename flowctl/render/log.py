"""`log`: the releases, as text, Markdown and data."""

from __future__ import annotations

from collections.abc import Sequence

from flowctl.document import Json
from flowctl.flow.kinds import plain_fields
from flowctl.ops.log import LogEntry
from flowctl.render.console import Look, paragraph
from flowctl.render.markdown import escaped
from flowctl.render.safe import safe

RELEASE, KIND = 14, 10  # columns


def text(entries: Sequence[LogEntry], look: Look) -> str:
    """One paragraph a release. Not a table: laying one out takes longer than reading the records."""
    return "\n".join(_line(entry, look) for entry in entries) or "no releases"


def _line(entry: LogEntry, look: Look) -> str:
    r = entry.release
    pending = "" if entry.applied else ", pending"
    moved = f", {r.moved.leads} of {r.moved.of} leads moved" if r.moved else ""
    head = f"{look.paint('strong', r.release.ljust(RELEASE))}{r.kind.ljust(KIND)}"
    said = paragraph(safe(r.title), look.width, head, " " * (RELEASE + KIND))
    return f"{said}\n{' ' * (RELEASE + KIND)}{look.paint('faint', safe(f'{r.who}{moved}{pending}'))}"


def data(entries: Sequence[LogEntry]) -> dict[str, Json]:
    return {"releases": [plain_fields(entry.release) | {"applied": entry.applied} for entry in entries]}


def markdown(entries: Sequence[LogEntry]) -> str:
    """The changelog of routing."""
    return "\n\n".join(_section(entry) for entry in entries) or "No releases."


def _section(entry: LogEntry) -> str:
    r = entry.release
    moved = f"; {r.moved.leads} of {r.moved.of} fixture leads moved" if r.moved else ""
    parts = "\n".join(f"- `{move.part}`" for move in r.parts)
    return f"## {r.release}: {escaped(r.title)}\n\n{r.kind}, by {escaped(str(r.who))}{moved}\n\n{parts}"
