"""A lead that a flow and a mutant of it route differently, found by varying leads that come near."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice, product

from flowctl.data import dataclass
from flowctl.engine import Outcome, Turns, World, route
from flowctl.engine.matching import DataSet
from flowctl.engine.outcome import Bound, Converted, Created, Merged
from flowctl.expr import Changed, Expr, FieldPath, FieldType, IsNew, Prior, Value, walk
from flowctl.expr import Field as Read
from flowctl.flow import Record
from flowctl.flow.record import Change
from flowctl.ops.mutation.boundaries import boundaries

TRIES = 400  # leads that are routed twice for one mutant: a fifth of a second
BASES = 10  # leads to begin with

Pair = tuple[World, World]  # the flow's own, and the mutant's
Data = Mapping[str, tuple[Record, ...]]


@dataclass(frozen=True, slots=True)
class Lead:
    """A record that comes in at a flow's start, with what it is matched against."""

    flow: str
    record: Record
    data: Data
    now: dt.datetime
    is_of_job: bool = False  # taken by the job of a scheduled flow


@dataclass(frozen=True, slots=True)
class Witness:
    """A lead with only the fields that matter, and what happens to it in the flow and in the mutant."""

    lead: Lead
    outcome: Outcome
    other: Outcome


def told_apart(expected: Outcome, other: Outcome) -> bool:
    """Whether a fixture that expects one outcome can fail with the other; never where it breaks a policy itself."""
    if expected.broken:
        return False
    return bool(
        other.broken
        or _ends(expected) != _ends(other)
        or other_sets(expected, other)
        or created(expected) != created(other)
        or any(name not in (None, named(other)[key]) for key, name in named(expected).items())
    )


def _ends(o: Outcome) -> tuple[object, ...]:
    return o.owner, o.ends, o.result, [sent.message for sent in o.messages]


def other_sets(expected: Outcome, other: Outcome) -> dict[str, Value]:
    """The fields by which two outcomes differ, as the first has them. A blank that is set is as good as none.

    Of a checkbox no fixture can expect that nobody sets it.
    """
    differs = {name: value for name, value in expected.sets.items() if other.sets.get(name) != value}
    surplus = (name for name, value in other.sets.items() if value and value is not True and name not in expected.sets)
    return differs | dict.fromkeys(surplus)


def created(o: Outcome) -> list[tuple[str, dict[str, Value]]]:
    """The records that were created, without their blanks."""
    made = (effect for effect in o.effects if isinstance(effect, Created))
    return [(e.object, {name: value for name, value in e.values.items() if value is not None}) for e in made]


def named(o: Outcome) -> dict[str, str | None]:
    """The names that a fixture can expect the record to be converted to and merged with."""
    return {
        "converts": next((effect.account for effect in o.effects if isinstance(effect, Converted)), None),
        "merges": next((effect.name for effect in o.effects if isinstance(effect, Merged)), None),
    }


def routed(world: World, lead: Lead) -> Outcome:
    """What happens to a lead, routed alone with fresh turns."""
    data = {name: DataSet(records) for name, records in lead.data.items()}
    return route(replace(world, data=data), lead.flow, lead.record, Turns(), lead.now)


@dataclass(frozen=True)
class Search:
    """Looks for a lead among those near to some that are known."""

    types: Callable[[FieldPath], FieldType | None]
    world: World
    tries: int = TRIES

    def witness(
        self, mutant: World, leads: Sequence[Lead], asked: Sequence[Expr], waits: Sequence[dt.timedelta] = ()
    ) -> Witness | None:
        """A lead that the world and the mutant route differently; None when `tries` leads tell nothing.

        Args:
            leads: To begin with, the nearest first.
            asked: The conditions that decide; the fields that they read are varied.
            waits: When they are varied as well, after the record has come in.
        """
        for lead in islice(self._candidates(leads, asked, waits), self.tries):
            if told_apart(routed(self.world, lead), routed(mutant, lead)):
                return self._bare(lead, mutant)
        return None

    def _candidates(
        self, leads: Sequence[Lead], asked: Sequence[Expr], waits: Sequence[dt.timedelta]
    ) -> Iterator[Lead]:
        yield from leads
        bases = [replace(lead, record=self._with_matched(lead)) for lead in leads[:BASES]]
        choices = list(self._choices(asked, bases[0].now if bases else None, waits))
        for size in (1, 2, 3):
            for base in bases:
                for some in combinations(choices, size):
                    for changes in product(*some):
                        record = base.record
                        for change in changes:
                            record = change(record)
                        if record is not base.record:
                            yield replace(base, record=record)

    def _with_matched(self, lead: Lead) -> Record:
        """The record with the related ones that a match has found, so that their fields can be varied."""
        facts = (fact for visit in routed(self.world, lead).path for fact in visit.facts)
        found = {fact.name: fact.record for fact in facts if isinstance(fact, Bound) and fact.record is not None}
        return replace(lead.record, related={**found, **lead.record.related})

    def _choices(
        self, asked: Sequence[Expr], now: dt.datetime | None, waits: Sequence[dt.timedelta]
    ) -> Iterator[list[Callable[[Record], Record]]]:
        """For each field that the conditions read, the ways to change a record in it."""
        pieces = [piece for e in asked for piece in walk(e)]
        for path in dict.fromkeys(p.path for p in pieces if isinstance(p, Read | Prior | Changed)):
            values = boundaries(path, self.types(path), asked, now)
            yield [_putting(path, value) for value in values]
            if waits and len(path) == 1:
                yield [_becoming(path[0], value, after) for after in waits for value in values]
        for path in dict.fromkeys(p.path for p in pieces if isinstance(p, Prior | Changed)):
            values = boundaries(path, self.types(path), asked, now)
            yield [_having_been(path, value) for value in values]
        if any(isinstance(p, IsNew | Changed | Prior) for p in pieces):
            yield [_as_new, _as_updated]

    def _bare(self, lead: Lead, mutant: World) -> Witness:
        """The lead without what does not matter for the difference."""
        for without in (_without_data, _without_prior, _without_later):
            lead = self._if_told(without(lead), lead, mutant)
        for name, below in lead.record.related.items():
            lead = self._if_told(_with(lead, _without_related(lead.record, name)), lead, mutant)
            if name in lead.record.related:
                for key in below.fields:
                    lead = self._if_told(_with(lead, _without((name, key), lead.record)), lead, mutant)
        for name in lead.record.fields:
            lead = self._if_told(_with(lead, _without((name,), lead.record)), lead, mutant)
        for name, records in lead.data.items():
            for at in reversed(range(len(records))):
                lead = self._bare_candidate(lead, name, at, mutant)
        return Witness(lead, routed(self.world, lead), routed(mutant, lead))

    def _bare_candidate(self, lead: Lead, name: str, at: int, mutant: World) -> Lead:
        """The lead without one of the records that it is matched against, or with only those fields that matter."""
        shorter = self._if_told(_with_candidate(lead, name, at, None), lead, mutant)
        if shorter is not lead:
            return shorter
        for key in lead.data[name][at].fields:
            lead = self._if_told(_with_candidate(lead, name, at, _without((key,), lead.data[name][at])), lead, mutant)
        return lead

    def _if_told(self, smaller: Lead, lead: Lead, mutant: World) -> Lead:
        return smaller if told_apart(routed(self.world, smaller), routed(mutant, smaller)) else lead


# Changes of a record ----------------------------------------------------------------------------------------------


def _putting(path: FieldPath, value: Value) -> Callable[[Record], Record]:
    return lambda record: _put(record, path, value)


def _put(record: Record, path: FieldPath, value: Value) -> Record:
    name, rest = path[0], path[1:]
    if not rest:
        return replace(record, fields={**record.fields, name: value})
    if name not in record.related:
        return record
    return replace(record, related={**record.related, name: _put(record.related[name], rest, value)})


def _having_been(path: FieldPath, value: Value) -> Callable[[Record], Record]:
    name = path[0]
    return lambda record: replace(record, prior={**(record.prior or record.fields), name: value})


def _becoming(name: str, value: Value, after: dt.timedelta) -> Callable[[Record], Record]:
    return lambda record: replace(record, later=(Change(after, {name: value}, {}),))


def _as_new(record: Record) -> Record:
    return replace(record, prior=None)


def _as_updated(record: Record) -> Record:
    return record if record.prior is not None else replace(record, prior=dict(record.fields))


def _without(path: FieldPath, record: Record) -> Record:
    if len(path) == 1:
        prior = None if record.prior is None else {n: v for n, v in record.prior.items() if n != path[0]}
        return replace(record, fields={n: v for n, v in record.fields.items() if n != path[0]}, prior=prior)
    below = record.related[path[0]]
    return replace(record, related={**record.related, path[0]: _without(path[1:], below)})


def _without_data(lead: Lead) -> Lead:
    return replace(lead, data={})


def _with(lead: Lead, record: Record) -> Lead:
    return replace(lead, record=record)


def _with_candidate(lead: Lead, name: str, at: int, record: Record | None) -> Lead:
    """The lead with another record, or none, in the place of one that it is matched against."""
    records = lead.data[name]
    put = () if record is None else (record,)
    return replace(lead, data={**lead.data, name: (*records[:at], *put, *records[at + 1 :])})


def _without_related(record: Record, name: str) -> Record:
    return replace(record, related={key: below for key, below in record.related.items() if key != name})


def _without_prior(lead: Lead) -> Lead:
    return replace(lead, record=replace(lead.record, prior=None))


def _without_later(lead: Lead) -> Lead:
    return replace(lead, record=replace(lead.record, later=()))
