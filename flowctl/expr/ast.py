"""What a condition is made of, and what can be wrong with one.

Every piece knows the characters of the text that it was read from (`start`, `end`, counted from 0, end exclusive).
Equality and hash ignore them, so that two conditions are equal when they say the same in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from datetime import date, datetime
from typing import Literal, assert_never

from flowctl.data import dataclass
from flowctl.diag import FlowctlError

FieldPath = tuple[str, ...]  # ("account", "BDR_Assigned__c"); one name for a field of the record itself

CompareOp = Literal["=", "!=", "<", "<=", ">", ">="]
AnyOfOp = Literal["IN", "NOT IN", "CONTAINS", "STARTS WITH", "ENDS WITH", "LIKE", "INCLUDES", "EXCLUDES"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a condition. `start` and `end` are offsets into its text, `hint` is something to type."""

    code: str
    message: str
    start: int
    end: int
    hint: str | None = None


class ExprError(FlowctlError):
    """A text that is no condition. Holds every problem found in it, in reading order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: (problem.start, problem.end)))
        super().__init__(self.problems[0].message, hint=self.problems[0].hint)


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece of a condition, with the characters that it was read from."""

    start: int = field(default=0, kw_only=True, compare=False, repr=False)
    end: int = field(default=0, kw_only=True, compare=False, repr=False)


# Values ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field(Placed):
    """What a field holds now: `Status`, `account.BDR_Assigned__c`."""

    path: FieldPath


@dataclass(frozen=True, slots=True)
class Prior(Placed):
    """What a field held before the update: `PRIOR(Status)`. Blank on a new record."""

    path: FieldPath


@dataclass(frozen=True, slots=True)
class Text(Placed):
    """`'MQL'`, as typed: neither trimmed nor folded."""

    value: str


@dataclass(frozen=True, slots=True)
class Number(Placed):
    """`50`, `-0.5`; finite, and never -0."""

    value: float


@dataclass(frozen=True, slots=True)
class Flag(Placed):
    """`TRUE` or `FALSE`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Day(Placed):
    """`2026-11-23`, a calendar day in the workspace's time zone."""

    value: date


@dataclass(frozen=True, slots=True)
class Moment(Placed):
    """`2026-11-23T09:00:00Z`; always in UTC, whatever offset it was written with."""

    value: datetime


@dataclass(frozen=True, slots=True)
class Blank(Placed):
    """`BLANK`, which clears a field. Only a whole value is ever blank; a condition says `IS BLANK`."""


@dataclass(frozen=True, slots=True)
class Today(Placed):
    """`TODAY`, the calendar day of routing in the workspace's time zone."""


@dataclass(frozen=True, slots=True)
class Now(Placed):
    """`NOW`, the moment of routing."""


@dataclass(frozen=True, slots=True)
class Shift(Placed):
    """`TODAY - 30 DAYS`. `count` carries the sign; a day added to a moment is 24 hours."""

    of: Operand
    count: int
    unit: Literal["DAYS", "HOURS"]


@dataclass(frozen=True, slots=True)
class Arithmetic(Placed):
    """`account.IT__c + account.TEDD__c`. Blank when either side is."""

    left: Operand
    op: Literal["+", "-", "*"]
    right: Operand


@dataclass(frozen=True, slots=True)
class Extreme(Placed):
    """`MAX(A__c, B__c)`, the greatest (`MIN`: least) of those that are filled in. Blank when none is."""

    name: Literal["MAX", "MIN"]
    of: tuple[Operand, ...]


Constant = Text | Number | Flag | Day | Moment
Operand = Field | Prior | Constant | Blank | Today | Now | Shift | Arithmetic | Extreme


# Conditions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Compare(Placed):
    """`Person_Score__c >= 50`. False when either side is blank; `!=` is the plain negation of `=`."""

    left: Operand
    op: CompareOp
    right: Operand


@dataclass(frozen=True, slots=True)
class AnyOf(Placed):
    """`Status IN ('Raw', 'MQL')`, `Email ENDS WITH '.no'`: the operator holds for at least one of the list.

    `NOT IN` and `EXCLUDES` are the plain negations of `IN` and `INCLUDES`.
    """

    left: Operand
    op: AnyOfOp
    of: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Between(Placed):
    """`Employees BETWEEN 101 AND 750`, both ends included."""

    left: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class IsBlank(Placed):
    """`Email IS BLANK`, or `IS NOT BLANK` when negated. A text of spaces is blank."""

    of: Field | Prior
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Matches(Placed):
    """`MATCHES(Company, '^acme')`: RE2, found anywhere in the trimmed text, without case."""

    of: Operand
    pattern: str


@dataclass(frozen=True, slots=True)
class IsNew(Placed):
    """`ISNEW()`: the record was created, not updated."""


@dataclass(frozen=True, slots=True)
class Changed(Placed):
    """`CHANGED(Status)`. False on a new record."""

    path: FieldPath


@dataclass(frozen=True, slots=True)
class Truth(Placed):
    """A checkbox, or `TRUE` or `FALSE`, that stands as a condition of its own."""

    of: Field | Prior | Flag


@dataclass(frozen=True, slots=True)
class Not(Placed):
    """`NOT Do_Not_Route__c`: true whenever its operand is false, so also for blanks."""

    of: Expr


@dataclass(frozen=True, slots=True)
class And(Placed):
    """Two or more conditions, none of them an `And` (`all_of` sees to it)."""

    of: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or(Placed):
    """Two or more conditions, none of them an `Or` (`any_of` sees to it)."""

    of: tuple[Expr, ...]


Atom = Compare | AnyOf | Between | IsBlank | Matches | IsNew | Changed | Truth
Expr = Atom | Not | And | Or


def all_of(parts: Iterable[Expr]) -> Expr:
    """The conditions joined by AND: flat, in order, and a single one as it is. At least one is needed."""
    flat: list[Expr] = []
    for part in parts:
        flat += part.of if isinstance(part, And) else (part,)
    return flat[0] if len(flat) == 1 else And(tuple(flat), start=flat[0].start, end=flat[-1].end)


def any_of(parts: Iterable[Expr]) -> Expr:
    """The conditions joined by OR: flat, in order, and a single one as it is. At least one is needed."""
    flat: list[Expr] = []
    for part in parts:
        flat += part.of if isinstance(part, Or) else (part,)
    return flat[0] if len(flat) == 1 else Or(tuple(flat), start=flat[0].start, end=flat[-1].end)


def children(piece: Expr | Operand) -> tuple[Expr | Operand, ...]:
    """The pieces directly under one, in reading order."""
    match piece:
        case Field() | Text() | Number() | Flag() | Day() | Moment() | Blank():  # most by far
            return ()
        case And(of) | Or(of) | Extreme(_, of):
            return of
        case Not(of) | IsBlank(of) | Matches(of) | Truth(of) | Shift(of):
            return (of,)
        case Compare(left, _, right) | Arithmetic(left, _, right):
            return left, right
        case AnyOf(left, _, of):
            return left, *of
        case Between(left, low, high):
            return left, low, high
        case Prior() | Today() | Now() | IsNew() | Changed():
            return ()
        case _:
            assert_never(piece)


def walk(piece: Expr | Operand) -> Iterator[Expr | Operand]:
    """The piece and everything under it, in reading order."""
    waiting = [piece]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(children(found)))


def fields(piece: Expr | Operand) -> frozenset[FieldPath]:
    """The paths that it reads, those under `PRIOR` and `CHANGED` included."""
    return frozenset(p.path for p in walk(piece) if isinstance(p, Field | Prior | Changed))


def atoms(e: Expr) -> tuple[Atom, ...]:
    """The conditions without AND, OR and NOT, in reading order; an atom that is written twice comes twice."""
    return tuple(p for p in walk(e) if isinstance(p, Atom))
