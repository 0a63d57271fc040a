"""`flowctl init`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.frame import Misuse
from flowctl.cli.here import workspace
from flowctl.cli.progress import progress
from flowctl.data import dataclass
from flowctl.document import Json
from flowctl.ops.environments import MadeAgain, make_environments
from flowctl.ops.init import Made
from flowctl.ops.pipeline import HostName, PipelineMade, make_pipeline
from flowctl.ops.workspace import open_workspace
from flowctl.render import drafts
from flowctl.render.ci import pipeline
from flowctl.render.console import Look
from flowctl.render.lists import blocks

app = typer.Typer()
Folder = Annotated[Path | None, typer.Argument(metavar="FOLDER", help="A folder that does not exist yet, or is empty.")]
Sample = Annotated[str | None, typer.Option("--sample", help="Begin with a sample and its history: `gitlab`.")]
Environments = Annotated[
    bool,
    typer.Option("--environments", help="Make the local environments of this workspace again, where they are gone."),
]
Ci = Annotated[
    HostName | None,
    typer.Option(
        "--ci", help="Write the pipeline of a host, its owners and issue forms; here, or in the new workspace."
    ),
]


@dataclass(frozen=True, slots=True)
class WithPipeline:
    """A new workspace that has a pipeline."""

    made: Made
    pipeline: PipelineMade


def _text(made: Made | MadeAgain | PipelineMade | WithPipeline, look: Look) -> str:
    if isinstance(made, WithPipeline):
        return blocks(pipeline.told(made.pipeline, look), drafts.made_text(made.made, look))
    return pipeline.text(made, look) if isinstance(made, PipelineMade) else drafts.made_text(made, look)


def _data(made: Made | MadeAgain | PipelineMade | WithPipeline) -> Mapping[str, Json]:
    if isinstance(made, WithPipeline):
        return {**drafts.made_data(made.made), "pipeline": pipeline.data(made.pipeline)}
    return pipeline.data(made) if isinstance(made, PipelineMade) else drafts.made_data(made)


@app.command()
@answers("init", text=_text, json=_data)
def init(
    folder: Folder = None, sample: Sample = None, ci: Ci = None, environments: Environments = False
) -> Answer[Made | MadeAgain | PipelineMade | WithPipeline]:
    """Make a workspace: a git repository with flows, fixtures and two local environments.

    The environments are folders that git does not keep. On another machine, or where `.flowctl` was removed,
    `--environments` makes them again: with what main says that production runs, new ids of people, and fresh turns.

    `--ci` writes what a merge request needs: the pipeline, who owns what decides (CODEOWNERS), and the issue forms of
    the process. Without a folder it does so in this workspace, in a commit of the branch that is checked out; files
    that are there and say something else stay as they are, and nothing is written then.

    Examples:

        flowctl init my-routing
        flowctl init my-routing --sample gitlab
        flowctl init my-routing --ci gitlab
        flowctl init --ci github
        flowctl init --environments
    """
    if environments:
        if folder or sample or ci:
            raise Misuse("`--environments` makes no workspace", hint="`flowctl init --environments` inside of one")
        return Answer(make_environments(workspace()))
    if folder is None and ci and not sample:
        return Answer(make_pipeline(workspace(), ci, now()))
    if folder is None:
        raise Misuse("missing argument `FOLDER`", hint="`flowctl init my-routing`")
    from flowctl.ops import init as op

    with progress("releasing the sample") as tick:
        made = op.init(folder, now(), sample=sample, tick=tick)
    return Answer(WithPipeline(made, make_pipeline(open_workspace(made.root), ci, now())) if ci else made)
