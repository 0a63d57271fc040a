"""Diagrams as instructions: a flat program for the kernel.

Instructions are made from the ends backwards, so that each knows where it leads; equal ones are made once. A question
about the same slot as the one before it is joined with it: a decision with forty branches by country is one jump.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from flowctl.data import dataclass
from flowctl.engine.bulk import kernel
from flowctl.engine.bulk.abreast import Abreast, Maker
from flowctl.engine.bulk.diagram import Ask, Diagram, End, Go, LeftOut, Position, Put, Split, Take, below, ends
from flowctl.engine.bulk.flows import Flows
from flowctl.engine.bulk.kernel import GOTO, JUMP, NOTHING, OPEN, PICK, SET, SPLIT, STOP, UNKNOWN, WIDTH
from flowctl.engine.bulk.outcomes import Way
from flowctl.engine.bulk.scope import Definition, NotCompiledError, Register
from flowctl.engine.bulk.slots import Choice, Layout
from flowctl.engine.bulk.steps import OWNER, chosen
from flowctl.engine.bulk.terms import Question, Somebody, Term
from flowctl.flow.program import Test
from flowctl.flow.schedule import LEFT_OUT, LEFT_OUT_RESULT

ROSTER: Register = ("", False, "roster that chose the owner")  # no field can be called so; its values are 2 + a number
SOMEBODY = Somebody("")  # whom nobody knows yet


@dataclass(frozen=True, slots=True)
class Mark:
    """A node on the path of a record, and by which way out it was left."""

    at: Position
    port: str | None

    @property
    def way(self) -> Way:
        return self.at.flow, self.at.node, self.port


@dataclass(frozen=True, slots=True)
class Ending:
    """What the kernel calls a stop: the end of a path. `register` says who owns the record there, else `owner`."""

    at: Position
    result: str
    owner: Term
    register: int


@dataclass(frozen=True)
class Compiled:
    """A version's program, and what its numbers stand for."""

    flows: Flows
    program: kernel.Program
    start: int
    marks: Sequence[Mark]
    endings: Sequence[Ending]
    takes: Sequence[Take]
    leads: Sequence[tuple[int, ...]]  # where each instruction leads
    later: dict[int, Question]  # by the place where records are parked that wait for it
    registers: dict[Register, int]
    definitions: dict[Register, dict[Definition, int]]


def compiled(flows: Flows, number: int, layout: Layout, full_paths: bool) -> Compiled:
    """
    Args:
        number: Of the version, from 0.
    """
    return _Emitter(flows, number, layout, full_paths).compiled()


class _Emitter:
    def __init__(self, flows: Flows, number: int, layout: Layout, full_paths: bool) -> None:
        self.flows, self.number, self.layout, self.full_paths = flows, number, layout, full_paths
        self.made: dict[tuple[Any, ...], int] = {}
        self.steps: list[tuple[int, int, int, int, int, int]] = []
        self.to: list[tuple[int, ...]] = []  # where each instruction leads
        self.table: list[int] = []
        self.tables: dict[tuple[int, ...], int] = {}
        self.marks: dict[Mark, int] = {}
        self.endings: list[Ending] = []
        self.takes: list[Take] = []
        self.later: dict[int, Question] = {}
        self.entries: dict[Position, int] = {}
        takes = [end for part in flows.diagrams.values() for end in ends(part) if isinstance(end, Take)]
        self.has_turns = bool(takes)
        self.open = {register for take in takes for register in (take.owner, take.name)}
        frames = dict.fromkeys(at.frame.key for at in flows.diagrams)
        owners = [(key, False, OWNER) for key in frames]
        kept: dict[Register, None] = dict.fromkeys([*owners, *sorted(flows.heeded), ROSTER])
        self.registers = {register: at for at, register in enumerate(kept)}
        self.definitions: dict[Register, dict[Definition, int]] = {
            register: {None: 0, SOMEBODY: OPEN} if register in self.open else {None: 0} for register in kept
        }

    def compiled(self) -> Compiled:
        for at in reversed(self.flows.diagrams):
            self.entries[at] = self._diagram(at, self.flows.diagrams[at])
        start = self._make(GOTO, 0, 0, 0, (self.entries[self.flows.start],))  # so that nothing is noted too late
        steps = np.zeros((len(self.steps), WIDTH), np.uint32)
        steps[:, :6] = np.array(self.steps, np.int64).astype(np.uint32)
        if max(map(len, self.definitions.values())) > np.iinfo(np.int16).max:
            raise NotCompiledError(str(self.flows.start), "too many values that a field can be set to")
        table = np.array(self.table or [0], np.int64).astype(np.uint32)
        program = kernel.Program(steps, table, self._most_marks(), self._abreast())
        marks = list(self.marks)
        return Compiled(
            self.flows, program, start, marks, self.endings, self.takes, self.to, self.later, self.registers,
            self.definitions,
        )  # fmt: skip

    def _abreast(self) -> Abreast:
        maker = Maker(self.layout.width, len(self.registers))
        for (op, a, b, mask, _, mark), to in zip(self.steps, self.to, strict=True):
            match op:
                case kernel.JUMP:
                    maker.jump(a, b, mask, to, mark)
                case kernel.SPLIT:
                    maker.split(a, to, mark)
                case kernel.SET:
                    maker.set(a, b, to, mark)
                case kernel.GOTO:
                    maker.jump(0, 0, 0, to, mark)
                case kernel.PICK:
                    maker.turn(to[1], to[0], mark)
                case _:
                    maker.end(mark)
        roster, get = self.registers[ROSTER], self.registers.get
        return maker.made([(get(take.owner), get(take.name) if take.name else None, roster) for take in self.takes])

    def _most_marks(self) -> int:
        return _most([(step[5] != NOTHING) + (step[0] == STOP) for step in self.steps], self.to)

    # -- instructions

    def _make(self, op: int, a: int, b: int, mask: int, to: Sequence[int], mark: int = NOTHING) -> int:
        key = (op, a, b, mask, tuple(to), mark)
        place = self.made.get(key)
        if place is None:
            place = self.made[key] = len(self.steps)
            self.steps.append((op, a, b, mask, self._base(tuple(to)), mark))
            self.to.append(tuple(to))
        return place

    def _base(self, to: tuple[int, ...]) -> int:
        if to not in self.tables:
            self.tables[to] = len(self.table)
            self.table += to
        return self.tables[to]

    def _marked(self, place: int, mark: int) -> int:
        """The same instruction for those that come with a mark."""
        op, a, b, mask, _, noted = self.steps[place]
        if noted != NOTHING or (op == JUMP and place in self.later):
            return self._make(GOTO, 0, 0, 0, (place,), mark)
        return self._make(op, a, b, mask, self.to[place], mark)

    # -- diagrams

    def _diagram(self, at: Position, diagram: Diagram) -> int:
        """The place of a diagram; what is below it is made first."""
        places: dict[int, int] = {}
        waiting = [diagram]
        while waiting:
            here = waiting[-1]
            missing = [part for part in below(here) if id(part) not in places]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if id(here) not in places:
                places[id(here)] = self._one(at, here, places)
        return places[id(diagram)]

    def _one(self, at: Position, diagram: Diagram, places: dict[int, int]) -> int:
        match diagram:
            case Go():
                return self._go(at, diagram)
            case Ask(question, yes, no):
                return self._ask(question, places[id(yes)], places[id(no)])
            case Split(register, by):
                return self._split(register, {made: places[id(part)] for made, part in by.items()})
            case Put(register, made, then):
                return self._put(register, made, places[id(then)])
            case Take():
                return self._take(at, diagram)
            case End(result, owner):
                return self._end(at, result, owner)
            case LeftOut(owner):
                return self._end(at, LEFT_OUT_RESULT, owner)

    def _go(self, at: Position, go: Go) -> int:
        place = self.entries[go.to]
        sets = [(self.registers[r], self._number(r, made)) for r, made in go.sets if r in self.registers]
        if go.is_by_name and self.has_turns:
            sets.append((self.registers[ROSTER], 0))
        for register, value in reversed(sets):
            place = self._make(SET, register, value, 0, (place,))
        if self.full_paths or not self._only_decides(at):
            place = self._marked(place, self._mark(Mark(at, go.port)))
        return place

    def _only_decides(self, at: Position) -> bool:
        return at.node == LEFT_OUT or isinstance(self.flows.step(at), Test)

    def _mark(self, mark: Mark) -> int:
        return self.marks.setdefault(mark, len(self.marks))

    def _number(self, register: Register, made: Definition) -> int:
        numbers = self.definitions[register]
        return numbers.setdefault(made, len(numbers))

    def _ask(self, question: Question, yes: int, no: int) -> int:
        if yes == no:
            return yes
        key = (self.number, question)
        answer = self.layout.answers.get(key)
        if answer is not None:
            if answer.negated:
                yes, no = no, yes
            for choice in reversed(answer.any_of):
                no = self._choice(choice, yes, no)
            return no
        if key in self.layout.early:
            place = self.layout.early[key]
            return self._make(JUMP, place.slot, place.shift, place.mask, (no, yes))
        place = self.layout.later[key]
        made = self._make(JUMP, place.slot, place.shift, place.mask, (UNKNOWN, no, yes, UNKNOWN))
        self.later[made] = question
        return made

    def _choice(self, choice: Choice, yes: int, no: int) -> int:
        """Joined with what comes after it about the same slot."""
        at = choice.place
        to = [self._joined(yes if code in choice.codes else no, at, code) for code in range(choice.size)]
        return to[0] if len(set(to)) == 1 else self._make(JUMP, at.slot, at.shift, at.mask, to)

    def _joined(self, place: int, at: Any, code: int) -> int:
        op, a, b, mask, _, mark = self.steps[place]
        is_same = op == JUMP and (a, b, mask) == (at.slot, at.shift, at.mask) and mark == NOTHING
        return self.to[place][code] if is_same else place

    def _split(self, register: Register, by: dict[Definition, int]) -> int:
        if len(set(by.values())) == 1:
            return next(iter(by.values()))
        numbered = {self._number(register, made): place for made, place in by.items()}
        any_ = next(iter(by.values()))  # where no definition leads
        to = [numbered.get(number, any_) for number in range(max(numbered) + 1)]
        if register in self.open and len(to) > OPEN:
            to[OPEN] = UNKNOWN
        return self._make(SPLIT, self.registers[register], 0, 0, to)

    def _put(self, register: Register, made: Definition, then: int) -> int:
        if register not in self.registers:
            return then
        return self._make(SET, self.registers[register], self._number(register, made), 0, (then,))

    def _take(self, at: Position, take: Take) -> int:
        for who in take.people:
            for register, made in chosen(who, take.name, take.owner):
                if register in self.registers:
                    self._number(register, made)
        self.takes.append(take)
        to = (self._go(at, take.nobody), self._go(at, take.then))
        return self._make(PICK, len(self.takes) - 1, 0, 0, to)

    def _end(self, at: Position, result: str, owner: Term) -> int:
        self.endings.append(Ending(at, result, owner, self.registers[at.frame.key, False, OWNER]))
        return self._make(STOP, len(self.endings) - 1, self._mark(Mark(at, None)), 0, ())


def most_turns(of: Compiled) -> int:
    """Of any path."""
    return _most((of.program.steps[:, 0] == PICK).tolist(), of.leads)


def _most(counts: Sequence[int], leads: Sequence[tuple[int, ...]]) -> int:
    """The greatest sum along any path: instructions come after all that they lead to."""
    most: list[int] = []
    for count, to in zip(counts, leads, strict=True):
        most.append(count + max((most[place] for place in to if place != UNKNOWN), default=0))
    return max(most)
