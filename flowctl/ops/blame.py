"""`show --blame`: which release, which draft and who last changed each node, by what it means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeAlias, TypeVar

from flowctl.data import dataclass
from flowctl.diff import Edit
from flowctl.diff.edits import NodeAdded, NodeRenamed
from flowctl.history import CommitInfo
from flowctl.ops.past.node_texts import NodeTexts, Reader, differing, node_edits
from flowctl.ops.past.states import State, all_commits, saves, states
from flowctl.ops.versions import Version
from flowctl.ops.workspace import Workspace

T = TypeVar("T")
Edits: TypeAlias = Mapping[str, tuple[Edit, ...]]  # of nodes, each has some
Saves: TypeAlias = Mapping[str | None, CommitInfo | None]
Saved: TypeAlias = tuple[CommitInfo | None, bytes | None]


@dataclass(frozen=True, slots=True)
class Blame:
    """Who changed a node, in which release.

    `release` is None while it has not shipped; `draft` is the draft's id, where one is known. `who` made the edit, as
    far as the draft's saves tell it, else whose draft or release it was. `when` is when it shipped, or was saved; None
    is not saved yet. `first` is for a node that has not changed since it was made.
    """

    release: str | None
    draft: str | None
    title: str
    who: str
    when: dt.datetime | None
    first: bool


@dataclass(frozen=True, slots=True)
class Touch:
    """One change of a node, with all edits of it; `blame.first` is for the one that made it."""

    blame: Blame
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class FlowBlame:
    """The blame of a flow's nodes by id, and the releases of which the flow's file cannot be read.

    What those changed is put down to the next one that can be read.
    """

    nodes: Mapping[str, Blame]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeBlame:
    """All that happened to a node, newest first."""

    touches: tuple[Touch, ...]
    unread: tuple[str, ...] = ()


def blame(ws: Workspace, flow: str, version: Version, *, cosmetic: bool = False) -> Mapping[str, Blame]:
    """The blame of each node of a flow, by its id there: the last change that could move a lead.

    Formatting, comments and the order of nodes are no changes, and a node is followed through its renames.

    Args:
        cosmetic: Whether labels, notes, sources and the rename itself count as well.
    """
    return blame_flow(ws, flow, version, cosmetic=cosmetic).nodes


def blame_flow(ws: Workspace, flow: str, version: Version, *, cosmetic: bool = False) -> FlowBlame:
    """As `blame`, with the releases that cannot be read."""
    past = _Past(ws, version, flow)
    by_state: dict[str, tuple[State, dict[str, tuple[Edit, ...]]]] = {}
    for id_, change in _touching(past.changes(), past.nodes, cosmetic, newest=True):
        by_state.setdefault(change.by.title, (change.by, {}))[1][id_] = change.edits
    blames = dict(told for state, edits in by_state.values() for told in past.blames(state, edits, cosmetic))
    return FlowBlame({id_: blames[id_] for id_ in past.nodes if id_ in blames}, past.unread)


def blame_node(ws: Workspace, flow: str, node: str, version: Version) -> NodeBlame:
    """Every change of a node, newest first, cosmetic ones and renames too."""
    past = _Past(ws, version, flow)
    touches = []
    for _, change in _touching(past.changes(), [node], cosmetic=True):
        called = change.edits[0].node or node  # in that state
        [(_, told)] = past.blames(change.by, {called: change.edits}, cosmetic=True)
        touches.append(Touch(told, change.edits))
    return NodeBlame(tuple(touches), past.unread)


# What one state did to the one before it ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Change(Generic[T]):
    """What somebody or some release did to the nodes of the text before; the edits read as sentences."""

    by: T
    edits: tuple[Edit, ...]


def _changes(reader: Reader, states: Iterable[tuple[T, bytes | None]], unread: list[T]) -> Iterator[_Change[T]]:
    """What each state of a flow's file did to the next older one, newest first; the oldest made all of its nodes.

    States that cannot be read are passed over, and noted.
    """
    newer: tuple[T, NodeTexts] | None = None
    for by, data in states:
        if data is None:
            break
        texts = reader.read(data)
        differ = differing(texts, newer[1]) if newer else set()
        if not texts.pieces or not texts.is_sound(differ):
            unread.append(by)
            continue
        if newer and newer[1].is_sound(differ):
            yield _Change(newer[0], node_edits(texts, newer[1]))
        elif newer:
            unread.append(newer[0])
        newer = (by, texts)
    if newer:
        nodes = newer[1].some(newer[1].pieces).nodes.values()
        yield _Change(newer[0], tuple(NodeAdded(node) for node in nodes))


def _touching(
    changes: Iterable[_Change[T]], ids: Iterable[str], cosmetic: bool, *, newest: bool = False
) -> Iterator[tuple[str, _Change[T]]]:
    """The changes that did something to some nodes, newest first, each with the node's newest id and its edits alone.

    A rename is followed; it is a change of its own only where cosmetic ones count.

    Args:
        newest: Only the newest change of each node.
    """
    sought = {id_: id_ for id_ in ids}  # what it is called in the state at hand -> what it is called in the newest
    for change in changes:
        by_node: dict[str, list[Edit]] = {}
        for edit in change.edits:
            if edit.node in sought:
                by_node.setdefault(edit.node, []).append(edit)
        for id_, edits in by_node.items():
            now = sought.pop(id_)
            told = tuple(edit for edit in edits if cosmetic or not (edit.cosmetic or isinstance(edit, NodeRenamed)))
            if told:
                yield now, _Change(change.by, told)
            if not (told and newest) and not _made(edits):
                was = next((edit.was for edit in edits if isinstance(edit, NodeRenamed)), id_)
                sought[was] = now
        if not sought:
            return


def _made(edits: Iterable[Edit]) -> bool:
    return any(isinstance(edit, NodeAdded) for edit in edits)


# Who ----------------------------------------------------------------------------------------------------------------


class _Past:
    """The past of a flow's file, from what some version has of it."""

    def __init__(self, ws: Workspace, version: Version, flow: str) -> None:
        self.ws, self.version, self.path = ws, version, f"flows/{flow}.yaml"
        self._reader = Reader(self.path)
        self.nodes = tuple(self._reader.read(version.files.get(self.path)).pieces)
        self._unread: list[State] = []

    def changes(self) -> Iterator[_Change[State]]:
        found = states(self.ws, self.version, self.path)
        return _changes(self._reader, ((state, state.data) for state in found), self._unread)

    @property
    def unread(self) -> tuple[str, ...]:
        return tuple(state.title for state in self._unread)

    def blames(self, state: State, edits: Edits, cosmetic: bool) -> Iterator[tuple[str, Blame]]:
        """The blame of nodes that a state changed, each with the edits of it; names are those that were given."""
        if state.release is None:
            yield from self._unshipped(state, edits, cosmetic)
            return
        record = self.ws.release(state.release)
        draft = self.ws.draft(record.draft, self.ws.main) if record and record.draft else None
        saved = self._saved(state, draft.draft, edits, cosmetic) if draft else {}
        for id_, done in edits.items():
            author = saved.get(done[0].node)
            who = author.author.name if author else str(draft.owner if draft else record.who if record else "")
            title, when = (record.title, record.when) if record else (state.title, None)
            yield id_, Blame(state.release, record.draft if record else None, title, who, when, _made(done))

    def _saved(self, state: State, draft: str, edits: Edits, cosmetic: bool) -> Saves:
        """The saves behind a release: its commit has the draft as its second parent, unless a squash has lost it."""
        release = self._commits.get(state.commit or "")
        tip = release.parents[1] if release and release.parents[1:] else ""
        chain = saves(self.ws, self._commits, tip, draft)
        return self._authors(chain, self._contents(chain), edits, cosmetic)

    def _unshipped(self, state: State, edits: Edits, cosmetic: bool) -> Iterator[tuple[str, Blame]]:
        """The blame of what a draft changes, or the files of a work tree: an edit that no save has is not saved."""
        draft = self.ws.draft(state.draft, state.commit) if state.draft and state.commit else None
        saved: Saves = dict.fromkeys(done[0].node for done in edits.values())
        if draft and state.commit:
            chain = saves(self.ws, all_commits(self.ws, state.commit), state.commit, draft.draft)
            saved = self._authors(chain, [(None, state.data), *self._contents(chain)], edits, cosmetic)
        for id_, done in edits.items():
            author, is_known = saved.get(done[0].node), done[0].node in saved
            who = author.author.name if author else self._me if is_known else str(draft.owner if draft else "")
            when = author.when if author else None
            yield id_, Blame(None, state.draft, state.title, who, when, _made(done))

    def _authors(
        self, chain: Sequence[CommitInfo], states: Iterable[Saved], edits: Edits, cosmetic: bool
    ) -> dict[str | None, CommitInfo | None]:
        """Of each node the save of a draft that last changed it, None where that is not saved.

        What a taking-in of live brought is not its author's, unless nobody else of the draft touched the node. The
        last of the chain is what the draft was made upon.
        """
        ids = [str(done[0].node) for done in edits.values()]
        found: dict[str | None, CommitInfo | None] = {}
        for id_, change in _touching(_changes(self._reader, states, []), ids, cosmetic):
            is_base = bool(chain) and change.by is chain[-1]
            if not is_base and (id_ not in found or (_is_merge(found[id_]) and not _is_merge(change.by))):
                found[id_] = change.by
        return found

    def _contents(self, chain: Sequence[CommitInfo]) -> Iterator[Saved]:
        """The commits after which the file had another content than before, with that content."""
        blobs = self.ws.git.ids([commit.id for commit in chain], self.path)
        for n, (commit, blob) in enumerate(zip(chain, blobs, strict=True)):
            if n + 1 == len(chain) or blobs[n + 1] != blob:
                yield commit, self.ws.git.contents([blob])[0] if blob else None

    @cached_property
    def _commits(self) -> dict[str, CommitInfo]:
        return all_commits(self.ws, self.ws.main)

    @cached_property
    def _me(self) -> str:
        person = self.ws.git.identity()
        return person.name if person else ""


def _is_merge(commit: CommitInfo | None) -> bool:
    return commit is not None and len(commit.parents) > 1
