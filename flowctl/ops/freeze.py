"""`freeze`: times in which nothing is promoted. Kept on `main`, since they hold for everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flowctl.diag import FlowctlError
from flowctl.ops.branch import at_work
from flowctl.ops.records import Freeze, Freezes, read_record, write_record
from flowctl.ops.trunk import Commit, commit_to_main, require_movable, sync
from flowctl.ops.workspace import Workspace

Edit = Callable[[tuple[Freeze, ...]], tuple[Freeze, ...]]


def list_freezes(ws: Workspace, now: dt.datetime) -> tuple[Freeze, ...]:
    """The freezes that are on or to come, earliest first."""
    return tuple(sorted((f for f in ws.freezes().freezes if f.to >= now), key=lambda f: f.from_))


def add_freeze(ws: Workspace, from_: dt.datetime, to: dt.datetime, reason: str, now: dt.datetime) -> Freeze:
    """Adds a freeze, both ends inclusive.

    Raises:
        FlowctlError: It ends before it begins, or has no reason.
    """
    if to < from_:
        raise FlowctlError("the freeze ends before it begins", hint="`--from` comes before `--to`")
    if not reason.strip():
        raise FlowctlError("a freeze needs a reason", hint='`--reason "quarter end"`')
    freeze = Freeze(from_=from_, to=to, reason=reason.strip(), who=ws.me)
    _write(ws, lambda freezes: (*freezes, freeze), f"freeze: {freeze.reason}", now)
    return freeze


def lift_freezes(ws: Workspace, now: dt.datetime) -> tuple[Freeze, ...]:
    """Ends the freezes that are on now.

    Raises:
        FlowctlError: None is.
    """
    return _write(ws, lambda freezes: tuple(f for f in freezes if not f.from_ <= now <= f.to), "freeze: lifted", now)


def _write(ws: Workspace, edit: Edit, message: str, now: dt.datetime) -> tuple[Freeze, ...]:
    """Changes the freezes on `main`, and gives those that went."""
    gone: list[Freeze] = []

    def make(old: str) -> Commit:
        before = freezes_at(ws, old).freezes
        after = edit(before)
        if after == before:
            raise FlowctlError("nothing is frozen now", hint="`flowctl freeze list`")
        gone[:] = [freeze for freeze in before if freeze not in after]
        return Commit({Freezes.path: write_record(Freezes(freezes=after)).encode()}, message)

    with at_work(ws, message):
        sync(ws)
        require_movable(ws)
        commit_to_main(ws, make, now)
    return tuple(gone)


def freezes_at(ws: Workspace, version: str) -> Freezes:
    """The freezes as a version has them."""
    text = ws.git.read(version, Freezes.path)
    return read_record(Freezes, Freezes.path, text) if text is not None else Freezes()
