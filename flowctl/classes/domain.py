"""The classes of a field: values that no condition of some flows tells apart, beside its predicates on texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import field
from itertools import chain

from flowctl.classes.days import day_borders
from flowctl.classes.sorts import Days, Flags, Moments, Numbers, Sort
from flowctl.classes.texts import NOTHING_TOLD, Choices, Ids, OrderedTexts, Texts, Told
from flowctl.data import dataclass
from flowctl.expr import Id, Kind, Value, day_of, is_id, value_of
from flowctl.expr.ast import Field, FieldPath

_SORTS: Mapping[Kind, str] = {
    "number": "number", "checkbox": "flag", "date": "day", "datetime": "moment", "multipicklist": "choices", "id": "id",
}  # fmt: skip
ALL_SORTS = ("number", "flag", "day", "moment", "text", "id", "choices")


@dataclass(frozen=True, slots=True)
class Holding:
    """A record in which every field holds a value, now and before."""

    value: Value
    zone: dt.tzinfo = dt.UTC
    is_new: bool = False
    now: dt.datetime = dt.datetime.min.replace(tzinfo=dt.UTC)  # no constant reads it

    def get(self, path: FieldPath) -> Value:
        return self.value

    prior = get

    def changed(self, path: FieldPath) -> bool:
        return False


_ANY = Field(("any",))


def filled(value: Value) -> Value:
    """A value as conditions read it: a text of spaces is None, as all blanks."""
    return value_of(_ANY, Holding(value))


@dataclass(frozen=True, slots=True)
class Domain:
    """The classes of a field, numbered from 0: those of its sorts of values, one sort after the other, and last blank.

    A field whose type is known has one sort (a text that is compared with ids has two: it may be set from an id), one
    of unknown type has all. `kinds` are the types that it may have; none where that is unknown.
    """

    kinds: frozenset[Kind]
    sorts: tuple[Sort, ...]
    starts: tuple[int, ...]  # the first class of each sort
    size: int
    _each: list[Value] = field(default_factory=list, compare=False, repr=False)

    @property
    def blank(self) -> int:
        """The class of blanks."""
        return self.size - 1

    @property
    def cuts(self) -> tuple[float, ...] | tuple[str, ...]:
        """Where the classes of numbers, days (since 1970), moments (microseconds since 1970) or ordered texts begin.

        The class of a value is the number of cuts up to it. Empty for other sorts, and where there are several sorts.
        """
        match self.sorts:
            case (Numbers(cuts) | Days(cuts) | Moments(cuts),):
                return cuts
            case (OrderedTexts(cuts=texts),):
                return texts
            case _:
                return ()

    @property
    def listed(self) -> Mapping[str, int]:
        """The classes of folded texts, of plain texts that are no ids; `other` is that of all further ones.

        Texts that only tables are asked for share a class where all tables say the same of them.
        """
        return self.sorts[0].listed if isinstance(self.sorts[0], Texts) else {}

    @property
    def other(self) -> int:
        return self.sorts[0].size - 1 if isinstance(self.sorts[0], Texts) else 0

    @property
    def has_ids(self) -> bool:
        """Whether the field can hold an `Id`."""
        return any(isinstance(sort, Ids) for sort in self.sorts)

    @property
    def can_hold_texts(self) -> bool:
        """Whether predicates on texts or choices can hold for a value of the field."""
        return any(isinstance(sort, Texts | OrderedTexts | Ids | Choices) for sort in self.sorts)

    def encode(self, value: Value) -> int:
        """The class of a value, which must be of a type that the field can hold.

        Raises:
            TypeError: It is not.
        """
        found = filled(value)
        if found is None:
            return self.blank
        for start, sort in zip(self.starts, self.sorts, strict=True):
            if sort.takes(found):
                return start + sort.encode(found)
        raise TypeError(f"the field cannot hold a value of type {type(found).__name__}")

    def member(self, code: int) -> Value:
        """A value of a class: `encode(member(code)) == code`. None is that of blank only."""
        return next(self.members(code))

    @property
    def each(self) -> Sequence[Value]:
        """The member of each class."""
        if not self._each:
            self._each[:] = [self.member(code) for code in range(self.size)]
        return self._each

    def members(self, code: int) -> Iterator[Value]:
        """Some values of a class; at least one."""
        if code == self.blank:
            yield None
            return
        start, sort = self.at(code)
        yield from sort.members(code - start)

    def at(self, code: int) -> tuple[int, Sort]:
        """The sort of a class that is not blank, and its first class."""
        return next(pair for pair in zip(reversed(self.starts), reversed(self.sorts), strict=True) if pair[0] <= code)


def sorts_of(kinds: Set[Kind], constants: Iterable[Value]) -> tuple[str, ...]:
    """The sorts of values that a field of some types can hold; of any type where none is known."""
    if not kinds:
        return ALL_SORTS
    found = {_SORTS.get(kind, "text") for kind in kinds}
    if "text" in found and any(isinstance(c, str) and is_id(c.strip()) for c in constants):
        found.add("id")  # a text may have been set from an id, which compares as one with these
    return tuple(sort for sort in ALL_SORTS if sort in found)


def domain_of(
    kinds: Set[Kind],
    constants: Iterable[Value],
    zones: Iterable[dt.tzinfo],
    is_ordered: bool = False,
    told: Told = NOTHING_TOLD,
) -> Domain:
    """The classes of a field by the constants that it is compared with and set to, and by what tables say of it.

    Args:
        kinds: The types that it may have; none where that is unknown.
        constants: Values; blank ones are no classes beside that of all blanks.
        zones: In which days begin.
        is_ordered: Whether texts are asked which comes first.
        told: What tables say of texts; their numbers and days are among the constants.
    """
    known, zones = tuple(c for c in constants if filled(c) is not None), tuple(zones)
    names = sorts_of(kinds, [*known, *(written for written, _ in told.ids.values())])
    sorts = tuple(_sort(name, known, zones, is_ordered, told) for name in names)
    starts = [0]
    for sort in sorts:
        starts.append(starts[-1] + sort.size)
    return Domain(frozenset(kinds), sorts, tuple(starts[:-1]), starts[-1] + 1)


def _sort(name: str, constants: tuple[Value, ...], zones: tuple[dt.tzinfo, ...], is_ordered: bool, told: Told) -> Sort:
    match name:
        case "number":
            return Numbers.at(c for c in constants if isinstance(c, float))
        case "flag":
            return Flags()
        case "day":
            dates = [c for c in constants if isinstance(c, dt.date)]
            return Days.at(day_of(c, zone) for c in dates for zone in zones)
        case "moment":
            return _moments(constants, zones)
        case "choices":
            return Choices.at(c for c in constants if isinstance(c, tuple))
        case "id":
            return Ids.at((c for c in constants if isinstance(c, str)), told)
        case _:
            plain = (c for c in constants if isinstance(c, str) and not isinstance(c, Id))
            return OrderedTexts.at(plain, told) if is_ordered else Texts.at(plain, told)


def _moments(constants: tuple[Value, ...], zones: tuple[dt.tzinfo, ...]) -> Moments:
    days = (c for c in constants if isinstance(c, dt.date) and not isinstance(c, dt.datetime))
    around = chain.from_iterable((day, day + dt.timedelta(days=1)) for day in days)
    borders = (border for day in around for zone in zones for border in day_borders(day, zone))
    return Moments.at((c for c in constants if isinstance(c, dt.datetime)), borders)
