"""`flowctl watch`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import now
from flowctl.cli.frame import Misuse
from flowctl.cli.here import folder, workspace
from flowctl.cli.impact import say_where_code_is_kept
from flowctl.cli.options import FlowOption
from flowctl.cli.progress import rows_progress
from flowctl.diag import Exit
from flowctl.ops.leads import Source
from flowctl.ops.rehearsal import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flowctl.document import Json
    from flowctl.render.console import Look

app = typer.Typer()
Actual = Annotated[str, typer.Option("--actual", metavar="FILE", help="Leads with the owners that they really got.")]
Release = Annotated[str, typer.Option("--release", metavar="RELEASE", help="Which release, or `live`.")]
Owner = Annotated[
    str | None,
    typer.Option("--owner", metavar="COLUMN", help="The column of owners; else Actual_Owner, OwnerId or Owner."),
]
Tolerance = Annotated[str, typer.Option("--tolerance", metavar="N%", help="How far the figures may be off.")]
Unrouted = Annotated[int, typer.Option("--unrouted", metavar="N", help="How many more may be unrouted.", min=0)]
DataSets = Annotated[list[str] | None, typer.Option("--data", metavar="OBJECT=FILE", help="Records to match on.")]
Columns = Annotated[Path | None, typer.Option("--mapping", metavar="FILE", help="YAML: which column is which field.")]
Missing = Annotated[bool, typer.Option("--missing-as-blank", help="Fields that no column holds are blank, no error.")]


def _text(report: Any, look: Look) -> str:
    from flowctl.render import watch as render

    return render.text(report, look)


def _data(report: Any) -> Mapping[str, Json]:
    from flowctl.render import watch as render

    return render.data(report)


def _markdown(report: Any) -> str:
    from flowctl.render import watch as render

    return render.markdown(report)


@app.command()
@answers("watch", text=_text, json=_data, md=_markdown)
def watch(
    actual: Actual,
    release: Release = "live",
    owner: Owner = None,
    tolerance: Tolerance = "5%",
    unrouted: Unrouted = 0,
    flow: FlowOption = None,
    data: DataSets = None,
    mapping: Columns = None,
    missing_as_blank: Missing = False,
) -> Answer[Any]:
    """Hold the first hours after a release against what was foretold, and say when to roll back.

    Routes the leads of a file by the release and by the one before it, and compares with the owners that the file says
    they really got: who agrees, who moves, who is left unrouted, and how many leads each owner, queue and roster has.
    Leads that arrived before the release, by their CreatedDate, are not looked at. Exits with 1 when it is time to roll
    back.

    Examples:
        flowctl watch --actual since-monday.csv
        flowctl watch --actual since-monday.csv --release 2026-11-16 --tolerance 2%
        flowctl watch --actual leads.csv --owner Owner_Name --unrouted 3
    """
    from flowctl.ops.watch import Limits
    from flowctl.ops.watch import watch as op

    request = Request(
        flow=flow,
        leads=actual,
        data=tuple(data or ()),
        mapping=str(mapping) if mapping else None,
        missing_as_blank=missing_as_blank,
    )
    source = Source(workspace(), folder(), sys.stdin.buffer.read)
    limits = Limits(_share(tolerance), unrouted)
    say_where_code_is_kept()
    with rows_progress("routing leads") as tick:
        report = op(source, request, release, now(), owner=owner, limits=limits, tick=tick)
    return Answer(report, Exit.DONE if report.is_as_foretold else Exit.NO)


def _share(text: str) -> float:
    """A share in per cent, `5%` or `5`.

    Raises:
        Misuse: It is none.
    """
    number = re.fullmatch(r"(\d{1,3}(?:\.\d+)?) ?%?", text.strip())
    if number is None or float(number.group(1)) > 100:
        raise Misuse(f"`{text}` is not a share", hint="as in `--tolerance 5%`")
    return float(number.group(1))
