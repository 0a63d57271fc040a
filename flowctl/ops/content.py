"""What a draft changes, and what live becomes with it.

Freshness is per file: a draft is stale only where live has changed what the draft changes too, by what the files say.
A draft's content is live's files with the draft's changed ones put in, so that a roster that shipped on Tuesday is
neither undone by Friday's draft nor makes it stale. What of a draft has gone ahead of the rest (`plan --only`) is the
draft's base from then on; that is told by the releases on `main`, so that nothing has to be written into the draft.
"""

from __future__ import annotations

from collections.abc import Mapping

from flowctl.data import dataclass
from flowctl.flow import Bundle, changed, content_digest, part_of, path_of
from flowctl.ops.records import Draft
from flowctl.ops.workspace import MANAGED, Workspace, bundle_from, release_ref


@dataclass(frozen=True, slots=True)
class Changes:
    """What a draft does to live.

    `files` are the bytes to put in by path, None to remove; `parts` the parts whose content differs from live's
    after it; `overlaps` what both the draft and live have changed since the draft's base, parts by name and other
    files by path.
    """

    base: Mapping[str, bytes]
    live: Mapping[str, bytes]
    files: Mapping[str, bytes | None]
    overlaps: tuple[str, ...]

    @property
    def after(self) -> dict[str, bytes]:
        """All files once the draft is live."""
        merged = {**self.live, **self.files}
        return {path: data for path, data in merged.items() if data is not None}

    @property
    def before_bundle(self) -> Bundle:
        return bundle_from(self.live)

    @property
    def bundle(self) -> Bundle:
        """All parts once the draft is live."""
        return bundle_from(self.after)

    @property
    def parts(self) -> tuple[str, ...]:
        return changed(self.before_bundle, self.bundle)


def changes_of(ws: Workspace, draft: Draft, *, tip: Mapping[str, bytes] | None = None) -> Changes:
    """What a draft changes; `tip` are its files when they are not those of its branch (unsaved edits)."""
    base = base_files(ws, draft)
    live = unmanaged(ws.git.files(ws.main))
    ours = unmanaged(tip if tip is not None else ws.git.files(ws.tip(draft)))
    return compare(base, live, ours)


def adopted_parts(ws: Workspace, draft: Draft) -> dict[str, str | None]:
    """The parts that a draft took over from production, where they had been changed by hand, with their content
    digests then (None: taken out by hand). Its base has these digests in the places of the release's.
    """
    base, release = draft.base.parts, ws.bundle(release_ref(draft.base.release)).digests
    gone = gone_ahead(ws, draft) if base != release else {}
    return {part: base.get(part) for part in changed(base, release) if path_of(part) not in gone}


def base_files(ws: Workspace, draft: Draft) -> dict[str, bytes]:
    """The files that a draft began from, or last took in; what of it has gone ahead of the rest as it shipped."""
    files = dict(unmanaged(ws.git.files(release_ref(draft.base.release))))
    for path, release in gone_ahead(ws, draft).items():
        applied = ws.git.resolve(release_ref(release))  # while it is pending, `main` alone has it
        data = ws.git.read(applied or ws.main, path)
        files.pop(path, None)
        files |= {path: data} if data is not None else {}
    return files


def gone_ahead(ws: Workspace, draft: Draft) -> dict[str, str]:
    """The files of a draft that have shipped ahead of its rest since its base, with the newest release that did."""
    releases = (ws.release(id_) for id_ in releases_after(ws, draft.base.release))
    mine = [release for release in releases if release and release.only and release.draft == draft.draft]
    paths = ((release, (*(path_of(move.part) for move in release.parts), *release.files)) for release in mine)
    return {path: release.release for release, gone in paths for path in gone}


def releases_after(ws: Workspace, id_: str) -> list[str]:
    """The ids of the releases after one; all, where it is not known."""
    ids = ws.release_ids()
    return ids[ids.index(id_) + 1 :] if id_ in ids else ids


def unmanaged(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that people edit."""
    return {path: data for path, data in files.items() if not path.startswith(MANAGED)}


def compare(base: Mapping[str, bytes], live: Mapping[str, bytes], ours: Mapping[str, bytes]) -> Changes:
    """What `ours` changes of `base`, put upon `live`."""
    files: dict[str, bytes | None] = {}
    overlaps = []
    for path in sorted({*base, *ours}):
        then, now, mine = base.get(path), live.get(path), ours.get(path)
        if mine in (then, now):
            continue
        if now == then:
            files[path] = mine
        elif says_the_same(path, mine, then) or says_the_same(path, mine, now):
            continue  # comments or spacing only: what live says stands as live has it
        elif says_the_same(path, now, then):
            files[path] = _with_comments(path, then, mine, now)
        else:
            files[path] = mine
            overlaps.append(part_of(path) or path)
    return Changes(base, live, files, tuple(overlaps))


def _with_comments(path: str, base: bytes | None, ours: bytes | None, live: bytes | None) -> bytes | None:
    """Our text with live's new comments, where live changed nothing else."""
    if base is None or ours is None or live is None:
        return ours
    from flowctl.diff import merge_text  # few drafts come to this, and every command loads this module

    try:
        merged = merge_text(path, base.decode(), ours.decode(), live.decode())
    except UnicodeDecodeError:
        return ours
    return merged.text.encode() if merged.text is not None and not merged.conflicts else ours


def says_the_same(path: str, a: bytes | None, b: bytes | None) -> bool:
    """Whether two states of a file have the same content: for a part by digest, for other files by bytes."""
    part = part_of(path)
    if a == b or a is None or b is None or part is None:
        return a == b
    before, after = (content_digest(part, data.decode("utf-8", "replace")) for data in (a, b))
    return before == after
