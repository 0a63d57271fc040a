"""What is to be `main` may change `flows/` only with a release: record, pointer and files have to say the same."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow import changed, part_of, path_of
from flowctl.ops.ci.checkout import TAGS, Checkout, whole
from flowctl.ops.plan import file_digest
from flowctl.ops.records import Pointer, Release, read_record
from flowctl.ops.workspace import FLOWS, LIVE, release_ref


@dataclass(frozen=True, slots=True)
class Released:
    """What a commit holds on top of what is live: releases that nobody has deployed, and what no release brought.

    `live` is the ref of the newest release that was applied; `wrong` are the disagreements, in words.
    """

    live: str
    pending: tuple[Release, ...]
    wrong: tuple[str, ...]


def released(ws: Checkout) -> Released:
    """Holds a commit's files against its releases.

    Raises:
        FlowctlError: No release is known in this clone, or a record cannot be read.
    """
    tags, ids = ws.tags(), ws.release_ids(ws.head)
    applied = [id_ for id_ in ids if f"{LIVE}/{id_}" in tags]
    if not applied:
        raise FlowctlError("no release is known in this clone", hint=whole(TAGS))
    live = release_ref(applied[-1])
    pending = tuple(_record(ws, id_) for id_ in ids if id_ not in applied)
    return Released(live, pending, tuple(dict.fromkeys(_wrong(ws, live, pending))))


def _record(ws: Checkout, id_: str) -> Release:
    path = f"releases/{id_}.yaml"
    return read_record(Release, path, ws.git.read(ws.head, path) or b"")


def _wrong(ws: Checkout, live: str, pending: tuple[Release, ...]) -> Iterator[str]:
    """All that does not agree, the most telling first."""
    here = ws.bundle(ws.head)
    bound = {path_of(move.part) for release in pending for move in release.parts}
    bound |= {path for release in pending for path in release.files}
    parts = [path_of(part) for part in changed(ws.bundle(live), here)]
    others = (path for path in ws.git.changed_paths(live, ws.head) if path.startswith(f"{FLOWS}/"))
    for path in sorted({*parts, *(path for path in others if part_of(path) is None)} - bound):
        yield f"`{path}` changes without a release"
    for part in changed(ws.pointer(version=ws.head).digests, here):
        yield f"`{path_of(part)}` is not what `{Pointer(environment=LIVE).path}` says"
    for release in pending:
        if release.id != release.plan:
            yield f"`{release.path}` is not what was planned"
    if pending:
        yield from _unlike(ws, pending[-1])


def _unlike(ws: Checkout, release: Release) -> Iterator[str]:
    """The files of a release in which a commit is not what its record binds."""
    here, files = ws.bundle(ws.head).digests, ws.git.files(ws.head)
    wrong = [path_of(move.part) for move in release.parts if here.get(move.part) != move.to]
    wrong += [path for path, digest in release.files.items() if file_digest(files.get(path)) != digest]
    for path in wrong:
        yield f"`{path}` is not what `{release.path}` says"
