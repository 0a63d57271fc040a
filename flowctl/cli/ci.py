"""`flowctl ci`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import day, now
from flowctl.cli.frame import Misuse
from flowctl.cli.here import workspace
from flowctl.cli.publish import Wish, is_github, publish
from flowctl.data import dataclass
from flowctl.document import Json
from flowctl.ops.ci import run as op
from flowctl.ops.ci.accepted import Acceptance, accept
from flowctl.ops.ci.checkout import check_out
from flowctl.ops.ci.report import CiReport, acceptable
from flowctl.render.ci import comment as comments
from flowctl.render.ci import data as datas
from flowctl.render.ci import findings, github
from flowctl.render.ci import junit as junits
from flowctl.render.ci import text as texts
from flowctl.render.ci.pictures import pictures
from flowctl.render.ci.sections import item_words
from flowctl.render.console import PLAIN, Look

app = typer.Typer()
Reports = Annotated[Path | None, typer.Option("--reports", metavar="FOLDER", help="Write every report into a folder.")]
Comment = Annotated[Wish, typer.Option("--comment", help="Write the comment of the merge request that CI runs for.")]
Strict = Annotated[bool, typer.Option("--strict", help="Fail on warnings, too, but for accepted ones.")]
Accept = Annotated[str | None, typer.Option("--accept", metavar="ID", help="Accept a change, a movement, a finding.")]
Reason = Annotated[str, typer.Option("--reason", help="Why it is accepted.")]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="The last day on which it is.")]


@dataclass(frozen=True, slots=True)
class Told:
    """A run, or what was accepted; `on_github` where GitHub reads the log."""

    report: CiReport | Acceptance
    on_github: bool = False


def _text(told: Told, look: Look) -> str:
    if isinstance(told.report, Acceptance):
        return texts.accepted_text(told.report, look)
    said = texts.text(told.report, look)
    return f"{github.inert(said)}\n{github.commands(told.report)}" if told.on_github else said


def _data(told: Told) -> Mapping[str, Json]:
    report = told.report
    return datas.accepted_data(report) if isinstance(report, Acceptance) else datas.data(report)


def _of_run(form: Callable[[CiReport], str]) -> Callable[[Told], str]:
    """A form that only a run has: what was accepted stands by then, and is told in words."""

    def written(told: Told) -> str:
        return _text(told, PLAIN) if isinstance(told.report, Acceptance) else form(told.report)

    return written


@app.command()
@answers(
    "ci",
    text=_text,
    json=_data,
    md=_of_run(lambda report: comments.comment(report, pictures(report))),
    junit=_of_run(junits.junit),
    sarif=_of_run(findings.sarif),
    gitlab=_of_run(findings.codequality),
    github=_of_run(github.commands),
)
def ci(
    reports: Reports = None,
    comment: Comment = "auto",
    strict: Strict = False,
    accept_id: Accept = None,
    reason: Reason = "",
    until: Until = None,
) -> Answer[Told]:
    """All that a pipeline asks: check, diff, test, simulate, plan, merges; reports and a comment.

    Looks at the commit that is checked out, with a branch or without: a draft against live, or what is to be main,
    which may change flows/ only with a release. Merges of the draft are made anew and compared. Writes to no
    environment and needs none. The exit code is the worst of the steps: 1 findings or failed tests, 3 cannot be read,
    4 live has changed meanwhile, 5 a gate, 6 a merge that is not what flowctl makes of its sides.

    --reports writes comment.md, ci.json, junit.xml, codequality.json, terraform.json, flowctl.sarif and diff.html.
    --accept takes an id of the comment: what is accepted is folded away and counts no more until its last day; gates
    are asked all the same.

    Examples:
        flowctl ci
        flowctl ci --reports reports
        flowctl ci -f md -o comment.md
        flowctl ci --accept 64b961f9 --reason "agreed with EMEA" --until 2026-12-31
    """
    ws, moment = workspace(), now()
    if accept_id is None and (reason or until):
        raise Misuse("`--reason` and `--until` are of `--accept`", hint='`flowctl ci --accept ID --reason "…"`')
    here = check_out(ws)
    report = op.ci(here, moment, strict=strict)
    if accept_id is not None:
        last = day(until, "--until") if until else None
        return Answer(Told(accept(ws, _known(report), accept_id, reason, last, moment)))
    said = publish(here, report, reports, comment)
    return Answer(Told(report, is_github(ws.variables)), report.exit, said)


def _known(report: CiReport) -> dict[str, str]:
    """What can be accepted, in words by fingerprint."""
    return {fingerprint: item_words(item) for fingerprint, item in acceptable(report).items()}
