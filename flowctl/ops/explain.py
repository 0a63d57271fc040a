"""`explain`: why a lead goes where it goes, node by node."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, Span
from flowctl.document import Mapping, Scalar
from flowctl.engine import Outcome, Turns, route, world_of
from flowctl.engine.message import shown
from flowctl.engine.outcome import Done, Found, Tried, Visit
from flowctl.expr import Atom, Changed, Expr, Field, Operand, Prior, Reading, Value, to_text, walk
from flowctl.flow import Flow, Model, Table, program
from flowctl.flow.nodes.decision import Decision
from flowctl.flow.schedule import LEFT_OUT
from flowctl.ops.check import choose_flow, sound_model
from flowctl.ops.leads import Source, find_fixture, read_data, read_leads
from flowctl.ops.pair import version_of

Values: TypeAlias = dict[str, str | None]  # of fields by the names that people see; None is blank


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

    `left` counts the branches that were not looked at, because an earlier one held. `row` is the row of a table that
    was found, by its line in the CSV and what it is found by.
    """

    flow: str
    node: str
    type: str
    title: str
    place: Span
    port: str | None
    branches: tuple[BranchSeen, ...]
    left: int
    done: tuple[Done, ...]
    row: str | None = None


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
        outcome = route(world, flow, fixture.record, Turns(), when, watch := Watcher())
        steps = tuple(steps_of(model, outcome, watch.seen))
        return Explained(version.label, flow, fixture.why, when, outcome, steps)
    flow = choose_flow(model, request.flow)
    leads = read_leads(source, request.leads or "-", model, flow, now)
    position = _position(request.position, len(leads))
    world, turns = world_of(model, read_data(source, request.data, model)), Turns()
    for lead in leads:
        outcome = route(world, flow, lead.record, turns, lead.now, watch := Watcher())
        if lead.position == position:
            steps = tuple(steps_of(model, outcome, watch.seen))
            return Explained(version.label, flow, lead.name, lead.now, outcome, steps, position, len(leads))
    raise AssertionError("each place of the file has a lead")


def _position(wanted: int | None, total: int) -> int:
    if wanted is None:
        return 1
    if not 1 <= wanted <= total:
        raise FlowctlError(f"there is no lead {wanted}", hint=f"the file has {total}: `--lead 1` to `--lead {total}`")
    return wanted


class Watcher:
    """Notes what the fields were that each step's conditions read, in the order of the path."""

    def __init__(self) -> None:
        self.seen: list[Values] = []

    def __call__(self, step: program.Step | Expr, reading: Reading) -> None:
        pieces = (piece for condition in _conditions(step) for piece in walk(condition))
        self.seen.append({name: shown(value) or None for piece in pieces for name, value in _read(piece, reading)})


def _conditions(step: program.Step | Expr) -> tuple[Expr, ...]:
    if isinstance(step, program.Test):
        return tuple(case.when for case in step.cases)
    return (step,) if isinstance(step, Expr) else ()


def _read(piece: Expr | Operand, reading: Reading) -> Iterator[tuple[str, Value]]:
    """What a piece of a condition reads of the record, by the names that people see."""
    if isinstance(piece, (Field, Changed)):
        yield ".".join(piece.path), reading.get(piece.path)
    if isinstance(piece, (Prior, Changed)):
        yield f"PRIOR({'.'.join(piece.path)})", None if reading.is_new else reading.prior(piece.path)


def steps_of(model: Model, outcome: Outcome, seen: Sequence[Values]) -> Iterator[Step]:
    """The nodes of an outcome's path, with what was tried and done at each, and the values that decided."""
    for visit, values in zip(outcome.path, (*seen, {}), strict=False):
        step = _step(model.flows[visit.flow], visit, values)
        found = [fact for fact in visit.facts if isinstance(fact, Found)]
        yield replace(step, row=_row(model.tables[found[0].table], found[0].row)) if found else step


def _row(table: Table, row: int | None) -> str | None:
    if row is None:
        return None
    tree = table.document.at(row - 1)
    cells = [tree.get(name) for name in table.header.keys] if isinstance(tree, Mapping) else []
    keys = ", ".join(cell.text or "any" for cell in cells if isinstance(cell, Scalar))
    return f"line {table.where(row - 1).line} of {table.name} ({keys})"


def _step(flow: Flow, visit: Visit, values: Values) -> Step:
    whens = _whens(flow, visit)
    tried = [fact for fact in visit.facts if isinstance(fact, Tried)]
    branches = tuple(
        BranchSeen(fact.port, whens[fact.port], fact.held, tuple(_seen(*atom, values) for atom in fact.atoms))
        for fact in tried
    )
    done = tuple(fact for fact in visit.facts if not isinstance(fact, Tried))
    left = len(whens) - len(tried)
    if visit.node == LEFT_OUT:
        title, place = f"every {flow.schedule.every}" if flow.schedule else "", flow.document.where("schedule")
        return Step(flow.flow, "schedule", "schedule", title, place, visit.port, branches, left, done)
    node = flow.nodes[visit.node]
    return Step(flow.flow, node.id, node.type, node.title(), flow.where(node.id), visit.port, branches, left, done)


def _whens(flow: Flow, visit: Visit) -> dict[str, str]:
    """The conditions that a record meets at a node, by the names of the ways out."""
    if visit.node == LEFT_OUT:
        return {"due": to_text(flow.schedule.where)} if flow.schedule and flow.schedule.where else {}
    node = flow.nodes[visit.node]
    if not isinstance(node, Decision):
        return {}
    return {name: to_text(branch.when) for name, branch in zip(node.port_names(), node.branches, strict=True)}


def _seen(atom: Atom, held: bool, values: Values) -> AtomSeen:
    """An atom with the values that it reads, in reading order."""
    names = [name for piece in walk(atom) for name in _names(piece)]
    return AtomSeen(to_text(atom), held, tuple((name, values.get(name)) for name in dict.fromkeys(names)))


def _names(piece: Expr | Operand) -> Iterator[str]:
    if isinstance(piece, (Field, Changed)):
        yield ".".join(piece.path)
    if isinstance(piece, (Prior, Changed)):
        yield f"PRIOR({'.'.join(piece.path)})"
