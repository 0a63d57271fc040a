"""Tests as JUnit XML, as Jenkins, GitLab and GitHub read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from flowctl.ops.test import Tested
from flowctl.render.safe import lines
from flowctl.render.test import Share, Told, path


def junit(told: Told) -> str:
    """One suite for each flow, one case for each fixture, and one for the coverage when that was asked for."""
    return "\n".join(_junit(told)) + "\n"


def _junit(told: Told) -> Iterator[str]:
    report = told.report
    tests = len(report.tested) + len(told.shares)
    failures = report.failures + sum(not share.is_enough for share in told.shares)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites{_attributes(name='flowctl', tests=tests, failures=failures, errors=0)}>"
    for flow, group in groupby(report.tested, key=lambda tested: tested.flow):
        cases = list(group)
        failed = sum(not case.passed for case in cases)
        yield f"  <testsuite{_attributes(name=flow, tests=len(cases), failures=failed, errors=0, skipped=0)}>"
        for case in cases:
            yield from _case(case)
        yield "  </testsuite>"
    if told.shares:
        yield from _coverage(told.shares)
    yield "</testsuites>"


def _case(tested: Tested) -> Iterator[str]:
    place = tested.fixture.place
    class_name = place.file.removesuffix(".yaml").replace("/", ".")
    start = (
        f"    <testcase{_attributes(name=tested.fixture.why, classname=class_name, file=place.file, line=place.line)}"
    )
    if tested.passed:
        yield f"{start}/>"
        return
    said = [f"{d.what}: expected {d.expected}, found {d.found}" for d in tested.differences]
    yield f"{start}>"
    yield f"      <failure{_attributes(message='; '.join(said), type='expectation')}>"
    yield _text("\n".join([str(place), *said, f"path: {path(tested.outcome)}"]))
    yield "      </failure>"
    yield "    </testcase>"


def _coverage(shares: Sequence[Share]) -> Iterator[str]:
    failures = sum(not share.is_enough for share in shares)
    yield f"  <testsuite{_attributes(name='coverage', tests=len(shares), failures=failures, errors=0, skipped=0)}>"
    for share in shares:
        case = _attributes(name=f"fixtures take at least {share.least:g}% of {share.of}", classname="flows.coverage")
        if share.is_enough:
            yield f"    <testcase{case}/>"
        else:
            failure = _attributes(message=f"{share}, at least {share.least:g}%", type="coverage")
            yield f"    <testcase{case}><failure{failure}/></testcase>"
    yield "  </testsuite>"


def _attributes(**values: str | int) -> str:
    return "".join(f" {name}={quoteattr(lines(str(value)))}" for name, value in values.items())


def _text(text: str) -> str:
    """A text between tags; `lines` leaves no character that XML cannot hold."""
    return escape(lines(text))
