"""Edits of a CSV's text: the rows that differ are spliced in, and in them the cells that do; every other byte stays."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diff.order import kept_in_order
from flowctl.document import Document, Rows, Scalar, Splice

Texts = Mapping[str, str]  # the cells of a row, by column
Canonical = Callable[[str, str], str]  # of a column and a text: equal when two texts say the same


def with_rows(document: Document, wanted: Sequence[Texts], keys: Sequence[str], canonical: Canonical) -> str:
    """The text of a CSV with other rows.

    Args:
        keys: The columns that a row is known by, so that a row which says something else there is another row.
    """
    assert isinstance(document.root, Rows), "the table was read without problems"
    if not document.text.endswith("\n"):
        end = document.root.newline
        ended = yaml.read(document.file, document.text + end)
        return with_rows(ended, wanted, keys, canonical).removesuffix(end)
    return yaml.splice(document.text, _Edit(document, document.root, wanted, keys, canonical).splices())


@dataclass(frozen=True)
class _Edit:
    document: Document
    root: Rows
    wanted: Sequence[Texts]
    keys: Sequence[str]
    canonical: Canonical

    def splices(self) -> Iterator[Splice]:
        partner = self._partners()
        kept = set(partner.values())
        for position in range(len(self.root.items)):
            if position not in kept:
                yield Splice(*self._line(position), "")
        at, new = self._first_line(), ""
        for number, row in enumerate(self.wanted):
            if number not in partner:
                new += self._line_text(row)
                continue
            if new:
                yield Splice(at, at, new)
            at, new = self._line(partner[number])[1], ""
            yield from self._cells(partner[number], row)
        if new:
            yield Splice(at, at, new)

    # -- which row is which

    def _partners(self) -> dict[int, int]:
        """For each wanted row that is there already, its position in the file; positions rise with the rows."""
        columns = [column.text for column in self.root.columns]
        old = [self._said(dict(zip(columns, cells, strict=True)), columns) for cells in self._old()]
        new = [self._said(row, columns) for row in self.wanted]
        same = _in_order(_matched(new, old))
        gaps = self._gaps(same, len(old))
        key_at = [columns.index(key) for key in self.keys]
        for news, olds in gaps:
            found = (
                _in_order(
                    _matched(
                        *([tuple(rows[i][k] for k in key_at) for i in at] for rows, at in ((new, news), (old, olds)))
                    )
                )
                if key_at
                else {}
            )
            pairs = {news[i]: olds[j] for i, j in found.items()}
            if not pairs and len(news) == len(olds):
                pairs = dict(zip(news, olds, strict=True))
            same |= pairs
        return same

    def _gaps(self, same: Mapping[int, int], olds: int) -> list[tuple[range, range]]:
        """The rows between those that are the same, of the wanted ones and of those in the file."""
        found, i, j = [], 0, 0
        for number, position in (*sorted(same.items()), (len(self.wanted), olds)):
            found.append((range(i, number), range(j, position)))
            i, j = number + 1, position + 1
        return [(news, gone) for news, gone in found if news and gone]

    def _said(self, row: Texts, columns: Sequence[str]) -> tuple[str, ...]:
        return tuple(self.canonical(column, row[column]) for column in columns)

    def _old(self) -> Iterator[list[str]]:
        for row in self.root.items:
            assert isinstance(row, yaml.Mapping), "rows are mappings"
            yield [cell.text for _, cell in row.entries.values() if isinstance(cell, Scalar)]

    # -- what is written

    def _cells(self, position: int, row: Texts) -> Iterator[Splice]:
        there = self.root.items[position]
        assert isinstance(there, yaml.Mapping), "rows are mappings"
        for name, (_, cell) in there.entries.items():
            assert isinstance(cell, Scalar), "cells are texts"
            if self.canonical(name, cell.text) != self.canonical(name, row[name]):
                yield Splice(cell.start, cell.end, yaml.cell_text(row[name]))

    def _line_text(self, row: Texts) -> str:
        texts = [row[column.text] for column in self.root.columns]
        return yaml.line_text(texts, self.root.delimiter) + self.root.newline

    def _line(self, position: int) -> tuple[int, int]:
        row = self.root.items[position]
        return self.document.text.rfind("\n", 0, row.start) + 1, self.document.text.index("\n", row.end) + 1

    def _first_line(self) -> int:
        return self.document.text.index("\n") + 1


def _matched(new: Sequence[tuple[str, ...]], old: Sequence[tuple[str, ...]]) -> dict[int, int]:
    """Equal rows of both sides, the first with the first."""
    places: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for position, row in enumerate(old):
        places[row].append(position)
    return {number: places[row].popleft() for number, row in enumerate(new) if places.get(row)}


def _in_order(pairs: Mapping[int, int]) -> dict[int, int]:
    """As many of the pairs as can stay where they are."""
    numbers = sorted(pairs)
    stay = kept_in_order([pairs[number] for number in numbers])
    return {number: pairs[number] for i, number in enumerate(numbers) if i in stay}
