"""`hotfix`: a draft that ships now, from live or the week's draft itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flowctl.diag import FlowctlError
from flowctl.ops.branch import at_work, move_branch, switch
from flowctl.ops.clone import Cloned, clone_live, commit_draft, push_draft
from flowctl.ops.merging.taking_in import TakenIn, take_live_in
from flowctl.ops.promote import Promoted
from flowctl.ops.records import Draft, write_record
from flowctl.ops.trunk import sync
from flowctl.ops.versions import find_draft
from flowctl.ops.workspace import Workspace


def start_from_live(ws: Workspace, summary: str, now: dt.datetime) -> Cloned:
    """A hotfix cloned from live; staging is left to whoever has it."""
    return clone_live(ws, summary, now, kind="hotfix", stage=False)


def start_from_draft(ws: Workspace, name: str, now: dt.datetime) -> Draft:
    """Makes an open draft a hotfix: it is checked out and ships as it stands.

    Raises:
        FlowctlError: No such draft, or unsaved edits.
    """
    with at_work(ws, "hotfix"):
        ws.require_saved()
        sync(ws)
        draft = find_draft(ws, name)
        if draft is None:
            raise FlowctlError(f"there is no open draft `{name}`", hint="`flowctl status` lists them")
        if ws.git.resolve(draft.ref) is None:
            move_branch(ws, draft.ref, None, ws.tip(draft), doing=f"make {draft.branch}")
        switch(ws, draft.branch)
        return draft if draft.kind == "hotfix" else _made_hotfix(ws, draft, now)


def _made_hotfix(ws: Workspace, draft: Draft, now: dt.datetime) -> Draft:
    after = replace(draft, kind="hotfix", was=draft.kind)
    tip = ws.tip(draft)
    files = {after.path: write_record(after).encode()}
    commit_draft(ws, after, files, (tip,), f"hotfix: {draft.title}", now, old=tip)
    push_draft(ws, after)
    return after


def require_hotfix(ws: Workspace) -> Draft:
    """The hotfix that is checked out.

    Raises:
        FlowctlError: What is checked out is none.
    """
    draft = ws.require_draft()
    if draft.kind != "hotfix":
        hint = "`flowctl hotfix start --from @draft` makes it one; `flowctl promote` ships it as what it is"
        raise FlowctlError(f"`{draft.title}` is a {draft.kind} draft, no hotfix", hint=hint)
    return draft


def go_on(ws: Workspace, shipped: Draft, promoted: Promoted, now: dt.datetime) -> Cloned | None:
    """After a weekly draft has shipped as a hotfix: the draft in which people go on with the week."""
    if shipped.was is None:
        return None
    _, _, summary = shipped.title.partition(": ")
    return clone_live(ws, f"{summary or shipped.title} (continued)", now)


def open_drafts(ws: Workspace, promoted: Promoted, now: dt.datetime, *, take_in: bool) -> tuple[TakenIn, ...]:
    """The open drafts that a release concerns: those that have to take it in; with `take_in` all that were behind it,
    each with what was done.
    """
    stale = {draft.draft for draft in promoted.stale_drafts}
    if not take_in:
        return tuple(TakenIn(draft, True) for draft in promoted.stale_drafts)
    with at_work(ws, "take live in"):
        every = [take_live_in(ws, draft, now, is_stale=draft.draft in stale) for draft in ws.drafts()]
    return tuple(taken for taken in every if taken.is_stale or taken.commit or taken.left)
