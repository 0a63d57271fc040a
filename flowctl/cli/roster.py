"""`flowctl roster`."""

from __future__ import annotations

from typing import Annotated

import typer

from flowctl.cli.answer import Answer, answers
from flowctl.cli.clock import day, now
from flowctl.cli.here import workspace
from flowctl.cli.options import VersionOption
from flowctl.flow.people import Leave
from flowctl.ops import roster as op
from flowctl.ops.pair import version_of
from flowctl.render import roster as render

HELP = """Who takes turns: list, add, remove, leave, weight.

Edits the roster's file in the draft that is checked out; comments and everything else in it stay as they are.

Examples:
    flowctl roster list
    flowctl roster add sdr-emea bea.kim
    flowctl roster leave noor.haddad --from 2026-12-21 --to 2027-01-03 --cover lars.holm
"""

app = typer.Typer(help=HELP, no_args_is_help=True)
RosterName = Annotated[str, typer.Argument(metavar="ROSTER", help="The roster's name.")]
Who = Annotated[str, typer.Argument(metavar="USER", help="A name of flows/directory.yaml, or a full name in quotes.")]
Weight = Annotated[int, typer.Option("--weight", metavar="N", min=1, max=1000, help="Turns in each round.")]
WeightArgument = Annotated[int, typer.Argument(metavar="N", min=1, max=1000, help="Turns in each round.")]
From = Annotated[str, typer.Option("--from", metavar="DATE", help="The first day away.")]
To = Annotated[str, typer.Option("--to", metavar="DATE", help="The last day away.")]
Cover = Annotated[str | None, typer.Option("--cover", metavar="USER", help="Who takes the turns meanwhile.")]
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
def show(roster: RosterName, version: VersionOption = None) -> Answer[op.RosterState]:
    """One roster: its members, their weights and their leaves.

    Examples:
        flowctl roster show sdr-emea
    """
    return Answer(op.show_roster(version_of(workspace(), version), roster, now()))


@app.command("add")
@answers("roster", text=render.edited_text, json=render.edited_data)
def add(roster: RosterName, user: Who, weight: Weight = 1) -> Answer[op.Edited]:
    """Put somebody into a roster, at its end.

    Examples:
        flowctl roster add sdr-emea bea.kim
        flowctl roster add sdr-emea "Bea Kim" --weight 2
    """
    return Answer(op.Editor(workspace(), now()).add(roster, user, weight))


@app.command("remove")
@answers("roster", text=render.edited_text, json=render.edited_data)
def remove(roster: RosterName, user: Who) -> Answer[op.Edited]:
    """Take somebody out of a roster.

    Examples:
        flowctl roster remove sdr-emea lars.holm
    """
    return Answer(op.Editor(workspace(), now()).remove(roster, user))


@app.command("weight")
@answers("roster", text=render.edited_text, json=render.edited_data)
def weight(roster: RosterName, user: Who, turns: WeightArgument) -> Answer[op.Edited]:
    """Give a member another number of turns in each round.

    Examples:
        flowctl roster weight sdr-emea noor.haddad 3
    """
    return Answer(op.Editor(workspace(), now()).weight(roster, user, turns))


@app.command("leave")
@answers("roster", text=render.edited_text, json=render.edited_data)
def leave(user: Who, from_: From, to: To, cover: Cover = None, roster: Only = None) -> Answer[op.Edited]:
    """Note that somebody is away, in all rosters that they are in.

    Both days are days away. Whoever covers takes the turns meanwhile; without cover they are passed over.

    Examples:
        flowctl roster leave noor.haddad --from 2026-12-21 --to 2027-01-03 --cover lars.holm
        flowctl roster leave noor.haddad --from 2026-12-21 --to 2026-12-21 --roster sdr-emea
    """
    away = Leave(from_=day(from_, "--from"), to=day(to, "--to"), cover=cover)
    return Answer(op.Editor(workspace(), now()).leave(user, away, roster))
