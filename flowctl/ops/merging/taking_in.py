"""Live taken into open drafts that nobody stands on: after a hotfix, where nobody has to decide."""

from __future__ import annotations

import datetime as dt

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.diff import MergedFiles
from flowctl.history import RefUpdate
from flowctl.ops.clone import commit_draft, made_commit, push_draft
from flowctl.ops.merging.proof import prove
from flowctl.ops.merging.result import commit_changes, commit_message, files_after, merged_sides
from flowctl.ops.merging.sides import Sides, live_sides, newest_tip
from flowctl.ops.records import Draft
from flowctl.ops.workspace import Workspace


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of an open draft when live moved on.

    Args:
        is_stale: Whether it has to take live in before it can ship.
        commit: The merge, when it was made.
        left: Why it was left alone, in words; None when it was not asked for, or was done.
    """

    draft: Draft
    is_stale: bool
    commit: str | None = None
    left: str | None = None


def take_live_in(ws: Workspace, draft: Draft, now: dt.datetime, *, is_stale: bool) -> TakenIn:
    """Merges live into an open draft that need not be checked out; one that needs people is left alone."""
    try:
        tip = newest_tip(ws, draft)
        sides = live_sides(ws, ws.draft(draft.draft, tip) or draft, tip)
        if sides.is_nothing:
            return TakenIn(draft, is_stale)
        merged = merged_sides(sides)
        if merged.conflicts:
            return TakenIn(
                draft,
                is_stale,
                left="1 conflict" if len(merged.conflicts) == 1 else f"{len(merged.conflicts)} conflicts",
            )
        if not prove(sides.ours, sides.theirs, files_after(sides, merged.files), ws.config, now).is_sound:
            return TakenIn(draft, is_stale, left="check or fixtures find what neither side had")
        return TakenIn(sides.after, is_stale, _take_in(ws, sides, merged, now))
    except FlowctlError as error:  # unsaved edits where it is checked out, or a file that cannot be read
        return TakenIn(draft, is_stale, left=error.message)


def _take_in(ws: Workspace, sides: Sides, merged: MergedFiles, now: dt.datetime) -> str:
    """Puts a merge on a draft's branch: here where it is here, and on the remote."""
    draft = sides.after
    changes, here = commit_changes(ws, sides, merged.files), ws.git.resolve(draft.ref)
    if here:
        commit = commit_draft(ws, draft, changes, sides.commits, commit_message(sides), now, old=here)
        push_draft(ws, draft)
    else:
        commit = made_commit(ws, changes, sides.commits, commit_message(sides), now)
        ws.git.push_atomic([RefUpdate(draft.ref, commit, sides.commits[0])])
    return commit
