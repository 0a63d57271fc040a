"""Names that reach git from outside: refs, versions and paths, checked before git sees them."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from flowctl.diag import FlowctlError

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# git-check-ref-format(1), without its one-level and refspec forms
_BAD_REF = re.compile(r"\.\.|[\x00-\x20\x7f~^:?*\[\\]|@\{|//|/\.|^\.|[/.]$|\.lock(?:/|$)|/-|^-")
_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def check_version(name: str) -> str:
    """The name itself, when git may be asked what it stands for.

    Raises:
        FlowctlError: It is empty, begins with `-` (git would take it for an option) or holds control characters.
    """
    if not name or name.startswith("-") or _CONTROL.search(name):
        raise FlowctlError(
            f"{_shown(name)} is not a version",
            hint="name a draft, an environment, a date, a branch, a tag or a commit; none begins with `-`",
        )
    return name


def check_ref(ref: str) -> str:
    """The full ref itself (`refs/heads/main`, `HEAD`).

    Raises:
        FlowctlError: git would not take it as the name of a ref, or a part of it begins with `-`.
    """
    if ref != "HEAD" and (not ref.startswith("refs/") or _BAD_REF.search(ref)):
        raise FlowctlError(
            f"{_shown(ref)} cannot be the name of a branch or tag", hint="use letters, digits, `-`, `/`, `.`"
        )
    return ref


def check_object(object_id: str) -> str:
    assert _OBJECT.fullmatch(object_id), (
        "refs are moved to full object ids only, never to names that may move meanwhile"
    )
    return object_id


def tree_path(path: str) -> str:
    """A path as git's trees spell it: relative to the top, `/` between the parts; empty for the top itself.

    Raises:
        FlowctlError: It leaves the top, is absolute, enters `.git` or holds control characters.
    """
    parts = [part for part in PurePosixPath(path).parts if part != "."]
    if path.startswith("/") or _CONTROL.search(path) or any(_is_foreign(part) for part in parts):
        raise FlowctlError(
            f"{_shown(path)} is not a path inside the workspace", hint="name a file below the workspace's top folder"
        )
    return "/".join(parts)


def inside(root: Path, path: str | os.PathLike[str]) -> str:
    """The file's path in git's spelling; relative paths count from `root`, which has no symlinks in it.

    Raises:
        FlowctlError: The path, or the file that a symlink on its way leads to, is outside `root` or in `.git`.
    """
    name = os.fspath(path)
    if _CONTROL.search(name):
        raise FlowctlError(f"{_shown(name)} holds control characters", hint="rename the file")
    written = Path(os.path.normpath(root / name))
    real = _resolved(root / name)
    if not real.is_relative_to(root):
        raise FlowctlError(f"`{name}` leads out of the workspace `{root}`", hint="name a file inside the workspace")
    return tree_path((written if written.is_relative_to(root) else real).relative_to(root).as_posix())


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: how Python 3.11 reports a loop of symlinks
        raise FlowctlError(f"`{path}` cannot be followed: it is a loop of symlinks or cannot be read") from error


def _is_foreign(part: str) -> bool:
    return part == ".." or part.casefold() == ".git"


def _shown(name: str) -> str:
    return f"`{_CONTROL.sub('?', name)[:100]}`"
