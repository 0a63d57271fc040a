"""`flowctl undo`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.frame import Misuse
from flowctl.cli.here import workspace
from flowctl.document import Json
from flowctl.ops import undo as op
from flowctl.render import undo as render
from flowctl.render.console import Look

app = typer.Typer()
SHOWN = 20
Report = op.Undone | tuple[op.Done, ...]
Number = Annotated[int | None, typer.Argument(metavar="[NUMBER]", help="Which one, as --list has it; the last one.")]
List = Annotated[bool, typer.Option("--list", help=f"What was done here, newest first: the last {SHOWN}.")]
All = Annotated[bool, typer.Option("--all", help="With --list: all that is remembered.")]
Redo = Annotated[bool, typer.Option("--redo", help="Bring back what the last undo took back.")]


def _text(report: Report, look: Look) -> str:
    return render.undone_text(report, look) if isinstance(report, op.Undone) else render.operations_text(report, look)


def _data(report: Report) -> dict[str, Json]:
    return render.undone_data(report) if isinstance(report, op.Undone) else render.operations_data(report)


@app.command()
@answers("undo", text=_text, json=_data)
def undo(number: Number = None, listed: List = False, all_: All = False, redo: Redo = False) -> Answer[Report]:
    """Take back what the last command did here, or bring it back.

    After a save the edits are unsaved edits again; after a clone you are back where you were, and the draft is gone;
    files that a command wrote hold again what they held. A second undo goes one further back. What others see already
    is not taken back in secret: a release (rollback does that), what an environment holds, a draft that somebody else
    has changed since.

    Examples:
        flowctl undo
        flowctl undo --list
        flowctl undo --redo
        flowctl undo 12
    """
    if sum((number is not None, listed, redo)) > 1:
        raise Misuse("`undo` takes one of NUMBER, `--list` and `--redo`", hint="`flowctl undo --list` first")
    ws = workspace()
    if listed:
        return Answer(op.operations(ws, None if all_ else SHOWN))
    return Answer(op.redo(ws) if redo else op.undo(ws, number))
