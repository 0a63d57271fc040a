"""`flowctl bisect`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.here import folder, workspace
from flowctl.cli.options import FlowOption
from flowctl.cli.progress import progress
from flowctl.diag import Exit
from flowctl.ops.bisect import Bisected, Request
from flowctl.ops.bisect import bisect as op
from flowctl.ops.leads import Source
from flowctl.render import bisect as render

app = typer.Typer()
Lead = Annotated[
    str,
    typer.Option("--lead", metavar="LEAD", help="Words of a fixture's why, FILE:LINE of a fixture or lead, or `-`."),
]
Good = Annotated[str | None, typer.Option("--good", metavar="RELEASE", help="The older end; by default the first one.")]
Bad = Annotated[
    str | None, typer.Option("--bad", metavar="VERSION", help="The newer end; by default the draft in hand, or live.")
]
DataSets = Annotated[list[str] | None, typer.Option("--data", metavar="OBJECT=FILE", help="Records to match on.")]


@app.command()
@answers("bisect", text=render.text, json=render.data, md=render.markdown)
def bisect(
    lead: Lead, flow: FlowOption = None, good: Good = None, bad: Bad = None, data: DataSets = None
) -> Answer[Bisected]:
    """Which release changed where a lead goes, and by which edit.

    Routes the lead under every release, from the newest back, and tells each that sent it elsewhere: from whom to
    whom, the node where the ways part, and the edit that did it. Releases that cannot be read are told and passed
    over. Exits with 1 when the lead always went where it goes now.

    Examples:
        flowctl bisect --lead "job fair"
        flowctl bisect --lead flows/fixtures/lead/matched-account.yaml:12
        flowctl bisect --lead leads.csv:3 --data Account=accounts.csv --good 2026-10-26
    """
    source = Source(workspace(), folder(), sys.stdin.buffer.read)
    with progress("following the lead") as tick:
        found = op(source, Request(lead, flow, good, bad, tuple(data or ())), now(), tick)
    return Answer(found, Exit.DONE if found.moves else Exit.NO)
