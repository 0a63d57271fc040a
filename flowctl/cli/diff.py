"""`flowctl diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.here import workspace
from flowctl.cli.options import VERSIONS, ExitCode
from flowctl.diag import Exit
from flowctl.ops import diff as op
from flowctl.ops.pair import pair
from flowctl.render import diff as render

app = typer.Typer()
Before = Annotated[str | None, typer.Argument(metavar="[A", help=f"From: {VERSIONS}. By default live.")]
After = Annotated[str | None, typer.Argument(metavar="[B]]", help="To. By default what is being worked on.")]
Part = Annotated[str | None, typer.Option("--part", metavar="PART", help="Only one part, such as flow/lead.")]
Cosmetic = Annotated[bool, typer.Option("--cosmetic", help="Also tell one by one what moves no lead.")]


@app.command()
@answers("diff", text=render.text, json=render.data, md=render.markdown)
def diff(
    a: Before = None, b: After = None, part: Part = None, cosmetic: Cosmetic = False, exit_code: ExitCode = False
) -> Answer[render.Told]:
    """How two versions differ, in words.

    Nodes, branches and values, not lines. What cannot move a lead, such as labels and the order of nodes, is called
    cosmetic and told in one line. Exits with 3 where a file cannot be read: how it differs is not known then.

    Examples:
        flowctl diff
        flowctl diff 2026-11-02 live
        flowctl diff live @draft --part flow/lead -f md
    """
    report = op.diff(*pair(workspace(), a, b), only=part)
    if report.unreadable:
        hint = "`flowctl check` tells the same of what you work on, with every file that uses it"
        return Answer(render.Told(report, cosmetic), Exit.CANNOT, (hint,))
    return Answer(render.Told(report, cosmetic), Exit.NO if exit_code and not report.is_empty else Exit.DONE)
