"""The past of a file: its states from what is being looked at back to the first release, newest first.

A state is told from its neighbours by what git calls its content, so that of five hundred releases only those are read
that changed the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from flowctl.data import dataclass
from flowctl.history import CommitInfo
from flowctl.ops.records import Draft
from flowctl.ops.versions import Version
from flowctl.ops.workspace import LIVE, Workspace

SHA1 = 40  # digits of an object's id; more in a repository that uses SHA-256


@dataclass(frozen=True, slots=True)
class State:
    """A file in one version; `data` is None where it is not there.

    `release` is None for what has not shipped: then `title` is what it is called, `draft` the id of the draft, if it
    is one. `commit` is the release's, or the draft's newest.
    """

    title: str
    release: str | None
    draft: str | None
    commit: str | None
    data: bytes | None


def releases_back(ws: Workspace, newest: str | None = None) -> list[tuple[str, str]]:
    """The ids and commits of the releases, newest first, from one of them on. A pending one is on `main` alone."""
    tags, ids = ws.tags(), ws.release_ids()
    if newest in ids:
        ids = ids[: ids.index(newest) + 1]
    commits = {id_: tags.get(f"{LIVE}/{id_}") for id_ in ids}
    if ids and ids[-1] == ws.release_ids()[-1] and commits[ids[-1]] is None:
        commits[ids[-1]] = ws.main
    return [(id_, commit) for id_ in reversed(ids) if (commit := commits[id_])]


def states(ws: Workspace, version: Version, path: str) -> Iterator[State]:
    """The states of a file, each unlike the next: first as the version has it, then as the releases before it.

    A release stands for its content, by whatever name its version was found. Of a draft, the releases begin at its
    base where it has a content of its own, since it may not have taken in what shipped later.
    """
    releases = releases_back(ws, version.label.removeprefix("release "))
    found = ws.git.ids([commit for _, commit in releases], path)
    past = [(id_, commit, blob) for (id_, commit), blob in zip(releases, found, strict=True)]
    data = version.files.get(path)
    own = _first_with(past, data)
    draft = draft_called(ws, version.label) if own != 0 else None
    if draft:
        yield State(version.label, None, draft.draft, ws.tip(draft), data)
        own = next((n for n, (id_, _, _) in enumerate(past) if id_ == draft.base.release), 0)
    elif own is None:
        yield State(version.label, None, None, None, data)
    past = past[own or 0 :]
    for n, (id_, commit, blob) in enumerate(past):
        if n + 1 == len(past) or past[n + 1][2] != blob:
            yield State(id_, id_, None, commit, ws.git.contents([blob])[0] if blob else None)


def _first_with(past: Sequence[tuple[str, str, str | None]], data: bytes | None) -> int | None:
    """The place of the newest release that has this content; None when none has it."""
    blobs = [blob for _, _, blob in past]
    wanted = None if data is None else blob_id(data, next(filter(None, blobs), ""))
    return blobs.index(wanted) if wanted in blobs else None


def blob_id(data: bytes, like: str) -> str:
    """What git calls a content; `like` is another id, which tells by its length how the repository makes them."""
    digest = hashlib.sha256() if len(like) > SHA1 else hashlib.sha1(usedforsecurity=False)
    digest.update(b"blob %d\0" % len(data) + data)
    return digest.hexdigest()


def draft_called(ws: Workspace, title: str) -> Draft | None:
    """The open draft of a version's name; the one that is checked out first, where two have it."""
    here = ws.current_draft()
    drafts = [*([here] if here else []), *ws.drafts()]
    return next((draft for draft in drafts if draft.title == title), None)


def saves(ws: Workspace, commits: Mapping[str, CommitInfo], tip: str, draft: str) -> tuple[CommitInfo, ...]:
    """The commits of a draft's own branch, newest first, down to the one that it was made upon.

    Where a squash or a shallow clone has lost them, there are none.
    """
    chain: list[CommitInfo] = []
    here = commits.get(tip)
    while here is not None:
        chain.append(here)
        here = commits.get(here.parents[0]) if here.parents else None
        if len(chain) % 16 == 0 or here is None:
            has = ws.git.ids([commit.id for commit in chain], f"drafts/{draft}.yaml")
            if None in has:
                return tuple(chain[: has.index(None) + 1])
    return ()


def all_commits(ws: Workspace, tip: str) -> dict[str, CommitInfo]:
    """The commits that lead to one, by id."""
    return {commit.id: commit for commit in ws.git.log(version=tip)}
