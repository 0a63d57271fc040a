"""A run of `ci` on a terminal, or in the log of a job."""

from __future__ import annotations

from flowctl.ops.ci.accepted import SHORT, Acceptance
from flowctl.ops.ci.report import CiReport
from flowctl.render.ci import words
from flowctl.render.console import Look, paragraph, table
from flowctl.render.lists import BAD, GOOD, blocks, next_command
from flowctl.render.safe import safe


def text(report: CiReport, look: Look) -> str:
    head = words.headline(report)
    return blocks(
        look.paint("strong", safe(head[:1].upper() + head[1:])),
        _changes(report, look),
        _moves(report, look),
        _kept(report, look),
        _steps(report, look),
        look.paint("faint", paragraph(safe(_known(report)), look.width)),
        _next(report, look),
    )


def _changes(report: CiReport, look: Look) -> str:
    rows = [
        (
            words.change_sign(change),
            change.part,
            words.change_words(change),
            words.meaning(change),
            _id(change.fingerprint),
        )
        for change in report.changes
        if change.counts
    ]
    return table(("", "part", "change", "what it means", "id"), rows, look) if rows else ""


def _moves(report: CiReport, look: Look) -> str:
    rows = [
        (move.before, move.after, f"{move.leads:,}", move.example, _id(move.fingerprint))
        for move in report.moves
        if move.accepted is None
    ]
    return table(("from", "to", "leads", "for example", "id"), rows, look, right=[2]) if rows else ""


def _kept(report: CiReport, look: Look) -> str:
    found = words.kept(report)
    return paragraph(safe(", for example: ".join(found)), look.width) if found else ""


def _id(fingerprint: str | None) -> str:
    return (fingerprint or "")[:SHORT]


def _steps(report: CiReport, look: Look) -> str:
    width = max(len(step.name) for step in report.steps)
    lines = []
    for step in report.steps:
        style, mark = ("bad", BAD) if step.exit else ("good", GOOD)
        begin = f"  {look.paint(style, mark)} {step.name.ljust(width)}  "
        said = f"{step.said}; {step.hint}" if step.exit and step.hint else step.said
        lines.append(paragraph(safe(said), look.width, begin, " " * (width + 6)))
    return "\n".join(lines)


def _known(report: CiReport) -> str:
    return "; ".join(said for said in (words.live_words(report), words.plan_words(report)) if said)


def _next(report: CiReport, look: Look) -> str:
    if report.failed or report.plan is None or report.plan.changes_nothing:
        return ""
    return next_command(f"flowctl plan --to {report.plan.promotion.environment}", "when it is approved", look)


def accepted_text(done: Acceptance, look: Look) -> str:
    item = done.accepted
    until = f"until {item.until}" if item.until else "for ever"
    said = f"{GOOD} accepted {item.fingerprint[:SHORT]} {until}: {item.what}"
    return blocks(
        paragraph(safe(said), look.width, "", "  "),
        look.paint("faint", safe(f"saved in {done.path}; gates are asked all the same")),
        next_command("flowctl ci", "tells the rest", look),
    )
