"""Which part of a flow a picture of it shows: all of it, or a node with what leads to it and what it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow import Flow, Node
from flowctl.flow.way import Way
from flowctl.ops.show import Flows, FlowShown, NodeShown, Shown


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Some nodes of a flow, in file order; with `only`, no ways but those to and from that node."""

    flow: Flow
    nodes: tuple[str, ...]
    only: str | None = None

    @property
    def starts(self) -> bool:
        """Whether the picture shows that the flow starts here."""
        return self.only is None and self.flow.start in self.nodes

    def ways(self) -> Iterator[tuple[Node, Way]]:
        shown = frozenset(self.nodes)
        for id_ in self.nodes:
            for way in self.flow.nodes[id_].ways():
                if way.to in shown and self.only in (None, id_, way.to):
                    yield self.flow.nodes[id_], way


def excerpt(shown: Shown, form: str) -> Excerpt:
    """What a picture of an answer of `show` shows.

    Raises:
        FlowctlError: There are several flows: a picture is of one.
    """
    match shown:
        case FlowShown(flow=flow):
            return Excerpt(flow, tuple(flow.nodes))
        case NodeShown(flow=flow, node=node, entries=entries):
            near = {node.id, *(entry for entry, _ in entries), *(way.to for way in node.ways())}
            return Excerpt(flow, tuple(id_ for id_ in flow.nodes if id_ in near), node.id)
        case Flows(_, flows):
            into = f" -o {flows[0].flow}.png" if form == "png" else ""
            raise FlowctlError("a diagram is of one flow", hint=f"`flowctl show {flows[0].flow} --{form}{into}`")
        case _:
            assert_never(shown)
