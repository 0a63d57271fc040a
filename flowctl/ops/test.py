"""Expectations: routes every fixture and says what differs, and what of the flows no fixture meets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flowctl.data import dataclass
from flowctl.engine import Outcome, Turns, route, with_data, world_of
from flowctl.engine.message import shown
from flowctl.engine.outcome import Converted, Created, Merged
from flowctl.expr import Value
from flowctl.flow import Fixture, Model, Record
from flowctl.flow.fixture import NOBODY
from flowctl.ops.coverage import Coverage, cover, share


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
        return share(sum(c.taken for c in self.coverage), sum(c.total for c in self.coverage))

    @property
    def conditions(self) -> float:
        """The share of comparisons that fixtures meet true and false, each truth counted, in per cent as `covered`."""
        return share(sum(c.seen for c in self.coverage), sum(c.conditions for c in self.coverage))


class Router:
    """Routes fixtures through a model that has passed `check`, each alone with fresh turns, and each once only."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.world = world_of(model)
        self._routed: dict[tuple[str, int], tuple[Fixture, Outcome]] = {}  # holds the fixtures, so that ids stay theirs

    def outcome(self, flow: str, fixture: Fixture) -> Outcome:
        """What happens to a fixture's lead."""
        known = self._routed.get((flow, id(fixture)))
        if known is None:
            world = with_data(self.world, fixture.data)
            known = fixture, route(world, flow, fixture.record, Turns(), fixture.story.now)
            self._routed[flow, id(fixture)] = known
        return known[1]


def run_tests(version: str, model: Model, flows: Sequence[str] = (), router: Router | None = None) -> TestReport:
    """Routes the fixtures of a model that has passed `check`; of all flows, or of those named.

    Args:
        router: Of the model, when there is one already.
    """
    names = flows or tuple(model.flows)
    router = router or Router(model)
    tested = tuple(_tested(router, name, fixture) for name in names for fixture in model.fixtures.get(name, ()))
    coverage = tuple(cover(model.flows[name], (t.outcome for t in tested)) for name in names)
    return TestReport(version, tested, coverage)


def _tested(router: Router, flow: str, fixture: Fixture) -> Tested:
    outcome = router.outcome(flow, fixture)
    return Tested(flow, fixture, outcome, tuple(differences(fixture, outcome)))


def differences(fixture: Fixture, outcome: Outcome) -> Iterator[Difference]:
    expect = fixture.story.expect
    owner = str(expect.owner) if expect.owner else None
    if owner != outcome.owner:
        yield Difference("owner", owner or NOBODY, outcome.owner or NOBODY)
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
    yield from _effects(fixture, outcome)
    for broke in outcome.broken:
        yield Difference(f"policy of {broke.field}", "kept", broke.message)


def _effects(fixture: Fixture, outcome: Outcome) -> Iterator[Difference]:
    expect = fixture.story.expect
    created = [effect for effect in outcome.effects if isinstance(effect, Created)]
    if expect.creates is not None:
        wanted, found = [c.object for c in fixture.creates], [c.object for c in created]
        if wanted != found:
            yield Difference("creates", ", ".join(wanted) or "nothing", ", ".join(found) or "nothing")
        else:
            yield from (d for a, b in zip(fixture.creates, created, strict=True) for d in _created(a, b))
    converted = next((effect.account for effect in outcome.effects if isinstance(effect, Converted)), None)
    if expect.converts not in (None, converted):
        yield Difference("converts", str(expect.converts), converted or "nothing")
    merged = next((effect.name for effect in outcome.effects if isinstance(effect, Merged)), None)
    if expect.merges not in (None, merged):
        yield Difference("merges", str(expect.merges), merged or "nothing")


def _created(expected: Record, created: Created) -> Iterator[Difference]:
    for field, value in expected.fields.items():
        if created.values.get(field) != value:
            found = shown(created.values.get(field)) or "blank"
            yield Difference(f"creates {created.object}: {field}", _shown(value), found)


def _shown(value: object) -> str:
    as_value: Value = value  # type: ignore[assignment]
    return shown(as_value) or "blank"
