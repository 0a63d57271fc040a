"""`status`: what is live, what is staged, who works on what, and the next command to type."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow import changed
from flowctl.ops.content import Changes, adopted_parts, changes_of
from flowctl.ops.drift import Drift, drift_of
from flowctl.ops.merging.state import pending_merge
from flowctl.ops.records import Draft, Freeze, Release
from flowctl.ops.recover import Recovered
from flowctl.ops.workspace import LIVE, MANAGED, STAGING, Workspace

if TYPE_CHECKING:
    from flowctl.ops.others import Overlap


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


@dataclass(frozen=True, slots=True)
class Merging:
    """A merge under way: of what, into which draft, and how many conflicts are open still."""

    source: str
    draft: str
    open: int


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
    merge: Merging | None = None
    others: tuple[Overlap, ...] = ()  # what other open drafts change that the one in hand changes, too


def status(ws: Workspace, now: dt.datetime, recovered: Recovered | None = None) -> Status:
    """Looks at everything and changes nothing."""
    drift = drift_of(ws, LIVE)
    changes = {draft.draft: changes_of(ws, draft) for draft in ws.drafts()}
    drafts = tuple(_state(ws, draft, changes[draft.draft]) for draft in ws.drafts())
    here = next((state for state in drafts if state.is_here), None)
    unsaved = ws.unsaved()
    others = _others(ws, here.draft, drafts, changes, is_saved=not unsaved) if here and len(drafts) > 1 else ()
    freeze = ws.freezes().at(now)
    merge = _merging(ws, unsaved)
    command, why = _next_of_merge(ws, merge) if merge else _next(ws, drift, drafts, here, unsaved)
    newest = ws.newest_release()
    staged, taken_up = _staged(ws, drafts), recovered or Recovered()
    return Status(newest, drift, staged, drafts, here, unsaved, freeze, taken_up, command, why, merge, others)


def _merging(ws: Workspace, unsaved: tuple[str, ...]) -> Merging | None:
    pending = pending_merge(ws.git)
    if pending is None:
        return None
    from flowctl.diff import unsettled

    paths = [path for path in {*unsaved, *pending.brought} if (ws.root / path).is_file()]
    texts = {path: (ws.root / path).read_text("utf-8", "replace") for path in paths}
    return Merging(pending.source, pending.draft, sum(len(unsettled(path, text)) for path, text in texts.items()))


def _next_of_merge(ws: Workspace, merge: Merging) -> tuple[str, str]:
    if ws.git.head().branch != f"draft/{merge.draft}":
        return f"git switch draft/{merge.draft}", f"a merge of {merge.source} into it is under way"
    if merge.open:
        return "flowctl merge", "shows what is open in the merge"
    return "flowctl merge --continue", f"a merge of {merge.source} is under way, and its conflicts are settled"


def _others(
    ws: Workspace, here: Draft, drafts: Sequence[DraftState], changes: Mapping[str, Changes], *, is_saved: bool
) -> tuple[Overlap, ...]:
    """What other open drafts change, too. They are read only where a part is changed by two."""
    from flowctl.ops.others import between, changes_in_hand

    try:
        mine = changes[here.draft] if is_saved else changes_in_hand(ws, here)
    except FlowctlError:  # a link, or bytes that are no text: `check` says which
        mine = changes[here.draft]
    rest = [state.draft for state in drafts if not state.is_here]
    return tuple(found for draft in rest for found in between(here, mine, draft, changes[draft.draft]))


def _state(ws: Workspace, draft: Draft, changes: Changes) -> DraftState:
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
    if not changed(live.bundle, ws.bundle()):
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
