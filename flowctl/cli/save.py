"""`flowctl save`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.here import workspace
from flowctl.ops import save as op
from flowctl.render import drafts

app = typer.Typer()
Message = Annotated[str, typer.Option("-m", "--message", help="What changed, in a few words.")]


@app.command()
@answers("save", text=drafts.saved_text, json=drafts.saved_data)
def save(message: Message) -> Answer[op.Saved]:
    """Keep the edits of the draft that is checked out.

    Nothing is saved while a file cannot be read. Flows that the draft changes get its title.

    Example:

        flowctl save -m "MDF campaigns first"
    """
    return Answer(op.save(workspace(), message, now()))
