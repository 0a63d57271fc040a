"""`flowctl merge`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.here import workspace
from flowctl.ops import merge as op
from flowctl.render import drafts

app = typer.Typer()
Source = Annotated[str, typer.Argument(metavar="VERSION", help="What to take in: live, or a git ref.")]


@app.command()
@answers("merge", text=drafts.merged_text, json=drafts.merged_data)
def merge(source: Source = "live") -> Answer[op.MergeReport]:
    """Take live into the draft that is checked out, node by node.

    Where both sides changed the same thing differently it names both sides, changes nothing, and exits with 6.

    Example:

        flowctl merge live
    """
    return Answer(op.merge_into_draft(workspace(), source, now()))
