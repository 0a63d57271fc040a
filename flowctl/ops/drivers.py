"""`git`: makes git itself merge and show the files of a workspace by meaning, in this clone.

git learns of a driver in two places: its settings say which program to call, attributes say for which files. Both are
written where only this clone reads them. A workspace may say the attributes in its `.gitattributes` as well; to who has
not installed the drivers they mean nothing.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence

from flowctl import __version__
from flowctl.data import dataclass
from flowctl.ops.branch import at_work
from flowctl.ops.workspace import Workspace

NAME = "flowctl"
PROGRAM = "flowctl-git"
MERGE = f"merge.{NAME}.driver"
SHOW = {f"diff.{NAME}.textconv": "textconv", f"diff.{NAME}.command": "diff"}
FILES = ("flows/**/*.yaml", "flows/**/*.csv")
SAMPLES = ("flows/lead.yaml", "flows/rosters/sdr.yaml", "flows/fixtures/lead/sdr.yaml", "flows/tables/regions.csv")
ATTRIBUTES = ("merge", "diff")
HEAD = "# flowctl git install: merged and shown by meaning; `flowctl git uninstall` takes these lines out"
BLOCK = "\n".join([HEAD, *(f"{files} merge={NAME} diff={NAME}" for files in FILES)])
TIMEOUT_SECONDS = 20.0  # for a program to say its version; it takes a tenth of one


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that has to be in order: what it is, how it is, and what is wrong with it (None: nothing)."""

    what: str
    state: str
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Drivers:
    """How the drivers of a clone are; `changed` by the command that says so."""

    points: tuple[Point, ...]
    changed: bool = False

    @property
    def is_in_order(self) -> bool:
        return all(point.wrong is None for point in self.points)

    @property
    def is_absent(self) -> bool:
        """Whether git knows no driver; the workspace may still name files for one."""
        return all(point.wrong == ABSENT for point in self.points if point.what != FILES_NAMED)


ABSENT, FILES_NAMED = "not installed", "files"


def settings(program: Sequence[str]) -> dict[str, str]:
    """git's settings for a program that is called by these words."""
    call = shlex.join(program)
    return {
        f"merge.{NAME}.name": "flows, rosters, tables and fixtures by meaning",
        MERGE: f"{call.replace('%', '%%')} merge %O %A %B %P %L",
        f"merge.{NAME}.recursive": "binary",  # a base that is made of several must not hold marks of a conflict
        **{name: f"{call} {verb}" for name, verb in SHOW.items()},
    }


def install(ws: Workspace, program: Sequence[str]) -> Drivers:
    """Sets the drivers up in this clone; what is in order already stays untouched.

    Args:
        program: The words by which git calls `flowctl-git`, an absolute path first.
    """
    with at_work(ws, "git install"):
        local, wanted = ws.git.local, settings(program)
        before = {name: local.setting(name) for name in wanted}
        text = local.attributes()
        after = text if _is_said(ws) else _with_block(text)
        local.put(wanted)
        if after != text:
            local.put_attributes(after)
    return Drivers(check(ws).points, changed=before != wanted or after != text)


def uninstall(ws: Workspace) -> Drivers:
    """Takes back what `install` did, and nothing else."""
    with at_work(ws, "git uninstall"):
        local, ours = ws.git.local, settings(("",))
        is_set = any(local.setting(name) is not None for name in ours)
        text = local.attributes()
        after = _without_block(text)
        local.put(dict.fromkeys(ours))
        if after != text:
            local.put_attributes(after)
    return Drivers(check(ws).points, changed=is_set or after != text)


def check(ws: Workspace) -> Drivers:
    """What of the drivers is in order. The program is started, to see that it is there and can be run."""
    return Drivers((*_programs(ws), _files(ws)))


def _programs(ws: Workspace) -> Iterator[Point]:
    seen: dict[tuple[str, ...], tuple[str, str | None]] = {}
    for what, name, last in (
        ("merge", MERGE, "merge %O %A %B %P %L"),
        *((verb, name, verb) for name, verb in SHOW.items()),
    ):
        value = ws.git.local.setting(name)
        if value is None:
            yield Point(what, "is not set", ABSENT)
            continue
        words = _called(value, last)
        if words is None:
            yield Point(what, value, f"`{name}` is not what `flowctl git install` sets")
            continue
        if words not in seen:
            seen[words] = shlex.join(words), _fault(words)
        yield Point(what, *seen[words])


def _called(value: str, last: str) -> tuple[str, ...] | None:
    """The words by which a setting calls the program; None when it is none of ours."""
    call = value.removesuffix(f" {last}")
    try:
        words = tuple(shlex.split(call.replace("%%", "%") if "%O" in last else call))
    except ValueError:
        return None
    return words if call != value and words else None


def _fault(words: Sequence[str]) -> str | None:
    """Why a program cannot be used; None when it can."""
    try:
        done = subprocess.run([*words, "--version"], capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    except FileNotFoundError:  # the program, or the python that its first line names
        return "that program, or the python that it runs in, is gone"
    except (OSError, subprocess.TimeoutExpired):
        return "that program cannot be started"
    said = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode or not said.startswith(f"{PROGRAM} "):
        return "that program does not answer as `flowctl-git`"
    version = said.removeprefix(f"{PROGRAM} ")
    return None if version == __version__ else f"that is flowctl {version}, this is {__version__}"


def _files(ws: Workspace) -> Point:
    found = ws.git.local.attributes_of(SAMPLES, ATTRIBUTES)
    if not any(value == NAME for value in found.values()):
        return Point(FILES_NAMED, "are not named", ABSENT)
    others = sorted({f"{name}={value}" for (_, name), value in found.items() if value != NAME})
    where = "in .git/info/attributes" if _has_block(ws.git.local.attributes()) else "in .gitattributes"
    wrong = f"another line has them as {', '.join(others)}" if others else None
    return Point(FILES_NAMED, f"{' and '.join(FILES)}, {where}", wrong)


def _is_said(ws: Workspace) -> bool:
    """Whether all files are named already: by an earlier `install`, or in the workspace's own `.gitattributes`."""
    return all(value == NAME for value in ws.git.local.attributes_of(SAMPLES, ATTRIBUTES).values())


_OURS = re.compile(rf"(?m)^{re.escape(HEAD)}(?:\n[^\n]* merge={NAME} diff={NAME}$)*")


def _has_block(text: str) -> bool:
    return _OURS.search(text) is not None


def _with_block(text: str) -> str:
    """The attributes with our lines last, where they outweigh others; a last line without an end keeps having none."""
    rest = _without_block(text)
    return f"{rest}\n{BLOCK}" if rest and not rest.endswith("\n") else f"{rest}{BLOCK}\n"


def _without_block(text: str) -> str:
    found = _OURS.search(text)
    if found is None:
        return text
    before, after = text[: found.start()], text[found.end() :]
    return before + after[1:] if after else before.removesuffix("\n")
