"""Texts from files inside Markdown, so that they stay texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from flowctl.render.safe import safe

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~!&$]")


def escaped(text: str) -> str:
    """A text that Markdown shows as it is: no markup, no link, no mention of anybody."""
    quiet = _MARKUP.sub(lambda m: f"\\{m.group()}", safe(text))
    return quiet.replace("@", "&#64;").replace("://", ":&#47;&#47;")


def code(text: str) -> str:
    """A name as code. A backtick would end it."""
    return f"`{safe(text).replace('`', chr(39))}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """A table; its cells are Markdown already. `right` are the positions of columns aligned to the right."""
    aligned = set(right)
    lines = [head, ["---:" if i in aligned else "---" for i in range(len(head))], *rows]
    return "\n".join(f"| {' | '.join(cell.replace(chr(10), ' ') for cell in line)} |" for line in lines)
