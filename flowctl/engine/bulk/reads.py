"""What of the records a flow reads, so that nothing else need be read from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flowctl.classes import Shape
from flowctl.classes.frames import frames, places
from flowctl.engine.bulk.engine import Reads
from flowctl.engine.interp import World
from flowctl.expr import Expr, Field, FieldPath, Operand, Prior, fields, walk
from flowctl.expr.ast import Changed
from flowctl.flow.nodes.notify import TOKEN
from flowctl.flow.program import Bind, Join, Look, Make, Own, Pause, Pick, Program, Send, SetFields, Step, Test

Pieces = Iterator[Expr | Operand]
PERSON = ("Email", "Website", "Company", "Name")  # by which people and companies are recognised


def programs_of(world: World, flow: str) -> list[tuple[FieldPath, Program]]:
    """The programs that a record of a flow can come through, each with the path from the record to what it routes."""
    found = {(frame.at, frame.program.flow): frame.program for frame in frames(world.programs, flow)}
    return [(at, program) for (at, _), program in found.items()]


def takes_turns(worlds: Sequence[World], flow: str) -> bool:
    """Whether what happens to one record hangs on those before it."""
    steps = (step for world in worlds for _, p in programs_of(world, flow) for step in p.steps.values())
    return any(isinstance(step, Pick) for step in steps)


def reads_of(worlds: Sequence[World], flow: str) -> Reads:
    """What is read of a record that enters a flow, with the nodes that read it."""
    now: dict[FieldPath, dict[str, None]] = {}
    prior: dict[FieldPath, dict[str, None]] = {}
    for world in worlds:
        shape = Shape.of([world], flow)
        for frame in frames(world.programs, flow):
            for node, path, is_prior in _paths(world, frame.program):
                into = prior if is_prior and not frame.at else now
                for field in _with_people(world, frame.program, path):
                    own, *others = places(frame, world, field)
                    for place in (own, *(other for other in others if shape.object_at(other[:-1]))):
                        into.setdefault(place, {})[f"{frame.program.flow}/{node}"] = None
    return Reads({p: tuple(nodes) for p, nodes in now.items()}, {p: tuple(nodes) for p, nodes in prior.items()})


def _with_people(world: World, program: Program, path: FieldPath) -> Iterator[FieldPath]:
    """The path, and where it leads through a field that holds a person, that field."""
    yield path
    types: Mapping[str, object] = world.types.get(program.object, {})
    if len(path) > 1 and path[0] in types:
        yield path[:1]


def _paths(world: World, program: Program) -> Iterator[tuple[str, FieldPath, bool]]:
    """Nodes and the paths that they read; whether as they were before an update."""
    if program.where is not None:
        yield from (("schedule", path, False) for path in fields(program.where))
    for node, step in program.steps.items():
        for piece in pieces(step):
            match piece:
                case Field(path):
                    yield node, path, False
                case Prior(path):
                    yield node, path, True
                case Changed(path):
                    yield node, path, False
                    yield node, path, True
        yield from ((node, path, False) for path in _others(world, program, step))


def pieces(step: Step) -> Pieces:
    """The conditions and values of a step, with all that is under them."""
    whole: list[Expr | Operand] = []
    match step:
        case Test(_, cases):
            whole = [case.when for case in cases]
        case Bind(where=where, prefer=prefer):
            whole = [when for when in (where, *(p.when for p in prefer)) if when is not None]
        case SetFields(values=values) | Make(values=values) | Look(by=values):
            whole = [operand for _, operand in values]
        case Pick(where=where):
            whole = [where] if where is not None else []
        case Pause(until=until):
            whole = [until]
    for piece in whole:
        yield from walk(piece)


def _others(world: World, program: Program, step: Step) -> Iterator[FieldPath]:
    """What a step reads outside conditions and values."""
    match step:
        case Bind(by=by):
            yield from ((name,) for method in by for name in _recognised(world, program, method.name))
            yield from (method.field for method in by if method.field)
        case Own(to=tuple() as path):
            yield path
        case Pick(roster=tuple() as path):
            yield path
        case Pick(roster=str() as name) if name in world.rosters and world.rosters[name].sticky:
            yield from ((name,) for name in PERSON[:3] if name in world.types.get(program.object, {}))
        case Send(to=to, message=message):
            yield from (tuple(m.group(1).split(".")) for text in (to, message) for m in TOKEN.finditer(text))
        case Join():
            yield from ((name,) for name in world.types.get(program.object, {}))


def _recognised(world: World, program: Program, method: str) -> tuple[str, ...]:
    has_company = "Company" in world.types.get(program.object, {})
    by = {"email_domain": ("Email",), "website_domain": ("Website",)}
    by["company_name"] = ("Company" if has_company else "Name",)
    return by.get(method, ())
