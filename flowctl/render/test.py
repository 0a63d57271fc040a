"""The answer of `test`: what failed and where, and what no fixture takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flowctl.document import Json
from flowctl.engine import Outcome
from flowctl.ops.test import Coverage, Tested, TestReport
from flowctl.render.console import Look, count, paragraph
from flowctl.render.lists import BAD, GOOD
from flowctl.render.safe import safe

MOST = 10  # ways out that no fixture takes and that are named; the rest is counted


@dataclass(frozen=True, slots=True)
class Told:
    """A report to be told. `least` is the coverage that was asked for, in per cent; `every` lists all fixtures."""

    report: TestReport
    least: float | None = None
    every: bool = False

    @property
    def covers_enough(self) -> bool:
        return self.least is None or self.report.covered >= self.least


def text(told: Told, look: Look) -> str:
    return "\n".join(_text(told, look))


def _text(told: Told, look: Look) -> Iterator[str]:
    report = told.report
    for tested in report.tested:
        if not tested.passed:
            yield from _failed(tested, look)
            yield ""
        elif told.every:
            yield f"{look.paint('good', GOOD)} {_place(tested, look)} {safe(tested.fixture.why)}"
    if told.every and report.failures < len(report.tested):
        yield ""
    passed = len(report.tested) - report.failures
    style, mark = ("good", GOOD) if report.passed else ("error", BAD)
    figure = f"{mark} {passed:,} of {count(len(report.tested), 'fixture')} {'passes' if passed == 1 else 'pass'}"
    yield f"{look.paint(style, figure)} on {safe(report.version)}"
    yield from _coverage(told, look)


def _failed(tested: Tested, look: Look) -> Iterator[str]:
    yield paragraph(safe(tested.fixture.why), look.width, f"{look.paint('error', BAD)} {_place(tested, look)} ", "  ")
    name = max(len(d.what) for d in tested.differences)
    for d in tested.differences:
        said = f"expected {d.expected}, found {d.found}"
        yield paragraph(safe(said), look.width, f"    {d.what.ljust(name)}  ", " " * (name + 6))
    yield paragraph(safe(path(tested.outcome)), look.width, f"    {'path'.ljust(name)}  ", " " * (name + 6))


def _place(tested: Tested, look: Look) -> str:
    return look.paint("strong", safe(f"{tested.fixture.place}:"))


def path(outcome: Outcome) -> str:
    """`a (no) > b (then) > c`."""
    return " > ".join(f"{visit.node} ({visit.port})" if visit.port else visit.node for visit in outcome.path)


def _coverage(told: Told, look: Look) -> Iterator[str]:
    report = told.report
    taken, total = sum(c.taken for c in report.coverage), sum(c.total for c in report.coverage)
    figure = f"{report.covered:g}% of nodes and ways out ({taken:,} of {total:,})"
    least = f", at least {told.least:g}%" if told.least is not None else ""
    mark = look.paint("good", GOOD) if report.covered >= (told.least or 100) else look.paint("warning", "!")
    if not told.covers_enough:
        mark = look.paint("error", BAD)
    yield f"{mark} coverage {figure}{least}"
    for coverage in report.coverage:
        missed = missing(coverage)
        for said in missed[:MOST]:
            yield f"    {safe(said)}"
        if len(missed) > MOST:
            yield f"    and {len(missed) - MOST:,} more in {safe(coverage.flow)}"


def missing(coverage: Coverage) -> list[str]:
    """What no fixture takes, a line for each node; the ways out of a node that is never reached go without saying."""
    never = set(coverage.missed_nodes)
    ways: dict[str, list[str]] = {}
    for node, port in coverage.missed_ways:
        if node not in never:
            ways.setdefault(node, []).append(port)
    nodes = [f"{coverage.flow}: `{node}` is never reached" for node in coverage.missed_nodes]
    return nodes + [f"{coverage.flow}: `{node}` is never left by {_ports(ports)}" for node, ports in ways.items()]


def _ports(ports: list[str]) -> str:
    return " or ".join(f"`{port}`" for port in ports)


def data(told: Told) -> Mapping[str, Json]:
    report = told.report
    return {
        "version": report.version,
        "passed": report.passed and told.covers_enough,
        "fixtures": len(report.tested),
        "failures": report.failures,
        "coverage": {
            "percent": report.covered,
            "least": told.least,
            "flows": [
                {
                    "flow": c.flow,
                    "nodes": c.nodes,
                    "ways": c.ways,
                    "missed_nodes": list(c.missed_nodes),
                    "missed_ways": [{"node": node, "way": way} for node, way in c.missed_ways],
                }
                for c in report.coverage
            ],
        },
        "tests": [_tested(tested) for tested in report.tested],
    }


def _tested(tested: Tested) -> Json:
    place = tested.fixture.place
    return {
        "flow": tested.flow,
        "why": tested.fixture.why,
        "place": {"file": place.file, "line": place.line, "column": place.column},
        "passed": tested.passed,
        "differences": [{"what": d.what, "expected": d.expected, "found": d.found} for d in tested.differences],
        "path": [{"flow": flow, "node": node, "way": way} for flow, node, way in tested.outcome.ways],
    }
