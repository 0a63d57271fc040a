"""The pictures of a run: the changed neighbourhoods of each flow, those of the flow that changes most first."""

from __future__ import annotations

from flowctl.diff import Edit
from flowctl.ops.ci.report import CiReport
from flowctl.render.picture import picture


def pictures(report: CiReport) -> tuple[str, ...]:
    """Mermaid texts. A flow that cannot be read, or of which only labels changed, has none."""

    before, after = report.before.model().flows, report.after.model().flows
    drawn: list[tuple[int, tuple[str, ...]]] = []
    for part in report.diff.parts:
        kind, _, name = part.part.partition("/")
        if kind != "flow" or part.status == "unreadable" or part.cosmetic:
            continue
        edits: tuple[Edit, ...] = part.edits  # type: ignore[assignment]  # a flow has no entries
        found = picture(before.get(name), after.get(name), edits, _leads(report, part.part))
        if found:
            drawn.append((sum(not edit.cosmetic for edit in edits), found))
    drawn.sort(key=lambda of_flow: -of_flow[0])
    return tuple(text for _, texts in drawn for text in texts)


def _leads(report: CiReport, part: str) -> dict[str, int]:
    """How many leads come to each changed node of a flow."""
    changes = (change for change in report.changes if change.part == part and change.edit and change.edit.node)
    return {str(c.edit and c.edit.node): c.impact.leads for c in changes if c.impact}
