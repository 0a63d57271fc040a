"""`merge`: takes another version into the draft, by meaning; stops with both sides named where they overlap."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flowctl.diag import Conflicts, FlowctlError
from flowctl.diff import Conflict, Taken, merge_text
from flowctl.flow import part_of, path_of
from flowctl.ops.branch import at_work
from flowctl.ops.clone import based_on, commit_draft, live_base, push_draft
from flowctl.ops.content import adopted_parts, base_files, unmanaged
from flowctl.ops.records import Draft, write_record
from flowctl.ops.trunk import sync
from flowctl.ops.workspace import MAIN_REF, Workspace


@dataclass(frozen=True, slots=True)
class MergedFile:
    """What a merge does to a file: its new bytes (None: removed), and what theirs brought."""

    path: str
    data: bytes | None
    taken: tuple[Taken, ...]


@dataclass(frozen=True, slots=True)
class MergeReport:
    """A merge into a draft; `commit` is None when there was nothing to take in. `release` is the draft's new base."""

    draft: Draft
    source: str
    files: tuple[MergedFile, ...]
    release: str | None
    commit: str | None


@dataclass(frozen=True, slots=True)
class _Sides:
    base: Mapping[str, bytes]
    ours: Mapping[str, bytes]
    theirs: Mapping[str, bytes]


def merge_into_draft(ws: Workspace, source: str, now: dt.datetime) -> MergeReport:
    """Takes live, or another version that git knows, into the draft that is checked out.

    Raises:
        Conflicts: Both sides changed the same thing differently; each place is named with both sides. Nothing was
            changed.
        FlowctlError: Unsaved edits, or no such version.
    """
    with at_work(ws, f"merge {source}"):
        draft = ws.require_draft()
        ws.require_saved()
        sync(ws)
        ours = ws.tip(draft)
        return _take_live(ws, draft, ours, now) if source == "live" else _take(ws, draft, ours, source, now)


def _take(ws: Workspace, draft: Draft, ours: str, source: str, now: dt.datetime) -> MergeReport:
    theirs = ws.git.resolve(source)
    base = theirs and ws.git.merge_base(ours, theirs)
    if theirs is None or base is None:
        raise FlowctlError(f"there is no version `{source}` to merge", hint="`live`, a draft's branch or a git ref")
    files = merged_files(_sides(ws, base, ours, theirs), draft.title, source)
    return _commit(ws, draft, draft, source, files, (ours, theirs), None, now)


def _take_live(ws: Workspace, draft: Draft, ours: str, now: dt.datetime) -> MergeReport:
    live = based_on(live_base(ws), adopted_parts(ws, draft))
    newest = live.release
    if draft.base == live:
        return MergeReport(draft, "live", (), newest, None)
    sides = _Sides(base_files(ws, draft), *(unmanaged(ws.git.files(version)) for version in (ours, ws.main)))
    files = merged_files(sides, draft.title, f"release {newest}")
    after = replace(draft, base=live)
    return _commit(ws, draft, after, "live", files, (ours, ws.main), newest, now)


def _sides(ws: Workspace, base: str, ours: str, theirs: str) -> _Sides:
    return _Sides(*(unmanaged(ws.git.files(version)) for version in (base, ours, theirs)))


def merged_files(sides: _Sides, ours_name: str, theirs_name: str) -> tuple[MergedFile, ...]:
    """The files that a merge changes in ours.

    Raises:
        Conflicts: Some places overlap; all are told.
    """
    files = []
    conflicts: list[tuple[str, Conflict]] = []
    for path in sorted({*sides.base, *sides.theirs}):
        base, ours, theirs = sides.base.get(path), sides.ours.get(path), sides.theirs.get(path)
        if theirs in (base, ours):
            continue
        if ours == base:
            files.append(MergedFile(path, theirs, ()))
            continue
        b, o, t = (_text(path, data) for data in (base, ours, theirs))
        merged = merge_text(path, b, o, t, _header(path, sides))
        conflicts += [(path, conflict) for conflict in merged.conflicts]
        data = merged.text.encode() if merged.text is not None else None
        if data != ours:
            files.append(MergedFile(path, data, merged.taken))
    if conflicts:
        raise Overlap(conflicts, ours_name, theirs_name)
    return tuple(files)


def _header(path: str, sides: _Sides) -> str | None:
    """The header of a table; where a side changed what its rows are known by, as ours has it."""
    kind, _, name = (part_of(path) or "").partition("/")
    beside = path_of(f"header/{name}") if kind == "table" else ""
    return _text(beside, sides.ours.get(beside) or sides.theirs.get(beside))


def _text(path: str, data: bytes | None) -> str | None:
    try:
        return None if data is None else data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FlowctlError(f"`{path}` is not UTF-8", hint=f"`flowctl check {path}` shows where") from error


class Overlap(Conflicts):
    """What both sides changed differently: files and the places in them, and what the sides are called."""

    def __init__(self, found: list[tuple[str, Conflict]], ours: str, theirs: str) -> None:
        places = "; ".join(f"{path}: {conflict.where}" for path, conflict in found)
        count = "1 place" if len(found) == 1 else f"{len(found)} places"
        hint = f"make each as `{theirs}` has it, or tell its owner; then `flowctl save` and merge again"
        super().__init__(f"{count} changed on both sides: {places}", hint=hint)
        self.found_conflicts = tuple(found)
        self.ours, self.theirs = ours, theirs


def _commit(
    ws: Workspace,
    before: Draft,
    after: Draft,
    source: str,
    files: tuple[MergedFile, ...],
    parents: tuple[str, str],
    release: str | None,
    now: dt.datetime,
) -> MergeReport:
    changes: dict[str, bytes | None] = {file.path: file.data for file in files}
    if after != before:
        changes[after.path] = write_record(after).encode()
    if not changes:
        return MergeReport(after, source, files, release, None)
    if release:
        changes |= _managed_of_main(ws, parents[0])
    message = f"merge {source} into {after.title}"
    commit = commit_draft(ws, after, changes, parents, message, now, old=parents[0])
    push_draft(ws, after)
    return MergeReport(after, source, files, release, commit)


def _managed_of_main(ws: Workspace, ours: str) -> dict[str, bytes | None]:
    """What `main` has of the files that commands write, so that the branch says the same as `main`."""
    folders = ("environments", "releases")
    theirs, mine = (ws.git.files(version, folders) for version in (MAIN_REF, ours))
    return {path: theirs.get(path) for path in {*theirs, *mine} if theirs.get(path) != mine.get(path)}
