"""A merge that waits for people: what it was of, kept in git's own folder of the work tree until it is committed.

What it was merged from and into are commits, so that everything else about it is computed anew when it is asked for.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.history import Repository
from flowctl.ops.journal import FOLDER, journaled, on_disk

FILE = "merge.json"
FLOWS = "flows"
GO_ON = "`flowctl merge` shows what is open, `flowctl merge --continue` ends it, `flowctl merge --abort` takes it back"

# writing: the files are being written; waiting: for people; aborting: the files are being put back
Phase: TypeAlias = Literal["writing", "waiting", "aborting"]


@dataclass(frozen=True, slots=True)
class Pending:
    """A merge under way.

    Args:
        source: What is merged, as it was typed.
        draft: The id of the draft that it goes into.
        ours, theirs: The commits of both sides.
        base: The commit that both come from; None where theirs is live, and the draft's record says what it is.
        tree: What the files became: all that is ours, with what was taken and the conflicts marked.
        brought: The files that ours does not have.
    """

    source: str
    draft: str
    ours: str
    theirs: str
    base: str | None
    tree: str
    brought: tuple[str, ...]
    phase: Phase = "writing"


def pending_merge(git: Repository) -> Pending | None:
    """The merge under way in a work tree. A torn or foreign file counts as none."""
    try:
        kept = json.loads((git.own_folder / FILE).read_bytes())
        found = Pending(**{**kept, "brought": tuple(kept["brought"])})
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    words = [getattr(found, f.name) for f in fields(Pending) if f.name not in ("base", "brought")]
    sound = all(isinstance(word, str) for word in (*words, *found.brought, found.base or ""))
    return found if sound and found.phase in get_args(Phase) else None


def require_no_merge(git: Repository) -> None:
    """Refuses to go on while a merge is under way.

    Raises:
        FlowctlError: One is.
    """
    pending = pending_merge(git)
    if pending and not _is_committed(git, pending):
        raise FlowctlError(f"a merge of `{pending.source}` is under way", hint=GO_ON)


def require_merge(git: Repository) -> Pending:
    """The merge under way in a work tree.

    Raises:
        FlowctlError: None is; or the work tree stands elsewhere by now.
    """
    pending = pending_merge(git)
    if pending is None:
        raise FlowctlError("no merge is under way", hint="`flowctl merge live` begins one")
    _require_here(git, pending)
    if git.head().commit != pending.ours:
        hint = "`flowctl merge --abort`, then merge again; what was committed stays"
        raise FlowctlError(f"the draft was changed by git since the merge of `{pending.source}` began", hint=hint)
    return pending


def _require_here(git: Repository, pending: Pending) -> None:
    branch = f"draft/{pending.draft}"
    if git.head().branch != branch and git.resolve(f"refs/heads/{branch}"):
        message = f"the merge is into `{pending.draft}`, and that is not checked out"
        raise FlowctlError(message, hint=f"`git switch {branch}`, then `flowctl merge`")


def begin_waiting(git: Repository, pending: Pending, files: Mapping[str, bytes | None]) -> Pending:
    """Writes a merge's files to the work tree, and notes that it waits.

    Raises:
        FlowctlError: A file cannot be written, or one that git does not know is in the way. All is as it was.
    """
    for path in pending.brought:
        if os.path.lexists(git.root / path):
            raise FlowctlError(f"`{path}` is in the way: the merge brings a file of that name", hint="move it away")
    _put(git, pending)
    try:
        write_files(git.root, files)
    except FlowctlError:
        put_back(git, pending)
        raise
    waiting = replace(pending, phase="waiting")
    _put(git, waiting)
    return waiting


def write_files(root: Path, files: Mapping[str, bytes | None]) -> None:
    """Writes files, each whole or not at all; None removes one. What is as it should be is not touched."""
    for path, data in files.items():
        target = root / path
        with on_disk(f"write `{path}`"):
            if data is None:
                target.unlink(missing_ok=True)
            elif _bytes(target) != data:
                _write(target, data, root / FOLDER / "merge.new")


def _write(target: Path, data: bytes, new: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    new.parent.mkdir(exist_ok=True)
    new.write_bytes(data)
    if target.exists():
        new.chmod(stat.S_IMODE(target.stat().st_mode))
    new.replace(target.resolve())


def abort_merge(git: Repository) -> tuple[Pending, tuple[str, ...]]:
    """Takes the merge under way back. Gives it, and the files that stay with edits, since it has no part in them.

    Raises:
        FlowctlError: None is under way, or its draft is not checked out. Nothing was changed.
    """
    pending = pending_merge(git)
    if pending is None:
        raise FlowctlError("no merge is under way", hint="`flowctl status` says what is")
    _require_here(git, pending)
    put_back(git, pending)
    return pending, git.unsaved(FLOWS)


def put_back(git: Repository, pending: Pending) -> None:
    """Brings the files that a merge changes back as they were before it, and forgets it; edits of others stay.

    `take_up_merge` takes up what was killed.
    """
    _put(git, replace(pending, phase="aborting"))
    git.restore_worktree(git.changed_paths(pending.ours, pending.tree))
    write_files(git.root, dict.fromkeys(set(pending.brought) - set(git.paths("HEAD"))))
    end_merge(git)


def take_up_merge(git: Repository) -> list[str]:
    """Goes on with a merge that was cut off, and says what was done."""
    pending = pending_merge(git)
    if pending is None or (pending.phase == "waiting" and not _is_committed(git, pending)):
        return []
    with journaled(git.root, "take up a merge"):
        pending = pending_merge(git)  # whoever was at work on it may be done with it by now
        return [_taken_up(git, pending)] if pending else []


def _taken_up(git: Repository, pending: Pending) -> str:
    if _is_committed(git, pending):
        end_merge(git)
        return f"finished the merge of {pending.source}, which was cut off"
    if pending.phase == "aborting":
        put_back(git, pending)
        return f"took back the merge of {pending.source}, which was cut off"
    write_files(git.root, _unwritten(git, pending))
    _put(git, replace(pending, phase="waiting"))
    return f"went on with the merge of {pending.source}, which was cut off: `flowctl merge` shows what is open"


def _unwritten(git: Repository, pending: Pending) -> dict[str, bytes | None]:
    """The files of a merge that still are as before it; what somebody has edited since stays."""
    paths = git.changed_paths(pending.ours, pending.tree)
    before, after = git.files(pending.ours, paths), git.files(pending.tree, paths)
    return {path: after.get(path) for path in paths if _bytes(git.root / path) == before.get(path)}


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _is_committed(git: Repository, pending: Pending) -> bool:
    """Whether the commit that ends a merge was made, and only the note of it is left."""
    head = git.head()
    if head.branch != f"draft/{pending.draft}" or head.commit in (None, pending.ours):
        return False
    return git.commit_info(head.commit).parents == (pending.ours, pending.theirs)


def end_merge(git: Repository) -> None:
    """Forgets a merge: it is committed, or taken back."""
    with on_disk("end the merge"):
        (git.own_folder / FILE).unlink(missing_ok=True)


def _put(git: Repository, pending: Pending) -> None:
    """Notes a merge, whole or not at all, and on the disk."""
    target = git.own_folder / FILE
    with on_disk("note the merge"):
        target.parent.mkdir(exist_ok=True)
        new = target.with_suffix(".new")
        with new.open("w", encoding="utf-8") as stream:
            json.dump(asdict(pending), stream)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(target)
