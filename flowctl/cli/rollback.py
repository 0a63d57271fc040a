"""`flowctl rollback`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.asking import agree
from flowctl.cli.clock import now
from flowctl.cli.here import workspace
from flowctl.cli.stream import say
from flowctl.ops.promote import Promoted, promote
from flowctl.ops.rollback import plan_rollback, remark
from flowctl.ops.saved_plan import keep
from flowctl.render import plan as render
from flowctl.render.lists import listed

app = typer.Typer()
Environment = Annotated[str, typer.Argument(help="Where to roll back.")]
Reason = Annotated[str, typer.Option("--reason", help="What went wrong; kept in the record.")]
To = Annotated[str | None, typer.Option("--to", metavar="RELEASE", help="The release to go back to.")]
Rosters = Annotated[bool, typer.Option("--rosters", help="Bring back rosters too.")]
Yes = Annotated[bool, typer.Option("--yes", help="Accept the plan that is shown, without being asked.")]


@app.command()
@answers("rollback", text=render.promoted_text, json=render.promoted_data)
def rollback(
    reason: Reason, environment: Environment = "production", to: To = None, rosters: Rosters = False, yes: Yes = False
) -> Answer[Promoted]:
    """Go back to an older release, as a new release.

    What it leaves is barred from shipping again.

    Without --to: the newest release that is not barred and differs from live.

    Examples:

        flowctl rollback production --reason "EMEA leads went to nobody"
        flowctl rollback production --to 2026-11-02 --reason "…"
    """
    ws = workspace()
    ws.require_saved()
    moment = now()
    plan = plan_rollback(ws, moment, reason=reason, to=to, rosters=rosters, environment=environment)
    if not plan.approvals.gate.passed:
        keep(ws, plan)
    if not plan.blockers:
        say(lambda look: render.preview(plan, look))
        if note := remark(ws, plan):
            say(lambda look: listed("!", [note], look, "warning"))
        agree(f"roll {environment} back?", yes=yes, name=environment)
    return Answer(promote(ws, plan, moment))
