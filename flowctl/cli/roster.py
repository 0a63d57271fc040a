"""`flowctl roster`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import day, moment, now
from flowctl.cli.here import workspace
from flowctl.cli.options import VersionOption
from flowctl.flow.people import Leave
from flowctl.ops import roster as op
from flowctl.ops.pair import version_of
from flowctl.ops.roster_edit import Edited, Editor
from flowctl.render import roster as render

HELP = """Who takes turns: list, show, rehearse, add, remove, weight, out, in.

Edits the roster's file in the draft that is checked out; comments and everything else in it stay as they are.

Examples:
    flowctl roster list
    flowctl roster add sdr-emea bea.kim
    flowctl roster out noor.haddad --from 2026-12-21 --to 2027-01-03 --cover lars.holm
    flowctl roster in noor.haddad
"""

app = typer.Typer(help=HELP, no_args_is_help=True)
RosterName = Annotated[str, typer.Argument(metavar="ROSTER", help="The roster's name.")]
Who = Annotated[str, typer.Argument(metavar="USER", help="A name of flows/directory.yaml, or a full name in quotes.")]
Weight = Annotated[int, typer.Option("--weight", metavar="N", min=1, max=1000, help="Turns in each round.")]
WeightArgument = Annotated[int, typer.Argument(metavar="N", min=1, max=1000, help="Turns in each round.")]
From = Annotated[str, typer.Option("--from", metavar="DATE", help="The first day away.")]
To = Annotated[str, typer.Option("--to", metavar="DATE", help="The last day away.")]
Cover = Annotated[str | None, typer.Option("--cover", metavar="USER", help="Who takes the turns meanwhile.")]
Start = Annotated[str | None, typer.Option("--from", metavar="DATE", help="The first day of a leave to come.")]
In = Annotated[str | None, typer.Option("--in", metavar="ENV", help="Whose turns: of production by default.")]
Count = Annotated[int, typer.Option("-n", "--turns", metavar="N", min=1, max=1000, help="How many turns.")]
At = Annotated[str | None, typer.Option("--at", metavar="MOMENT", help="When: 2026-12-24T09:00:00Z; now by default.")]
Only = Annotated[str | None, typer.Option("--roster", metavar="ROSTER", help="Only in this one; in all by default.")]


@app.command("list")
@answers("roster", text=render.list_text, json=render.list_data)
def list_rosters(version: VersionOption = None) -> Answer[op.Rosters]:
    """All rosters, and who is not there today.

    Examples:
        flowctl roster list
        flowctl roster list --version live --json
    """
    return Answer(op.list_rosters(version_of(workspace(), version), now()))


@app.command("show")
@answers("roster", text=render.show_text, json=render.show_data)
def show(roster: RosterName, version: VersionOption = None, environment: In = None) -> Answer[op.RosterState]:
    """One roster: who is next, who is out and why, what everybody was given so far, and the leaves to come.

    Examples:
        flowctl roster show sdr-emea
        flowctl roster show sdr-emea --in staging
    """
    ws = workspace()
    return Answer(op.show_roster(ws, version_of(ws, version), roster, environment, now()))


@app.command("rehearse")
@answers("roster", text=render.rehearse_text, json=render.rehearse_data)
def rehearse(
    roster: RosterName, turns: Count = 10, at: At = None, version: VersionOption = None, environment: In = None
) -> Answer[op.Rehearsal]:
    """The next turns of a roster, and who is passed over at each. No turn is moved on.

    Examples:
        flowctl roster rehearse sdr-emea
        flowctl roster rehearse sdr-emea -n 20 --at 2026-12-24T09:00:00Z
    """
    ws, when = workspace(), moment(at, "--at") if at else now()
    return Answer(op.rehearse(ws, version_of(ws, version), roster, environment, when, turns))


@app.command("add")
@answers("roster", text=render.edited_text, json=render.edited_data)
def add(roster: RosterName, user: Who, weight: Weight = 1) -> Answer[Edited]:
    """Put somebody into a roster, at its end.

    Examples:
        flowctl roster add sdr-emea bea.kim
        flowctl roster add sdr-emea "Bea Kim" --weight 2
    """
    return Answer(Editor(workspace(), now()).add(roster, user, weight))


@app.command("remove")
@answers("roster", text=render.edited_text, json=render.edited_data)
def remove(roster: RosterName, user: Who) -> Answer[Edited]:
    """Take somebody out of a roster.

    Examples:
        flowctl roster remove sdr-emea lars.holm
    """
    return Answer(Editor(workspace(), now()).remove(roster, user))


@app.command("weight")
@answers("roster", text=render.edited_text, json=render.edited_data)
def weight(roster: RosterName, user: Who, turns: WeightArgument) -> Answer[Edited]:
    """Give a member another number of turns in each round.

    Examples:
        flowctl roster weight sdr-emea noor.haddad 3
    """
    return Answer(Editor(workspace(), now()).weight(roster, user, turns))


@app.command("out")
@answers("roster", text=render.edited_text, json=render.edited_data)
def out(user: Who, from_: From, to: To, cover: Cover = None, roster: Only = None) -> Answer[Edited]:
    """Note that somebody is away, in all rosters that they are in.

    Both days are days away. Whoever covers takes the turns meanwhile; without cover they are passed over.

    Examples:
        flowctl roster out noor.haddad --from 2026-12-21 --to 2027-01-03 --cover lars.holm
        flowctl roster out noor.haddad --from 2026-12-21 --to 2026-12-21 --roster sdr-emea
    """
    away = Leave(from_=day(from_, "--from"), to=day(to, "--to"), cover=cover)
    return Answer(Editor(workspace(), now()).out(user, away, roster))


@app.command("in")
@answers("roster", text=render.edited_text, json=render.edited_data)
def back(user: Who, from_: Start = None, roster: Only = None) -> Answer[Edited]:
    """Somebody is back: their leave ends, from today on they take turns again, in all rosters that they are in.

    With `--from` it takes out the leave that begins on that day.

    Examples:
        flowctl roster in noor.haddad
        flowctl roster in noor.haddad --from 2026-12-21
    """
    return Answer(Editor(workspace(), now()).back(user, day(from_, "--from") if from_ else None, roster))
