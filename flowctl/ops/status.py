"""`status`: what is live, what is staged, who works on what, and the next command to type."""

from __future__ import annotations

import datetime as dt

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow import changed
from flowctl.ops.content import Changes, adopted_parts, changes_of
from flowctl.ops.drift import Drift, drift_of
from flowctl.ops.records import Draft, Freeze, Release
from flowctl.ops.recover import Recovered
from flowctl.ops.workspace import LIVE, MANAGED, STAGING, Workspace


@dataclass(frozen=True)
class DraftState:
    """An open draft: what it changes, where it overlaps with live, and the releases that did that."""

    draft: Draft
    is_here: bool
    is_staged: bool
    parts: tuple[str, ...]
    overlaps: tuple[str, ...]
    releases: tuple[str, ...]
    barred: tuple[str, ...]


@dataclass(frozen=True)
class Status:
    """The state of a workspace, and the next command with the reason for it."""

    newest: Release | None
    drift: Drift
    staged: str | None  # the title of the open draft that staging holds, `live`, or what else it is
    drafts: tuple[DraftState, ...]
    here: DraftState | None
    unsaved: tuple[str, ...]
    freeze: Freeze | None
    recovered: Recovered
    next: str
    why: str


def status(ws: Workspace, now: dt.datetime, recovered: Recovered | None = None) -> Status:
    """Looks at everything and changes nothing."""
    drift = drift_of(ws, LIVE)
    drafts = tuple(_state(ws, draft) for draft in ws.drafts())
    here = next((state for state in drafts if state.is_here), None)
    unsaved = ws.unsaved()
    freeze = ws.freezes().at(now)
    command, why = _next(ws, drift, drafts, here, unsaved)
    newest = ws.newest_release()
    staged, taken_up = _staged(ws, drafts), recovered or Recovered()
    return Status(newest, drift, staged, drafts, here, unsaved, freeze, taken_up, command, why)


def _state(ws: Workspace, draft: Draft) -> DraftState:
    changes = changes_of(ws, draft)
    branch = ws.git.head().branch
    releases, barred = _releases_since(ws, draft, changes), _barred_parts(ws, changes)
    staged = _is_staged(ws, draft, changes)
    return DraftState(draft, branch == draft.branch, staged, changes.parts, changes.overlaps, releases, barred)


def _releases_since(ws: Workspace, draft: Draft, changes: Changes) -> tuple[str, ...]:
    """The releases that changed what the draft changes."""
    if not changes.overlaps:
        return ()
    from flowctl.ops.plan import releases_since  # and with it all that judges a promotion

    return releases_since(ws, draft, changes.overlaps)


def _barred_parts(ws: Workspace, changes: Changes) -> tuple[str, ...]:
    """The parts of which the draft ships a behaviour that was rolled back."""
    pointer = ws.pointer()
    if not pointer.barred:
        return ()
    from flowctl.ops.plan import barred_parts

    return barred_parts(pointer, changes.bundle, changes.parts)


def _is_staged(ws: Workspace, draft: Draft, changes: Changes) -> bool:
    """Whether staging holds what the draft changes."""
    if STAGING not in ws.config.environments:
        return True
    there = ws.environment(STAGING).read()
    ours = there.receipt is not None and there.receipt.draft == draft.draft
    return ours and not set(changed(there.bundle, changes.bundle)) & set(changes.parts)


def _staged(ws: Workspace, drafts: tuple[DraftState, ...]) -> str | None:
    if STAGING not in ws.config.environments:
        return None
    live = ws.environment(STAGING).read()
    held = live.receipt.draft if live.receipt else None
    title = next((state.draft.title for state in drafts if state.draft.draft == held), None)
    if title:
        return title
    if live.bundle.digest == ws.bundle().digest:
        return "live"
    return f"the closed draft {held}" if held else "an older live"


def _next(
    ws: Workspace, drift: Drift, drafts: tuple[DraftState, ...], here: DraftState | None, unsaved: tuple[str, ...]
) -> tuple[str, str]:
    """The next command to type, and why."""
    if drift.pending:
        return f"flowctl promote --to {LIVE} --finish", f"release {drift.pending} is on main and not yet live"
    if by_hand := next((path for path in unsaved if path.startswith(MANAGED)), None):
        return f"git checkout -- {by_hand}", "it is written by commands only"
    if unsaved and here and _has_unreadable(ws, unsaved):
        return "flowctl check", "a file cannot be read, and would not be saved"
    if unsaved and here:
        return 'flowctl save -m "what changed"', "there are unsaved edits"
    adopted = adopted_parts(ws, here.draft) if drift.parts and here else {}
    if set(drift.parts) - set(adopted):
        return f"flowctl drift {LIVE}", f"{LIVE} was changed by hand"
    return _next_of_draft(ws, here) if here else _next_without_draft(drafts)


def _has_unreadable(ws: Workspace, unsaved: tuple[str, ...]) -> bool:
    from flowctl.ops.readable import unreadable  # reads flows: only where there is something to save

    try:
        return bool(unreadable({path: data for path, data in ws.worktree().items() if path in unsaved}))
    except FlowctlError:  # a link, or bytes that are no text: `check` says which
        return True


def _next_of_draft(ws: Workspace, here: DraftState) -> tuple[str, str]:
    if here.overlaps:
        return "flowctl merge live", "live has changed what this draft changes"
    if not here.parts:
        return "edit flows/lead.yaml, then: flowctl diff", "the draft changes nothing yet"
    if not here.is_staged and ws.config.gates_of(here.draft.kind).staged:
        return "flowctl import --into staging", "staging does not have this draft's changes yet"
    if here.draft.kind == "hotfix":
        return "flowctl hotfix finish", "the hotfix is saved"
    return f"flowctl plan --to {LIVE}", "the draft is saved, and where it has to be"


def _next_without_draft(drafts: tuple[DraftState, ...]) -> tuple[str, str]:
    if drafts:
        return f"flowctl switch {drafts[0].draft.draft}", "no draft is checked out"
    return 'flowctl clone live --summary "what the week is about"', "no draft is open"
