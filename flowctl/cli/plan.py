"""`flowctl plan`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.here import workspace
from flowctl.diag import Exit
from flowctl.ops import saved_plan
from flowctl.ops.plan import Override, Plan, plan_draft
from flowctl.ops.recover import take_up
from flowctl.ops.trunk import sync
from flowctl.render import plan as render

app = typer.Typer()
To = Annotated[str, typer.Option("--to", metavar="ENVIRONMENT", help="Where it is to run.")]
Only = Annotated[Literal["rosters"] | None, typer.Option("--only", help="Ship these alone, ahead of the rest.")]
Detailed = Annotated[bool, typer.Option("--detailed-exitcode", help="Exit with 2 when the plan changes something.")]
Unbar = Annotated[bool, typer.Option("--unbar", help="Ship behaviour that was rolled back; wants a --reason.")]
Reason = Annotated[str, typer.Option("--reason", help="Why something is overridden.")]


@app.command()
@answers("plan", text=render.text, json=render.data, md=render.markdown)
def plan(
    to: To = "production",
    only: Only = None,
    detailed_exitcode: Detailed = False,
    unbar: Unbar = False,
    reason: Reason = "",
) -> Answer[Plan]:
    """Think a promotion through without doing it: what changes, who moves, which gates are met.

    The plan is kept, and bound to what is live now; `flowctl promote` does exactly it, or nothing.
    With --only rosters the rosters go ahead of the rest of the draft, with the gates of their kind; the rest stays
    open. Somebody whom live does not know yet brings flows/directory.yaml along, and fixtures that the rosters make
    fail come along as the draft has them.

    Examples:

        flowctl plan --to production
        flowctl plan --to production -f md -o plan.md
        flowctl plan --only rosters
    """
    ws = workspace()
    ws.require_saved()
    sync(ws)
    moment = now()
    take_up(ws, moment, to)
    override = Override.given(unbar, reason)
    made = plan_draft(ws, saved_plan.draft_to_ship(ws), moment, environment=to, override=override, only=only)
    saved_plan.keep(ws, made)
    changes = Exit.CHANGES if detailed_exitcode else Exit.DONE
    return Answer(made, Exit.BLOCKED if made.blockers else changes)
