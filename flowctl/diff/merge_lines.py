"""Two sides of a text that is none of our files made one, line by line, as everybody merges texts."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher


def merge_lines(base: str, ours: str, theirs: str) -> str | None:
    """The merged text; None where both sides changed the same lines, or lines that touch."""
    found = []
    for b, o, t in _stretches(*(text.splitlines(keepends=True) for text in (base, ours, theirs))):
        if o != b and t not in (b, o):
            return None
        found += t if o == b else o
    return "".join(found)


def _stretches(base: list[str], ours: list[str], theirs: list[str]) -> Iterator[tuple[list[str], ...]]:
    """The texts in stretches: in turn what differs somewhere, and a line that all three have."""
    mine, yours = _places(base, ours), _places(base, theirs)
    b = o = t = 0
    for at in range(len(base)):
        if at in mine and at in yours:
            yield base[b:at], ours[o : mine[at]], theirs[t : yours[at]]
            yield (base[at : at + 1],) * 3
            b, o, t = at + 1, mine[at] + 1, yours[at] + 1
    yield base[b:], ours[o:], theirs[t:]


def _places(base: list[str], side: list[str]) -> dict[int, int]:
    """Where the lines of the base stand on a side, if they do."""
    blocks = SequenceMatcher(None, base, side, autojunk=False).get_matching_blocks()
    return {a + i: b + i for a, b, size in blocks for i in range(size)}
