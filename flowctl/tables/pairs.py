"""Rows that get in each other's way, found without comparing every row with every other."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, combinations_with_replacement, product
from operator import itemgetter
from typing import Any, TypeAlias

from flowctl.data import dataclass
from flowctl.tables.cells import (
    ANYTHING,
    Anything,
    Cell,
    Exact,
    Key,
    Prefix,
    Range,
    Wildcard,
    covers,
    member,
    overlap,
)
from flowctl.tables.snapshot import Line, Snapshot

Shape: TypeAlias = tuple[bool, ...]  # which cells of a row are filled
Ends: TypeAlias = tuple[Any, Any]  # where a row begins and ends on an axis, both inclusive
FEW = 16  # pairs that are compared at once: taking them apart would cost more
DEEP = 12  # how often rows are taken apart


def meet(a: Line, b: Line) -> bool:
    """Whether some values, on some day, fit both rows."""
    return all(map(overlap, a.cells, b.cells)) and overlap(a.days, b.days)


def hides(above: Line, below: Line) -> bool:
    """Whether whatever fits the row below fits the row above."""
    return all(map(covers, above.cells, below.cells)) and covers(above.days, below.days)


@dataclass
class Budget:
    """How many pairs of rows may still be compared; None for any number."""

    left: int | None = None

    @property
    def is_spent(self) -> bool:
        return self.left is not None and self.left <= 0

    def allows(self, pairs: int = 1) -> bool:
        """Takes some from it, unless it is spent."""
        if self.is_spent:
            return False
        if self.left is not None:
            self.left -= pairs
        return True


# Rows that meet ---------------------------------------------------------------------------------------------------


def meeting(lines: Sequence[Line], budget: Budget | None = None) -> Iterator[tuple[Line, Line]]:
    """Every pair of rows that some values fit both of, the earlier one first, until the budget is spent.

    Rows are put into groups by which cells are filled and what they say in exact columns. Every other column puts the
    rows of a group on a line, on which rows that meet lie over each other: a group falls apart where nothing lies over
    its rows on one of the lines, and what is left is compared along the line on which the fewest do. A table whose rows
    can be told apart so takes about n log n times the number of ways in which rows are blank.
    """
    yield from _pairs(range(len(lines)), range(len(lines)), lines, budget or Budget())


def _pairs(
    ours: Sequence[int], theirs: Sequence[int], lines: Sequence[Line], budget: Budget
) -> Iterator[tuple[Line, Line]]:
    """The pairs that meet of rows of two lists by position, which are the same or have none in common."""
    search = _Search(lines, budget)
    some, others = search.groups(ours), search.groups(theirs)
    shapes = combinations_with_replacement(some, 2) if ours == theirs else product(some, others)
    for mine, its in shapes:
        if not budget.allows():
            return
        yield from search.between(some[mine], (some if ours == theirs else others)[its])


class _Group:
    """Rows of one shape, by position; `shelves` are those that say the same in some exact columns."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.rows: list[int] = []
        self._shelves: dict[tuple[int, ...], dict[tuple[Key, ...], list[int]]] = {}

    def shelves(self, exact: tuple[int, ...], lines: Sequence[Line]) -> dict[tuple[Key, ...], list[int]]:
        if exact not in self._shelves:
            found: dict[tuple[Key, ...], list[int]] = {}
            for row in self.rows:
                for names in product(*(_keys(lines[row].cells[i]) for i in exact)):
                    found.setdefault(names, []).append(row)
            self._shelves[exact] = found
        return self._shelves[exact]


class _Search:
    """Finds pairs of rows of a table. An axis is where each row begins and ends on one line."""

    def __init__(self, lines: Sequence[Line], budget: Budget) -> None:
        self.lines, self.budget = lines, budget
        width = len(lines[0].cells) if lines else 0
        columns = [[line.cells[i] for line in lines] for i in range(width)]
        self.exact = [i for i, cells in enumerate(columns) if any(isinstance(cell, Exact) for cell in cells)]
        self.axes: list[tuple[int | None, list[Ends]]] = [(i, axis) for i in range(width) for axis in _axes(columns[i])]
        self.axes += [(None, axis) for axis in _axes([line.days for line in lines])]

    def groups(self, rows: Iterable[int]) -> dict[Shape, _Group]:
        found: dict[Shape, _Group] = {}
        for row in rows:
            shape = tuple(cell is not ANYTHING for cell in self.lines[row].cells)
            found.setdefault(shape, _Group(shape)).rows.append(row)
        return found

    def between(self, ours: _Group, theirs: _Group) -> Iterator[tuple[Line, Line]]:
        """The pairs of two groups, or of one."""
        both = tuple(map(all, zip(ours.shape, theirs.shape, strict=True)))
        exact = tuple(i for i in self.exact if both[i])
        axes = [axis for column, axis in self.axes if column is None or both[column]]
        mine, its = ours.shelves(exact, self.lines), theirs.shelves(exact, self.lines)
        for names, rows in mine.items():
            if names not in its:
                continue
            for one, other in self._apart(rows, its[names], axes, DEEP):
                a, b = sorted((self.lines[one], self.lines[other]), key=lambda line: line.at)
                if meet(a, b) and names == tuple(_common(a.cells[i], b.cells[i]) for i in exact):
                    yield a, b

    def _apart(
        self, ours: list[int], theirs: list[int], axes: list[list[Ends]], deep: int
    ) -> Iterator[tuple[int, int]]:
        """The pairs of rows that may meet, when the lists have been taken apart along each axis that allows it."""
        few = len(ours) * len(theirs) <= FEW
        for axis in () if few or not deep else axes:
            parts = list(_clusters(ours, theirs, axis))
            if len(parts) != 1:
                for mine, its in parts:
                    yield from self._apart(mine, its, axes, deep - 1)
                return
        if not axes or few:
            found: Iterator[tuple[int, int]] = combinations(ours, 2) if ours is theirs else product(ours, theirs)
        else:
            found = min((_Sweep(ours, theirs, axis) for axis in axes), key=_Sweep.count).pairs()
        for pair in found:
            if not self.budget.allows():
                return
            yield pair


def _clusters(ours: list[int], theirs: list[int], axis: list[Ends]) -> Iterator[tuple[list[int], list[int]]]:
    """The rows of two lists, or of one, taken apart where none lies over the next ones; those of one list alone are
    left out, since they meet nothing."""
    is_one = ours is theirs
    rows = [(axis[row], row, True) for row in ours] + ([] if is_one else [(axis[row], row, False) for row in theirs])
    rows.sort()
    mine: list[int] = []
    its: list[int] = mine if is_one else []
    end: Any = None
    for (low, high), row, is_ours in rows:
        if end is not None and low > end:
            if mine and its:
                yield mine, its
            mine, end = [], None
            its = mine if is_one else []
        (mine if is_ours else its).append(row)
        end = high if end is None else max(end, high)
    if mine and its:
        yield mine, its


class _Sweep:
    """The pairs of rows of two lists, or of one, that lie over each other on an axis: found where the one that begins
    later begins."""

    def __init__(self, ours: list[int], theirs: list[int], axis: list[Ends]) -> None:
        self.is_one = ours is theirs
        self.axis = axis
        self.ours = sorted(ours, key=axis.__getitem__)
        self.theirs = self.ours if self.is_one else sorted(theirs, key=axis.__getitem__)
        self.lows = [axis[row][0] for row in self.ours], [axis[row][0] for row in self.theirs]

    def count(self) -> int:
        return sum(end - start for _, _, start, end in self._spans())

    def pairs(self) -> Iterator[tuple[int, int]]:
        for row, others, start, end in self._spans():
            for at in range(start, end):
                yield row, others[at]

    def _spans(self) -> Iterator[tuple[int, list[int], int, int]]:
        """For each row those of a list that begin while it lasts; of two that begin together only one."""
        mine, its = self.lows
        for at, row in enumerate(self.ours):
            low, high = self.axis[row]
            yield row, self.theirs, at + 1 if self.is_one else bisect_left(its, low), bisect_right(its, high)
        for row in () if self.is_one else self.theirs:
            low, high = self.axis[row]
            yield row, self.ours, bisect_right(mine, low), bisect_right(mine, high)


def _keys(cell: Cell) -> tuple[Key, ...]:
    assert isinstance(cell, Exact)
    return cell.keys


def _common(a: Cell, b: Cell) -> Key:
    """The first form that two cells which meet have in common."""
    return next(key for key in _keys(a) if key in _keys(b))


def _axes(cells: Sequence[Cell]) -> Iterator[list[Ends]]:
    """The axes of a column; none for exact values."""
    if any(isinstance(cell, Range) for cell in cells):
        are_days = _are_days(cells)
        yield [_ends(cell, are_days) for cell in cells]
    elif any(isinstance(cell, Prefix) for cell in cells):
        yield _begins([cell.start if isinstance(cell, Prefix) else "" for cell in cells])
    elif any(isinstance(cell, Wildcard) for cell in cells):
        yield _begins([cell.pieces[0] if isinstance(cell, Wildcard) else "" for cell in cells])
        yield _begins([cell.pieces[-1][::-1] if isinstance(cell, Wildcard) else "" for cell in cells])


def _begins(starts: Sequence[str]) -> list[Ends]:
    """For each text the places, in their order, of the texts that begin with it."""
    texts = sorted({*starts})
    ends: dict[str, Ends] = {}
    for at, start in enumerate(texts):
        cut = slice(len(start))
        ends[start] = at, bisect_right(texts, start, lo=at, key=itemgetter(cut)) - 1
    return [ends[start] for start in starts]


def _are_days(cells: Iterable[Cell]) -> bool:
    return any(isinstance(end, dt.date) for c in cells if isinstance(c, Range) for end in (c.low, c.high))


def _ends(cell: Cell, are_days: bool) -> Ends:
    """Where a range begins and ends; a blank cell is a range without ends."""
    first, last = (dt.date.min, dt.date.max) if are_days else (float("-inf"), float("inf"))
    low, high = (cell.low, cell.high) if isinstance(cell, Range) else (None, None)
    return first if low is None else low, last if high is None else high


# Rows that are hidden ---------------------------------------------------------------------------------------------


def hidden(table: Snapshot, budget: Budget | None = None) -> Iterator[tuple[Line, Line]]:
    """The rows that never win, each after one row above that fits whatever it fits, until the budget is spent.

    A row that wins at one of its ends is not hidden; only rows of which others win all ends, and none of those hides
    them, are compared with others.
    """
    budget = budget or Budget()
    crowd = max(map(_crowd, _columns(table)), default=0)
    days = _are_days(line.days for line in table.lines), [_are_days(cells) for cells in _columns(table)]
    unsure: list[int] = []
    for at, line in enumerate(table.lines):
        if not budget.allows(crowd // 8):
            return
        winners = [table.first(*corner) for corner in dict.fromkeys(_corners(line, *days))]
        above = [winner for winner in winners if winner is not None and winner.at < line.at]
        if len(above) == len(winners):
            hider = next((winner for winner in above if hides(winner, line)), None)
            if hider is None:
                unsure.append(at)
            else:
                yield hider, line
    yield from _still_hidden(table.lines, unsure, budget)


def _columns(table: Snapshot) -> Iterator[list[Cell]]:
    for i in range(len(table.columns)):
        yield [line.cells[i] for line in table.lines]


def _crowd(cells: Iterable[Cell]) -> int:
    """How many patterns a look-up tries at most, one after the other: those that begin and end alike."""
    patterns = {cell for cell in cells if isinstance(cell, Wildcard)}
    return max(Counter((cell.pieces[0], cell.pieces[-1]) for cell in patterns).values(), default=0)


def _corners(line: Line, by_day: bool, are_days: list[bool]) -> Iterator[tuple[tuple[Key | None, ...], Any]]:
    """Where all ranges of a row begin, and where all end."""
    for end in (0, 1):
        keys = (
            _ends(cell, is_day)[end] if isinstance(cell, Range) else member(cell)
            for cell, is_day in zip(line.cells, are_days, strict=True)
        )
        yield tuple(keys), None if line.days is ANYTHING else _ends(line.days, by_day)[end]


def _still_hidden(lines: Sequence[Line], unsure: list[int], budget: Budget) -> Iterator[tuple[Line, Line]]:
    left = {lines[row].at for row in unsure}
    sure = sorted({*range(len(lines))}.difference(unsure))
    for rows in (sure, unsure) if unsure else ():
        for above, below in _pairs(rows, unsure, lines, budget):
            if below.at in left and hides(above, below):
                left.remove(below.at)
                yield above, below


# Rows that are repeated -------------------------------------------------------------------------------------------


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
    are_days = table.columns[column].type.kind == "date"
    ends = {line.at: _ends(line.cells[column], are_days) for line in rows}
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
