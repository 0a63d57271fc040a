"""`flowctl fmt`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.here import inside, workspace
from flowctl.diag import Exit
from flowctl.ops import fmt as op
from flowctl.render.check import fmt_data, fmt_text

app = typer.Typer()
WHICH = "Files and folders; all below flows/ by default."
Paths = Annotated[list[str] | None, typer.Argument(metavar="[PATH]...", help=WHICH)]


@app.command()
@answers("fmt", text=fmt_text, json=fmt_data)
def fmt(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Files and folders; all below flows/ by default.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit with 1 when files would change.")] = False,
) -> Answer[op.FmtReport]:
    """Write files the one canonical way, touching nothing else.

    Conditions that stand on one line are printed the canonical way. Byte order marks, CR LF and spaces at line ends
    go. Comments, order, quotes and texts over several lines stay as they are. A file with errors is left alone.

    Examples:
        flowctl fmt
        flowctl fmt flows/lead.yaml
        flowctl fmt --check
    """
    ws = workspace()
    report = op.fmt(ws, [inside(ws, path) for path in paths or ()], write=not check)
    failed = report.problems or (check and report.changed)
    return Answer(report, Exit.NO if failed else Exit.DONE)
