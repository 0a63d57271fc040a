"""A concrete record for a vector, so that whatever is said of classes can be shown as a lead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from flowctl.classes.asked import Bit, Derived, Source, source_of
from flowctl.classes.frames import Version
from flowctl.classes.wording import FEW, values
from flowctl.data import dataclass
from flowctl.expr import (
    Changed,
    Day,
    Field,
    FieldPath,
    Flag,
    IsNew,
    Moment,
    Number,
    Prior,
    Shift,
    Text,
    Value,
    meaning,
    stored,
    walk,
)
from flowctl.flow.record import Record

if TYPE_CHECKING:
    from flowctl.classes.shape import Shape
    from flowctl.classes.space import Space, Vector

TRIES = 400  # records that are tried where derived truths hang on several fields
Pools = Mapping[Source, tuple[Value, ...]]
NOBODY = tuple(f"user/{name}" for name in ("nobody", "no.one", "none"))


@dataclass(frozen=True, slots=True)
class Arrived:
    """A record as the conditions of a version read it before anything has happened to it."""

    version: Version
    record: Record
    now: dt.datetime

    @property
    def is_new(self) -> bool:
        return self.record.is_new

    @property
    def zone(self) -> dt.tzinfo:
        return self.version.zone

    def get(self, path: FieldPath) -> Value:
        return self.version.read(self.record.fields, self.record.related, path)

    def prior(self, path: FieldPath) -> Value:
        return self.version.read(self.record.prior, {}, path) if self.record.prior is not None else None

    def changed(self, path: FieldPath) -> bool:
        return not self.is_new and stored(self.get(path)) != stored(self.prior(path))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A vector that a record is looked for, by feature."""

    space: Space
    shape: Shape
    codes: Mapping[Source, int]
    bits: Mapping[Source, Mapping[Bit, bool]]
    derived: Mapping[Derived, bool]
    now: dt.datetime

    @classmethod
    def of(cls, space: Space, shape: Shape, vector: Vector, now: dt.datetime) -> Wanted:
        bits: dict[Source, dict[Bit, bool]] = {}
        for bit, holds in zip(space.bits, vector.bits, strict=True):
            bits.setdefault(bit.source, {})[bit] = holds
        codes = dict(zip(space.domains, vector.codes, strict=True))
        return cls(space, shape, codes, bits, dict(zip(space.derived, vector.derived, strict=True)), now)

    def fits(self, source: Source, value: Value) -> bool:
        """Whether a field may have a value; every field may that has no classes."""
        if source not in self.codes:
            return True
        try:
            code = self.space.domain(source).encode(value)
        except TypeError:
            return False
        return code == self.codes[source] and all(bit.holds(value) == holds for bit, holds in self.bits_of(source))

    def bits_of(self, source: Source) -> Iterable[tuple[Bit, bool]]:
        return self.bits.get(source, {}).items()

    @property
    def read_by_derived(self) -> tuple[Source, ...]:
        """The fields that derived truths hang on."""
        found: dict[Source, None] = {}
        for piece in (piece for derived in self.derived for piece in walk(derived.atom)):
            match piece:
                case Field() | Prior():
                    found[source_of(piece)] = None
                case Changed(path):
                    found |= dict.fromkeys((("now", path), ("prior", path)))
        return tuple(found)

    @property
    def may_be_new(self) -> Iterator[bool]:
        """Whether the record is to be a new one; both are tried where nothing says."""
        said = [truth for derived, truth in self.derived.items() if isinstance(derived.atom, IsNew)]
        yield from said or (True, False)


def member_of(space: Space, shape: Shape, vector: Vector, now: dt.datetime) -> Record | None:
    """A record that has a vector, as the first version reads it; None where none was found."""
    wanted = Wanted.of(space, shape, vector, now)
    pools = _pools(wanted)
    if not all(pools.values()):
        return None
    for is_new in wanted.may_be_new:
        for chosen in _choices(wanted, pools):
            found = Arrived(shape.versions[0], _record(shape, chosen, is_new), now)
            if _is_derived_right(wanted, found) and space.encode(found) == vector:
                return found.record
    return None


def _is_derived_right(wanted: Wanted, found: Arrived) -> bool:
    return all(meaning(derived.atom)(found, None) == truth for derived, truth in wanted.derived.items())


def _choices(wanted: Wanted, pools: Pools) -> Iterator[Mapping[Source, Value]]:
    """A value for each field: the plainest ones first, then others where derived truths hang on them."""
    chosen = {source: pool[0] for source, pool in pools.items()}
    yield _settled(wanted, pools, chosen)
    several = [source for source in wanted.read_by_derived if len(pools.get(source, ())) > 1]
    dice = Random(0)  # the same vector gets the same record
    for _ in range(TRIES if several else 0):
        others = {source: dice.choice(pools[source]) for source in several}
        yield _settled(wanted, pools, {**chosen, **others})


def _settled(wanted: Wanted, pools: Pools, chosen: dict[Source, Value]) -> Mapping[Source, Value]:
    """The same, with values before the update that differ from those now just where CHANGED says so."""
    for derived, is_changed in wanted.derived.items():
        if isinstance(derived.atom, Changed):
            now, before = source_of(Field(derived.atom.path)), source_of(Prior(derived.atom.path))
            pairs = ((a, b) for a in (chosen[now], *pools[now]) for b in (chosen[before], a, *pools[before]))
            fitting = (pair for pair in pairs if (stored(pair[0]) != stored(pair[1])) == is_changed)
            found = next((pair for pair in fitting if wanted.fits(before, pair[1])), None)
            if found is not None:
                chosen[now], chosen[before] = found
    return chosen


# What each field may have ---------------------------------------------------------------------------------------


def _pools(wanted: Wanted) -> Pools:
    """Some values for each field of the record itself and of related records; those of people come with who it is."""
    usual = _usual(wanted)
    found: dict[Source, tuple[Value, ...]] = {}
    through: dict[Source, list[FieldPath]] = {}
    for source in dict.fromkeys((*wanted.codes, *usual)):
        when, path = source
        person = wanted.shape.person_on(path)
        if person is None:
            found[source] = tuple(dict.fromkeys(_values(wanted, source, usual.get(source, ()))))
        elif source in wanted.codes:
            through.setdefault((when, person), []).append(path)
    for source, paths in through.items():
        found[source] = tuple(dict.fromkeys(_people(wanted, source, paths)))
    return found


def _values(wanted: Wanted, source: Source, usual: Iterable[Value]) -> Iterator[Value]:
    if source in wanted.codes:
        yield from islice(values(wanted.space.domain(source), wanted.codes[source], dict(wanted.bits_of(source))), FEW)
    yield from (value for value in usual if wanted.fits(source, value))


def _people(wanted: Wanted, source: Source, paths: Iterable[FieldPath]) -> Iterator[Value]:
    """Who may stand in a field, when what is read through it is wanted, too."""
    when, person = source
    version = wanted.shape.versions[0]
    below = [path[len(person) :] for path in paths]
    for who in (*_values(wanted, source, ()), *NOBODY, *version.people, None):
        read = ((rest, version.read({person[-1]: who}, {}, (person[-1], *rest))) for rest in below)
        if wanted.fits(source, who) and all(wanted.fits((when, (*person, *rest)), value) for rest, value in read):
            yield who


def _usual(wanted: Wanted) -> Mapping[Source, tuple[Value, ...]]:
    """Values that make derived truths come out one way and the other, for each field that they read."""
    near: list[Value] = [None, *_moments(wanted, dt.timedelta()), 0.0, 1.0, 2.0, 100.0, True, False]
    for piece in (piece for derived in wanted.derived for piece in walk(derived.atom)):
        match piece:
            case Shift(_, count, unit):
                near += _moments(wanted, dt.timedelta(days=count) if unit == "DAYS" else dt.timedelta(hours=count))
            case Number(value):
                near += [value, value - 1, value + 1]
            case Text(value) | Flag(value) | Day(value) | Moment(value):
                near.append(value)
    near += ["other", "user/nobody", ("other",)]
    fields = wanted.read_by_derived
    for source in (source for source in fields if source in wanted.codes):  # another field may have to be equal to it
        near += islice(wanted.space.domain(source).members(wanted.codes[source]), FEW)
    return {source: tuple(value for value in near if _is_held(wanted, source, value)) for source in fields}


def _moments(wanted: Wanted, after: dt.timedelta) -> Iterator[Value]:
    for by in (-1, 0, 1):
        moment = wanted.now + after + dt.timedelta(days=by)
        yield moment
        yield moment.astimezone(wanted.shape.versions[0].zone).date()


def _is_held(wanted: Wanted, source: Source, value: Value) -> bool:
    """Whether a field can hold a value, by its type."""
    kinds = wanted.shape.kinds(source[1])
    return value is None or not kinds or any(type(value) in _TYPES.get(kind, (str,)) for kind in kinds)


_TYPES: Mapping[str, tuple[type, ...]] = {
    "number": (float,), "checkbox": (bool,), "date": (dt.date,), "datetime": (dt.datetime,), "multipicklist": (tuple,),
    "id": (),
}  # fmt: skip


# The record -----------------------------------------------------------------------------------------------------


def _record(shape: Shape, chosen: Mapping[Source, Value], is_new: bool) -> Record:
    now = {path: value for (when, path), value in chosen.items() if when == "now"}
    before = {path[0]: value for (when, path), value in chosen.items() if when == "prior"}
    record = _below(shape, now, ())
    prior = None if is_new else {**record.fields, **before}
    return Record(record.object, record.fields, prior, record.related)


def _below(shape: Shape, now: Mapping[FieldPath, Value], at: FieldPath) -> Record:
    """The record at a path; a related one is there when a field of it, or below it, is filled."""
    deep = len(at)
    fields = {path[-1]: value for path, value in now.items() if path[:-1] == at}
    filled = (path for path, value in now.items() if value is not None and len(path) > deep + 1 and path[:deep] == at)
    names = dict.fromkeys(path[deep] for path in filled)
    related = {name: _below(shape, now, (*at, name)) for name in names}
    return Record(shape.object_at(at), fields, related=related)
