"""The entry, and the table of verbs. A verb's module is loaded when the verb is called, not before."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from flowctl import __version__
from flowctl.cli.frame import Verb, Verbs, command_of

BEGIN = "Begin"
CHANGE = "Change the flows"
LOOK = "Look before you ship"
SHIP = "Ship, and take back"
PAST = "See what was and what is"

# In the order of the week. A new verb is a line here, and a module in this folder with an `app` of its own.
VERBS = {
    "init": Verb("Make a workspace: a git repository with flows, fixtures and two local environments.", BEGIN),
    "status": Verb("What is live, what is staged, who works on what, and what to type next.", BEGIN),
    "clone": Verb("Make a draft of what production runs, check it out, and put it into staging.", CHANGE),
    "switch": Verb("Go to another open draft, or back to main.", CHANGE),
    "save": Verb("Keep the edits of the draft that is checked out.", CHANGE),
    "merge": Verb("Take live, or another draft, into the draft that is checked out, by meaning.", CHANGE),
    "undo": Verb("Take back what the last command did here, or bring it back.", CHANGE),
    "roster": Verb("Who takes turns: list, show, rehearse, add, remove, weight, out, in.", CHANGE),
    "table": Verb(
        "What flows look up: list and show tables; tables and rosters out to a spreadsheet, and back.", CHANGE
    ),
    "fmt": Verb("Write files the one canonical way, touching nothing else.", CHANGE),
    "schema": Verb("The JSON Schema of a kind of file, for editors.", CHANGE),
    "git": Verb("Let git itself merge and show flows by meaning: install, uninstall, check, take.", CHANGE),
    "check": Verb("Check flows for mistakes, without routing a lead.", LOOK),
    "show": Verb("Draw a flow, or tell all about one of its nodes.", LOOK),
    "diff": Verb("How two versions differ, in words.", LOOK),
    "simulate": Verb("Where leads go, and who moves from one version to the other.", LOOK),
    "leads": Verb("Files of leads: a sample that takes every way out; leads without the people.", LOOK),
    "test": Verb("Route the fixtures: do they end where they should?", LOOK),
    "explain": Verb("Why a lead goes where it goes; what an error code means.", LOOK),
    "ci": Verb("All that a pipeline asks: check, diff, test, simulate, plan, merges; reports and a comment.", LOOK),
    "import": Verb("Put the draft that is checked out into an environment.", SHIP),
    "plan": Verb("Think a promotion through without doing it: what changes, who moves, which gates are met.", SHIP),
    "approve": Verb("Sign a colleague's plan off, for everybody to see.", SHIP),
    "promote": Verb("Do exactly the plan, or nothing.", SHIP),
    "hotfix": Verb("Ship one urgent change now: from live, or the week's draft itself.", SHIP),
    "rollback": Verb("Go back to an older release, as a new release.", SHIP),
    "route": Verb("Route leads through what runs in a local environment, and move its turns on.", SHIP),
    "freeze": Verb("Times in which nothing is promoted: list, add, lift.", SHIP),
    "log": Verb("The releases, newest first.", PAST),
    "bisect": Verb("Which release changed where a lead goes, and by which edit.", PAST),
    "drift": Verb("Does an environment run what main says, or did somebody change it by hand?", PAST),
    "export": Verb("Write what an environment runs into the draft that is checked out.", PAST),
    "watch": Verb("Hold the first hours after a release against what was foretold, and say when to roll back.", PAST),
    "verify": Verb("Do digests, records, tags and environments agree?", PAST),
}

EPILOG = "The week, step by step: `flowctl status` always ends with the next command to type."


class Flowctl(Verbs):
    verbs = VERBS


app = typer.Typer(cls=Flowctl, name="flowctl", rich_markup_mode=None, epilog=EPILOG)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"flowctl {__version__}")
        raise typer.Exit


@app.callback()
def flowctl(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Change lead routing without fear: versions, drafts, a diff that says which leads move, tests, rollback."""


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that cannot show an arrow is no reason to stop
    command_of(app).main(sys.argv[1:] or ["--help"], prog_name="flowctl")
