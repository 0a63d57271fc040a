"""`flowctl status`."""

from __future__ import annotations

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.here import workspace
from flowctl.diag import Blocked
from flowctl.ops import status as op
from flowctl.ops.recover import Recovered, take_up
from flowctl.render import status as render

app = typer.Typer()


@app.command()
@answers("status", text=render.text, json=render.data)
def status() -> Answer[op.Status]:
    """What is live, what is staged, who works on what, and what to type next.

    Also finishes or undoes a promotion that was cut off.

    Example:

        flowctl status
    """
    ws = workspace()
    moment = now()
    try:
        recovered = take_up(ws, moment)
    except Blocked:  # a promotion is running: it is told, and left alone
        recovered = Recovered()
    return Answer(op.status(ws, moment, recovered))
