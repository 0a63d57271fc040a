"""Where the answers to all questions of some versions stand in a record's codes.

A record's codes are a row of 16-bit numbers, its slots. A question is answered by some bits of one slot:

    Status = 'MQL'              the class of Status, a slot of its own; all questions of that field share it
    Email ENDS WITH '.no'       one bit of the slots that belong to the texts of Email
    Trial_End < TODAY - 30 DAYS one bit, computed for the whole batch before the walk
    a match, MATCHES(…), …      two bits: 0 not computed yet, 1 no, 2 yes; computed for those records that get here

The first two are what `classes` makes of conditions: a class is of values that no question tells apart.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from flowctl.classes import Asked as Reading
from flowctl.classes import Bit, Source, Space
from flowctl.classes.asked import question
from flowctl.data import dataclass
from flowctl.engine.bulk.diagram import Ask, Diagram, Put, Split
from flowctl.engine.bulk.flows import Flows
from flowctl.engine.bulk.scope import NotCompiledError
from flowctl.engine.bulk.terms import Arrived, Asked, Before, Const, Question, Term
from flowctl.expr import Expr, Field, FieldPath, Kind, Operand, Prior
from flowctl.expr.ast import Atom, Changed, Day, Flag, IsNew, Moment, Number, Text
from flowctl.flow.program import Bind

SLOT = 16  # bits
MOST_CLASSES = 1 << SLOT  # of one field
WHOLE = 0xFFFF
AUTOMATIC: frozenset[str] = frozenset(("CONTAINS", "STARTS WITH", "ENDS WITH"))  # bits that one pass over a text finds
SIMPLE: frozenset[Kind] = frozenset(("number", "checkbox", "date", "datetime"))
LATER_STEP = 2  # bits of a question that is computed on the way
_LITERALS: Mapping[str, Any] = {"float": Number, "bool": Flag, "str": Text, "date": Day, "datetime": Moment}
Key: TypeAlias = tuple[int, Question]  # the version, and what it asks
P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Place:
    """Bits of a slot."""

    slot: int
    shift: int = 0
    mask: int = WHOLE


@dataclass(frozen=True, slots=True)
class Choice:
    """A part of a question: it holds where the code at a place is among some."""

    place: Place
    size: int
    codes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Answer:
    """How a question is answered by codes: it holds where one of the choices does, or where none does."""

    negated: bool
    any_of: tuple[Choice, ...]


@dataclass(frozen=True)
class Texts:
    """The bits of a field's texts, and the slots in which they stand, one after the other."""

    bits: tuple[Bit, ...]
    first: int


@dataclass(frozen=True)
class Layout:
    """
    Attributes:
        classes: The slot of each source whose classes are asked for.
        texts: The bits of each source.
        early: Questions that are computed for the whole batch before the walk.
        later: Those that are computed for the records that come to them.
        encoded: How many slots hold classes and bits of texts; those of `early` and `later` follow.
    """

    space: Space
    classes: Mapping[Source, int]
    texts: Mapping[Source, Texts]
    answers: Mapping[Key, Answer]
    early: Mapping[Key, Place]
    later: Mapping[Key, Place]
    encoded: int
    width: int


def layout_of(versions: Sequence[Flows]) -> Layout:
    asked = [(number, found) for number, flows in enumerate(versions) for found in _questions(flows)]
    kinds = _Kinds(versions)
    plain = {key: atom for key in asked if (atom := _about_one_field(key[1], kinds)) is not None}
    zones = [flows.world.zone for flows in versions]
    space = Space.asking(dict.fromkeys(plain.values()), (), kinds.of, zones)
    maker = _Maker(space)
    for number, found in asked:
        atom = plain.get((number, found))
        reading = space.reading(atom, zones[number]) if atom is not None else None
        maker.place((number, found), reading if isinstance(reading, Reading) else None, kinds)
    return maker.layout()


class _Maker:
    def __init__(self, space: Space) -> None:
        self.space = space
        self.readings: dict[Key, Reading] = {}
        self.early: list[Key] = []
        self.later: list[Key] = []

    def place(self, key: Key, reading: Reading | None, kinds: _Kinds) -> None:
        if reading is not None and all(_is_automatic(feature) for feature, _ in reading.any_of):
            self.readings[key] = reading
        elif _is_simple(key[1], kinds):
            self.early.append(key)
        else:
            self.later.append(key)

    def layout(self) -> Layout:
        features = dict.fromkeys(feature for reading in self.readings.values() for feature, _ in reading.any_of)
        sources = [feature for feature in features if not isinstance(feature, Bit)]
        for _, path in (source for source in sources if self.space.domains[source].size > MOST_CLASSES):
            raise NotCompiledError(".".join(path), "it is compared with too many different values")
        classes: dict[Source, int] = {source: slot for slot, source in enumerate(sources)}
        width = len(classes)
        texts: dict[Source, Texts] = {}
        for source in dict.fromkeys(feature.source for feature in features if isinstance(feature, Bit)):
            bits = tuple(feature for feature in features if isinstance(feature, Bit) and feature.source == source)
            texts[source] = Texts(bits, width)
            width += -(-len(bits) // SLOT)
        encoded = width
        early = dict(zip(self.early, _places(width, len(self.early), 1), strict=True))
        width += -(-len(early) // SLOT)
        later = dict(zip(self.later, _places(width, len(self.later), LATER_STEP), strict=True))
        width += -(-len(later) * LATER_STEP // SLOT)
        answers = self._answers(classes, texts)
        return Layout(self.space, classes, texts, answers, early, later, encoded, max(width, 1))

    def _answers(self, classes: Mapping[Source, int], texts: Mapping[Source, Texts]) -> dict[Key, Answer]:
        places: dict[Any, tuple[Place, int]] = {
            source: (Place(slot), self.space.domains[source].size) for source, slot in classes.items()
        }
        for found in texts.values():
            places |= {b: (p, 2) for b, p in zip(found.bits, _places(found.first, len(found.bits), 1), strict=True)}
        return {
            key: Answer(reading.negated, tuple(Choice(*places[feature], codes) for feature, codes in reading.any_of))
            for key, reading in self.readings.items()
        }


def _places(first: int, count: int, bits: int) -> Iterator[Place]:
    for number in range(count):
        slot, shift = divmod(number * bits, SLOT)
        yield Place(first + slot, shift, (1 << bits) - 1)


def _is_automatic(feature: Source | Bit) -> bool:
    return not isinstance(feature, Bit) or feature.op in AUTOMATIC


def _questions(flows: Flows) -> Iterable[Question]:
    found: dict[Question, None] = {}
    seen: set[int] = set()
    for diagram in flows.diagrams.values():
        waiting: list[Diagram] = [diagram]
        while waiting:
            here = waiting.pop()
            if id(here) in seen:
                continue
            seen.add(id(here))
            if isinstance(here, Ask):
                found[here.question] = None
                waiting += [here.no, here.yes]
            elif isinstance(here, Split):
                waiting += here.by.values()
            elif isinstance(here, Put):
                waiting.append(here.then)
    return found


# Questions about one field as it arrived ----------------------------------------------------------------------------


def _about_one_field(asked: Question, kinds: _Kinds) -> Atom | None:
    """The atom, written with the path from the record that arrived; None where it is about more."""
    if not isinstance(asked, Asked) or isinstance(asked.atom, IsNew | Changed):
        return None
    if sum(isinstance(term, Arrived | Before) for _, term in asked.reads) != 1:
        return None
    written: dict[Operand, Operand] = {}
    for (is_prior, path), term in asked.reads:
        to = _written(term, kinds)
        if to is None:
            return None
        written[Prior(path) if is_prior else Field(path)] = to
    atom = replaced(asked.atom, written)
    return atom if question(atom) is not None else None


def _written(term: Term, kinds: _Kinds) -> Operand | None:
    """A term as conditions write it."""
    match term:
        case Arrived(path) if kinds.of(path):
            return Field(path)
        case Before(path) if kinds.of(path):
            return Prior(path)
        case Const(value, kind) if kind in _LITERALS:
            literal: Operand = _LITERALS[kind](value)
            return literal
    return None


def replaced(piece: P, by: Mapping[Operand, Operand]) -> P:
    """A condition or value with some of its fields replaced, all at once: what stands there then stays."""
    if isinstance(piece, Field | Prior):
        return by.get(piece, piece)  # type: ignore[return-value]
    if isinstance(piece, tuple):
        return tuple(replaced(part, by) for part in piece)  # type: ignore[return-value]
    if isinstance(piece, Expr | Operand):
        changes = {f.name: replaced(getattr(piece, f.name), by) for f in dataclasses.fields(piece)}
        return dataclasses.replace(piece, **changes)
    return piece


def _is_simple(asked: Question, kinds: _Kinds) -> bool:
    """Whether a question is quickly answered for a whole batch: of numbers, days, moments and checkboxes."""
    if not isinstance(asked, Asked):
        return False
    return all(
        isinstance(term, Arrived | Before) and bool(kinds.of(term.path)) and kinds.of(term.path) <= SIMPLE
        for _, term in asked.reads
    )


class _Kinds:
    """The types of the fields that records can arrive with, in any version; none where one does not know."""

    def __init__(self, versions: Sequence[Flows]) -> None:
        self.versions = versions
        self._known: dict[FieldPath, frozenset[Kind]] = {}

    def of(self, path: FieldPath) -> frozenset[Kind]:
        if path not in self._known:
            self._known[path] = frozenset(kind for flows in self.versions for kind in _kinds(flows, path))
        return self._known[path]


def _kinds(flows: Flows, path: FieldPath) -> Iterator[Kind]:
    objects = {flows.start.frame.object}
    for name in path[:-1]:
        objects = {found for object_ in objects for found in _related(flows, object_, name)}
    for object_ in objects:
        type_ = flows.world.types.get(object_, {}).get(path[-1])
        if type_ is not None:
            yield type_.kind


def _related(flows: Flows, object_: str, name: str) -> Iterator[str]:
    """The objects of what can stand under a name."""
    if name in (relations := flows.world.relations.get(object_, {})):
        yield relations[name]
    for program in flows.world.programs.values():
        for step in program.steps.values():
            if isinstance(step, Bind) and step.name == name:
                yield step.object
