"""`flowctl switch`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.here import workspace
from flowctl.diag import FlowctlError
from flowctl.ops import switch as op
from flowctl.render import drafts

app = typer.Typer()


def _names(incomplete: str) -> list[tuple[str, str]]:
    """What a shell offers behind `switch`; nothing outside of a workspace."""
    try:
        known = op.names_to_switch_to(workspace())
    except FlowctlError:
        return []
    at = "@" if incomplete.startswith("@") else ""
    return [(f"{at}{name}", what) for name, what in known if f"{at}{name}".startswith(incomplete)]


Name = Annotated[
    str,
    typer.Argument(
        metavar="DRAFT|main",
        help="An open draft: its name, its title, its day, or a piece of its name; or main, which is what is live.",
        autocompletion=_names,
    ),
]


@app.command()
@answers("switch", text=drafts.switched_text, json=drafts.switched_data)
def switch(name: Name) -> Answer[op.Switched]:
    """Go to another open draft, or back to main.

    The files in the workspace become those of the draft. Unsaved edits are never lost: save them first.

    Examples:

        flowctl switch 2026-11-30-press-inquiries-have-their-own-queue
        flowctl switch press
        flowctl switch main
    """
    return Answer(op.switch_to(workspace(), name))
