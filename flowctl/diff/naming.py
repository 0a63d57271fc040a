"""What the entries of files are called: the words for them, and what the rows of a table are known by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.document import Scalar

SINGULAR = {  # what an entry of a section is called; fixtures are the items of a whole file
    "nodes": "node",
    "members": "member",
    "users": "user",
    "queues": "queue",
    "fields": "field",
    "relations": "relation",
    "columns": "column",
    "rows": "row",
    "": "fixture",
}

ROWS = "rows"
ANY = "any"  # what is said of a blank key
SINCE = "from"  # as in `flowctl.flow.table`
_UNCLEAR = re.compile(rf"\A{ANY}\Z|[,\"]| from |\(\d+\)\Z")

Cells: TypeAlias = Mapping[str, str]  # the filled cells of a row, by column


@dataclass(frozen=True, slots=True)
class Naming:
    """What rows are known by: the key columns, and whether the order of rows is meaning.

    Rows that differ in an `exact` key never fit the same record.
    """

    keys: tuple[str, ...] = ()
    is_ordered: bool = True
    exact: tuple[str, ...] = ()

    def of(self, cells: Cells, columns: Iterable[str]) -> str:
        """The name of a row; every column makes it where no header says which are the keys. Rows that say something
        else there have other names."""
        if not self.keys:
            return ", ".join(_said(cells.get(column, "")) for column in columns)
        said = ", ".join(_said(cells[key]) if key in cells else ANY for key in self.keys)
        return f"{said} from {_said(cells[SINCE])}" if SINCE in cells else said


def _said(cell: str) -> str:
    """A cell as it is written in a name: in quotes if it could be taken for something else there."""
    return '"' + cell.replace('"', '""') + '"' if _UNCLEAR.search(cell) else cell


def naming(header: str | None) -> Naming:
    """What the header of a table says of its rows."""
    from flowctl.flow import Header
    from flowctl.flow.kinds import read_fields

    document = yaml.read("", header or "")
    values = read_fields(Header, document.root, document) if document.root else None
    if values is None:
        return Naming()
    read = Header(**values)
    exact = tuple(name for name, column in read.columns.items() if column.key_ == "exact")
    return Naming(read.keys, read.hit == "first", exact)


def cells_of(row: yaml.Tree) -> Cells:
    """The filled cells of a row, by column."""
    entries = row.entries if isinstance(row, yaml.Mapping) else {}
    return {name: cell.text for name, (_, cell) in entries.items() if isinstance(cell, Scalar) and cell.text}
