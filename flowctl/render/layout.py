"""Where the nodes and the ways of a flow stand on a page: in layers, from the start down.

Graphviz's dot does it (Sugiyama's method as everybody knows it from Graphviz), through pygraphviz, whose wheels bring
Graphviz along. dot is told numbers and sizes and never a text of a flow, so no id or label can be taken for its syntax.

dot's time grows with the layers that links pass, not with their number: a link over 40 layers is 39 hidden nodes to
it. On the chain-like flows of `benchmarks/generate.py` dot alone took 68 s for 300 nodes with 1,015 links, and minutes
for 2,000. So dot gets the shorter links, as many as `HIDDEN` hidden nodes allow, and every node's closest link from
above in any case, which keep all nodes in their layers; the longest links are drawn afterwards, as one curve behind the
nodes. Beyond `FINE`, dot also makes no room for labels, and takes fewer rounds to mend crossings and straighten lines.

Measured: the sample's largest flow (54 nodes, 85 links) 0.03 s with labels; the benchmark's flow of 300 nodes 1.4 s,
of 2,000 nodes with 6,607 links in 2,000 layers 4.3 s (half of the links routed by dot; with twice the `HIDDEN` 6 s);
a bushy flow of 2,000 nodes with 3,999 links in 25 layers 7 s (96 % routed by dot).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from flowctl.data import dataclass
from flowctl.diag import FlowctlError

Point: TypeAlias = tuple[float, float]
AGraph: TypeAlias = Any  # of pygraphviz, which ships no types

HIDDEN = 6000  # hidden nodes that dot is asked to place
FINE = 600  # links and hidden nodes up to which dot takes the time to place labels and to do its best
INCH = 72  # points; dot measures boxes in inches
NEAR = 34.0  # points from the tail at which a label stands that dot did not place
EFFORT = {"nslimit": "0.2", "nslimit1": "1", "mclimit": "0.3"}


@dataclass(frozen=True, slots=True)
class Box:
    """A node to place, in points."""

    id: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Link:
    """A way out to draw. With a size, and where there are few links, room is made for a label of that size."""

    from_: str
    port: str
    to: str
    width: float = 0
    height: float = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """A node: its top left corner, in points, y downwards."""

    id: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A way out: a start and three points for each piece of a Bézier curve; `label` is the middle of its label."""

    from_: str
    port: str
    to: str
    points: tuple[Point, ...]
    label: Point | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything placed; `lines` in the order in which the links were given."""

    width: float
    height: float
    nodes: Mapping[str, Placed]
    lines: tuple[Line, ...]


def lay_out(boxes: Sequence[Box], links: Sequence[Link]) -> Layout:
    """Places nodes and links; the same ones in the same order give the same layout.

    A link that leads to or from no box is left out.

    Raises:
        FlowctlError: Graphviz is not there.
    """
    at = {box.id: n for n, box in enumerate(boxes)}
    known = [link for link in links if link.from_ in at and link.to in at]
    if not at:
        return Layout(0, 0, {}, ())
    pairs = [(at[link.from_], at[link.to]) for link in known]
    spans = _spans(pairs, len(boxes))
    routed = _routed(pairs, spans)
    graph = _graph(boxes, known, pairs, routed, is_fine=sum(max(span, 1) for span in spans) <= FINE)
    try:
        graph.layout(prog="dot")
        return _read(graph, boxes, known, pairs, routed)
    finally:
        graph.close()


def _graph(
    boxes: Sequence[Box], links: Sequence[Link], pairs: Sequence[tuple[int, int]], routed: set[int], *, is_fine: bool
) -> AGraph:
    """The graph as dot gets it: nodes and links are named by their position."""
    graph = agraph()(directed=True, strict=False, ranksep="0.45", nodesep="0.3", **({} if is_fine else EFFORT))
    graph.graph_attr["splines"] = "spline" if is_fine else "polyline"
    graph.node_attr.update(shape="box", label="", fixedsize="true", margin="0")
    graph.edge_attr.update(dir="none")
    for n, box in enumerate(boxes):
        graph.add_node(str(n), width=f"{box.width / INCH:.4f}", height=f"{box.height / INCH:.4f}")
    for n in sorted(routed):
        a, b = pairs[n]
        room = _room(links[n]) if is_fine and links[n].width else {}
        graph.add_edge(str(a), str(b), key=str(n), **room)
    return graph


def agraph() -> Any:
    try:
        from pygraphviz import AGraph
    except ImportError as error:
        hint = "`pip install --force-reinstall pygraphviz`; its wheels bring Graphviz along"
        raise FlowctlError("Graphviz, which places the nodes of a picture, cannot be loaded", hint=hint) from error
    return AGraph


def _room(link: Link) -> dict[str, str]:
    """An empty label of a fixed size: dot makes room for it, and asks for no font."""
    size = f'width="{math.ceil(link.width)}" height="{math.ceil(link.height)}"'
    return {"label": f'<<table border="0" cellspacing="0" fixedsize="true" {size}><tr><td></td></tr></table>>'}


# Which links dot gets --------------------------------------------------------------------------------------------


def _spans(pairs: Sequence[tuple[int, int]], size: int) -> list[int]:
    """How many layers each link goes down, roughly as dot will place the nodes; at most 0 where it closes a circle."""
    layers = _layers(pairs, size)
    return [layers[b] - layers[a] for a, b in pairs]


def _routed(pairs: Sequence[tuple[int, int]], spans: Sequence[int]) -> set[int]:
    """The positions of the links that dot lays out; the others are longer than all of these but a node's closest."""
    closest: dict[int, int] = {}
    for n, (_, b) in enumerate(pairs):
        if b not in closest or spans[n] < spans[closest[b]]:
            closest[b] = n
    chosen = set(closest.values())
    left = HIDDEN - sum(max(spans[n] - 1, 0) for n in chosen)
    for n in sorted(range(len(pairs)), key=lambda n: (spans[n], n)):
        hidden = 0 if n in chosen else max(spans[n] - 1, 0)
        if hidden > left:
            break
        left -= hidden
        chosen.add(n)
    return chosen


def _layers(pairs: Sequence[tuple[int, int]], size: int) -> list[int]:
    """For each node the length of the longest way to it. Links that close a circle, which `check` refuses, count 0."""
    following: list[list[int]] = [[] for _ in range(size)]
    for a, b in pairs:
        following[a].append(b)
    order = _sorted(following)
    place = {n: at for at, n in enumerate(order)}
    layers = [0] * size
    for a in order:
        for b in following[a]:
            if place[b] > place[a]:
                layers[b] = max(layers[b], layers[a] + 1)
    return layers


def _sorted(following: Sequence[Sequence[int]]) -> list[int]:
    """The nodes, each before those that it leads to; depth first, without recursion."""
    done: list[int] = []
    seen: set[int] = set()
    for root in range(len(following)):
        path = [] if root in seen else [(root, iter(following[root]))]
        seen.add(root)
        while path:
            node, rest = path[-1]
            new = next((n for n in rest if n not in seen), None)
            if new is None:
                done.append(node)
                path.pop()
            else:
                seen.add(new)
                path.append((new, iter(following[new])))
    return done[::-1]


# What dot answers ------------------------------------------------------------------------------------------------


def _read(
    graph: AGraph, boxes: Sequence[Box], links: Sequence[Link], pairs: Sequence[tuple[int, int]], routed: set[int]
) -> Layout:
    left, bottom, right, top = _numbers(graph.graph_attr["bb"])
    nodes = {}
    for n, box in enumerate(boxes):
        x, y = _numbers(graph.get_node(str(n)).attr["pos"])
        nodes[box.id] = Placed(box.id, x - left - box.width / 2, top - y - box.height / 2, box.width, box.height)
    lines = []
    for n, link in enumerate(links):
        given = _given(graph, pairs[n], n, left, top) if n in routed else None
        points, label = given or (_curve(nodes[link.from_], nodes[link.to]), None)
        lines.append(Line(link.from_, link.port, link.to, points, label or _along(points, NEAR)))
    return Layout(right - left, top - bottom, nodes, tuple(lines))


def _given(
    graph: AGraph, pair: tuple[int, int], n: int, left: float, top: float
) -> tuple[tuple[Point, ...], Point | None] | None:
    """The curve of a link and the place of its label, as dot gives them; None where it found no way round the boxes."""
    edge = graph.get_edge(str(pair[0]), str(pair[1]), str(n))
    if not edge.attr["pos"]:
        return None
    points = tuple((x - left, top - y) for x, y in map(_numbers, edge.attr["pos"].split()))
    placed = edge.attr["lp"]
    return points, next(((x - left, top - y) for x, y in [_numbers(placed)]), None) if placed else None


def _numbers(text: str) -> Iterator[float]:
    return map(float, text.split(","))


def _curve(a: Placed, b: Placed) -> tuple[Point, ...]:
    """A link of its own: from the middle of the lower edge down to the middle of the upper edge."""
    x1, y1, x2, y2 = a.x + a.width / 2, a.y + a.height, b.x + b.width / 2, b.y
    bend = max(abs(y2 - y1) / 3, a.height)
    return (x1, y1), (x1, y1 + bend), (x2, y2 - bend), (x2, y2)


def _along(points: Sequence[Point], distance: float) -> Point:
    """The point of a curve at a distance from its start, its middle where it is shorter than twice that."""
    steps = [_at(points[n : n + 4], k / 8) for n in range(0, len(points) - 1, 3) for k in range(8)] + [points[-1]]
    pieces = [math.dist(p, q) for p, q in itertools.pairwise(steps)]
    left = min(distance, sum(pieces) / 2)
    for length, (p, q) in zip(pieces, itertools.pairwise(steps), strict=True):
        if length >= left and length > 0:
            return p[0] + (q[0] - p[0]) * left / length, p[1] + (q[1] - p[1]) * left / length
        left -= length
    return points[-1]


def _at(piece: Sequence[Point], t: float) -> Point:
    """A point of one piece of a Bézier curve."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = piece
    u = 1 - t
    a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
    return a * ax + b * bx + c * cx + d * dx, a * ay + b * by + c * cy + d * dy
