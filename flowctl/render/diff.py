"""The answer of `diff`."""

from __future__ import annotations

from collections.abc import Mapping

from flowctl.data import dataclass
from flowctl.document import Json
from flowctl.ops.diff import DiffReport
from flowctl.ops.others import Others
from flowctl.ops.versions import Version
from flowctl.render import others
from flowctl.render.console import Look, count
from flowctl.render.edits import STYLES, data_of, headline, markdown_of, text_of
from flowctl.render.lists import blocks
from flowctl.render.markdown import code, escaped
from flowctl.render.safe import safe

SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@dataclass(frozen=True, slots=True)
class Told:
    """Differences to be told; `cosmetic` tells those one by one that move no lead. `versions` are what differs."""

    report: DiffReport
    cosmetic: bool = False
    versions: tuple[Version, Version] | None = None


def text(told: Told | Others, look: Look) -> str:
    if isinstance(told, Others):
        return others.text(told, look)
    report = told.report
    versions = f"{look.paint('strong', safe(report.before))} → {look.paint('strong', safe(report.after))}"
    files = (
        f"  {look.paint(STYLES[SIGNS[file.status]], SIGNS[file.status])} {safe(file.path)}" for file in report.files
    )
    beside = "\n".join((look.paint("strong", "other files"), *files)) if report.files else ""
    return blocks(versions, text_of(report.parts, look, told.cosmetic), beside, closing(report))


def closing(report: DiffReport) -> str:
    beside = f"{count(len(report.files), 'other file')} {'differs' if len(report.files) == 1 else 'differ'}"
    if not report.files:
        return headline(report.parts)
    return f"{headline(report.parts)}; {beside}" if report.parts else beside


def markdown(told: Told | Others) -> str:
    if isinstance(told, Others):
        return others.markdown(told)
    report = told.report
    files = "\n".join(f"- `{SIGNS[file.status]}` {code(file.path)}" for file in report.files)
    beside = f"**Other files**\n\n{files}" if files else ""
    head = f"### {escaped(report.before)} → {escaped(report.after)}"
    return blocks(head, markdown_of(report.parts), beside, f"{closing(report).capitalize()}.")


def data(told: Told | Others) -> Mapping[str, Json]:
    if isinstance(told, Others):
        return others.data(told)
    report = told.report
    return {
        "before": report.before,
        "after": report.after,
        "parts": data_of(report.parts),
        "files": [{"path": file.path, "status": file.status} for file in report.files],
    }
