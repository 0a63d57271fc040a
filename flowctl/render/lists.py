"""Small shapes that several answers share: titled lines, marked lines, sentences with a count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flowctl.render.console import Look, paragraph
from flowctl.render.safe import safe

WIDTH = 12  # columns of the names in front of titled lines
GOOD, BAD = "✓", "✗"  # beside colour, for who cannot tell red from green


def titled(rows: Iterable[tuple[str, str]], look: Look) -> str:
    """`name   text` lines, the texts wrapped below themselves; rows with an empty text are left out."""
    return "\n".join(
        paragraph(safe(text), look.width, f"{look.paint('faint', name.ljust(WIDTH))}", " " * WIDTH)
        for name, text in rows
        if text
    )


def listed(marker: str, texts: Sequence[str], look: Look, style: str = "strong") -> str:
    """One marked line a text."""
    mark = look.paint(style, marker)
    return "\n".join(paragraph(safe(text), look.width, f"  {mark} ", "    ") for text in texts)


def names(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def next_command(command: str, why: str, look: Look) -> str:
    """The last line of what a command says: what to type next, and why."""
    reason = f"  {look.paint('faint', f'({safe(why)})')}" if why else ""
    return f"{look.paint('strong', 'next:')} {look.paint('name', command)}{reason}"


def blocks(*texts: str) -> str:
    """The texts that are not empty, with a blank line between them."""
    return "\n\n".join(text for text in texts if text)
