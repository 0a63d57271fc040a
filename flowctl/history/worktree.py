"""The work tree: what is unsaved in it, saving it as a commit, and moving it to another commit."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.history.command import Runner, work_folder
from flowctl.history.lock import IndexLock
from flowctl.history.objects import Entry, Objects, entries
from flowctl.history.tree import set_entries


@dataclass(frozen=True, slots=True)
class Head:
    """Where the work tree stands. `branch` (short name) is None when detached, `commit` before the first commit."""

    branch: str | None
    commit: str | None

    @property
    def ref(self) -> str:
        """The ref that a commit on top of this moves."""
        return f"refs/heads/{self.branch}" if self.branch else "HEAD"


# What git leaves in its folder while an operation of its own waits for the user, and how the user ends it.
_UNDER_WAY = {
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
}

_IN_THE_WAY = re.compile(
    r"Entry '(.+?)' (?:not uptodate|would be overwritten)|Untracked working tree file '(.+?)' would be"
)


def head(runner: Runner, objects: Objects, git_dir: Path) -> Head:
    full = _branch_in(git_dir / "HEAD") or runner.run("symbolic-ref", "--quiet", "HEAD", allow=(0, 1)).line
    return Head(full.removeprefix("refs/heads/") or None, objects.id_of("HEAD^{commit}"))


def _branch_in(file: Path) -> str | None:
    """The branch that a file of git's names plainly; a process to ask costs 3 ms."""
    try:
        found = re.fullmatch(r"ref: (refs/heads/[\w./-]+)\n", file.read_text("utf-8"), re.ASCII)
    except (OSError, ValueError):
        return None
    return found[1] if found and found[1] != "refs/heads/.invalid" else None  # which stands where refs are no files


def under_way(git_dir: Path) -> str | None:
    """What of git's own waits for the user: `merge`, `rebase` …"""
    return next((what for name, what in _UNDER_WAY.items() if (git_dir / name).exists()), None)


def require_calm(git_dir: Path) -> None:
    """Raises FlowctlError in the middle of a merge, rebase, cherry-pick or revert: a save would end it wrongly."""
    if what := under_way(git_dir):
        raise FlowctlError(f"a {what} of git is under way", hint=f"finish it, or `git {what} --abort`")


def unsaved(runner: Runner, under: Sequence[str], *, untracked: bool) -> tuple[str, ...]:
    if not under:
        return ()
    options = ("--porcelain=v1", "-z", "--no-renames", f"--untracked-files={'all' if untracked else 'no'}")
    return tuple(field[3:] for field in runner.run("status", *options, "--", *under).fields)


def unmerged(runner: Runner) -> tuple[str, ...]:
    """The files that git waits for somebody to settle, and to add."""
    return tuple(runner.run("diff", "--name-only", "--diff-filter=U", "-z").fields)


def stage(runner: Runner, lock: IndexLock, index: Path, under: Sequence[str], commit: str | None) -> str:
    """The tree of `commit` with what is below the given paths now; fills the lock with the index that belongs to it.

    What is staged elsewhere stays staged, and stays out of the tree, as `git commit --only` has it.
    """
    with work_folder() as name:
        following, saved = Path(name, "following"), Path(name, "saved")
        for copy in (following, saved):
            if index.exists():
                # Its times of files spare git reading all of them. Its own time must come along: a file that was edited
                # in the second in which the index was written is told from one that was not by nothing else.
                shutil.copy2(index, copy)
            else:
                runner.run("read-tree", "--empty", env=_index(copy))
        runner.run("read-tree", *(["--reset", commit] if commit else ["--empty"]), env=_index(saved))
        for copy in (following, saved):
            _stage_into(runner, _index(copy), under)
        lock.fill(following)
        return runner.run("write-tree", env=_index(saved)).line


def _stage_into(runner: Runner, env: Mapping[str, str], under: Sequence[str]) -> None:
    if not under:
        return
    # not `git add`: it fails on a folder that does not exist (yet), and on one that is ignored
    listing = ("--cached", "--others", "--exclude-standard", "--deduplicate")
    names = [name for name in runner.run("ls-files", "-z", *listing, "--", *under, env=env).fields if name[-1] != "/"]
    replaced = {name for name in names if _is_plain_folder(runner.folder / name)}
    set_entries(runner, ((name, None) for name in replaced), env=env)
    script = "".join(f"{name}\0" for name in names if name not in replaced).encode("utf-8", "surrogateescape")
    runner.run("update-index", "--add", "--remove", "--replace", "-z", "--stdin", stdin=script, env=env)


def move(runner: Runner, objects: Objects, index: Path, old: str, new: str) -> None:
    """Moves index and work tree from one tree to another; files that git does not know, and ignored ones, survive.

    A move that was killed half way is taken up by the same call.

    Raises:
        FlowctlError: An edit, or a file that git does not know, is in the way. Nothing was moved.
    """
    # touched without a change is no edit; 1: something is one, which read-tree judges better
    runner.run("update-index", "-q", "--refresh", allow=(0, 1))
    try:
        runner.run("read-tree", "-m", "-u", old, new)
    except FlowctlError as error:
        if not _IN_THE_WAY.search(error.message):
            raise
        _move_the_rest(runner, objects, index, old, new)


def _move_the_rest(runner: Runner, objects: Objects, index: Path, old: str, new: str) -> None:
    """Moves what is not yet as in `new`, after a rehearsal on a copy of the index."""
    done = _done(runner, objects, changed_paths(runner, old, new), new)
    with work_folder() as name:
        rehearsal = Path(name, "index")
        shutil.copy2(index, rehearsal)
        for options, env in (("--dry-run", _index(rehearsal)), ("--quiet", {})):
            set_entries(runner, done, env=env)
            runner.run("update-index", "-q", "--refresh", env=env, allow=(0, 1))
            _read_tree(runner, options, old, new, env)


def _read_tree(runner: Runner, option: str, old: str, new: str, env: Mapping[str, str]) -> None:
    try:
        runner.run("read-tree", option, "-m", "-u", old, new, env=env)
    except FlowctlError as error:
        if found := _IN_THE_WAY.search(error.message):
            raise in_the_way([found[1] or found[2]]) from error
        raise


def _done(runner: Runner, objects: Objects, paths: Iterable[str], new: str) -> list[tuple[str, Entry]]:
    """The files that are already as in `new`: what a killed move has done, or the user by hand."""
    wanted = entries(objects, new)
    there = [path for path in paths if path in wanted and _is_hashable(path) and _is_plain_file(runner.folder / path)]
    names = "".join(f"{path}\n" for path in there).encode("utf-8", "surrogateescape")
    ids = runner.run("hash-object", "--stdin-paths", stdin=names).line.splitlines()
    return [(path, wanted[path]) for path, found in zip(there, ids, strict=True) if found == wanted[path].id]


def _is_hashable(path: str) -> bool:
    """False for the few names that `hash-object` cannot be told on its stdin; such a file counts as an edit."""
    return "\n" not in path and not path.startswith('"')


def unlike(runner: Runner, objects: Objects, paths: Sequence[str], tree: str) -> list[str]:
    """Those of the paths whose files on disk are not as in the tree: what would be lost by moving there."""
    wanted = entries(objects, tree)
    alike = {path for path, _ in _done(runner, objects, paths, tree)}
    return [path for path in paths if path not in alike and (path in wanted or os.path.lexists(runner.folder / path))]


def _is_plain_folder(path: Path) -> bool:
    """True where a file that git knows has become a folder; a submodule is a folder by nature."""
    return path.is_dir() and not path.is_symlink() and not (path / ".git").exists()


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def other_worktree_of(runner: Runner, branch: str) -> str | None:
    """The folder of another work tree that has the branch checked out; two on one branch undo each other's saves."""
    for block in runner.run("worktree", "list", "--porcelain", "-z").line.split("\0\0"):
        lines = block.split("\0")
        folder = lines[0].removeprefix("worktree ")
        if f"branch refs/heads/{branch}" in lines and Path(folder).resolve() != runner.folder:
            return folder
    return None


def changed_paths(runner: Runner, a: str, b: str) -> tuple[str, ...]:
    return tuple(runner.run("diff-tree", "-r", "-z", "--no-renames", "--name-only", a, b).fields)


def in_the_way(paths: Sequence[str]) -> FlowctlError:
    shown = ", ".join(f"`{path}`" for path in paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
    return FlowctlError(
        f"unsaved edits are in the way: {shown}",
        hint='`flowctl save -m "what changed"` keeps them; or move the files away',
    )


def _index(path: Path) -> dict[str, str]:
    return {"GIT_INDEX_FILE": str(path)}
