"""`flowctl table`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.here import workspace
from flowctl.cli.options import VersionOption
from flowctl.ops import table as op
from flowctl.ops.pair import version_of
from flowctl.ops.sheet import spreadsheet
from flowctl.ops.sheet import table_import as back
from flowctl.render import table as render

HELP = """What flows look up: list and show tables; tables and rosters out to a spreadsheet, and back.

Examples:
    flowctl table list
    flowctl table export territories.xlsx
    flowctl table import territories.xlsx
"""

app = typer.Typer(help=HELP, no_args_is_help=True)
TableName = Annotated[str, typer.Argument(metavar="TABLE", help="The table's name.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A workbook (.xlsx), or a .csv for one of them.")]
Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Tables and rosters: `territories`, `roster/sdr-emea`.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


@app.command("list")
@answers("table", text=render.list_text, json=render.list_data)
def list_tables(version: VersionOption = None) -> Answer[op.Tables]:
    """All tables: how many rows they have and how many hold today, what rows are found by, who looks there.

    Examples:
        flowctl table list
        flowctl table list --version live --json
    """
    return Answer(op.list_tables(version_of(workspace(), version), now()))


@app.command("show")
@answers("table", text=render.show_text, json=render.show_data)
def show(table: TableName, version: VersionOption = None) -> Answer[op.TableState]:
    """One table: its rows, and which of them hold today.

    Examples:
        flowctl table show tsp-territories
    """
    return Answer(op.show_table(version_of(workspace(), version), table, now()))


@app.command("export")
@answers("table", text=render.exported_text, json=render.exported_data)
def export(
    file: File, names: Names = None, version: VersionOption = None, force: Force = False
) -> Answer[spreadsheet.Exported]:
    """Write tables and rosters to a spreadsheet: a sheet for each, all of them when none is named.

    Ids, postcodes and ranges are texts there, and picklists offer their values. The first sheet says which version it
    is, so that what changed here meanwhile is merged when the workbook comes back.

    Examples:
        flowctl table export routing.xlsx
        flowctl table export emea.xlsx tsp-territories roster/sdr-emea
        flowctl table export tsp-territories.csv tsp-territories
        flowctl table export live.xlsx --version live
    """
    made = version_of(workspace(), version)
    return Answer(spreadsheet.export_file(made, file, names or [], now(), force=force))


@app.command("import")
@answers("table", text=render.imported_text, json=render.imported_data)
def import_(file: File, names: Names = None) -> Answer[back.Imported]:
    """Take a spreadsheet back: write what was edited there into the draft that is checked out, and say what changed.

    Rows that were not edited stay byte for byte. When anything is wrong, all of it is told by sheet, row and column,
    and nothing is written.

    Examples:
        flowctl table import routing.xlsx
        flowctl table import routing.xlsx roster/sdr-emea
        flowctl table import tsp-territories.csv
    """
    return Answer(back.import_file(workspace(), file, names or []))
