"""A flow as a tree of branches on a terminal: each node once, with what leads on from it."""

from __future__ import annotations

import heapq
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
    from_: tuple[str, int] | None = None  # the node that it leaves, and by which of its ways


def tree(
    nodes: Mapping[str, Node],
    start: str,
    look: Look,
    margin: Mapping[str, str] | None = None,
    figures: Mapping[tuple[str, str], str] | None = None,
) -> str:
    """The nodes that are reached from `start`, each drawn once and only named elsewhere.

    A node with branches is drawn where it stands least far to the right, so that the trunk of a flow is not found
    below the rare case that leads to it, too; any other where it is met first. A chain of nodes with one way out each
    stands one below the other. What would stand too far to the right nevertheless is drawn below, at the left. Not
    recursive: a flow may be thousands of nodes deep.

    Args:
        margin: What stands at the left of nodes where they are drawn, styled, all of one width.
        figures: What stands behind the names of ways, styled, by node and way out.
    """
    beside = margin or {}
    indent = max(map(cells, beside.values()), default=0)
    look = look.narrower(indent)
    homes = _homes(nodes, start)
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
            is_far = node is not None and _is_far(line, node, look)
            note = "(above)" if line.to in drawn else "(below)" if is_far or _is_elsewhere(line, node, homes) else ""
            left = beside.get(line.to, "") if node and not note else ""
            lines.append((left or " " * indent) + _drawn(line, node, note, look, figures or {}))
            if note == "(below)" and is_far:
                roots.append(line.to)
            elif node is not None and not note:
                drawn.add(line.to)
                waiting.extend(reversed(list(_next(node, line.below))))
    return "\n".join(lines)


def _homes(nodes: Mapping[str, Node], start: str) -> dict[str, tuple[str, int] | None]:
    """For each node the way on which it stands least far to the right: whose it is, and which of its ways."""
    homes: dict[str, tuple[str, int] | None] = {}
    count = 0
    waiting: list[tuple[int, int, int, str, tuple[str, int] | None]] = [(0, 0, count, start, None)]
    while waiting:
        indent, steps, _, id_, way = heapq.heappop(waiting)
        if id_ in homes or id_ not in nodes:
            continue
        homes[id_] = way
        ways = nodes[id_].ways()
        for n, out in enumerate(ways):
            count += 1
            heapq.heappush(waiting, (indent + (len(ways) > 1), steps + 1, count, out.to, (id_, n)))
    return homes


def _is_elsewhere(line: _Line, node: Node | None, homes: Mapping[str, tuple[str, int] | None]) -> bool:
    """Whether a node with branches is drawn on another of the ways that lead to it."""
    return node is not None and len(node.ways()) > 1 and line.from_ not in (None, homes.get(line.to))


def _is_far(line: _Line, node: Node, look: Look) -> bool:
    """Whether a node with branches of its own would leave them too little room."""
    return cells(line.lead) > look.width // 2 and len(node.ways()) > 1


def _next(node: Node, below: str) -> Iterator[_Line]:
    ways = node.ways()
    if len(ways) == 1:
        yield _Line(f"{below}↓ ", below, "", ways[0].to, (node.id, 0))
        return
    for n, way in enumerate(ways):
        last = n == len(ways) - 1
        lead, under = f"{below}{'└' if last else '├'}╴", f"{below}{'  ' if last else '│ '}"
        yield _Line(lead, under, way.port, way.to, (node.id, n))


def _drawn(line: _Line, node: Node | None, note: str, look: Look, figures: Mapping[tuple[str, str], str]) -> str:
    figure = figures.get((line.from_[0], line.way), "") if line.from_ else ""
    way = f"{safe(line.way)} {f'{figure} ' if figure else ''}→ " if line.way else ""
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
