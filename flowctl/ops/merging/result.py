"""What a merge makes of both sides, and what its commit changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flowctl.diff import MergedFiles, Side
from flowctl.ops.merging.disputes import chosen
from flowctl.ops.merging.files import merge_all
from flowctl.ops.merging.sides import Sides
from flowctl.ops.records import write_record
from flowctl.ops.workspace import Workspace


def merged_sides(sides: Sides, take: Sequence[tuple[Side, str]] = ()) -> MergedFiles:
    """Both sides made one, with the sides of conflicts that were taken, each as it was typed."""
    merged = merge_all(sides.base, sides.ours, sides.theirs)
    if not take:
        return merged
    places = [(path, decision.path) for path, decision in merged.conflicts]
    return merge_all(sides.base, sides.ours, sides.theirs, take=chosen(take, places))


def files_after(sides: Sides, files: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """The draft's files with those that a merge changes."""
    return {path: data for path, data in {**sides.ours, **files}.items() if data is not None}


def commit_changes(ws: Workspace, sides: Sides, files: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
    """What a merge commit changes in ours: files, what the draft stands on, and what commands write."""
    ours, theirs = sides.commits
    changes = dict(files)
    if sides.after != sides.draft:
        changes[sides.after.path] = write_record(sides.after).encode()
    return changes | _managed_of(ws, theirs, ours) if sides.release else changes


def commit_message(sides: Sides) -> str:
    return f"merge {sides.source} into {sides.draft.title}"


def _managed_of(ws: Workspace, main: str, ours: str) -> dict[str, bytes | None]:
    """What `main` has of the files that commands write, so that the branch says the same as `main`."""
    folders = ("environments", "releases")
    theirs, mine = (ws.git.files(version, folders) for version in (main, ours))
    return {path: theirs.get(path) for path in {*theirs, *mine} if theirs.get(path) != mine.get(path)}
