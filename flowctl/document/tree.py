"""A file of YAML as a tree of texts, lists and mappings, each with its place."""

from __future__ import annotations

import bisect
import re
from typing import Any, NamedTuple, TypeAlias

from flowctl.diag import Diagnostic, Severity, Span
from flowctl.document.places import raw_offsets

NULLS = frozenset(("", "~", "null"))  # how nothing is written, without quotes
QUOTED, UNQUOTED = '""', ","  # the styles of the filled cells of a CSV, where `null` is a text


class Scalar(NamedTuple):
    """A text value. `start` and `end` are character offsets into the file, of the quotes where there are any."""

    text: str
    style: str | None
    start: int
    end: int

    @property
    def is_null(self) -> bool:
        return self.text in NULLS and not self.style

    @property
    def is_quoted(self) -> bool:
        return self.style in ("'", '"', QUOTED)


class Sequence:
    """A list. `flow` tells `[a, b]` from one item a line."""

    __slots__ = ("end", "flow", "items", "start")

    def __init__(self, flow: bool, start: int) -> None:
        self.items: list[Tree] = []
        self.flow, self.start, self.end = flow, start, start


class Mapping:
    """Keys and values in the order of the file; each entry holds the key as written and its value."""

    __slots__ = ("end", "entries", "flow", "start")

    def __init__(self, flow: bool, start: int) -> None:
        self.entries: dict[str, tuple[Scalar, Tree]] = {}
        self.flow, self.start, self.end = flow, start, start

    def get(self, key: str) -> Tree | None:
        entry = self.entries.get(key)
        return entry[1] if entry else None


Tree: TypeAlias = Scalar | Sequence | Mapping
Step: TypeAlias = str | int
Json: TypeAlias = Any  # str | int | float | bool | None | list[Json] | dict[str, Json]; mypy has no good recursive form


def data(tree: Tree | None) -> Json:
    """The tree as plain dictionaries, lists and texts, in file order."""
    if isinstance(tree, Scalar):
        return None if tree.is_null else tree.text
    if isinstance(tree, Sequence):
        return [data(item) for item in tree.items]
    return {key: data(value) for key, (_, value) in tree.entries.items()} if tree else None


class Document:
    """One file: its text, its tree (None when empty or unreadable) and the problems met while reading it.

    `is_put_off` while a reader may leave what a value says to whoever asks for it first. `marks` are the disputes of a
    merge that nobody settled yet; each is a problem, too.
    """

    __slots__ = ("_lines", "file", "is_put_off", "marks", "problems", "root", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.root: Tree | None = None
        self.is_put_off = False
        self.problems: list[Diagnostic] = []
        self.marks: list[Any] = []
        self._lines: list[int] | None = None

    def at(self, *path: Step) -> Tree | None:
        """The tree at a path of keys and positions; None when the path does not exist."""
        here = self.root
        for step in path:
            if isinstance(here, Mapping) and isinstance(step, str):
                here = here.get(step)
            elif isinstance(here, Sequence) and isinstance(step, int) and step < len(here.items):
                here = here.items[step]
            else:
                return None
        return here

    def where(self, *path: Step) -> Span:
        """The place of a value; of its nearest existing parent when the value is not written."""
        while path and self.at(*path) is None:
            path = path[:-1]
        tree = self.at(*path)
        return self.span(tree) if tree else self.span_of(0, 0)

    def key(self, *path: Step) -> Span:
        """The place of the key that introduces a value; of the value itself in a list."""
        parent = self.at(*path[:-1]) if path else None
        if isinstance(parent, Mapping) and path[-1] in parent.entries:
            return self.span(parent.entries[str(path[-1])][0])
        return self.where(*path)

    def span(self, tree: Tree) -> Span:
        if isinstance(tree, Scalar):
            return self.span_of(tree.start, tree.end)
        return self.span_of(tree.start, min(tree.end, self._line_end(self.place(tree.start)[0] - 1)))

    def span_inside(self, scalar: Scalar, start: int, end: int) -> Span:
        """The place of `scalar.text[start:end]` in the file."""
        raw = raw_offsets(self.text, *scalar)
        first = raw[min(start, len(raw) - 1)]
        return self.span_of(first, raw[min(end, len(raw) - 1) - 1] + 1 if end > start else first)

    def span_of(self, start: int, end: int) -> Span:
        """The place of the characters from `start` to `end` (exclusive)."""
        line, column = self.place(start)
        end_line, end_column = self.place(max(start, end))
        return Span(self.file, line, column, end_line, end_column)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of a character offset, from 1."""
        lines = self._line_starts()
        line = bisect.bisect_right(lines, offset) - 1
        return line + 1, offset - lines[line] + 1

    def excerpt(self, line: int) -> str:
        """The source line with this number (from 1), without its line end."""
        lines = self._line_starts()
        if line > len(lines):
            return ""
        return self.text[lines[line - 1] : self._line_end(line - 1)].rstrip("\r")

    def diagnostic(
        self, code: str, message: str, span: Span, hint: str | None = None, severity: Severity = Severity.ERROR
    ) -> Diagnostic:
        return Diagnostic(code, severity, _one_line(message), span, hint and _one_line(hint), self.excerpt(span.line))

    def problem(self, code: str, message: str, where: Tree | Span, hint: str | None = None) -> None:
        """Notes an error at a place."""
        span = where if isinstance(where, Span) else self.span(where)
        self.problems.append(self.diagnostic(code, message, span, hint))

    def _line_starts(self) -> list[int]:
        if self._lines is None:
            self._lines = [0, *(m.end() for m in re.finditer("\n", self.text))]
        return self._lines

    def _line_end(self, line: int) -> int:
        lines = self._line_starts()
        return lines[line + 1] - 1 if line + 1 < len(lines) else len(self.text)


LONGEST = 240  # characters of a message; what was written is quoted in it, and may be of any length


def _one_line(message: str) -> str:
    """A message on one line, cut where it quotes too much of the file."""
    line = message.replace("\n", "\\n")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
