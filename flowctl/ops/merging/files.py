"""All files of a workspace merged: those that flowctl reads by what they say, others as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flowctl.diff import Decision, MergedFiles, Side, merge_files
from flowctl.diff.decisions import THE_FILE
from flowctl.diff.marks import marked_file
from flowctl.ops.workspace import SUFFIXES

Files = Mapping[str, bytes]
Place = tuple[str, str]  # file, and address in it
Three = tuple[bytes | None, bytes | None, bytes | None]  # base, ours, theirs
NOTHING: Mapping[Place, Side] = MappingProxyType({})


def merge_all(base: Files, ours: Files, theirs: Files, *, take: Mapping[Place, Side] = NOTHING) -> MergedFiles:
    """Merges two sides; `take` settles conflicts by file and address.

    Raises:
        FlowctlError: A YAML or CSV file that must be merged is not UTF-8.
    """
    merged = merge_files(*(_read(side) for side in (base, ours, theirs)), take=take)
    files, decisions = dict(merged.files), list(merged.decisions)
    for path in sorted(path for path in {*base, *theirs} if not path.endswith(SUFFIXES)):
        sides = base.get(path), ours.get(path), theirs.get(path)
        if sides[2] not in sides[:2]:
            files[path], decision = _whole(path, sides, take.get((path, "")))
            decisions.append((path, decision))
    return MergedFiles(files, tuple(sorted(decisions, key=lambda made: made[0])))


def _read(files: Files) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if path.endswith(SUFFIXES)}


def _whole(path: str, sides: Three, take: Side | None) -> tuple[bytes | None, Decision]:
    """A file of no kind that flowctl reads, such as a README: what one side changed is taken, what both did is not."""
    base, ours, theirs = sides
    texts = _shown(base), _shown(ours), _shown(theirs)
    if ours == base:
        return theirs, Decision("", THE_FILE, "theirs", "only theirs changed it", *texts, texts[2])
    if take:
        chosen = ours if take == "ours" else theirs
        return chosen, Decision("", THE_FILE, take, "both changed it", *texts, _shown(chosen))
    marked = marked_file(path, *texts)
    return marked.encode(), Decision("", THE_FILE, "conflict", "both changed it", *texts, marked)


def _shown(data: bytes | None) -> str | None:
    """A file as it can be shown beside another one."""
    try:
        return None if data is None else data.decode("utf-8")
    except UnicodeDecodeError:
        return f"{len(data or b''):,} bytes that are no text\n"
