"""The rows that a sheet holds, typed by the columns of the table or roster that it is; what is wrong, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flowctl.data import dataclass
from flowctl.diag import Diagnostic, Severity, Span, did_you_mean
from flowctl.flow import Model
from flowctl.ops.sheet.sheets import ROSTER, Field, member_fields, member_plain, table_fields
from flowctl.ops.sheet.spreadsheet import Incoming
from flowctl.tables import CellError
from flowctl.tables.workbook import Cell


@dataclass(frozen=True, slots=True)
class Row:
    """A row that came in: its texts and its cells by column."""

    texts: Mapping[str, str]
    cells: Mapping[str, Cell]


def rows_of(model: Model, one: Incoming) -> tuple[tuple[Field, ...], tuple[Row, ...], list[Diagnostic]]:
    """The columns of a sheet, its rows, and what is wrong in it."""
    is_roster = one.name.startswith(ROSTER)
    fields = member_fields(model) if is_roster else table_fields(model, model.tables[one.name])
    problems: list[Diagnostic] = []
    columns = _columns(one, fields, problems)
    if problems:
        return fields, (), problems
    rows = [_row(fields, {name: row[at] for name, at in columns.items()}, problems) for row in one.grid.rows]
    if is_roster:
        rows = [_member(model, row, problems) for row in rows]
        _note_twice(rows, problems)
    return fields, tuple(rows), problems


def _problem(code: str, message: str, where: Span, hint: str | None = None) -> Diagnostic:
    return Diagnostic(code, Severity.ERROR, message, where, hint)


def _columns(one: Incoming, fields: Sequence[Field], problems: list[Diagnostic]) -> dict[str, int]:
    """Where the columns stand. One without a name and without a filled cell is left out."""
    known, found = [field.name for field in fields], {}
    for at, cell in enumerate(one.grid.header):
        name = "" if cell.value is None else str(cell.value).strip()
        if not name and any(row[at].value is not None for row in one.grid.rows):
            problems.append(_problem("FC514", "a column without a name", cell.where, "write it into the first row"))
        elif name and name not in known:
            hint = did_you_mean(name, known) or f"columns here: {', '.join(known)}"
            problems.append(_problem("FC514", f"unknown column `{name}`", cell.where, hint))
        elif name in found:
            problems.append(_problem("FC002", f"`{name}` is here twice", cell.where, "delete one of them"))
        elif name:
            found[name] = at
    for name in known:
        if name not in found:
            hint = "write it into the first row; its cells may be blank"
            problems.append(_problem("FC514", f"the column `{name}` is missing", one.grid.where, hint))
    return found


def _row(fields: Sequence[Field], cells: Mapping[str, Cell], problems: list[Diagnostic]) -> Row:
    texts = {}
    for field in fields:
        cell = cells[field.name]
        texts[field.name] = ""
        if cell.problem:
            code = "FC510" if cell.problem == "a formula" else "FC511"
            problems.append(_problem(code, cell.problem, cell.where, cell.hint))
            continue
        try:
            texts[field.name] = field.text(cell.value)
        except CellError as error:
            problems.append(_problem("FC511", str(error), cell.where, error.hint))
    return Row(texts, cells)


def _member(model: Model, row: Row, problems: list[Diagnostic]) -> Row:
    """A member by the logical name, where the full name was written."""
    for name, text in row.texts.items():
        try:
            member_plain(name, text)
        except CellError as error:
            problems.append(_problem("FC511", str(error), row.cells[name].where, error.hint))
    user = row.texts["user"].removeprefix("user/")
    if not user and not row.cells["user"].problem:
        problems.append(_problem("FC511", "a member without a user", row.cells["user"].where, "write who it is"))
    users = model.directory.users
    named = [name for name, one in users.items() if one.name.casefold() == user.casefold()]
    return replace(row, texts={**row.texts, "user": named[0] if user not in users and len(named) == 1 else user})


def _note_twice(rows: Sequence[Row], problems: list[Diagnostic]) -> None:
    first: dict[str, Span] = {}
    for row in rows:
        user, where = row.texts["user"], row.cells["user"].where
        if user and user in first:
            hint = "delete one of the rows; a weight gives more turns"
            problems.append(_problem("FC406", f"`{user}` is in {first[user]} already", where, hint))
        first.setdefault(user, where)
