"""`flowctl promote`."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.asking import agree
from flowctl.cli.clock import now
from flowctl.cli.frame import Misuse
from flowctl.cli.here import workspace
from flowctl.cli.stream import say
from flowctl.ops import request
from flowctl.ops.plan import Override
from flowctl.ops.promote import Promoted
from flowctl.ops.promote import promote as apply
from flowctl.ops.request import NothingPending, Proposed
from flowctl.ops.saved_plan import plan_to_apply
from flowctl.render import plan as render
from flowctl.render.console import Look

app = typer.Typer()
To = Annotated[str, typer.Option("--to", metavar="ENVIRONMENT", help="Where it is to run.")]
Yes = Annotated[bool, typer.Option("--yes", help="Accept the plan that is shown, without being asked.")]
Only = Annotated[Literal["rosters"] | None, typer.Option("--only", help="Ship these alone, ahead of the rest.")]
Via = Annotated[Literal["mr"] | None, typer.Option("--via", help="Push a branch for a merge request instead.")]
Finish = Annotated[bool, typer.Option("--finish", help="Deploy the release that a merge request brought to main.")]
IfPending = Annotated[bool, typer.Option("--if-pending", help="With --finish: nothing to deploy is fine, too.")]
Abandon = Annotated[bool, typer.Option("--abandon", help="Push a branch that takes that release back out of main.")]
Unbar = Annotated[bool, typer.Option("--unbar", help="Ship behaviour that was rolled back; wants a --reason.")]
Reason = Annotated[str, typer.Option("--reason", help="Why something is overridden.")]


def _text(done: Promoted | Proposed | NothingPending, look: Look) -> str:
    if isinstance(done, NothingPending):
        return f"nothing is pending for {done.environment}"
    return render.promoted_text(done, look) if isinstance(done, Promoted) else render.proposed_text(done, look)


def _data(done: Promoted | Proposed | NothingPending) -> dict[str, object]:
    if isinstance(done, NothingPending):
        return {"pending": None, "environment": done.environment}
    return render.promoted_data(done) if isinstance(done, Promoted) else render.proposed_data(done)


@app.command()
@answers("promote", text=_text, json=_data)
def promote(
    to: To = "production",
    yes: Yes = False,
    only: Only = None,
    via: Via = None,
    finish: Finish = False,
    if_pending: IfPending = False,
    abandon: Abandon = False,
    unbar: Unbar = False,
    reason: Reason = "",
) -> Answer[Promoted | Proposed | NothingPending]:
    """Do exactly the plan, or nothing.

    Without a plan from `flowctl plan`, it makes one, shows it and asks.

    Examples:

        flowctl promote --to production
        flowctl promote --to production --yes
        flowctl promote --to production --only rosters
        flowctl promote --to production --via mr
        flowctl promote --to production --finish --if-pending
    """
    if finish and abandon:
        raise Misuse("`--finish` and `--abandon` at once", hint="one of them")
    if only and (finish or abandon):
        raise Misuse("`--only` belongs to a new plan", hint="leave it out: the release says what it ships")
    ws = workspace()
    moment = now()
    if if_pending and not finish:
        raise Misuse("`--if-pending` is of `--finish`", hint=f"`flowctl promote --to {to} --finish --if-pending`")
    if finish:
        return Answer((request.finish_if_pending if if_pending else request.finish)(ws, to, moment))
    if abandon:
        return Answer(request.abandon(ws, to, moment))
    plan, shown = plan_to_apply(ws, to, moment, Override.given(unbar, reason), only)
    if not (plan.blockers_but("approvals") if via else plan.blockers):
        say(lambda look: render.preview(plan, look, shown=shown and yes))
        agree(f"promote this to {to}?", yes=yes, name=to)
    return Answer(request.propose(ws, plan, moment) if via else apply(ws, plan, moment))
