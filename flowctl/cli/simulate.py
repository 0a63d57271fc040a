"""`flowctl simulate`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import moment, now
from flowctl.cli.frame import Misuse
from flowctl.cli.here import folder, workspace
from flowctl.cli.options import VERSIONS, FlowOption, VersionOption
from flowctl.cli.progress import progress
from flowctl.diag import Exit
from flowctl.ops.leads import Source
from flowctl.ops.rehearsal import Request
from flowctl.ops.rehearsal import simulate as op
from flowctl.ops.scheduled import simulate_jobs
from flowctl.render import simulate as render

app = typer.Typer()
Leads = Annotated[str | None, typer.Argument(metavar="[LEADS]", help="YAML, JSON or CSV; `-` for what is piped in.")]
Against = Annotated[str | None, typer.Option("--against", metavar="VERSION", help=f"Compare with: {VERSIONS}.")]
DataSets = Annotated[list[str] | None, typer.Option("--data", metavar="OBJECT=FILE", help="Records to match on.")]
List = Annotated[bool, typer.Option("--leads", help="List the leads that move, change or are left unrouted.")]
All = Annotated[bool, typer.Option("--all", help="Tell of everybody: all loads, and with --leads all leads.")]
Scheduled = Annotated[bool, typer.Option("--scheduled", help="The next run of the flows that have a schedule.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="With `--scheduled`: the next run from then on.")]
Code = Annotated[bool, typer.Option("--exit-code", help="Exit with 1 when leads move.")]


@app.command()
@answers("simulate", text=render.text, json=render.data, md=render.markdown)
def simulate(
    leads: Leads = None,
    flow: FlowOption = None,
    version: VersionOption = None,
    against: Against = None,
    data: DataSets = None,
    listed: List = False,
    every: All = False,
    scheduled: Scheduled = False,
    at: At = None,
    exit_code: Code = False,
) -> Answer[render.Told]:
    """Where leads go, and who moves from one version to the other.

    Routes the fixtures, or the leads of a file, through what is being worked on and through live. A lead moves when it
    goes to another roster, queue or named owner. Nothing is sent and nothing is written. Exits with 1 when a lead
    breaks the policy of a field.

    A CSV has the API names of fields in its first row. A column account.Name is a field of the related record account.
    A column prior.Status is what Status was before an update: a row with such a value was updated (what is empty beside
    it was blank), a row without is a new lead.

    Examples:
        flowctl simulate
        flowctl simulate leads.csv --data Account=accounts.csv
        flowctl simulate --version 2026-11-02 --against live --leads
        flowctl simulate --scheduled leads.csv --at 2026-11-23
    """
    source = Source(workspace(), folder(), sys.stdin.buffer.read)
    if at and not scheduled:
        raise Misuse("`--at` is of `--scheduled`", hint="`flowctl simulate --scheduled --at 2026-11-23`")
    request = Request(version, against, flow, leads, tuple(data or ()))
    with progress("routing leads") as tick:
        if scheduled:
            report = simulate_jobs(source, request, moment(at, "--at") if at else now(), tick)
        else:
            report = op(source, request, now(), tick)
    failed = report.breaks_policies or (exit_code and report.moved)
    hints = (f"through `{report.taken}`; `--flow NAME` takes another",) if report.taken else ()
    return Answer(render.Told(report, listed, every), Exit.NO if failed else Exit.DONE, hints)
