"""The rows of a table as entries of a merge; each is a line of the file."""

from __future__ import annotations

from flowctl import document as yaml
from flowctl.diff.layout import Entry, Layout, numbered
from flowctl.diff.rows import Naming, cells_of
from flowctl.document import Document, Rows, line_text


def lay_out_rows(document: Document, how: Naming) -> Layout | None:
    """The rows of a CSV; None when it cannot be read. What stands above the first row is the head."""
    rows, text = document.root, document.text
    if document.problems or not isinstance(rows, Rows):
        return None if document.problems else Layout(text, (), "")
    done = min(len(text), _after(text, rows.columns[-1].end))
    head, entries, seen = text[:done], [], set[str]()
    for row in rows.items:
        assert isinstance(row, yaml.Mapping)
        cells = cells_of(row)
        key = how.of(cells, row.entries)
        name = next(name for name in numbered(key) if name not in seen)
        seen.add(name)
        body = text[row.start : row.end] + rows.newline
        entries.append(Entry(name, key, text[done : row.start], "", body, 0, cells))
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
    if not isinstance(rows, Rows) or _form(rows) == _form(like):
        return document
    columns = [column.text for column in like.columns]
    lines = [line_text(columns, like.delimiter)]
    for row in rows.items:
        cells = cells_of(row)
        lines.append(line_text([cells.get(column, "") for column in columns], like.delimiter))
    return yaml.read("rows.csv", "".join(line + like.newline for line in lines))


def _form(rows: Rows) -> tuple[list[str], str, str]:
    return [column.text for column in rows.columns], rows.delimiter, rows.newline
