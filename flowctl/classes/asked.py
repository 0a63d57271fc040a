"""What an atom asks: of the classes of one field, of its predicates on texts, or of the whole record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import field
from functools import lru_cache
from typing import Literal, TypeAlias, get_args

from flowctl.classes.domain import Holding
from flowctl.data import dataclass
from flowctl.expr import (
    AnyOf,
    Atom,
    Between,
    Compare,
    Constant,
    Field,
    FieldPath,
    Holds,
    IsBlank,
    Matches,
    Operand,
    Prior,
    Text,
    Truth,
    Value,
    fold,
    is_id,
    meaning,
    to_text,
)
from flowctl.expr.values import choices

Source: TypeAlias = tuple[Literal["now", "prior"], FieldPath]
Predicate = Literal["CONTAINS", "STARTS WITH", "ENDS WITH", "LIKE", "INCLUDES", "MATCHES"]
ON_TEXTS: frozenset[str] = frozenset(get_args(Predicate))  # what no class decides: one bit each
_POSITIVE = {"NOT IN": "IN", "EXCLUDES": "INCLUDES"}


@dataclass(frozen=True, slots=True)
class Bit:
    """A predicate on the text or the choices that a field holds: 1 where it holds, never for a blank."""

    source: Source
    op: Predicate
    item: str | frozenset[str]  # folded text, the folded choices of INCLUDES, the pattern of MATCHES
    written: str = field(compare=False, repr=False)  # as somebody wrote it

    @property
    def atom(self) -> Atom:
        """The bit as a condition."""
        of = field_of(self.source)
        return Matches(of, self.written) if self.op == "MATCHES" else AnyOf(of, self.op, (Text(self.written),))

    def holds(self, value: Value) -> bool:
        """Whether it holds for a value of the field."""
        return _prepared(self)(Holding(value), None)


@lru_cache(maxsize=65536)  # each is asked of many values
def _prepared(bit: Bit) -> Holds:
    return meaning(bit.atom)


@dataclass(frozen=True, slots=True)
class Derived:
    """An atom that no class decides; it is evaluated for each record, under this name."""

    atom: Atom

    @property
    def name(self) -> str:
        return to_text(self.atom)


Feature: TypeAlias = Source | Bit  # what has codes: the classes of a field, 0 and 1 of a bit


@dataclass(frozen=True, slots=True)
class Asked:
    """An atom holds if and only if `negated` is not what this is: the code of any feature is among these codes.

    Without features the atom holds always when it is negated, and else never.
    """

    negated: bool
    any_of: tuple[tuple[Feature, frozenset[int]], ...]


def field_of(source: Source) -> Field | Prior:
    """A source as conditions write it."""
    when, path = source
    return Field(path) if when == "now" else Prior(path)


def source_of(field: Field | Prior) -> Source:
    return ("now" if isinstance(field, Field) else "prior", field.path)


@dataclass(frozen=True, slots=True)
class Question:
    """An atom about one field and constants alone; about constants alone where there is no source."""

    atom: Atom
    source: Source | None
    constants: tuple[Constant, ...]

    @property
    def is_on_texts(self) -> bool:
        """Whether it asks for bits."""
        return isinstance(self.atom, Matches) or (
            isinstance(self.atom, AnyOf) and _POSITIVE.get(self.atom.op, self.atom.op) in ON_TEXTS
        )

    @property
    def is_order(self) -> bool:
        """Whether it asks which of two values comes first."""
        return isinstance(self.atom, Between) or (isinstance(self.atom, Compare) and self.atom.op not in ("=", "!="))

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that are not blank among the constants."""
        return tuple(c.value for c in self.constants if isinstance(c, Text) and c.value.strip())

    def bits(self) -> tuple[Bit, ...]:
        """The bits of a question on texts: it holds where one of them does, or none if it is negated."""
        assert self.source is not None
        source = self.source
        match self.atom:
            case Matches(_, pattern):
                return (Bit(source, "MATCHES", pattern, pattern),)
            case AnyOf(_, "INCLUDES" | "EXCLUDES"):
                wanted = [(choices(text), text) for text in self.texts]
                return tuple(dict.fromkeys(Bit(source, "INCLUDES", held, text) for held, text in wanted if held))
            case AnyOf(_, op):
                assert op in ("CONTAINS", "STARTS WITH", "ENDS WITH", "LIKE")
                return tuple(dict.fromkeys(Bit(source, op, fold(text), text) for text in self.texts))
        raise AssertionError("no question on texts")

    @property
    def is_beyond_ids(self) -> bool:
        """Whether it says of ids what their classes do not: their order, or texts that only look like an id."""
        return (self.is_order and bool(self.texts)) or any(
            is_id(fold(text)) and not is_id(text.strip()) for text in self.texts
        )

    def holds(self, value: Value, zone: dt.tzinfo) -> bool:
        """Whether the atom holds for a record whose field has a value."""
        return meaning(self.atom)(Holding(value, zone), None)

    def holding(self, values: Sequence[Value], zone: dt.tzinfo) -> frozenset[int]:
        """The numbers of the values for which it holds."""
        holds = meaning(self.atom)
        return frozenset(number for number, value in enumerate(values) if holds(Holding(value, zone), None))


def question(atom: Atom) -> Question | None:
    """An atom as a question about one field; None where it is about several, or about more than fields."""
    operands = tuple(_operands(atom))
    left, *others = operands or (None,)
    if left is None:
        return None
    sides = [*others, left] if isinstance(left, Constant) and isinstance(atom, Compare) else [left, *others]
    subject, *rest = sides
    constants = tuple(operand for operand in rest if isinstance(operand, Constant))
    if len(constants) < len(rest):
        return None
    if isinstance(subject, Field | Prior):
        return Question(atom, source_of(subject), constants)
    return Question(atom, None, (*constants, subject)) if isinstance(subject, Constant) else None


def _operands(atom: Atom) -> Iterator[Operand]:
    """The operands of an atom that compares values; none for one that asks for what happened to the record."""
    match atom:
        case Compare(left, _, right):
            yield from (left, right)
        case AnyOf(left, _, of):
            yield from (left, *of)
        case Between(left, low, high):
            yield from (left, low, high)
        case IsBlank(of) | Truth(of) | Matches(of):
            yield of
