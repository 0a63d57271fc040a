"""What a record meets at a step: a diagram of questions that ends where the record goes on."""

from __future__ import annotations

from collections.abc import Mapping
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
