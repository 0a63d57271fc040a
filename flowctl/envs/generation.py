"""What runs, as files: numbered generations, and a link that says which of them is live.

A generation is written whole and made durable before the link is turned to it, and the link is turned by a rename, so
that there is no moment in which a reader, or a machine that comes up again, finds half of one.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from flowctl.diag import FlowctlError

LINK = "live"
FOLDER = "generations"
_NEXT = "live.next"  # the new link, before it takes the old one's place
_NUMBER = re.compile(r"\d{4,9}")


def live(root: Path) -> Path | None:
    """The folder of the generation that is live; None before the first deploy.

    Raises:
        FlowctlError: The link is none of ours.
    """
    try:
        target = os.readlink(root / LINK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _damaged(root, "is no link to a generation") from error
    folder, _, number = target.partition("/")
    if folder != FOLDER or not _NUMBER.fullmatch(number):
        raise _damaged(root, "leads out of the environment")
    if not (root / target).is_dir():
        raise _damaged(root, "leads to nothing")
    return root / target


def files(root: Path) -> dict[str, bytes]:
    """The files that are live, by their paths inside the generation; all of one generation.

    Raises:
        FlowctlError: There is a link among them, which could show a file from anywhere.
        OSError: They cannot be read.
    """
    while True:
        generation = live(root)
        if generation is None:
            return {}
        try:
            found = _files(generation)
        except FileNotFoundError:
            if live(root) == generation:
                raise
            continue
        if live(root) == generation:  # else the next deploy but one may have removed some of it meanwhile
            return found


def _files(generation: Path) -> dict[str, bytes]:
    found = {}
    for folder, folders, names in os.walk(generation, onerror=_not_skipped):
        for name in (*folders, *names):
            path = Path(folder, name)
            if name.startswith(".#"):  # Emacs keeps such a link beside a file that somebody is editing
                continue
            if path.is_symlink():
                raise FlowctlError(f"`{path}` is a link", hint="an environment holds files: put the file there itself")
            if path.is_file():
                found[path.relative_to(generation).as_posix()] = path.read_bytes()
    return found


def _not_skipped(error: OSError) -> None:
    """A folder that cannot be listed is an error; without its files the parts in it would seem removed."""
    raise error


def _damaged(root: Path, what: str) -> FlowctlError:
    hint = f"turn it to the newest folder of `{root / FOLDER}`, or remove it to begin empty"
    return FlowctlError(f"`{root / LINK}` {what}", hint=hint)


def write(root: Path, contents: Mapping[str, bytes]) -> Path:
    """A new generation with these files, durable and not live yet.

    Raises:
        OSError: It could not be written whole; `sweep` removes what there is.
    """
    last = max(map(_number, _generations(root)), default=0)
    generation = root / FOLDER / f"{last + 1:04d}"
    for path, content in contents.items():
        target = generation / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    for folder, _, _ in os.walk(generation, topdown=False):
        _sync(Path(folder))
    _sync(root / FOLDER)
    return generation


def turn_to(root: Path, generation: Path) -> None:
    """Makes a generation live. The rename is the deed: should the disk fail after it, the generation is live."""
    link = root / _NEXT
    link.unlink(missing_ok=True)
    link.symlink_to(f"{FOLDER}/{generation.name}")
    os.replace(link, root / LINK)
    _sync(root)


def replace(path: Path, content: bytes) -> None:
    """Puts a file in the place of another one, durably; killed at any moment it leaves the old one or the new.

    Raises:
        OSError: It could not be written whole; the old one is there.
    """
    new = path.with_name(f"{path.name}.next")
    try:
        with new.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError:
        with suppress(OSError):
            new.unlink()
        raise
    _sync(path.parent)


def sweep(root: Path) -> None:
    """Removes all generations but the live one and the one before it, and what a deploy that was killed left behind.

    What cannot be removed stays until the next time: it is in nobody's way.
    """
    now = live(root)
    with suppress(OSError):
        all_ = _generations(root)
        before = [path for path in all_ if now is not None and _number(path) < _number(now)]
        for path in all_:
            if path not in (now, *before[-1:]):
                shutil.rmtree(path, ignore_errors=True)
        (root / _NEXT).unlink(missing_ok=True)


def _generations(root: Path) -> list[Path]:
    """All generations, oldest first."""
    folder = root / FOLDER
    found = [path for path in folder.iterdir() if _NUMBER.fullmatch(path.name)] if folder.exists() else []
    return sorted(found, key=_number)


def _number(generation: Path) -> int:
    return int(generation.name)


def _sync(folder: Path) -> None:
    """Makes the names in a folder durable; syncing a file does not."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
