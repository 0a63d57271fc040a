"""`flowctl route`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.here import folder, workspace
from flowctl.cli.options import FlowOption
from flowctl.cli.progress import progress
from flowctl.ops.leads import Source
from flowctl.ops.route import route_leads
from flowctl.render import simulate as render

app = typer.Typer()
Leads = Annotated[str, typer.Argument(metavar="LEADS", help="YAML, JSON or CSV; `-` for what is piped in.")]
In = Annotated[str, typer.Option("--in", metavar="ENV", help="The local environment that routes them.")]
DataSets = Annotated[list[str] | None, typer.Option("--data", metavar="OBJECT=FILE", help="Records to match on.")]
List = Annotated[bool, typer.Option("--leads", help="List the leads, and where each goes.")]


@app.command()
@answers("route", text=render.text, json=render.data, md=render.markdown)
def route(
    leads: Leads, environment: In, flow: FlowOption = None, data: DataSets = None, listed: List = False
) -> Answer[render.Told]:
    """Route leads through what runs in a local environment, and move its turns on.

    The environment routes as an org would: by what was promoted into it, its people and its turns, which it keeps.
    Nothing is sent.

    Examples:
        flowctl route leads.csv --in production
        flowctl route leads.csv --in staging --data Account=accounts.csv --leads
    """
    source = Source(workspace(), folder(), sys.stdin.buffer.read)
    with progress("routing leads") as tick:
        report = route_leads(source, environment, leads, flow, tuple(data or ()), now(), tick)
    return Answer(render.Told(report, listed, listed))
