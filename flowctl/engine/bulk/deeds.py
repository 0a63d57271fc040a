"""What was done to the records that took one path: in terms, so that it is worked out once for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import TypeAlias

from flowctl.data import dataclass
from flowctl.engine.bulk.diagram import Position
from flowctl.engine.bulk.emit import Compiled, Mark
from flowctl.engine.bulk.scope import Definition, Register, Scope
from flowctl.engine.bulk.steps import OWNER, Meaning
from flowctl.engine.bulk.terms import BLANK, GONE, Bound, Const, Made, OwnerOf, Row, Term
from flowctl.engine.bulk.terms import Named as Record
from flowctl.expr import Constant
from flowctl.flow.nodes.notify import TOKEN
from flowctl.flow.objects import PEOPLE
from flowctl.flow.owner import Named
from flowctl.flow.program import Bind, Join, Look, Make, Own, Pick, Send, SetFields, Step
from flowctl.flow.schedule import LEFT_OUT

Text: TypeAlias = tuple[str | Term, ...]  # the parts of a text: as they stand, or with a value filled in
Values: TypeAlias = Sequence[tuple[str, Term]]  # fields and what they are set to
NOTHING_HEEDED: frozenset[str] = frozenset()  # definitions are followed one by one here


@dataclass(frozen=True)
class Message:
    channel: str
    to: Text
    message: Text


@dataclass(frozen=True)
class Effect:
    """A record that is created (under a name), or what the record itself is converted to (a contact of an account)."""

    object: str
    name: str | None
    account: str | None
    values: tuple[tuple[str, Term], ...]


@dataclass(frozen=True)
class Deeds:
    """
    Attributes:
        sets: Fields that are set, with their last values.
        is_by_turn: Whether any of this but messages hangs on whose turn it was, or on a merge: then the judge is asked.
        is_told_by_turn: Whether a message does.
    """

    sets: Mapping[str, Term]
    messages: tuple[Message, ...]
    effects: tuple[Effect, ...]
    is_by_turn: bool
    is_told_by_turn: bool = False


def deeds_of(compiled: Compiled, marks: Sequence[int], constant: dict[int, Values]) -> Deeds:
    """What the steps of a path do, one after the other.

    Args:
        constant: By mark, what is set there on every path; it grows.
    """
    path = _Path(compiled)
    for number in marks:
        mark = compiled.marks[number]
        if number in constant:
            path.set(mark.at, constant[number])
        elif (values := path.follow(mark)) is not None:
            constant[number] = values
    return Deeds(path.sets, tuple(path.messages), tuple(path.effects), path.is_by_turn, path.is_told_by_turn)


@dataclass
class _Path:
    compiled: Compiled
    known: dict[Register, Definition] = field(default_factory=dict)
    chosen: set[Register] = field(default_factory=set)  # what hangs on whose turn it was
    sets: dict[str, Term] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    is_by_turn: bool = False
    is_told_by_turn: bool = False

    def follow(self, mark: Mark) -> Values | None:
        """Does a step; gives what it sets where that is the same on every path."""
        if mark.port is None or mark.at.node == LEFT_OUT:
            return None
        step = self.compiled.flows.step(mark.at)
        scope = Scope(self.compiled.flows.world, mark.at.frame, mark.at.shift, self._lookup)
        meaning = Meaning(scope, mark.at, NOTHING_HEEDED)
        if isinstance(step, SetFields):
            values = meaning.values(step.values, mark.at.frame.object)
            self.set(mark.at, values)
            return values if all(isinstance(operand, Constant) for _, operand in step.values) else None
        self._take(step, mark, scope, meaning)
        return None

    def set(self, at: Position, values: Values) -> None:
        self.sets |= dict(values)
        self._define(at, values)

    def _lookup(self, register: Register) -> Definition:
        self.is_by_turn |= register in self.chosen
        return self.known.get(register)

    def _take(self, step: Step, mark: Mark, scope: Scope, meaning: Meaning) -> None:
        at = mark.at
        match step:
            case Make():
                made = tuple(meaning.values(step.values, step.object))
                self.effects.append(Effect(step.object, step.name, step.account, made))
                if step.name is not None:
                    self._name(at, step.name, Made(step.object, made))
            case Bind():
                self._name(at, step.name, Bound(meaning.sought(step)) if mark.port == step.matched.port else GONE)
            case Look():
                self._name(at, step.name, Row(meaning.looked(step)) if mark.port == step.found.port else GONE)
            case Own() if mark.port == step.then.port:
                to = Const.of(str(step.to)) if isinstance(step.to, Named) else OwnerOf(scope.read(step.to))
                self._define(at, [(OWNER, to)])
            case Pick() if mark.port == step.then.port:
                self._choose(at, step)
            case Send():
                is_by_turn, self.is_by_turn = self.is_by_turn, False
                self.messages.append(self._message(step, scope))
                self.is_told_by_turn |= self.is_by_turn
                self.is_by_turn = is_by_turn
            case Join():
                self.is_by_turn = True

    def _define(self, at: Position, values: Values) -> None:
        for name, term in values:
            self.known[at.frame.key, False, name] = term
            self.chosen.discard((at.frame.key, False, name))

    def _name(self, at: Position, name: str, record: Record) -> None:
        self.known[at.frame.key, True, name] = record
        self.chosen.discard((at.frame.key, True, name))

    def _choose(self, at: Position, step: Pick) -> None:
        self.known[at.frame.key, False, OWNER] = BLANK
        self.chosen.add((at.frame.key, False, OWNER))
        if step.name is not None:
            self.known[at.frame.key, True, step.name] = Made(PEOPLE, ())
            self.chosen.add((at.frame.key, True, step.name))

    def _message(self, step: Send, scope: Scope) -> Message:
        to = (OwnerOf(scope.field(scope.frame, OWNER)),) if step.to == "owner" else _text(step.to, scope)
        return Message(step.channel, to, _text(step.message, scope))


def _text(written: str, scope: Scope) -> Text:
    """A text with tokens, as `message.filled` reads it."""
    parts: list[str | Term] = []
    end = 0
    for token in TOKEN.finditer(written):
        parts += [written[end : token.start()], scope.read(tuple(token.group(1).split(".")))]
        end = token.end()
    return (*parts, written[end:])
