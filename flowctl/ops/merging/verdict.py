"""Whether merge commits hold what flowctl would have made of their sides. Hosts and plain git merge lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.diff import MergedFiles, Side, merge_text
from flowctl.history import CommitInfo
from flowctl.ops.content import base_files, says_the_same, unmanaged
from flowctl.ops.merging.disputes import address_of
from flowctl.ops.merging.files import Files, Place, merge_all
from flowctl.ops.merging.sides import called_as_ours, draft_at, past
from flowctl.ops.workspace import Workspace


@dataclass(frozen=True, slots=True)
class MergeVerdict:
    """Whether a merge commit agrees with its sides; if not, `differing` are the places, as `file:path`."""

    commit: str
    agrees: bool
    differing: tuple[str, ...]


def verify_merges(ws: Workspace, draft_tip: str, main: str) -> tuple[MergeVerdict, ...]:
    """Makes the merges of a draft anew, newest first, and compares. Those that `main` has already are left out.

    How people settled a conflict is theirs; what differs outside of conflicts is told. Parts are compared by what they
    say, other files by their bytes.
    """
    return tuple(_verdict(ws, info, main) for info in _own_merges(ws, draft_tip, main))


def _own_merges(ws: Workspace, tip: str, main: str) -> Iterator[CommitInfo]:
    """The merges on a draft's own line."""
    at: str | None = tip
    while at and not ws.git.is_ancestor(at, main):
        info = ws.git.commit_info(at)
        if len(info.parents) == 2:
            yield info
        at = next(iter(info.parents), None)


def _verdict(ws: Workspace, info: CommitInfo, main: str) -> MergeVerdict:
    mine, yours = info.parents
    ours, theirs, actual = (unmanaged(ws.git.files(version)) for version in (mine, yours, info.id))
    base = _base(ws, mine, yours, main)
    if base is None:
        return MergeVerdict(info.id, False, ())
    if (draft := draft_at(ws, mine, main)) and not ws.git.is_ancestor(yours, main):
        theirs = called_as_ours(base, theirs, draft_at(ws, yours, main), draft)
    merged = merge_all(base, ours, theirs)
    places = [(path, decision.path) for path, decision in merged.conflicts]
    with_ours: dict[Place, Side] = dict.fromkeys(places, "ours")
    settled = merge_all(base, ours, theirs, take=with_ours) if places else merged
    differing = tuple(_differing(_after(ours, settled), actual, places))
    return MergeVerdict(info.id, not differing, differing)


def _base(ws: Workspace, ours: str, theirs: str, main: str) -> Files | None:
    """What both sides come from: for a merge of live, what the draft's record said then."""
    if ws.git.is_ancestor(theirs, main) and (draft := draft_at(ws, ours, theirs)):
        try:
            return base_files(past(ws, theirs), draft)
        except FlowctlError:  # a clone without tags
            pass
    origin = ws.git.merge_base(ours, theirs)
    return unmanaged(ws.git.files(origin)) if origin else None


def _after(ours: Files, merged: MergedFiles) -> dict[str, bytes]:
    return {path: data for path, data in {**ours, **merged.files}.items() if data is not None}


def _differing(expected: Files, actual: Files, settled: Iterable[Place]) -> Iterator[str]:
    for path in sorted({*expected, *actual}):
        if not says_the_same(path, expected.get(path), actual.get(path)):
            by_people = [address for file, address in settled if file == path]
            for address in _places(path, expected.get(path), actual.get(path)):
                if not any(_overlap(address, other) for other in by_people):
                    yield address_of((path, address))


def _places(path: str, expected: bytes | None, actual: bytes | None) -> list[str]:
    """The addresses at which two states of a file differ; `` where it is one of them alone, or cannot be read."""
    if expected is None or actual is None:
        return [""]
    try:
        merged = merge_text(path, expected.decode(), expected.decode(), actual.decode())
    except UnicodeDecodeError:
        return [""]
    return [decision.path for decision in merged.decisions] or [""]


def _overlap(a: str, b: str) -> bool:
    """Whether one of two addresses is the other, or lies below it."""
    return not a or not b or a == b or a.startswith(f"{b}/") or b.startswith(f"{a}/")
