"""Where the rows of a table or roster stand in the sheet that they came from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from flowctl import document as yaml
from flowctl.diag import CellSpan, Diagnostic, Span
from flowctl.document import Document
from flowctl.ops.sheet.rows import Row
from flowctl.ops.sheet.sheets import Field

MEMBERS = "members"
_LINE = re.compile(r"\bline (\d+)\b")


class Places:
    """Where the rows of a file stand in the sheet that they came from."""

    def __init__(self, document: Document, fields: Sequence[Field], rows: Iterable[Row]) -> None:
        self.document = document
        self.is_roster = not isinstance(document.root, yaml.Rows)
        self.fields = {field.name: field for field in fields}
        self.rows: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in rows:
            self.rows[self._said(row.texts)].append(row)

    def told(self, problem: Diagnostic) -> Diagnostic:
        """A finding in the file, as one in the sheet; a row that is not there keeps its place in the file."""
        assert problem.span, "it has a place in the file"
        found = place_in(self.document, problem.span)
        row = self._row(found[0]) if found else None
        if not found or not row:
            return problem
        cell = row.cells.get(found[1] or "") or next(iter(row.cells.values()))
        message = _LINE.sub(self._line_there, problem.message)
        return replace(problem, message=message, span=cell.where, excerpt=None)

    def _line_there(self, said: re.Match[str]) -> str:
        """A line of the file, as the row or the line of what was taken in; as it is where that has none."""
        items = [item for item in items_of(self.document) if self.document.place(item.start)[0] <= int(said[1])]
        row = self._row(items[-1]) if items else None
        if row is None:
            return said[0]
        where = next(iter(row.cells.values())).where
        return f"{'row' if isinstance(where, CellSpan) else 'line'} {where.line}"

    def _row(self, written: yaml.Mapping) -> Row | None:
        """The row of the sheet that became one of the file; of equal ones, the one that stands where it does."""
        said = self._identity(written)
        equal = [row for row in items_of(self.document) if self._identity(row) == said]
        rows = self.rows.get(said, [])
        return rows[equal.index(written)] if len(rows) == len(equal) else None

    def _identity(self, row: yaml.Mapping) -> tuple[str, ...]:
        texts = {name: cell.text for name, (_, cell) in row.entries.items() if isinstance(cell, yaml.Scalar)}
        return self._said(texts)

    def _said(self, texts: Mapping[str, str]) -> tuple[str, ...]:
        if self.is_roster:
            return (texts.get("user", ""),)
        return tuple(field.canonical(texts.get(name, "")) for name, field in self.fields.items())


def place_in(document: Document, span: Span) -> tuple[yaml.Mapping, str | None] | None:
    """The row or member that a place of a CSV or a roster lies in, and the column."""
    at = (span.line, span.column)
    for row in items_of(document):
        if document.place(row.start) <= at <= document.place(row.end) and row.end > row.start:
            inside = (name for name, (_, cell) in row.entries.items() if _holds(document, cell, at))
            keys = (name for name, (key, _) in row.entries.items() if _holds(document, key, at))
            return row, next(inside, None) or next(keys, None)
    return None


def items_of(document: Document) -> list[yaml.Mapping]:
    """The rows of a CSV, or the members of a roster."""
    tree = document.root if isinstance(document.root, yaml.Sequence) else document.at(MEMBERS)
    items = tree.items if isinstance(tree, yaml.Sequence) else []
    return [item for item in items if isinstance(item, yaml.Mapping)]


def _holds(document: Document, tree: yaml.Tree, at: tuple[int, int]) -> bool:
    return document.place(tree.start) <= at <= document.place(tree.end)
