"""Which removed node lives on under another id.

Nodes of one type are compared by what they hold, ways out left aside, since those change when a neighbour is renamed.
Equal content comes first, then the best likeness; among equals, the one with the same neighbours. Nodes less than
`ALIKE` are two nodes, one removed and one added.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from flowctl.document import inline
from flowctl.flow import Flow, Node
from flowctl.flow.kinds import Kind, ListOf, MapOf, Port, Record, keys

ALIKE = 0.6  # two thirds of the values of a node with three: one edit beside the rename
T = TypeVar("T")
Feature = tuple[str, str, int]  # where, what, and how many times before


def find_renames(a: Flow, b: Flow) -> dict[str, str]:
    """From the id in `a` to the id in `b`, for nodes that are not in both."""
    gone = [node for id_, node in a.nodes.items() if id_ not in b.nodes]
    new = [node for id_, node in b.nodes.items() if id_ not in a.nodes]
    if not gone or not new:
        return {}
    before, after = _neighbours(a), _neighbours(b)
    scored = [
        (-score, -len(before[old.id] & after[young.id]), i, j)
        for i, j, score in _alike(gone, new)
        for old, young in [(gone[i], new[j])]
    ]
    renames: dict[str, str] = {}
    taken = set()
    for _, _, i, j in sorted(scored):
        if gone[i].id not in renames and j not in taken:
            renames[gone[i].id] = new[j].id
            taken.add(j)
    return renames


def _neighbours(flow: Flow) -> dict[str, set[tuple[str, str, str]]]:
    found: dict[str, set[tuple[str, str, str]]] = {id_: set() for id_ in flow.nodes}
    for node, way in flow.ways():
        found[node.id].add(("to", way.port, way.to))
        if way.to in found:
            found[way.to].add(("from", node.id, way.port))
    return found


def _alike(gone: list[Node], new: list[Node]) -> Iterator[tuple[int, int, float]]:
    """The pairs alike enough, with their likeness from 0 to 1. Looks only at pairs that share something."""
    theirs = [_features(node) for node in new]
    holders: dict[Feature, list[int]] = {}
    for j, features in enumerate(theirs):
        for feature in features:
            holders.setdefault(feature, []).append(j)
    for i, node in enumerate(gone):
        mine = _features(node)
        shared = Counter(j for feature in mine for j in holders.get(feature, ()))
        for j, count in shared.items():
            score = 2 * count / (len(mine) + len(theirs[j]))
            if score >= ALIKE and new[j].type == node.type:
                yield i, j, score


def _features(node: Node) -> set[Feature]:
    seen: Counter[tuple[str, str]] = Counter()
    found = set()
    for leaf in _leaves(Record(type(node)), node, ""):
        found.add((*leaf, seen[leaf]))
        seen[leaf] += 1
    return found


def _leaves(kind: Kind, value: Any, where: str) -> Iterator[tuple[str, str]]:
    """The values inside a value, each with where it stands; positions in lists do not count."""
    match kind:
        case Port():
            return
        case ListOf(item):
            for below in value:
                yield from _leaves(item, below, where)
        case MapOf(item):
            for name, below in value.items():
                yield from _leaves(item, below, f"{where}.{name}")
        case Record(cls):
            for k in keys(cls).values():
                here = getattr(value, k.attribute)
                if k.required or here != k.default:
                    yield from _leaves(k.kind, here, f"{where}.{k.name}")
        case _:
            plain = kind.plain(value)
            yield where, plain if isinstance(plain, str) else inline(plain)


def redirected(holder: T, renames: Mapping[str, str]) -> T:
    """A node (or a branch, or a flow's header) whose ways lead to the new ids."""
    changes: dict[str, Any] = {}
    for k in keys(type(holder)).values():
        value = getattr(holder, k.attribute)
        if isinstance(k.kind, Port) and value in renames:
            changes[k.attribute] = renames[value]
        elif isinstance(k.kind, ListOf) and isinstance(k.kind.item, Record):
            below = tuple(redirected(item, renames) for item in value)
            changes |= {k.attribute: below} if below != value else {}
    return dataclasses.replace(holder, **changes) if changes else holder  # type: ignore[type-var]


def renamed(flow: Flow, renames: Mapping[str, str]) -> Flow:
    """The flow with other ids for some nodes, and every way led there. Nodes keep their places."""
    if not renames:
        return flow
    nodes: dict[str, Node] = {}
    for id_, node in flow.nodes.items():
        moved = redirected(node, renames)
        nodes[renames.get(id_, id_)] = dataclasses.replace(moved, id=renames[id_]) if id_ in renames else moved
    return dataclasses.replace(redirected(flow, renames), nodes=nodes)
