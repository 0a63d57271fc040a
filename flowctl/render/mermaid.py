"""A flow as a Mermaid flowchart. The same flow gives the same text, and no label can become markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never

from flowctl.diag import FlowctlError
from flowctl.flow import Flow, Node
from flowctl.ops.show import Flows, FlowShown, NodeShown, Shown
from flowctl.render.safe import safe

_MARKUP = re.compile(r"[^\w ,.:?!'’/+=€$\-]")  # what is no letter, digit or mark that nothing reads as markup


def mermaid(shown: Shown) -> str:
    """The flow; of a node, the node with what leads to it and what it leads to.

    Raises:
        FlowctlError: There are several flows: a diagram is of one.
    """
    match shown:
        case FlowShown(_, flow):
            return chart(flow, list(flow.nodes))
        case NodeShown(_, flow, node, entries):
            near = {node.id, *(entry for entry, _ in entries), *(way.to for way in node.ways())}
            return chart(flow, [id_ for id_ in flow.nodes if id_ in near], only=node.id)
        case Flows(_, flows):
            raise FlowctlError("a diagram is of one flow", hint=f"`flowctl show {flows[0].flow} --format mermaid`")
        case _:
            assert_never(shown)


def chart(flow: Flow, nodes: list[str], only: str | None = None) -> str:
    """A flowchart of some nodes of a flow, in file order; `only` keeps the arrows of one node."""
    return "\n".join(_chart(flow, nodes, only)) + "\n"


def _chart(flow: Flow, nodes: list[str], only: str | None) -> Iterator[str]:
    yield "flowchart TD"
    if only is None and flow.start in nodes:
        yield f"  start(({label('start')})) --> {key(flow.start)}"
    for id_ in nodes:
        yield f"  {_shape(flow.nodes[id_])}"
    for id_ in nodes:
        for way in flow.nodes[id_].ways():
            if way.to in nodes and only in (None, id_, way.to):
                yield f"  {key(id_)} -->|{label(way.port)}| {key(way.to)}"


def _shape(node: Node) -> str:
    """An end is rounded, a node with several ways out a hexagon, any other a box: no node type is known here."""
    said = label(node.title(), node.id)
    ways = len(node.ways())
    if ways == 0:
        return f"{key(node.id)}([{said}])"
    return f"{key(node.id)}{{{{{said}}}}}" if ways > 1 else f"{key(node.id)}[{said}]"


def key(id_: str) -> str:
    """A node's id as Mermaid can take it: never a word of its own such as `end`, and different for different nodes."""
    return "n_" + "".join({"_": "__", ".": "_d", "-": "_h"}.get(char, char) for char in id_)


def label(*texts: str) -> str:
    """Texts as one label, one below the other. Everything that Mermaid or HTML could read as markup is a character
    code."""
    return '"' + "<br/>".join(_MARKUP.sub(lambda m: f"#{ord(m.group())};", safe(text)) for text in texts) + '"'
