"""Classes of texts, ids and choices, by what they are equal to."""

from __future__ import annotations

import bisect
from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import chain

from flowctl.data import dataclass
from flowctl.expr import Id, Value, fold, is_id
from flowctl.expr.values import choices

OTHER = "other"  # what a text that nobody asks for begins with
# What may follow, or begin, a text that no table names: none names one with each of these.
_LETTERS = (*"x0123456789abcdefghijklmnopqrstuvwyz", *map(chr, range(0x4E00, 0x9FA6)))


@dataclass(frozen=True, slots=True)
class Told:
    """What tables say of the texts that they are asked for, by folded text: no look-up tells two apart of which they
    say the same.

    Attributes:
        texts: Exact keys, as somebody wrote them, with what is said of each.
        ids: Those in the form of ids, by their first 15 characters.
        starts: What is said of texts that begin so, and with nothing longer that is here.
    """

    texts: Mapping[str, tuple[str, Hashable]]
    ids: Mapping[str, tuple[str, Hashable]]
    starts: Mapping[str, Hashable]


NOTHING_TOLD = Told({}, {}, {})


def _classes(
    own: Mapping[str, str], told: Mapping[str, tuple[str, Hashable]]
) -> tuple[dict[str, int], list[tuple[str, ...]]]:
    """The class of each text, and the texts of each class: one for each of its own, then one for all alike."""
    numbers = {text: code for code, text in enumerate(own)}
    alike: dict[Hashable, list[str]] = {}
    codes: dict[Hashable, int] = {}
    for text, (written, said) in told.items():
        if text not in numbers:
            numbers[text] = codes.setdefault(said, len(own) + len(codes))
            alike.setdefault(said, []).append(written)
    return numbers, [*((text,) for text in own.values()), *map(tuple, alike.values())]


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts that no id is: a class for each folded text that is `listed`, or for several of which all tables say the
    same; then those that begin in a way of which tables say something; the last one for all others.
    """

    listed: Mapping[str, int]
    starts: Mapping[str, int]
    lengths: tuple[int, ...]  # of the starts, the greatest first
    written: tuple[tuple[str, ...], ...]  # what is listed in each class, as it was written, or what begins its texts

    @classmethod
    def at(cls, constants: Iterable[str], told: Told = NOTHING_TOLD) -> Texts:
        own: dict[str, str] = {}
        for constant in constants:
            own.setdefault(fold(constant), constant.strip())
        listed, written = _classes(own, told.texts)
        starts, begun = _classes({}, {start: (start, said) for start, said in told.starts.items()})
        codes = {start: len(written) + code for start, code in starts.items()}
        return cls(listed, codes, tuple(sorted({*map(len, starts)}, reverse=True)), (*written, *begun))

    @property
    def size(self) -> int:
        return len(self.written) + 1

    def takes(self, value: Value) -> bool:
        return isinstance(value, str) and not isinstance(value, Id)

    def encode(self, value: Value) -> int:
        assert isinstance(value, str)
        text = fold(value)
        code = self.listed.get(text)
        return self._begun(text) if code is None else code

    def _begun(self, text: str) -> int:
        begun = (text[:length] for length in self.lengths if length <= len(text))
        return next((self.starts[start] for start in begun if start in self.starts), self.size - 1)

    def start(self, code: int) -> str | None:
        """What the texts of a class begin with; None where they are listed, or all others."""
        first = self.size - 1 - len({*self.starts.values()})
        return self.written[code][0] if first <= code < self.size - 1 else None

    def is_one(self, code: int) -> bool:
        """Whether the texts of a class all fold to one."""
        return code < self.size - 1 and len(self.written[code]) == 1 and self.start(code) is None

    def members(self, code: int) -> Iterator[Value]:
        return (text for text in self._tried(code) if self.encode(text) == code)

    def _tried(self, code: int) -> Iterator[str]:
        if code == self.size - 1:
            yield OTHER
            yield from _LETTERS if self.starts else _others()
            return
        written, start = self.written[code], self.start(code)
        yield from written
        for text in written:
            yield from (form for form in (text.lower(), text.upper()) if form != text)
        if start is not None:
            yield from (start + more for more in _LETTERS)


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
    def at(cls, constants: Iterable[str], told: Told = NOTHING_TOLD) -> OrderedTexts:
        """What tables say is not heeded where order is: each of their texts has a class of its own."""
        plain = Texts.at([*constants, *(written for written, _ in told.texts.values())])
        cuts = tuple(sorted({cut for text in plain.listed for cut in (text, _next(text))} - {"\0"}))
        listed = {text: bisect.bisect_right(cuts, text) for text in plain.listed}
        return cls(cuts, listed, tuple(chain.from_iterable(plain.written)))

    @property
    def size(self) -> int:
        return len(self.cuts) + 1

    def takes(self, value: Value) -> bool:
        return isinstance(value, str) and not isinstance(value, Id)

    def encode(self, value: Value) -> int:
        assert isinstance(value, str)
        return bisect.bisect_right(self.cuts, fold(value))

    def is_one(self, code: int) -> bool:
        return code in self.listed.values()

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

    listed: Mapping[str, int]  # ids in their form of 15 characters
    other: int  # the class of other ids, which comes after those
    texts: Mapping[str, int]  # folded texts with the form of none; the last class holds all others
    written: tuple[tuple[str, ...], ...]

    @classmethod
    def at(cls, constants: Iterable[str], told: Told = NOTHING_TOLD) -> Ids:
        ids: dict[str, str] = {}
        formless: dict[str, str] = {}
        for text in map(str.strip, constants):
            if is_id(text):
                ids.setdefault(text[:15], text)
            form = _formless(text)
            if form is not None:
                formless.setdefault(fold(text), form)
        said = {text: (form, said) for text, (was, said) in told.texts.items() if (form := _formless(was)) is not None}
        listed, written = _classes(ids, told.ids)
        texts, further = _classes(formless, said)
        numbered = {text: len(written) + 1 + code for text, code in texts.items()}
        return cls(listed, len(written), numbered, (*written, (_another(listed),), *further))

    @property
    def size(self) -> int:
        return len(self.written) + 1

    def takes(self, value: Value) -> bool:
        return isinstance(value, Id)

    def encode(self, value: Value) -> int:
        assert isinstance(value, str)
        text = value.strip()
        if is_id(text):
            return self.listed.get(text[:15], self.other)
        return self.texts.get(fold(text), self.size - 1)

    def is_one(self, code: int) -> bool:
        """As of texts; ids that fold to the same are not all of one class."""
        return self.other < code < self.size - 1 and len(self.written[code]) == 1

    def members(self, code: int) -> Iterator[Value]:
        if code < len(self.written):
            yield from map(Id, self.written[code])
            yield from (Id(text[:15]) for text in self.written[code] if len(text) == 18 and is_id(text))
        else:
            yield from (Id(text) for text in _others() if self.encode(Id(text)) == code)


def _formless(text: str) -> str | None:
    """A text that folds to the same and has the form of no id, if there is one: few letters allow it."""
    return next((form for form in _forms(text) if not is_id(form)), None)


def _forms(text: str) -> Iterator[str]:
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
