"""`flowctl init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.render import drafts

app = typer.Typer()
Folder = Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty.")]
Sample = Annotated[str | None, typer.Option("--sample", help="Begin with a sample and its history: `gitlab`.")]


@app.command()
@answers("init", text=drafts.made_text, json=drafts.made_data)
def init(folder: Folder, sample: Sample = None) -> Answer[object]:
    """Make a workspace: a git repository with flows, fixtures and two local environments.

    Examples:

        flowctl init my-routing
        flowctl init my-routing --sample gitlab
    """
    from flowctl.ops import init as op

    return Answer(op.init(folder, now(), sample=sample))
