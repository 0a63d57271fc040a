"""What GitHub reads from the log of a job: annotations as workflow commands, and nothing else that looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from flowctl.diag import Severity, Span
from flowctl.ops.ci.report import CiReport
from flowctl.render.console import plural
from flowctl.render.safe import lines

MOST = 10  # annotations of a level that GitHub shows of one step
SUMMARY_LIMIT = 1024 * 1024  # bytes of a step's summary
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_COMMAND = re.compile(r"^([^\S\n]*):(?=:)|#(?=#\[)", re.MULTILINE)


class Note(NamedTuple):
    """An annotation: its level, its place if it has one, its title and what it says."""

    level: str
    span: Span | None
    title: str
    said: str


def commands(report: CiReport) -> str:
    """Findings and failed fixtures at their places, failed steps without one; at most ten of a level."""
    notes = [*_steps(report), *_findings(report), *_fixtures(report)]
    return "\n".join(line for level in dict.fromkeys(LEVELS.values()) for line in _of_level(notes, level))


def _of_level(notes: Sequence[Note], level: str) -> Iterator[str]:
    ours = [note for note in notes if note.level == level]
    yield from map(_line, ours[:MOST])
    if len(ours) > MOST:
        rest = len(ours) - MOST
        yield f"and {rest:,} more {level if rest == 1 else plural(level)}: the artifacts of this job hold all"


def _steps(report: CiReport) -> Iterator[Note]:
    for step in report.failed:
        yield Note("error", None, f"flowctl ci: {step.name}", f"{step.said}{f'; {step.hint}' if step.hint else ''}")


def _findings(report: CiReport) -> Iterator[Note]:
    for finding in report.findings:
        if finding.accepted is None:
            found = finding.diagnostic
            said = f"{found.message}{f' ({found.hint})' if found.hint else ''}"
            yield Note(LEVELS[found.severity], found.span, found.code, said)


def _fixtures(report: CiReport) -> Iterator[Note]:
    for tested in report.tests.tested if report.tests else ():
        if not tested.passed:
            said = "; ".join(f"{d.what}: expected {d.expected}, found {d.found}" for d in tested.differences)
            yield Note("error", tested.fixture.place, f"fixture: {tested.fixture.why}", said)


def _line(note: Note) -> str:
    properties = {"title": note.title}
    if note.span is not None:
        span = note.span
        properties = {"file": span.file, "line": str(span.line), "col": str(span.column), **properties}
        if span.end_line > span.line:
            properties["endLine"] = str(span.end_line)
        elif span.end_column > span.column:  # GitHub takes columns on one line only
            properties |= {"endLine": str(span.line), "endColumn": str(span.end_column)}
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{note.level} {given}::{_data(note.said)}"


def _data(text: str) -> str:
    return lines(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def inert(log: str) -> str:
    """A log in which no text of a flow is a command to the runner: a command begins a line with two colons."""
    return _COMMAND.sub(lambda m: f"{m.group()} ", log)
