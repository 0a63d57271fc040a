"""`flowctl merge`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any, cast

import typer
from typer._click.types import CompositeParamType

from flowctl.cli.answer import Answer, answers
from flowctl.cli.asking import choose, is_on_terminal
from flowctl.cli.clock import now
from flowctl.cli.failure import asks_for_json
from flowctl.cli.frame import Misuse
from flowctl.cli.here import workspace
from flowctl.cli.stream import say
from flowctl.diag import Exit
from flowctl.diff import Side
from flowctl.ops import merge as op
from flowctl.ops.merging.disputes import Dispute
from flowctl.ops.workspace import Workspace
from flowctl.render import merge as render
from flowctl.render import merge_forms as forms


class _Take(CompositeParamType):
    """A side, and where it is taken."""

    name = "take"
    arity = 2

    def convert(self, value: Any, param: Any, ctx: Any) -> op.Taken:
        side, place = value
        if side not in ("ours", "theirs"):
            self.fail(f"'{side}' is no side: ours or theirs", param, ctx)
        return cast(Side, side), place


app = typer.Typer()
Source = Annotated[
    str | None,
    typer.Argument(metavar="[VERSION]", help="What to take in: live (also without it), a draft, or a git ref."),
]
Preview = Annotated[bool, typer.Option("--preview", help="Say what would be decided, and change nothing.")]
Take = Annotated[
    list[Any] | None,
    typer.Option(
        "--take",
        click_type=_Take(),
        metavar="ours|theirs FILE:PATH",
        help="Settle a conflict, or all below a path or in a file; may be given more than once.",
    ),
]
Continue = Annotated[bool, typer.Option("--continue", help="Commit the merge when all is settled.")]
Abort = Annotated[bool, typer.Option("--abort", help="Take the merge back: the files as before it.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="With --continue: whatever check and the fixtures say.")]
Merged = op.MergeReport | op.Aborted


@app.command()
@answers("merge", text=render.text, json=forms.data, md=forms.markdown)
def merge(
    source: Source = None,
    preview: Preview = False,
    take: Take = None,
    continue_: Continue = False,
    abort: Abort = False,
    anyway: Anyway = False,
) -> Answer[Merged]:
    """Take live, or another draft, into the draft that is checked out, by meaning.

    What both sides changed differently is a conflict, and waits in the files until somebody settles it: by --take, at
    a terminal by answering, or in an editor. Before a merge is committed, check and the fixtures of both sides
    run on it; what they find that neither side had stops it as well. It exits with 6 while something is open.

    Examples:

        flowctl merge live
        flowctl merge live --preview
        flowctl merge --take theirs flows/lead.yaml:nodes/by_country
        flowctl merge --continue
        flowctl merge --abort
        flowctl merge 2026-11-23-partner-experiment
    """
    _require_one(source, preview, take, continue_, abort, anyway)
    ws = workspace()
    if abort:
        return Answer(op.abort(ws))
    report = _done(ws, source, preview, take or (), continue_, anyway)
    if report.stage == "stopped" and report.open and not take and is_on_terminal() and not asks_for_json(sys.argv[1:]):
        report = _asked(ws, report)
    return Answer(report, Exit.CONFLICTS if report.stops and report.stage != "merged" else Exit.DONE)


def _require_one(
    source: str | None, preview: bool, take: list[Any] | None, continue_: bool, abort: bool, anyway: bool
) -> None:
    """Refuses options that cannot be meant together."""
    if continue_ + abort + preview > 1:
        raise Misuse("`--preview`, `--continue` and `--abort` are three things", hint="one of them")
    if source and (continue_ or abort):
        raise Misuse("a merge under way knows what it merges", hint="leave the version out")
    if take and abort:
        raise Misuse("`--take` and `--abort` at once", hint="one of them")
    if anyway and not continue_:
        raise Misuse("`--anyway` belongs to `--continue`", hint="`flowctl merge --continue --anyway`")


def _done(
    ws: Workspace, source: str | None, preview: bool, take: Sequence[op.Taken], continue_: bool, anyway: bool
) -> op.MergeReport:
    """What is asked for: a merge under way is gone on with, unless a version is named."""
    moment = now()
    if source or (not continue_ and not op.is_under_way(ws)):
        if take and not source:
            hint = (
                "`flowctl merge live --take …` begins one, and takes that side; in a merge of git: `flowctl git take …`"
            )
            raise Misuse("no merge is under way", hint=hint)
        begin = op.preview if preview else op.merge_into_draft
        return begin(ws, source or "live", moment, take)
    if take:
        op.take_sides(ws, take)
    return op.go_on(ws, moment, anyway=anyway) if continue_ else op.look_at(ws, moment)


QUESTION = "take [o]urs, [t]heirs, [e]dit it later, or [s]kip the rest?"
SIDES: dict[str, Side] = {"o": "ours", "t": "theirs"}


def _asked(ws: Workspace, report: op.MergeReport) -> op.MergeReport:
    """Asks about each conflict, and takes what is answered at once; commits the merge when nothing is left."""
    say(lambda look: render.who_is_who(report, look))
    for n, dispute in enumerate(report.open, 1):
        answer = _answer(f"{n} of {len(report.open)}", dispute)
        if answer == "s":
            break
        if answer in SIDES:
            op.take_sides(ws, [(SIDES[answer], dispute.address)])
    report = op.look_at(ws, now())
    return report if report.open else op.go_on(ws, now())


def _answer(count: str, dispute: Dispute) -> str:
    say(lambda look: f"\n{count}\n{render.question(dispute, look)}")
    return choose(QUESTION, "otes")
