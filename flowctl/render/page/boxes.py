"""How large a node is drawn, and how its title is broken into lines: a page is laid out before a browser sees it."""

from __future__ import annotations

import unicodedata

from flowctl.data import dataclass

TITLE_SIZE = 13  # pixels, as in map.css
ID_WIDTH = 6.4  # of one character of the id: a fixed pitch
LINE, ID_LINE = 17, 15  # heights
LEFT, RIGHT, ABOVE = 40, 14, 10  # room for the icon, and around
NARROWEST, WIDEST = 96, 200  # of a title's line
MOST_LINES = 3
LABEL_SIZE = 11
LONGEST_PORT = 26  # characters of a way's name, as in scene.js
_NARROW = frozenset("iljtfrI.,:;'|!()[]{}`\" ")
_WIDE = frozenset("mwMW@%—…")


@dataclass(frozen=True, slots=True)
class Drawn:
    """The lines of a title, the id as far as there is room, and the size of the box around them."""

    lines: tuple[str, ...]
    id: str
    width: int
    height: int


def drawn(title: str, id_: str) -> Drawn:
    """A node's box: as wide as its title wants, within bounds."""
    lines = wrapped(title)
    inner = min(max(NARROWEST, *(text_width(line) for line in lines), len(id_) * ID_WIDTH), WIDEST)
    room = int(inner / ID_WIDTH)
    short = id_ if len(id_) <= room else f"{id_[: room - 1]}…"
    return Drawn(lines, short, round(LEFT + inner + RIGHT), 2 * ABOVE + LINE * len(lines) + ID_LINE)


def wrapped(title: str) -> tuple[str, ...]:
    """A title in a few lines, broken at spaces where it can be; `…` where something is missing."""
    lines: list[str] = []
    line = ""
    for word in title.split() or [" "]:
        longer = f"{line} {word}" if line else word
        if not line or text_width(longer) <= WIDEST:
            line = longer
        else:
            lines.append(line)
            line = word
    lines.append(line)
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1]} …"]
    return tuple(clipped(line) for line in lines)


def clipped(line: str) -> str:
    if text_width(line) <= WIDEST:
        return line
    while line and text_width(line) > WIDEST - TITLE_SIZE:
        line = line[:-1]
    return f"{line.rstrip(' …')}…"


def label_size(port: str, before: int, after: int) -> tuple[float, float]:
    """The room that the name of a way takes with all that may stand beside it: the sign of a change, and how many leads
    take the way.
    """
    figures = [
        str(before),
        f"{before}→{after}" if before != after else str(after),
        "" if before and after else "○ never",
    ]
    widest = max(text_width(f"+ {port[:LONGEST_PORT]} {figure}") for figure in figures)
    return widest * LABEL_SIZE / TITLE_SIZE + 6, LABEL_SIZE + 6


def text_width(text: str) -> float:
    """How wide a text is at most in the fonts of common systems, in pixels: DejaVu's letters are the widest."""
    return sum(map(_advance, text)) * TITLE_SIZE


def _advance(char: str) -> float:
    if char in _NARROW:
        return 0.37
    if char in _WIDE:
        return 0.95
    if unicodedata.east_asian_width(char) in "WF":
        return 1.05
    return 0.71 if char.isupper() else 0.615
