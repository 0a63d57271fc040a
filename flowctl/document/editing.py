"""Edits of a file's text that leave every other byte alone."""

from __future__ import annotations

from collections.abc import Iterable

from flowctl.data import dataclass
from flowctl.document.tree import Scalar, Tree


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """Puts `text` in the place of the characters from `start` to `end` (exclusive)."""

    start: int
    end: int
    text: str


def splice(text: str, edits: Iterable[Splice]) -> str:
    """Applies edits to the text that their offsets were taken from; everything between them stays byte for byte."""
    parts: list[str] = []
    done = 0
    for edit in sorted(edits):
        assert edit.start >= done, "edits overlap"
        parts += (text[done : edit.start], edit.text)
        done = edit.end
    return "".join(parts) + text[done:]


def content_end(text: str, tree: Tree) -> int:
    """Where the text of a value ends, without the blank lines that a block text swallows."""
    end = tree.end
    while end > tree.start and text[end - 1] in " \n":
        end -= 1
    return end


def entry_lines(text: str, key: Scalar, value: Tree) -> tuple[int, int]:
    """The whole lines of a block entry: from the start of the key's line to the line end after its value."""
    start = text.rfind("\n", 0, key.start) + 1
    newline = text.find("\n", max(content_end(text, value), key.end))
    return start, len(text) if newline < 0 else newline + 1


def with_comments_above(text: str, start: int, column: int) -> int:
    """Moves the start of an entry up over the comment lines that stand directly above it, indented alike."""
    while start > 0:
        above = text.rfind("\n", 0, start - 1) + 1
        line = text[above:start]
        if not line.strip().startswith("#") or len(line) - len(line.lstrip(" ")) != column:
            return start
        start = above
    return start
