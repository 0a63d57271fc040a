"""What a record meets at a step: a diagram of questions that ends where the record goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from flowctl.data import dataclass
from flowctl.engine.bulk.scope import Definition, Frame, Register
from flowctl.engine.bulk.terms import Question, Term, Turn


@dataclass(frozen=True, slots=True)
class Position:
    """A step of a flow, for the record of a frame, after waits of `shift` microseconds in all."""

    frame: Frame
    shift: int
    flow: str
    node: str

    def __str__(self) -> str:
        return f"{self.flow}/{self.node}"


@dataclass(frozen=True, eq=False)
class Go:
    """On to another step by a way out (None of `continue`), with what is defined from there on."""

    port: str | None
    to: Position
    sets: tuple[tuple[Register, Definition], ...] = ()
    is_by_name: bool = False  # the owner is no roster's choice any more


@dataclass(frozen=True, eq=False)
class Ask:
    """A question of the record."""

    question: Question
    yes: Diagram
    no: Diagram


@dataclass(frozen=True, eq=False)
class Split:
    """Goes by the definition of a register that has reached here."""

    register: Register
    by: Mapping[Definition, Diagram]


@dataclass(frozen=True, eq=False)
class Put:
    """A register gets a definition."""

    register: Register
    made: Definition
    then: Diagram


@dataclass(frozen=True, eq=False)
class Take:
    """Somebody's turn. Of those who may come to it, `owner` and `name` (if any) are set to the one who does."""

    turn: Turn
    people: tuple[str, ...]
    owner: Register
    name: Register | None
    then: Go
    nobody: Go


@dataclass(frozen=True, eq=False)
class End:
    """The end of the path. `owner` is who owns the record there unless a step has said so."""

    result: str
    owner: Term


@dataclass(frozen=True, eq=False)
class LeftOut:
    """The end for records that the job of a scheduled flow does not take."""

    owner: Term


Diagram: TypeAlias = Go | Ask | Split | Put | Take | End | LeftOut


def parts(diagram: Diagram) -> Iterator[Diagram]:
    """All that a diagram is made of, each part once."""
    waiting, seen = [diagram], {id(diagram)}
    while waiting:
        here = waiting.pop()
        yield here
        for part in below(here):
            if id(part) not in seen:
                seen.add(id(part))
                waiting.append(part)


def below(diagram: Diagram) -> tuple[Diagram, ...]:
    """Where a record can come next."""
    match diagram:
        case Ask(_, yes, no):
            return yes, no
        case Split(_, by):
            return tuple(by.values())
        case Put(_, _, then):
            return (then,)
        case _:
            return ()


def ends(diagram: Diagram) -> Iterator[Go | Take]:
    """Where a diagram leads on, each way once."""
    return (part for part in parts(diagram) if isinstance(part, Go | Take))


def puts_in(diagram: Diagram) -> dict[Register, tuple[Definition, ...]]:
    """What registers are set to in a diagram; a way through it comes to each of them once."""
    found: dict[Register, tuple[Definition, ...]] = {}
    for part in parts(diagram):
        if isinstance(part, Put):
            found[part.register] = tuple(dict.fromkeys((*found.get(part.register, ()), part.made)))
    return found
