"""Expectations: routes every fixture and says what differs, and which nodes and ways out no fixture takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flowctl.engine import Outcome, Turns, World, route, with_data, world_of
from flowctl.engine.interp import shown
from flowctl.expr import Value
from flowctl.flow import Fixture, Flow, Model


@dataclass(frozen=True, slots=True)
class Difference:
    """What was expected, and what happened instead; both in words."""

    what: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Tested:
    """A fixture, routed. It passed when nothing differs."""

    flow: str
    fixture: Fixture
    outcome: Outcome
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which nodes and ways out of a flow the fixtures take. A way out is (node, port)."""

    flow: str
    nodes: int
    ways: int
    missed_nodes: tuple[str, ...]
    missed_ways: tuple[tuple[str, str], ...]

    @property
    def taken(self) -> int:
        return self.nodes + self.ways - len(self.missed_nodes) - len(self.missed_ways)

    @property
    def total(self) -> int:
        return self.nodes + self.ways


@dataclass(frozen=True, slots=True)
class TestReport:
    """All fixtures of a version, routed. `version` is what people call it."""

    __test__ = False  # pytest: not a test class

    version: str
    tested: tuple[Tested, ...]
    coverage: tuple[Coverage, ...]

    @property
    def passed(self) -> bool:
        return all(t.passed for t in self.tested)

    @property
    def failures(self) -> int:
        return sum(not t.passed for t in self.tested)

    @property
    def covered(self) -> float:
        """The share of nodes and ways out that fixtures take, in per cent, rounded down so that 100 means all."""
        total = sum(c.total for c in self.coverage)
        return int(1000 * sum(c.taken for c in self.coverage) / total) / 10 if total else 100.0


def run_tests(version: str, model: Model, flows: Sequence[str] = ()) -> TestReport:
    """Routes the fixtures of a model that has passed `check`; of all flows, or of those named.

    Every fixture is routed alone, with fresh turns.
    """
    names = flows or tuple(model.flows)
    tested = tuple(t for name in names for t in _test_flow(model, name))
    coverage = tuple(cover(model.flows[name], (t.outcome for t in tested)) for name in names)
    return TestReport(version, tested, coverage)


def _test_flow(model: Model, name: str) -> Iterator[Tested]:
    world = world_of(model)
    for fixture in model.fixtures.get(name, ()):
        outcome = route_fixture(world, name, fixture)
        yield Tested(name, fixture, outcome, tuple(_differences(fixture, outcome)))


def route_fixture(world: World, flow: str, fixture: Fixture) -> Outcome:
    """What happens to a fixture's lead, routed alone with fresh turns."""
    return route(with_data(world, fixture.data), flow, fixture.record, Turns(), fixture.story.now)


def _differences(fixture: Fixture, outcome: Outcome) -> Iterator[Difference]:
    expect = fixture.story.expect
    if str(expect.owner) != outcome.owner:
        yield Difference("owner", str(expect.owner), outcome.owner or "nobody")
    if expect.ends not in (None, outcome.ends):
        yield Difference("ends", str(expect.ends), outcome.ends)
    if expect.result not in (None, outcome.result):
        yield Difference("result", str(expect.result), outcome.result)
    nodes = tuple(visit.node for visit in outcome.path)
    if expect.path not in (None, nodes):
        yield Difference("path", " > ".join(expect.path or ()), " > ".join(nodes))
    messages = tuple(sent.message for sent in outcome.messages)
    if expect.notifies not in (None, messages):
        yield Difference("notifies", "; ".join(expect.notifies or ()), "; ".join(messages))
    for field, value in fixture.sets.items():
        if outcome.sets.get(field) != value:
            found = shown(outcome.sets[field]) if field in outcome.sets else "not set"
            yield Difference(f"sets {field}", _shown(value), found or "blank")


def _shown(value: object) -> str:
    as_value: Value = value  # type: ignore[assignment]
    return shown(as_value) or "blank"


def cover(flow: Flow, outcomes: Iterable[Outcome]) -> Coverage:
    """Which nodes and ways out of a flow some outcomes took."""
    taken = {way for outcome in outcomes for way in outcome.ways if way[0] == flow.flow}
    nodes = {node for _, node, _ in taken}
    ways = [(node.id, way.port) for node, way in flow.ways()]
    missed_ways = tuple(way for way in ways if (flow.flow, *way) not in taken)
    missed_nodes = tuple(id_ for id_ in flow.nodes if id_ not in nodes)
    return Coverage(flow.flow, len(flow.nodes), len(ways), missed_nodes, missed_ways)
