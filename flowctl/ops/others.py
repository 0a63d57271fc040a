"""Who else changes what a draft changes, before it becomes a conflict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Literal, TypeAlias

from flowctl.data import dataclass
from flowctl.ops.content import Changes, changes_of
from flowctl.ops.part_name import known_part
from flowctl.ops.records import Draft
from flowctl.ops.workspace import Workspace, bundle_from

if TYPE_CHECKING:
    from flowctl.diff import Edit, EntryEdit, PartDiff

Edits: TypeAlias = "tuple[Edit | EntryEdit, ...]"
Place: TypeAlias = tuple[str, str]  # the section of a part (`nodes`, `members`, `rows` …) and the name there


@dataclass(frozen=True, slots=True)
class Doing:
    """What a draft does at a place: edits, or what happens to the whole part."""

    draft: Draft
    status: Literal["added", "removed", "changed", "unreadable"]
    edits: Edits = ()


@dataclass(frozen=True, slots=True)
class Overlap:
    """A place that two open drafts change, each in its own way.

    `section` and `name` say which node, member, row … it is; `section` is empty for a key of the file, both are where
    it is the whole part.
    """

    part: str
    section: str
    name: str
    ours: Doing
    theirs: Doing


@dataclass(frozen=True, slots=True)
class Others:
    """The overlaps of the draft in hand with each other one; of every two open drafts, where none is in hand."""

    here: Draft | None
    looked_at: int  # other open drafts
    overlaps: tuple[Overlap, ...]


def others(ws: Workspace, only: str | None = None) -> Others:
    """Looks at every open draft, unsaved edits of the one that is checked out among them.

    Args:
        only: A part to look at alone, by its name or its file.

    Raises:
        FlowctlError: There is no such part.
    """
    drafts = ws.drafts()
    here = ws.current_draft()
    mine = next((draft for draft in drafts if here and draft.draft == here.draft), None)
    changes = {draft.draft: _changes(ws, draft, is_here=draft is mine) for draft in drafts}
    wanted = only and known_part(only, {part for each in changes.values() for part in each.bundle.parts})
    rest = [draft for draft in drafts if draft is not mine]
    pairs = [(mine, draft) for draft in rest] if mine else list(combinations(rest, 2))
    found = (
        overlap
        for ours, theirs in pairs
        for overlap in between(ours, changes[ours.draft], theirs, changes[theirs.draft])
        if wanted in (None, overlap.part)
    )
    return Others(mine, len(rest), tuple(sorted(found, key=lambda o: (not o.part.startswith("flow/"), o.part, o.name))))


def _changes(ws: Workspace, draft: Draft, *, is_here: bool) -> Changes:
    return changes_in_hand(ws, draft) if is_here else changes_of(ws, draft, tip=ws.git.files(_newest(ws, draft)))


def changes_in_hand(ws: Workspace, draft: Draft) -> Changes:
    """What the draft that is checked out changes, unsaved edits too."""
    saved = {path: data for path, data in ws.git.files("HEAD").items() if not path.startswith("flows/")}
    return changes_of(ws, draft, tip={**saved, **ws.worktree()})


def _newest(ws: Workspace, draft: Draft) -> str:
    """The newest commit of a draft: the remote's, where ours has only fallen behind."""
    ours = ws.tip(draft)
    theirs = ws.git.resolve(f"refs/remotes/origin/{draft.branch}")
    return theirs if theirs and theirs != ours and ws.git.is_ancestor(ours, theirs) else ours


def between(ours: Draft, mine: Changes, theirs: Draft, other: Changes) -> Iterator[Overlap]:
    """The places that two drafts both change, but not alike. Only parts that both change are read."""
    for part in sorted({*mine.parts} & {*other.parts}):
        a, b = _diff(part, mine), _diff(part, other)
        if a is None or b is None:  # says the same as its base; it is live that has changed it
            continue
        if a.status != "changed" or b.status != "changed":
            if _text(part, mine) != _text(part, other):
                yield Overlap(part, "", "", Doing(ours, a.status, a.edits), Doing(theirs, b.status, b.edits))
            continue
        for place, x, y in _shared(a.edits, b.edits):
            yield Overlap(part, *place, Doing(ours, "changed", x), Doing(theirs, "changed", y))


def _diff(part: str, changes: Changes) -> PartDiff | None:
    """What a draft does to a part, from its own base; None when that is nothing."""
    from flowctl.diff import diff_bundles  # `status` reads no flow while nobody changes what we change
    from flowctl.flow import path_of

    kind, _, name = part.partition("/")
    parts = [part, f"header/{name}"] if kind == "table" else [part]
    paths = [path_of(each) for each in parts]
    before, after = (
        bundle_from({path: files[path] for path in paths if path in files}) for files in (changes.base, changes.after)
    )
    return next((found for found in diff_bundles(before, after) if found.part == part), None)


def _text(part: str, changes: Changes) -> bytes | None:
    from flowctl.flow import path_of

    return changes.after.get(path_of(part))


# Places -------------------------------------------------------------------------------------------------------------


def _shared(ours: Edits, theirs: Edits) -> Iterator[tuple[Place, Edits, Edits]]:
    """The places that both change, but not alike; and those that one takes away while the other newly leads there."""
    mine, other = _by_place(ours), _by_place(theirs)
    my_ways, other_ways = _leading_to(ours), _leading_to(theirs)
    for place in sorted(mine.keys() | other.keys()):
        a, b = mine.get(place, ()), other.get(place, ())
        if _is_removal(a) and not b:
            b = other_ways.get(place, ())
        elif _is_removal(b) and not a:
            a = my_ways.get(place, ())
        if a and b and a != b:
            yield place, a, b


def _by_place(edits: Edits) -> Mapping[Place, Edits]:
    """The edits by what they are about, nodes by the names that they had at the base."""
    from flowctl.diff.edits import HeaderChanged, NodeRenamed, NodesReordered

    was = {edit.node: edit.was for edit in edits if isinstance(edit, NodeRenamed)}
    found: dict[Place, list[Edit | EntryEdit]] = {}
    for edit in edits:
        match edit:
            case NodesReordered() | HeaderChanged(cosmetic=True):
                continue  # each draft gives the flow its own title
            case HeaderChanged(key):
                place = "", key
            case _ if edit.node is not None:
                place = "nodes", was.get(edit.node, edit.node)
            case _:
                place = edit.section, edit.entry
        found.setdefault(place, []).append(edit)
    return {place: tuple(done) for place, done in found.items()}


def _is_removal(edits: Edits) -> bool:
    from flowctl.diff.edits import NodeRemoved

    return any(isinstance(edit, NodeRemoved) for edit in edits)


def _leading_to(edits: Edits) -> Mapping[Place, Edits]:
    """The edits that newly lead somewhere, by where they lead."""
    found: dict[Place, list[Edit | EntryEdit]] = {}
    for edit in edits:
        for to in dict.fromkeys(_targets(edit)):
            found.setdefault(("nodes", to), []).append(edit)
    return {place: tuple(done) for place, done in found.items()}


def _targets(edit: Edit | EntryEdit) -> list[str]:
    from flowctl.diff.edits import BranchAdded, NodeAdded, NodeRetyped, WayRewired

    match edit:
        case WayRewired(after=str(to)):
            return [to]
        case BranchAdded(added=branch):
            return [branch.then]
        case NodeAdded(node) | NodeRetyped(after=node):
            return [way.to for way in node.ways()]
        case _:
            return []
