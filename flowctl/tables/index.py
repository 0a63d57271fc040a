"""The rows of a table, found by the values of their key columns without looking at every row.

An index is a tree with a level for each key column, and one for the days on which rows hold:

- exact: a hash look-up, and another one for the rows that are blank there
- prefix: a hash look-up for each length that prefixes have, at most as many as the value has characters
- wildcard: a hash look-up for each pair of lengths of a pattern's first and last piece, then the patterns alike in
  both
- range: a binary search; above another column, one step for each of about log n spans of ranges that hold the value

So a look-up takes a time that does not depend on the number of rows for exact keys, is bounded by the length of the
value for prefixes, and logarithmic for ranges (log^k n for k range columns, dates included). Building takes n log n for
one range column; each more may add a factor log n in time and space.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias

from flowctl.tables.cells import (
    ANYTHING,
    Cell,
    Exact,
    Key,
    Prefix,
    Range,
    Wildcard,
    fits,
    is_like,
)

FEW = 8  # rows that are tried one after the other: a level more would cost more than it saves
NOWHERE = 1 << 62  # the position of no row

Keys: TypeAlias = tuple[Key | None, ...]
Entry: TypeAlias = tuple[int, tuple[Cell, ...]]  # the position of a row, and its cells column by column


class Node(Protocol):
    def first(self, keys: Keys) -> int:
        """The least position of a row that fits, or NOWHERE."""


def built(matches: Sequence[str], entries: list[Entry], at: int) -> Node:
    """The index over entries, in the order of their positions, by the columns from `at` on."""
    while at < len(matches) and all(cells[at] is ANYTHING for _, cells in entries):
        at += 1
    if at == len(matches):
        return _Few(entries[:1], at)
    if len(entries) <= FEW:
        return _Few(entries, at)
    if matches[at] == "range":
        is_last = all(cells[i] is ANYTHING for i in range(at + 1, len(matches)) for _, cells in entries)
        return _Line(entries, at) if is_last else _Spans(matches, entries, at)
    return {"exact": _Exactly, "prefix": _Beginning, "wildcard": _Like}[matches[at]](matches, entries, at)


class _Few:
    """Rows that are tried in their order."""

    def __init__(self, entries: list[Entry], at: int) -> None:
        self.entries, self.at = entries, at

    def first(self, keys: Keys) -> int:
        for position, cells in self.entries:
            if all(fits(cells[i], keys[i]) for i in range(self.at, len(keys))):
                return position
        return NOWHERE


class _Level:
    """One column: the rows that are blank there, and the others."""

    def __init__(self, matches: Sequence[str], entries: list[Entry], at: int) -> None:
        self.at = at
        blank = [entry for entry in entries if entry[1][at] is ANYTHING]
        self.blank: Node | None = built(matches, blank, at + 1) if blank else None
        filled: dict[Cell, list[Entry]] = {}
        for entry in entries:
            if entry[1][at] is not ANYTHING:
                filled.setdefault(entry[1][at], []).append(entry)
        self.fill(matches, filled)

    def fill(self, matches: Sequence[str], filled: dict[Cell, list[Entry]]) -> None:
        raise NotImplementedError

    def nodes(self, key: Key) -> Iterable[Node]:
        """The nodes below whose cell here fits a value."""
        raise NotImplementedError

    def first(self, keys: Keys) -> int:
        found = self.blank.first(keys) if self.blank else NOWHERE
        key = keys[self.at]
        for node in self.nodes(key) if key is not None else ():
            found = min(found, node.first(keys))
        return found


class _Exactly(_Level):
    def fill(self, matches: Sequence[str], filled: dict[Cell, list[Entry]]) -> None:
        by_key: dict[Key, list[Entry]] = {}
        for cell, entries in filled.items():
            assert isinstance(cell, Exact)
            for key in cell.keys:
                by_key.setdefault(key, []).extend(entries)
        self.by_key = {key: built(matches, sorted(found, key=_position), self.at + 1) for key, found in by_key.items()}

    def nodes(self, key: Key) -> Iterable[Node]:
        node = self.by_key.get(key)
        return () if node is None else (node,)


class _Beginning(_Level):
    def fill(self, matches: Sequence[str], filled: dict[Cell, list[Entry]]) -> None:
        self.by_start: dict[str, Node] = {}
        for cell, entries in filled.items():
            assert isinstance(cell, Prefix)
            self.by_start[cell.start] = built(matches, entries, self.at + 1)
        self.lengths = sorted({len(start) for start in self.by_start})

    def nodes(self, key: Key) -> Iterable[Node]:
        if not isinstance(key, str):
            return
        for length in self.lengths:
            if length > len(key):
                return
            node = self.by_start.get(key[:length])
            if node is not None:
                yield node


class _Like(_Level):
    def fill(self, matches: Sequence[str], filled: dict[Cell, list[Entry]]) -> None:
        self.by_ends: dict[tuple[str, str], list[tuple[tuple[str, ...], Node]]] = {}
        for cell, entries in filled.items():
            assert isinstance(cell, Wildcard)
            below = cell.pieces, built(matches, entries, self.at + 1)
            self.by_ends.setdefault((cell.pieces[0], cell.pieces[-1]), []).append(below)
        self.lengths = sorted({(len(head), len(tail)) for head, tail in self.by_ends})

    def nodes(self, key: Key) -> Iterable[Node]:
        if not isinstance(key, str):
            return
        for head, tail in self.lengths:
            if max(head, tail) <= len(key):
                for pieces, node in self.by_ends.get((key[:head], key[len(key) - tail :]), ()):
                    if is_like(key, pieces):
                        yield node


class _Slots:
    """The ends of ranges, and the gaps between them, numbered: an end is odd, the gap before it one less."""

    def __init__(self, ranges: Iterable[Cell]) -> None:
        ends: set[Any] = {end for r in ranges if isinstance(r, Range) for end in (r.low, r.high) if end is not None}
        self.ends = sorted(ends)  # all numbers or all days
        self.count = 2 * len(self.ends) + 1

    def of(self, value: Any) -> int:
        at = bisect_left(self.ends, value)
        return 2 * at + (1 if at < len(self.ends) and self.ends[at] == value else 0)

    def span(self, cell: Cell) -> tuple[int, int]:
        """The first and the last slot of a range."""
        assert isinstance(cell, Range)
        return 0 if cell.low is None else self.of(cell.low), self.count - 1 if cell.high is None else self.of(cell.high)


class _Line:
    """The last column that is not blank throughout, a range: which row wins in each slot is known beforehand."""

    def __init__(self, entries: list[Entry], at: int) -> None:
        self.at = at
        self.blank = next((position for position, cells in entries if cells[at] is ANYTHING), NOWHERE)
        filled = [(position, cells[at]) for position, cells in entries if cells[at] is not ANYTHING]
        self.slots = _Slots(cell for _, cell in filled)
        self.winners = [min(self.blank, found) for found in self._swept(filled)]

    def _swept(self, filled: list[tuple[int, Cell]]) -> Iterator[int]:
        """For each slot the least position of the ranges over it."""
        begins = sorted((*self.slots.span(cell), position) for position, cell in filled)
        open_: list[tuple[int, int]] = []  # position and last slot
        coming = 0
        for slot in range(self.slots.count):
            while coming < len(begins) and begins[coming][0] == slot:
                _, last, position = begins[coming]
                heapq.heappush(open_, (position, last))
                coming += 1
            while open_ and open_[0][1] < slot:
                heapq.heappop(open_)
            yield open_[0][0] if open_ else NOWHERE

    def first(self, keys: Keys) -> int:
        key = keys[self.at]
        return self.blank if key is None else self.winners[self.slots.of(key)]


class _Spans(_Level):
    """A range with more columns below: a tree of spans of slots, in which each range is about log n spans."""

    def fill(self, matches: Sequence[str], filled: dict[Cell, list[Entry]]) -> None:
        self.slots = _Slots(filled)
        spans: dict[int, list[Entry]] = {}
        for cell, entries in filled.items():
            for span in self._spans(*self.slots.span(cell)):
                spans.setdefault(span, []).extend(entries)
        self.by_span = {n: built(matches, sorted(found, key=_position), self.at + 1) for n, found in spans.items()}

    def _spans(self, first: int, last: int) -> Iterator[int]:
        """The spans that make up the slots from first to last: slot n is span n + count, span n lies in span n // 2."""
        low, high = first + self.slots.count, last + self.slots.count + 1
        while low < high:
            if low % 2:
                yield low
                low += 1
            if high % 2:
                high -= 1
                yield high
            low, high = low // 2, high // 2

    def nodes(self, key: Key) -> Iterable[Node]:
        span = self.slots.of(key) + self.slots.count
        while span:
            node = self.by_span.get(span)
            if node is not None:
                yield node
            span //= 2


def _position(entry: Entry) -> int:
    return entry[0]
