"""`flowctl init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.frame import Misuse
from flowctl.cli.here import workspace
from flowctl.cli.progress import progress
from flowctl.render import drafts

app = typer.Typer()
Folder = Annotated[Path | None, typer.Argument(metavar="FOLDER", help="A folder that does not exist yet, or is empty.")]
Sample = Annotated[str | None, typer.Option("--sample", help="Begin with a sample and its history: `gitlab`.")]
Environments = Annotated[
    bool,
    typer.Option("--environments", help="Make the local environments of this workspace again, where they are gone."),
]


@app.command()
@answers("init", text=drafts.made_text, json=drafts.made_data)
def init(folder: Folder = None, sample: Sample = None, environments: Environments = False) -> Answer[object]:
    """Make a workspace: a git repository with flows, fixtures and two local environments.

    The environments are folders that git does not keep. On another machine, or where `.flowctl` was removed,
    `--environments` makes them again: with what main says that production runs, new ids of people, and fresh turns.

    Examples:

        flowctl init my-routing
        flowctl init my-routing --sample gitlab
        flowctl init --environments
    """
    if environments:
        if folder or sample:
            raise Misuse("`--environments` makes no workspace", hint="`flowctl init --environments` inside of one")
        from flowctl.ops.environments import make_environments

        return Answer(make_environments(workspace()))
    if folder is None:
        raise Misuse("missing argument `FOLDER`", hint="`flowctl init my-routing`")
    from flowctl.ops import init as op

    with progress("releasing the sample") as tick:
        return Answer(op.init(folder, now(), sample=sample, tick=tick))
