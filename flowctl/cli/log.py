"""`flowctl log`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.here import workspace
from flowctl.ops import log as op
from flowctl.render import log as render

app = typer.Typer()
Limit = Annotated[int | None, typer.Option("-n", "--limit", min=1, help="Only so many, the newest.")]
Part = Annotated[
    str | None, typer.Option("--part", metavar="PART", help="Only those that changed it, such as flow/lead.")
]


@app.command()
@answers("log", text=render.text, json=render.data, md=render.markdown)
def log(limit: Limit = None, part: Part = None) -> Answer[tuple[op.LogEntry, ...]]:
    """The releases, newest first.

    Examples:

        flowctl log
        flowctl log -n 5 --part flow/lead
    """
    return Answer(op.log(workspace(), limit=limit, part=part))
