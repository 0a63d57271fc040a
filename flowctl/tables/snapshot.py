"""A table as it is asked: its rows, and the first one that fits."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import field
from functools import cached_property

from flowctl.data import dataclass
from flowctl.expr import Value
from flowctl.tables.cells import ANYTHING, Cell, KeyColumn, Match, Range, fits
from flowctl.tables.index import NOWHERE, Keys, Node, built

_ORDER: dict[Match, int] = {"exact": 0, "prefix": 1, "wildcard": 2, "range": 3}


@dataclass(frozen=True, slots=True)
class Line:
    """A row: its position in the file from 0, a cell for each key column, what it answers, and its days (inclusive)."""

    at: int
    cells: tuple[Cell, ...]
    answer: Mapping[str, Value] = field(default_factory=dict)
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def days(self) -> Cell:
        return ANYTHING if self.since is None and self.until is None else Range(self.since, self.until)

    def fits(self, keys: Keys, day: dt.date) -> bool:
        """Whether the row is found by these values on a day."""
        return all(map(fits, self.cells, keys)) and fits(self.days, day)


@dataclass(frozen=True)
class Snapshot:
    """A table as it is asked. It does not change; `lines` are in the order of the file, by which the first wins."""

    columns: tuple[KeyColumn, ...]
    lines: tuple[Line, ...]
    zone: dt.tzinfo

    def find(self, values: Mapping[str, Value], day: dt.date) -> tuple[int, Mapping[str, Value]] | None:
        """The position (from 0) and the fields of the first row that fits; None when none does.

        Args:
            values: By key column; one that is not there is blank.
            day: On which the row has to hold, in the calendar of the workspace's time zone.

        A hash look-up for exact keys; `tables.index` says what the others take.
        """
        line = self.first(tuple(c.key(values.get(c.name), self.zone) for c in self.columns), day)
        return None if line is None else (line.at, line.answer)

    def first(self, keys: Keys, day: dt.date | None) -> Line | None:
        """As `find`, of values in the form in which they are looked up; without a day, of the rows that hold always."""
        asked = (*(keys[i] for i in self._order), day)
        position = self._index.first(asked)
        return None if position == NOWHERE else self.lines[position]

    @cached_property
    def fingerprint(self) -> str:
        """Equal for two snapshots that answer alike because they hold the same."""
        digest = hashlib.sha256(repr((self.columns, str(self.zone))).encode())
        for line in self.lines:
            digest.update(repr((line.at, line.cells, sorted(line.answer.items()), line.since, line.until)).encode())
        return f"sha256:{digest.hexdigest()}"

    @cached_property
    def _order(self) -> tuple[int, ...]:
        """The key columns, those that tell most rows apart at the least cost first."""
        return tuple(sorted(range(len(self.columns)), key=lambda i: _ORDER[self.columns[i].match]))

    @cached_property
    def _index(self) -> Node:
        """Made when the first question is asked: most commands ask none."""
        matches = (*(self.columns[i].match for i in self._order), "range")
        cells = ((*(line.cells[i] for i in self._order), line.days) for line in self.lines)
        return built(matches, list(enumerate(cells)), 0)
