"""`flowctl leads`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.here import folder, workspace
from flowctl.cli.options import FlowOption, VersionOption
from flowctl.cli.progress import progress
from flowctl.ops.anonymise.anonymise import Anonymised
from flowctl.ops.anonymise.anonymise import anonymise as op
from flowctl.ops.check import sound_model
from flowctl.ops.leads import Source
from flowctl.ops.leads_sample import Sampled, sample_leads
from flowctl.ops.pair import version_of
from flowctl.ops.rehearsal import Request
from flowctl.render import leads as render

HELP = """Files of leads: a sample that takes every way out; leads without the people.

Examples:
    flowctl leads sample leads.csv -n 200 -o few.csv
    flowctl leads anonymise few.csv -o nobody.csv
"""

app = typer.Typer(help=HELP, no_args_is_help=True)
File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, NDJSON, JSON, YAML or Parquet; also with .gz.")]
Output = Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where to, in the same form.")]
Object = Annotated[str, typer.Option("--object", metavar="OBJECT", help="What the records are.")]
Number = Annotated[int, typer.Option("-n", "--number", min=1, help="How many leads.")]
DataSets = Annotated[list[str] | None, typer.Option("--data", metavar="OBJECT=FILE", help="Records to match on.")]
Key = Annotated[Path | None, typer.Option("--key", metavar="FILE", help="The key that the stand-ins hang on.")]


@app.command("sample")
@answers("leads-sample", text=render.sampled_text, json=render.sampled_data)
def sample(
    file: File,
    output: Output,
    number: Number = 200,
    flow: FlowOption = None,
    version: VersionOption = None,
    data: DataSets = None,
) -> Answer[Sampled]:
    """A few leads that stand for all: they take every way out that any lead takes.

    The rest is taken from each path in proportion to its leads. No chance is in it: the same file gives the same few.

    Examples:
        flowctl leads sample leads.csv -n 200 -o few.csv
        flowctl leads sample leads.parquet -n 1000 -o few.parquet --flow lead
    """
    source = Source(workspace(), folder(), sys.stdin.buffer.read)
    request = Request(
        version, version or "live", flow, str(file), tuple(data or ()), on_bad="blank", missing_as_blank=True
    )
    with progress("leads looked at") as tick:
        return Answer(sample_leads(source, request, folder() / output, number, now(), tick))


@app.command("anonymise")
@answers("leads-anonymise", text=render.anonymised_text, json=render.anonymised_data)
def anonymise(
    file: File, output: Output, object_: Object = "Lead", key: Key = None, version: VersionOption = None
) -> Answer[Anonymised]:
    """Leads without the people in them: for fixtures, for a colleague, for a bug report.

    Names, addresses, numbers, ids and free texts become others, always the same for the same person. What routing
    reads stays: countries, picklists, numbers and dates, the class and suffix of a domain, the form of a phone number,
    the legal form of a company, and every word that a condition asks for.

    Examples:
        flowctl leads anonymise leads.csv -o nobody.csv
        flowctl leads anonymise accounts.csv -o accounts-of-nobody.csv --object Account
    """
    model = sound_model(version_of(workspace(), version), fixtures=False)
    with progress("leads made nobody's") as tick:
        return Answer(op(workspace(), model, object_, folder() / file, folder() / output, key, tick))
