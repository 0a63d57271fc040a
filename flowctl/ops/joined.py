"""Two versions of a flow laid over each other: every node and way of both, each with what happened to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from flowctl.data import dataclass
from flowctl.diff import Edit
from flowctl.diff.branches import same_branches
from flowctl.diff.edits import BranchMoved, NodeRenamed
from flowctl.diff.renames import renamed
from flowctl.flow import Flow, Node
from flowctl.flow.nodes.decision import Decision
from flowctl.flow.way import Way

Status: TypeAlias = Literal["same", "added", "removed", "changed", "cosmetic"]


@dataclass(frozen=True, slots=True)
class JoinedNode:
    """A node under its later id, or its earlier one when it is gone. A side that it is not on is None.

    `before` has its id and its ways as they are called here.
    """

    id: str
    status: Status
    before: Node | None
    after: Node | None
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class JoinedWay:
    """A way out between nodes by their ids here; `before` and `after` are its names on the two sides, None off them.

    A way that leads elsewhere than before is two: one removed, one added.
    """

    from_: str
    to: str
    status: Status
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class JoinedFlow:
    """A flow on both sides; with one side only, it is new or gone. `edits` are those of the flow's own keys."""

    name: str
    status: Status
    before: Flow | None
    after: Flow | None
    nodes: tuple[JoinedNode, ...]
    ways: tuple[JoinedWay, ...]
    edits: tuple[Edit, ...] = ()
    ids: Mapping[str, str] | None = None  # ids here by those of the earlier side, where they are others

    @property
    def shown(self) -> Flow:
        """The later side, or the earlier one of a flow that is gone."""
        found = self.after or self.before
        assert found is not None, "a flow is on one side at least"
        return found

    def id_before(self, id_: str) -> str:
        """The id here of a node of the earlier side."""
        return (self.ids or {}).get(id_, id_)

    def was(self, id_: str) -> str:
        """The id on the earlier side of a node here."""
        return next((old for old, new in (self.ids or {}).items() if new == id_), id_)


def alone(flow: Flow) -> JoinedFlow:
    """A flow with nothing to compare it with."""
    return joined(flow, flow)


def joined(before: Flow | None, after: Flow | None, edits: Sequence[Edit] = ()) -> JoinedFlow:
    """Two versions of a flow with the edits that lead from one to the other."""
    ids = {edit.was: edit.node for edit in edits if isinstance(edit, NodeRenamed)}
    was = renamed(before, ids) if before else None
    nodes = tuple(_nodes(was, after, edits))
    ways = tuple(way for node in nodes for way in _ways(node))
    own = tuple(edit for edit in edits if edit.node is None)
    name = (after or before or _nothing()).flow
    return JoinedFlow(name, _flow_status(before, after, edits), before, after, nodes, ways, own, ids)


def _nothing() -> Flow:
    raise ValueError("a flow is on one side at least")


def _flow_status(before: Flow | None, after: Flow | None, edits: Sequence[Edit]) -> Status:
    if before is None or after is None:
        return "added" if before is None else "removed"
    if all(edit.cosmetic for edit in edits):
        return "cosmetic" if edits else "same"
    return "changed"


def _nodes(was: Flow | None, after: Flow | None, edits: Sequence[Edit]) -> Iterator[JoinedNode]:
    """In the order of the later file; a removed node comes where it stood."""
    old, new = dict(was.nodes) if was else {}, dict(after.nodes) if after else {}
    about: dict[str, list[Edit]] = {}
    for edit in edits:
        if edit.node:
            about.setdefault(edit.node, []).append(edit)
    for id_ in _in_order(list(old), list(new)):
        found = tuple(about.get(id_, ()))
        status = _status(id_ in old, id_ in new, found)
        yield JoinedNode(id_, status, old.get(id_), new.get(id_), found)


def _in_order(old: list[str], new: list[str]) -> list[str]:
    there = set(new)
    behind: dict[str | None, list[str]] = {}
    above: str | None = None
    for id_ in old:
        if id_ in there:
            above = id_
        else:
            behind.setdefault(above, []).append(id_)
    return [*behind.get(None, ()), *(each for id_ in new for each in (id_, *behind.get(id_, ())))]


def _status(was: bool, now: bool, edits: Sequence[Edit]) -> Status:
    if not (was and now):
        return "added" if now else "removed"
    if all(edit.cosmetic for edit in edits):
        return "cosmetic" if edits else "same"
    return "changed"


def _ways(node: JoinedNode) -> Iterator[JoinedWay]:
    """The ways of both sides in the order of the later one; a removed one comes last."""
    old, new = _ways_of(node.before), _ways_of(node.after)
    pairs, changed = _pairs(node), _changed_ports(node)
    met: set[str] = set()
    for port, way in new.items():
        was = old.get(pairs.get(port, ""))
        if was and was.to == way.to:
            met.add(was.port)
            yield JoinedWay(node.id, way.to, "changed" if port in changed else "same", was.port, port)
        else:
            yield JoinedWay(node.id, way.to, "added", None, port)
    for port, way in old.items():
        if port not in met:
            yield JoinedWay(node.id, way.to, "removed", port, None)


def _ways_of(node: Node | None) -> dict[str, Way]:
    return {way.port: way for way in node.ways()} if node else {}


def _pairs(node: JoinedNode) -> dict[str, str]:
    """The earlier names of the ways out by their later ones."""
    before, after = node.before, node.after
    if not isinstance(before, Decision) or not isinstance(after, Decision):
        return {port: port for port in _ways_of(after)}
    old, new = before.port_names(), after.port_names()
    pairs = same_branches(before.branches, after.branches)
    return {"otherwise": "otherwise", **{new[now]: old[was] for now, was in pairs.items()}}


def _changed_ports(node: JoinedNode) -> set[str]:
    """The ways of which the condition is another one, or that are tried earlier or later."""
    before, after = node.before, node.after
    if before is after or not isinstance(before, Decision) or not isinstance(after, Decision):
        return set()
    names = after.port_names()
    pairs = same_branches(before.branches, after.branches)
    asks = {names[now] for now, was in pairs.items() if after.branches[now].when != before.branches[was].when}
    return asks | {edit.branch.name for edit in node.edits if isinstance(edit, BranchMoved)}
