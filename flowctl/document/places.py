"""Where the characters of a value stand in the file, through folds, quotes and escapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_SINGLE = re.compile(r"''")
_CELL = re.compile(r'""')
_DOUBLE = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")


def raw_offsets(text: str, value: str, style: str | None, start: int, end: int) -> list[int]:
    """For each character of a value, and for its end, the offset in the file where it is written.

    Args:
        text: The whole file.
        style: The quote or the sign of a block text; None when the value stands plain.
        start, end: Where the scalar stands in the file, quotes and signs included.

    A space or a line end that stands for a fold has the place where the line before it ends.
    """
    offsets: list[int] = []
    last = start
    for at, piece, width in _pieces(text, style, start, end):
        while len(offsets) < len(value) and not value.startswith(piece, len(offsets)):
            offsets.append(last)
        offsets += range(at, at + len(piece))
        last = at + width
    offsets += [last] * (len(value) - len(offsets))
    return [*offsets[: len(value)], last]


def _pieces(text: str, style: str | None, start: int, end: int) -> Iterator[tuple[int, str, int]]:
    """The runs of characters that stand in the file as they are in the value: offset, characters, and their width in
    the file, which for an escape is more than one."""
    if style in ("|", ">"):
        yield from _block(text, start, end)
    elif style == "'":
        yield from _quoted(text, start + 1, end - 1, _SINGLE, lambda escape: "'")
    elif style == '"':
        yield from _quoted(text, start + 1, end - 1, _DOUBLE, _unescaped)
    elif style == '""':  # a cell of a CSV
        yield from _quoted(text, start + 1, end - 1, _CELL, lambda escape: '"')
    else:
        yield from _lines(text, start, end)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, str, int]]:
    """Lines whose surrounding spaces are no part of the value, but the first's beginning and the last's end."""
    at = start
    while at <= end:
        newline = text.find("\n", at, end)
        stop = end if newline < 0 else newline
        line = text[at:stop]
        if at > start:
            line, at = line.lstrip(" \t"), stop - len(line.lstrip(" \t"))
        if newline >= 0:
            line = line.rstrip(" \t")
        if line:
            yield at, line, len(line)
        if newline < 0:
            return
        at = newline + 1


def _quoted(
    text: str, start: int, end: int, escape: re.Pattern[str], meaning: Callable[[str], str]
) -> Iterator[tuple[int, str, int]]:
    """As `_lines`, with the escapes as pieces of their own."""
    for at, line, _ in _lines(text, start, end):
        done = 0
        for found in escape.finditer(line):
            if found.start() > done:
                yield at + done, line[done : found.start()], found.start() - done
            yield at + found.start(), meaning(found.group()), len(found.group())
            done = found.end()
        if done < len(line):
            yield at + done, line[done:], len(line) - done


def _unescaped(escape: str) -> str:
    if escape[1] in "xuU":
        return chr(int(escape[2:], 16))
    return _NAMED.get(escape[1], escape[1])


_NAMED = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "e": "\x1b", "_": "\xa0", "N": "\x85", "L": "\u2028"}


def _block(text: str, start: int, end: int) -> Iterator[tuple[int, str, int]]:
    """The lines of a block text without their indentation, which is the first line's, or what its sign says."""
    header = text.find("\n", start)
    at = header + 1 if header >= 0 else end
    stated = re.match(r"[|>][+-]?([1-9])", text[start:at])
    indent = None
    while at < end:
        newline = text.find("\n", at, end)
        stop = end if newline < 0 else newline
        line = text[at:stop]
        if line.strip(" "):
            if indent is None:
                indent = _indent(text, start, line, stated)
            yield at + indent, line[indent:], len(line) - indent
        at = stop + 1


def _indent(text: str, start: int, line: str, stated: re.Match[str] | None) -> int:
    if stated is None:
        return len(line) - len(line.lstrip(" "))
    above = text[text.rfind("\n", 0, start) + 1 :]
    return len(above) - len(above.lstrip(" ")) + int(stated.group(1))
