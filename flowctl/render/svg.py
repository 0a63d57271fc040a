"""A flow as a picture for documents: an SVG without script, style sheet or anything from elsewhere.

Every text in it is escaped. `flowctl.render.png` draws the same picture for programs that take no SVG.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence

from flowctl.data import dataclass
from flowctl.flow import Node
from flowctl.ops.show import Shown
from flowctl.render.excerpt import Excerpt, excerpt
from flowctl.render.layout import Box, Layout, Line, Link, Placed, Point, lay_out
from flowctl.render.page.boxes import text_width, wrapped
from flowctl.render.safe import safe

START = ""  # the name of the mark at the start: no node has it
MARGIN, HEAD = 24, 44  # around, and the room for the title
CUT = 10  # from the corners of a node with several ways out
TITLE, SMALL, LINE = 13, 11, 17  # sizes of letters, height of a line
LONGEST = 28  # characters of a way's name that are drawn; its whole name is the title of its line
INK, FAINT, EDGE, PAPER, BOX, START_BOX = "#1d2433", "#545d70", "#6b7488", "#ffffff", "#f3f5f9", "#dfe8fb"
SANS = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
MONO = "Menlo, Consolas, 'DejaVu Sans Mono', monospace"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of a flow, in points: what is drawn, the lines of text in each node, and where it all stands."""

    shown: Excerpt
    texts: dict[str, tuple[str, ...]]
    layout: Layout

    @property
    def width(self) -> float:
        return max(self.layout.width, text_width(self.heading)) + 2 * MARGIN

    @property
    def height(self) -> float:
        return self.layout.height + 2 * MARGIN + HEAD

    @property
    def heading(self) -> str:
        return safe(" · ".join(text for text in (self.shown.flow.flow, self.shown.flow.title) if text))


def draw(shown: Excerpt) -> Drawing:
    """The picture: every node with what it does and its id, every way with its name."""
    nodes = [shown.flow.nodes[id_] for id_ in shown.nodes]
    texts = {node.id: (*wrapped(safe(node.title())), node.id) for node in nodes}
    boxes = [_box(node, texts[node.id]) for node in nodes]
    links = [Link(node.id, way.port, way.to, _width(way_name(way.port)), LINE) for node, way in shown.ways()]
    if shown.starts:
        boxes.insert(0, Box(START, 58, 26))
        links.insert(0, Link(START, "", shown.flow.start))
    return Drawing(shown, texts, lay_out(boxes, links))


def _box(node: Node, lines: Sequence[str]) -> Box:
    widest = max(*(text_width(line) for line in lines[:-1]), len(node.id) * SMALL * 0.62, 60)
    return Box(node.id, round(widest) + (28 if len(node.ways()) == 1 else 44), len(lines) * LINE + 16)


def _width(text: str) -> float:
    return text_width(text) * SMALL / TITLE + 8


def way_name(port: str) -> str:
    """A way's name as far as there is room for it."""
    told = safe(port)
    return told if len(told) <= LONGEST else f"{told[: LONGEST - 1].rstrip()}…"


# SVG --------------------------------------------------------------------------------------------------------------


def svg(shown: Shown) -> str:
    """The flow, or a node with its neighbours, as an SVG file.

    Raises:
        FlowctlError: There are several flows: a diagram is of one.
    """
    return "\n".join(_svg(draw(excerpt(shown, "svg")))) + "\n"


def _svg(drawing: Drawing) -> Iterator[str]:
    width, height = round(drawing.width), round(drawing.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-labelledby="title" font-family="{SANS}" font-size="{TITLE}" fill="{INK}">'
    )
    yield f'<title id="title">{_text(f"Flow {drawing.heading}")}</title>'
    yield f'<rect width="100%" height="100%" fill="{PAPER}"/>'
    yield f'<text x="{MARGIN}" y="{MARGIN + TITLE}" font-weight="bold">{_text(drawing.heading)}</text>'
    yield f'<g transform="translate({MARGIN} {MARGIN + HEAD})">'
    for line in drawing.layout.lines:
        yield _line(line)
    for placed in drawing.layout.nodes.values():
        yield _start(placed) if placed.id == START else _node(drawing, placed)
    for line in drawing.layout.lines:
        if line.port and line.label:
            yield _port(line, *line.label)
    yield "</g>"
    yield "</svg>"


def _line(line: Line) -> str:
    (x, y), *rest = line.points
    told = f"{line.from_}, {safe(line.port)} → {line.to}" if line.from_ != START else f"start → {line.to}"
    return (
        f'<g><title>{_text(told)}</title><path d="M{_n(x)},{_n(y)} C{_corners(rest)}" fill="none" stroke="{EDGE}" '
        f'stroke-width="1.3"/><polygon points="{_corners(head_of_arrow(line))}" fill="{EDGE}"/></g>'
    )


def head_of_arrow(line: Line, length: float = 8, half: float = 3.6) -> Sequence[Point]:
    """The corners of an arrow's head, in the direction in which the line comes in."""
    (ax, ay), (bx, by) = _coming(line), line.points[-1]
    away = math.dist((ax, ay), (bx, by)) or 1
    dx, dy = (bx - ax) / away, (by - ay) / away
    x, y = bx - dx * length, by - dy * length
    return [(bx, by), (x - dy * half, y + dx * half), (x + dy * half, y - dx * half)]


def _coming(line: Line) -> tuple[float, float]:
    """The last point of a line's curve that is not its end."""
    return next((point for point in reversed(line.points) if point != line.points[-1]), line.points[0])


def _start(placed: Placed) -> str:
    x, y = placed.x + placed.width / 2, placed.y + placed.height / 2
    return (
        f'<g><rect x="{_n(placed.x)}" y="{_n(placed.y)}" width="{_n(placed.width)}" height="{_n(placed.height)}" '
        f'rx="{_n(placed.height / 2)}" fill="{INK}"/><text x="{_n(x)}" y="{_n(y + 4)}" text-anchor="middle" '
        f'font-size="{SMALL}" fill="{PAPER}">start</text></g>'
    )


def _node(drawing: Drawing, placed: Placed) -> str:
    node, lines = drawing.shown.flow.nodes[placed.id], drawing.texts[placed.id]
    x, y = placed.x + placed.width / 2, placed.y + 8 + TITLE
    said = [
        f'<text x="{_n(x)}" y="{_n(y + n * LINE)}" text-anchor="middle">{_text(line)}</text>'
        for n, line in enumerate(lines[:-1])
    ]
    said.append(
        f'<text x="{_n(x)}" y="{_n(y + len(said) * LINE)}" text-anchor="middle" font-family="{MONO}" '
        f'font-size="{SMALL}" fill="{FAINT}">{_text(lines[-1])}</text>'
    )
    about = f"{safe(node.title())} ({node.type} {node.id})"
    return f"<g><title>{_text(about)}</title>{_outline(drawing, node, placed)}{''.join(said)}</g>"


def _outline(drawing: Drawing, node: Node, placed: Placed) -> str:
    """An end is round, a node with several ways out has cut corners, any other is a box; the start has a thick line."""
    is_start = drawing.shown.flow.start == node.id
    paint = f'fill="{START_BOX if is_start else BOX}" stroke="{INK}" stroke-width="{2.4 if is_start else 1.1}"'
    x, y, w, h = placed.x, placed.y, placed.width, placed.height
    if len(node.ways()) > 1:
        return f'<polygon points="{_corners(hexagon(placed))}" {paint}/>'
    radius = 4 if node.ways() else h / 2
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}" rx="{_n(radius)}" {paint}/>'


def hexagon(placed: Placed) -> Sequence[Point]:
    """The corners of a node with several ways out."""
    left, right, top, bottom = placed.x, placed.x + placed.width, placed.y, placed.y + placed.height
    middle = (top + bottom) / 2
    inner = [(left + CUT, top), (right - CUT, top)], [(right - CUT, bottom), (left + CUT, bottom)]
    return [*inner[0], (right, middle), *inner[1], (left, middle)]


def _port(line: Line, x: float, y: float) -> str:
    """The name of a way, on a rim of paper, so that a line behind it does not strike it through."""
    return (
        f'<text x="{_n(x)}" y="{_n(y + 4)}" text-anchor="middle" font-size="{SMALL}" stroke="{PAPER}" '
        f'stroke-width="4" stroke-linejoin="round" paint-order="stroke">{_text(way_name(line.port))}</text>'
    )


def _corners(points: Sequence[Point]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _text(text: str) -> str:
    return html.escape(text)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
