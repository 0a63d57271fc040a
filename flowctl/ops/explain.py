"""`explain`: why a lead goes where it goes, node by node."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flowctl.diag import FlowctlError, Span
from flowctl.engine import Outcome, Turns, World, route, world_of
from flowctl.engine.interp import shown
from flowctl.engine.outcome import Bound, Owned, Picked, Sent, Sought, Tried, Visit, Was
from flowctl.expr import Atom, Changed, Expr, Field, FieldPath, Operand, Prior, Value, to_text, walk
from flowctl.flow import Flow, Model, Node, Record
from flowctl.flow.nodes.decision import Decision
from flowctl.flow.program import Jump
from flowctl.ops.check import choose_flow, sound_model
from flowctl.ops.leads import Source, find_fixture, read_data, read_leads
from flowctl.ops.pair import version_of


@dataclass(frozen=True, slots=True)
class AtomSeen:
    """A comparison that was looked at, whether it held, and what its fields were: name and value, None when blank."""

    text: str
    held: bool
    values: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class BranchSeen:
    """A branch that was tried."""

    name: str
    when: str
    held: bool
    atoms: tuple[AtomSeen, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A node on the path: what was tried there, what was done, and the way on (None at an end).

    `left` counts the branches that were not looked at, because an earlier one held.
    """

    flow: str
    node: str
    type: str
    title: str
    place: Span
    port: str | None
    branches: tuple[BranchSeen, ...]
    left: int
    done: tuple[Sought | Bound | Was | Owned | Picked | Sent, ...]


@dataclass(frozen=True, slots=True)
class Explained:
    """One lead's way. `position` of `total` is its place in the file; 1 of 1 for a fixture."""

    version: str
    flow: str
    lead: str
    now: dt.datetime
    outcome: Outcome
    steps: tuple[Step, ...]
    position: int = 1
    total: int = 1


@dataclass(frozen=True, slots=True)
class Request:
    """What `explain` is asked about: a fixture by words of its `why`, or the lead at a place of a file, from 1."""

    leads: str | None = None
    fixture: str | None = None
    position: int | None = None
    flow: str | None = None
    version: str | None = None
    data: tuple[str, ...] = ()


def explain(source: Source, request: Request, now: dt.datetime) -> Explained:
    """Routes one lead and says why it went as it did.

    The leads that arrive before it are routed first, so that it meets the turns that it would meet.

    Raises:
        FlowctlError: The version has errors, or there is no such lead.
    """
    version = version_of(source.ws, request.version)
    model = sound_model(version)
    if request.fixture is not None:
        wanted = {request.flow: model.fixtures[choose_flow(model, request.flow)]} if request.flow else model.fixtures
        flow, fixture = find_fixture({name or "": found for name, found in wanted.items()}, request.fixture)
        world, when = world_of(model, fixture.data), fixture.story.now
        outcome = route(world, flow, fixture.record, Turns(), when)
        steps = tuple(steps_of(model, world, fixture.record, outcome))
        return Explained(version.label, flow, fixture.why, when, outcome, steps)
    flow = choose_flow(model, request.flow)
    leads = read_leads(source, request.leads or "-", model, flow, now)
    position = _position(request.position, len(leads))
    world, turns = world_of(model, read_data(source, request.data, model)), Turns()
    for lead in leads:
        outcome = route(world, flow, lead.record, turns, lead.now)
        if lead.position == position:
            steps = tuple(steps_of(model, world, lead.record, outcome))
            return Explained(version.label, flow, lead.name, lead.now, outcome, steps, position, len(leads))
    raise AssertionError("each place of the file has a lead")


def _position(wanted: int | None, total: int) -> int:
    if wanted is None:
        return 1
    if not 1 <= wanted <= total:
        raise FlowctlError(f"there is no lead {wanted}", hint=f"the file has {total}: `--lead 1` to `--lead {total}`")
    return wanted


def steps_of(model: Model, world: World, record: Record, outcome: Outcome) -> Iterator[Step]:
    """The nodes of an outcome's path, with what was tried and done at each, and the values that decided."""
    state = _State(world, record)
    for visit in outcome.path:
        flow = model.flows[visit.flow]
        yield _step(flow, flow.nodes[visit.node], visit, state)
        state.after(visit)


def _step(flow: Flow, node: Node, visit: Visit, state: _State) -> Step:
    tried = [fact for fact in visit.facts if isinstance(fact, Tried)]
    whens = (
        {b: to_text(branch.when) for b, branch in zip(node.port_names(), node.branches, strict=True)}
        if isinstance(node, Decision)
        else {}
    )
    branches = tuple(
        BranchSeen(fact.port, whens[fact.port], fact.held, tuple(state.seen(*atom) for atom in fact.atoms))
        for fact in tried
    )
    done = tuple(fact for fact in visit.facts if not isinstance(fact, Tried))
    place, left = flow.where(node.id), len(whens) - len(tried)
    return Step(flow.flow, node.id, node.type, node.title(), place, visit.port, branches, left, done)


def _conditions(node: Node) -> dict[str, str]:
    """The conditions of a decision's branches, by the names of their ways out."""
    if not isinstance(node, Decision):
        return {}
    return {name: to_text(branch.when) for name, branch in zip(node.port_names(), node.branches, strict=True)}


class _State:
    """What the record's fields are along its path."""

    def __init__(self, world: World, record: Record) -> None:
        self.world = world
        self._enter(record)

    def _enter(self, record: Record) -> None:
        self.prior = record.prior
        self.fields: dict[str, Value] = dict(record.fields)
        self.related: dict[str, Record] = dict(record.related)

    def after(self, visit: Visit) -> None:
        """Takes in what happened at a node."""
        for fact in visit.facts:
            match fact:
                case Was(name, value):
                    self.fields[name] = value
                case Owned(owner) | Picked(_, owner) if owner is not None:
                    self.fields["Owner"] = owner
                case Bound(name, record=record) if record is not None:
                    self.related[name] = record
                case _:
                    pass
        step = self.world.programs[visit.flow].steps[visit.node]
        if isinstance(step, Jump) and step.name is not None:
            found = self.related.get(step.name, Record("", {}))
            self._enter(replace(found, prior=found.fields))

    def seen(self, atom: Atom, held: bool) -> AtomSeen:
        """An atom with the values that it reads, in reading order."""
        values = {name: shown(value) or None for piece in walk(atom) for name, value in self._read(piece)}
        return AtomSeen(to_text(atom), held, tuple(values.items()))

    def _read(self, piece: Expr | Operand) -> Iterator[tuple[str, Value]]:
        if isinstance(piece, (Field, Changed)):
            yield ".".join(piece.path), self._value(piece.path)
        if isinstance(piece, (Prior, Changed)):
            before = (self.prior or {}).get(piece.path[0]) if len(piece.path) == 1 else None
            yield f"PRIOR({'.'.join(piece.path)})", before

    def _value(self, path: FieldPath) -> Value:
        name, rest = path[0], path[1:]
        if not rest:
            return self.fields.get(name)
        if name in self.related:
            return _inside(self.related[name], rest)
        who = self.fields.get(name)
        people: Mapping[str, Value] = self.world.people.get(who, {}) if isinstance(who, str) else {}
        return people.get(rest[0])


def _inside(record: Record, path: Sequence[str]) -> Value:
    if len(path) == 1:
        return record.fields.get(path[0])
    return _inside(record.related[path[0]], path[1:]) if path[0] in record.related else None
