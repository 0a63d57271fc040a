"""`flowctl show`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.here import workspace
from flowctl.cli.options import VersionOption
from flowctl.ops import show as op
from flowctl.ops.pair import version_of
from flowctl.render import show as render
from flowctl.render.mermaid import mermaid

app = typer.Typer()
FlowName = Annotated[str | None, typer.Argument(metavar="[FLOW]", help="The flow; needed where there are several.")]
NodeId = Annotated[str | None, typer.Option("--node", metavar="NODE", help="One node: what it asks, who leads here.")]


@app.command()
@answers("show", text=render.text, json=render.data, mermaid=mermaid)
def show(flow: FlowName = None, version: VersionOption = None, node: NodeId = None) -> Answer[op.Shown]:
    """Draw a flow, or tell all about one of its nodes.

    As a tree of its branches on the terminal; each node is drawn once, and only named where another way leads to it.

    Examples:
        flowctl show
        flowctl show lead --node by_country
        flowctl show lead --version live -f mermaid -o lead.mmd
    """
    return Answer(op.show(version_of(workspace(), version), flow, node))
