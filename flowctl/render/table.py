"""The answers of `table`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from flowctl.document import Json
from flowctl.ops.sheet.spreadsheet import Exported
from flowctl.ops.sheet.table_import import Imported
from flowctl.ops.table import Tables, TableState
from flowctl.render import edits
from flowctl.render.console import Look, cells, count, paragraph, table
from flowctl.render.findings import findings
from flowctl.render.jsonout import diagnostic
from flowctl.render.lists import GOOD, blocks, listed, names, next_command, titled
from flowctl.render.safe import safe

WARNED = 20  # warnings of an import on a terminal; `check` and JSON have all of them
SHOWN = 200  # rows of a table on a terminal; JSON has all of them


def list_text(told: Tables, look: Look) -> str:
    rows = [(s.table.name, s.table.header.label, _in_force(s), _keys(s)) for s in told.tables]
    unread = [f"`{path}` cannot be read: `flowctl check {path}` says why" for path in told.unread]
    heads = ("table", "label", "rows", "found by")
    return blocks(table(heads, rows, look, right=[2]) if rows else "no tables", listed("!", unread, look, "warning"))


def _in_force(state: TableState) -> str:
    """How many rows there are, and how many of them hold today where that is fewer."""
    rows = len(state.rows)
    return f"{rows:,}" if state.in_force == rows else f"{state.in_force:,} of {rows:,}"


def _keys(state: TableState) -> str:
    columns = state.table.header.columns
    said = (
        f"{name} ({columns[name].key_})" if columns[name].key_ != "exact" else name for name in state.table.header.keys
    )
    return ", ".join(said)


def _used(state: TableState) -> str:
    return ", ".join(f"{flow}/{node}" for flow, node in state.used_by) or "no flow"


def show_text(state: TableState, look: Look) -> str:
    header = state.table.header
    label = f"  {safe(header.label)}" if header.label else ""
    hit = "one row fits at most" if header.hit == "unique" else "the first row that fits counts"
    about = look.paint("faint", safe(f"found by {_keys(state)}; {hit}; used by {_used(state)}"))
    day = f"{count(len(state.rows), 'row')}, {state.in_force} in force on {state.day}"
    more = f"{len(state.rows) - SHOWN} more rows: `--json` has all of them" if len(state.rows) > SHOWN else ""
    return blocks(
        f"{look.paint('strong', safe(state.table.name))}{label}\n{about}",
        _as_table(state, look) or "\n".join(_as_lines(state, look)),
        more,
        look.paint("faint", day),
    )


def _as_table(state: TableState, look: Look) -> str:
    """The rows as columns; nothing where these would have to be broken."""
    has_days = bool({"from", "until"} & set(state.table.header.columns))
    heads = [*state.table.header.columns, *([f"on {state.day}"] if has_days else [])]
    rows = [
        [*row.cells.values(), *([GOOD if row.in_force else "not in force"] if has_days else [])]
        for row in state.rows[:SHOWN]
    ]
    heads[: len(state.rows[0].cells) if rows else 0] = state.rows[0].cells if rows else ()
    widths = [max(map(cells, column)) for column in zip(heads, *rows, strict=True)]
    return table(heads, rows, look) if rows and sum(widths) + 2 * len(widths) <= look.width else ""


def _as_lines(state: TableState, look: Look) -> Iterator[str]:
    """Each row as what it is found by, and what it answers; blank cells are left out."""
    keys = state.table.header.keys
    for row in state.rows[:SHOWN]:
        found = ", ".join(f"{name} {row.cells[name]}" for name in keys if row.cells[name]) or "any"
        told = ", ".join(f"{name} {cell}" for name, cell in row.cells.items() if cell and name not in keys)
        mark = look.paint("good", GOOD) if row.in_force else look.paint("warning", "·")
        rest = "" if row.in_force else " (not in force)"
        yield paragraph(safe(f"{found} → {told}{rest}"), look.width, f"  {mark} ", "    ")


def list_data(told: Tables) -> Mapping[str, Json]:
    return {"tables": [_summary(state) for state in told.tables], "unread": list(told.unread)}


def _summary(state: TableState) -> dict[str, Json]:
    header = state.table.header
    return {
        "table": state.table.name,
        "label": header.label,
        "hit": header.hit,
        "columns": {name: {"type": c.type, "key": c.key_} for name, c in header.columns.items()},
        "day": str(state.day),
        "row_count": len(state.rows),
        "in_force": state.in_force,
        "used_by": [{"flow": flow, "node": node} for flow, node in state.used_by],
    }


def show_data(state: TableState) -> Mapping[str, Json]:
    rows = [{"cells": dict(row.cells), "in_force": row.in_force} for row in state.rows]
    return {**_summary(state), "rows": rows}


def exported_text(done: Exported, look: Look) -> str:
    rows = [(name, str(n)) for name, n in done.rows.items()]
    back = " ".join(["flowctl table import", done.file, *_untold(done)])
    return blocks(
        f"{look.paint('good', GOOD)} wrote {safe(done.file)}, of {safe(done.version)}",
        table(("table or roster", "rows"), rows, look, right=[1]),
        next_command(safe(back), "when it comes back", look),
    )


def _untold(done: Exported) -> Iterator[str]:
    """What is in a CSV, where its name does not say it: a workbook says it inside."""
    file = PurePath(done.file)
    return (name for name in done.rows if file.suffix.lower() == ".csv" and file.stem != name)


def exported_data(done: Exported) -> Mapping[str, Json]:
    return {"file": done.file, "version": done.version, "rows": dict(done.rows)}


def imported_text(done: Imported, look: Look) -> str:
    merged = names([one.name for one in done.edited if one.is_merged])
    what = names([one.name for one in done.edited])
    said = f"{look.paint('good', GOOD)} took {safe(what)} from {safe(done.file)}" if what else "nothing has changed"
    save = f'flowctl save -m "{safe(what)} as in {safe(done.file.rpartition("/")[2])}"'
    return blocks(
        said,
        edits.text_of(done.diffs, look, cosmetic=True),
        titled([("merged", f"{merged}: what has changed here since the export stays" if merged else "")], look),
        listed("!", done.left_out, look, "warning"),
        findings(done.warnings[:WARNED], look),
        f"{len(done.warnings) - WARNED} more warnings: `flowctl check`" if len(done.warnings) > WARNED else "",
        next_command(save, "then check, diff and simulate", look) if done.edited else "",
    )


def imported_data(done: Imported) -> Mapping[str, Json]:
    return {
        "file": done.file,
        "edited": [{"name": one.name, "path": one.path, "merged": one.is_merged} for one in done.edited],
        "same": list(done.same),
        "left_out": list(done.left_out),
        "warnings": [diagnostic(one) for one in done.warnings],
        "diff": edits.data_of(done.diffs),
    }
