"""Finds or makes a repository. A plain one is found at once; GitPython, which costs 0.1 s, knows all the others."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from flowctl.diag import FlowctlError
from flowctl.history.command import INSTALL, NOT_FOUND, Runner, executable, hook_variables_hidden
from flowctl.history.repository import Repository


def open_repository(path: Path) -> Repository:
    """The repository that `path` lies in.

    Raises:
        FlowctlError: There is none, it has no work tree, or git is not installed.
    """
    _require_git()
    folder = path.resolve()
    plain = _plain(folder)
    return Repository(plain, plain / ".git", plain / ".git") if plain else _any(path, folder)


def _plain(folder: Path) -> Path | None:
    """The work tree that a folder lies in, where git's own folder is an ordinary one below its top."""
    for top in (folder, *folder.parents) if folder.exists() else ():
        own = top / ".git"
        if own.is_dir() and not own.is_symlink():
            return top if _is_ordinary(own) else None
        if os.path.lexists(own) or (top / "HEAD").exists():
            return None
    return None


def _is_ordinary(own: Path) -> bool:
    """Whether all that git keeps is below its own folder, and no setting says that the work tree is elsewhere."""
    try:
        settings, head = (own / "config").read_bytes(), (own / "HEAD").read_bytes()
    except OSError:
        return False
    places = [found.replace(b" ", b"") for found in re.findall(rb"(?i)\bbare\b.*|include|worktree", settings)]
    is_whole = (own / "objects").is_dir() and (own / "refs").is_dir() and not os.path.lexists(own / "commondir")
    return is_whole and places == [b"bare=false"] and bool(re.match(rb"ref: refs/|[0-9a-f]{40}", head))


def _any(path: Path, folder: Path) -> Repository:
    import git

    try:
        with hook_variables_hidden():
            # expand_vars: a folder may be called `$HOME`
            found = git.Repo(folder, search_parent_directories=True, expand_vars=False)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError) as error:
        raise FlowctlError(
            f"`{path}` is not in a git repository", hint="`flowctl init my-routing` makes one"
        ) from error
    with found:
        if found.working_tree_dir is None:
            raise FlowctlError(f"`{path}` is a bare repository, without files to work on", hint="`git clone` it first")
        root, own, common = (
            Path(place).resolve() for place in (found.working_tree_dir, found.git_dir, found.common_dir)
        )
    return Repository(root, own, common)


def create_repository(path: Path) -> Repository:
    """A new repository on the branch `main`, without a commit. Makes the folder; files in it stay, unsaved.

    Raises:
        FlowctlError: There is one already, or the folder cannot be made.
    """
    _require_git()
    if (path / ".git").exists():
        raise FlowctlError(f"`{path}` is a git repository already", hint="name a new folder")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FlowctlError(f"cannot make the folder `{path}`: {error.strerror}") from error
    Runner(path.resolve()).run("init", "--quiet", "--initial-branch=main")
    return open_repository(path)


def _require_git() -> None:
    if shutil.which(executable()) is None:
        raise FlowctlError(NOT_FOUND, hint=INSTALL)
