"""`flowctl test`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.frame import Misuse
from flowctl.cli.here import workspace
from flowctl.cli.options import VersionOption
from flowctl.cli.stream import keep
from flowctl.diag import Exit
from flowctl.ops import rehearsal
from flowctl.render import test as render
from flowctl.render.junit import junit

app = typer.Typer()
Flows = Annotated[list[str] | None, typer.Argument(metavar="[FLOW]...", help="Only these flows.")]
On = Annotated[str | None, typer.Option("--on", metavar="ENVIRONMENT", help="Route through what it runs.")]
Least = Annotated[
    float | None,
    typer.Option("--coverage", metavar="PERCENT", min=0, max=100, help="Fail below this share of nodes and ways out."),
]
JUnit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML to a file as well.")]
Every = Annotated[bool, typer.Option("--list", help="List the fixtures that pass, too.")]


@app.command("test")
@answers("test", text=render.text, json=render.data, junit=junit)
def run(
    flows: Flows = None,
    version: VersionOption = None,
    on: On = None,
    coverage: Least = None,
    junit_file: JUnit = None,
    every: Every = False,
) -> Answer[render.Told]:
    """Route the fixtures: do they end where they should?

    Every fixture is routed alone, with fresh turns. Also tells which nodes and ways out no fixture takes. Exits with 1
    when a fixture fails or the coverage is too low.

    Examples:
        flowctl test
        flowctl test lead --coverage 100
        flowctl test --on staging --junit report.xml
    """
    if version and on:
        raise Misuse("`--version` and `--on` at once", hint="one of them")
    told = render.Told(rehearsal.test(workspace(), flows or (), version, on), coverage, every)
    if junit_file:
        keep(junit_file, junit(told))
    failed = not told.report.passed or not told.covers_enough
    hints = _hints(told) if failed else ()
    return Answer(told, Exit.NO if failed else Exit.DONE, hints)


def _hints(told: render.Told) -> tuple[str, ...]:
    first = next((tested for tested in told.report.tested if not tested.passed), None)
    return (f'`flowctl explain --fixture "{first.fixture.why}"` says why',) if first else ()
