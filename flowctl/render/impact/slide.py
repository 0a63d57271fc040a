"""An impact report as a picture for a slide: the headline, and who goes where; as SVG and as PNG.

Both paint the same shapes. The SVG has no script, style sheet or anything from elsewhere, and every text is escaped; in
the language of the PNG's painter a text comes after its length.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from itertools import pairwise

from flowctl.data import dataclass
from flowctl.ops.impact.report import Impact, Load
from flowctl.render.console import count
from flowctl.render.impact import words
from flowctl.render.impact.bands import POST, Bands, Point, Post, bands
from flowctl.render.impact.text import Told
from flowctl.render.page.boxes import text_width
from flowctl.render.safe import safe
from flowctl.render.svg import FAINT, INK, PAPER, SANS

WIDE, HIGH = 1280, 720
EDGE = 64  # around
HEADLINE, SMALL, LABEL = 36, 20, 18  # sizes of letters
LETTERS = 13  # the size that `text_width` measures
NAMES = 320  # points for the names at either side
DOTS = 144  # an inch of the PNG
COLORS = ("#0072b2", "#c47f00", "#00825f", "#a94f86", "#2f8fc9", "#bd4f00", "#6f6a1c", "#6257a5", "#7d4b3a", "#6f7787")
LOST = "#b3261e"


@dataclass(frozen=True, slots=True)
class Shape:
    """A closed outline of curves, filled."""

    outline: Sequence[Point]
    color: str
    opacity: float = 1.0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """A text whose base line begins, ends or has its middle at a point."""

    text: str
    at: Point
    size: int
    color: str = INK
    align: int = -1  # -1 begins there, 1 ends there
    bold: bool = False


Drawn = Shape | Label


def drawn(i: Impact) -> Iterator[Drawn]:
    """The slide."""
    lines = _broken(safe(words.headline(i)), WIDE - 2 * EDGE, HEADLINE)[:3]
    for n, line in enumerate(lines):
        yield Label(line, (EDGE, EDGE + HEADLINE + n * HEADLINE * 1.2), HEADLINE, bold=True)
    top = EDGE + len(lines) * HEADLINE * 1.2 + SMALL * 1.6
    yield Label(fitted(safe(f"{i.flow}: {words.versions(i)}"), WIDE - 2 * EDGE, SMALL), (EDGE, top), SMALL, FAINT)
    top += 44
    if i.moves:
        yield from _moving(i, top, HIGH - EDGE - top)
    elif i.against is None:
        yield from _loads(i, top, HIGH - EDGE - top)
    else:
        yield Label("Every lead stays where it is.", (EDGE, top + 60), 28, FAINT)


def _moving(i: Impact, top: float, room: float) -> Iterator[Drawn]:
    drawing = bands(i.moves, EDGE + NAMES, WIDE - EDGE - NAMES - POST, room)
    if drawing.height > room:  # names need more than there is: as much less for the bands
        drawing = bands(i.moves, EDGE + NAMES, WIDE - EDGE - NAMES - POST, max(room * 2 - drawing.height, 40))
    squeeze = min(1.0, room / drawing.height)
    for band in drawing.bands:
        left, right = drawing.left[band.left], drawing.right[band.right]
        color = LOST if right.name == "nobody" else COLORS[min(band.left, len(COLORS) - 1)]
        outline = [(x, top + y * squeeze) for x, y in band.outline]
        yield Shape(outline, color, 0.42, f"{safe(left.name)} → {safe(right.name)}: {count(band.leads, 'lead')}")
    yield from _posts(drawing, top, squeeze)


def _posts(drawing: Bands, top: float, squeeze: float) -> Iterator[Drawn]:
    for side, posts in enumerate((drawing.left, drawing.right)):
        for place, post in enumerate(posts):
            y, height = top + post.y * squeeze, post.height * squeeze
            color = COLORS[min(place, len(COLORS) - 1)] if side == 0 else LOST if post.name == "nobody" else INK
            yield Shape(box(drawing.x[side], y, POST, height), color, 1.0, _titled(post))
            x = drawing.x[0] - 12 if side == 0 else drawing.x[1] + POST + 12
            base = y + height / 2 + LABEL * 0.35
            leads = f"{post.leads:,}"
            name = fitted(safe(post.name), NAMES - 24 - _wide(leads, LABEL), LABEL)
            both = f"{name}  {leads}" if side == 0 else f"{leads}  {name}"
            yield Label(both, (x, base), LABEL, align=1 if side == 0 else -1)


def _titled(post: Post) -> str:
    return f"{safe(post.name)}: {count(post.leads, 'lead')}"


def _loads(i: Impact, top: float, room: float) -> Iterator[Drawn]:
    """Of one version: who has how many."""
    shown = i.loads[: max(int(room // 36), 1)]
    most = max((load.after for load in shown), default=0) or 1
    for n, load in enumerate(shown):
        y = top + n * 36
        wide = (WIDE - 2 * EDGE - NAMES - 160) * load.after / most
        yield Label(fitted(safe(load.name), NAMES - 16, LABEL), (EDGE, y + 19), LABEL)
        yield Shape(box(EDGE + NAMES, y, max(wide, 2), 24), LOST if load.name == "nobody" else COLORS[0])
        yield Label(_told(load, i), (EDGE + NAMES + wide + 10, y + 19), LABEL, FAINT)


def _told(load: Load, i: Impact) -> str:
    return f"{load.after:,} ({words.share(load.after, i.met)})"


def box(x: float, y: float, width: float, height: float) -> tuple[Point, ...]:
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y))
    found: list[Point] = [corners[0]]
    for begins, ends in pairwise(corners):
        found += [begins, ends, ends]
    return tuple(found)


def _wide(text: str, size: float) -> float:
    return text_width(text) * size / LETTERS


def fitted(text: str, room: float, size: float) -> str:
    if _wide(text, size) <= room:
        return text
    while text and _wide(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _broken(text: str, room: float, size: float) -> list[str]:
    """A text in lines that fit."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and _wide(longer, size * 1.06) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return [fitted(line, room, size) for line in lines]


# SVG --------------------------------------------------------------------------------------------------------------


def svg(told: Told) -> str:
    return "\n".join(_svg(told.impact)) + "\n"


def _svg(i: Impact) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{HIGH}" viewBox="0 0 {WIDE} {HIGH}" '
        f'role="img" aria-labelledby="title" font-family="{SANS}" fill="{INK}">'
    )
    yield f'<title id="title">{html.escape(safe(words.headline(i)))}</title>'
    yield f'<rect width="100%" height="100%" fill="{PAPER}"/>'
    for one in drawn(i):
        yield _label(one) if isinstance(one, Label) else _shape(one)
    yield "</svg>"


def _label(label: Label) -> str:
    anchor = ' text-anchor="end"' if label.align > 0 else ""
    bold = ' font-weight="bold"' if label.bold else ""
    place = f'x="{_n(label.at[0])}" y="{_n(label.at[1])}" font-size="{label.size}"'
    return f'<text {place}{anchor}{bold} fill="{label.color}">{html.escape(label.text)}</text>'


def _shape(shape: Shape) -> str:
    faint = f' fill-opacity="{shape.opacity}"' if shape.opacity < 1 else ""
    title = f"<title>{html.escape(shape.title)}</title>" if shape.title else ""
    return f'<path d="{path(shape.outline)}" fill="{shape.color}"{faint}>{title}</path>'


def path(outline: Sequence[Point]) -> str:
    """A closed outline as an SVG path has it."""
    (x, y), *rest = outline
    return f"M{_n(x)},{_n(y)} C{' '.join(f'{_n(a)},{_n(b)}' for a, b in rest)} Z"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


# PNG --------------------------------------------------------------------------------------------------------------


def png(told: Told) -> bytes:
    from flowctl.render.png import paint

    return paint(" ".join(_painted(told.impact)), WIDE, HIGH, DOTS)


def _painted(i: Impact) -> Iterator[str]:
    for one in drawn(i):
        if isinstance(one, Label):
            font = "Helvetica-Bold" if one.bold else "Helvetica"
            look = f"c {_counted(one.color)} F {one.size} {_counted(font)}"
            yield f"{look} T {one.at[0]:.2f} {-one.at[1]:.2f} {one.align} 0 {_counted(one.text)}"
        else:
            color = f"{one.color}{round(one.opacity * 255):02x}"
            points = " ".join(f"{x:.2f} {-y:.2f}" for x, y in one.outline)
            yield f"c {_counted('#00000000')} C {_counted(color)} b {len(one.outline)} {points}"


def _counted(text: str) -> str:
    return f"{len(text.encode())} -{text}"
