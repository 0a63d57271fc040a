"""`flowctl explain`."""

from __future__ import annotations

import re
import sys
from typing import Annotated

import typer

from flowctl.check import explain as page_of
from flowctl.check import pages
from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.frame import Misuse
from flowctl.cli.here import folder, workspace
from flowctl.cli.options import FlowOption, VersionOption
from flowctl.flow.node import NODE_TYPES, load_node_types
from flowctl.ops.explain import Request
from flowctl.ops.explain import explain as op
from flowctl.ops.leads import Source
from flowctl.render import explain as render

app = typer.Typer()
What = Annotated[
    str | None,
    typer.Argument(metavar="[WHAT]", help="A code, a check's name, a node type, or a file of leads (`-`: piped in)."),
]
Fixture = Annotated[str | None, typer.Option("--fixture", metavar="WORDS", help="The fixture whose why holds them.")]
Lead = Annotated[int | None, typer.Option("--lead", metavar="N", help="Which lead of the file, from 1.")]
Every = Annotated[bool, typer.Option("--list", help="List all codes, each with what it is.")]
DataSets = Annotated[list[str] | None, typer.Option("--data", metavar="OBJECT=FILE", help="Records to match on.")]


@app.command()
@answers("explain", text=render.text, json=render.data)
def explain(
    what: What = None,
    fixture: Fixture = None,
    lead: Lead = None,
    flow: FlowOption = None,
    version: VersionOption = None,
    data: DataSets = None,
    every: Every = False,
) -> Answer[render.Told]:
    """Why a lead goes where it goes; what an error code means.

    Of a lead: each node on its path, which comparison was true, which match, whose turn, who was passed over and why.
    Of a code or a node type: its page.

    Examples:
        flowctl explain FC102
        flowctl explain --list
        flowctl explain rotate
        flowctl explain --fixture "no company"
        flowctl explain leads.csv --lead 3 --data Account=accounts.csv
    """
    if every:
        if what or fixture:
            raise Misuse("`--list` lists all codes", hint="leave out the rest")
        return Answer(pages())
    if (what is None) == (fixture is None):
        raise Misuse(
            "name one thing to explain",
            hint="a code (`--list` has all), a node type, a file of leads, or `--fixture WORDS`",
        )
    if found := _page(what or ""):
        return Answer(found)
    source = Source(workspace(), folder(), sys.stdin.buffer.read)
    explained = op(source, Request(what, fixture, lead, flow, version, tuple(data or ())), now())
    more = explained.total > 1 and lead is None
    hints = (f"the file has {explained.total} leads: `--lead 2` explains the next one",) if more else ()
    return Answer(explained, hints=hints)


def _page(word: str) -> render.Told | None:
    """The page of a code, of a check's name or of a node type."""
    load_node_types()
    if word in NODE_TYPES:
        return NODE_TYPES[word]
    names = {page.name for page in pages()}
    return page_of(word) if re.fullmatch(r"(?i)FC\d*", word) or word.casefold() in names else None
