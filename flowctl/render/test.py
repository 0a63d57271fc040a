"""The answer of `test`: what failed and where, and what no fixture takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowctl.data import dataclass
from flowctl.diag import Span
from flowctl.document import Json
from flowctl.engine import Outcome
from flowctl.ops.coverage import Coverage, Unseen
from flowctl.ops.test import Tested, TestReport
from flowctl.render.console import Look, count, paragraph
from flowctl.render.lists import BAD, GOOD
from flowctl.render.safe import safe

MOST = 10  # things that no fixture meets and that are named for each flow; the rest is counted


@dataclass(frozen=True, slots=True)
class Share:
    """How much of something the fixtures meet, in per cent, and how much was asked for."""

    of: str
    found: float
    least: float | None

    @property
    def is_enough(self) -> bool:
        return self.least is None or self.found >= self.least

    def __str__(self) -> str:
        return f"{self.found:g}% of {self.of}"


@dataclass(frozen=True, slots=True)
class Told:
    """A report to be told.

    `least` and `conditions` are the shares that were asked for, in per cent: of nodes and ways out, and of
    comparisons. `every` lists all fixtures, `in_full` tells of comparisons too, and all that no fixture meets.
    """

    report: TestReport
    least: float | None = None
    every: bool = False
    conditions: float | None = None
    in_full: bool = False

    @property
    def shares(self) -> tuple[Share, ...]:
        """The shares that were asked for."""
        asked = (
            Share("nodes and ways out", self.report.covered, self.least),
            Share("comparisons, true and false", self.report.conditions, self.conditions),
        )
        return tuple(share for share in asked if share.least is not None)

    @property
    def passed(self) -> bool:
        """Whether there were fixtures, and all of them passed; where nothing was tested, nothing is known."""
        return bool(self.report.tested) and self.report.passed

    @property
    def covers_enough(self) -> bool:
        return all(share.is_enough for share in self.shares)


def text(told: Told, look: Look) -> str:
    return "\n".join(_text(told, look))


def _text(told: Told, look: Look) -> Iterator[str]:
    report = told.report
    for tested in report.tested:
        if not tested.passed:
            yield from failed(tested, look)
            yield ""
        elif told.every:
            yield f"{look.paint('good', GOOD)} {_place(tested, look)} {safe(tested.fixture.why)}"
    if told.every and report.failures < len(report.tested):
        yield ""
    passed = len(report.tested) - report.failures
    style, mark = ("good", GOOD) if told.passed else ("error", BAD)
    figure = f"{mark} {passed:,} of {count(len(report.tested), 'fixture')} {'passes' if passed == 1 else 'pass'}"
    if not report.tested:
        figure = f"{mark} nothing was tested: there are no fixtures"
    yield f"{look.paint(style, figure)} on {safe(report.version)}"
    yield from _coverage(told, look)


def failed(tested: Tested, look: Look) -> Iterator[str]:
    """A fixture that fails: where it is, what was expected, what happened, and on which path."""
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
    yield _figure("coverage", Share("nodes and ways out", report.covered, told.least), taken, total, look)
    for coverage in report.coverage:
        yield from _few(missing(coverage), coverage.flow, told)
    if told.in_full or told.conditions is not None:
        seen, asked = sum(c.seen for c in report.coverage), sum(c.conditions for c in report.coverage)
        share = Share("comparisons, true and false", report.conditions, told.conditions)
        yield _figure("conditions", share, seen, asked, look)
        for coverage in report.coverage:
            yield from _few([unseen_line(unseen) for unseen in coverage.unseen], coverage.flow, told)


def _figure(name: str, share: Share, met: int, total: int, look: Look) -> str:
    least = f", at least {share.least:g}%" if share.least is not None else ""
    style, mark = ("good", GOOD) if share.found >= (share.least or 100) else ("warning", "!")
    if not share.is_enough:
        style, mark = "error", BAD
    return f"{look.paint(style, mark)} {name} {share} ({met:,} of {total:,}){least}"


def _few(said: list[str], flow: str, told: Told) -> Iterator[str]:
    most = len(said) if told.in_full else MOST
    yield from (f"    {safe(line)}" for line in said[:most])
    if len(said) > most:
        yield f"    and {len(said) - most:,} more in {safe(flow)}"


def unseen_line(unseen: Unseen) -> str:
    """What of a comparison no fixture has met, with its place: `flows/lead.yaml:9:15: …`."""
    missing = " nor ".join(str(truth).lower() for truth in unseen.truths)
    return f"{unseen.place}: `{unseen.atom}` is {'neither' if len(unseen.truths) > 1 else 'never'} {missing}"


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
        "passed": told.passed and told.covers_enough,
        "fixtures": len(report.tested),
        "failures": report.failures,
        "coverage": {
            "percent": report.covered,
            "least": told.least,
            "conditions": {"percent": report.conditions, "least": told.conditions},
            "flows": [
                {
                    "flow": c.flow,
                    "nodes": c.nodes,
                    "ways": c.ways,
                    "missed_nodes": list(c.missed_nodes),
                    "missed_ways": [{"node": node, "way": way} for node, way in c.missed_ways],
                    "conditions": c.conditions,
                    "unseen": [_unseen(unseen) for unseen in c.unseen],
                }
                for c in report.coverage
            ],
        },
        "tests": [_tested(tested) for tested in report.tested],
    }


def _unseen(unseen: Unseen) -> Json:
    return {
        "node": unseen.node,
        "atom": unseen.atom,
        "missing": list(unseen.truths),
        "place": place_data(unseen.place),
    }


def place_data(place: Span) -> Json:
    return {"file": place.file, "line": place.line, "column": place.column}


def _tested(tested: Tested) -> Json:
    return {
        "flow": tested.flow,
        "why": tested.fixture.why,
        "place": place_data(tested.fixture.place),
        "passed": tested.passed,
        "differences": [{"what": d.what, "expected": d.expected, "found": d.found} for d in tested.differences],
        "path": [{"flow": flow, "node": node, "way": way} for flow, node, way in tested.outcome.ways],
    }
