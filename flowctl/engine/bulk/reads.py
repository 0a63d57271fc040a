"""What of the records a flow reads, so that nothing else need be read from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flowctl.classes import Shape
from flowctl.classes.frames import frames, places
from flowctl.classes.paths import other_paths, pieces
from flowctl.engine.bulk.engine import Reads
from flowctl.engine.interp import World
from flowctl.expr import Field, FieldPath, Prior, fields
from flowctl.expr.ast import Changed
from flowctl.flow.program import Bind, Join, Jump, Own, Pick, Program, Step

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


def _others(world: World, program: Program, step: Step) -> Iterator[FieldPath]:
    """What a step reads outside conditions and values."""
    match step:
        case Bind(by=by):
            yield from ((name,) for method in by for name in _recognised(world, program, method.name))
        case Pick(roster=str() as name) if name in world.rosters and world.rosters[name].sticky:
            yield from ((name,) for name in PERSON[:3] if name in world.types.get(program.object, {}))
        case Join():
            yield from ((name,) for name in world.types.get(program.object, {}))
    yield from other_paths(step)


def _recognised(world: World, program: Program, method: str) -> tuple[str, ...]:
    has_company = "Company" in world.types.get(program.object, {})
    by = {"email_domain": ("Email",), "website_domain": ("Website",)}
    by["company_name"] = ("Company" if has_company else "Name",)
    return by.get(method, ())


def names_of(world: World, flow: str) -> frozenset[str]:
    """All names that steps read of records; what others are set to counts for nobody."""
    found = {"Owner", "CreatedDate"}
    for _, program in programs_of(world, flow):
        for step in program.steps.values():
            paths = [piece.path for piece in pieces(step) if isinstance(piece, Field | Prior | Changed)]
            found |= {name for path in paths for name in path} | set(_other_names(step))
    return frozenset(found)


def _other_names(step: Step) -> Iterator[str]:
    match step:
        case Bind(by=by, name=name):
            yield from (*PERSON, name)
            yield from (part for method in by for part in method.field or ())
        case Own(to=tuple() as path):
            yield from path
        case Pick(roster=roster):
            yield from (*PERSON[:3], *(roster if isinstance(roster, tuple) else ()))
        case Jump(name=str() as name):
            yield name
