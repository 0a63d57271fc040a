"""A flow by its positions, each with its diagram and the definitions that reach it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from flowctl.data import dataclass
from flowctl.engine.bulk.diagram import Ask, Diagram, Go, LeftOut, Position, Put, Split, Take, ends, puts_in
from flowctl.engine.bulk.reads import names_of
from flowctl.engine.bulk.scope import (
    Definition,
    Frame,
    NotCompiledError,
    Register,
    Scope,
    Undecided,
    only_lookup,
)
from flowctl.engine.bulk.steps import OWNER, Meaning, after_jump, chosen, microseconds, moved
from flowctl.engine.bulk.steps import puts as puts_of
from flowctl.engine.bulk.terms import Arrived, Term
from flowctl.engine.interp import World
from flowctl.expr import Expr
from flowctl.expr.ast import And, Not, Or
from flowctl.flow.program import Join, Jump, Pause, SetFields, Step, Test, Way
from flowctl.flow.schedule import LEFT_OUT

MOST_LEAVES = 20_000  # of all diagrams: definitions of several fields that one step reads multiply
MOST_HERE = 600  # of one question

Reaching: TypeAlias = dict[Register, tuple[Definition, ...]]


@dataclass(frozen=True)
class Flows:
    """A flow and those it continues in, under one version.

    Attributes:
        diagrams: By position, in an order in which records can come through them.
        reaching: The definitions of registers at each position; a register that is not there is as it was.
        heeded: Registers that some diagram goes by; the others need not be kept.
    """

    world: World
    start: Position
    diagrams: dict[Position, Diagram]
    reaching: dict[Position, Reaching]
    heeded: frozenset[Register]

    def step(self, at: Position) -> Step:
        return self.world.programs[at.flow].steps[at.node]


def flows_of(world: World, flow: str) -> Flows:
    """
    Raises:
        NotCompiledError: A step is beyond what can be compiled.
    """
    return _Analysis(world, flow).flows()


class _Analysis:
    def __init__(self, world: World, flow: str) -> None:
        self.world = world
        self.program = program = world.programs[flow]
        frame = Frame("", program.object)
        first = program.start if program.where is None else LEFT_OUT
        self.start = Position(frame, 0, flow, first)
        self.names = names_of(world, flow)
        self.reaching: dict[Position, Reaching] = {}
        self.heeded: set[Register] = set()
        self.leaves = self.here = 0  # met in all, and by the question at hand
        self.split: set[Register] = set()  # what that one hangs on

    def flows(self) -> Flows:
        diagrams: dict[Position, Diagram] = {}
        self.reaching[self.start] = {}
        for at in self._in_order():
            if at in self.reaching:  # it may be that no definition leads there
                diagrams[at] = self._diagram(at)
                put = puts_in(diagrams[at])
                for found in ends(diagrams[at]):
                    self._pass_on({**self.reaching[at], **put}, found)
        return Flows(self.world, self.start, diagrams, self.reaching, frozenset(self.heeded))

    # -- positions

    def _in_order(self) -> list[Position]:
        before: dict[Position, set[Position]] = {self.start: set()}
        waiting = [self.start]
        while waiting:
            at = waiting.pop()
            for to in self._following(at):
                if to not in before:
                    if len(before) > MOST_LEAVES:
                        raise NotCompiledError(str(to), "too many sums of waits lead here")
                    before[to] = set()
                    waiting.append(to)
                before[to].add(at)
        try:
            return list(TopologicalSorter(before).static_order())
        except CycleError as error:
            raise NotCompiledError(str(error.args[1][0]), "a record may come back here") from None

    def _following(self, at: Position) -> Iterator[Position]:
        if at.node == LEFT_OUT:
            yield moved(at, self.program.start)
            return
        step = self.world.programs[at.flow].steps[at.node]
        if isinstance(step, Jump):
            yield after_jump(self.world, at, step)
        elif isinstance(step, Pause):
            yield moved(at, step.met.to)
            yield from (moved(later(at, step), way.to) for way in (step.met, step.expired))
        else:
            yield from (moved(at, way.to) for way in ways(step))

    # -- definitions

    def _pass_on(self, here: Reaching, end: Go | Take) -> None:
        if isinstance(end, Go):
            self._reach(end.to, {**here, **{register: (made,) for register, made in end.sets}})
            return
        self._reach(end.nobody.to, here)
        sets: Reaching = {}
        for who in end.people:
            for register, made in chosen(who, end.name, end.owner):
                sets[register] = (*sets.get(register, ()), made)
        self._reach(end.then.to, {**here, **sets})

    def _reach(self, at: Position, coming: Reaching) -> None:
        there = self.reaching.get(at)
        if there is None:
            self.reaching[at] = dict(coming)
            return
        for register in {**there, **coming}:
            one, other = there.get(register, (None,)), coming.get(register, (None,))
            if one != other:
                there[register] = tuple(dict.fromkeys((*one, *other)))

    # -- diagrams

    def _diagram(self, at: Position) -> Diagram:
        if at.node == LEFT_OUT:
            assert self.program.where is not None
            return self._when(
                at, self.program.where, Go("due", moved(at, self.program.start)), LeftOut(Arrived((OWNER,)))
            )
        step = self.world.programs[at.flow].steps[at.node]
        if isinstance(step, Test):
            return self._test(at, step)
        if isinstance(step, Pause):
            return self._pause(at, step)
        if isinstance(step, SetFields | Join):
            return self._puts(at, step)
        return self._decided(at, at, lambda scope: Meaning(scope, at, self.names).of(step))

    def _puts(self, at: Position, step: SetFields | Join) -> Diagram:
        """One register after the other, where none reads what another one was; else all under all definitions."""
        puts = puts_of(self.world, at, step, self.names)
        done = _on(at, step.then)
        diagram: Diagram = done
        later: set[Register] = set()
        for register, make in reversed(puts.items()):
            if register in later:
                return self._decided(at, at, partial(_all_at_once, puts, done))
            diagram = self._decided(at, at, partial(_put, register, make, diagram))
            later |= self.split
        return diagram

    def _test(self, at: Position, step: Test) -> Diagram:
        diagram: Diagram = _on(at, step.otherwise)
        for case in reversed(step.cases):
            diagram = self._when(at, case.when, _on(at, case.way), diagram)
        return diagram

    def _pause(self, at: Position, step: Pause) -> Diagram:
        """In bulk nothing happens meanwhile: the condition holds now, or at the end, or not."""
        then = later(at, step)
        at_last = self._when(then, step.until, _on(then, step.met), _on(then, step.expired), reaching=at)
        return self._when(at, step.until, _on(at, step.met), at_last)

    def _when(self, at: Position, when: Expr, yes: Diagram, no: Diagram, reaching: Position | None = None) -> Diagram:
        match when:
            case And(of):
                for part in reversed(of):
                    yes = self._when(at, part, yes, no, reaching)
                return yes
            case Or(of):
                for part in reversed(of):
                    no = self._when(at, part, yes, no, reaching)
                return no
            case Not(of):
                return self._when(at, of, no, yes, reaching)

        def asked(scope: Scope) -> Diagram:
            question = scope.asked(when)
            if isinstance(question, bool):
                return yes if question else no
            return Ask(question, yes, no)

        return self._decided(at, reaching or at, asked)

    def _decided(
        self,
        at: Position,
        reached: Position,
        make: Callable[[Scope], Diagram],
    ) -> Diagram:
        """What is made where the definitions that count are known, under each of those that reach here."""
        self.here = 0
        self.split = set[Register]()
        return self._under(at, reached, make, {})

    def _under(
        self, at: Position, reached: Position, make: Callable[[Scope], Diagram], taken: dict[Register, Definition]
    ) -> Diagram:
        reaching = self.reaching[reached]
        try:
            made = make(Scope(self.world, at.frame, at.shift, only_lookup(reaching, taken)))
        except Undecided as undecided:
            register = undecided.register
        else:
            self.leaves += 1
            self.here += 1
            if self.leaves > MOST_LEAVES or self.here > MOST_HERE:
                raise NotCompiledError(str(at), "too many ways in which its fields can have been set")
            return made
        self.heeded.add(register)
        self.split.add(register)
        by = {made: self._under(at, reached, make, {**taken, register: made}) for made in reaching[register]}
        return Split(register, by)


def ways(step: Step) -> Iterator[Way]:
    """The ways out of a step, but of `continue`, which has none."""
    if isinstance(step, Test):
        yield from (case.way for case in step.cases)
    for name in ("matched", "unmatched", "found", "missing", "then", "unavailable", "nobody", "met", "expired"):
        way = getattr(step, name, None)
        if isinstance(way, Way):
            yield way
    if isinstance(step, Test):
        yield step.otherwise


def later(at: Position, step: Pause) -> Position:
    return Position(at.frame, at.shift + microseconds(step.length), at.flow, at.node)


def _put(register: Register, make: Callable[[Scope], Term], then: Diagram, scope: Scope) -> Diagram:
    return Put(register, make(scope), then)


def _all_at_once(puts: Mapping[Register, Callable[[Scope], Term]], done: Go, scope: Scope) -> Diagram:
    diagram: Diagram = done
    for register, made in [(register, make(scope)) for register, make in puts.items()]:
        diagram = Put(register, made, diagram)
    return diagram


def _on(at: Position, way: Way) -> Go:
    return Go(way.port, moved(at, way.to))
