"""`flowctl test`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.frame import Misuse
from flowctl.cli.here import workspace
from flowctl.cli.options import VersionOption
from flowctl.cli.progress import progress
from flowctl.cli.stream import keep
from flowctl.diag import Exit
from flowctl.document import Json
from flowctl.ops import rehearsal
from flowctl.render import mutate as mutants
from flowctl.render import test as render
from flowctl.render.console import Look
from flowctl.render.junit import junit

app = typer.Typer()
Flows = Annotated[list[str] | None, typer.Argument(metavar="[FLOW]...", help="Only these flows.")]
On = Annotated[str | None, typer.Option("--on", metavar="ENVIRONMENT", help="Route through what it runs.")]
Least = Annotated[
    float | None,
    typer.Option(
        "--coverage",
        metavar="[PERCENT]",
        min=0,
        max=100,
        help="List all that no fixture meets; with a number, fail below this share of nodes and ways out.",
    ),
]
Conditions = Annotated[
    float | None,
    typer.Option(
        "--conditions", metavar="PERCENT", min=0, max=100, help="Fail below this share of comparisons, true and false."
    ),
]
JUnit = Annotated[Path | None, typer.Option("--junit", metavar="FILE", help="Write JUnit XML to a file as well.")]
Every = Annotated[bool, typer.Option("--list", help="List the fixtures that pass, too.")]
Mutate = Annotated[bool, typer.Option("--mutate", help="Change the flows one thing at a time: which fixture notices?")]
AtLeast = Annotated[
    float,
    typer.Option(
        "--at-least", metavar="PERCENT", min=0, max=100, help="Of the changes, with `--mutate`, to be caught."
    ),
]
Told = render.Told | mutants.Told


class WithBareCoverage(TyperCommand):
    """A command whose `--coverage` may stand without a number, which typer's options cannot."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        following = [*args[1:], ""]
        given = [
            f"{arg}=0" if arg == "--coverage" and not re.match(r"-?\d", after) else arg
            for arg, after in zip(args, following, strict=False)  # without arguments, `following` has one more
        ]
        return super().parse_args(ctx, given)


def _text(told: Told, look: Look) -> str:
    return mutants.text(told, look) if isinstance(told, mutants.Told) else render.text(told, look)


def _data(told: Told) -> Mapping[str, Json]:
    return mutants.data(told) if isinstance(told, mutants.Told) else render.data(told)


def _junit(told: Told) -> str:
    if isinstance(told, mutants.Told):
        raise Misuse("`--mutate` has no JUnit form", hint="`--json`")
    return junit(told)


@app.command("test", cls=WithBareCoverage)
@answers("test", text=_text, json=_data, junit=_junit)
def run(
    flows: Flows = None,
    version: VersionOption = None,
    on: On = None,
    coverage: Least = None,
    conditions: Conditions = None,
    junit_file: JUnit = None,
    every: Every = False,
    mutate: Mutate = False,
    at_least: AtLeast = 90,
) -> Answer[Told]:
    """Route the fixtures: do they end where they should?

    Every fixture is routed alone, with fresh turns. Also tells which nodes and ways out no fixture takes, and with
    `--coverage` which comparison of a decision was never true, or never false. Exits with 1 when a fixture fails, when
    there is none, or when the coverage is too low.

    `--mutate` makes small mistakes in the flows, one at a time: an operator, a constant, the order of branches, a way
    out, an owner, a roster. It tells which of them no fixture notices, with a lead that would; exits with 1 when fewer
    than `--at-least` are noticed.

    Examples:
        flowctl test
        flowctl test --coverage
        flowctl test lead --coverage 100 --conditions 95
        flowctl test --on staging --junit report.xml
        flowctl test lead --mutate --at-least 95
    """
    if version and on:
        raise Misuse("`--version` and `--on` at once", hint="one of them")
    if mutate:
        if coverage is not None or conditions is not None or junit_file or every:
            raise Misuse("`--mutate` tells of nothing else", hint="`flowctl test` without it tells the rest")
        with progress("changing flows") as tick:
            found = rehearsal.mutate(workspace(), flows or (), version, on, now(), tick)
        return Answer(mutants.Told(found, at_least), Exit.DONE if found.share >= at_least else Exit.NO)
    report = rehearsal.test(workspace(), flows or (), version, on)
    told = render.Told(report, coverage or None, every, conditions, coverage is not None)
    if junit_file:
        keep(junit_file, junit(told))
    failed = not told.passed or not told.covers_enough
    hints = _hints(told) if failed else ()
    return Answer(told, Exit.NO if failed else Exit.DONE, hints)


def _hints(told: render.Told) -> tuple[str, ...]:
    if not told.report.tested:
        flow = next((coverage.flow for coverage in told.report.coverage), "FLOW")
        return (f"a fixture is a lead and what is expected of it, in a file below `flows/fixtures/{flow}/`",)
    first = next((tested for tested in told.report.tested if not tested.passed), None)
    return (f'`flowctl explain --fixture "{first.fixture.why}"` says why',) if first else ()
