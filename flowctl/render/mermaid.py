"""A flow as a Mermaid flowchart. The same flow gives the same text, and no label can become markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from flowctl.flow import Flow, Node
from flowctl.ops.show import Shown
from flowctl.render.excerpt import Excerpt, excerpt
from flowctl.render.safe import safe

_MARKUP = re.compile(r"[^\w ,.:?!'’/+=€$\-]")  # what is no letter, digit or mark that nothing reads as markup
_BLOCK = re.compile(r"^( *(?:[-+*>]|#{1,6}|\d+[.)])) ")  # would begin a list, a heading or a quotation of Markdown


def mermaid(shown: Shown) -> str:
    """The flow; of a node, the node with what leads to it and what it leads to.

    Raises:
        FlowctlError: There are several flows: a diagram is of one.
    """
    return "\n".join(_chart(excerpt(shown, "mermaid"))) + "\n"


def chart(flow: Flow, nodes: Sequence[str]) -> str:
    """A flowchart of some nodes of a flow, in file order."""
    return "\n".join(_chart(Excerpt(flow, tuple(nodes)))) + "\n"


def _chart(shown: Excerpt) -> Iterator[str]:
    yield "flowchart TD"
    if shown.starts:
        yield f"  start(({label('start')})) --> {key(shown.flow.start)}"
    for id_ in shown.nodes:
        yield f"  {shape(shown.flow.nodes[id_])}"
    for node, way in shown.ways():
        yield f"  {key(node.id)} -->|{label(way.port)}| {key(way.to)}"


def shape(node: Node) -> str:
    return outlined(key(node.id), label(node.title(), node.id), len(node.ways()))


def outlined(name: str, said: str, ways: int) -> str:
    """An end is rounded, a node with several ways out a hexagon, any other a box: no node type is known here."""
    if ways == 0:
        return f"{name}([{said}])"
    return f"{name}{{{{{said}}}}}" if ways > 1 else f"{name}[{said}]"


def key(id_: str) -> str:
    """A node's id as Mermaid can take it: never a word of its own such as `end`, and different for different nodes."""
    return "n_" + "".join({"_": "__", ".": "_d", "-": "_h"}.get(char, char) for char in id_)


def label(*texts: str) -> str:
    """Texts as one label, one below the other. Everything that Mermaid or HTML could read as markup is a character
    code. What would begin a list of Markdown, which some Mermaid refuses to draw, has a space that does not."""
    kept = (_BLOCK.sub("\\1\u00a0", safe(text)) for text in texts)
    return '"' + "<br/>".join(_MARKUP.sub(lambda m: f"#{ord(m.group())};", text) for text in kept) + '"'
