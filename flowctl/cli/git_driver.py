"""`flowctl-git`: what git calls to merge a file, to show it as text, and to tell how two versions of it differ.

git starts a process for each file, in the middle of a merge, a rebase or a hook. So this loads what it needs and no
more, asks nothing of a repository, and never leaves a file worse than git alone would: what cannot be merged by meaning
is merged as text. `flowctl git install` makes git call it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowctl.diff import Decision
    from flowctl.render.console import Look

PROGRAM = "flowctl-git"
USAGE = """usage: flowctl-git merge BASE OURS THEIRS PATH [SIZE]
       flowctl-git textconv FILE
       flowctl-git diff PATH OLD HEX MODE NEW HEX MODE
git calls it; `flowctl git install` sets that up
"""


class _Later(ModuleType):
    """Stands for a module until somebody uses it: `dataclasses` loads `inspect` for a case that we do not have."""

    def __getattr__(self, name: str) -> object:
        from importlib import import_module

        del sys.modules[self.__name__]
        vars(self).update(vars(import_module(self.__name__)))
        return vars(self)[name]


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    sys.modules.setdefault("inspect", _Later("inspect"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # the pager was left
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def run(args: list[str]) -> int:
    """What one command line does; the exit code."""
    match args:
        case ["merge", base, ours, theirs, path, *size]:
            return merge(base, ours, theirs, path, size[0] if size else "7")
        case ["textconv", file]:
            return textconv(file)
        case ["diff", path, old, _, old_mode, new, _, new_mode, *_]:
            return diff(path, (old, old_mode), (new, new_mode))
        case ["diff", path]:
            sys.stdout.write(f"{path}: not merged yet\n")
            return 0
        case ["--version"]:
            from flowctl import __version__

            sys.stdout.write(f"{PROGRAM} {__version__}\n")
            return 0
    say(USAGE)
    return 64


def say(text: str) -> None:
    """Writes to stderr, where git shows it among its own words."""
    sys.stderr.write(text if text.endswith("\n") else f"{text}\n")


# merge ----------------------------------------------------------------------------------------------------------------


class Unmergeable(Exception):
    """Why a file cannot be merged by meaning, in words."""


def merge(base: str, ours: str, theirs: str, path: str, size: str) -> int:
    """Merges `theirs` into the file `ours`, which is at `path` in the workspace; 1 when something is left to settle."""
    try:
        text, conflicts = merged_by_meaning(base, ours, theirs, path)
        put(ours, text.encode())
    except Unmergeable as why:
        return merged_as_text(base, ours, theirs, path, size, str(why))
    except Exception as error:  # our bug must not stand between people and their merge
        return merged_as_text(base, ours, theirs, path, size, f"a bug in flowctl ({type(error).__name__})")
    if not conflicts:
        return 0
    say("\n".join(told(path, conflicts)))
    return 1


def merged_by_meaning(base: str, ours: str, theirs: str, path: str) -> tuple[str, Sequence[Decision]]:
    """The text of the merged file, and its conflicts.

    Raises:
        Unmergeable: A side cannot be read.
    """
    from flowctl.diff import merge_text

    old, mine, yours = (text_of(file) for file in (base, ours, theirs))
    merged = merge_text(path, old or None, mine, yours, header_beside(path), only_conflicts=True)
    if merged.text is None or any(not conflict.path for conflict in merged.conflicts):
        raise Unmergeable("a side of it cannot be read")
    return merged.text, merged.conflicts


def text_of(file: str) -> str:
    try:
        return bytes_of(file).decode()
    except UnicodeDecodeError as error:
        raise Unmergeable("it is not UTF-8") from error


def bytes_of(file: str) -> bytes:
    with open(file, "rb") as stream:
        return stream.read()


def put(file: str, data: bytes) -> None:
    """Writes a file whole or not at all: where the disk is full, what is merged as text needs our side as it was."""
    with open(f"{file}.new", "wb") as stream:
        stream.write(data)
    os.replace(f"{file}.new", file)


def header_beside(path: str) -> str | None:
    """The header of a table, which says what its rows are known by; git calls us at the top of the work tree."""
    if not path.endswith(".csv"):
        return None
    try:
        return text_of(f"{path.removesuffix('.csv')}.yaml")
    except (OSError, Unmergeable):
        return None


def told(path: str, conflicts: Sequence[Decision]) -> Iterator[str]:
    """What is left to settle, in words, and what to type."""
    import shlex

    places = "1 place" if len(conflicts) == 1 else f"{len(conflicts)} places"
    mark = "#conflict" if path.endswith(".csv") else "conflict:"
    yield f"{path}: {places} changed on both sides, marked with `{mark}` in the file"
    for conflict in conflicts:
        yield f"  {shown(conflict.where)}: {shown(conflict.reason)}"
    yield "keep `ours` or `theirs` of each, like this or in the file:"
    for conflict in conflicts:
        yield f"  flowctl git take ours {shlex.quote(shown(f'{path}:{conflict.path}'))}"


def shown(text: str) -> str:
    from flowctl.render.safe import safe

    return safe(text)


def merged_as_text(base: str, ours: str, theirs: str, path: str, size: str, why: str) -> int:
    """git's own merge, line by line; 1 when it leaves conflicts."""
    import subprocess

    say(f"{path}: merged line by line, as git does it, since {why}")
    names = [word for name in ("ours", "base", "theirs") for word in ("-L", name)]
    done = subprocess.run(["git", "merge-file", "-q", f"--marker-size={size}", *names, ours, base, theirs], check=False)
    return min(done.returncode, 1) if done.returncode >= 0 else 1


# textconv, diff -------------------------------------------------------------------------------------------------------


def textconv(file: str) -> int:
    """Writes a file's facts; the file itself when it cannot be read."""
    data = bytes_of(file)
    sys.stdout.flush()
    sys.stdout.buffer.write(facts_of(file, data))
    return 0


def facts_of(file: str, data: bytes) -> bytes:
    from flowctl.ops.facts import facts

    try:
        found = facts(file, data)
    except Exception:  # `git diff` dies of a driver that does
        found = None
    return data if found is None else found.encode("utf-8", "surrogatepass")


def diff(path: str, old: tuple[str, str], new: tuple[str, str]) -> int:
    """Tells how a file differs, in flowctl's words where it is a part, else fact by fact."""
    before, after = (None if mode == "." else bytes_of(file) for file, mode in (old, new))
    try:
        said = in_words(path, before, after)
    except Exception:  # git dies of a driver that does
        said = None
    lines = [said] if said else list(fact_by_fact(path, before, after))
    if before is not None and after is not None and old[1] != new[1]:
        lines.insert(0, f"{path}: mode {old[1]} is {new[1]} now")
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def in_words(path: str, before: bytes | None, after: bytes | None) -> str | None:
    """The edits as `flowctl diff` tells them; None for a file that is no part, or cannot be read."""
    from flowctl.diff import diff_bundles
    from flowctl.flow import Bundle, part_of
    from flowctl.render.edits import text_of as words

    part = part_of(path)
    if part is None:
        return None
    beside = header_beside(path)
    header = {f"header/{part.partition('/')[2]}": beside} if beside else {}
    sides = [Bundle({**header, **({} if data is None else {part: data.decode()})}) for data in (before, after)]
    found = [one for one in diff_bundles(*sides) if one.part == part]
    if any(one.status == "unreadable" for one in found):
        return None
    return f"{words(found, look(), cosmetic=True)}\n" if found else f"{path}: written differently, says the same\n"


def look() -> Look:
    import os

    from flowctl.render.console import Look

    is_seen = sys.stdout.isatty() or os.environ.get("GIT_PAGER_IN_USE") in ("true", "1")
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Look(100, is_seen and not plain)


def fact_by_fact(path: str, before: bytes | None, after: bytes | None) -> Iterator[str]:
    from difflib import unified_diff

    from flowctl.render.safe import safe

    a, b = (
        [] if data is None else facts_of(path, data).decode("utf-8", "replace").splitlines() for data in (before, after)
    )
    names = ["/dev/null" if data is None else f"{side}/{path}" for side, data in (("a", before), ("b", after))]
    told = list(unified_diff(a, b, names[0], names[1], lineterm=""))
    yield from (safe(line) for line in told or [f"{path}: written differently, says the same"])


if __name__ == "__main__":
    main()
