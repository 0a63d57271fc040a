"""`flowctl import`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.here import workspace
from flowctl.ops import importing as op
from flowctl.render import drafts

app = typer.Typer()
Into = Annotated[str, typer.Option("--into", metavar="ENVIRONMENT", help="Where the draft goes, such as staging.")]
Replace = Annotated[bool, typer.Option("--replace", help="Even when a colleague's open draft is there.")]


@app.command("import")
@answers("import", text=drafts.imported_text, json=drafts.imported_data)
def import_(into: Into, replace: Replace = False) -> Answer[op.Imported]:
    """Put the draft that is checked out into an environment.

    Every name that the environment cannot resolve is told, and nothing is changed there then.

    Example:

        flowctl import --into staging
    """
    ws = workspace()
    ws.require_saved()
    return Answer(op.import_into(ws, into, ws.require_draft(), now(), replace=replace))
