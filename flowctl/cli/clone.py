"""`flowctl clone`."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import day, now
from flowctl.cli.here import workspace
from flowctl.ops import clone as op
from flowctl.render import drafts

app = typer.Typer()
Source = Annotated[Literal["live"], typer.Argument(help="What to clone: what production runs.")]
Summary = Annotated[str, typer.Option("--summary", help="What the draft is about, for its title.")]
On = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="The day in the title; the next Monday if not given.")
]
Kind = Annotated[Literal["weekly", "experiment", "roster"], typer.Option("--kind", help="Which gates it has to meet.")]
Adopt = Annotated[bool, typer.Option("--adopt", help="Take in what was changed in production by hand.")]
NoStage = Annotated[bool, typer.Option("--no-stage", help="Leave staging alone.")]


@app.command()
@answers("clone", text=drafts.cloned_text, json=drafts.cloned_data)
def clone(
    summary: Summary,
    source: Source = "live",
    on: On = None,
    kind: Kind = "weekly",
    adopt: Adopt = False,
    no_stage: NoStage = False,
) -> Answer[op.Cloned]:
    """Make a draft of what production runs, check it out, and put it into staging.

    Examples:

        flowctl clone live --summary "Campaign member edits"
        flowctl clone live --on 2026-11-23 --summary "Campaign member edits"
        flowctl clone live --adopt --summary "Keep what was fixed by hand"
    """
    monday: dt.date | None = day(on, "--on") if on else None
    return Answer(op.clone_live(workspace(), summary, now(), on=monday, kind=kind, adopt=adopt, stage=not no_stage))
