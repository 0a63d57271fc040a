"""`flowctl log`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.here import workspace
from flowctl.cli.progress import progress
from flowctl.ops import log as op
from flowctl.render import log as render

if TYPE_CHECKING:
    from flowctl.diff import PartDiff

app = typer.Typer()
Limit = Annotated[int | None, typer.Option("-n", "--limit", min=1, help="Only so many, the newest.")]
Part = Annotated[
    str | None, typer.Option("--part", metavar="PART", help="Only those that changed it, such as flow/lead.")
]

Since = Annotated[str | None, typer.Option("--since", metavar="DAY", help="Only those of that day or later.")]


@app.command()
@answers("log", text=render.text, json=render.data, md=render.markdown)
def log(limit: Limit = None, part: Part = None, since: Since = None) -> Answer[op.Log]:
    """The releases, newest first.

    With `-f md`, the changelog of routing: what each release changed, in words.

    Examples:

        flowctl log
        flowctl log -n 5 --part flow/lead
        flowctl log --since 2026-11-01 -f md -o CHANGELOG.md
    """
    ws = workspace()
    entries = op.log(ws, limit=limit, part=part, since=since)

    def changes() -> Mapping[str, tuple[PartDiff, ...]]:
        with progress("reading releases") as tick:
            return op.changes(ws, entries, part, tick)

    return Answer(op.Log(entries, changes))
