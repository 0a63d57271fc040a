"""`flowctl verify`."""

from __future__ import annotations

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.here import workspace
from flowctl.diag import Exit
from flowctl.ops import verify as op
from flowctl.render import releases as render

app = typer.Typer()


@app.command()
@answers("verify", text=render.verified_text, json=render.verified_data)
def verify() -> Answer[op.Verified]:
    """Do digests, records, tags and environments agree?

    Exits with 1 when they do not.

    Example:

        flowctl verify
    """
    found = op.verify(workspace())
    return Answer(found, Exit.NO if found.disagreements else Exit.DONE)
