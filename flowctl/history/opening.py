"""Finds or makes a repository. GitPython is loaded here and not before, because it costs 0.1 s."""

from __future__ import annotations

import importlib
from pathlib import Path

from flowctl.diag import FlowctlError
from flowctl.history.command import Runner, hook_variables_hidden
from flowctl.history.repository import Repository


def open_repository(path: Path) -> Repository:
    """The repository that `path` lies in.

    Raises:
        FlowctlError: There is none, it has no work tree, or git is not installed.
    """
    _require_git()
    import git

    try:
        with hook_variables_hidden():
            # expand_vars: a folder may be called `$HOME`
            found = git.Repo(path.resolve(), search_parent_directories=True, expand_vars=False)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError) as error:
        raise FlowctlError(
            f"`{path}` is not in a git repository", hint="`flowctl init my-routing` makes one"
        ) from error
    if found.working_tree_dir is None:
        found.close()
        raise FlowctlError(f"`{path}` is a bare repository, without files to work on", hint="`git clone` it first")
    return Repository(found, Path(found.working_tree_dir).resolve())


def create_repository(path: Path) -> Repository:
    """A new repository on the branch `main`, without a commit. Makes the folder; files in it stay, unsaved.

    Raises:
        FlowctlError: There is one already, or the folder cannot be made.
    """
    _require_git()
    import git

    if (path / ".git").exists():
        raise FlowctlError(f"`{path}` is a git repository already", hint="name a new folder")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FlowctlError(f"cannot make the folder `{path}`: {error.strerror}") from error
    Runner(git.Git(path.resolve()), path.resolve()).run("init", "--quiet", "--initial-branch=main")
    return open_repository(path)


def _require_git() -> None:
    try:
        importlib.import_module("git")  # looks for the program when it is loaded
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError):
            raise
        raise FlowctlError("git was not found", hint="install git 2.39 or newer") from error
