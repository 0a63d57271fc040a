"""Where a record stands in the programs that it can come through, and what their steps ask of it and write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from flowctl.classes.asked import Source, field_of
from flowctl.classes.paths import asked_by, conditions
from flowctl.data import dataclass
from flowctl.expr import (
    AnyOf,
    Arithmetic,
    Atom,
    Between,
    Changed,
    Compare,
    Constant,
    Extreme,
    Field,
    FieldPath,
    FieldType,
    Flag,
    IsBlank,
    IsNew,
    Matches,
    Operand,
    Prior,
    Shift,
    Truth,
    Value,
    atoms,
    fields,
)
from flowctl.flow.owner import Named
from flowctl.flow.people import Roster
from flowctl.flow.program import Bind, Join, Jump, Make, Own, Pick, Program, SetFields
from flowctl.flow.record import Record, fitted
from flowctl.tables import Snapshot

OWNER: FieldPath = ("Owner",)


class Version(Protocol):
    """What is asked of a version's world; the engines' `World` is one."""

    @property
    def programs(self) -> Mapping[str, Program]:
        """By flow."""

    @property
    def types(self) -> Mapping[str, Mapping[str, FieldType]]:
        """The fields of each object."""

    @property
    def relations(self) -> Mapping[str, Mapping[str, str]]:
        """The relations of each object: names, and the objects that they lead to."""

    @property
    def rosters(self) -> Mapping[str, Roster]:
        """By name."""

    @property
    def tables(self) -> Mapping[str, Snapshot]:
        """By name."""

    @property
    def people(self) -> Mapping[str, Mapping[str, Value]]:
        """The attributes of users and queues, by `user/x` and `queue/x`."""

    @property
    def zone(self) -> dt.tzinfo:
        """In which days begin."""

    def read(self, fields: Mapping[str, Value], related: Mapping[str, Record], path: FieldPath) -> Value:
        """What a path leads to: through related records, and through fields that hold a person."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A program that a record can come through.

    `at` is the path from the record that entered the flow to the one that the program routes; `origin` the name under
    which that one knows the record before it, with the path to it.
    """

    program: Program
    at: FieldPath = ()
    origin: tuple[str, FieldPath] | None = None

    def place(self, path: FieldPath) -> FieldPath:
        """A path of the program's conditions as one from the record that entered."""
        if self.origin is not None and path[0] == self.origin[0] and len(path) > 1:
            return (*self.origin[1], *path[1:])
        return (*self.at, *path)


def frames(programs: Mapping[str, Program], flow: str) -> tuple[Frame, ...]:
    """The programs that a record of a flow can come through, the flow's own first."""
    found: dict[tuple[str, FieldPath, object], Frame] = {}
    waiting = [Frame(programs[flow])]
    while waiting:
        frame = waiting.pop(0)
        key = frame.program.flow, frame.at, frame.origin
        if key not in found:
            found[key] = frame
            waiting += [_entered(programs, frame, s) for s in frame.program.steps.values() if isinstance(s, Jump)]
    return tuple(found.values())


def _entered(programs: Mapping[str, Program], frame: Frame, jump: Jump) -> Frame:
    program = programs[jump.flow]
    if jump.name is None:
        return Frame(program, frame.at, frame.origin)
    return Frame(program, (*frame.at, jump.name), (jump.origin, frame.at) if jump.origin else None)


def places(frame: Frame, version: Version, path: FieldPath) -> tuple[FieldPath, ...]:
    """Where a path of a program may lead, from the record that entered.

    A record that has none under the name of a relation takes the one that the record before it had under that name.
    """
    names = version.relations.get(frame.program.object, {})
    is_carried = len(path) > 1 and path[0] in names and (frame.origin is None or path[0] != frame.origin[0])
    depths = range(len(frame.at)) if is_carried else ()
    return (frame.place(path), *((*frame.at[:depth], *path) for depth in depths))


# What steps ask -------------------------------------------------------------------------------------------------


def asked_in(frame: Frame) -> Iterator[Atom]:
    """The atoms of a program's conditions that read the record, with paths from the one that entered.

    Left out is what is asked of candidates: those are other records, of a data set or a roster.
    """
    if frame.program.where is not None:
        yield from (placed(atom, frame) for atom in atoms(frame.program.where))
    for step in frame.program.steps.values():
        name = step.name if isinstance(step, Bind | Pick) else None
        for atom in (atom for condition in conditions(step) for atom in atoms(condition)):
            if not any(len(path) > 1 and path[0] == name for path in fields(atom)):
                yield placed(atom, frame)


NEVER = Truth(Flag(False))


def placed(atom: Atom, frame: Frame) -> Atom:
    """An atom of a frame, as it is asked of the record that entered.

    A record that a flow came to by `continue` was neither created nor changed: before, it was as it is.
    """
    if frame.at and isinstance(atom, IsNew | Changed):
        return NEVER
    return moved(atom, lambda field: _placed(field, frame))


def _placed(field: Field | Prior, frame: Frame) -> Field | Prior:
    path = frame.place(field.path)
    return Field(path) if frame.at or isinstance(field, Field) else Prior(path)


def placed_operand(operand: Operand, frame: Frame) -> Operand:
    """As `placed`, of a value."""
    return moved_operand(operand, lambda field: _placed(field, frame))


class Move(Protocol):
    def __call__(self, field: Field | Prior, /) -> Operand:
        """What stands in the place of a field."""


def moved(atom: Atom, move: Move) -> Atom:
    """An atom with something else in the place of its fields. `IS BLANK`, a checkbox and CHANGED take fields only."""

    def of(operand: Operand) -> Operand:
        return moved_operand(operand, move)

    match atom:
        case Compare(left, op, right):
            return Compare(of(left), op, of(right))
        case AnyOf(left, word, items):
            return AnyOf(of(left), word, tuple(map(of, items)))
        case Between(left, low, high):
            return Between(of(left), of(low), of(high))
        case Matches(left, pattern):
            return Matches(of(left), pattern)
        case IsBlank(Field() | Prior() as field, negated):
            to = move(field)
            return IsBlank(to, negated) if isinstance(to, Field | Prior) else atom
        case Truth(Field() | Prior() as field):
            to = move(field)
            return Truth(to) if isinstance(to, Field | Prior) else atom
        case _:
            return atom


def moved_operand(operand: Operand, move: Move) -> Operand:
    """As `moved`, of a value."""
    match operand:
        case Field() | Prior():
            return move(operand)
        case Shift(of, count, unit):
            return Shift(moved_operand(of, move), count, unit)
        case Arithmetic(left, op, right):
            return Arithmetic(moved_operand(left, move), op, moved_operand(right, move))
        case Extreme(name, items):
            return Extreme(name, tuple(moved_operand(item, move) for item in items))
        case _:
            return operand


# What steps write -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Write:
    """A field that a step sets: to a value, as the field holds it, or to what another field holds."""

    to: FieldPath
    value: Value | Field | Prior


def writes_in(frame: Frame, version: Version) -> Iterator[Write]:
    """What a program sets to constants and to other fields, with paths from the record that entered."""
    yield from _carried(frame, version)
    for step in frame.program.steps.values():
        match step:
            case SetFields(values=values):
                yield from _set(frame, version, frame.program.object, (), values)
            case Make(object=object_, name=str() as name, values=values):
                yield from _set(frame, version, object_, (name,), values)
            case Own(to=Named() as to):
                yield Write(frame.place(OWNER), str(to))
            case Own(to=tuple() as path):
                yield Write(frame.place(OWNER), Field(frame.place(path)))
            case Pick(roster=roster):
                names = (roster,) if isinstance(roster, str) else tuple(version.rosters)
                members = (
                    member for name in names if name in version.rosters for member in version.rosters[name].members
                )
                yield from (Write(frame.place(OWNER), f"user/{member.user}") for member in members)
            case Join(name=name):
                own = version.types.get(frame.program.object, {})
                yield from (Write(frame.place((field,)), Field(frame.place((name, field)))) for field in own)


def _carried(frame: Frame, version: Version) -> Iterator[Write]:
    for path in dict.fromkeys(path for step in frame.program.steps.values() for path in asked_by(step)):
        own, *others = places(frame, version, path)
        yield from (Write(own, Field(other)) for other in others)


def _set(
    frame: Frame, version: Version, object_: str, at: FieldPath, values: Sequence[tuple[str, Operand]]
) -> Iterator[Write]:
    types = version.types.get(object_, {})
    for name, operand in values:
        to = frame.place((*at, name))
        if isinstance(operand, Constant):
            yield Write(to, held(operand.value, types.get(name), version.zone))
        elif isinstance(operand, Field | Prior):
            yield Write(to, _placed(operand, frame))


def held(value: Value, type_: FieldType | None, zone: dt.tzinfo) -> Value:
    """A value as a field holds it that is set to it; blank where it does not fit."""
    try:
        return fitted(value, type_, zone) if type_ else value
    except ValueError:
        return None


def source_written(write: Write) -> Source:
    return "now", write.to


def copied(atom: Atom, write: Write) -> Atom | None:
    """An atom on the field that is set, as it asks of the field that it is set from."""
    value = write.value
    if not isinstance(value, Field | Prior):
        return None
    return moved(atom, lambda field: value if field == field_of(source_written(write)) else field)
