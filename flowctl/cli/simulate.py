"""`flowctl simulate`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import typer

from flowctl.cli import impact, past
from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import moment, now
from flowctl.cli.frame import Misuse
from flowctl.cli.here import folder, workspace
from flowctl.cli.options import VERSIONS, FlowOption, VersionOption
from flowctl.cli.progress import progress, rows_progress
from flowctl.diag import Exit
from flowctl.ops.impact.choice import STDIN, is_counted
from flowctl.ops.leads import Source
from flowctl.ops.rehearsal import Request
from flowctl.ops.rehearsal import simulate as op
from flowctl.ops.scheduled import simulate_jobs
from flowctl.render import simulate as render

app = typer.Typer()
PICTURES = ("html", "svg", "png")  # forms that show what was counted of many leads
Leads = Annotated[
    str | None,
    typer.Argument(
        metavar="[LEADS]", help="A file, folder or pattern: CSV, Parquet, YAML …; `-` for what is piped in."
    ),
]
Against = Annotated[str | None, typer.Option("--against", metavar="VERSION", help=f"Compare with: {VERSIONS}.")]
DataSets = Annotated[list[str] | None, typer.Option("--data", metavar="OBJECT=FILE", help="Records to match on.")]
List = Annotated[bool, typer.Option("--leads", help="List the leads that move, change or are left unrouted.")]
All = Annotated[
    bool, typer.Option("--all", help="Tell of everybody: all loads, with --leads all leads; in a file all leads.")
]
Scheduled = Annotated[bool, typer.Option("--scheduled", help="The next run of the flows that have a schedule.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="With `--scheduled`: the next run from then on.")]
Code = Annotated[bool, typer.Option("--exit-code", help="Exit with 1 when leads move.")]
Mapping = Annotated[
    Path | None, typer.Option("--mapping", metavar="FILE", help="YAML: which column of the file is which field.")
]
OnBad = Annotated[
    Literal["blank", "reject", "fail"] | None,
    typer.Option("--on-bad-value", help="A value that cannot be read: blank, its lead left out, or an error (usual)."),
]
Rejects = Annotated[
    Path | None,
    typer.Option(
        "--rejects",
        metavar="FILE",
        help="Write what cannot be read to a CSV file; such leads are left out unless `--on-bad-value blank`.",
    ),
]
Missing = Annotated[bool, typer.Option("--missing-as-blank", help="Fields that no column holds are blank, no error.")]
Engine = Annotated[Literal["local", "spark"], typer.Option("--engine", help="What routes: this machine, or Spark.")]

Master = Annotated[
    str | None, typer.Option("--master", metavar="URL", help="Where Spark runs: `local[4]`, `spark://…`, `sc://HOST`.")
]


@app.command()
@answers(
    "simulate",
    text=impact.text,
    json=impact.data,
    md=impact.markdown,
    html=impact.html,
    svg=impact.svg,
    png=impact.png,
)
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
    mapping: Mapping = None,
    on_bad_value: OnBad = None,
    rejects: Rejects = None,
    missing_as_blank: Missing = False,
    engine: Engine = "local",
    master: Master = None,
    traffic: past.Traffic = False,
    actual: past.Actual = None,
    as_of: past.AsOf = False,
    routed_by: past.RoutedBy = None,
    rows: Path | None = None,
    form: str = "text",
) -> Answer[impact.AnyTold]:
    """Where leads go, and who moves from one version to the other.

    Routes the fixtures, or the leads of a file, through what is being worked on and through live. A lead moves when it
    goes to another roster, queue or named owner. Nothing is sent and nothing is written. Exits with 1 when a lead
    breaks the policy of a field.

    A CSV has the API names of fields in its first row. A column account.Name is a field of the related record account.
    A column prior.Status is what Status was before an update: a row with such a value was updated (what is empty beside
    it was blank), a row without is a new lead.

    Millions of leads are read as they come: CSV with API names or labels (.gz and .zst, too), Parquet, Arrow, JSON a
    line, a folder or a pattern of such files. Then leads are counted and not looked at one by one for policies that
    they break; `-o moved.csv` or `-o moved.parquet` lists those that move.

    Of leads of the past: `--traffic` counts how many take each way; `--actual` compares with what really happened, with
    a column of owners or an export of Traction Complete's history log; `--routed-by` lists whom a release misrouted,
    with the owners that they belong to, ready for a data loader.

    Examples:
        flowctl simulate
        flowctl simulate leads.csv --data Account=accounts.csv
        flowctl simulate --version 2026-11-02 --against live --leads
        flowctl simulate --scheduled leads.csv --at 2026-11-23
        flowctl simulate quarter.parquet --against live -o moved.csv
        flowctl simulate exports/ --mapping columns.yaml --rejects rejects.csv
        flowctl simulate quarter.csv.gz --html
        flowctl simulate crm.leads_2026 --against live --engine spark --master sc://spark.example.com
        flowctl simulate leads.csv --traffic
        flowctl simulate leads.csv --actual Actual_Owner --as-of
        flowctl simulate leads.csv --actual history-log.csv
        flowctl simulate leads.csv --routed-by 2026-11-16 --against live -o reroute.csv
    """
    files = impact.file_of(mapping), on_bad_value, impact.file_of(rejects), missing_as_blank, impact.file_of(rows)
    request = Request(version, against, flow, leads, tuple(data or ()), *files, every, engine, master)
    _refuse_halves(request, at if not scheduled else None)
    run = (moment(at, "--at") if at else now()) if scheduled else None
    asked = past.Asked(traffic, actual, as_of, routed_by)
    return _of_the_past(request, asked, form, run) if asked.what else _answer(request, form, listed, exit_code, run)


def _refuse_halves(request: Request, at: str | None) -> None:
    """Refuses options that only mean something beside another one.

    Args:
        at: The time of a job that was not asked for.

    Raises:
        Misuse: One was given alone, or beside one that leaves it nothing to do.
    """
    if at:
        raise Misuse("`--at` is of `--scheduled`", hint="`flowctl simulate --scheduled --at 2026-11-23`")
    if request.master and request.engine != "spark":
        raise Misuse("`--master` is of `--engine spark`", hint="`flowctl simulate leads/ --engine spark --master URL`")
    if request.rejects and request.on_bad == "fail":
        hint = "with `--rejects` alone such leads are left out; `--on-bad-value blank` routes them"
        raise Misuse("`--rejects` and `--on-bad-value fail` at once", hint=hint)
    if request.rejects and Path(request.rejects).suffix.lower() not in ("", ".csv", ".txt"):
        from flowctl.columns.beside import as_csv

        raise Misuse(f"`{request.rejects}` is written as CSV", hint=f"`--rejects {as_csv(request.rejects)}`")


def _of_the_past(request: Request, asked: past.Asked, form: str, at: dt.datetime | None) -> Answer[impact.AnyTold]:
    source = Source(workspace(), folder(), impact.Piped().all)
    impact.say_where_code_is_kept()
    with rows_progress("routing leads") as tick:
        return past.answer(source, request, asked, form, at, tick)


def _answer(
    request: Request, form: str, listed: bool, exit_code: bool, at: dt.datetime | None
) -> Answer[impact.AnyTold]:
    """Routes the leads one by one, or by the column where there are many; `at` is when jobs take them."""
    piped = impact.Piped()
    source = Source(workspace(), folder(), piped.all)
    head = piped.head() if request.leads == STDIN else None
    if request.leads is None:
        _refuse_alone(request, form)
    elif form in PICTURES or is_counted(request, source.folder, head):
        with rows_progress("routing leads") as tick:
            return impact.of_many(source, request, piped, (listed, exit_code, at), tick)
    with progress("routing leads") as tick:
        report = simulate_jobs(source, request, at, tick) if at else op(source, request, now(), tick)
    failed = report.breaks_policies or (exit_code and report.moved)
    hints = (f"through `{report.taken}`; `--flow NAME` takes another",) if report.taken else ()
    return Answer(render.Told(report, listed, request.every), Exit.NO if failed else Exit.DONE, hints)


def _refuse_alone(request: Request, form: str) -> None:
    """Refuses what is about the leads of a file where none is named.

    Raises:
        Misuse: Something was asked for that fixtures have not.
    """
    given = {
        f"`--{form}`": form in PICTURES,
        "`-o FILE` with leads": request.output,
        "`--mapping`": request.mapping,
        "`--on-bad-value`": request.on_bad,
        "`--rejects`": request.rejects,
        "`--missing-as-blank`": request.missing_as_blank,
        "`--engine`": request.engine != "local",
    }
    if first := next((option for option, is_given in given.items() if is_given), None):
        raise Misuse(f"{first} is of leads of a file", hint="name it: `flowctl simulate leads.csv`")
