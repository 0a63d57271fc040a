"""`flowctl drift`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.here import workspace
from flowctl.diag import Exit
from flowctl.ops import drift as op
from flowctl.render import releases as render

app = typer.Typer()
Environment = Annotated[str, typer.Argument(help="The environment to compare.")]


@app.command()
@answers("drift", text=render.drift_text, json=render.drift_data)
def drift(environment: Environment = "production") -> Answer[op.Drift]:
    """Does an environment run what main says, or did somebody change it by hand?

    Exits with 1 when it differs.

    Example:

        flowctl drift production
    """
    found = op.told_drift(workspace(), environment)
    return Answer(found, Exit.DONE if found.is_clean else Exit.NO)
