"""How two flows differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flowctl.diff.branches import branches_moved, same_branches
from flowctl.diff.conditions import details
from flowctl.diff.edits import (
    BranchAt,
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
from flowctl.diff.renames import find_renames, renamed
from flowctl.flow import Flow, Node
from flowctl.flow.kinds import Condition, Key, MapOf, Port, keys
from flowctl.flow.nodes.decision import Branch, Decision


def diff_flows(a: Flow, b: Flow) -> tuple[Edit, ...]:
    """The edits that make `b` of `a`, in the order that people read: the header, then the nodes in `b`'s file order.

    A removed node comes where it stood. `apply(a, diff_flows(a, b)) == b`.
    """
    renames = find_renames(a, b)
    was = {new: old for old, new in renames.items()}
    return tuple(_edits(renamed(a, renames), b, was))


def _edits(a: Flow, b: Flow, was: Mapping[str, str]) -> Iterator[Edit]:
    yield from _header(a, b)
    gone = _gone_after(a, b)
    yield from gone.get(None, ())
    for id_, after in b.nodes.items():
        before = a.nodes.get(id_)
        if id_ in was:
            yield NodeRenamed(was[id_], id_)
        if before is None:
            yield NodeAdded(after)
        elif before != after:
            yield from _node(before, after)
        yield from gone.get(id_, ())


def _header(a: Flow, b: Flow) -> Iterator[Edit]:
    for k in keys(Flow).values():
        before, after = getattr(a, k.attribute), getattr(b, k.attribute)
        if k.name != "nodes" and before != after:
            # the order in which triggers are written says nothing
            cosmetic = k.cosmetic or (k.name == "triggers" and sorted(before) == sorted(after))
            yield HeaderChanged(k.name, k.kind, before, after, cosmetic)
    if [id_ for id_ in a.nodes if id_ in b.nodes] != [id_ for id_ in b.nodes if id_ in a.nodes]:
        yield NodesReordered(tuple(b.nodes))


def _gone_after(a: Flow, b: Flow) -> dict[str | None, list[NodeRemoved]]:
    """The removed nodes by the last node above them that is still there, None at the top."""
    found: dict[str | None, list[NodeRemoved]] = {}
    above = None
    for id_, node in a.nodes.items():
        if id_ in b.nodes:
            above = id_
        else:
            found.setdefault(above, []).append(NodeRemoved(node))
    return found


def _node(before: Node, after: Node) -> Iterator[Edit]:
    if type(before) is not type(after):
        yield NodeRetyped(before, after)
        return
    for k in keys(type(after)).values():
        if isinstance(before, Decision) and isinstance(after, Decision) and k.name == "branches":
            yield from _branches(before, after)
        else:
            yield from _value(k, getattr(before, k.attribute), getattr(after, k.attribute), after.id, None)


def _branches(before: Decision, after: Decision) -> Iterator[Edit]:
    if before.branches == after.branches:
        return
    pairs = same_branches(before.branches, after.branches)
    yield from branches_moved(before, after, pairs)
    for at, name in enumerate(after.port_names()):
        if at in pairs:
            was, now = before.branches[pairs[at]], after.branches[at]
            for k in keys(Branch).values():
                a, b = getattr(was, k.attribute), getattr(now, k.attribute)
                yield from _value(k, a, b, after.id, BranchAt(at, name))


def _value(k: Key, before: Any, after: Any, node: str, branch: BranchAt | None) -> Iterator[Edit]:
    """The edits of one key of a node or of a branch."""
    if before == after:
        return
    if isinstance(k.kind, Port):
        yield WayRewired(node, branch, k.name, before, after)
    elif isinstance(k.kind, Condition) and before is not None and after is not None:
        yield ConditionChanged(node, branch, k.name, before, after, details(before, after))
    elif isinstance(k.kind, MapOf):
        for name in dict.fromkeys([*after, *before]):
            if before.get(name) != after.get(name):
                path = (k.name, name)
                yield ValueChanged(node, branch, path, k.kind.item, before.get(name), after.get(name), k.cosmetic)
    else:
        yield ValueChanged(node, branch, (k.name,), k.kind, before, after, k.cosmetic)
