"""YAML text as a tree that knows where everything stands, and edits that touch nothing else.

Built from the events of PyYAML's C parser, since every other reader loses places or types. Scalars stay text: what
a value *is* comes from the schema field that reads it, so `NO` is Norway and `01234` is a postcode. Anchors,
aliases, tags and second documents are refused: each value is written where it is used, so that an edit of one place
never changes another.
"""

from __future__ import annotations

import bisect
import gc
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import yaml
from yaml._yaml import CParser

from flowctl.diag import Diagnostic, Severity, Span

MAX_DEPTH = 40  # the deepest file of ours has 8 levels; a bound keeps hostile nesting from exhausting the stack
MAX_BYTES = 64 * 1024 * 1024  # thirty times a flow of 2,000 nodes
NULLS = frozenset(("", "~", "null"))  # how nothing is written, without quotes
_TEXT: Any = yaml.ScalarEvent
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


class Scalar(NamedTuple):
    """A text value. `start` and `end` are character offsets into the file, of the quotes where there are any."""

    text: str
    style: str | None
    start: int
    end: int

    @property
    def is_null(self) -> bool:
        return self.text in NULLS and not self.style


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

    `is_put_off` while a reader may leave what a value says to whoever asks for it first.
    """

    __slots__ = ("_lines", "file", "is_put_off", "problems", "root", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self.root: Tree | None = None
        self.is_put_off = False
        self.problems: list[Diagnostic] = []
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
        raw = raw_offsets(self.text, scalar)
        return self.span_of(raw[min(start, len(raw) - 1)], raw[min(end, len(raw) - 1)])

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
        return Diagnostic(code, severity, message, span, hint, self.excerpt(span.line))

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


def read(file: str, source: str | bytes) -> Document:
    """Reads one YAML file; never raises for what is in it: `problems` says what is wrong, and where."""
    document = _decoded(file, source)
    if not document.problems:
        with collector_paused():
            _Composer(document).compose()
    return document


def read_fragment(text: str) -> Document:
    """Reads YAML that stands in no file, such as a value typed on the command line."""
    return read("<text>", text)


def _decoded(file: str, source: str | bytes) -> Document:
    if isinstance(source, bytes):
        if len(source) > MAX_BYTES:
            document = Document(file, "")
            document.problem("FC001", f"the file has more than {MAX_BYTES // 2**20} MB", document.span_of(0, 0))
            return document
        try:
            text = source.decode("utf-8")
        except UnicodeDecodeError as error:
            return _not_utf8(file, source, error.start)
    else:
        text = source
    document = Document(file, text)
    _refuse_bytes(document)
    return document


def _not_utf8(file: str, source: bytes, offset: int) -> Document:
    document = Document(file, source[:offset].decode("utf-8") + "\ufffd")
    at = len(document.text) - 1
    hint = "save the file as UTF-8 (in Excel: `CSV UTF-8`; in Notepad: Save as, Encoding)"
    document.problem("FC001", "the file is not UTF-8 here", document.span_of(at, at + 1), hint)
    return document


def _refuse_bytes(document: Document) -> None:
    """Refuses what makes two equal-looking files differ, and what no editor shows."""
    text = document.text
    if text.startswith("\ufeff"):
        span = Span(document.file, 1, 1, 1, 1)
        document.problem("FC001", "the file begins with a byte order mark", span, f"`flowctl fmt {document.file}`")
    carriage = text.find("\r")
    if carriage >= 0:
        span = document.span_of(carriage, carriage)
        document.problem("FC001", "lines end in CR LF", span, f"`flowctl fmt {document.file}` makes them LF")
    if document.problems:
        _refuse_control(document)


def _refuse_control(document: Document) -> bool:
    """Names the first control character. Asked only of files that are refused: the parser takes exactly the others."""
    control = _CONTROL.search(document.text)
    if control:
        name = f"U+{ord(control.group()):04X}"
        document.problem("FC001", f"control character {name}", document.span_of(*control.span()), "delete it")
    return control is not None


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pauses the cyclic collector: reading makes many objects that stay and no garbage (a third of the time at 2 MB).

    It would go through all of them as soon as it is back; freezing and thawing files them as old ones, unseen.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.unfreeze()
            gc.enable()


class _Composer:
    """Turns the parser's events into a tree; stops at the first thing that leaves no sure reading of the rest."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.parser = CParser(document.text)
        self.next: Callable[[], Any] = self.parser.get_event

    def compose(self) -> None:
        document = self.document
        try:
            self.next()  # stream start
            event = self.next()
            if type(event) is yaml.StreamEndEvent:
                return
            root = self._node(self.next(), 1)
            self.next()  # document end
            if type(event := self.next()) is not yaml.StreamEndEvent:
                start = event.start_mark.index
                span = document.span_of(start, start + 3)
                document.problem("FC001", "a second YAML document begins here", span, "delete the `---`")
            document.root = root
        except _Unreadable as stop:
            document.problem(stop.code, stop.message, stop.where, stop.hint)
        except yaml.YAMLError as error:
            if not _refuse_control(document):
                document.problem("FC001", *self._syntax(error))
        finally:
            self.parser.dispose()

    def _syntax(self, error: yaml.YAMLError) -> tuple[str, Span, str | None]:
        if not isinstance(error, yaml.MarkedYAMLError):  # the reader's errors carry no mark
            return f"this is not YAML: {error}", self.document.span_of(0, 0), None
        mark = error.problem_mark or error.context_mark
        offset = min(mark.index, len(self.document.text)) if mark else 0
        at = self.document.span_of(offset, offset + 1)
        line = self.document.excerpt(at.line)
        said = error.problem or "this is not YAML"
        if "\t" in line[: len(line) - len(line.lstrip())]:
            return "a tab indents this line", at, "YAML is indented with spaces: replace the tab"
        if "mapping values are not allowed" in said:
            return (
                "a text with `: ` in it must be quoted, or written below its key after `>-`",
                at,
                "write `when: >-` and the condition on the next line, indented",
            )
        if "could not find expected ':'" in said or "expected <block end>" in said:
            return f"{said}", at, "look at the indentation of this line and the one above, and for a missing `:`"
        return said, at, None

    def _node(self, event: Any, depth: int) -> Tree:
        kind = type(event)
        if kind is yaml.AliasEvent or event.anchor or (event.tag and event.tag != "!"):
            raise self._not_used(event)
        start = event.start_mark.index
        if kind is _TEXT:
            return Scalar(event.value, event.style, start, event.end_mark.index)
        if depth > MAX_DEPTH:
            at = self.document.span_of(start, start + 1)
            raise _Unreadable("FC001", f"nested more than {MAX_DEPTH} levels deep", at, "flatten it")
        if kind is yaml.MappingStartEvent:
            return self._mapping(Mapping(event.flow_style, start), depth + 1)
        return self._sequence(Sequence(event.flow_style, start), depth + 1)

    # Nine tenths of the events of a large file are plain texts: both loops read those in place, with half the work of
    # a call of `_node` and of `Scalar(…)`.

    def _sequence(self, tree: Sequence, depth: int) -> Sequence:
        append, next_event, end, new = tree.items.append, self.next, yaml.SequenceEndEvent, tuple.__new__
        while type(event := next_event()) is not end:
            if type(event) is _TEXT and not event.anchor and not event.tag:
                append(new(Scalar, (event.value, event.style, event.start_mark.index, event.end_mark.index)))
            else:
                append(self._node(event, depth))
        tree.end = _end(tree.flow, event, tree.items[-1].end if tree.items else tree.start)
        return tree

    def _mapping(self, tree: Mapping, depth: int) -> Mapping:
        entries, next_event, new, last = tree.entries, self.next, tuple.__new__, tree.start
        while type(event := next_event()) is _TEXT and not event.anchor and not event.tag:
            name = event.value
            key = new(Scalar, (name, event.style, event.start_mark.index, event.end_mark.index))
            event = next_event()
            value: Tree
            if type(event) is _TEXT and not event.anchor and not event.tag:
                last = event.end_mark.index
                value = new(Scalar, (event.value, event.style, event.start_mark.index, last))
            else:
                value = self._node(event, depth)
                last = value.end
            if name in entries:
                self._here_twice(key, entries[name][0])
            else:
                entries[name] = (key, value)
        if type(event) is not yaml.MappingEndEvent:
            raise self._no_key(event, depth)
        tree.end = _end(tree.flow, event, last)
        return tree

    def _no_key(self, event: Any, depth: int) -> _Unreadable:
        here = self.document.span(self._node(event, depth))
        return _Unreadable("FC001", "a key must be a text", here, None)

    def _here_twice(self, key: Scalar, first: Scalar) -> None:
        line = self.document.span(first).line
        self.document.problem("FC002", f"`{key.text}` is here twice", key, f"it is on line {line} already")

    def _not_used(self, event: Any) -> _Unreadable:
        mark = event.start_mark
        at = self.document.span_of(mark.index, mark.index + 1)
        what = "anchors, aliases and tags (`&x`, `*x`, `!x`) are not used in these files"
        return _Unreadable("FC001", what, at, "write the value out, or put a text that begins so in quotes")


def _end(flow: bool, event: Any, last: int) -> int:
    """Where a collection's own text ends: a block collection's end event stands after the blank lines below it."""
    return int(event.end_mark.index) if flow else last


class _Unreadable(Exception):
    def __init__(self, code: str, message: str, where: Span, hint: str | None) -> None:
        self.code, self.message, self.where, self.hint = code, message, where, hint


# ------------------------------------------------------------------------------------------------ editing


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


def raw_offsets(text: str, scalar: Scalar) -> list[int]:
    """For each character of the value, and for its end, the offset in the file where it is written.

    Exact for plain, quoted and folded texts without escapes; after an escape the places are of the nearest character
    written alike.
    """
    offsets: list[int] = []
    at = _body_start(text, scalar)
    for char in scalar.text:
        found = _next_alike(text, at, scalar.end, char)
        offsets.append(found)
        at = found + 1
    return [*offsets, min(at, scalar.end)]


def _body_start(text: str, scalar: Scalar) -> int:
    if scalar.style in ("|", ">"):
        return text.find("\n", scalar.start) + 1
    return scalar.start + (1 if scalar.style else 0)


def _next_alike(text: str, at: int, end: int, char: str) -> int:
    if char.isspace():  # a fold: the line end stands for the space, the indentation for nothing
        while at < end and not text[at].isspace():
            at += 1
        while char == " " and at + 1 < end and text[at] in "\n " and text[at + 1] in "\n ":
            at += 1
        return min(at, end)
    found = text.find(char, at, end)
    return found if found >= 0 else min(at, end)


# ------------------------------------------------------------------------------------------------ writing

_PLAIN = re.compile(r"[A-Za-z0-9_/.(\[][^\x00-\x1f\x7f-\x9f]*\Z")
_AMBIGUOUS = re.compile(r"(?i)(null|~|true|false|yes|no|on|off|[-+.\d][\d_.,:eExXa-fA-F+-]*)\Z")


def scalar_text(value: str, *, inside_flow: bool = False) -> str:
    """A text as one YAML scalar on one line, plain where every YAML reader would take it for the same text."""
    risky = ": " in value or " #" in value or value.endswith((":", " ")) or value.startswith("[")
    if inside_flow:
        risky = risky or any(c in value for c in "[]{},")
    if _PLAIN.match(value) and not risky and not _AMBIGUOUS.match(value):
        return value
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else _escaped(c)) for c in value) + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _escaped(char: str) -> str:
    return f"\\U{ord(char):08x}" if ord(char) > 0xFFFF else f"\\u{ord(char):04x}"


def dump(value: Json, indent: int = 0) -> str:
    """Plain data as block YAML in the order given; ends in a newline. Numbers and booleans stand plain, texts that
    look like them are quoted; None is not written in a mapping."""
    return "".join(_dump(value, indent))


def _dump(value: Json, indent: int) -> Iterator[str]:
    pad = " " * indent
    if isinstance(value, dict):
        for key, item in value.items():
            if item is not None:
                yield f"{pad}{scalar_text(str(key))}:"
                yield from _dump_below(item, indent)
    elif isinstance(value, (list, tuple)):
        for item in value:
            lines = "".join(_dump(item, indent + 2)) if _is_block(item) else f"{pad}  {inline(item)}\n"
            yield f"{pad}- {lines[indent + 2 :]}"
    else:
        yield f"{pad}{inline(value)}\n"


def _dump_below(value: Json, indent: int) -> Iterator[str]:
    if _is_block(value):
        yield "\n"
        yield from _dump(value, indent + 2)
    else:
        yield f" {inline(value)}\n"


def _is_block(value: Json) -> bool:
    return isinstance(value, (dict, list, tuple)) and bool(value)


def inline(value: Json) -> str:
    """Plain data as YAML on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar_text(str(k), inside_flow=True)}: {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(inline(v) for v in value) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return scalar_text(str(value), inside_flow=True)
