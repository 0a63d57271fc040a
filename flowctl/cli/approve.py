"""`flowctl approve`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.frame import Misuse
from flowctl.cli.here import folder, workspace
from flowctl.ops import approve as op
from flowctl.render import approve as render

app = typer.Typer()
Plan = Annotated[str | None, typer.Argument(help="A plan's id, or 8 characters of it; or the file of a plan.")]
List = Annotated[bool, typer.Option("--list", help="Who has approved of what is not live yet.")]
Withdraw = Annotated[bool, typer.Option("--withdraw", help="Take your own approval back.")]


@app.command()
@answers("approve", text=render.text, json=render.data)
def approve(plan: Plan = None, list_: List = False, withdraw: Withdraw = False) -> Answer[render.Report]:
    """Sign a colleague's plan off, for everybody to see.

    The gate `approvals` of flowctl.yaml says how many a promotion needs. An approval is of exactly that plan: when the
    draft changes, it has to be given again.

    Examples:

        flowctl approve 94ef9221
        flowctl approve plan.json
        flowctl approve --list
        flowctl approve --withdraw 94ef9221
    """
    if list_ and (plan or withdraw):
        raise Misuse("`--list` lists all of them", hint="`flowctl approve --list`")
    if list_:
        return Answer(op.list_open(workspace()))
    if plan is None:
        raise Misuse("which plan", hint="`flowctl approve 94ef9221`: `flowctl plan` shows its id; or `--list`")
    if withdraw:
        return Answer(op.withdraw(workspace(), plan, now()))
    file = folder() / plan
    return Answer(op.approve(workspace(), plan, now(), file if file.is_file() else None))
