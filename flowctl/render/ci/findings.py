"""The findings of a run for the widgets of hosts: GitLab's Code Quality report, and SARIF."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from flowctl import __version__
from flowctl.check import Page, pages
from flowctl.diag import Severity, Span
from flowctl.document import Json
from flowctl.ops.ci.report import CiReport, Finding
from flowctl.render.safe import lines

QUALITY = {Severity.ERROR: "blocker", Severity.WARNING: "major", Severity.INFO: "info"}
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST = 25_000  # results of a run; GitHub refuses a log with more, and shows the worst 5,000
NOWHERE = "flowctl.yaml"  # where a finding is shown that has no place: hosts want one


def codequality(report: CiReport) -> str:
    """The Code Quality report of GitLab: what is accepted is left out."""
    open_ = [finding for finding in report.findings if finding.accepted is None]
    return json.dumps([_quality(finding) for finding in open_], indent=1, ensure_ascii=False) + "\n"


def _quality(finding: Finding) -> Json:
    diagnostic, span = finding.diagnostic, _span(finding)
    hint = f" ({diagnostic.hint})" if diagnostic.hint else ""
    return {
        "description": lines(f"{diagnostic.message}{hint}"),
        "check_name": diagnostic.code,
        "fingerprint": finding.fingerprint,
        "severity": QUALITY[diagnostic.severity],
        "location": {"path": span.file, "lines": {"begin": span.line, "end": max(span.end_line, span.line)}},
    }


def _span(finding: Finding) -> Span:
    return finding.diagnostic.span or Span(NOWHERE, 1, 1, 1, 1)


def sarif(report: CiReport) -> str:
    """The log of one run. What is accepted is there, as suppressed with its reason; the least is cut where it is too
    much for GitHub.
    """
    findings = sorted(report.findings, key=lambda finding: -finding.diagnostic.severity)[:MOST]
    used = sorted({finding.diagnostic.code for finding in findings})
    known = {page.code: page for page in pages()}
    rules = [_rule(code, known.get(code)) for code in used]
    driver: dict[str, Json] = {"name": "flowctl", "version": __version__, "rules": rules}
    results = [_result(finding, used) for finding in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def _rule(code: str, page: Page | None) -> Json:
    if page is None:
        return {"id": code}
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in page.name.split("-")),
        "shortDescription": {"text": page.title or page.name},
        "fullDescription": {"text": page.why or page.title or page.name},
        "help": {"text": page.what or page.title or page.name, "markdown": page.what or page.title or page.name},
        "defaultConfiguration": {"level": LEVELS[page.severity]},
    }


def _result(finding: Finding, rules: Sequence[str]) -> Json:
    diagnostic = finding.diagnostic
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rules.index(diagnostic.code),
        "level": LEVELS[diagnostic.severity],
        "message": {"text": lines(". ".join(_said(finding)))},
        "locations": [_location(_span(finding))],
        "partialFingerprints": {"flowctl/v1": finding.fingerprint},
    }
    if finding.accepted:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": lines(finding.accepted.reason)}
        ]
    return result


def _said(finding: Finding) -> Iterator[str]:
    yield finding.diagnostic.message
    if finding.diagnostic.hint:
        yield finding.diagnostic.hint


def _location(span: Span) -> Json:
    region: dict[str, Json] = {"startLine": span.line, "startColumn": span.column}
    if (span.end_line, span.end_column) > (span.line, span.column):
        region |= {"endLine": span.end_line, "endColumn": span.end_column}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(span.file)}, "region": region}}


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path)
