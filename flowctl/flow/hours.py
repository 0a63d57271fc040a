"""When people work, and how much they take: `Mo-Fr 09:00-12:30, 13:30-17:30`, `12/day, 40/week`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeAlias

from flowctl.data import dataclass
from flowctl.diag import did_you_mean
from flowctl.document import Document, Json, Tree
from flowctl.flow.kinds import MISSING, Kind, Missing, a_scalar

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
DAY = 24 * 60  # minutes
MOST_CHARACTERS = 1000  # seven days with a dozen blocks each
Block: TypeAlias = tuple[int, int]  # minutes since midnight; the first belongs to it, the last does not


# Working hours ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hours:
    """The blocks of each day of the week, from Monday, by the clock on the wall. `str()` is the canonical text."""

    days: tuple[tuple[Block, ...], ...]

    def hold(self, weekday: int, minute: int) -> bool:
        """Whether they hold at a minute of a day of the week (Monday is 0)."""
        for start, end in self.days[weekday]:  # noqa: SIM110 (every turn asks, and `any` takes twice as long)
            if start <= minute < end:
                return True
        return False

    @property
    def never_hold(self) -> bool:
        return not any(self.days)

    def __str__(self) -> str:
        alike: dict[tuple[Block, ...], list[int]] = {}
        for weekday, blocks in enumerate(self.days):
            if blocks:
                alike.setdefault(blocks, []).append(weekday)
        return "; ".join(f"{_days_text(days)} {_blocks_text(blocks)}" for blocks, days in alike.items())


def _days_text(days: list[int]) -> str:
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs)


def _blocks_text(blocks: Iterable[Block]) -> str:
    return ", ".join(f"{_time_text(start)}-{_time_text(end)}" for start, end in blocks)


def _time_text(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


class WorkingHours(Kind):
    """`Mo-Fr 09:00-12:30, 13:30-17:30; Sa 10:00-12:00`: days and blocks of hours, `;` between groups of them.

    An empty text is nobody's working hours; `check` tells whose they are.
    """

    def read(self, tree: Tree, document: Document) -> Hours | Missing:
        scalar = a_scalar(tree, document, "working hours")
        if scalar is None:
            return MISSING
        if len(scalar.text) > MOST_CHARACTERS:
            document.problem("FC005", f"working hours of more than {MOST_CHARACTERS:,} characters", scalar, _HINT)
            return MISSING
        week = _Week()
        for start, group in _groups(scalar.text):
            try:
                week.add(_Group(_tokens(group, start), start + len(group.rstrip())))
            except _Odd as odd:
                document.problem("FC005", odd.message, document.span_inside(scalar, odd.start, odd.end), odd.hint)
                week.is_sound = False
        return week.hours() if week.is_sound else MISSING

    def plain(self, value: Hours, cosmetic: bool = True) -> Json:
        return str(value)

    def schema(self) -> dict[str, Json]:
        day = f"({'|'.join(f'[{d[0]}{d[0].lower()}][{d[1].upper()}{d[1]}]' for d in DAYS)})"
        days, block = f"{day}( *- *{day})?", "[0-9]{1,2}:[0-9]{2} *- *[0-9]{1,2}:[0-9]{2}"
        group = f"{days}( *, *{days})* +{block}( *, *{block})*"
        return {"type": "string", "pattern": f"^ *({group}( *; *{group})* *;?)? *$"}


class _Token(NamedTuple):
    sort: str  # word, time, sign, odd, or end
    text: str
    start: int
    end: int


_Piece: TypeAlias = tuple[_Token, tuple[int, int]]  # a range of days or a block, and where it stands


class _Odd(Exception):
    """What a text cannot be, and where in it."""

    def __init__(self, message: str, start: int, end: int, hint: str | None = None) -> None:
        self.message, self.start, self.end, self.hint = message, start, end, hint


_TOKEN = re.compile(r"(?P<word>[^\W\d_]+)|(?P<time>[0-9]{1,2}:[0-9]{2}(?!\d))|(?P<sign>[-,])|(?P<odd>[\w:.]+|\S)")
_HINT = "as in `Mo-Fr 09:00-12:30, 13:30-17:30; Sa 10:00-12:00`"


def _groups(text: str) -> Iterator[tuple[int, str]]:
    """The groups between the semicolons, each with its offset."""
    at = 0
    for group in re.sub(r";?\s*\Z", "", text).split(";") if text.strip() else ():
        yield at, group
        at += len(group) + 1


def _tokens(group: str, start: int) -> Iterator[_Token]:
    for found in _TOKEN.finditer(group):
        yield _Token(str(found.lastgroup), found.group(), start + found.start(), start + found.end())


class _Group:
    """One group, read from left to right: the days, then the blocks."""

    def __init__(self, tokens: Iterator[_Token], end: int) -> None:
        self._tokens = [*tokens]
        self._end = _Token("end", "", max(end - 1, 0), end)
        self.days = [*self._all(self._days, "word")]
        self.blocks = [*self._all(self._block, "time")]
        if self._tokens:
            raise self._unexpected("`;` between days, `,` between hours")

    def _all(self, read: Callable[[], _Piece], sort: str) -> Iterator[_Piece]:
        yield read()
        while self._next.text == "," and (len(self._tokens) < 2 or self._tokens[1].sort == sort):
            self._tokens.pop(0)
            yield read()

    @property
    def _next(self) -> _Token:
        return self._tokens[0] if self._tokens else self._end

    def _unexpected(self, hint: str) -> _Odd:
        token = self._next
        what = f"`{token.text[:20]}` is not expected here" if token.text else "the working hours end too early"
        return _Odd(what, token.start, token.end, "write a plain `-`" if token.text in "–—‐−" and token.text else hint)

    def _took(self, sort: str, hint: str) -> _Token:
        if self._next.sort != sort:
            raise self._unexpected(hint)
        return self._tokens.pop(0)

    def _dash(self) -> bool:
        return self._next.text == "-" and bool(self._tokens.pop(0))

    def _days(self) -> _Piece:
        first = self._took("word", f"days come first, {_HINT}")
        start = _weekday(first)
        return first, (start, _weekday(self._took("word", _HINT)) if self._dash() else start)

    def _block(self) -> _Piece:
        first = self._took("time", f"from when to when, {_HINT}")
        if not self._dash():
            raise self._unexpected(f"until when? {_HINT}")
        last = self._took("time", f"until when? {_HINT}")
        whole = _Token("block", f"{first.text}-{last.text}", first.start, last.end)
        start, end = _minute(first), _minute(last)
        if end <= start:
            what = "ends before it starts" if end < start else "has no minute"
            raise _Odd(f"`{whole.text}` {what}", whole.start, whole.end, self._over_midnight(start, end))
        return whole, (start, end)

    def _over_midnight(self, start: int, end: int) -> str:
        """How the hours of a night are written."""
        if end == start or not end:
            return f"to the end of the day: `{_time_text(start)}-24:00`"
        days = sorted({day for _, run in self.days for day in _run(*run)})
        next_days = sorted((day + 1) % 7 for day in days)
        evening = f"{_days_text(days)} {_blocks_text([(start, DAY)])}"
        return f"a night is two blocks: `{evening}; {_days_text(next_days)} {_blocks_text([(0, end)])}`"


def _weekday(token: _Token) -> int:
    if (name := token.text.capitalize()) in DAYS:
        return DAYS.index(name)
    close = name[:2] if name[:2] in DAYS else None
    hint = f"did you mean `{close}`?" if close else f"weekdays: {', '.join(DAYS)}"
    raise _Odd(f"unknown weekday `{token.text[:20]}`", token.start, token.end, hint)


def _minute(token: _Token) -> int:
    hour, minute = map(int, token.text.split(":"))
    if minute > 59 or hour * 60 + minute > DAY:
        raise _Odd(f"`{token.text}` is no time of day", token.start, token.end, "from 00:00 to 24:00")
    return hour * 60 + minute


def _run(first: int, last: int) -> Iterator[int]:
    """The days from one to another; from `Sa` to `Mo` over the weekend."""
    for n in range((last - first) % 7 + 1):
        yield (first + n) % 7


class _Week:
    """Groups put together."""

    def __init__(self) -> None:
        self.days: list[list[Block]] = [[] for _ in DAYS]
        self.is_sound = True

    def add(self, group: _Group) -> None:
        for token, block in group.blocks:
            for day in {day: None for _, run in group.days for day in _run(*run)}:
                self._put(day, block, token)

    def _put(self, day: int, block: Block, token: _Token) -> None:
        other = next((b for b in self.days[day] if b[0] < block[1] and block[0] < b[1]), None)
        if other:
            what = f"`{token.text}` overlaps `{_blocks_text([other])}` on {DAYS[day]}"
            hint = f"one block: `{_blocks_text([(min(other[0], block[0]), max(other[1], block[1]))])}`"
            raise _Odd(what, token.start, token.end, hint)
        self.days[day].append(block)

    def hours(self) -> Hours:
        return Hours(tuple(_joined(sorted(blocks)) for blocks in self.days))


def _joined(blocks: list[Block]) -> tuple[Block, ...]:
    """Blocks of which one ends where the next begins are one."""
    found: list[Block] = []
    for block in blocks:
        if found and found[-1][1] == block[0]:
            found[-1] = (found[-1][0], block[1])
        else:
            found.append(block)
    return tuple(found)


# Caps -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cap:
    """The most records that somebody is given on a day and in a week, which begins on Monday."""

    day: int | None = None
    week: int | None = None

    def __str__(self) -> str:
        return ", ".join(f"{most}/{per}" for most, per in ((self.day, "day"), (self.week, "week")) if most)


_CAP = re.compile(r"([0-9]{1,6})\s*/\s*([^\W\d_]+)")


class Limit(Kind):
    """`12/day`, `40/week` or `12/day, 40/week`."""

    def read(self, tree: Tree, document: Document) -> Cap | Missing:
        scalar = a_scalar(tree, document, "a cap")
        if scalar is None:
            return MISSING
        found: dict[str, int] = {}
        at = 0
        for piece in scalar.text.split(","):
            start, end = at + len(piece) - len(piece.lstrip()), at + len(piece.rstrip())
            try:
                _put_cap(found, piece.strip(), start, max(start, end))
            except _Odd as odd:
                document.problem("FC005", odd.message, document.span_inside(scalar, odd.start, odd.end), odd.hint)
                return MISSING
            at += len(piece) + 1
        cap = Cap(found.get("day"), found.get("week"))
        if cap.day and cap.week and cap.day > cap.week:
            where = document.span_inside(scalar, 0, len(scalar.text))
            hint = f"`{cap.week}/week` says so already; or a cap for a day that is no more than that"
            document.problem("FC005", f"nobody who gets {cap.week} a week gets {cap.day} a day", where, hint)
            return MISSING
        return cap

    def plain(self, value: Cap, cosmetic: bool = True) -> Json:
        return str(value)

    def schema(self) -> dict[str, Json]:
        one = "0*[1-9][0-9]* */ *(day|week)"
        return {"type": "string", "pattern": f"^ *{one}( *, *{one})? *$"}


def _put_cap(found: dict[str, int], piece: str, start: int, end: int) -> None:
    match = _CAP.fullmatch(piece)
    if match is None or match[2] not in ("day", "week"):
        hint = match and did_you_mean(match[2], ("day", "week"))
        raise _Odd(
            f"`{piece[:30]}` is not a cap" if piece else "expected a cap", start, end, hint or "as in `12/day, 40/week`"
        )
    if not int(match[1]):
        raise _Odd(f"a cap of `{piece}` lets nobody have a turn", start, end, "take the member out, or note a leave")
    if match[2] in found:
        raise _Odd(f"the cap for a {match[2]} is here twice", start, end, "keep one")
    found[match[2]] = int(match[1])
