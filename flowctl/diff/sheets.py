"""The rows of a table as entries of a merge; each is a line of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from operator import attrgetter

from flowctl import document as yaml
from flowctl.diff.decisions import Decision, Side
from flowctl.diff.layout import Entry, Layout
from flowctl.diff.marks import marked_rows
from flowctl.diff.merge_entries import Entries, Level, Merger, Sides
from flowctl.diff.merge_order import Matters
from flowctl.diff.naming import ROWS, Naming, cells_of
from flowctl.diff.place import Place
from flowctl.document import Document, Mapping, Rows, Scalar, Splice, line_text
from flowctl.document.marks import numbered


def lay_out_rows(document: Document, how: Naming) -> Layout | None:
    """The rows of a CSV; None when it cannot be read. What stands above the first row is the head."""
    rows, text = document.root, document.text
    if document.problems or not isinstance(rows, Rows):
        return None if document.problems else Layout(text, (), "")
    done = min(len(text), _after(text, rows.columns[-1].end))
    head, entries = text[:done], []
    names = numbered(how.of(cells_of(row), row.entries) for row in rows.items if isinstance(row, Mapping))
    for name, row in zip(names, rows.items, strict=True):
        assert isinstance(row, Mapping)
        body = text[row.start : row.end] + rows.newline
        entries.append(Entry(name, None, text[done : row.start], "", body, 0, row, text, row.start))
        done = min(len(text), _after(text, row.end))
    return Layout(head, tuple(entries), text[done:])


def _after(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1


def row_layouts(how: Naming, base: str, ours: str, theirs: str) -> tuple[Layout, Layout, Layout] | None:
    """How three states of a table are laid out, all written as ours is; None if one cannot be read, or they have not
    the same columns."""
    documents = [yaml.read("rows.csv", text) for text in (base, ours, theirs)]
    like = documents[1].root
    if not isinstance(like, Rows):
        return None
    found = [lay_out_rows(_like(like, document), how) for document in documents if _has_columns(document, like)]
    b, o, t = found if len(found) == 3 else (None, None, None)
    return (b, o, t) if b and o and t else None


def _has_columns(document: Document, like: Rows) -> bool:
    """Whether it has the same columns, in whatever order; a file that is not there has any."""
    if not isinstance(document.root, Rows):
        return not document.text.strip()
    return {column.text for column in document.root.columns} == {column.text for column in like.columns}


def _like(like: Rows, document: Document) -> Document:
    """The document with the columns, the delimiter and the line ends of another one."""
    rows = document.root
    if document.problems or not isinstance(rows, Rows) or _form(rows) == _form(like):
        return document
    columns = [column.text for column in like.columns]
    lines = [line_text(columns, like.delimiter)]
    for row in rows.items:
        cells = cells_of(row)
        lines.append(line_text([cells.get(column, "") for column in columns], like.delimiter))
    return yaml.read("rows.csv", "".join(line + like.newline for line in lines))


def _form(rows: Rows) -> tuple[list[str], str, str]:
    return [column.text for column in rows.columns], rows.delimiter, rows.newline


class SheetMerger(Merger):
    """Merges rows, and of a row that both sides changed its cells."""

    def inside(self, place: Place, base: Entry | None, ours: Entry, theirs: Entry) -> Entry | None:
        if base is None:
            return None
        b, o, t = map(_cells, (base, ours, theirs))
        changed = [column for column in o if o[column].text != t[column].text]
        by: dict[str, Side] = {column: "theirs" if o[column].text == b[column].text else "ours" for column in changed}
        if any(by[column] == "ours" and t[column].text != b[column].text for column in changed):
            return None
        for column in changed:
            texts = (b[column].text, o[column].text, t[column].text)
            made = texts[2] if by[column] == "theirs" else texts[1]
            below = place.below(column)
            reason = f"only {by[column]} changed it"
            self.decisions.append(Decision(below.address, below.where, by[column], reason, *texts, made))
        edits = [_cell_edit(ours, theirs, o[column], t[column]) for column in changed if by[column] == "theirs"]
        return replace(ours, body=yaml.splice(ours.body, edits))

    def conflict(
        self, place: Place, sides: Sides, reason: str, said: Callable[[Place], str] = attrgetter("where")
    ) -> Entry:
        _, ours, theirs = sides
        like = ours or theirs
        assert like is not None
        newline = "\r\n" if like.body.endswith("\r\n") else "\n"
        body = marked_rows(ours.body if ours else "", theirs.body if theirs else "", place.address, newline)
        found = replace(like, body=body)
        self.note(place, "conflict", reason, sides, found, said)
        return found

    def order_in_rows(self, place: Place, level: Level, sides: tuple[Entries, Entries, Entries]) -> list[Entry]:
        """The rows, where two orders of them differ as one conflict; what is disputed of its rows goes into it."""
        mine, yours = list(level.entries), list(level.theirs or ())
        same = 0
        while mine[same] == yours[same]:
            same += 1
        end = len(mine)
        while mine[end - 1] == yours[end - 1]:
            end -= 1
        o, t = ({entry.name: entry.body for entry in side} for side in sides[1:])
        inside = {place.below(name).address for name in mine[same:end]}
        self.decisions = [d for d in self.decisions if d.choice != "conflict" or d.path not in inside]
        texts = []
        for names, own in ((mine, o), (yours, t)):
            bodies = (self._undisputed(level.entries[name], own.get(name, "")) for name in names[same:end])
            texts.append("".join(bodies))
        first = level.entries[mine[same]]
        newline = "\r\n" if first.body.endswith("\r\n") else "\n"
        body = marked_rows(texts[0], texts[1], place.address, newline)
        base = "".join(entry.body for entry in sides[0] if entry.name in mine[same:end])
        reason = "both put something in one place, or moved it"
        where = f"order of `{ROWS}`"
        self.decisions.append(Decision(place.address, where, "conflict", reason, base, texts[0], texts[1], body))
        above = [level.entries[name] for name in mine[:same]]
        return [*above, replace(first, body=body), *(level.entries[name] for name in mine[end:])]

    def _undisputed(self, entry: Entry, own: str) -> str:
        return own if entry.body.startswith("#conflict ") else entry.body


def _cells(row: Entry) -> dict[str, Scalar]:
    assert isinstance(row.tree, Mapping)
    return {column: cell for column, (_, cell) in row.tree.entries.items() if isinstance(cell, Scalar)}


def _cell_edit(ours: Entry, theirs: Entry, mine: Scalar, yours: Scalar) -> Splice:
    return Splice(mine.start - ours.start, mine.end - ours.start, theirs.text[yours.start : yours.end])


def row_matters(how: Naming, *sides: Iterable[Entry]) -> Matters:
    """Whether two rows can fit one record: not if a cell that must be the same differs."""
    rows = {entry.name: entry.tree for side in sides for entry in side}

    def matters(x: str, y: str) -> bool:
        a, b = cells_of(rows[x]), cells_of(rows[y])
        return not any(key in a and key in b and a[key].casefold() != b[key].casefold() for key in how.exact)

    return matters
