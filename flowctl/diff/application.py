"""Edits made real: the inverse of `diff_flows`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, TypeVar, assert_never

from flowctl.diff.edits import (
    BranchAdded,
    BranchMoved,
    BranchRemoved,
    ConditionChanged,
    Edit,
    HeaderChanged,
    NodeAdded,
    NodeRemoved,
    NodeRenamed,
    NodeRetyped,
    NodesReordered,
    ValueChanged,
    WayRewired,
)
from flowctl.diff.renames import renamed
from flowctl.document import Document
from flowctl.flow import Flow, Node
from flowctl.flow.kinds import keys
from flowctl.flow.nodes.decision import Branch, Decision

T = TypeVar("T")
Restructured = BranchAdded | BranchRemoved | BranchMoved


def apply(a: Flow, edits: Iterable[Edit]) -> Flow:
    """The flow after the edits, which must come from `diff_flows(a, …)`. It has no text, so it knows no places."""
    edits = tuple(edits)
    a = renamed(a, {edit.was: edit.node for edit in edits if isinstance(edit, NodeRenamed)})
    made = _Application(a)
    for node, structure in _by_node(edits).items():
        made.branches(node, structure)
    for edit in edits:
        made.one(edit)
    nodes = {id_: made.nodes[id_] for id_ in dict.fromkeys([*made.order, *made.nodes])}
    return dataclasses.replace(a, **made.header, nodes=nodes, document=Document("<none>", ""))


def _by_node(edits: Iterable[Edit]) -> dict[str, list[Restructured]]:
    found: dict[str, list[Restructured]] = {}
    for edit in edits:
        if isinstance(edit, Restructured):
            found.setdefault(edit.node, []).append(edit)
    return found


class _Application:
    def __init__(self, flow: Flow) -> None:
        self.header: dict[str, Any] = {}
        self.nodes: dict[str, Node] = dict(flow.nodes)
        self.order: tuple[str, ...] = ()

    def one(self, edit: Edit) -> None:
        match edit:
            case HeaderChanged(key, _, _, after):
                self.header[key] = after
            case NodeAdded(node) | NodeRetyped(_, node):
                self.nodes[node.id] = node
            case NodeRemoved(node):
                del self.nodes[node.id]
            case ValueChanged(node, branch, path, _, _, after):
                self.put(node, branch.at if branch else None, path, after)
            case ConditionChanged(node, branch, key, _, after) | WayRewired(node, branch, key, _, after):
                self.put(node, branch.at if branch else None, (key,), after)
            case NodesReordered(order):
                self.order = order
            case NodeRenamed() | BranchAdded() | BranchRemoved() | BranchMoved():
                pass  # done before: the other edits speak of the new ids and positions
            case _:
                assert_never(edit)

    def put(self, id_: str, branch: int | None, path: tuple[str, ...], after: Any) -> None:
        node = self.nodes[id_]
        if branch is None:
            self.nodes[id_] = _with(node, path, after)
            return
        assert isinstance(node, Decision)
        branches = list(node.branches)
        branches[branch] = _with(branches[branch], path, after)
        self.nodes[id_] = dataclasses.replace(node, branches=tuple(branches))

    def branches(self, id_: str, edits: Iterable[Restructured]) -> None:
        node = self.nodes[id_]
        assert isinstance(node, Decision)
        gone: set[int] = set()
        placed: dict[int, Branch] = {}
        for edit in edits:
            match edit:
                case BranchAdded(_, branch, added):
                    placed[branch.at] = added
                case BranchRemoved(_, branch):
                    gone.add(branch.at)
                case BranchMoved(_, branch, was):
                    gone.add(was.at)
                    placed[branch.at] = node.branches[was.at]
                case _:
                    assert_never(edit)
        stay = iter([branch for at, branch in enumerate(node.branches) if at not in gone])
        count = len(node.branches) - len(gone) + len(placed)
        after = tuple(placed[at] if at in placed else next(stay) for at in range(count))
        self.nodes[id_] = dataclasses.replace(node, branches=after)


def _with(holder: T, path: tuple[str, ...], after: Any) -> T:
    """A node or a branch with another value at a key, or at a name below it."""
    attribute = keys(type(holder))[path[0]].attribute
    if len(path) == 2:
        values = dict(getattr(holder, attribute))
        values.pop(path[1], None)
        after = values if after is None else values | {path[1]: after}
    return dataclasses.replace(holder, **{attribute: after})  # type: ignore[type-var]
