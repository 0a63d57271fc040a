"""Texts of flows in the cells of a table: sentences with names in backticks, and names alone."""

from __future__ import annotations

from flowctl.render.markdown import code, escaped
from flowctl.render.safe import safe

CLIPPED = 400  # characters of a text that are told where all of them would not fit


def name(text: str, longest: int | None = None) -> str:
    """A name as code; where a `|` or nothing stands in it, as code that a table cannot take apart."""
    clipped = clip(text, longest)
    if "|" in clipped or not safe(clipped).strip():
        return f"<code>{escaped(clipped) or ' '}</code>"
    return code(clipped)


def words(sentence: str, longest: int | None = None) -> str:
    """A sentence; what stands in backticks is code, the rest is text."""
    clipped = clip(sentence, longest)
    pieces = clipped.split("`")
    return "".join(name(piece) if at % 2 else escaped(piece) for at, piece in enumerate(pieces))


def clip(text: str, longest: int | None) -> str:
    """A text cut to a length, with `…` where something is missing."""
    return text if longest is None or len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def folded(summary: str, body: str, is_open: bool = False) -> str:
    """A part that is opened by a click. The summary is text of ours."""
    return f"<details{' open' if is_open else ''}><summary>{summary}</summary>\n\n{body}\n\n</details>" if body else ""
