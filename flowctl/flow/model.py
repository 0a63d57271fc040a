"""A flow: read from its file, written back, made ready to run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, Span, did_you_mean
from flowctl.document import Document, Json, Scalar, Tree
from flowctl.flow.kinds import (
    MISSING,
    NAME,
    Choice,
    Kind,
    ListOf,
    Name,
    Port,
    Record,
    Text,
    key,
    plain_fields,
    read_fields,
)
from flowctl.flow.node import NODE_TYPES, Node, Unread, load_node_types
from flowctl.flow.schedule import Schedule
from flowctl.flow.way import Way

if TYPE_CHECKING:
    from flowctl.flow.program import Program

TRIGGERS = ("created", "updated")


class Nodes(Kind):
    """Nodes by id, each of the type that its `type` key names."""

    def read(self, tree: Tree, document: Document) -> Any:
        if not isinstance(tree, yaml.Mapping):
            document.problem("FC005", "expected nodes by their ids", tree)
            return MISSING
        return {written.text: read_node(written, below, document) for written, below in tree.entries.values()}

    def plain(self, value: Mapping[str, Node], cosmetic: bool = True) -> Json:
        return {id_: plain_node(node, cosmetic) for id_, node in value.items()}

    def schema(self) -> dict[str, Json]:
        from flowctl.flow.jsonschema import nodes_schema  # which imports this module

        schema: dict[str, Json] = nodes_schema()
        return schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One routing graph. Two flows are equal when their files mean and say the same, whatever the order of nodes.

    `document` is the text that it was read from, for places; generated flows have an empty one.
    """

    flow: str = key(Name())
    object: str = key(Name("objects"))
    title: str = key(Text(), "", cosmetic=True)
    triggers: tuple[str, ...] = key(ListOf(Choice(TRIGGERS)), ())
    schedule: Schedule | None = key(Record(Schedule), None)
    start: str = key(Port())
    nodes: Mapping[str, Node] = key(Nodes())
    notes: str = key(Text(), "", cosmetic=True)
    document: Document = field(default_factory=lambda: Document("<none>", ""), compare=False, repr=False)

    @property
    def unread(self) -> frozenset[str]:
        """Ids of the nodes whose text has errors."""
        return frozenset(node.id for node in self.nodes.values() if isinstance(node, Unread))

    def where(self, node: str, *path: str | int) -> Span:
        """The place of a value of a node in the file; of the node's id when no path is given."""
        return self.document.where("nodes", node, *path) if path else self.document.key("nodes", node)

    def ways(self) -> Iterator[tuple[Node, Way]]:
        """Every way out of every node, in file order."""
        for node in self.nodes.values():
            for way in node.ways():
                yield node, way

    def reachable(self) -> frozenset[str]:
        """Ids of the nodes that some path from the start reaches."""
        reached: set[str] = set()
        waiting = [self.start]
        while waiting:
            id_ = waiting.pop()
            if id_ in self.nodes and id_ not in reached:
                reached.add(id_)
                waiting += [way.to for way in self.nodes[id_].ways()]
        return frozenset(reached)

    def entries(self) -> Mapping[str, tuple[tuple[Node, Way], ...]]:
        """For each node id, the ways that lead to it."""
        found: dict[str, list[tuple[Node, Way]]] = {}
        for node, way in self.ways():
            found.setdefault(way.to, []).append((node, way))
        return {id_: tuple(ways) for id_, ways in found.items()}


def load_flow(file: str, text: str | bytes) -> tuple[Flow | None, tuple[Diagnostic, ...]]:
    """Reads a flow file.

    Returns:
        The flow, or None when too little of it could be read to speak of one, and every problem of the file. A node
        with problems of its own is there as an `Unread` node.
    """
    with yaml.collector_paused():
        document = yaml.read(file, text)
        return flow_of(document), tuple(document.problems)


def open_flow(file: str, text: str | bytes) -> tuple[Flow | None, tuple[Diagnostic, ...]]:
    """Reads a flow file but for the conditions of its branches, which are most of the work and seldom all wanted.

    As `load_flow`, but a branch parses its condition when it is looked at, and raises a FlowctlError with the places
    when it has errors. Two branches with the same text are equal without that.
    """
    with yaml.collector_paused():
        document = yaml.read(file, text)
        document.is_put_off = True
        flow = flow_of(document)
        document.is_put_off = False
        return flow, tuple(document.problems)


def flow_of(document: Document) -> Flow | None:
    """The flow that a document holds; its problems are noted in the document."""
    load_node_types()
    if document.root is None:
        if not document.problems:
            hint = "`flowctl schema flow` says what a flow holds"
            document.problem("FC004", "the file is empty", document.span_of(0, 0), hint)
        return None
    values = read_fields(Flow, document.root, document)
    return Flow(**values, document=document) if values is not None else None


def read_node(written: Scalar, tree: Tree, document: Document) -> Node:
    """One node; an `Unread` one when it has problems, which are noted in the document."""
    id_ = written.text
    sound = bool(NAME.match(id_))
    if not sound:
        document.problem("FC005", f"`{id_}` cannot be a node id", written, "letters, digits, `_`, `-` and `.`")
    cls = _node_class(written, tree, document)
    if cls is None or not sound:
        return Unread(id=id_)
    known = len(document.problems)
    values = read_fields(cls, tree, document, ignore=("type",))
    if values is None and document.is_put_off:  # nobody will ever look at its conditions: once more, with them
        del document.problems[known:]
        document.is_put_off = False
        values = read_fields(cls, tree, document, ignore=("type",))
        document.is_put_off = True
    return Unread(id=id_) if values is None else cls(id=id_, **values)


def _node_class(written: Scalar, tree: Tree, document: Document) -> type[Node] | None:
    kind = tree.get("type") if isinstance(tree, yaml.Mapping) else None
    if not isinstance(kind, Scalar):
        document.problem("FC004", f"node `{written.text}` has no `type`", kind or written, _types())
        return None
    if kind.text not in NODE_TYPES:
        hint = did_you_mean(kind.text, NODE_TYPES) or _types()
        document.problem("FC006", f"unknown node type `{kind.text}`", kind, hint)
    return NODE_TYPES.get(kind.text)


def _types() -> str:
    return f"node types: {', '.join(sorted(NODE_TYPES))}"


def plain_node(node: Node, cosmetic: bool = True) -> Json:
    """A node as JSON data, in its canonical writing."""
    return {"type": node.type} | plain_fields(node, cosmetic)


def plain_flow(flow: Flow) -> Json:
    """A flow as JSON data, nodes in file order."""
    return plain_fields(flow)


def dump_flow(flow: Flow) -> str:
    """A flow as the text of a file; `load_flow` of it gives the flow again."""
    return yaml.dump(plain_flow(flow))


def meaning(flow: Flow) -> Json:
    """What of a flow can move a record, as JSON data that is equal whatever the labels, notes and order of nodes."""
    plain = plain_fields(flow, cosmetic=False)
    return plain | {"nodes": dict(sorted(plain["nodes"].items())), "triggers": sorted(flow.triggers)}


def lower(flow: Flow) -> Program:
    """The flow as a program. The flow must have passed `check`."""
    from flowctl.flow.program import Program

    steps = {id_: node.lower() for id_, node in flow.nodes.items()}
    where = flow.schedule.where if flow.schedule else None
    return Program(flow.flow, flow.object, flow.start, steps, where)
