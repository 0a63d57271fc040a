"""Classes of values of one sort: numbers, days and moments by intervals, texts and ids by what they are equal to."""

from __future__ import annotations

import bisect
import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Protocol

from flowctl.classes.days import microseconds, moment_of
from flowctl.data import dataclass
from flowctl.expr import Id, Value, fold, is_id
from flowctl.expr.values import choices

FIRST_DAY, LAST_DAY = dt.date(1700, 1, 1), dt.date(4000, 12, 31)  # as `coerce` lets them in
EPOCH_DAY = dt.date(1970, 1, 1).toordinal()
OTHER = "other"  # what a text that nobody asks for begins with


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


# By what they are equal to --------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts that no id is: one class for each folded text that is `listed`, the last one for all others."""

    listed: Mapping[str, int]
    written: tuple[str, ...]  # the listed ones as somebody wrote them

    @classmethod
    def at(cls, constants: Iterable[str]) -> Texts:
        written: dict[str, str] = {}
        for constant in constants:
            written.setdefault(fold(constant), constant.strip())
        return cls({text: code for code, text in enumerate(written)}, tuple(written.values()))

    @property
    def size(self) -> int:
        return len(self.listed) + 1

    def takes(self, value: Value) -> bool:
        return isinstance(value, str) and not isinstance(value, Id)

    def encode(self, value: Value) -> int:
        assert isinstance(value, str)
        return self.listed.get(fold(value), len(self.listed))

    def members(self, code: int) -> Iterator[Value]:
        if code < len(self.written):
            yield self.written[code]
            yield from {self.written[code].lower(), self.written[code].upper()} - {self.written[code]}
        else:
            yield from (text for text in _others() if self.encode(text) == code)


def _others() -> Iterator[str]:
    yield OTHER
    yield from (f"{OTHER} {number}" for number in range(2, 1_000_000))


@dataclass(frozen=True, slots=True)
class OrderedTexts:
    """Texts that are asked which comes first, too: as `Numbers`, of folded texts; `listed` are classes of their own."""

    cuts: tuple[str, ...]
    listed: Mapping[str, int]
    written: tuple[str, ...]

    @classmethod
    def at(cls, constants: Iterable[str]) -> OrderedTexts:
        plain = Texts.at(constants)
        cuts = tuple(sorted({cut for text in plain.listed for cut in (text, _next(text))} - {"\0"}))
        listed = {text: bisect.bisect_right(cuts, text) for text in plain.listed}
        return cls(cuts, listed, plain.written)

    @property
    def size(self) -> int:
        return len(self.cuts) + 1

    def takes(self, value: Value) -> bool:
        return isinstance(value, str) and not isinstance(value, Id)

    def encode(self, value: Value) -> int:
        assert isinstance(value, str)
        return bisect.bisect_right(self.cuts, fold(value))

    def members(self, code: int) -> Iterator[Value]:
        low = self.cuts[code - 1] if code else ""
        tried = [*self.written, OTHER, "a", "0", "\0", *(low + more for more in (" a", "a", "0", "!", "\0", "\0\0"))]
        yield from (text for text in tried if text.strip() and self.encode(text) == code)


def _next(text: str) -> str:
    """The text that follows in the order of texts, with none between."""
    return text + "\0"


@dataclass(frozen=True, slots=True)
class Ids:
    """Record ids, equal in their forms of 15 and 18 characters and else by case; beside them what has no such form.

    An `Id` that has the form of none compares as a text does, and may be equal to several ids that differ by case.
    """

    listed: Mapping[str, int]  # ids in their form of 15 characters; after their classes comes that of other ids
    texts: Mapping[str, int]  # folded texts with the form of none; the last class holds all others
    written: tuple[str, ...]

    @classmethod
    def at(cls, constants: Iterable[str]) -> Ids:
        listed: dict[str, str] = {}
        texts: dict[str, str] = {}
        for text in map(str.strip, constants):
            if is_id(text):
                listed.setdefault(text[:15], text)
            formless = next((form for form in _formless(text) if not is_id(form)), None)
            if formless is not None:
                texts.setdefault(fold(text), formless)
        written = (*listed.values(), _another(listed), *texts.values())
        numbered = {text: len(listed) + 1 + code for code, text in enumerate(texts)}
        return cls({form: code for code, form in enumerate(listed)}, numbered, written)

    @property
    def size(self) -> int:
        return len(self.written) + 1

    def takes(self, value: Value) -> bool:
        return isinstance(value, Id)

    def encode(self, value: Value) -> int:
        assert isinstance(value, str)
        text = value.strip()
        if is_id(text):
            return self.listed.get(text[:15], len(self.listed))
        return self.texts.get(fold(text), self.size - 1)

    def members(self, code: int) -> Iterator[Value]:
        if code < len(self.written):
            yield Id(self.written[code])
            if len(self.written[code]) == 18:
                yield Id(self.written[code][:15])
        else:
            yield from (Id(text) for text in _others() if self.encode(Id(text)) == code)


def _formless(text: str) -> Iterator[str]:
    """Texts that fold to the same and have the form of no id, where the text has it: few letters allow it."""
    yield text
    folded = fold(text)
    for plain, strange in (("k", "\u212a"), ("s", "\u017f"), ("ff", "\ufb00"), ("fi", "\ufb01"), ("fl", "\ufb02")):
        if plain in folded:
            yield folded.replace(plain, strange, 1)


def _another(listed: Mapping[str, object]) -> str:
    """An id that is none of the listed ones."""
    return next(form for number in range(len(listed) + 1) if (form := f"00Q{number:012d}") not in listed)


@dataclass(frozen=True, slots=True)
class Choices:
    """Sets of choices: one class for each that is `listed`, the last one for all others."""

    listed: Mapping[frozenset[str], int]
    written: tuple[tuple[str, ...], ...]

    @classmethod
    def at(cls, constants: Iterable[tuple[str, ...]]) -> Choices:
        written: dict[frozenset[str], tuple[str, ...]] = {}
        for constant in constants:
            written.setdefault(choices(constant), constant)
        return cls({held: code for code, held in enumerate(written)}, tuple(written.values()))

    @property
    def size(self) -> int:
        return len(self.listed) + 1

    def takes(self, value: Value) -> bool:
        return isinstance(value, tuple)

    def encode(self, value: Value) -> int:
        return self.listed.get(choices(value), len(self.listed))

    def members(self, code: int) -> Iterator[Value]:
        if code < len(self.written):
            yield self.written[code]
        else:
            yield from ((text,) for text in _others() if self.encode((text,)) == code)
