"""Rows that get in each other's way, found without comparing every row with every other."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, product
from typing import Any, TypeAlias

from flowctl.tables.cells import ANYTHING, Anything, Cell, Exact, Key, Prefix, Range, covers, member, overlap
from flowctl.tables.snapshot import Line, Snapshot

Shape: TypeAlias = tuple[bool, ...]  # which cells of a row are filled


def meet(a: Line, b: Line) -> bool:
    """Whether some values, on some day, fit both rows."""
    return all(map(overlap, a.cells, b.cells)) and overlap(a.days, b.days)


def hides(above: Line, below: Line) -> bool:
    """Whether whatever fits the row below fits the row above."""
    return all(map(covers, above.cells, below.cells)) and covers(above.days, below.days)


def meeting(lines: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
    """Every pair of rows that some values fit both of, the earlier one first.

    Rows are put into groups by what they say in exact columns and in the first prefix column, so that only rows of
    groups that agree are compared; within a group by the ranges that can meet. A table without overlaps takes about
    n log n times the number of ways in which its rows are blank.
    """
    groups: dict[Shape, list[Line]] = {}
    for line in lines:
        groups.setdefault(tuple(cell is not ANYTHING for cell in line.cells), []).append(line)
    for ours, theirs in product(groups, repeat=2):
        filled = [i for i, both in enumerate(zip(ours, theirs, strict=True)) if all(both)]
        yield from _between(groups[ours], groups[theirs], filled)


def _between(ours: list[Line], theirs: list[Line], filled: list[int]) -> Iterator[tuple[Line, Line]]:
    """Pairs of two groups of rows, of which the cells at `filled` are filled in all. A pair of which one prefix is
    longer is found from the side of the longer one; others from the side of the later row."""
    if not ours or not theirs:
        return
    exact = [i for i in filled if isinstance(ours[0].cells[i], Exact)]
    prefix = next((i for i in filled if isinstance(ours[0].cells[i], Prefix)), None)
    ranged = next((i for i in filled if isinstance(ours[0].cells[i], Range)), None)
    shelves: dict[tuple[Key, ...], _Shelf] = {}
    for line in theirs:
        for names in _names(line, exact, prefix):
            shelves.setdefault(names, _Shelf(ranged)).lines.append(line)
    lengths = sorted({len(names[-1]) for names in shelves if isinstance(names[-1], str)}) if prefix is not None else []
    for line in ours:
        seen: set[int] = set()
        for names in _names(line, exact, prefix, lengths):
            for other in shelves[names].near(line) if names in shelves else ():
                if other.at not in seen and _is_first_told(line, other, prefix) and meet(line, other):
                    seen.add(other.at)
                    yield (other, line) if other.at < line.at else (line, other)


def _is_first_told(line: Line, other: Line, prefix: int | None) -> bool:
    if prefix is not None:
        mine, its = line.cells[prefix], other.cells[prefix]
        assert isinstance(mine, Prefix)
        assert isinstance(its, Prefix)
        if len(mine.start) != len(its.start):
            return len(its.start) < len(mine.start)
    return other.at < line.at


def _names(line: Line, exact: list[int], prefix: int | None, lengths: Iterable[int] = ()) -> Iterator[tuple[Key, ...]]:
    """What a row is shelved under; with `lengths`, what rows with a prefix of its prefix are shelved under."""
    found: list[tuple[Key, ...]] = [cell.keys for i in exact if isinstance(cell := line.cells[i], Exact)]
    begins = None if prefix is None else line.cells[prefix]
    if isinstance(begins, Prefix):
        start = begins.start
        found.append(tuple(start[:length] for length in lengths if length <= len(start)) if lengths else (start,))
    yield from product(*found)


@dataclass
class _Shelf:
    """Rows that agree so far, sorted by where their ranges begin."""

    ranged: int | None
    lines: list[Line] = field(default_factory=list)
    lows: list[Any] = field(default_factory=list)
    highs: list[Any] = field(default_factory=list)  # the highest end of the rows up to each

    def near(self, line: Line) -> Iterator[Line]:
        """The rows whose range can meet the row's."""
        if not self.lows:
            self.lines.sort(key=lambda other: self.ends(other)[0])
            self.lows = [self.ends(other)[0] for other in self.lines]
            self.highs = list(accumulate((self.ends(other)[1] for other in self.lines), max))
        low, high = self.ends(line)
        at = bisect_right(self.lows, high)
        while at and self.highs[at - 1] >= low:
            at -= 1
            yield self.lines[at]

    def ends(self, line: Line) -> tuple[Any, Any]:
        """Where the row's range, or else its days, begin and end."""
        cell = line.days if self.ranged is None else line.cells[self.ranged]
        low, high = (cell.low, cell.high) if isinstance(cell, Range) else (None, None)
        if self.ranged is None or isinstance(low, dt.date) or isinstance(high, dt.date):
            return low or dt.date.min, high or dt.date.max
        return float("-inf") if low is None else low, float("inf") if high is None else high


def repeated(lines: Iterable[Line]) -> Iterator[tuple[Line, Line]]:
    """Rows that say of what they are found by, and of their days, what an earlier row says; with that row."""
    first: dict[tuple[tuple[Cell, ...], Cell], Line] = {}
    for line in lines:
        said = line.cells, line.days
        if said in first:
            yield first[said], line
        first.setdefault(said, line)


# Gaps ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gap:
    """Values that no row fits, between two rows that are equal otherwise: of a column (by position), after one end and
    before another."""

    column: int
    below: Line
    above: Line
    low: Any
    high: Any


def gaps(table: Snapshot) -> Iterator[Gap]:
    """The gaps between the ranges of rows that say the same in all other columns, unless another row fits there."""
    for column, key in enumerate(table.columns):
        if key.match == "range":
            for rows in _alike(table.lines, column):
                yield from _within(table, column, rows)


def _alike(lines: Iterable[Line], column: int) -> Iterable[list[Line]]:
    groups: dict[tuple[tuple[Cell, ...], Cell], list[Line]] = {}
    for line in lines:
        if not isinstance(line.cells[column], Anything):
            others = line.cells[:column] + line.cells[column + 1 :]
            groups.setdefault((others, line.days), []).append(line)
    return groups.values()


def _within(table: Snapshot, column: int, rows: list[Line]) -> Iterator[Gap]:
    shelf = _Shelf(column)
    ends = {line.at: shelf.ends(line) for line in rows}
    rows = sorted(rows, key=lambda line: ends[line.at])
    below = rows[0]
    for above in rows[1:]:
        low, high = ends[below.at][1], ends[above.at][0]
        inside = _between_ends(low, high)
        if inside is not None and not _is_filled(table, column, above, inside):
            yield Gap(column, below, above, low, high)
        below = max(below, above, key=lambda line: ends[line.at][1])


def _between_ends(low: Any, high: Any) -> Any:
    """A value between two ends, None when there is none that counts: whole numbers and days follow one another."""
    if high <= low:
        return None
    if isinstance(low, dt.date):
        return low + dt.timedelta(days=1) if (high - low).days > 1 else None
    if low == int(low) and high == int(high):
        return low + 1 if high - low > 1 else None
    return (low + high) / 2


def _is_filled(table: Snapshot, column: int, line: Line, inside: Any) -> bool:
    """Whether some row of the table fits the values of a row, but for another value in one column."""
    keys = [member(cell) for cell in line.cells]
    keys[column] = inside
    return table.first(tuple(keys), line.since or line.until or dt.date(2000, 1, 1)) is not None
