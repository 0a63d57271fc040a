"""Classes of values of one sort: numbers, days and moments by intervals, and checkboxes."""

from __future__ import annotations

import bisect
import datetime as dt
import math
from collections.abc import Iterable, Iterator
from typing import ClassVar, Protocol

from flowctl.classes.days import microseconds, moment_of
from flowctl.data import dataclass
from flowctl.expr import Value

FIRST_DAY, LAST_DAY = dt.date(1700, 1, 1), dt.date(4000, 12, 31)  # as `coerce` lets them in
EPOCH_DAY = dt.date(1970, 1, 1).toordinal()


class Sort(Protocol):
    """Classes of the values of some Python types, numbered from 0."""

    @property
    def size(self) -> int:
        """How many classes there are."""

    def takes(self, value: Value) -> bool:
        """Whether a value is of this sort."""

    def encode(self, value: Value) -> int:
        """The class of a value of this sort."""

    def members(self, code: int) -> Iterator[Value]:
        """Values of a class, plain ones first; at least one."""


# By intervals ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Numbers:
    """`cuts` are where classes begin: a value is of the class whose number is that of the cuts up to it."""

    cuts: tuple[float, ...]

    @classmethod
    def at(cls, constants: Iterable[float]) -> Numbers:
        """Each constant is a class of its own."""
        found = {cut for c in constants for cut in (c, math.nextafter(c, math.inf))}
        return cls(tuple(sorted(cut for cut in found if -LARGEST < cut <= LARGEST)))

    @property
    def size(self) -> int:
        return len(self.cuts) + 1

    def takes(self, value: Value) -> bool:
        return isinstance(value, float)

    def encode(self, value: Value) -> int:
        return bisect.bisect_right(self.cuts, value)  # type: ignore[type-var]

    def members(self, code: int) -> Iterator[Value]:
        low, high = _ends(self.cuts, code)
        tried: list[float] = [0.0]
        if low is not None:
            tried = [math.floor(low) + 1.0, low]
        elif high is not None:
            tried = [math.ceil(high) - 1.0, math.nextafter(high, -math.inf)]
        if low is not None and high is not None:
            tried.append(low / 2 + high / 2)
        yield from (number for number in tried if math.isfinite(number) and self.encode(number) == code)


LARGEST = math.nextafter(math.inf, 0)


@dataclass(frozen=True, slots=True)
class Days:
    """As `Numbers`; a day is the number of days since 1970."""

    cuts: tuple[int, ...]

    @classmethod
    def at(cls, constants: Iterable[dt.date]) -> Days:
        found = {cut for c in constants for cut in (_number(c), _number(c) + 1)}
        return cls(tuple(sorted(cut for cut in found if _number(FIRST_DAY) < cut <= _number(LAST_DAY))))

    @property
    def size(self) -> int:
        return len(self.cuts) + 1

    def takes(self, value: Value) -> bool:
        return isinstance(value, dt.date) and not isinstance(value, dt.datetime)

    def encode(self, value: Value) -> int:
        assert isinstance(value, dt.date)
        return bisect.bisect_right(self.cuts, _number(value))

    def members(self, code: int) -> Iterator[Value]:
        yield from (dt.date.fromordinal(number + EPOCH_DAY) for number in _whole(self.cuts, code, 20_000, 30))


def _number(day: dt.date) -> int:
    return day.toordinal() - EPOCH_DAY


@dataclass(frozen=True, slots=True)
class Moments:
    """As `Numbers`; a moment is the number of microseconds since 1970 in UTC."""

    cuts: tuple[int, ...]

    @classmethod
    def at(cls, constants: Iterable[dt.datetime], borders: Iterable[int]) -> Moments:
        """Each constant is a class of its own; at the borders of days classes begin."""
        found = {cut for c in constants for cut in (microseconds(c), microseconds(c) + 1)}
        return cls(tuple(sorted(found | set(borders))))

    @property
    def size(self) -> int:
        return len(self.cuts) + 1

    def takes(self, value: Value) -> bool:
        return isinstance(value, dt.datetime)

    def encode(self, value: Value) -> int:
        assert isinstance(value, dt.datetime)
        return bisect.bisect_right(self.cuts, microseconds(value))

    def members(self, code: int) -> Iterator[Value]:
        yield from map(moment_of, _whole(self.cuts, code, 20_000 * DAY, DAY))


DAY = 24 * 3600 * 1_000_000


def _ends(cuts: tuple[float, ...], code: int) -> tuple[float | None, float | None]:
    """Where a class begins, and where the next does."""
    return cuts[code - 1] if code else None, cuts[code] if code < len(cuts) else None


def _whole(cuts: tuple[int, ...], code: int, usual: int, far: int) -> Iterator[int]:
    """Some numbers of a class: its ends, and one that is not quite there."""
    low, high = _ends(cuts, code)
    tried = [usual]
    if low is not None:
        tried = [int(low), int(low) + far]
    elif high is not None:
        tried = [int(high) - 1, int(high) - far]
    yield from (number for number in tried if bisect.bisect_right(cuts, number) == code)


@dataclass(frozen=True, slots=True)
class Flags:
    """False is 0, true is 1."""

    size: ClassVar[int] = 2

    def takes(self, value: Value) -> bool:
        return isinstance(value, bool)

    def encode(self, value: Value) -> int:
        return int(value is True)

    def members(self, code: int) -> Iterator[Value]:
        yield code == 1
