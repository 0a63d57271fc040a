"""`log`: the releases, newest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow import Bundle, part_of, path_of
from flowctl.ops.part_name import known_part
from flowctl.ops.past.states import releases_back
from flowctl.ops.records import Release, in_order
from flowctl.ops.versions import DATE
from flowctl.ops.workspace import FLOWS, Workspace, bundle_from

if TYPE_CHECKING:
    from flowctl.diff import PartDiff

Tick: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A release, and whether it was applied (tagged) or is pending."""

    release: Release
    applied: bool


@dataclass(frozen=True, slots=True)
class Log:
    """Releases, newest first. `changes` gathers what each did to its parts, by its id: that takes reading flows."""

    entries: tuple[LogEntry, ...]
    changes: Callable[[], Mapping[str, tuple[PartDiff, ...]]]


def log(
    ws: Workspace, *, limit: int | None = None, part: str | None = None, since: str | None = None
) -> tuple[LogEntry, ...]:
    """The releases, newest first; with `part`, those that changed it (its name, or its file).

    Args:
        since: A day or a release; the releases before it are left out.

    Raises:
        FlowctlError: There is no such part, and there was none; or `since` is no day.
    """
    tags = ws.tags()
    wanted = known_part(part, _parts(ws)) if part else None
    first = in_order(_day(since)) if since else ("", 0)
    found = (r for r in reversed(ws.releases()) if wanted is None or wanted in [move.part for move in r.parts])
    entries = [LogEntry(r, f"{r.environment}/{r.release}" in tags) for r in found if in_order(r.release) >= first]
    return tuple(entries[:limit])


def _day(word: str) -> str:
    """A day, or a release's id, which begins with one.

    Raises:
        FlowctlError: It is neither.
    """
    try:
        dt.date.fromisoformat(word[:10])
    except ValueError:
        wrong = True
    else:
        wrong = not DATE.match(word)
    if wrong:
        raise FlowctlError(f"`{word}` is no day", hint="as in `--since 2026-11-23`")
    return word


def changes(
    ws: Workspace, entries: Sequence[LogEntry], part: str | None = None, tick: Tick = lambda done, total: None
) -> dict[str, tuple[PartDiff, ...]]:
    """What each of some releases did to its parts, against the release before it, by its id.

    Args:
        part: The only one to look at.
    """
    from flowctl.diff import diff_bundles  # and with it all that reads flows, which a list of releases does not

    wanted = known_part(part, _parts(ws)) if part else None
    releases = dict(releases_back(ws))
    before = dict(pairwise(releases))  # newest first: each with the one that it came after
    found = {}
    for number, entry in enumerate(entries):
        tick(number, len(entries))
        id_ = entry.release.release
        parts = [move.part for move in entry.release.parts if wanted in (None, move.part)]
        versions = (releases.get(before.get(id_, "")), releases.get(id_))
        a, b = (_bundle(ws, version, parts) for version in versions)
        found[id_] = tuple(diff for diff in diff_bundles(a, b) if diff.part in parts)
    return found


def _bundle(ws: Workspace, version: str | None, parts: Sequence[str]) -> Bundle:
    """Some parts of a version, with the headers of tables that are among them; nothing of no version."""
    twins = [part.replace("table/", "header/") for part in parts if part.startswith("table/")]
    paths = [path_of(part) for part in dict.fromkeys([*parts, *twins])]
    return bundle_from(ws.git.files(version, paths) if version and paths else {})


def _parts(ws: Workspace) -> set[str]:
    """The parts that live has, and those that a release has changed, some of which are gone."""
    now = {part for path in ws.git.paths(ws.main, FLOWS) if (part := part_of(path))}
    return now.union(move.part for release in ws.releases() for move in release.parts)
