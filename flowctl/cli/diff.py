"""`flowctl diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli import pages
from flowctl.cli.answer import Answer, answers
from flowctl.cli.frame import Misuse
from flowctl.cli.here import workspace
from flowctl.cli.options import VERSIONS, ExitCode
from flowctl.diag import Exit
from flowctl.ops import diff as op
from flowctl.ops.others import Others, others
from flowctl.ops.pair import pair
from flowctl.render import diff as render

app = typer.Typer()
Before = Annotated[str | None, typer.Argument(metavar="[A", help=f"From: {VERSIONS}. By default live.")]
After = Annotated[str | None, typer.Argument(metavar="[B]]", help="To. By default what is being worked on.")]
Part = Annotated[str | None, typer.Option("--part", metavar="PART", help="Only one part, such as flow/lead.")]
Cosmetic = Annotated[bool, typer.Option("--cosmetic", help="Also tell one by one what moves no lead.")]
Drafts = Annotated[bool, typer.Option("--drafts", help="What other open drafts change that this one changes, too.")]


@app.command()
@answers("diff", text=render.text, json=render.data, md=render.markdown, mermaid=pages.picture, html=pages.html)
def diff(
    a: Before = None,
    b: After = None,
    part: Part = None,
    cosmetic: Cosmetic = False,
    drafts: Drafts = False,
    exit_code: ExitCode = False,
    leads: pages.LeadsOption = None,
    data: pages.DataOption = None,
) -> Answer[render.Told | Others]:
    """How two versions differ, in words.

    Nodes, branches and values, not lines. What cannot move a lead, such as labels and the order of nodes, is called
    cosmetic and told in one line. Exits with 3 where a file cannot be read: how it differs is not known then.

    With `--html`: a page to look at in a browser, without a network, that draws both versions over each other, with
    the ways of the fixtures before and after.

    With `--drafts`: who else changes the same node, member, row or value in another open draft, with what both do to
    it, before it becomes a conflict.

    Examples:
        flowctl diff
        flowctl diff --drafts
        flowctl diff 2026-11-02 live
        flowctl diff live @draft --part flow/lead -f md
        flowctl diff --part flow/lead --mermaid
        flowctl diff 2026-11-02 live --html
    """
    if drafts:
        if a or b:
            raise Misuse("`--drafts` compares open drafts", hint="leave out the versions: `flowctl diff --drafts`")
        return Answer(others(workspace(), part))
    ws = workspace()
    before, after = pair(ws, a, b)
    report = op.diff(before, after, only=part)
    page = pages.between(ws, before, after, part, (leads, data))
    told = render.Told(report, cosmetic, (before, after))
    if report.unreadable:
        names = ", ".join(f"`{part}`" for part in report.unreadable)
        hint = f"{names} cannot be read: `flowctl check` says why, with every file that uses it"
        return Answer(told, Exit.CANNOT, (hint,), page)
    return Answer(told, Exit.NO if exit_code and not report.is_empty else Exit.DONE, page=page)
