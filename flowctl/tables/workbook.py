"""Workbooks as Excel writes them: sheets of typed cells, out and in. openpyxl is loaded when one is met.

What comes out of a workbook is values. A formula, an error, a merged area whose value is not sure and a file of
another kind are told as such; what a cell means is for whoever reads the table.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias

from flowctl.data import dataclass
from flowctl.diag import CellSpan, FlowctlError, Span
from flowctl.document import MAX_ROWS

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MAX_BYTES = 20 * 1024 * 1024  # seven times a table of MAX_ROWS rows and eight columns
MAX_UNPACKED = 150 * 1024 * 1024  # a small file can unpack to anything; that table has 48 MB
MAX_COLUMNS = 200
MAX_MERGED = 1_000_000
SPARE_ROWS = 500  # below the last one, in which lists are offered, too
NAME_LENGTH = 31  # of a sheet; Excel takes no more
LISTS = "Lists"  # the hidden sheet of the values that columns offer

_MERGED = re.compile(
    rb"""<(?:\w+:)?mergeCell\s[^>]*?ref=["']\$?([A-Za-z]{1,9})\$?(\d{1,9}):\$?([A-Za-z]{1,9})\$?(\d{1,9})"""
)

Value: TypeAlias = str | float | bool | dt.date | None  # a moment is a dt.datetime


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it goes out: its name, what its cells offer to choose from, and whether they are texts."""

    name: str
    choices: tuple[str, ...] = ()
    is_text: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as it goes out; the names of the columns stand in its first row."""

    name: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled or blank cell as it came in. `problem` says why it has no value; its hint is what to do."""

    value: Value
    where: Span
    problem: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet as it came in: the first row, and those below it that are not blank, all of one width."""

    name: str
    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def where(self) -> Span:
        return CellSpan(self.name, 1, 1, 1, 2)


# Out ----------------------------------------------------------------------------------------------------------------


def write_workbook(about: Sequence[Sequence[str]], sheets: Sequence[Sheet], now: dt.datetime) -> bytes:
    """A workbook: a first sheet that says what it is, then the others; texts stay texts, whatever they look like."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "flowctl"
    book.properties.created = book.properties.modified = now.astimezone(dt.UTC).replace(tzinfo=None)
    names = unique_names(["About", *(sheet.name for sheet in sheets)])
    _write_about(book.create_sheet(names[0]), about)
    lists = [column.choices for sheet in sheets for column in sheet.columns if not _fits_inline(column.choices)]
    for name, sheet in zip(names[1:], sheets, strict=True):
        _write_sheet(book.create_sheet(name), sheet, lists)
    if lists:
        _write_lists(book.create_sheet(LISTS), lists)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def unique_names(wanted: Iterable[str]) -> list[str]:
    """Names that Excel takes for sheets: not too long, and different also when case is not looked at."""
    taken = {LISTS.casefold()}
    found = []
    for name in wanted:
        short, n = name[:NAME_LENGTH], 1
        while short.casefold() in taken:
            n += 1
            short = f"{name[: NAME_LENGTH - len(str(n)) - 1]}~{n}"
        taken.add(short.casefold())
        found.append(short)
    return found


def _write_about(sheet: Any, rows: Sequence[Sequence[str]]) -> None:
    from openpyxl.styles import Font

    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 44
    sheet.column_dimensions["D"].width = 76
    for row in rows:
        sheet.append([_text_cell(sheet, text, Font(bold=not i)) for i, text in enumerate(row)])


def _text_cell(sheet: Any, text: str, font: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet)
    _put(cell, text)
    cell.font = font
    return cell


def _put(cell: Any, value: Value) -> None:
    """A cell's value; a text that looks like a formula stays a text."""
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"


def _write_sheet(sheet: Any, out: Sheet, lists: list[tuple[str, ...]]) -> None:
    from openpyxl.cell import Cell as Written
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    styles = []
    for i, column in enumerate(out.columns, 1):
        width = max([len(column.name), *(len(str(row[i - 1] or "")) for row in out.rows[:SPARE_ROWS])])
        dimension = sheet.column_dimensions[get_column_letter(i)]
        dimension.width = min(max(width + 2, 8), 60)
        if column.is_text:
            dimension.number_format = "@"
        styles.append(_style(sheet, "@" if column.is_text else None))
        if column.choices:
            _offer(sheet, get_column_letter(i), column, len(out.rows) + SPARE_ROWS, lists)
    day = _style(sheet, "yyyy-mm-dd")
    sheet.append([_text_cell(sheet, column.name, Font(bold=True)) for column in out.columns])
    for row in out.rows:
        cells = []
        for value, style in zip(row, styles, strict=True):
            is_day = isinstance(value, dt.date)
            cell = Written(sheet, row=1, column=1, style_array=day if is_day else style)
            _put(cell, value)
            if is_day:
                cell.number_format = "yyyy-mm-dd"  # making a date of the value has set another
            cells.append(cell)
        sheet.append(cells)


def _style(sheet: Any, number_format: str | None) -> Any:
    """A style that many cells share; setting it on each would take most of the time."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet)
    if number_format:
        cell.number_format = number_format
    return cell._style  # type: ignore[attr-defined]  # what the constructor of a cell takes


def _fits_inline(choices: Sequence[str]) -> bool:
    """Whether choices can stand in the column's own rule: Excel takes 255 characters, and commas between them."""
    return len(",".join(choices)) <= 250 and not any(c in choice for choice in choices for c in ',"')


def _offer(sheet: Any, letter: str, column: Column, last: int, lists: list[tuple[str, ...]]) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    inline = _fits_inline(column.choices)
    at = "" if inline else get_column_letter(lists.index(column.choices) + 1)
    formula = f'"{",".join(column.choices)}"' if inline else f"{LISTS}!${at}$1:${at}${len(column.choices)}"
    rule = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=True)
    rule.errorTitle, rule.error = column.name[:32], "One of the list, please."
    rule.add(f"{letter}2:{letter}{last}")
    sheet.data_validations.append(rule)


def _write_lists(sheet: Any, lists: Sequence[Sequence[str]]) -> None:
    from openpyxl.styles import Font

    sheet.sheet_state = "hidden"
    for i in range(max(map(len, lists))):
        sheet.append([_text_cell(sheet, column[i], Font()) if i < len(column) else None for column in lists])


# In -----------------------------------------------------------------------------------------------------------------


def read_workbook(file: str, data: bytes) -> tuple[Grid, ...]:
    """The sheets of a workbook that hold anything, hidden ones and hidden rows too; charts are left out.

    Raises:
        FlowctlError: It is no workbook, has macros or a password, or is too large.
    """
    try:
        _require_plain(file, data)
        from openpyxl import load_workbook

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which are nothing to us
            book = load_workbook(io.BytesIO(data), keep_links=False)
        return tuple(grid for sheet in book.worksheets if (grid := _grid(sheet)) is not None)
    except FlowctlError:
        raise
    except Exception as error:  # whatever openpyxl trips over: the file is not what its name says
        hint = "open it in the spreadsheet program and save it as .xlsx"
        raise FlowctlError(f"`{file}` cannot be read as a workbook", hint=hint) from error


def _require_plain(file: str, data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise FlowctlError(f"`{file}` has more than {MAX_BYTES // 2**20} MB", hint="import fewer sheets at a time")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        hint = "save it as .xlsx, without a password"
        raise FlowctlError(f"`{file}` is an old Excel file (.xls), or has a password", hint=hint)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            heads = [archive.open(member).read(1024) for member in members if member.filename.endswith(".xml")]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        hint = "a workbook that was saved as .xlsx, or a CSV"
        raise FlowctlError(f"`{file}` is no workbook", hint=hint) from error
    if any(name.endswith("vbaProject.bin") for name in names):
        raise FlowctlError(f"`{file}` has macros", hint="save it as .xlsx, which has none")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise FlowctlError(f"`{file}` is no Excel workbook", hint="save it as .xlsx")
    if sum(member.file_size for member in members) > MAX_UNPACKED or len(members) > 10_000:
        hint = f"a table has at most {MAX_ROWS:,} rows; delete what is not for routing"
        raise FlowctlError(f"`{file}` unpacks to more than {MAX_UNPACKED // 2**20} MB", hint=hint)
    if _merged_cells(data) > MAX_MERGED:
        hint = "select the whole sheet and unmerge its cells"
        raise FlowctlError(f"`{file}` has merged areas of more than {MAX_MERGED:,} cells", hint=hint)
    if any(b"<!DOCTYPE" in head or b"<!ENTITY" in head for head in heads):
        raise FlowctlError(f"`{file}` is no workbook that a spreadsheet program wrote", hint="save it as .xlsx")


def _merged_cells(data: bytes) -> int:
    """How many cells are in merged areas, which openpyxl makes one by one."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
    return sum(_area(*found.groups()) for sheet in sheets for found in _MERGED.finditer(sheet))


def _area(left: bytes, top: bytes, right: bytes, bottom: bytes) -> int:
    columns = _column(right) - _column(left) + 1
    return columns * (int(bottom) - int(top) + 1)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _grid(sheet: Worksheet) -> Grid | None:
    """A sheet without the blank rows and columns around and behind its cells."""
    name = sheet.title
    # what is there, and not what could be: one cell at the far end would make 17,000 million of it
    there = {at: _cell(cell, _where(name, *at)) for at, cell in sheet._cells.items()}
    filled = {at: cell for at, cell in there.items() if _is_filled(cell)}
    if not filled:
        return None
    rows = sorted({row for row, _ in filled})
    width = max(column for _, column in filled)
    if len(rows) > MAX_ROWS + 1:
        hint = "split the table, or keep what is not for routing elsewhere"
        raise FlowctlError(f"sheet `{name}` has more than {MAX_ROWS:,} rows", hint=hint)
    if width > MAX_COLUMNS:
        hint = "delete what is not for routing"
        raise FlowctlError(f"sheet `{name}` has more than {MAX_COLUMNS} columns", hint=hint)
    _fill_merged(sheet, filled, rows)
    lines = [_line(name, filled, row, width) for row in rows]
    return Grid(name, lines[0], tuple(lines[1:]))


def _fill_merged(sheet: Worksheet, filled: dict[tuple[int, int], Cell], rows: Sequence[int]) -> None:
    """Gives all cells of a merged area what the first one says."""
    for area in sheet.merged_cells.ranges:
        first = filled.get((area.min_row, area.min_col))
        inside = rows[bisect_left(rows, area.min_row) : bisect_right(rows, area.max_row)] if first else ()
        for at in product(inside, range(area.min_col, min(area.max_col, MAX_COLUMNS) + 1)):
            if first and at not in filled:
                filled[at] = replace(first, where=_where(sheet.title, *at))


def _line(name: str, filled: Mapping[tuple[int, int], Cell], row: int, width: int) -> tuple[Cell, ...]:
    places = ((row, column) for column in range(1, width + 1))
    return tuple(filled.get(at) or Cell(None, _where(name, *at)) for at in places)


def _where(name: str, row: int, column: int) -> Span:
    return CellSpan(name, row, column, row, column + 1)


def _cell(cell: Any, where: Span) -> Cell:
    value = cell.value
    if cell.data_type == "f":
        hint = "put what it gives in its place: copy it, and paste the values"
        return Cell(None, where, "a formula", hint)
    if cell.data_type == "e":
        return Cell(None, where, "an error of the spreadsheet", "put a value in its place")
    if isinstance(value, dt.datetime | dt.date | bool | float | str) or value is None:
        return Cell(value, where)
    if isinstance(value, int):
        return Cell(float(value) if abs(value) < 2**53 else str(value), where)
    return Cell(None, where, "neither a text, a number nor a date", "format the cell as text, and type it again")


def _is_filled(cell: Cell) -> bool:
    return bool(cell.problem) or (cell.value is not None and str(cell.value).strip() != "")
