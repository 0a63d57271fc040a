"""From the events of PyYAML's C parser to a tree: every other reader loses places or types. (CSV is read in `sheet`.)

Anchors, aliases, tags and second documents are refused: each value is written where it is used, so that an edit of
one place never changes another.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import yaml
from yaml._yaml import CParser

from flowctl.diag import Span
from flowctl.document import sheet
from flowctl.document.tree import Document, Mapping, Scalar, Sequence, Tree

MAX_DEPTH = 40  # the deepest file of ours has 8 levels; a bound keeps hostile nesting from exhausting the stack
MAX_BYTES = 64 * 1024 * 1024  # thirty times a flow of 2,000 nodes
MANY_OBJECTS = 10_000
_NO_FLOW = re.compile(r"flows/(?:\w+/|(?:directory|settings)\.yaml$)")  # they hold no conditions
_TEXT: Any = yaml.ScalarEvent
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


def read(file: str, source: str | bytes) -> Document:
    """Reads one file, a CSV when its name ends so, else YAML.

    Never raises for what is in it: `problems` says what is wrong, and where.
    """
    is_sheet = file.endswith(".csv")
    document = _decoded(file, source)
    if not document.problems:
        _refuse_control(document) if is_sheet else _refuse_bytes(document)
    if not document.problems:
        with collector_paused():
            sheet.compose(document) if is_sheet else _Composer(document).compose()
    return document


def read_fragment(text: str) -> Document:
    """Reads YAML that stands in no file, such as a value typed on the command line."""
    return read("<text>", text)


def _decoded(file: str, source: str | bytes) -> Document:
    if isinstance(source, bytes):
        if len(source) > MAX_BYTES:
            document = Document(file, "")
            message, hint = f"the file has more than {MAX_BYTES // 2**20} MB", "split it"
            document.problem("FC001", message, document.span_of(0, 0), hint)
            return document
        try:
            text = source.decode("utf-8")
        except UnicodeDecodeError as error:
            return _not_utf8(file, source, error.start)
    else:
        text = source
    return Document(file, text)


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
    """Names the first control character. Of YAML it is asked only for files that are refused: the parser takes exactly
    the others."""
    control = _CONTROL.search(document.text)
    if control:
        name = f"U+{ord(control.group()):04X}"
        document.problem("FC001", f"control character {name}", document.span_of(*control.span()), "delete it")
    return control is not None


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pauses the cyclic collector: reading makes many objects that stay and no garbage (a third of the time at 2 MB).

    It would go through all of them as soon as it is back; after a large file, freezing and thawing files them as old
    ones, unseen.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if gc.get_count()[0] > MANY_OBJECTS:
                gc.freeze()
                gc.unfreeze()
            gc.enable()


class _Composer:
    """Turns the parser's events into a tree; stops at the first thing that leaves no sure reading of the rest."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.parser = CParser(document.text)
        self.next: Callable[[], Any] = self.parser.get_event
        self.has_marks = False

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
            document.root = _without_marks(document, root) if self.has_marks else root
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
            of_flow = "write `when: >-` and the condition on the next line, indented"
            hint = "put the whole text in quotes" if _NO_FLOW.match(self.document.file) else of_flow
            return "a text with `: ` in it must be quoted, or written below its key after `>-`", at, hint
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
        if len(entries) == 1 and "conflict" in entries:
            self.has_marks = True
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


def _without_marks(document: Document, root: Tree) -> Tree | None:
    from flowctl.document.marks import note_marks  # few files have any

    return note_marks(document, root)


def _end(flow: bool, event: Any, last: int) -> int:
    """Where a collection's own text ends: a block collection's end event stands after the blank lines below it."""
    return int(event.end_mark.index) if flow else last


class _Unreadable(Exception):
    def __init__(self, code: str, message: str, where: Span, hint: str | None) -> None:
        self.code, self.message, self.where, self.hint = code, message, where, hint
