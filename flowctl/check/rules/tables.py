"""Tables: rows that contradict each other, rows that never win, and names in them that nobody has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from flowctl.check.registry import Found, check
from flowctl.check.scope import TableScope, tables
from flowctl.diag import Severity, did_you_mean
from flowctl.document import Mapping, Scalar
from flowctl.flow.table import ROSTER
from flowctl.tables.pairs import Budget, Gap, gaps, hidden, meeting, repeated

MOST = 100  # findings of one check in one table; the rest is counted
PAIRS = 200_000  # of rows of one table that one check compares

HEADER = """
    --- flows/tables/territory.yaml
    table: territory
    hit: {hit}
    columns:
      Country: {{key: exact, type: text}}
      Employees: {{key: range, type: number}}
      Region: {{type: text}}
    --- flows/tables/territory.csv
    Country,Employees,Region
"""


def _example(*rows: str, hit: str = "unique") -> str:
    return HEADER.format(hit=hit) + "\n".join(f"    {row}" for row in rows)


def at_most(found: Found) -> Found:
    """The first findings, and how many there are beyond them."""
    yield from islice(found, MOST)
    rest = [finding[0] for finding in found]
    if rest:
        said = "1 row more of the table is" if len(rest) == 1 else f"{len(rest)} rows more of the table are"
        yield rest[0], f"{said} like that", "mend those before, and check again"


def _not_all(scope: TableScope, budget: Budget) -> Found:
    if budget.is_spent:
        hint = "more rows of it may be in each other's way: split it, or key it by an exact column more"
        message = f"only {PAIRS:,} pairs of rows of the table were compared"
        yield scope.table.document.where(), message, hint, Severity.WARNING


@check(
    "FC520",
    Severity.ERROR,
    tables,
    bad=_example("Norway,1-750,EMEA", "Norway,750-,EMEA Enterprise"),
    good=_example("Norway,1-749,EMEA", "Norway,750-,EMEA Enterprise"),
)
def overlapping_rows(scope: TableScope) -> Found:
    """Two rows of a table with `hit: unique` that fit the same values on the same day.

    ## Why it matters
    Which of them a lead gets would depend on their order, which the header says is no meaning.

    ## What to do
    Make their ranges, prefixes or days end before the others begin. If the first one is to win, write `hit: first`.
    """
    if scope.table.header.hit != "unique":
        return
    budget = Budget(PAIRS)
    yield from at_most(_overlapping(scope, budget))
    yield from _not_all(scope, budget)


def _overlapping(scope: TableScope, budget: Budget) -> Found:
    told = {later.at for _, later in repeated(scope.table.lines)}
    for earlier, later in meeting([line for line in scope.table.lines if line.at not in told], budget):
        if later.at not in told:
            told.add(later.at)
            first = scope.table.where(earlier.at).line
            hint = "change one of them, or write `hit: first` in the header if the upper one is to win"
            yield scope.table.where(later.at), f"the row fits values that line {first} fits, too", hint


@check(
    "FC521",
    Severity.ERROR,
    tables,
    bad=_example("Norway,1-750,EMEA", "norway ,1-750,AMER"),
    good=_example("Norway,1-750,EMEA", "Norway,751-,AMER"),
)
def duplicate_row(scope: TableScope) -> Found:
    """A row that is found by the same values, on the same days, as another one.

    ## Why it matters
    Only one of them can win, and nobody can tell whether the other was meant. Texts are the same whatever their case
    and the spaces around them.

    ## What to do
    Delete one, or correct its keys.
    """
    yield from at_most(_repeated(scope))


def _repeated(scope: TableScope) -> Found:
    for first, again in repeated(scope.table.lines):
        line = scope.table.where(first.at).line
        yield scope.table.where(again.at), f"the row is found by the same values as line {line}", "delete one of them"


@check(
    "FC522",
    Severity.WARNING,
    tables,
    bad=_example("Norway,,EMEA", "Norway,751-,EMEA Enterprise", hit="first"),
    good=_example("Norway,751-,EMEA Enterprise", "Norway,,EMEA", hit="first"),
)
def shadowed_row(scope: TableScope) -> Found:
    """A row of a table with `hit: first` that never wins: a row above it fits whatever it fits.

    ## Why it matters
    The row looks as if it did something. Its leads go where the other one says.

    ## What to do
    Move it up, above the wider one, or delete it.
    """
    if scope.table.header.hit != "first":
        return
    budget = Budget(PAIRS)
    yield from at_most(_hidden(scope, budget))
    yield from _not_all(scope, budget)


def _hidden(scope: TableScope, budget: Budget) -> Found:
    told = {later.at for _, later in repeated(scope.table.lines)}
    for earlier, later in hidden(scope.table.snapshot(), budget):
        if later.at not in told:
            line = scope.table.where(earlier.at).line
            yield scope.table.where(later.at), f"the row never wins: line {line} fits whatever it fits", "move it up"


@check(
    "FC523",
    Severity.WARNING,
    tables,
    bad=_example("Norway,1-100,EMEA", "Norway,200-,EMEA Enterprise"),
    good=_example("Norway,1-199,EMEA", "Norway,200-,EMEA Enterprise"),
)
def gap_between_rows(scope: TableScope) -> Found:
    """Numbers or days that no row fits, between two ranges of rows that are equal otherwise.

    ## Why it matters
    Leads with such a value leave the lookup by `missing`, and mostly an end was mistyped.

    ## What to do
    Make one range begin where the other ends, or write a row for what is between them.
    """
    if not scope.is_unread:
        yield from at_most(_gaps(scope))


def _gaps(scope: TableScope) -> Found:
    for gap in gaps(scope.table.snapshot()):
        column = scope.table.columns[gap.column].name
        line = scope.table.where(gap.below.at).line
        message = f"no row fits `{column}` between {_end(gap, gap.low)}, on line {line}, and {_end(gap, gap.high)}"
        yield scope.table.where(gap.above.at, column), message, "make one range begin where the other ends"


def _end(gap: Gap, value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


NAMES = """
    --- flows/tables/territory.yaml
    table: territory
    columns:
      Country: {{key: exact, type: text}}
      Owner: {{type: owner}}
    --- flows/tables/territory.csv
    Country,Owner
    Norway,user/{}
"""


@check("FC524", Severity.ERROR, tables, bad=NAMES.format("bea.kmi"), good=NAMES.format("bea.kim"))
def unknown_name_in_row(scope: TableScope) -> Found:
    """A user, a queue or a roster in a row that is not there.

    ## Why it matters
    No lead can be given to it, and no environment knows who that is.

    ## What to do
    Correct the name, or add it: people and queues to `flows/directory.yaml`, a roster to `flows/rosters`.
    """
    workspace, model = scope.workspace, scope.workspace.model
    people = model.directory.names()
    for column, cell, value in _names(scope):
        if column == ROSTER:
            if not workspace.knows(f"roster/{value}"):
                hint = did_you_mean(value, model.rosters) or f"write flows/rosters/{value}.yaml"
                yield scope.table.document.span(cell), f"unknown roster `{value}`", hint
        elif workspace.knows_people and value not in people:
            hint = did_you_mean(value, people) or "add it to flows/directory.yaml"
            yield scope.table.document.span(cell), f"unknown {value.partition('/')[0]} `{value}`", hint


def _names(scope: TableScope) -> Iterator[tuple[str, Scalar, str]]:
    """Whom the rows name: the type of the column, the cell, and the name in it."""
    header = scope.table.header
    columns = [(name, header.columns[name].type) for name in header.of_type("owner", "user", ROSTER)]
    for line in scope.table.lines if columns else ():
        for name, type_ in columns:
            row = scope.table.document.at(line.at)
            cell, value = row.get(name) if isinstance(row, Mapping) else None, line.answer[name]
            if isinstance(cell, Scalar) and isinstance(value, str):
                yield type_, cell, value
