"""`table list` and `table show`: what a flow looks up, as it stands on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.flow import Model, Table, part_of, path_of
from flowctl.flow.node import references
from flowctl.ops.sheet.sheets import row_texts
from flowctl.ops.versions import Version
from flowctl.tables.cells import fits


@dataclass(frozen=True, slots=True)
class Held:
    """A row, and whether it holds on the day that is asked about."""

    cells: Mapping[str, str]
    in_force: bool


@dataclass(frozen=True, slots=True)
class TableState:
    """A table on a day; `used_by` are the nodes that look something up in it, as (flow, node)."""

    table: Table
    day: dt.date
    rows: tuple[Held, ...]
    used_by: tuple[tuple[str, str], ...]

    @property
    def in_force(self) -> int:
        """How many of its rows hold on that day."""
        return sum(row.in_force for row in self.rows)


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a version, and the files of those that cannot be read."""

    tables: tuple[TableState, ...]
    unread: tuple[str, ...]


def list_tables(version: Version, now: dt.datetime) -> Tables:
    """All tables of a version, on the day that it is."""
    model = version.model()
    states = tuple(_state(model, model.tables[name], now) for name in sorted(model.tables))
    bad = {p.span.file for p in model.problems if p.span}
    read = {path_of(f"{kind}/{name}") for name in model.tables for kind in ("table", "header")} - bad
    unread = (path for path in version.files if (part_of(path) or "").startswith(("table/", "header/")))
    return Tables(states, tuple(sorted(path for path in unread if path not in read)))


def show_table(version: Version, name: str, now: dt.datetime) -> TableState:
    """One table of a version.

    Raises:
        FlowctlError: There is no such table, or its files cannot be read.
    """
    model = version.model()
    if name not in model.tables:
        paths = (path_of(f"table/{name}"), path_of(f"header/{name}"))
        problems = [p for p in model.problems if p.span and p.span.file in paths]
        hint = did_you_mean(name, model.tables) or "`flowctl table list` lists them"
        what = f"table `{name}` cannot be read" if problems else f"there is no table `{name}`"
        raise FlowctlError(what, hint=None if problems else hint, found=problems)
    return _state(model, model.tables[name], now)


def _state(model: Model, table: Table, now: dt.datetime) -> TableState:
    day = now.astimezone(model.settings.zone).date()
    in_force = {line.at for line in table.lines if fits(line.days, day)}
    columns = table.document.root.columns if table.document.root else ()  # type: ignore[union-attr]
    names = [column.text for column in columns]
    texts = row_texts(table.document.root)
    rows = tuple(Held(dict(zip(names, row, strict=True)), at in in_force) for at, row in enumerate(texts))
    used = (
        (flow.flow, node.id)
        for flow in model.flows.values()
        for node in flow.nodes.values()
        for _, kind, name in references(node)
        if (kind, name) == ("tables", table.name)
    )
    return TableState(table, day, rows, tuple(used))
