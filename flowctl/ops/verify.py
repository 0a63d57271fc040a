"""`verify`: digests, records, tags and environments agree."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow import changed
from flowctl.ops.approvals import SignOff, read_sign_off
from flowctl.ops.content import adopted_parts, changes_of
from flowctl.ops.drift import Drift, applied_release, drift_of
from flowctl.ops.records import Release
from flowctl.ops.workspace import LIVE, Workspace, release_ref


@dataclass(frozen=True, slots=True)
class Verified:
    """What was compared, how often, and what does not agree, in words."""

    releases: int
    drafts: int
    environments: int
    disagreements: tuple[str, ...]


def verify(ws: Workspace) -> Verified:
    """Recomputes every digest and plan id, and compares records, tags, pointers, drafts and environments."""
    releases = ws.releases()
    drafts = ws.drafts()
    found = [*_releases(ws, releases), *_tags(ws), *_pointer(ws), *_drafts(ws), *_sign_offs(ws), *_environments(ws)]
    return Verified(len(releases), len(drafts), len(ws.config.environments), tuple(found))


def _releases(ws: Workspace, releases: tuple[Release, ...]) -> Iterator[str]:
    tags = ws.tags()
    for release in releases:
        if release.id != release.plan:
            yield f"{release.path}: the record is not what its plan `{release.plan[:19]}` bound"
        commit = tags.get(f"{release.environment}/{release.release}")
        if commit is None:
            if release is releases[-1]:
                yield f"release {release.release} is pending: it has no tag"
            else:
                yield f"release {release.release} has no tag `live/{release.environment}/{release.release}`"
            continue
        there = ws.bundle(commit)
        wrong = [move.part for move in release.parts if there.digests.get(move.part) != move.to]
        if wrong:
            yield f"release {release.release}: its tag has other content for {', '.join(wrong)}"
        if ws.pointer(release.environment, commit).digests != there.digests:
            yield f"release {release.release}: its tag's pointer does not fit its parts"


def _tags(ws: Workspace) -> Iterator[str]:
    known = {f"{LIVE}/{id_}" for id_ in ws.release_ids()}
    for tag in ws.tags():
        if tag not in known:
            yield f"the tag live/{tag} has no release on `main`"


def _pointer(ws: Workspace) -> Iterator[str]:
    pointer = ws.pointer()
    differ = changed(pointer.digests, ws.bundle())
    if differ:
        yield f"{pointer.path} does not fit the parts on `main`: {', '.join(differ)}"
    ids = set(ws.release_ids())
    for part, standing in pointer.parts.items():
        if standing.release not in ids:
            yield f"{pointer.path}: {part} names the release {standing.release}, which has no record"


def _drafts(ws: Workspace) -> Iterator[str]:
    for draft in ws.drafts():
        commit = ws.git.resolve(release_ref(draft.base.release))
        if commit is None:
            yield f"{draft.path}: its base {draft.base.release} has no tag"
        elif differ := [part for part in adopted_parts(ws, draft) if part not in changes_of(ws, draft).parts]:
            yield f"{draft.path}: its base is not release {draft.base.release} in {', '.join(differ)}"


def _sign_offs(ws: Workspace) -> Iterator[str]:
    for path, text in ws.git.files(ws.main, SignOff.folder).items():
        if read_sign_off(path, text) is None:
            yield f"{path}: no approval of the plan and the person that it is named after; it counts nothing"


def _environments(ws: Workspace) -> Iterator[str]:
    for name in ws.config.environments:
        try:
            drift = drift_of(ws, name)
        except FlowctlError as error:
            yield f"{name}: {error.message}{f'; {error.hint}' if error.hint else ''}"
            continue
        yield from _environment(ws, drift)


def _environment(ws: Workspace, drift: Drift) -> Iterator[str]:
    if drift.half_done and drift.reached:
        yield f"the promotion {drift.half_done} was cut off after it reached `main`: the next command finishes it"
    elif drift.half_done:
        yield f"{drift.environment} runs {drift.half_done}, which never reached `main`: the next command undoes it"
    if drift.parts:
        yield f"{drift.environment} was changed by hand: {', '.join(drift.parts)}"
    receipt = drift.live.receipt
    if drift.environment == LIVE and drift.is_clean and (receipt is None or receipt.release != applied_release(ws)):
        names = receipt.release if receipt else "no release"
        yield f"{LIVE} runs what `main` says, but its receipt names {names}: it was tampered with"
