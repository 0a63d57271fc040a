"""What a text knows of the place where it will be read, and how it is laid out there."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from typing import Literal

from flowctl.data import dataclass
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
_NARROW = re.compile(r"[\x20-\x7e\xa1-\u02ff–—…→─✗✓·]*")  # of one column each: Latin letters, and our own signs
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
    if bare.isascii() or _NARROW.fullmatch(bare):
        return len(bare)
    from rich.cells import cell_len  # git starts us for each file that it shows, and few of them need it

    return cell_len(bare)


def clip(text: str, width: int) -> str:
    """An unstyled text cut to a width, with `…` where something is missing."""
    return text if cells(text) <= width else _beginning(text, width - 1).rstrip() + "…"


def _beginning(text: str, room: int) -> str:
    """As much of a text as there is room for."""
    for at, char in enumerate(text):
        room -= cells(char)
        if room < 0:
            return text[:at]
    return text


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
            head = _beginning(line, room) or line[0]
            lines.append(head)
            line, room = line[len(head) :].lstrip(), width
    return [*lines, line] if line or not lines else lines


def paragraph(text: str, width: int, first: str = "", rest: str = "") -> str:
    """A text wrapped behind `first`, its later lines behind `rest`."""
    wrapped = wrap(text, max(width - cells(rest), 20), max(width - cells(first), 20))
    return "\n".join(f"{rest if n else first}{line}" for n, line in enumerate(wrapped))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], look: Look, right: Iterable[int] = ()) -> str:
    """Columns under their heads, the widest ones wrapped where they do not fit; `right` are the positions of the
    columns that are aligned to the right."""
    texts, aligned = [[safe(cell) for cell in row] for row in rows], frozenset(right)
    fitting = _fitting(head, texts, look, aligned)
    return _drawn(head, texts, look, aligned) if fitting is None else fitting


def _fitting(head: Sequence[str], rows: Sequence[Sequence[str]], look: Look, right: Container[int]) -> str | None:
    """The table as `_drawn` gives it, where nothing has to be wrapped and every character has one column."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) > look.width or not all(head):
        return None
    if not all(text.isascii() and text.isprintable() for row in (head, *rows) for text in row):
        return None

    def padded(row: Sequence[str]) -> list[str]:
        sized = enumerate(zip(row, widths, strict=True))
        return [cell.rstrip().rjust(width) if n in right else cell.ljust(width) for n, (cell, width) in sized]

    lines = ["  ".join(padded(row)).rstrip() for row in rows]
    names = padded(head)
    faint = "\x1b[2m  \x1b[0m".join(f"\x1b[2m{name}\x1b[0m" for name in names)
    return "\n".join([faint if look.color else "  ".join(names).rstrip(), *lines])


def _drawn(head: Sequence[str], rows: Sequence[Sequence[str]], look: Look, right: Container[int]) -> str:
    from rich.console import Console  # 40 ms, and few tables need it
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for position, name in enumerate(head):
        drawn.add_column(Text(name), justify="right" if position in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*map(Text, row))
    colors: Literal["standard"] | None = "standard" if look.color else None
    console = Console(width=look.width, color_system=colors, force_terminal=look.color, legacy_windows=False)
    with console.capture() as told:
        console.print(drawn)
    return "\n".join(line.rstrip() for line in told.get().splitlines())


def count(n: int, what: str) -> str:
    """`1 lead`, `2 leads`; `what` in the singular."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {plural(what)}"


def plural(what: str) -> str:
    return f"{what[:-1]}ies" if what.endswith("y") and what[-2:-1] not in "aeiou" else f"{what}s"
