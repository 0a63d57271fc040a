"""What is merged with what: the two sides, what both come from, and what the draft stands on afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass as ordinary
from dataclasses import replace

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.flow import part_of
from flowctl.ops.clone import based_on, live_base
from flowctl.ops.content import adopted_parts, base_files, unmanaged
from flowctl.ops.merging.files import Files
from flowctl.ops.merging.state import Pending
from flowctl.ops.records import Draft
from flowctl.ops.save import with_title
from flowctl.ops.versions import DATE, find_draft
from flowctl.ops.workspace import Workspace, release_ref


@dataclass(frozen=True, slots=True)
class Names:
    """What people call the two sides, and what both come from."""

    base: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Sides:
    """A merge to be made.

    Args:
        source: What is merged, as it is typed.
        draft: What it is merged into, as its record is before.
        after: As its record is afterwards: what it stands on may be newer.
        commits: Of ours and theirs; the parents of the merge.
        origin: The commit that both come from; None where theirs is live, and the draft's record says what it is.
        base, ours, theirs: The files that people edit, by path.
    """

    source: str
    draft: Draft
    after: Draft
    names: Names
    commits: tuple[str, str]
    origin: str | None
    base: Mapping[str, bytes]
    ours: Mapping[str, bytes]
    theirs: Mapping[str, bytes]

    @property
    def release(self) -> str | None:
        """The release that the draft stands on afterwards, where live is merged."""
        return self.after.base.release if self.origin is None else None

    @property
    def is_nothing(self) -> bool:
        """Whether the draft has all of theirs already."""
        return (self.origin is None and self.after == self.draft) or self.origin == self.commits[1]


@ordinary(frozen=True)
class Past(Workspace):
    """A workspace as it was when `main` stood at a commit."""

    at: str = ""

    @property
    def main(self) -> str:
        return self.at


def past(ws: Workspace, main: str) -> Workspace:
    """The workspace as it was when `main` stood at a commit."""
    return Past(ws.root, ws.config, ws.git, ws.variables, at=main)


def sides_of(ws: Workspace, draft: Draft, source: str, ours: str) -> Sides:
    """The sides of a merge into a draft, whose commit is `ours`.

    Raises:
        Blocked: A release is on `main` and not yet live.
        FlowctlError: There is no such version, or it is the draft itself.
    """
    if source == "live":
        return live_sides(ws, draft, ours)
    other = find_draft(ws, source)
    if other and other.draft == draft.draft:
        hint = "`flowctl merge live`, or another draft: `flowctl status` lists them"
        raise FlowctlError(f"`{source}` is the draft that is checked out", hint=hint)
    theirs = newest_tip(ws, other) if other else _commit_of(ws, source)
    origin = theirs and ws.git.merge_base(ours, theirs)
    if theirs is None or origin is None:
        known = ["live", *(d.draft for d in ws.drafts() if d.draft != draft.draft)]
        hint = did_you_mean(source, known) or f"`live`, a draft or a git ref; drafts: {', '.join(known[1:]) or 'none'}"
        raise FlowctlError(f"there is no version `{source}` to merge", hint=hint)
    return other_sides(ws, draft, source, ours, theirs, origin)


def _commit_of(ws: Workspace, source: str) -> str | None:
    tagged = ws.git.resolve(release_ref(source)) if DATE.match(source) else None
    return tagged or ws.git.resolve(source)


def newest_tip(ws: Workspace, draft: Draft) -> str:
    """The newest commit of a draft: ours, or the remote's where it has all of ours."""
    theirs, ours = ws.git.resolve(f"refs/remotes/origin/{draft.branch}"), ws.git.resolve(draft.ref)
    return theirs if theirs and ours and ws.git.is_ancestor(ours, theirs) else ws.tip(draft)


def live_sides(ws: Workspace, draft: Draft, ours: str) -> Sides:
    """The sides where live is merged into a draft."""
    live = live_base(ws)
    after = replace(draft, base=based_on(live, adopted_parts(ws, draft)))
    names = Names(f"release {draft.base.release}", draft.title, f"release {live.release}")
    files = (unmanaged(ws.git.files(version)) for version in (ours, ws.main))
    return Sides("live", draft, after, names, (ours, ws.main), None, base_files(ws, draft), *files)


def other_sides(ws: Workspace, draft: Draft, source: str, ours: str, theirs: str, origin: str) -> Sides:
    """The sides where another draft, or any commit, is merged into a draft."""
    other = draft_at(ws, theirs, ws.main)
    after = replace(draft, base=other.base) if other and _is_newer(ws, other, draft) else draft
    label = other.title if other and other.draft != draft.draft else source
    names = Names("where both began", draft.title, label)
    before, mine, yours = (unmanaged(ws.git.files(version)) for version in (origin, ours, theirs))
    yours = called_as_ours(before, yours, other, draft)
    return Sides(source, draft, after, names, (ours, theirs), origin, before, mine, yours)


def called_as_ours(base: Files, theirs: Files, other: Draft | None, draft: Draft) -> dict[str, bytes]:
    """The files of another draft, in which flows that have its title have ours: what is taken in ships as ours."""
    files = dict(theirs)
    for path in theirs if other else ():
        if theirs[path] != base.get(path) and (part_of(path) or "").startswith("flow/"):
            with suppress(UnicodeDecodeError):  # whoever reads the file tells
                text = with_title(path, theirs[path].decode(), draft.title, other.title if other else None)
                files[path] = theirs[path] if text is None else text.encode()
    return files


def draft_at(ws: Workspace, commit: str, main: str) -> Draft | None:
    """The open draft that a commit is of: the one whose record `main` does not have, or has otherwise."""
    there, before = (set(ws.git.files(version, "drafts").items()) for version in (commit, main))
    ids = [path.removeprefix("drafts/").removesuffix(".yaml") for path, _ in there - before]
    found = [draft for id_ in ids if (draft := ws.draft(id_, commit)) and draft.closed is None]
    return found[0] if len(found) == 1 else None


def _is_newer(ws: Workspace, other: Draft, draft: Draft) -> bool:
    """Whether a draft stands on a newer release than ours: with its files comes what was live then."""
    ids = ws.release_ids()
    theirs, ours = other.base.release, draft.base.release
    return theirs in ids and ours in ids and ids.index(theirs) > ids.index(ours)


def sides_again(ws: Workspace, pending: Pending) -> Sides:
    """The sides of a merge under way, as they were when it began.

    Raises:
        FlowctlError: The draft's record is gone from its own branch.
    """
    draft = ws.draft(pending.draft, pending.ours)
    if draft is None:
        raise FlowctlError(f"`{pending.draft}` has no record", hint="`flowctl merge --abort`")
    if pending.base is None:
        return live_sides(past(ws, pending.theirs), draft, pending.ours)
    return other_sides(ws, draft, pending.source, pending.ours, pending.theirs, pending.base)
