"""A flow as a PNG: the picture of `flowctl.render.svg`, painted by Graphviz in the fonts of the machine.

Graphviz paints what its drawing language xdot says and places nothing. In that language a text comes after its length,
so that nothing in it can be read as anything but text.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from flowctl.diag import FlowctlError
from flowctl.ops.show import Shown
from flowctl.render.excerpt import excerpt
from flowctl.render.layout import INCH, Line, Placed, Point, agraph
from flowctl.render.svg import (
    BOX,
    EDGE,
    FAINT,
    HEAD,
    INK,
    LINE,
    MARGIN,
    PAPER,
    SMALL,
    START,
    START_BOX,
    TITLE,
    Drawing,
    draw,
    head_of_arrow,
    hexagon,
    way_name,
)

SHARP, COARSE = 144, 54  # dots an inch: what is painted, and below which nobody could read it
LARGEST = 16_000  # dots of a side; what Graphviz paints with gives up at twice that
SANS, BOLD, MONO = "Helvetica", "Helvetica-Bold", "Courier"
ROUND = 0.45  # how far the handles of a rounded corner stand from it, as a part of its radius


def png(shown: Shown) -> bytes:
    """The flow, or a node with its neighbours, as a PNG.

    Raises:
        FlowctlError: There are several flows, or the flow is too large for a picture of dots.
    """
    drawing = draw(excerpt(shown, "png"))
    dots = min(SHARP, int(LARGEST * INCH / max(drawing.width, drawing.height)))
    if dots < COARSE:
        name = drawing.shown.flow.flow
        hint = f"`flowctl show {name} --svg -o {name}.svg` has no such limit"
        raise FlowctlError(f"{len(drawing.texts):,} nodes are too many for a PNG that anybody could read", hint=hint)
    return paint(" ".join(_painted(drawing)), drawing.width, drawing.height, dots)


def paint(what: str, width: float, height: float, dots: int) -> bytes:
    """A PNG of what the drawing language says, on paper of a size in points; with so many dots an inch."""
    graph = agraph()(dpi=str(dots), bgcolor=PAPER, pad="0")
    try:
        graph.graph_attr["_background"] = what
        for name, x, y in (("0", 0, 0), ("1", width, -height)):  # they span the paper
            graph.add_node(name, pos=f"{x:.1f},{y:.1f}", shape="point", style="invis", width="0", height="0")
        with _hushed():
            return bytes(graph.draw(format="png", prog="nop2"))
    finally:
        graph.close()


@contextmanager
def _hushed() -> Iterator[None]:
    """Keeps from stderr what libraries below Graphviz print there, such as complaints about the machine's font files.

    They write to the file of the process, past Python.
    """
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


# What is painted, in the order in which it covers what came before ------------------------------------------------


def _painted(drawing: Drawing) -> Iterator[str]:
    yield _text(drawing.heading, (0, TITLE - HEAD), INK, TITLE, BOLD, align=-1)
    for line in drawing.layout.lines:
        yield f"{_pen(EDGE, 1.3)} {_points('B', line.points)}"
        yield f"{_fill(EDGE)} {_points('P', head_of_arrow(line))}"
    for placed in drawing.layout.nodes.values():
        yield from _start(placed) if placed.id == START else _node(drawing, placed)
    for line in drawing.layout.lines:
        if line.port and line.label:
            yield from _name(line, *line.label)


def _start(placed: Placed) -> Iterator[str]:
    yield f"{_pen(INK, 1)} {_fill(INK)} {_points('b', _rounded(placed, placed.height / 2))}"
    yield _text("start", (placed.x + placed.width / 2, placed.y + placed.height / 2 + 4), PAPER, SMALL)


def _node(drawing: Drawing, placed: Placed) -> Iterator[str]:
    node, lines = drawing.shown.flow.nodes[placed.id], drawing.texts[placed.id]
    is_start, ways = drawing.shown.flow.start == placed.id, len(node.ways())
    outline = (
        _points("P", hexagon(placed)) if ways > 1 else _points("b", _rounded(placed, 4 if ways else placed.height / 2))
    )
    yield f"{_pen(INK, 2.4 if is_start else 1.1)} {_fill(START_BOX if is_start else BOX)} {outline}"
    x, y = placed.x + placed.width / 2, placed.y + 8 + TITLE
    for n, line in enumerate(lines):
        is_id = n == len(lines) - 1
        look = (FAINT, SMALL, MONO) if is_id else (INK, TITLE, SANS)
        yield _text(line, (x, y + n * LINE), *look)


def _name(line: Line, x: float, y: float) -> Iterator[str]:
    """The name of a way, on a strip of paper, so that a line behind it does not strike it through."""
    name = way_name(line.port)
    half = len(name) * SMALL * 0.27
    strip = [(x - half, y - 6), (x + half, y - 6), (x + half, y + 6), (x - half, y + 6)]
    yield f"{_pen(PAPER, 1)} {_fill(PAPER)} {_points('P', strip)}"
    yield _text(name, (x, y + 4), INK, SMALL)


def _rounded(placed: Placed, r: float) -> Sequence[Point]:
    """A box with rounded corners, as a curve."""
    left, right, top, bottom, k = placed.x, placed.x + placed.width, placed.y, placed.y + placed.height, r * ROUND
    at = [(left + r, top), (right - r, top), (right, top + r), (right, bottom - r)]
    at += [(right - r, bottom), (left + r, bottom), (left, bottom - r), (left, top + r)]
    handles = [((right - k, top), (right, top + k)), ((right, bottom - k), (right - k, bottom))]
    handles += [((left + k, bottom), (left, bottom - k)), ((left, top + k), (left + k, top))]
    curve = [at[0]]
    for n, corner in enumerate(handles):
        begins, ends = at[2 * n + 1], at[(2 * n + 2) % 8]
        curve += [curve[-1], begins, begins, *corner, ends]
    return curve


# The drawing language ---------------------------------------------------------------------------------------------


def _points(what: str, points: Sequence[Point]) -> str:
    """`B` a curve, `b` a filled one, `P` a filled polygon."""
    return f"{what} {len(points)} " + " ".join(f"{_x(x)} {_y(y)}" for x, y in points)


def _text(text: str, at: Point, color: str, size: int, font: str = SANS, align: int = 0) -> str:
    """A text whose base line goes through a point: `align` 0 with its middle there, -1 with its start."""
    look = f"c {_counted(color)} F {size} {_counted(font)}"
    return f"{look} T {_x(at[0])} {_y(at[1])} {align} 0 {_counted(text)}"


def _pen(color: str, width: float) -> str:
    return f"c {_counted(color)} S {_counted(f'setlinewidth({width})')}"


def _fill(color: str) -> str:
    return f"C {_counted(color)}"


def _counted(text: str) -> str:
    return f"{len(text.encode())} -{text}"


def _x(x: float) -> str:
    return f"{x + MARGIN:.2f}"


def _y(y: float) -> str:
    """Graphviz counts upwards."""
    return f"{-y - MARGIN - HEAD:.2f}"
