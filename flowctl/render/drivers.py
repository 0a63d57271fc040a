"""Whether git merges and shows this clone's files by meaning."""

from __future__ import annotations

import shlex

from flowctl.document import Json
from flowctl.ops.drivers import Drivers, Point
from flowctl.ops.git_conflicts import Settled
from flowctl.render.console import Look, count, paragraph
from flowctl.render.lists import BAD, GOOD, blocks, listed, next_command
from flowctl.render.safe import safe

WIDTH = 10  # of the names of what is looked at


def installed_text(drivers: Drivers, look: Look) -> str:
    if not drivers.is_in_order:
        return checked_text(drivers, look)
    done = "git merges and shows flows by meaning here" if drivers.changed else "nothing to do: that was so already"
    return blocks(f"{look.paint('good', GOOD)} {done}", _points(drivers, look), _next(drivers, look))


def uninstalled_text(drivers: Drivers, look: Look) -> str:
    if not drivers.is_absent:
        return checked_text(drivers, look)
    done = "git merges and shows flows line by line again" if drivers.changed else "nothing to do: it was not installed"
    return blocks(f"{look.paint('good', GOOD)} {done}", next_command("flowctl status", "", look))


def checked_text(drivers: Drivers, look: Look) -> str:
    if drivers.is_absent:
        head = "git merges and shows flows line by line here: no driver is installed"
    elif drivers.is_in_order:
        head = f"{look.paint('good', GOOD)} git merges and shows flows by meaning here"
    else:
        head = f"{look.paint('bad', BAD)} git was told of flowctl's drivers, and cannot use them as it should"
    return blocks(head, "" if drivers.is_absent else _points(drivers, look), _next(drivers, look))


def _points(drivers: Drivers, look: Look) -> str:
    return "\n".join(_point(point, look) for point in drivers.points)


def _point(point: Point, look: Look) -> str:
    sign = look.paint("bad", BAD) if point.wrong else look.paint("good", GOOD)
    said = f"{point.wrong}: {point.state}" if point.wrong else point.state
    return paragraph(safe(said), look.width, f"  {sign} {look.paint('faint', point.what.ljust(WIDTH))}", " " * 4)


def _next(drivers: Drivers, look: Look) -> str:
    if drivers.is_in_order:
        return next_command("git diff", "or git log -p, or a merge: all speak of nodes and leads now", look)
    return next_command("flowctl git install", "once for each clone", look)


def data(drivers: Drivers) -> dict[str, Json]:
    return {
        "in_order": drivers.is_in_order,
        "changed": drivers.changed,
        "points": [{"what": p.what, "state": p.state, "wrong": p.wrong} for p in drivers.points],
    }


def settled_text(settled: Settled, look: Look) -> str:
    done = f"{look.paint('good', GOOD)} took {settled.side} in {count(len(settled.done), 'place')}"
    left = [f"{place} is open" for place in settled.left]
    return blocks(
        done, listed("·", settled.done, look, "faint"), listed("!", left, look, "warning"), _go_on(settled, look)
    )


def _go_on(settled: Settled, look: Look) -> str:
    if settled.left:
        return next_command(f"flowctl git take ours {shlex.quote(settled.left[0])}", "or theirs", look)
    if settled.under_way is None:
        return next_command("flowctl check", "", look)
    files = shlex.join(settled.files)
    return next_command(f"git add {files} && git {settled.under_way} --continue", "after flowctl check", look)


def settled_data(settled: Settled) -> dict[str, Json]:
    return {
        "side": settled.side,
        "done": list(settled.done),
        "left": list(settled.left),
        "files": list(settled.files),
        "under_way": settled.under_way,
    }
