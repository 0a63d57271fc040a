"""`merge`: takes another version into the draft, by meaning; what people have to decide waits in the work tree."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeAlias

from flowctl.data import dataclass
from flowctl.diag import Conflicts, FlowctlError
from flowctl.diff import Decision, MergedFiles, Side
from flowctl.ops.branch import at_work
from flowctl.ops.clone import commit_draft, push_draft
from flowctl.ops.journal import repair
from flowctl.ops.merging.disputes import Dispute, chosen, settled, still_open, with_leads
from flowctl.ops.merging.proof import Proof, prove
from flowctl.ops.merging.result import commit_changes, commit_message, files_after, merged_sides
from flowctl.ops.merging.sides import Sides, sides_again, sides_of
from flowctl.ops.merging.state import (
    Pending,
    abort_merge,
    begin_waiting,
    end_merge,
    pending_merge,
    require_merge,
    take_up_merge,
    write_files,
)
from flowctl.ops.merging.verdict import MergeVerdict as MergeVerdict
from flowctl.ops.merging.verdict import verify_merges as verify_merges
from flowctl.ops.readable import unreadable
from flowctl.ops.records import Draft
from flowctl.ops.trunk import sync
from flowctl.ops.workspace import FLOWS, MANAGED, Workspace

Taken: TypeAlias = tuple[Side, str]  # a side, and `FILE:PATH` as it was typed

# nothing: the draft had all of it. preview: nothing was done. merged: it is committed. stopped: it waits for people.
Stage: TypeAlias = Literal["nothing", "preview", "merged", "stopped"]


@dataclass(frozen=True, slots=True)
class MergeReport:
    """A merge into a draft, as far as it got.

    Args:
        files: What it changes in the draft; False where it removes the file.
        decisions: What was made of every place that a side changed, with its file; conflicts are among them.
        open: The conflicts that nobody has settled yet.
        proof: What is wrong with the result; None while there are conflicts.
        not_shared: Why others do not see it.
    """

    stage: Stage
    sides: Sides
    files: Mapping[str, bool]
    decisions: tuple[tuple[str, Decision], ...] = ()
    open: tuple[Dispute, ...] = ()
    proof: Proof | None = None
    commit: str | None = None
    not_shared: str | None = None

    @property
    def draft(self) -> Draft:
        return self.sides.after

    @property
    def release(self) -> str | None:
        """The release that the draft stands on now, where live was merged."""
        return self.sides.release

    @property
    def stops(self) -> bool:
        """Whether somebody has to look at it before it can be committed."""
        return bool(self.open) or (self.proof is not None and not self.proof.is_sound)


@dataclass(frozen=True, slots=True)
class Aborted:
    """A merge that was taken back, and the files that stay with edits, since it has no part in them."""

    source: str
    left: tuple[str, ...]


def merge_into_draft(ws: Workspace, source: str, now: dt.datetime, take: Sequence[Taken] = ()) -> MergeReport:
    """Takes live, another draft, or any version that git knows, into the draft that is checked out.

    Where people have to decide, nothing is committed: the files wait in the work tree.

    Raises:
        FlowctlError: Unsaved edits, no such version, or `take` names what is no conflict. Nothing was changed.
    """
    with at_work(ws, f"merge {source}"):
        report, merged = _thought_through(ws, source, now, take)
        if report.stage == "nothing":
            return report
        if not report.stops:
            return _commit(ws, report, merged.files, now)
        _wait(ws, report.sides, merged)
    return _stopped(report, files_after(report.sides, merged.files))


def _stopped(report: MergeReport, here: Mapping[str, bytes]) -> MergeReport:
    """A report whose conflicts stand in the files now."""
    told = {dispute.address: dispute for dispute in report.open}
    found = still_open([(dispute.path, dispute.decision) for dispute in report.open], here)
    open_ = tuple(replace(told.get(dispute.address, dispute), found=dispute.found) for dispute in found)
    return replace(report, stage="stopped", open=open_)


def preview(ws: Workspace, source: str, now: dt.datetime, take: Sequence[Taken] = ()) -> MergeReport:
    """What a merge would do; nothing is changed.

    Raises:
        FlowctlError: As in `merge_into_draft`.
    """
    return _thought_through(ws, source, now, take)[0]


def _thought_through(
    ws: Workspace, source: str, now: dt.datetime, take: Sequence[Taken]
) -> tuple[MergeReport, MergedFiles]:
    draft = ws.require_draft()
    ws.require_saved()
    sync(ws)
    sides = sides_of(ws, draft, source, ws.tip(draft))
    if sides.is_nothing:
        return MergeReport("nothing", sides, {}), MergedFiles({}, ())
    merged = merged_sides(sides, take)
    files = {path: data is not None for path, data in merged.files.items()}
    report = MergeReport("preview", sides, files, merged.decisions)
    if merged.conflicts:
        open_ = [Dispute(path, decision) for path, decision in merged.conflicts]
        return replace(report, open=with_leads(sides, merged.conflicts, open_)), merged
    return replace(report, proof=_proof(ws, sides, files_after(sides, merged.files), now)), merged


def _proof(ws: Workspace, sides: Sides, files: Mapping[str, bytes], now: dt.datetime) -> Proof:
    return prove(sides.ours, sides.theirs, files, ws.config, now)


def _wait(ws: Workspace, sides: Sides, merged: MergedFiles) -> None:
    """Puts a merge into the work tree, for people to go on with."""
    ours, theirs = sides.commits
    tree = ws.git.write_tree(ours, merged.files)
    brought = tuple(sorted(path for path, data in merged.files.items() if data is not None and path not in sides.ours))
    pending = Pending(sides.source, sides.draft.draft, ours, theirs, sides.origin, tree, brought)
    begin_waiting(ws.git, pending, merged.files)


def _commit(
    ws: Workspace, report: MergeReport, files: Mapping[str, bytes | None], now: dt.datetime, *, is_written: bool = False
) -> MergeReport:
    sides = report.sides
    changes, message = commit_changes(ws, sides, files), commit_message(sides)
    ours = sides.commits[0]
    commit = commit_draft(ws, sides.after, changes, sides.commits, message, now, old=ours, is_written=is_written)
    end_merge(ws.git)
    return replace(report, stage="merged", commit=commit, not_shared=_share(ws, sides.after))


def _share(ws: Workspace, draft: Draft) -> str | None:
    """Shows the merge to others; why not, where that fails: it is made all the same."""
    try:
        push_draft(ws, draft)
    except FlowctlError as error:
        return f"{error.message}{f'; {error.hint}' if error.hint else ''}"
    return None


# A merge under way ------------------------------------------------------------------------------------------------


def is_under_way(ws: Workspace) -> bool:
    """Whether a merge waits in the work tree. What was cut off is taken up first."""
    repair(ws.git)
    take_up_merge(ws.git)
    return pending_merge(ws.git) is not None


def look_at(ws: Workspace, now: dt.datetime) -> MergeReport:
    """The merge under way: what is open in it still, or else what is wrong with the result.

    Raises:
        FlowctlError: None is.
    """
    pending = require_merge(ws.git)
    return _under_way(ws, sides_again(ws, pending), edits_of(ws, pending), now)


def take_sides(ws: Workspace, given: Sequence[Taken]) -> None:
    """Settles conflicts of the merge under way, in the files.

    Raises:
        FlowctlError: No merge is under way, or something that was given is no open conflict. Nothing was changed.
    """
    with at_work(ws, "take a side"):
        pending = require_merge(ws.git)
        sides = sides_again(ws, pending)
        here = files_after(sides, edits_of(ws, pending))
        open_ = still_open(merged_sides(sides).conflicts, here)
        write_files(ws.root, settled(sides, here, chosen(given, [dispute.place for dispute in open_])))


def go_on(ws: Workspace, now: dt.datetime, *, anyway: bool = False) -> MergeReport:
    """Commits the merge under way; `anyway`: whatever is wrong with the result, as long as it can be read.

    Raises:
        Unsettled: There are conflicts still; all are told.
        FlowctlError: No merge is under way, or a file cannot be read. Nothing was changed.
    """
    with at_work(ws, "end the merge"):
        pending = require_merge(ws.git)
        edits = edits_of(ws, pending)
        report = _under_way(ws, sides_again(ws, pending), edits, now)
        if report.open:
            raise Unsettled(report.open)
        if report.proof is None:
            problems = unreadable(_flows(files_after(report.sides, edits)))
            raise FlowctlError("files cannot be read: the merge is not committed", found=problems)
        if report.stops and not anyway:
            return report
        return _commit(ws, report, edits, now, is_written=True)


def abort(ws: Workspace) -> Aborted:
    """Takes the merge under way back: the files are as before it.

    Raises:
        FlowctlError: None is under way, or its draft is not checked out.
    """
    with at_work(ws, "abort the merge"):
        pending, left = abort_merge(ws.git)
    return Aborted(pending.source, left)


class Unsettled(Conflicts):
    """Conflicts that stand in the files still."""

    def __init__(self, open_: Sequence[Dispute]) -> None:
        count = "1 conflict is" if len(open_) == 1 else f"{len(open_)} conflicts are"
        hint = f"`flowctl merge --take ours {shlex.quote(open_[0].address)}`, or `--take theirs`, or edit the file"
        elsewhere = [dispute.address for dispute in open_ if dispute.found is None]
        where = f": {', '.join(f'`{name}`' for name in elsewhere)}" if elsewhere else ""
        super().__init__(f"{count} not settled{where}", hint=hint, found=(d.found for d in open_ if d.found))


def edits_of(ws: Workspace, pending: Pending) -> dict[str, bytes | None]:
    """What the work tree holds of a merge: all edits since it began, and what it brought.

    Raises:
        FlowctlError: A file that commands write was edited.
    """
    paths = sorted({*ws.unsaved(), *pending.brought})
    if by_hand := next((path for path in paths if path.startswith(MANAGED)), None):
        hint = f"`git checkout -- {by_hand}` takes the edit back"
        raise FlowctlError(f"`{by_hand}` was edited, and is written by commands only", hint=hint)
    return {path: (ws.root / path).read_bytes() if (ws.root / path).is_file() else None for path in paths}


def _under_way(ws: Workspace, sides: Sides, edits: Mapping[str, bytes | None], now: dt.datetime) -> MergeReport:
    merged = merged_sides(sides)
    here = files_after(sides, edits)
    changed = {path: data is not None for path, data in edits.items()}
    report = MergeReport("stopped", sides, changed, merged.decisions)
    if open_ := still_open(merged.conflicts, here):
        return replace(report, open=with_leads(sides, merged.conflicts, open_))
    if unreadable(_flows(here)):
        return report
    return replace(report, proof=_proof(ws, sides, here, now))


def _flows(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if path.startswith(f"{FLOWS}/")}
