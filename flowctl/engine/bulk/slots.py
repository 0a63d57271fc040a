"""Where the answers to all questions of some versions stand in a record's codes.

A record's codes are a row of 16-bit numbers, its slots. A question is answered by some bits of one slot:

    Status = 'MQL'              the class of Status, a slot of its own; all questions of that field share it
    look up Country, land.Area  the class of Country, too: it says which row is found, if that hangs on one field alone
    Email ENDS WITH '.no'       one bit of the slots that belong to the texts of Email
    Trial_End < TODAY - 30 DAYS one bit, computed for the whole batch before the walk
    a match, MATCHES(…), …      two bits: 0 not computed yet, 1 no, 2 yes; computed for those records that get here

The first three are what `classes` makes of conditions: a class is of values that no question tells apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from flowctl.classes import Asked as Reading
from flowctl.classes import Bit, Source, Space
from flowctl.data import dataclass
from flowctl.engine.bulk.diagram import Ask, parts
from flowctl.engine.bulk.flows import Flows
from flowctl.engine.bulk.one_field import Key, Kinds, OfRows, about_one_field, is_simple
from flowctl.engine.bulk.scope import NotCompiledError
from flowctl.engine.bulk.terms import Question

SLOT = 16  # bits
MOST_CLASSES = 1 << SLOT  # of one field
WHOLE = 0xFFFF
AUTOMATIC: frozenset[str] = frozenset(("CONTAINS", "STARTS WITH", "ENDS WITH"))  # bits that one pass over a text finds
LATER_STEP = 2  # bits of a question that is computed on the way


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
    kinds = Kinds(versions)
    plain = {key: atom for key in asked if (atom := about_one_field(key[1], kinds)) is not None}
    zones = [flows.world.zone for flows in versions]
    of_rows = OfRows(asked, versions, kinds)
    lookups = tuple(of_rows.lookups.values())
    space = Space.asking(dict.fromkeys(plain.values()), (), kinds.of, zones, lookups=lookups)
    maker = _Maker(space)
    for number, found in asked:
        atom = plain.get((number, found))
        of_a_row = of_rows.reading((number, found), space)
        reading = of_a_row if atom is None else space.reading(atom, zones[number])
        maker.place((number, found), reading if isinstance(reading, Reading) else None, kinds)
    return maker.layout()


class _Maker:
    def __init__(self, space: Space) -> None:
        self.space = space
        self.readings: dict[Key, Reading] = {}
        self.early: list[Key] = []
        self.later: list[Key] = []

    def place(self, key: Key, reading: Reading | None, kinds: Kinds) -> None:
        if reading is not None and all(_is_automatic(feature) for feature, _ in reading.any_of):
            self.readings[key] = reading
        elif is_simple(key[1], kinds):
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
    found = (part for diagram in flows.diagrams.values() for part in parts(diagram))
    return dict.fromkeys(part.question for part in found if isinstance(part, Ask))
