"""How much the fixtures notice: changes flows one thing at a time, and asks which fixture fails then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.engine import Outcome, Turns, World, route, with_data, world_of
from flowctl.engine.outcome import Found
from flowctl.expr import Expr
from flowctl.flow import Fixture, Flow, Model, Record
from flowctl.flow.kinds import Condition
from flowctl.flow.node import found
from flowctl.flow.nodes.match import Match
from flowctl.flow.nodes.wait import Wait
from flowctl.ops.coverage import share
from flowctl.ops.mutation.answers import answer_mutants
from flowctl.ops.mutation.mutants import Mutant, mutants
from flowctl.ops.mutation.near_matches import near_matches
from flowctl.ops.mutation.witness import TRIES, Lead, Search, Witness
from flowctl.ops.test import differences

Tick = Callable[[int, int], None]
Place = tuple[str, str | int]  # a flow and a node of it, or `table/NAME` and a row of it
SCHEDULED = "scheduled"
HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that no fixture notices, and the lead that would; None when none was found."""

    mutant: Mutant
    witness: Witness | None


@dataclass(frozen=True, slots=True)
class MutationReport:
    """What became of the mutants of some flows. `tries` is how many leads were tried for a survivor at most."""

    version: str
    flows: tuple[str, ...]
    mutants: int
    survivors: tuple[Survivor, ...]
    tries: int

    @property
    def caught(self) -> int:
        return self.mutants - len(self.survivors)

    @property
    def share(self) -> float:
        """The share of mutants that a fixture catches, in per cent, rounded down."""
        return share(self.caught, self.mutants)


@dataclass(frozen=True, slots=True)
class _Case:
    """A fixture in its own world, and what happens to it there."""

    flow: str
    fixture: Fixture
    world: World
    outcome: Outcome

    def notices(self, mutant: World) -> bool:
        world = replace(mutant, data=self.world.data)
        outcome = route(world, self.flow, self.fixture.record, Turns(), self.fixture.story.now)
        return any(True for _ in differences(self.fixture, outcome))

    @property
    def lead(self) -> Lead:
        story = self.fixture.story
        return Lead(self.flow, self.fixture.record, self.fixture.data, story.now, story.event == SCHEDULED)


def mutate(
    version: str,
    model: Model,
    flows: Sequence[str],
    now: dt.datetime,
    tick: Tick = lambda done, total: None,
    tries: int = TRIES,
) -> MutationReport:
    """Routes the fixtures through mutants of flows; of all flows, or of those named.

    For a mutant only the fixtures are routed that come to what it changes, also those of other flows that continue
    there.

    Args:
        now: When leads arrive that are made up where no fixture is near.
        tries: How many leads are tried for a change that no fixture notices.

    Raises:
        FlowctlError: A fixture fails as it is, so that its failing says nothing.
    """
    names = tuple(flows or model.flows)
    world = world_of(model)
    cases = _cases(model, world)
    visits = _visits(cases)
    rows = [(of.removeprefix("table/"), row) for of, row in visits if isinstance(row, int)]
    made = [m for name in names for m in (*mutants(model, name), *answer_mutants(model, name, rows))]
    survivors = []
    for done, mutant in enumerate(made):
        tick(done, len(made))
        there = visits.get(mutant.met, [])
        if not _is_noticed(mutant.world(world), there):
            near = there or [case for case in cases if case.flow == mutant.flow]
            stranger = Lead(mutant.flow, Record(model.flows[mutant.flow].object, {}), {}, now)
            leads = [case.lead for case in near] or [stranger]
            matching = _matching(mutant, model, there)
            search = Search(model.types(model.flows[mutant.flow]).field, world, tries)
            survivors.append(Survivor(mutant, _witness(mutant, model, search, [*leads, *matching], bool(there))))
    return MutationReport(version, names, len(made), tuple(survivors), tries)


def _cases(model: Model, world: World) -> list[_Case]:
    cases = []
    failed = 0
    for name in model.flows:
        for fixture in model.fixtures.get(name, ()):
            own = with_data(world, fixture.data)
            outcome = route(own, name, fixture.record, Turns(), fixture.story.now)
            failed += any(True for _ in differences(fixture, outcome))
            cases.append(_Case(name, fixture, own, outcome))
    if failed:
        count = "a fixture fails" if failed == 1 else f"{failed} fixtures fail"
        hint = "`flowctl test` says which; only one that passes can notice a change"
        raise FlowctlError(f"{count} as the flows are", hint=hint)
    return cases


def _visits(cases: Sequence[_Case]) -> dict[Place, list[_Case]]:
    """The cases that come to each node and find each row; the condition of a schedule is a node of its own."""
    visits: dict[Place, list[_Case]] = {}
    for case in cases:
        for place in dict.fromkeys(_places(case.outcome)):
            visits.setdefault(place, []).append(case)
    return visits


def _places(outcome: Outcome) -> Iterator[Place]:
    for visit in outcome.path:
        yield visit.flow, visit.node
        for fact in visit.facts:
            if isinstance(fact, Found) and fact.row is not None:
                yield f"table/{fact.table}", fact.row


def _is_noticed(mutant: World, there: list[_Case]) -> bool:
    """Whether some case fails. It is tried first next time: mutants of a node are alike."""
    for position, case in enumerate(there):
        if case.notices(mutant):
            there.insert(0, there.pop(position))
            return True
    return False


def _witness(mutant: Mutant, model: Model, search: Search, near: Sequence[Lead], is_reached: bool) -> Witness | None:
    """A lead that the fixtures lack, sought near some; where none of these comes to the node, on the way to it."""
    flow = model.flows[mutant.flow]
    asked = mutant.asked if is_reached else (*mutant.asked, *_above(mutant, flow))
    waits: tuple[dt.timedelta, ...] = ()
    if isinstance(mutant.change, Wait):
        waits = (mutant.change.for_ - HOUR, mutant.change.for_ / 2)
    return search.witness(mutant.world(search.world), near, asked, waits)


def _matching(mutant: Mutant, model: Model, there: Sequence[_Case]) -> list[Lead]:
    """Leads that tell the methods of a `match` apart, from those that come to it in the flow itself."""
    flow = model.flows[mutant.flow]
    node = flow.nodes.get(mutant.node or "")
    met = [(case.lead, case.outcome) for case in there if case.flow == mutant.flow]
    if not isinstance(node, Match):
        return []
    types = {name: field.typed() for name, field in model.objects[flow.object].fields.items()}
    return list(near_matches(node, met, types))


def _above(mutant: Mutant, flow: Flow) -> Iterator[Expr]:
    """The conditions on the ways to a node, the nearest first."""
    entries = flow.entries()
    waiting, seen = [mutant.node], {mutant.node}
    while waiting:
        id_ = waiting.pop(0)
        for node, _ in entries.get(id_ or "", ()):
            if node.id not in seen:
                seen.add(node.id)
                waiting.append(node.id)
                yield from (e for _, e in found(node, Condition))
