"""Tables: rows that do less than they seem to, because of whom they name, what they ask or what they stand beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from flowctl.check.registry import Found, check
from flowctl.check.rules.tables import at_most
from flowctl.check.scope import TableScope, tables
from flowctl.diag import Severity
from flowctl.document import Mapping, Rows, Scalar
from flowctl.flow.table import SINCE, UNTIL
from flowctl.tables import Line
from flowctl.tables.cells import Cell
from flowctl.tables.pairs import hides

PEOPLE = """
    --- flows/directory.yaml
    users:
      bea.kim: {{name: Bea Kim, active: true}}
      omar.saleh: {{name: Omar Saleh, active: false}}
    --- flows/tables/territory.yaml
    table: territory
    columns:
      Country: {{key: exact, type: text}}
      Owner: {{type: owner}}
    --- flows/tables/territory.csv
    Country,Owner
    Norway,user/{}
"""
POSTCODES = """
    --- flows/tables/territory.yaml
    table: territory
    columns:
      Postcode: {key: prefix, type: text}
      Region: {type: text}
    --- flows/tables/territory.csv
    Postcode,Region
"""
DATED = """
    --- flows/tables/territory.yaml
    table: territory
    hit: first
    columns:
      Country: {key: exact, type: text}
      Region: {type: text}
      from: {type: date}
      until: {type: date}
    --- flows/tables/territory.csv
    Country,Region,from,until
    Norway,EMEA,2026-01-01,2026-06-30
"""


@check("FC529", Severity.WARNING, tables, bad=PEOPLE.format("omar.saleh"), good=PEOPLE.format("bea.kim"))
def inactive_user_in_row(scope: TableScope) -> Found:
    """A user in a row who is inactive in the directory.

    ## Why it matters
    A lead that finds the row has an owner who takes no leads, or leaves its assignment by `unavailable`.

    ## What to do
    Name somebody else in the row, or set the user to `active: true` in `flows/directory.yaml`.
    """
    yield from at_most(_inactive(scope))


def _inactive(scope: TableScope) -> Found:
    users = scope.workspace.model.directory.users
    for cell, name in _users(scope):
        if name in users and not users[name].active:
            hint = "name somebody who is active, or a queue"
            yield scope.table.document.span(cell), f"`{name}` is inactive and takes no leads", hint


def _users(scope: TableScope) -> Iterator[tuple[Scalar, str]]:
    """The users whom rows answer with, each with its cell; who had a lead before may be inactive."""
    header = scope.table.header
    columns = [name for name in header.of_type("owner", "user") if name not in header.keys]
    for line in scope.table.lines if columns else ():
        for column in columns:
            cell, owner = _cell(scope, line.at, column), line.answer[column]
            if cell and isinstance(owner, str) and owner.startswith("user/"):
                yield cell, owner.removeprefix("user/")


def _cell(scope: TableScope, row: int, column: str) -> Scalar | None:
    tree = scope.table.document.at(row)
    cell = tree.get(column) if isinstance(tree, Mapping) else None
    return cell if isinstance(cell, Scalar) else None


@check(
    "FC530",
    Severity.WARNING,
    tables,
    bad=POSTCODES,
    good=POSTCODES.rstrip() + "\n    01,EMEA\n",
)
def table_without_rows(scope: TableScope) -> Found:
    """A table in which there is nothing but the names of the columns.

    ## Why it matters
    Every lookup in it leaves by `missing`, as if no value were known. Mostly the rows were deleted by mistake.

    ## What to do
    Write the rows. If the table is no longer needed, delete its two files and the lookups in it.
    """
    root = scope.table.document.root
    if isinstance(root, Rows) and not root.items:
        span = scope.table.document.span(root.columns[0])
        yield span, f"there is no row in `{scope.name}`: nothing can be found in it", "write a line for each row"


@check(
    "FC531",
    Severity.WARNING,
    tables,
    bad=POSTCODES.rstrip() + "\n    01*,EMEA\n",
    good=POSTCODES.rstrip() + "\n    01,EMEA\n",
)
def star_in_prefix(scope: TableScope) -> Found:
    """A `*` in a column with `key: prefix`.

    ## Why it matters
    A prefix is compared as it is written: only a text that has a `*` there itself fits the row, and leads have none.

    ## What to do
    Leave the `*` out. For a `*` in the middle of a text, give the column `key: wildcard`.
    """
    yield from at_most(_stars(scope))


def _stars(scope: TableScope) -> Found:
    columns = [column.name for column in scope.table.columns if column.match == "prefix"]
    for line in scope.table.lines if columns else ():
        for column in columns:
            cell = _cell(scope, line.at, column)
            if cell and "*" in cell.text:
                message = f"`*` stands for itself in `{column}`, which is a prefix"
                yield scope.table.document.span(cell), message, "a prefix needs no `*`"


@check(
    "FC532",
    Severity.INFO,
    tables,
    bad=DATED + "    Norway,AMER,2026-06-01,2026-12-31\n",
    good=DATED + "    Norway,AMER,2026-07-01,2026-12-31\n",
)
def days_that_overlap(scope: TableScope) -> Found:
    """Two rows of a table with `hit: first` that are found by the same values, and share some of their days.

    ## Why it matters
    On those days the upper one wins. Where one row is to follow the other, that is a day or more too late.

    ## What to do
    End one row on the day before the other begins, or do nothing when the upper one is to win.
    """
    header = scope.table.header
    if header.hit == "first" and {SINCE, UNTIL} & set(header.columns):
        yield from at_most(_on_the_same_days(scope))


def _on_the_same_days(scope: TableScope) -> Found:
    alike: dict[tuple[Cell, ...], list[Line]] = {}
    for line in scope.table.lines:
        alike.setdefault(line.cells, []).append(line)
    for earlier, later in (pair for lines in alike.values() for pair in _sharing_days(lines)):
        if earlier.days != later.days and not hides(earlier, later):  # other checks tell of these
            line_number = scope.table.where(earlier.at).line
            message = f"line {line_number} is found by the same values, and wins on the days that both hold"
            yield scope.table.where(later.at), message, "end one of them before the other begins"


def _sharing_days(lines: list[Line]) -> Iterator[tuple[Line, Line]]:
    """Each row that begins before one that began earlier has ended, with that one, in the order of the file."""
    rows = sorted(lines, key=lambda line: line.since or dt.date.min)
    longest = rows[0]
    for line in rows[1:]:
        if (line.since or dt.date.min) <= (longest.until or dt.date.max):
            yield (longest, line) if longest.at < line.at else (line, longest)
        longest = max(longest, line, key=lambda one: one.until or dt.date.max)
