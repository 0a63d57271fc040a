"""`flowctl export`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.here import workspace
from flowctl.ops import importing as op
from flowctl.render import drafts

app = typer.Typer()
Environment = Annotated[str, typer.Argument(help="Where to export from, such as production.")]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="PART", help="These parts only, such as flow/lead.")]


@app.command()
@answers("export", text=drafts.exported_text, json=drafts.exported_data)
def export(environment: Environment, only: Only = None) -> Answer[op.Exported]:
    """Write what an environment runs into the draft that is checked out.

    Ids become names again. Files that say the same stay as they are, byte for byte.

    Examples:

        flowctl export production
        flowctl export staging --only flow/lead
    """
    return Answer(op.export_worktree(workspace(), environment, only=tuple(only or ())))
