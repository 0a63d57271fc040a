"""Which values a field of the record can have at each node of a flow.

A forward walk over the acyclic graph: values are united over the ways in, narrowed by the branches of decisions and
replaced where a node sets the field. Of a condition only what it asks of this one field is known, so the answer is
sound and not sharp: a value that is not there cannot be met, one that is there may not be either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import ClassVar, TypeAlias

from flowctl.check import graph
from flowctl.check.missing import Missing
from flowctl.data import dataclass
from flowctl.expr import (
    And,
    AnyOf,
    Arithmetic,
    Atom,
    Between,
    Blank,
    Changed,
    Compare,
    Constant,
    Day,
    Expr,
    Extreme,
    Field,
    FieldPath,
    FieldType,
    Flag,
    IsBlank,
    IsNew,
    Matches,
    Not,
    Now,
    Number,
    Operand,
    Or,
    Shift,
    Text,
    Today,
    Value,
    evaluate,
    fold,
    walk,
)
from flowctl.flow import Flow, Model, Node
from flowctl.flow.kinds import Condition
from flowctl.flow.node import found
from flowctl.flow.nodes.assign import Assign
from flowctl.flow.nodes.continue_ import Continue
from flowctl.flow.nodes.decision import Decision
from flowctl.flow.nodes.merge import Merge
from flowctl.flow.nodes.rotate import Rotate
from flowctl.flow.nodes.set import Set
from flowctl.flow.nodes.wait import Wait
from flowctl.flow.record import fitted


class Other(Enum):
    """Any value that is filled in and that the flow does not speak of."""

    OTHER = "another value"


OTHER = Other.OTHER
Possible: TypeAlias = "Value | Other"
Values: TypeAlias = frozenset[Possible]

_TEXTS = ("text", "email", "url", "phone", "picklist", "user", "owner")
_NAMED: Mapping[str, tuple[type[Number | Day | Flag], ...]] = {"number": (Number,), "date": (Day,), "checkbox": (Flag,)}
MOST_DAYS = 100_000  # by which today may be moved for the next centuries: the calendar ends with the year 9999
_OPEN = ("INCLUDES", "EXCLUDES")  # what they make of a text is not told by how it compares


@dataclass(frozen=True, slots=True)
class Domain:
    """The values of a field that a flow tells apart: blank, those that it speaks of or that a picklist lists, others.

    A text stands for all that compare alike. Ids, moments and multi-picklists are blank or not, no more.
    """

    field: str
    type: FieldType
    named: Mapping[Value, Value]  # by what they compare by

    @property
    def blank(self) -> Value:
        return False if self.type.kind == "checkbox" else None

    @property
    def all(self) -> Values:
        return frozenset((self.blank, *self.named.values(), *(() if self.type.kind == "checkbox" else (OTHER,))))

    @property
    def start(self) -> Values:
        """What a record can come with: of a picklist the values that it lists, of a required field no blank."""
        listed = self.type.kind == "picklist" and self.type.values
        filled = frozenset(map(self.of, self.type.values)) if listed else self.all - {self.blank}
        is_filled = self.type.required and self.type.kind != "checkbox"
        return filled if is_filled else filled | {self.blank}

    def of(self, value: Value) -> Possible:
        """What stands for a value."""
        return self.blank if value is None else self.named.get(_key(value), OTHER)


def _key(value: Value) -> Value:
    return fold(value) if isinstance(value, str) else value


def _named(type_: FieldType) -> tuple[type[Text | Number | Day | Flag], ...]:
    """The constants that have a value of their own in a field of a type."""
    return (Text,) if type_.kind in _TEXTS else _NAMED.get(type_.kind, ())


def domain_of(flow: Flow, field: str, type_: FieldType) -> Domain:
    """The values of a field that a flow tells apart."""
    flags: list[Value] = [False, True] if type_.kind == "checkbox" else []
    spoken = [*flags, *type_.values, *_spoken(flow, field, type_)] if _named(type_) else []
    return Domain(field, type_, {_key(value): value for value in reversed(spoken) if value is not None})


def _spoken(flow: Flow, field: str, type_: FieldType) -> Iterator[Value]:
    """The constants that a flow holds against a field or puts into it."""
    for e in conditions(flow):
        for atom in walk(e):
            if isinstance(atom, Compare | AnyOf | Between) and Field((field,)) in tuple(walk(atom)):
                yield from (_fitted(p, type_) for p in walk(atom) if isinstance(p, Constant))
    for node in flow.nodes.values():
        put = node.values.get(field) if isinstance(node, Set) else None
        if isinstance(put, Constant):
            yield _fitted(put, type_)


def conditions(flow: Flow) -> Iterator[Expr]:
    """Every condition of a flow, that of its schedule included."""
    if flow.schedule and flow.schedule.where is not None:
        yield flow.schedule.where
    for node in flow.nodes.values():
        yield from (e for _, e in found(node, Condition))


def _fitted(constant: Constant, type_: FieldType) -> Value:
    try:
        return fitted(constant.value, type_, dt.UTC)
    except ValueError:
        return None


# Conditions -------------------------------------------------------------------------------------------------------


def truth(e: Expr, value: Possible, domain: Domain) -> bool | None:
    """Whether a condition holds where only one field is known; None when that depends on more."""
    match e:
        case Not(of):
            inner = truth(of, value, domain)
            return None if inner is None else not inner
        case And(of) | Or(of):
            decides = isinstance(e, Or)
            parts = {truth(part, value, domain) for part in of}
            return decides if decides in parts else None if None in parts else not decides
        case _:
            return _of_atom(e, value, domain)


def narrowed(values: Values, e: Expr, domain: Domain, holds: bool = True) -> Values:
    """The values for which a condition may hold; or, for which it may fail."""
    return frozenset(value for value in values if truth(e, value, domain) is not (not holds))


def _of_atom(atom: Atom, value: Possible, domain: Domain) -> bool | None:
    path = (domain.field,)
    if isinstance(value, Other):
        return _of_other(atom, path, domain)
    if value is None and _is_blanked(atom, path):
        return isinstance(atom, Compare | AnyOf) and atom.op in ("!=", "NOT IN", "EXCLUDES")
    return evaluate(atom, _Holding(value)) if _is_told(atom, value, path) else None


def _is_told(atom: Atom, value: Value, path: FieldPath) -> bool:
    """Whether an atom asks only how this field compares with constants."""
    if isinstance(atom, IsNew | Changed):
        return False
    if isinstance(atom, Matches) or (isinstance(atom, AnyOf) and atom.op in _OPEN):
        return False
    # a moment compares with a day by the day that it is in the workspace's time zone
    known = Text | Number | Flag | Day | Shift | Arithmetic | Extreme
    return all(piece == Field(path) or isinstance(piece, known) for piece in list(walk(atom))[1:])


def _of_other(atom: Atom, path: FieldPath, domain: Domain) -> bool | None:
    match atom:
        case IsBlank(Field(read), negated) if read == path:
            return negated
        case Compare(left, "=" | "!=" as op, right) if Field(path) in (left, right):
            return op == "!=" if _is_named((right if left == Field(path) else left,), domain) else None
        case AnyOf(Field(read), "IN" | "NOT IN" as op, of) if read == path:
            return op == "NOT IN" if _is_named(of, domain) else None
        case _:
            return None


def _is_named(items: Iterable[Operand], domain: Domain) -> bool:
    """Whether each is a constant with a value of its own, so that no other value is equal to it."""
    return all(isinstance(i, _named(domain.type)) and _key(i.value) in domain.named for i in items)


def _is_blanked(atom: Atom, path: FieldPath) -> bool:
    """Whether an atom compares something that is blank where the field is. A checkbox never is."""
    match atom:
        case Compare(left, _, right):
            return _goes_blank(left, path) or _goes_blank(right, path)
        case Between(left, low, high):
            return any(_goes_blank(operand, path) for operand in (left, low, high))
        case AnyOf(left) | Matches(left):
            return _goes_blank(left, path)
        case _:
            return False


def _goes_blank(operand: Operand, path: FieldPath) -> bool:
    match operand:
        case Field(read):
            return read == path
        case Shift(of):
            return _goes_blank(of, path)
        case Arithmetic(left, _, right):
            return _goes_blank(left, path) or _goes_blank(right, path)
        case _:
            return False


@dataclass(frozen=True, slots=True)
class _Holding:
    """A record whose one field that is asked for holds a value."""

    value: Value
    is_new: ClassVar[bool] = False
    now: ClassVar[dt.datetime] = dt.datetime.min.replace(tzinfo=dt.UTC)  # nothing that gets here reads it
    zone: ClassVar[dt.tzinfo] = dt.UTC

    def get(self, path: FieldPath) -> Value:
        return self.value

    prior = get

    def changed(self, path: FieldPath) -> bool:
        return False


# The walk ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldIn:
    """A field in a flow: what it can be where a record enters each node that some way leads to, by node id."""

    domain: Domain
    entering: Mapping[str, Values]
    missing: Missing

    def after(self, value: Operand, node: str) -> Values:
        """What the field can hold once a node has put a value into it."""
        return _put(value, self.entering[node], self.domain, node, self.missing)

    def may_be_blank(self, node: str) -> bool:
        return self.domain.blank in self.entering.get(node, frozenset())


def field_in(flow: Flow, model: Model, field: str) -> FieldIn:
    """What a field of a flow's object can be at each node. Nothing is known where the flow has cycles.

    Records come in at the start with any value that fits the field, also those that another flow hands over.
    """
    domain = domain_of(flow, field, model.objects[flow.object].fields[field].typed())
    entering: dict[str, Values] = {flow.start: _at_start(flow, model, domain)}
    arrows = {id_: [way.to for way in node.ways()] for id_, node in flow.nodes.items()}
    missing = Missing(flow, model)
    for id_ in graph.in_order(arrows) or ():
        if entering.get(id_):
            for to, values in _leaving(flow.nodes[id_], entering[id_], domain, missing):
                entering[to] = entering.get(to, frozenset()) | values
    met = {id_: values for id_, values in entering.items() if values}
    return FieldIn(domain, met, missing)


def _at_start(flow: Flow, model: Model, domain: Domain) -> Values:
    """A schedule narrows what comes in, unless another flow continues here: that does not ask for its condition."""
    where = flow.schedule.where if flow.schedule else None
    others = (node for other in model.flows.values() for node in other.nodes.values())
    is_entered = any(isinstance(node, Continue) and node.flow == flow.flow for node in others)
    return domain.start if where is None or is_entered else narrowed(domain.start, where, domain)


def _leaving(node: Node, values: Values, domain: Domain, missing: Missing) -> Iterator[tuple[str, Values]]:
    """Where a node leads, and the values with which a record goes there."""
    match node:
        case Decision():
            for branch in node.branches:
                yield branch.then, narrowed(values, branch.when, domain)
                values = narrowed(values, branch.when, domain, holds=False)
            if node.otherwise:
                yield node.otherwise, values
        case Wait():  # meanwhile anybody may change the record
            yield node.met, narrowed(domain.all, node.until, domain)
            yield node.expired, narrowed(domain.all, node.until, domain, holds=False)
        case Set() if domain.field in node.values:
            yield node.then, _put(node.values[domain.field], values, domain, node.id, missing)
        case Merge():
            yield node.then, _merged(node, values, domain)
        case Assign() | Rotate() if domain.field == "Owner":
            yield from ((way.to, domain.all) for way in node.ways())
        case _:
            yield from ((way.to, values) for way in node.ways())


def _merged(node: Merge, values: Values, domain: Domain) -> Values:
    is_own = node.fields.get(domain.field, node.keep) == "filled" and domain.blank not in values
    return values if is_own else domain.all


def _put(value: Operand, before: Values, domain: Domain, node: str, missing: Missing) -> Values:
    """What a field can be after a value was put into it."""
    filled = domain.all - {None}
    match value:
        case Blank():
            return frozenset((domain.blank,))
        case Field(path) if path == (domain.field,):
            return before
        case Field(path):
            type_ = missing.model.types(missing.flow).field(path)
            of_picklist = type_ is not None and type_.kind == "picklist" and type_.values
            some = frozenset(map(domain.of, type_.values)) if type_ and of_picklist else filled
            return some | {domain.blank} if missing.may_be_blank(path, node) else some
        case Today() | Now():
            return filled
        case Shift():
            return domain.all if leaves_calendar(value) else filled
        case _ if isinstance(value, Constant):
            return frozenset((domain.of(_fitted(value, domain.type)),))
        case _:
            return domain.all


def leaves_calendar(shift: Shift) -> bool:
    """Whether a day or a moment may leave the calendar when it is moved, and be blank then."""
    days = abs(shift.count) / (24 if shift.unit == "HOURS" else 1)
    return not isinstance(shift.of, Today | Now) or days > MOST_DAYS
