"""Tests as JUnit XML, as Jenkins, GitLab and GitHub read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from flowctl.ops.test import Tested
from flowctl.render.safe import lines
from flowctl.render.test import Share, Told, path


class Asked(NamedTuple):
    """Something else that was asked, such as a gate; `said` is its figure, or why it failed."""

    name: str
    passed: bool
    said: str


def junit(told: Told, beside: Mapping[str, Sequence[Asked]] = MappingProxyType({})) -> str:
    """One suite for each flow, one case for each fixture, and one for the coverage when that was asked for.

    Args:
        beside: Further suites by name.
    """
    return "\n".join(_junit(told, beside)) + "\n"


def _junit(told: Told, beside: Mapping[str, Sequence[Asked]]) -> Iterator[str]:
    report = told.report
    others = [asked for suite in beside.values() for asked in suite]
    tests = len(report.tested) + len(told.shares) + len(others)
    failures = report.failures + sum(not share.is_enough for share in told.shares)
    failures += sum(not asked.passed for asked in others)
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
    for name, suite in beside.items():
        yield from _beside(name, suite)
    yield "</testsuites>"


def _beside(name: str, suite: Sequence[Asked]) -> Iterator[str]:
    failed = sum(not asked.passed for asked in suite)
    yield f"  <testsuite{_attributes(name=name, tests=len(suite), failures=failed, errors=0, skipped=0)}>"
    for asked in suite:
        case = _attributes(name=asked.name, classname=f"flowctl.{name}")
        if asked.passed:
            yield f"    <testcase{case}/>"
        else:
            yield f"    <testcase{case}><failure{_attributes(message=asked.said, type=name)}/></testcase>"
    yield "  </testsuite>"


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
