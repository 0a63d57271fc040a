"""Texts from files inside Markdown, so that they stay texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from flowctl.render.safe import safe

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#|~!&$]")
# What hosts look for once Markdown is done, where no backslash helps: mentions, references, emoji, addresses, commits.
_REFERENCE = re.compile(
    r"""(?<=[@\#!%~&$^])(?=[\w\[{"(-]) | (?<=:)(?=[A-Za-z+\-/]) | (?<=www)(?=\.) | (?<=\b[A-Z][A-Z]-)(?=\d)
      | (?<=[A-Z]{3}-)(?=\d)""",
    re.VERBOSE,
)
_COMMIT = re.compile(r"\b[0-9a-f]{7,}\b", re.IGNORECASE)
_BREAK = "\0"  # no text has one any more after `safe`


def escaped(text: str) -> str:
    """A text that Markdown shows as it is: no markup, no link, no mention of anybody, no reference to anything.

    A space of no width keeps apart what hosts would recognize.
    """
    broken = _COMMIT.sub(lambda m: _BREAK.join(re.findall(r"\w{1,6}", m.group())), _REFERENCE.sub(_BREAK, safe(text)))
    quiet = _MARKUP.sub(lambda m: "&#124;" if m.group() == "|" else f"\\{m.group()}", broken)
    return quiet.replace("@", "&#64;").replace("//", "&#47;&#47;").replace(_BREAK, "&#8203;")


def code(text: str) -> str:
    """A name as code. A backtick would end it."""
    return f"`{safe(text).replace('`', chr(39)) or ' '}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = ()) -> str:
    """A table; its cells are Markdown already. `right` are the positions of columns aligned to the right."""
    aligned = set(right)
    lines = [head, ["---:" if i in aligned else "---" for i in range(len(head))], *rows]
    return "\n".join(f"| {' | '.join(cell.replace(chr(10), ' ') for cell in line)} |" for line in lines)
