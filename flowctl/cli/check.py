"""`flowctl check`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.here import inside, workspace
from flowctl.cli.options import VersionOption
from flowctl.diag import Exit, Severity
from flowctl.ops import check as op
from flowctl.ops.pair import chosen
from flowctl.render.check import check_data, check_text

app = typer.Typer()
WHICH = "Only what is found in these files and folders."
Paths = Annotated[list[str] | None, typer.Argument(metavar="[PATH]...", help=WHICH)]


@app.command()
@answers("check", text=check_text, json=check_data)
def check(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Only what is found in these files and folders.")
    ] = None,
    version: VersionOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings, too.")] = False,
) -> Answer[op.CheckReport]:
    """Check flows for mistakes, without routing a lead.

    Looks at what is being worked on: live with the draft's changes, saved or not. Names are looked up in the whole
    version even when only some files are asked for. Exits with 1 when there are errors.

    Examples:
        flowctl check
        flowctl check flows/lead.yaml --strict
        flowctl check --version live --json
        flowctl check staging:flows/lead.yaml
    """
    ws = workspace()
    looked_at, only = chosen(ws, version, [inside(ws, path) for path in paths or ()])
    report = op.check(looked_at, ws.config, now(), only, ws.root, inside(ws, "."))
    failed = report.has(Severity.WARNING if strict else Severity.ERROR)
    worst = max(report.found, key=lambda found: found.severity, default=None)
    wanted = worst is not None and worst.severity > Severity.INFO
    hints = (f"`flowctl explain {worst.code}` says more about it",) if worst and wanted else ()
    return Answer(report, Exit.NO if failed else Exit.DONE, hints)
