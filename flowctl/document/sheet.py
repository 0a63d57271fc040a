"""CSV as the same tree as YAML: a list of mappings, whose keys are the names in the first line.

A row is a line, so that a review shows what changed: a cell holds no line break. The delimiter is `,`, `;` or a tab,
whichever the first line has most of. Excel's byte order mark and its CR LF are no mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flowctl.document.tree import QUOTED, UNQUOTED, Document, Mapping, Scalar, Sequence

MAX_ROWS = 100_000
MAX_COLUMNS = 1_000  # so that a line of delimiters is one mistake, and not a million
BOM = "\ufeff"
DELIMITERS = ",;\t"

# A spreadsheet runs what begins so, whoever wrote it: other people's data must not get there. `-` may begin a number,
# or a range of them.
FORMULA = re.compile(r"[=+@\t]|-(?![0-9.][0-9.\-]*\Z)")
_SUSPECT = frozenset("=+@\t-")  # asked of every cell; the pattern is asked of few
_SEPARATOR = re.compile(r"sep=.?", re.IGNORECASE)
_ALONE = re.compile(r"\r(?!\n)")
_CELLS = {
    delimiter: re.compile(rf'[ ]*"([^"\n]*(?:""[^"\n]*)*)"[ ]*(?={delimiter}|\Z)|([^"{delimiter}]*)(?={delimiter}|\Z)')
    for delimiter in DELIMITERS
}


class Rows(Sequence):
    """The rows of a CSV; `columns` are the names in its first line, with their places."""

    __slots__ = ("columns", "delimiter", "newline")

    def __init__(self, columns: tuple[Scalar, ...], delimiter: str, newline: str, start: int) -> None:
        super().__init__(False, start)
        self.columns, self.delimiter, self.newline = columns, delimiter, newline


def compose(document: Document) -> None:
    """Reads the text of a document into its tree; what is wrong is noted with its place.

    Blank lines are no rows, nor are lines without a filled cell, which spreadsheets leave behind. A file of more than
    MAX_ROWS lines below the first is refused before it is read.
    """
    text = document.text
    if text.count("\n") > MAX_ROWS and _is_too_long(document):
        return
    if (alone := _ALONE.search(text)) is not None:
        hint = "save the file with lines that end in LF or CR LF (in Excel: `CSV UTF-8`)"
        document.problem("FC001", "a carriage return without a line feed", document.span_of(*alone.span()), hint)
        return
    lines = _without_marks(document, _lines(text)) if "#conflict " in text else _lines(text)
    start, end = next(lines, (0, 0))
    if not text[start:end].strip():
        if text[start:].strip():
            at = document.span_of(start, start)
            document.problem("FC001", "the first line is blank", at, "the first line has the names of the columns")
        return
    if _SEPARATOR.fullmatch(text, start, end):
        hint = "delete it: which delimiter the file has is told from the names of the columns"
        document.problem("FC001", "the first line is for Excel, and has no names", document.span_of(start, end), hint)
        return
    delimiter = max(DELIMITERS, key=text[start:end].count)
    if text.count(delimiter, start, end) >= MAX_COLUMNS:
        message, hint = f"the file has more than {MAX_COLUMNS:,} columns", "delete those that routing does not ask for"
        document.problem("FC001", message, document.span_of(start, start), hint)
        return
    columns = tuple(_cells(document, start, end, delimiter))
    newline = "\r\n" if text.startswith("\r\n", end) else "\n"
    rows = Rows(columns, delimiter, newline, start)
    if document.problems or not _are_names(document, columns):
        return
    rows.end = end
    for start, end in lines:
        _add_row(document, rows, start, end)
    document.root = rows


def _without_marks(document: Document, lines: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    from flowctl.document.marks import without_marks  # few files have any

    return without_marks(document, lines)


def _is_too_long(document: Document) -> bool:
    at = -1
    for _ in range(MAX_ROWS + 1):
        at = document.text.index("\n", at + 1)
    if not document.text[at + 1 :].strip():
        return False
    hint = "split the table, or keep what is not for routing elsewhere"
    document.problem("FC001", f"the file has more than {MAX_ROWS:,} rows", document.span_of(at + 1, at + 1), hint)
    return True


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """Where each line starts and ends, without its line end."""
    at = 1 if text.startswith(BOM) else 0
    while True:
        newline = text.find("\n", at)
        end = len(text) if newline < 0 else newline
        yield at, end - 1 if newline >= 0 and end > at and text[end - 1] == "\r" else end
        if newline < 0:
            return
        at = newline + 1


def _cells(document: Document, start: int, end: int, delimiter: str) -> list[Scalar]:
    """The cells of a line; stops at the first one that leaves no sure reading of the rest."""
    text, match, cells = document.text, _CELLS[delimiter].match, []
    line, at = text[start:end], start
    if '"' not in line:
        for piece in line.split(delimiter):
            cells.append(_plain(piece, at))
            at += len(piece) + 1
        return cells
    while True:
        found = match(text, at, end)
        if found is None:
            _note_quote(document, at, end, delimiter)
            return cells
        cells.append(_cell(found))
        at = found.end() + 1
        if at > end:
            return cells


def _cell(found: re.Match[str]) -> Scalar:
    quoted, plain = found.groups()
    if plain is not None:
        return _plain(plain, found.start())
    value, start, end = quoted.replace('""', '"'), found.start(1) - 1, found.end(1) + 1
    return Scalar(value, QUOTED, start, end) if value.strip() else Scalar("", None, start, end)


def _plain(piece: str, start: int) -> Scalar:
    """Blank is nothing; anything else is a text, though it be `null`."""
    if not piece or piece.isspace():
        return Scalar("", None, start, start + len(piece))
    value = piece.strip(" ")
    if len(value) < len(piece):
        start += len(piece) - len(piece.lstrip(" "))
    return Scalar(value, UNQUOTED, start, start + len(value))


def _note_quote(document: Document, at: int, end: int, delimiter: str) -> None:
    quote = document.text.index('"', at, end)
    begins = not document.text[at:quote].strip(" ")
    closed = begins and document.text.find('"', quote + 1, end) >= 0
    if begins and not closed:
        message = "the quote is not closed on this line"
        hint = "close it at the end of the cell; a cell holds no line break"
    else:
        message, hint = "a quote inside a cell", 'put the cell in quotes, and double the quotes inside: `"5"" pipe"`'
    document.problem("FC001", message, document.span_of(quote, quote + 1), hint)


def _are_names(document: Document, columns: tuple[Scalar, ...]) -> bool:
    seen: dict[str, int] = {}
    for number, column in enumerate(columns, 1):
        if not column.text.strip():
            hint = "write it into the first line, or delete the column"
            document.problem("FC001", f"column {number} has no name", column, hint)
        elif column.text in seen:
            hint = f"column {seen[column.text]} is called so already: rename one of them"
            document.problem("FC002", f"`{column.text}` is here twice", column, hint)
        seen.setdefault(column.text, number)
    return not document.problems


def _add_row(document: Document, rows: Rows, start: int, end: int) -> None:
    if not document.text[start:end].strip(" \t"):
        return
    cells = _cells(document, start, end, rows.delimiter)
    if not any(cell.style for cell in cells):
        return
    if len(cells) != len(rows.columns):
        _note_count(document, rows, cells, start, end)
        return
    for cell in cells:
        if cell.style and cell.text[0] in _SUSPECT and FORMULA.match(cell.text):
            hint = "write what it gives: a table holds values only"
            document.problem("FC510", "a formula", cell, hint)
    row = Mapping(True, start)
    row.entries = {column.text: (column, cell) for column, cell in zip(rows.columns, cells, strict=True)}
    row.end = rows.end = end
    rows.items.append(row)


def _note_count(document: Document, rows: Rows, cells: list[Scalar], start: int, end: int) -> None:
    if document.problems and document.problems[-1].code == "FC001" and _is_here(document, start):
        return  # the line could not be read to its end
    many = len(cells) > len(rows.columns)
    extra = cells[len(rows.columns)] if many else None
    span = document.span(extra) if extra else document.span_of(end, end)
    hint = (
        f"a cell with a `{_spoken(rows.delimiter)}` in it stands in quotes" if many else "a blank cell is written, too"
    )
    document.problem("FC001", f"{_count(len(cells), 'cell')} under {_count(len(rows.columns), 'column')}", span, hint)


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _is_here(document: Document, start: int) -> bool:
    span = document.problems[-1].span
    return span is not None and span.line == document.place(start)[0]


def _spoken(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else delimiter


# Writing --------------------------------------------------------------------------------------------------------


def cell_text(value: str) -> str:
    """A text as a cell that reads as the same text, whichever delimiter a spreadsheet expects.

    One with line breaks is for spreadsheets: a CSV of ours has none.
    """
    is_plain = value == value.strip() and not any(char in value for char in f'"{DELIMITERS}\n\r')
    return value if is_plain else '"' + value.replace('"', '""') + '"'


def line_text(cells: Iterable[str], delimiter: str = ",") -> str:
    """Cells as a line, without its line end."""
    return delimiter.join(map(cell_text, cells))
