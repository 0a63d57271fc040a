"""Each step as a diagram: the judge's `_take`, said once for all records that reach it under some definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from flowctl.engine.bulk.diagram import Ask, Diagram, End, Go, Position, Take
from flowctl.engine.bulk.scope import Definition, Frame, Register, Scope, merged_field
from flowctl.engine.bulk.terms import (
    GONE,
    Available,
    Bound,
    Const,
    IsText,
    Looked,
    Made,
    OwnerOf,
    Row,
    Somebody,
    Sought,
    Term,
    Turn,
)
from flowctl.engine.interp import World
from flowctl.engine.merging import KEPT
from flowctl.expr import Expr, Field, FieldPath, FieldType, Operand
from flowctl.flow.owner import Named as Target
from flowctl.flow.people import Roster
from flowctl.flow.program import Bind, Join, Jump, Look, Make, Own, Pick, Send, SetFields, Step, Stop, Way

OWNER = "Owner"
PERSON = ("Email", "Website", "Company")  # what a person's company is known by
Sets = list[tuple[Register, Definition]]
Put = Callable[[Scope], Term]  # what a register is set to, in a scope


def microseconds(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


class Meaning:
    """What a step does at a position, in a scope. `heeded` are the names that any step of the world's flows reads."""

    def __init__(self, scope: Scope, at: Position, heeded: frozenset[str]) -> None:
        self.scope, self.at, self.heeded = scope, at, heeded
        self.world: World = scope.world

    def of(self, step: Step) -> Diagram:
        match step:
            case Bind():
                return self._bind(step)
            case Look():
                return self._look(step)
            case Own():
                return self._own(step)
            case Pick():
                return self._pick(step)
            case Make():
                return self._go(step.then, self.makes(step))
            case Send():
                return self._go(step.then)
            case Jump():
                return Go(None, after_jump(self.world, self.at, step))
            case Stop():
                return End(step.result, self.scope.first(self.at.frame, OWNER))
        raise AssertionError("decisions and waits are conditions; what sets fields does so one by one")

    # -- registers

    def _field(self, name: str) -> Register:
        return self.at.frame.key, False, name

    def _name(self, name: str) -> Register:
        return self.at.frame.key, True, name

    def _go(self, way: Way, sets: Iterable[tuple[Register, Definition]] = (), is_by_name: bool = False) -> Go:
        return Go(way.port, moved(self.at, way.to), tuple(sets), is_by_name)

    # -- related records

    def sought(self, step: Bind) -> Sought:
        carried = self.scope.named(self.at.frame, step.name)
        wholes = [when for when in (step.where, *(p.when for p in step.prefer)) if when is not None]
        reads = dict(self.scope.reads(wholes, beside=step.name))
        reads |= self._key(step)
        if carried != GONE:
            reads |= self._carried(step, wholes)
        return Sought(step, self.at.frame.object, tuple(reads.items()), self.at.shift, self.scope.is_event, carried)

    def _key(self, step: Bind) -> dict[tuple[bool, FieldPath], Term]:
        types = self.world.types.get(self.at.frame.object, {})
        names = {"email_domain": "Email", "website_domain": "Website"}
        names["company_name"] = "Company" if "Company" in types else "Name"
        paths = [(names[m.name],) for m in step.by if m.name in names] + [m.field for m in step.by if m.field]
        return {(False, path): self.scope.read(path) for path in paths}

    def _carried(self, step: Bind, wholes: Iterable[Expr]) -> dict[tuple[bool, FieldPath], Term]:
        """What the record that is there already holds of what is asked of candidates."""
        from flowctl.expr import walk

        paths = [part.path for whole in wholes for part in walk(whole) if isinstance(part, Field)]
        return {(False, path): self.scope.read(path) for path in paths if path[0] == step.name and len(path) > 1}

    def _bind(self, step: Bind) -> Diagram:
        sought = self.sought(step)
        found = self._go(step.matched, [(self._name(step.name), Bound(sought))])
        return Ask(sought, found, self._go(step.unmatched, [(self._name(step.name), GONE)]))

    def looked(self, step: Look) -> Looked:
        reads = self.scope.reads(operand for _, operand in step.by)
        return Looked(step, reads, self.at.shift, self.scope.is_event)

    def _look(self, step: Look) -> Diagram:
        looked = self.looked(step)
        found = self._go(step.found, [(self._name(step.name), Row(looked))])
        return Ask(looked, found, self._go(step.missing, [(self._name(step.name), GONE)]))

    # -- values

    def values(self, values: Iterable[tuple[str, Operand]], object_: str) -> list[tuple[str, Term]]:
        types = self.world.types.get(object_, {})
        return [(name, self.scope.value(operand, types.get(name))) for name, operand in values]

    def makes(self, step: Make) -> Sets:
        if step.name is None or step.name not in self.heeded:
            return []
        heeded = [(name, operand) for name, operand in step.values if name in self.heeded]
        return [(self._name(step.name), Made(step.object, tuple(self.values(heeded, step.object))))]

    # -- owners

    def _own(self, step: Own) -> Diagram:
        owner = self._field(OWNER)
        if isinstance(step.to, Target):
            to = str(step.to)
            if to not in self.world.available and step.unavailable:
                return self._go(step.unavailable)
            return self._go(step.then, [(owner, Const.of(to))], is_by_name=True)
        term = self.scope.read(step.to)
        found = OwnerOf(term)
        given = self._go(step.then, [(owner, found)], is_by_name=True)
        if step.unavailable:
            return _asked(Available(term), given, self._go(step.unavailable), self.world)
        return _asked(IsText(term), given, self._go(step.then, [(owner, found)]), self.world)

    def turn(self, step: Pick) -> Turn:
        where = step.where if step.name is not None else None
        reads = dict(self.scope.reads([where] if where is not None else [], beside=step.name))
        rosters = self.rosters(step)
        if any(roster.sticky for roster in rosters):
            reads |= {(False, (name,)): self.scope.read((name,)) for name in PERSON}
        roster = step.roster if isinstance(step.roster, str) else self.scope.read(step.roster)
        at = self.at
        return Turn(roster, step.name, where, at.frame.object, tuple(reads.items()), at.shift, self.scope.is_event)

    def rosters(self, step: Pick) -> list[Roster]:
        """Those that can be asked."""
        if not isinstance(step.roster, str):
            return list(self.world.rosters.values())
        return [self.world.rosters[step.roster]] if step.roster in self.world.rosters else []

    def _pick(self, step: Pick) -> Diagram:
        rosters = self.rosters(step)
        nobody = self._go(step.nobody)
        if not rosters:
            return nobody
        name = self._name(step.name) if step.name is not None and step.name in self.heeded else None
        people = tuple(f"user/{user}" for user in dict.fromkeys(who for roster in rosters for who in users(roster)))
        return Take(self.turn(step), people, self._field(OWNER), name, self._go(step.then), nobody)


def puts(world: World, at: Position, step: SetFields | Join, heeded: frozenset[str]) -> dict[Register, Put]:
    """What a step sets, register by register; a merge writes every field, or leaves it as it is, which is the same."""
    types = world.types.get(at.frame.object, {})
    found: dict[Register, Put] = {}
    if isinstance(step, SetFields):
        for name, operand in step.values:
            if name in heeded:
                found[at.frame.key, False, name] = partial(_value, operand, types.get(name))
        return found
    for name in sorted(heeded):
        if (name in step.fields or name not in KEPT) and (not types or name in types):
            found[at.frame.key, False, name] = partial(_merged, name, step.fields.get(name, step.keep), step.name)
    return found


def _value(operand: Operand, type_: FieldType | None, scope: Scope) -> Term:
    return scope.value(operand, type_)


def _merged(name: str, rule: str, other: str, scope: Scope) -> Term:
    return merged_field(scope, name, rule, scope.named(scope.frame, other))


def users(roster: Roster) -> Iterable[str]:
    """Who can come to a turn of a roster: members, and who covers for them."""
    for member in roster.members:
        yield member.user
        yield from (leave.cover for leave in member.leave if leave.cover)


def chosen(who: str, name: Register | None, owner: Register) -> Sets:
    """What a turn sets."""
    return [(owner, Const.of(who)), *([(name, Somebody(who))] if name else [])]


def _asked(question: Available | IsText, yes: Go, no: Go, world: World) -> Diagram:
    if not isinstance(question.of, Const):
        return Ask(question, yes, no)
    value = question.of.value
    return yes if (value in world.available if isinstance(question, Available) else isinstance(value, str)) else no


def moved(at: Position, node: str) -> Position:
    return Position(at.frame, at.shift, at.flow, node)


def after_jump(world: World, at: Position, step: Jump) -> Position:
    program = world.programs[step.flow]
    frame = at.frame
    if step.name is not None:
        key = f"{frame.key}/{step.name}:{step.origin}:{program.object}"
        frame = Frame(key, program.object, frame, step.name, step.origin)
    return Position(frame, at.shift, program.flow, program.start)
