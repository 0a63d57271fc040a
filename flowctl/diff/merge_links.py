"""What hangs between the nodes of a flow when two sides are merged: ways to a node that was renamed or removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.diff.decisions import Decision, Side
from flowctl.diff.place import type_of
from flowctl.document import Document, Scalar, Splice, Tree
from flowctl.document import Mapping as Map
from flowctl.document.marks import SIDES, put_back, sides_of

Renames = Mapping[str, str]  # from the old id to the new one
HEADER = ""  # stands for the flow's own keys where a node is named


@dataclass(frozen=True, slots=True)
class Followed:
    """Three texts of a flow that call each node alike, what was decided for that, and what is disputed in it."""

    texts: tuple[str, str, str]
    decisions: tuple[Decision, ...] = ()
    pointed: Mapping[str, str] = field(default_factory=dict)


# Renames --------------------------------------------------------------------------------------------------------


def follow_renames(base: str, ours: str, theirs: str, ids: tuple[set[str], ...]) -> Followed:
    """The texts with the nodes that a side renamed called so on all sides: what the other one has changed of them, and
    every way that it has there, goes with them. A node that each side calls otherwise keeps its names, in dispute.

    `ids` are those of the nodes on each side.
    """
    texts = (base, ours, theirs)
    mine, yours = (_renames(base, side, ids[0], of) for side, of in ((ours, ids[1]), (theirs, ids[2])))
    if not (mine or yours):
        return Followed(texts)
    apart = {old for old in mine if old in yours and mine[old] != yours[old]}
    pointed = {f"nodes/{found[old]}": f"both renamed `{old}`" for old in apart for found in (mine, yours)}
    # two nodes that were given one name stay what they are: a node that both added
    apart |= {old for side, other in ((mine, yours), (yours, mine)) for old in _elsewhere(side, other)}
    mine = {old: new for old, new in mine.items() if old not in apart and not _taken(new, old, ids[2])}
    yours = {old: new for old, new in yours.items() if old not in apart and not _taken(new, old, ids[1])}
    decisions = []
    for by, renames, others, other in (("ours", mine, ids[2], "theirs"), ("theirs", yours, ids[1], "ours")):
        for old, new in renames.items():
            if old not in others and new not in others:
                pointed[f"nodes/{new}"] = f"{other} removed what {by} renamed"
            elif not (old in mine and old in yours):
                decisions.append(_renamed(old, new, "ours" if by == "ours" else "theirs"))
    both = {**mine, **yours}
    return Followed((_called(base, both), _called(ours, yours), _called(theirs, mine)), tuple(decisions), pointed)


def _renames(base: str, side: str, before: set[str], after: set[str]) -> dict[str, str]:
    if not (before - after and after - before):
        return {}
    from flowctl.diff.renames import find_renames
    from flowctl.flow import open_flow

    (a, _), (b, _) = open_flow("", base), open_flow("", side)
    try:
        return find_renames(a, b) if a and b else {}
    except FlowctlError:  # a condition that cannot be read
        return {}


def renames_of(base: bytes, side: bytes) -> dict[str, str]:
    """The nodes of a flow that a side renamed: from the id in the base to its own."""
    try:
        texts = base.decode("utf-8"), side.decode("utf-8")
    except UnicodeDecodeError:
        return {}
    nodes = (yaml.read("", text).at("nodes") for text in texts)
    before, after = ({*found.entries} if isinstance(found, Map) else set() for found in nodes)
    return _renames(*texts, before, after)


def _elsewhere(side: Renames, other: Renames) -> Iterator[str]:
    """The nodes that a side gave a name that the other one gave to another node."""
    given = {new: old for old, new in other.items()}
    yield from (old for old, new in side.items() if given.get(new, old) != old)


def _taken(new: str, old: str, ids: set[str]) -> bool:
    """Whether a side that did not rename the node has another one of the new name."""
    return new in ids and old in ids


def _renamed(old: str, new: str, by: Side) -> Decision:
    names = (old, new, old) if by == "ours" else (old, old, new)
    texts = (f"{name}\n" for name in (*names, new))
    return Decision(f"nodes/{new}", f"node `{new}`", by, f"{by} renamed `{old}`", *texts)


def _called(text: str, renames: Renames) -> str:
    """The text of a flow with other ids for some nodes, and every way led there."""
    document = yaml.read("", text)
    nodes = document.at("nodes")
    if not renames or not isinstance(nodes, Map):
        return text
    found = [key for name, (key, _) in nodes.entries.items() if name in renames]
    found += [way for _, way in ways_in(document) if way.text in renames]
    return yaml.splice(text, [Splice(at.start, at.end, yaml.scalar_text(renames[at.text])) for at in found])


# Ways -----------------------------------------------------------------------------------------------------------


def ways_in(document: Document) -> Iterator[tuple[str, Scalar]]:
    """Every way that stands in a flow, with its node's id; the sides of disputes are looked into."""
    from flowctl.flow.model import Flow
    from flowctl.flow.node import NODE_TYPES, load_node_types

    load_node_types()
    root = document.root
    if not isinstance(root, Map):
        return
    for way in _ways(Flow, root):
        yield HEADER, way
    for nodes in _undisputed(root.get("nodes")):
        for name, (_, value) in nodes.entries.items() if isinstance(nodes, Map) else ():
            for node in _undisputed(value):
                cls = NODE_TYPES.get(type_of(node) or "")
                for way in _ways(cls, node) if cls else ():
                    yield name, way


def _ways(cls: type, tree: Tree) -> Iterator[Scalar]:
    from flowctl.flow.kinds import ListOf, Port, Record, keys

    for name, key in keys(cls).items():
        for value in _undisputed(tree.get(name) if isinstance(tree, Map) else None):
            if isinstance(key.kind, Port) and isinstance(value, Scalar):
                yield value
            elif isinstance(key.kind, ListOf) and isinstance(key.kind.item, Record):
                for item in value.items if isinstance(value, yaml.Sequence) else ():
                    for one in _undisputed(item):
                        yield from _ways(key.kind.item.cls, one)


def _undisputed(tree: Tree | None) -> Iterator[Tree]:
    """The value; of a dispute those of ours and theirs."""
    sides = sides_of(tree)
    if sides is None:
        if tree is not None:
            yield tree
        return
    for name in SIDES[1:]:
        yield from _undisputed(sides.get(name))


def pointed_to(texts: tuple[str, str, str], ids: tuple[set[str], ...], merged: str) -> dict[str, str]:
    """The nodes that one side removed and a way of the merged flow leads to, by address, each with the reason."""
    base, ours, theirs = ids
    gone: dict[str, Side] = dict.fromkeys((base & ours) - theirs, "theirs")
    gone |= dict.fromkeys((base & theirs) - ours, "ours")
    if not any(id_ in merged for id_ in gone):
        return {}
    document = yaml.read("", merged)
    put_back(document)
    nodes = document.at("nodes")
    left = {*nodes.entries} if isinstance(nodes, Map) else set()
    own = {"ours": _led_by(texts[1]), "theirs": _led_by(texts[2])}
    found: dict[str, str] = {}
    for node, way in ways_in(document):
        by = gone.get(way.text) if way.text not in left else None
        if by and (node, way.text) not in own[by]:
            other = "ours" if by == "theirs" else "theirs"
            what = f"{other}' `{node}` leads there" if node else f"{other} starts there"
            found.setdefault(f"nodes/{way.text}", f"{by} removed it, and {what}")
    return found


def _led_by(text: str) -> set[tuple[str, str]]:
    """Which nodes have a way to which, as a side has it: what is wrong on a side alone is no conflict."""
    return {(node, way.text) for node, way in ways_in(yaml.read("", text))}
