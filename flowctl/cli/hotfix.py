"""`flowctl hotfix`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.asking import agree
from flowctl.cli.clock import now
from flowctl.cli.frame import Misuse
from flowctl.cli.here import workspace
from flowctl.cli.stream import say
from flowctl.ops import hotfix as op
from flowctl.ops.plan import Override
from flowctl.ops.promote import promote
from flowctl.ops.saved_plan import plan_to_apply
from flowctl.ops.workspace import LIVE
from flowctl.render import hotfix as render
from flowctl.render import plan as plans

HELP = """Ship one urgent change now: from live, or the week's draft itself.

Example:

    flowctl hotfix start --summary "Stop the webinar loop"
    flowctl hotfix finish
"""

app = typer.Typer(help=HELP)
TakeIn = Annotated[bool, typer.Option("--take-in", help="Merge it into every open draft, where nobody has to decide.")]
Summary = Annotated[str | None, typer.Option("--summary", help="What the hotfix is about.")]
From = Annotated[str, typer.Option("--from", metavar="VERSION", help="`live`, or the draft to ship now: `@draft`.")]
Yes = Annotated[bool, typer.Option("--yes", help="Accept the plan that is shown, without being asked.")]


@app.command()
@answers("hotfix", text=render.started_text, json=render.started_data)
def start(summary: Summary = None, from_: From = "live") -> Answer[render.Started]:
    """Begin a hotfix: a draft cloned from live, or an open draft that ships as it stands.

    Examples:

        flowctl hotfix start --summary "Stop the webinar loop"
        flowctl hotfix start --from @draft
    """
    ws = workspace()
    if from_ != "live":
        return Answer(render.Started(op.start_from_draft(ws, from_, now())))
    if summary is None:
        raise Misuse("a hotfix from live needs a summary", hint='`flowctl hotfix start --summary "…"`')
    return Answer(render.Started(op.start_from_live(ws, summary, now()).draft))


@app.command()
@answers("hotfix", text=render.finished_text, json=render.finished_data)
def finish(yes: Yes = False, take_in: TakeIn = False) -> Answer[render.Finished]:
    """Promote the hotfix that is checked out, and list the open drafts that have to take it in.

    With --take-in, every open draft takes it in at once, with a merge commit on its branch; one in which somebody has
    to decide is left alone, and listed.

    Examples:

        flowctl hotfix finish
        flowctl hotfix finish --take-in
    """
    ws = workspace()
    moment = now()
    draft = op.require_hotfix(ws)
    plan, shown = plan_to_apply(ws, LIVE, moment, Override(), whole=True)
    if not plan.blockers:
        say(lambda look: plans.preview(plan, look, shown=shown and yes))
        agree(f"promote this to {LIVE}?", yes=yes, name=LIVE)
    promoted = promote(ws, plan, moment)
    following = op.go_on(ws, draft, promoted, moment)
    return Answer(render.Finished(promoted, following, op.open_drafts(ws, promoted, moment, take_in=take_in)))
