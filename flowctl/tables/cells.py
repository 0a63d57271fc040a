"""What a cell of a key column says, whether a value fits it, and how two cells lie to each other.

A blank cell fits anything; a filled one never fits a blank. Texts compare as conditions compare them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Literal, TypeAlias, assert_never

from flowctl.data import dataclass
from flowctl.expr import FieldType, Id, Value, coerce, day_of, fold, is_id

Match: TypeAlias = Literal["exact", "prefix", "range", "wildcard"]
TEXTS = ("text", "email", "url", "phone", "picklist")
KEY_TYPES: dict[str, tuple[str, ...]] = {
    "exact": (*TEXTS, "id", "user", "owner", "number", "checkbox", "date"),
    "prefix": TEXTS,
    "range": ("number", "date"),
    "wildcard": TEXTS,
}

# A value in the form in which it is looked up; the first 15 characters of an id stand in a tuple, apart from texts.
Key: TypeAlias = str | tuple[str] | float | bool | dt.date


class CellError(ValueError):
    """A text that its column cannot hold; the message does not quote it."""

    def __init__(self, message: str, hint: str | None = None, *, is_backwards: bool = False) -> None:
        super().__init__(message)
        self.hint, self.is_backwards = hint, is_backwards


@dataclass(frozen=True, slots=True)
class Anything:
    """A blank cell."""


ANYTHING = Anything()


@dataclass(frozen=True, slots=True)
class Exact:
    """One value; a text that has the shape of an id has a second form, in which ids ask for it."""

    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """Texts that begin so."""

    start: str


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers or days between two ends, both inclusive; None is an open end."""

    low: float | dt.date | None
    high: float | dt.date | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """The texts between the `*` of a pattern, each of which stands for any characters, or none."""

    pieces: tuple[str, ...]


Cell: TypeAlias = Anything | Exact | Prefix | Range | Wildcard


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A column that rows are found by."""

    name: str
    match: Match
    type: FieldType

    def cell(self, text: str, zone: dt.tzinfo) -> Cell:
        """What the text of a cell says.

        Raises:
            CellError: It is no such cell.
        """
        if not text.strip():
            return ANYTHING
        match self.match:
            case "exact":
                return Exact(_forms(_typed(text, self.type, zone), self.type.kind))
            case "prefix":
                return Prefix(fold(text))
            case "range":
                return _range(text.strip(), self.type, zone)
            case "wildcard":
                return Wildcard(tuple(re.split(r"\*+", fold(text))))
            case _:
                assert_never(self.match)

    def key(self, value: Value, zone: dt.tzinfo) -> Key | None:
        """The form in which a value is looked up; None for a blank, and for a value that the column cannot hold."""
        kind = self.type.kind
        if kind == "checkbox":
            return bool(value) if value is None or isinstance(value, bool) else None
        if kind == "number":
            return value if isinstance(value, float) else None
        if kind == "date":
            return day_of(value, zone) if isinstance(value, dt.date) else None
        if not isinstance(value, str) or not value.strip():
            return None
        asks_by_id = self.match == "exact" and (kind == "id" or isinstance(value, Id)) and is_id(value.strip())
        return (value.strip()[:15],) if asks_by_id else fold(value)


def _typed(text: str, type_: FieldType, zone: dt.tzinfo) -> Value:
    try:
        return coerce(text, type_, zone)
    except ValueError as error:
        raise CellError(str(error)) from None  # its message may hold the cell


def _forms(value: Value, kind: str) -> tuple[Key, ...]:
    if not isinstance(value, str):
        assert isinstance(value, float | bool | dt.date)
        return (value,)
    text = value.strip()
    if kind in ("user", "owner") and "/" not in text:
        text = f"user/{text}"
    by_id: tuple[Key, ...] = ((text[:15],),) if is_id(text) else ()
    return by_id if by_id and kind == "id" else (fold(text), *by_id)


_NUMBERS = re.compile(r"([0-9.]+)?\s*[-\u2013]\s*([0-9.]+)?")  # a spreadsheet makes a dash of a hyphen
_THOUSANDS = re.compile(r"[0-9]\.[0-9]{3}(?![0-9])")  # 4.999 may be meant as 4999
_POINTS = "a point begins the decimals: write 4999 and not 4.999; or swap its ends"
_RANGES = {
    "number": "as in 101-750, 751-, -100 or 750; of negative numbers -10..-5",
    "date": "as in 2026-01-01..2026-03-31, 2026-01-01.. or ..2026-03-31",
}


def _range(text: str, type_: FieldType, zone: dt.tzinfo) -> Range:
    hint = _RANGES[type_.kind]
    ends = _ends(text, type_.kind)
    if ends == ("", ""):
        raise CellError("a range without an end holds everything", "leave the cell blank")
    try:
        low, high = (coerce(end, type_, zone) if end else None for end in ends)
    except ValueError:
        raise CellError(f"a range of {type_.kind}s is needed", hint) from None
    assert low is None or isinstance(low, float | dt.date)
    assert high is None or isinstance(high, float | dt.date)
    if low is not None and high is not None and high < low:  # type: ignore[operator]  # both are of the column's type
        hint = _POINTS if _THOUSANDS.search(text) else "swap its ends"
        raise CellError("the range ends before it begins", hint, is_backwards=True)
    return Range(low, high)


def _ends(text: str, kind: str) -> tuple[str, str]:
    low, dots, high = text.partition("..")
    if dots:
        return low.strip(), high.strip()
    found = _NUMBERS.fullmatch(text) if kind == "number" else None
    return (found[1] or "", found[2] or "") if found else (text, text)


# What cells say ---------------------------------------------------------------------------------------------------


def fits(cell: Cell, key: Key | None) -> bool:
    """Whether a value, in the form in which it is looked up, fits a cell of its column."""
    match cell:
        case Anything():
            return True
        case _ if key is None:
            return False
        case Exact(keys):
            return key in keys
        case Prefix(start):
            return isinstance(key, str) and key.startswith(start)
        case Range(low, high):
            return (low is None or low <= key) and (high is None or key <= high)  # type: ignore[operator]
        case Wildcard(pieces):
            return isinstance(key, str) and is_like(key, pieces)
        case _:
            assert_never(cell)


def is_like(text: str, pieces: Sequence[str]) -> bool:
    """Whether a text is the pieces in their order, with anything between them; quick for any pattern."""
    first, *rest = pieces
    if not rest:
        return text == first
    *middle, last = rest
    at, end = len(first), len(text) - len(last)
    if at > end or not text.startswith(first) or not text.endswith(last):
        return False
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def overlap(a: Cell, b: Cell) -> bool:
    """Whether some value fits both cells of a column."""
    match a, b:
        case (Anything(), _) | (_, Anything()):
            return True
        case Exact(), Exact():
            return any(key in b.keys for key in a.keys)
        case Prefix(), Prefix():
            return a.start.startswith(b.start) or b.start.startswith(a.start)
        case Range(), Range():
            return _begins_by(a.low, b.high) and _begins_by(b.low, a.high)
        case Wildcard(), Wildcard():
            return _have_common_text(a.pieces, b.pieces)
        case _:
            raise AssertionError("cells of one column are of one kind")


def _begins_by(low: float | dt.date | None, high: float | dt.date | None) -> bool:
    return low is None or high is None or low <= high  # type: ignore[operator]  # both are of the column's type


def _have_common_text(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether some text is like both patterns. Where each has a `*`, all pieces of both can follow one another in a
    text, so that only how it begins and how it ends may contradict each other."""
    if len(a) == 1 or len(b) == 1:
        return is_like(a[0], b) if len(a) == 1 else is_like(b[0], a)
    heads, tails = sorted((a[0], b[0]), key=len), sorted((a[-1], b[-1]), key=len)
    return heads[1].startswith(heads[0]) and tails[1].endswith(tails[0])


def covers(a: Cell, b: Cell) -> bool:
    """Whether every value that fits `b` fits `a`. Of patterns that is told for sure only when it is so."""
    match a, b:
        case Anything(), _:
            return True
        case _, Anything():
            return False
        case Exact(), Exact():
            return all(key in a.keys for key in b.keys)
        case Prefix(), Prefix():
            return b.start.startswith(a.start)
        case Range(), Range():
            begins = a.low is None or (b.low is not None and a.low <= b.low)  # type: ignore[operator]
            return begins and (a.high is None or (b.high is not None and b.high <= a.high))  # type: ignore[operator]
        case Wildcard(), Wildcard():
            return is_like("*".join(b.pieces), a.pieces)
        case _:
            raise AssertionError("cells of one column are of one kind")


def member(cell: Cell) -> Key | None:
    """A value that fits a cell; of a blank one a blank."""
    match cell:
        case Anything():
            return None
        case Exact(keys):
            return keys[0]
        case Prefix(start):
            return start
        case Range(low, high):
            return high if low is None else low
        case Wildcard(pieces):
            return "".join(pieces) or "x"
        case _:
            assert_never(cell)
