"""Records from whatever DuckDB reads on this machine: a table of a database file, or what a query gives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flowctl.columns.arrow_files import cut
from flowctl.columns.headers import Plan, plan_of
from flowctl.columns.parquet_files import MOST
from flowctl.columns.source import Piece, Progress
from flowctl.columns.wanted import Wanted
from flowctl.diag import FlowctlError, did_you_mean

PREFIX = "duckdb:"
_QUERY = re.compile(r"\s*(select|with|from|values|table|summarize|pivot|unpivot)\b", re.IGNORECASE)
HINT = "as in `duckdb:leads.db#leads`, or `duckdb:SELECT * FROM 'leads/*.csv'`"
# Nothing is fetched from elsewhere, neither data nor code.
CONFIG = {"autoinstall_known_extensions": "false"}


class DuckdbSource:
    """What a query gives, or a table."""

    rows = None
    size = None
    footer = 0

    def __init__(self, name: str, wanted: Wanted, folder: Path) -> None:
        self.name = name
        self._con, self._query = _opened(name, folder)
        with _told(name):
            names = self._con.sql(self._query).columns
        self.plan: Plan = plan_of(name, names, wanted)

    def pieces(self, progress: Progress) -> Iterator[Piece]:
        columns = ", ".join(_quoted(self.plan.headers[number]) for number in self.plan.columns) or "1"
        with _told(self.name):
            relation = self._con.sql(f"SELECT {columns} FROM ({self._query})")
            read = getattr(relation, "to_arrow_reader", None) or relation.fetch_arrow_reader
            reader = read(MOST)
        pieces = cut(reader, self.plan, progress)
        while True:
            with _told(self.name):
                piece = next(pieces, None)
            if piece is None:
                return
            yield piece


def _opened(name: str, folder: Path) -> tuple[Any, str]:
    """A connection, and a query."""
    text = name.removeprefix(PREFIX).strip().rstrip(";")
    try:
        import duckdb
    except ImportError as error:
        hint = "pip install 'flowctl-routing[duckdb]'"
        raise FlowctlError(f"`{PREFIX}` needs DuckDB, which is not installed", hint=hint) from error
    file, _, table = text.partition("#")
    path = folder / file
    if _QUERY.match(text) or not path.is_file():
        if "(" not in text and not _QUERY.match(text):
            raise FlowctlError(f"there is no database `{file}`", hint=HINT)
        with _told(name):
            con = duckdb.connect(config=dict(CONFIG))
            con.execute(f"SET file_search_path = {_text(str(folder.resolve()))}")
        return con, text if _QUERY.match(text) else f"SELECT * FROM {text}"
    with _told(name):
        con = duckdb.connect(str(path), read_only=True, config=dict(CONFIG))
        tables = [row[0] for row in con.execute("SELECT table_name FROM information_schema.tables").fetchall()]
    return con, f"SELECT * FROM {_quoted(_table(name, table, tables))}"


def _table(name: str, table: str, tables: list[str]) -> str:
    if not table and len(tables) == 1:
        return tables[0]
    if table in tables:
        return table
    known = ", ".join(f"`{one}`" for one in tables) or "none"
    if not table:
        raise FlowctlError(f"`{name}` does not say which table", hint=f"{HINT}; tables: {known}")
    raise FlowctlError(f"there is no table `{table}`", hint=did_you_mean(table, tables) or f"tables: {known}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turns DuckDB's errors into words; its own may hold values of records."""
    import duckdb

    try:
        yield
    except (duckdb.CatalogException, duckdb.BinderException, duckdb.ParserException) as error:
        said = str(error).splitlines()[0]
        raise FlowctlError(f"DuckDB does not understand `{name}`: {said}", hint=HINT) from error
    except (duckdb.Error, OSError) as error:
        kind = type(error).__name__.removesuffix("Exception").removesuffix("Error")
        raise FlowctlError(f"DuckDB cannot read `{name}`: {kind}", hint="try the query in DuckDB itself") from error
