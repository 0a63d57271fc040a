"""What a text knows of the place where it will be read, and how it is laid out there."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flowctl.render.safe import safe

STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "info": "1;36",
    "good": "32",
    "bad": "31",
    "strong": "1",
    "faint": "2",
    "name": "36",
}
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
RULE = "─"


@dataclass(frozen=True, slots=True)
class Look:
    """How a text may look: `width` in columns, and whether colours are shown."""

    width: int = 80
    color: bool = False

    def paint(self, style: str, text: str) -> str:
        """The text in one of `STYLES`."""
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.color and text else text

    def narrower(self, by: int) -> Look:
        return Look(max(self.width - by, 20), self.color)


PLAIN = Look()


def cells(text: str) -> int:
    """How many columns a text takes on a terminal; styles take none, East Asian wide characters two."""
    bare = _STYLE.sub("", text)
    if bare.isascii():
        return len(bare)
    return sum(_cell(char) for char in bare)


def _cell(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def clip(text: str, width: int) -> str:
    """An unstyled text cut to a width, with `…` where something is missing."""
    if cells(text) <= width:
        return text
    taken, room = [], width - 1
    for char in text:
        room -= _cell(char)
        if room < 0:
            break
        taken.append(char)
    return "".join(taken).rstrip() + "…"


def wrap(text: str, width: int, first: int | None = None) -> list[str]:
    """An unstyled text in lines of at most `width` columns, broken at spaces; a longer word is broken anywhere.

    Args:
        first: The width of the first line, where it is another one.
    """
    lines: list[str] = []
    line, room = "", width if first is None else first
    for word in text.split():
        if line and cells(line) + 1 + cells(word) > room:
            lines.append(line)
            line, room = "", width
        line = f"{line} {word}" if line else word
        while cells(line) > room:
            head = clip(line, room + 1)[:-1] or line[0]
            lines.append(head)
            line, room = line[len(head) :].lstrip(), width
    return [*lines, line] if line or not lines else lines


def paragraph(text: str, width: int, first: str = "", rest: str = "") -> str:
    """A text wrapped behind `first`, its later lines behind `rest`."""
    wrapped = wrap(text, max(width - cells(rest), 20), max(width - cells(first), 20))
    return "\n".join(f"{rest if n else first}{line}" for n, line in enumerate(wrapped))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], look: Look, right: Iterable[int] = ()) -> str:
    """Columns under their heads. Texts that do not fit are wrapped in the widest column; `right` are the positions of
    the columns that are aligned to the right."""
    body = [[safe(cell) for cell in row] for row in rows]
    widths = [max(cells(row[i]) for row in [list(head), *body]) for i in range(len(head))]
    spare = look.width - sum(widths) - 2 * (len(widths) - 1)
    while spare < 0:
        widest = max(range(len(widths)), key=widths.__getitem__)
        if widths[widest] <= 12:
            break
        cut = min(-spare, max(widths[widest] - 12, 0), _over(widths, widest))
        widths[widest] -= cut
        spare += cut
    aligned = set(right)
    told = [look.paint("faint", _line(list(head), widths, aligned))]
    for row in body:
        columns = [wrap(cell, width) for cell, width in zip(row, widths, strict=True)]
        for n in range(max(map(len, columns))):
            told.append(_line([column[n] if n < len(column) else "" for column in columns], widths, aligned))
    return "\n".join(told)


def _over(widths: Sequence[int], widest: int) -> int:
    """By how much the widest column exceeds the next one; at least one."""
    others = [width for i, width in enumerate(widths) if i != widest]
    return max(widths[widest] - max(others, default=0), 1)


def _line(row: Sequence[str], widths: Sequence[int], right: set[int]) -> str:
    padded = (
        (" " * (width - cells(cell)) + cell) if i in right else (cell + " " * (width - cells(cell)))
        for i, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(padded).rstrip()


def count(n: int, what: str) -> str:
    """`1 lead`, `2 leads`; `what` in the singular."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {plural(what)}"


def plural(what: str) -> str:
    return f"{what[:-1]}ies" if what.endswith("y") and what[-2:-1] not in "aeiou" else f"{what}s"
