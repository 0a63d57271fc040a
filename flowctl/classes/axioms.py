"""What holds between the features of every record's vector, so that nobody need look for a record that none can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import TypeAlias

from flowctl.classes.asked import Bit, Derived, Feature, Source
from flowctl.classes.space import Space
from flowctl.classes.texts import Choices, Ids, OrderedTexts, Texts
from flowctl.data import dataclass
from flowctl.expr import IsNew, Not, implies

Codes: TypeAlias = tuple[Feature | Derived, frozenset[int]]  # of a derived truth: 0 and 1
FALSE, TRUE = frozenset({0}), frozenset({1})


@dataclass(frozen=True, slots=True)
class Axiom:
    """Where a feature has one of some codes, another one has one of these."""

    given: Codes
    then: Codes


def axioms(space: Space) -> tuple[Axiom, ...]:
    """What is known between classes, bits and derived truths; sound, and not all that is true."""
    return (*_decided(space), *_between(space), *_of_new_records(space))


def _decided(space: Space) -> Iterator[Axiom]:
    """What a class says of the bits of its field."""
    for bit in space.bits:
        decided: dict[bool, set[int]] = {False: set(), True: set()}
        for code in range(space.size(bit.source)):
            truth = _truth(space, bit, code)
            if truth is not None:
                decided[truth].add(code)
        for truth, codes in decided.items():
            if codes:
                yield Axiom((bit.source, frozenset(codes)), (bit, TRUE if truth else FALSE))


def _truth(space: Space, bit: Bit, code: int) -> bool | None:
    """What a bit is for all values of a class; None where they differ."""
    domain = space.domain(bit.source)
    if code == domain.blank:
        return False
    start, sort = domain.at(code)
    match sort:
        case Texts() | OrderedTexts() | Ids():
            # MATCHES reads texts as they were written, INCLUDES parts them before it folds
            is_decided = bit.op not in ("MATCHES", "INCLUDES") and sort.is_one(code - start)
        case Choices(listed):
            is_decided = code - start in listed.values() or bit.op != "INCLUDES"
        case _:
            return False
    return bit.holds(domain.member(code)) if is_decided else None


def _between(space: Space) -> Iterator[Axiom]:
    """What a bit or a derived truth says of another one."""
    by_source: dict[Source | None, list[Bit | Derived]] = {}
    for bit in space.bits:
        by_source.setdefault(bit.source, []).append(bit)
    by_source[None] = [*space.derived]
    for features in by_source.values():
        yield from _pairs(features)


def _pairs(features: Sequence[Bit | Derived]) -> Iterator[Axiom]:
    for one, other in permutations(features, 2):
        if implies(one.atom, other.atom):
            yield Axiom((one, TRUE), (other, TRUE))
        elif implies(one.atom, Not(other.atom)):
            yield Axiom((one, TRUE), (other, FALSE))


def _of_new_records(space: Space) -> Iterator[Axiom]:
    """A new record was nothing before."""
    for derived in space.derived:
        if isinstance(derived.atom, IsNew):
            for source, domain in space.domains.items():
                if source[0] == "prior":
                    yield Axiom((derived, TRUE), (source, frozenset({domain.blank})))
