"""`log`: the releases, as text and data; as Markdown, the changelog of routing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from flowctl.document import Json
from flowctl.flow.kinds import plain_fields
from flowctl.ops.log import Log, LogEntry
from flowctl.ops.records import Release
from flowctl.render.console import Look, count, paragraph, plural
from flowctl.render.lists import blocks, names
from flowctl.render.markdown import code, escaped
from flowctl.render.safe import safe

if TYPE_CHECKING:
    from flowctl.diff import PartDiff

RELEASE, KIND = 14, 10  # columns
MOST = 5  # files that are no parts, and are told by name
WORDS = {"added": "new", "removed": "gone"}
KINDS = {"header": "table header", "settings": "settings of the workspace", "directory": "directory of people"}


def text(log: Log, look: Look) -> str:
    """One paragraph a release. Not a table: laying one out takes longer than reading the records."""
    return "\n".join(_line(entry, look) for entry in log.entries) or "no releases"


def _line(entry: LogEntry, look: Look) -> str:
    r = entry.release
    pending = "" if entry.applied else ", pending"
    moved = f", {r.moved.leads} of {r.moved.of} leads moved" if r.moved else ""
    head = f"{look.paint('strong', r.release.ljust(RELEASE))}{r.kind.ljust(KIND)}"
    said = paragraph(safe(r.title), look.width, head, " " * (RELEASE + KIND))
    return f"{said}\n{' ' * (RELEASE + KIND)}{look.paint('faint', safe(f'{r.who}{_approved(r)}{moved}{pending}'))}"


def _approved(release: Release) -> str:
    """Who approved of it, in words."""
    return f", approved by {names([str(approver) for approver in release.approvals])}" if release.approvals else ""


def data(log: Log) -> dict[str, Json]:
    return {"releases": [plain_fields(entry.release) | {"applied": entry.applied} for entry in log.entries]}


# The changelog ------------------------------------------------------------------------------------------------------


def markdown(log: Log) -> str:
    """A section for each release: who shipped what, what it changed in words, and what was overridden for it."""
    if not log.entries:
        return "No releases."
    changes = log.changes()
    sections = (_section(entry, changes.get(entry.release.release, ())) for entry in log.entries)
    return blocks(*sections)


def _section(entry: LogEntry, diffs: Sequence[PartDiff]) -> str:
    from flowctl.render.edits import markdown_of  # knows every kind of edit: the list of releases needs none

    r = entry.release
    told = [_without_title(diff) for diff in diffs if diff.status not in WORDS or diff.problems]
    return blocks(
        f"## {_title(r)}",
        f"{_by(entry)}.",
        "\n".join([*_beside(r), *_whole(diffs)]),  # a list below that of a part would be read as more of it
        markdown_of(told),
    )


def _title(release: Release) -> str:
    """The release and its title, which mostly begins with the same day."""
    return f"{escaped(release.release)}: {escaped(release.title)}"


def _by(entry: LogEntry) -> str:
    """Of what kind it is, who shipped it, who approved of it, and how many leads it moved."""
    r = entry.release
    ahead = f" (only the {r.only} of the draft)" if r.only else ""
    moved = f"; {r.moved.leads:,} of {r.moved.of:,} fixture leads moved" if r.moved else ""
    pending = "" if entry.applied else "; not live yet"
    return escaped(f"{r.when:%Y-%m-%d %H:%M} UTC, {r.kind}{ahead}, by {r.who}{_approved(r)}{moved}{pending}")


def _without_title(diff: PartDiff) -> PartDiff:
    """The edits but for the new title, which every flow gets from the release, and its section has."""
    from flowctl.diff.edits import HeaderChanged

    edits = tuple(edit for edit in diff.edits if not (isinstance(edit, HeaderChanged) and edit.key == "title"))
    return replace(diff, edits=edits) if edits else diff


def _whole(diffs: Sequence[PartDiff]) -> Iterator[str]:
    """Parts that came or went, a line for each kind: the first release brings dozens."""
    for status, word in WORDS.items():
        parts = [diff.part for diff in diffs if diff.status == status and not diff.problems]
        for kind, group in groupby(sorted(parts), key=lambda part: part.partition("/")[0]):
            found = [part.partition("/")[2] for part in group]
            if kind == "header":  # of a table that came with it, mostly
                found = [name for name in found if f"table/{name}" not in parts]
            if found:
                called = f": {names([code(name) for name in found])}" if found[0] else ""
                yield f"- {word} {KINDS.get(kind, kind) if len(found) == 1 else plural(KINDS.get(kind, kind))}{called}"


def _beside(release: Release) -> Iterator[str]:
    """Files that are no parts, what is barred from then on, what was overridden."""
    if files := list(release.files):
        more = [f"{len(files) - MOST} more"] if len(files) > MOST else []
        yield f"- {count(len(files), 'other file')}: {names([*map(code, files[:MOST]), *more])}"
    if release.bars:
        yield f"- taken back, and barred as it was: {names([code(part) for part in release.bars])}"
    for override in release.overrides:
        yield f"- overridden: {escaped(override)}"
