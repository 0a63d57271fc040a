"""`flowctl show`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli import pages
from flowctl.cli.answer import Answer, answers
from flowctl.cli.frame import Misuse
from flowctl.cli.here import workspace
from flowctl.cli.options import VersionOption
from flowctl.ops import show as op
from flowctl.ops.pair import version_of
from flowctl.render import show as render
from flowctl.render.mermaid import mermaid

app = typer.Typer()
FlowName = Annotated[str | None, typer.Argument(metavar="[FLOW]", help="The flow; needed where there are several.")]
NodeId = Annotated[str | None, typer.Option("--node", metavar="NODE", help="One node: what it asks, who leads here.")]
Blame = Annotated[bool, typer.Option("--blame", help="Which release, draft and author last changed each node.")]
Cosmetic = Annotated[bool, typer.Option("--cosmetic", help="With `--blame`: labels and the like are changes, too.")]


@app.command()
@answers("show", text=render.text, json=render.data, mermaid=mermaid, svg=pages.svg, png=pages.png, html=pages.html)
def show(
    flow: FlowName = None,
    version: VersionOption = None,
    node: NodeId = None,
    blame: Blame = False,
    cosmetic: Cosmetic = False,
    leads: pages.LeadsOption = None,
    data: pages.DataOption = None,
    traffic: pages.TrafficOption = False,
    traffic_file: pages.TrafficFile = None,
) -> Answer[op.Shown]:
    """Draw a flow, or tell all about one of its nodes.

    As a tree of its branches on the terminal; each node is drawn once, and only named where another way leads to it.
    With `--blame`, each node has at its left the release in which it last changed, and who changed it, by what the
    nodes mean: formatting, order, labels and the node's own name do not count. Of one node it tells the whole story.

    With `--traffic`, how many leads took each way, as `flowctl simulate leads.csv --traffic` has counted and kept it.

    With `--html`, a page to look at in a browser, without a network: the flow drawn, with search, the fixtures' ways,
    coverage and traffic. It also holds the flows that lead into this one and those that it leads on to.

    Examples:
        flowctl show
        flowctl show lead --node by_country
        flowctl show lead --blame
        flowctl show lead --node by_country --blame
        flowctl show lead --version live --mermaid -o lead.mmd
        flowctl show lead --svg -o lead.svg
        flowctl show lead --node by_country --png -o by_country.png
        flowctl show lead --html
        flowctl show lead --html --leads leads.csv --data Account=accounts.csv
        flowctl show lead --traffic
        flowctl show lead --traffic --html
    """
    if cosmetic and not blame:
        raise Misuse("`--cosmetic` is of `--blame`", hint="`flowctl show lead --blame --cosmetic`")
    over = traffic_file or ("" if traffic else None)
    if over is not None and (blame or leads):
        other = "--blame" if blame else "--leads"
        raise Misuse(f"`--traffic` and `{other}` at once", hint="one of them")
    ws = workspace()
    shown = version_of(ws, version)
    if blame:
        found = op.show_blame(ws, shown, flow, node, cosmetic=cosmetic)
    else:
        found = op.show(shown, flow, node)
    if over is not None:
        found = op.with_traffic(pages.source(ws), shown, found, over or None)
    return Answer(found, page=pages.of(ws, shown, found, (leads, data), over))
