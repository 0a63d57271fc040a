"""`flowctl git`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.here import workspace
from flowctl.diag import Exit
from flowctl.ops import drivers as op
from flowctl.ops import git_conflicts
from flowctl.render import drivers as render

HELP = """Let git itself merge and show flows by meaning: install, uninstall, check, take.

With the drivers, `git merge`, `rebase` and `cherry-pick` merge node by node as `flowctl merge` does, `git diff` tells
edits in flowctl's words, and `git log -p` shows facts instead of lines. Only this clone is changed; who works with
flowctl alone has no need of them.

Examples:
    flowctl git install
    flowctl git check
    flowctl git take theirs flows/lead.yaml:nodes/by_country
    flowctl git uninstall
"""

app = typer.Typer(help=HELP, no_args_is_help=True)
Taken = Annotated[
    Literal["ours", "theirs"],
    typer.Argument(metavar="ours|theirs", help="Whose text is kept; in a rebase `theirs` is yours."),
]
Places = Annotated[list[str], typer.Argument(metavar="FILE:PATH...", help="A conflict, or all below a path or file.")]


def program() -> tuple[str, ...]:
    """The words that start `flowctl-git` from anywhere, in the Python that runs this command."""
    here = Path(sys.executable).parent
    for script in (here / op.PROGRAM, here / f"{op.PROGRAM}.exe"):
        if script.is_file():
            return (script.as_posix(),)
    # `-P`: a file `yaml.py` in somebody's workspace is not to be loaded
    return (Path(sys.executable).as_posix(), "-P", "-m", "flowctl.cli.git_driver")


def _exit(drivers: op.Drivers) -> Exit:
    return Exit.DONE if drivers.is_in_order else Exit.NO


@app.command()
@answers("git", text=render.installed_text, json=render.data)
def install() -> Answer[op.Drivers]:
    """Set the drivers up in this clone.

    A second time changes nothing.

    Example:

        flowctl git install
    """
    drivers = op.install(workspace(), program())
    return Answer(drivers, _exit(drivers))


@app.command()
@answers("git", text=render.uninstalled_text, json=render.data)
def uninstall() -> Answer[op.Drivers]:
    """Take back what install did, and nothing else.

    Example:

        flowctl git uninstall
    """
    return Answer(op.uninstall(workspace()))


@app.command()
@answers("git", text=render.checked_text, json=render.data)
def check() -> Answer[op.Drivers]:
    """Tell what is installed and what is not.

    Starts the program that git would start, to see that it is there. Exits with 1 when something is not in order.

    Example:

        flowctl git check
    """
    drivers = op.check(workspace())
    return Answer(drivers, _exit(drivers))


@app.command()
@answers("git", text=render.settled_text, json=render.settled_data)
def take(side: Taken, places: Places) -> Answer[git_conflicts.Settled]:
    """Settle conflicts that git's own merge has left.

    Exits with 6 while some are open. For a merge by flowctl it is `flowctl merge --take`.

    Examples:

        flowctl git take theirs flows/lead.yaml:nodes/by_country
        flowctl git take ours flows/rosters
    """
    settled = git_conflicts.take(workspace(), side, places)
    return Answer(settled, Exit.CONFLICTS if settled.left else Exit.DONE)
