"""The answers of `check` and `fmt`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowctl.document import Json
from flowctl.ops.check import CheckReport
from flowctl.ops.fmt import FmtReport
from flowctl.render import jsonout
from flowctl.render.console import Look, count
from flowctl.render.findings import findings, tally
from flowctl.render.safe import safe


def check_text(report: CheckReport, look: Look) -> str:
    return "\n".join(_check(report, look))


def _check(report: CheckReport, look: Look) -> Iterator[str]:
    if report.found:
        yield findings(report.found, look)
        yield ""
    style = "good" if not report.found else "strong"
    yield f"{look.paint(style, tally(report.found))} in {count(len(report.files), 'file')} of {safe(report.version)}"


def check_data(report: CheckReport) -> Mapping[str, Json]:
    return {
        "version": report.version,
        "files": len(report.files),
        "findings": [jsonout.diagnostic(found) for found in report.found],
    }


def fmt_text(report: FmtReport, look: Look) -> str:
    return "\n".join(_fmt(report, look))


def _fmt(report: FmtReport, look: Look) -> Iterator[str]:
    if report.problems:
        yield findings(report.problems, look)
        yield ""
    for file in report.changed:
        yield f"{'formatted' if report.written else 'would format'} {look.paint('name', safe(file.file))}"
    unread = sum(bool(file.problems) for file in report.files)
    counts = [
        f"{count(len(report.changed), 'file')} {'formatted' if report.written else 'to format'}"
        if report.changed
        else "",
        f"{count(unread, 'file')} with errors left alone" if unread else "",
        f"{count(len(report.files) - len(report.changed) - unread, 'file')} as they should be",
    ]
    yield ", ".join(said for said in counts if said)


def fmt_data(report: FmtReport) -> Mapping[str, Json]:
    return {
        "written": report.written,
        "changed": [file.file for file in report.changed],
        "unchanged": [file.file for file in report.files if not file.changed and not file.problems],
        "findings": [jsonout.diagnostic(found) for found in report.problems],
    }
