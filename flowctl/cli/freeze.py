"""`flowctl freeze`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import moment, now
from flowctl.cli.here import workspace
from flowctl.ops import freeze as op
from flowctl.ops.records import Freeze
from flowctl.render import releases as render

app = typer.Typer(
    help="Times in which nothing is promoted: list, add, lift.\n\nExample:\n\n"
    '    flowctl freeze add --from 2026-12-21 --to 2027-01-03 --reason "winter holidays"'
)
From = Annotated[str, typer.Option("--from", metavar="WHEN", help="The first day or moment (UTC).")]
To = Annotated[str, typer.Option("--to", metavar="WHEN", help="The last day or moment (UTC).")]
Reason = Annotated[str, typer.Option("--reason", help="Why; told to whoever is stopped by it.")]


@app.command("list")
@answers("freeze", text=render.freezes_text, json=render.freezes_data)
def list_() -> Answer[tuple[Freeze, ...]]:
    """The freezes that are on or to come.

    Example:

        flowctl freeze list
    """
    return Answer(op.list_freezes(workspace(), now()))


@app.command()
@answers("freeze", text=render.freezes_text, json=render.freezes_data)
def add(from_: From, to: To, reason: Reason) -> Answer[tuple[Freeze, ...]]:
    """Add a freeze.

    Example:

        flowctl freeze add --from 2026-12-21 --to 2027-01-03 --reason "winter holidays"
    """
    op.add_freeze(workspace(), moment(from_, "--from"), moment(to, "--to", end=True), reason, now())
    return Answer(op.list_freezes(workspace(), now()))


@app.command()
@answers("freeze", text=render.freezes_text, json=render.freezes_data)
def lift() -> Answer[tuple[Freeze, ...]]:
    """End the freezes that are on now.

    Example:

        flowctl freeze lift
    """
    op.lift_freezes(workspace(), now())
    return Answer(op.list_freezes(workspace(), now()))
