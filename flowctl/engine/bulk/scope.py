"""What paths mean at a step: which term, under what has been set and bound on the way there.

A *register* is a field that some step writes, or a name that some step binds; it holds a *definition*: the term or
record that reached here, None for what was there at the start. `continue with:` another record opens a *frame*: its
fields and names are registers of their own. There is no way back, so those of the frame before stay as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.engine.bulk.fixed import Fixed, fit, has_clock, is_fixed
from flowctl.engine.bulk.terms import (
    BLANK,
    GONE,
    Arrived,
    Asked,
    Attribute,
    Before,
    Below,
    Bindings,
    Bound,
    Came,
    Computed,
    Const,
    First,
    Gone,
    IfThere,
    InFound,
    InRow,
    Left,
    Made,
    Merged,
    Named,
    Question,
    Read,
    Row,
    Somebody,
    Term,
)
from flowctl.engine.interp import World
from flowctl.engine.matching import NOBODY
from flowctl.expr import Expr, Field, FieldPath, FieldType, Operand, Prior, meaning, value_of, walk
from flowctl.expr.ast import Atom, Changed, IsNew
from flowctl.flow.objects import PEOPLE

Register: TypeAlias = tuple[str, bool, str]  # of a frame; whether of a name that is bound; the field or name
Definition: TypeAlias = Term | Named | None
Lookup: TypeAlias = Callable[[Register], Definition]


class NotCompiledError(FlowctlError):
    """A step that only the judge can do: who catches it asks the judge of every record."""

    def __init__(self, place: str, why: str) -> None:
        self.place, self.why = place, why
        super().__init__(f"`{place}` is not compiled: {why}")


class Undecided(Exception):
    """Several definitions of a register reach a step, and what is asked hangs on which one it is."""

    def __init__(self, register: Register) -> None:
        self.register = register


@dataclass(frozen=True, slots=True)
class Frame:
    """A record that is routed: the one that arrived, or since `continue with: name` one related to it.

    `key` tells it from others, `""` is the record that arrived.
    """

    key: str
    object: str
    parent: Frame | None = None
    name: str = ""
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What can be read at a step of a frame, after waits of `shift` microseconds in all."""

    world: World
    frame: Frame
    shift: int
    lookup: Lookup

    @property
    def is_event(self) -> bool:
        """Whether the record is the one whose event this is: only that is new, or changed."""
        return self.frame.parent is None

    # -- paths

    def read(self, path: FieldPath) -> Term:
        name, rest = path[0], path[1:]
        if not rest:
            return self.field(self.frame, name)
        return self._inside(self.named(self.frame, name), rest, lambda: self._by_field(self.frame, name, rest))

    def prior(self, path: FieldPath) -> Term:
        first: Term = Before(path[:1]) if self.is_event else self.first(self.frame, path[0])
        return self._attribute(first, path[1:])

    def field(self, frame: Frame, name: str) -> Term:
        found = self.lookup((frame.key, False, name))
        return self.first(frame, name) if found is None else found  # type: ignore[return-value]

    def named(self, frame: Frame, name: str) -> Named:
        found = self.lookup((frame.key, True, name))
        if found is not None:
            return found  # type: ignore[return-value]
        if frame.parent is None:
            return Came((name,), None)
        if name == frame.origin:
            return Left(frame.parent.key, frame.parent.object)
        own = _below(self.world, self.named(frame.parent, frame.name), name)
        object_ = self.world.relations.get(frame.object, {}).get(name)
        taken_along = GONE if object_ is None else _only(self.named(frame.parent, name), object_, frame)
        if isinstance(own, Gone):
            return taken_along
        return own if isinstance(taken_along, Gone) else First(own, taken_along)

    def inside(self, record: Named, name: str) -> Term:
        """A field of a record, blank where it is not there."""
        return self._inside(record, (name,), lambda: BLANK)

    def first(self, frame: Frame, name: str) -> Term:
        """A field as it was when the frame was opened."""
        if frame.parent is None:
            return Arrived((name,))
        return self.inside(self.named(frame.parent, frame.name), name)

    def _by_field(self, frame: Frame, name: str, rest: FieldPath) -> Term:
        """What a path leads to where no record stands under its first name: through a person, if at all."""
        types = self.world.types.get(frame.object)
        if types and name not in types:
            return BLANK
        return self._attribute(self.field(frame, name), rest)

    def _inside(self, record: Named, rest: FieldPath, absent: Callable[[], Term]) -> Term:
        match record:
            case Gone():
                return absent()
            case Came():
                return _if_there(record, self._came(record.path, rest), absent())
            case Bound(sought):
                return InFound(sought, rest, self._inside(sought.carried, rest, lambda: BLANK))
            case Row(looked):
                return self._attribute(InRow(looked, rest[0]), rest[1:])
            case Made(_, values):
                return self._attribute(dict(values).get(rest[0], BLANK), rest[1:])
            case Somebody(who):
                return self._attribute(Const.of(who), rest)
            case Left():
                frame = self.frame
                while frame.key != record.frame:
                    assert frame.parent is not None
                    frame = frame.parent
                return self._attribute(self.field(frame, rest[0]), rest[1:])
            case First(one, other):
                return self._inside(one, rest, lambda: self._inside(other, rest, absent))
            case Below(sought, name, carried):
                found = InFound(sought, (name, *rest), self._inside(carried, rest, lambda: BLANK))
                return IfThere(record, found, absent())

    def _came(self, at: FieldPath, rest: FieldPath) -> Term:
        here, rest = (*at, rest[0]), rest[1:]
        if not rest:
            return Arrived(here)
        return _if_there(Came(here, None), self._came(here, rest), self._attribute(Arrived(here), rest))

    def _attribute(self, of: Term, names: Iterable[str]) -> Term:
        for name in names:
            if isinstance(of, Const):
                of = Const.of(self.world.read({"": of.value}, {}, ("", name)))
            else:
                of = Attribute(of, name)
        return of

    # -- conditions and values

    def asked(self, atom: Atom) -> Question | bool:
        """An atom as a question of the records, or its truth where it is the same for all."""
        if isinstance(atom, IsNew | Changed) and not self.is_event:
            return False
        reads = self.reads([atom])
        if is_fixed(atom, reads):
            return meaning(atom)(Fixed(reads, self.world.zone), None)
        return Asked(atom, reads, self.shift if has_clock(atom) else 0, self.is_event)

    def value(self, operand: Operand, type_: FieldType | None) -> Term:
        """What an operand stands for, as a field of a type holds it."""
        reads = self.reads([operand])
        if is_fixed(operand, reads):
            return Const.of(fit(value_of(operand, Fixed(reads, self.world.zone)), type_, self.world.zone))
        return Computed(operand, reads, self.shift if has_clock(operand) else 0, self.is_event, type_)

    def reads(self, pieces: Iterable[Expr | Operand], beside: str | None = None) -> Bindings:
        """What pieces read here, but for what a candidate holds that stands `beside` the record."""
        found: dict[Read, Term] = {}
        for piece in pieces:
            for part in walk(piece):
                match part:
                    case Field(path) if not (path[0] == beside and len(path) > 1):
                        found[False, path] = self.read(path)
                    case Prior(path):
                        found[True, path] = self.prior(path)
                    case Changed(path) if self.is_event:  # it compares what arrived, whatever has been set since
                        found[True, path] = self.prior(path)
        return tuple(found.items())


def _if_there(record: Came, yes: Term, no: Term) -> Term:
    is_field = isinstance(yes, Arrived) and yes.path[:-1] == record.path  # blank where the record is not there
    return yes if is_field and no == BLANK and record.object is None else IfThere(record, yes, no)


def _below(world: World, record: Named, name: str) -> Named:
    """What stands under a name on a record that is about to be routed."""
    match record:
        case Came(path, None):
            return Came((*path, name), None)
        case Bound(sought):
            carried = _below(world, sought.carried, name)
            data = world.data.get(sought.step.object, NOBODY).records
            is_never = isinstance(carried, Gone) and not any(name in found.related for found in data)
            return GONE if is_never else Below(sought, name, carried)
        case Came() | First() | Below():
            raise NotCompiledError(name, "it hangs on one of several records")
        case _:
            return GONE


def _only(record: Named, object_: str, frame: Frame) -> Named:
    """A record if it is of an object."""
    match record:
        case Gone():
            return GONE
        case Came(path, None):
            return Came(path, object_)
        case Bound(sought):
            return record if sought.step.object == object_ else GONE
        case Row(looked):
            return record if f"table/{looked.step.table}" == object_ else GONE
        case Made(of):
            return record if of == object_ else GONE
        case Somebody():
            return record if object_ == PEOPLE else GONE
        case _:
            raise NotCompiledError(frame.name, "what it takes along may be one of several records")


def merged_field(scope: Scope, name: str, rule: str, other: Named) -> Merged:
    """A field of the record after a merge with another one."""
    created = "CreatedDate"
    return Merged(
        rule,
        scope.field(scope.frame, name),
        scope.inside(other, name),
        scope.field(scope.frame, created),
        scope.inside(other, created),
    )


def only_lookup(known: Mapping[Register, Sequence[Definition]], chosen: Mapping[Register, Definition]) -> Lookup:
    """Looks up registers that one definition reaches, or for which one is chosen."""

    def lookup(register: Register) -> Definition:
        if register in chosen:
            return chosen[register]
        reaching = known.get(register, (None,))
        if len(reaching) > 1:
            raise Undecided(register)
        return reaching[0]

    return lookup
