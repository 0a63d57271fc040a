"""A flow as a tree of branches on a terminal: each node once, with what leads on from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowctl.data import dataclass
from flowctl.flow import Node
from flowctl.flow.node import Unread
from flowctl.render.console import Look, cells, clip
from flowctl.render.safe import safe

SHORTEST = 12  # columns that the title of a node has at least; what does not fit is left out


@dataclass(frozen=True, slots=True)
class _Line:
    """A line still to be drawn: what stands before it and below it at its left, the way out, the node it leads to."""

    lead: str
    below: str
    way: str
    to: str


def tree(nodes: Mapping[str, Node], start: str, look: Look) -> str:
    """The nodes that are reached from `start`, depth first; a node that was drawn before is only named.

    A chain of nodes with one way out each stands one below the other. What would stand too far to the right is drawn
    below, at the left. Not recursive: a flow may be thousands of nodes deep.
    """
    drawn: set[str] = set()
    lines: list[str] = []
    roots = [start]
    for root in roots:  # grows while it is read
        if root in drawn:
            continue
        if lines:
            lines.append("")
        waiting = [_Line("", "", "", root)]
        while waiting:
            line = waiting.pop()
            node = nodes.get(line.to)
            note = "(above)" if line.to in drawn else "(below)" if node and _is_far(line, node, look) else ""
            lines.append(_drawn(line, node, note, look))
            if note == "(below)":
                roots.append(line.to)
            elif node is not None and not note:
                drawn.add(line.to)
                waiting.extend(reversed(list(_next(node, line.below))))
    return "\n".join(lines)


def _is_far(line: _Line, node: Node, look: Look) -> bool:
    """Whether a node with branches of its own would leave them too little room."""
    return cells(line.lead) > look.width // 2 and len(node.ways()) > 1


def _next(node: Node, below: str) -> Iterator[_Line]:
    ways = node.ways()
    if len(ways) == 1:
        yield _Line(f"{below}↓ ", below, "", ways[0].to)
        return
    for n, way in enumerate(ways):
        last = n == len(ways) - 1
        yield _Line(f"{below}{'└' if last else '├'}╴", f"{below}{'  ' if last else '│ '}", way.port, way.to)


def _drawn(line: _Line, node: Node | None, note: str, look: Look) -> str:
    way = f"{safe(line.way)} → " if line.way else ""
    name = safe(line.to)
    start = f"{look.paint('faint', line.lead)}{way}{name if note else look.paint('strong', name)}"
    if node is None:
        return f"{start} {look.paint('error', '(no such node)')}"
    if note:
        return f"{start} {look.paint('faint', note)}"
    if isinstance(node, Unread):
        return f"{start} {look.paint('error', '(has errors)')}"
    return start + _title(node, look, look.width - cells(line.lead + way + name) - 2)


def _title(node: Node, look: Look, room: int) -> str:
    """What a node is, as far as there is room; an end is marked by a square."""
    mark = "" if node.ways() else "■ "
    title = safe(node.title())
    if room < SHORTEST or title == node.type:
        return f"  {look.paint('faint', (mark or '…').strip())}" if mark or title != node.type else ""
    return f"  {look.paint('faint', mark + clip(title, room - len(mark)))}"
