"""What all conditions of some flows ask of a record, as a short vector of small numbers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from flowctl.classes.asked import Asked, Bit, Derived, Feature, Question, Source, field_of, question
from flowctl.classes.domain import Domain, domain_of
from flowctl.classes.frames import Version, Write, asked_in, copied, source_written, writes_in
from flowctl.classes.lookups import Lookup, keyed, lookups_in, with_copied
from flowctl.classes.shape import Shape
from flowctl.classes.texts import Told
from flowctl.data import dataclass
from flowctl.expr import Atom, Field, FieldPath, Kind, Prior, Reading, Value, meaning, value_of
from flowctl.flow.record import Record

MOMENT = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)  # of routing, where nobody says another
KindsOf = Callable[[FieldPath], frozenset[Kind]]  # the types that a field may have; none where that is unknown


@dataclass(frozen=True, slots=True)
class Vector:
    """A record's classes, bits and derived truths, in the order of a space's `domains`, `bits` and `derived`."""

    codes: tuple[int, ...]
    bits: tuple[bool, ...]
    derived: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Space:
    """The classes of each field that is asked for, the bits of its texts, and what is evaluated for each record.

    Two records of one vector are told apart by no atom that the space was made of, and find rows of which the same is
    read. A field has a domain when an atom reads it against constants, or when a row of a table is looked up by it;
    constants that are written into it are classes of their own then.

    Attributes:
        lookups: Those by fields and constants; some of them no classes decide (`Lookup.is_decided`).
    """

    domains: Mapping[Source, Domain]
    bits: tuple[Bit, ...]
    derived: tuple[Derived, ...]
    zones: tuple[dt.tzinfo, ...]
    shape: Shape | None = None  # of the records; a space without one has no member records
    lookups: tuple[Lookup, ...] = ()

    @classmethod
    def of(cls, versions: Sequence[Version], flow: str) -> Space:
        """The space of all that one version or several ask of a record that enters a flow.

        The paths of flows that it carries on in begin with the name of the related record (`continue with:`). What is
        asked of a field that is set from another one is asked of that one, too.
        """
        shape = Shape.of(versions, flow)
        atoms = dict.fromkeys(atom for _, frame in shape.placed() for atom in asked_in(frame))
        writes = [write for version, frame in shape.placed() for write in writes_in(frame, version)]
        written = ((source_written(w), w.value) for w in writes if not isinstance(w.value, Field | Prior))
        zones = [version.zone for version in versions]
        lookups = [
            lookup
            for version, frame in shape.placed()
            for lookup in lookups_in(frame, version, [*version.programs.values()])
        ]
        return cls.asking(_with_copies(atoms, writes), written, shape.kinds, zones, shape, with_copied(lookups, writes))

    @classmethod
    def asking(
        cls,
        atoms: Iterable[Atom],
        written: Iterable[tuple[Source, Value]],
        kinds: KindsOf,
        zones: Sequence[dt.tzinfo],
        shape: Shape | None = None,
        lookups: Sequence[Lookup] = (),
    ) -> Space:
        """The space of some atoms and look-ups, whose paths all lead from one record.

        Args:
            atoms: What is asked of the record.
            written: Values that fields are set to, as the fields hold them.
            kinds: Of a path: the types that the field there may have.
            zones: In which days begin: that of each version's workspace.
            shape: What the paths lead to, for `member`.
            lookups: What is looked up by its fields.
        """
        different = tuple(dict.fromkeys(atoms))
        asked = {atom: found for atom in different if (found := question(atom)) is not None}
        by_source: dict[Source, list[Question]] = {}
        for found in asked.values():
            if found.source is not None:
                by_source.setdefault(found.source, []).append(found)
        values: dict[Source, list[Value]] = {}
        for source, value in written:
            values.setdefault(source, []).append(value)
        sources = dict.fromkeys((*by_source, *(source for lookup in lookups for source in lookup.sources)))
        clocks = tuple(dict.fromkeys((*zones, *(lookup.table.zone for lookup in lookups))))
        domains = {
            source: _domain(
                by_source.get(source, ()), values.get(source, ()), kinds(source[1]), clocks, keyed(lookups, source)
            )
            for source in sources
        }
        space = cls(domains, (), (), tuple(dict.fromkeys(zones)))
        bits = chain.from_iterable(space._bits(found) for found in asked.values())
        derived = (Derived(atom) for atom in different if atom not in asked or space._is_beyond(asked[atom]))
        return cls(domains, tuple(dict.fromkeys(bits)), tuple(derived), space.zones, shape, tuple(lookups))

    def domain(self, source: Source) -> Domain:
        """The classes of a field, by ("now", path) or ("prior", path)."""
        return self.domains[source]

    def size(self, feature: Feature) -> int:
        """How many codes a feature has: the classes of a field, 2 of a bit."""
        return 2 if isinstance(feature, Bit) else self.domains[feature].size

    def reading(self, atom: Atom, zone: dt.tzinfo | None = None) -> Asked | Derived:
        """Which codes make an atom of the space true: `Asked`, or `Derived` where no classes decide it.

        Args:
            atom: One of those that the space was made of.
            zone: In which days begin; may be left out where all versions have one.
        """
        found = question(atom)
        zone = zone or self.zones[0]
        if found is None or self._is_beyond(found):
            return Derived(atom)
        if found.source is None:
            return Asked(found.holds(None, zone), ())
        source, domain = found.source, self.domains[found.source]
        if found.is_on_texts:
            negated = found.holds(None, zone)  # no bit holds for a blank
            return Asked(negated, tuple((bit, frozenset({1})) for bit in self._bits(found)))
        return Asked(False, ((source, found.holding(domain.each, zone)),))

    def row(self, lookup: Lookup, codes: Mapping[Source, int], day: dt.date) -> tuple[int, Mapping[str, Value]] | None:
        """A row like that which a look-up finds for records of some classes on a day: where it stands, and its fields.

        Rows may differ from record to record, but not in what is read of them. None where none is found.

        Args:
            lookup: A decided one (`Lookup.is_decided`).
            codes: Of its sources.
        """
        return lookup.find({source: self.domains[source].member(codes[source]) for source in lookup.sources}, day)

    def encode(self, reading: Reading) -> Vector:
        """The vector of a record, as conditions read it."""
        values = {source: value_of(field_of(source), reading) for source in self.domains}
        return Vector(
            tuple(domain.encode(values[source]) for source, domain in self.domains.items()),
            tuple(bit.holds(values[bit.source]) for bit in self.bits),
            tuple(meaning(derived.atom)(reading, None) for derived in self.derived),
        )

    def member(self, vector: Vector, now: dt.datetime = MOMENT) -> Record | None:
        """A record that has a vector: `encode` of it, as the first version reads it at a moment, is the vector.

        Each class by itself has a member. A vector may have none, since its parts contradict each other, or since none
        was found: texts that many predicates hold for, patterns, and derived truths are looked for by trying.
        """
        from flowctl.classes.members import member_of

        return member_of(self, self.shape, vector, now) if self.shape is not None else None

    def _bits(self, found: Question) -> tuple[Bit, ...]:
        """The bits that a question asks for, if the field can hold a text or choices."""
        if found.source is None or not found.is_on_texts:
            return ()
        bits = found.bits()
        return bits if self.domains[found.source].can_hold_texts else ()

    def _is_beyond(self, found: Question) -> bool:
        """Whether a question asks of ids what their classes do not tell."""
        if found.source is None or found.is_on_texts:
            return False
        return self.domains[found.source].has_ids and found.is_beyond_ids


def _with_copies(atoms: Iterable[Atom], writes: Iterable[Write]) -> tuple[Atom, ...]:
    """The atoms, and those about one field as they ask of the fields that it is set from, and so on."""
    copies: dict[Source, list[Write]] = {}
    for write in writes:
        if isinstance(write.value, Field | Prior):
            copies.setdefault(source_written(write), []).append(write)
    found = dict.fromkeys(atoms)
    waiting = list(found)
    while waiting:
        asked = question(atom := waiting.pop())
        for write in copies.get(asked.source, ()) if asked and asked.source else ():
            further = copied(atom, write)
            if further is not None and further not in found:
                found[further] = None
                waiting.append(further)
    return tuple(found)


def _domain(
    questions: Sequence[Question],
    written: Sequence[Value],
    kinds: frozenset[Kind],
    zones: Sequence[dt.tzinfo],
    keys: tuple[Sequence[Value], Told],
) -> Domain:
    by_class = [found for found in questions if not found.is_on_texts]
    constants = [constant.value for found in by_class for constant in found.constants]
    is_ordered = any(found.is_order and found.texts for found in by_class)
    numbers, told = keys
    return domain_of(kinds, [*constants, *written, *numbers], zones, is_ordered, told)
