"""A file as its entries: the pieces of text that a merge takes, leaves or moves as wholes.

The texts of all entries, one after the other, are the file again, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diff.rows import ROWS, Naming, naming
from flowctl.document import Document, Mapping, Scalar, Sequence, Splice, Tree
from flowctl.flow import Directory, Flow, Header, ObjectType, Roster, Settings, part_of
from flowctl.flow.kinds import MISSING, Kind, ListOf, MapOf, Record, keys
from flowctl.flow.model import Nodes, read_node
from flowctl.flow.node import load_node_types

HOLDERS: dict[str, type[Any]] = {
    "flow": Flow,
    "roster": Roster,
    "object": ObjectType,
    "header": Header,
    "directory": Directory,
    "settings": Settings,
}


@dataclass(frozen=True, slots=True)
class Section:
    """A key that holds entries of its own. Items of a list are known by their key `named_by`."""

    named_by: str | None = None
    is_ordered: bool = False  # the order of its entries is meaning


@dataclass(frozen=True, slots=True)
class Schema:
    """What is known of one sort of file: which keys hold entries, and what its values mean."""

    sort: str
    sections: dict[str, Section]  # `` when the entries are the items of the whole file, `rows` when they are its rows
    holder: type[Any] | None = None
    naming: Naming | None = None  # of rows

    @property
    def whole(self) -> str | None:
        """The section that the whole file is."""
        return next((name for name in self.sections if name in ("", ROWS) and not self.holder), None)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key or a list item with its value, or the first line of a section and the `entries` in it.

    `name` is unique in its section: a second item with the key `ana` is `ana (2)`.
    `gap` is what stands above it that is not its own, `lead` the comment lines directly above it, `body` its lines.
    """

    name: str
    key: str
    gap: str
    lead: str
    body: str
    column: int
    meaning: Any  # equal when two entries mean the same, however they are written
    entries: tuple[Entry, ...] | None = None
    is_list: bool = False

    def shifted(self, column: int) -> Entry:
        """The entry at another indentation."""
        by = column - self.column
        if not by:
            return self
        below = None if self.entries is None else tuple(e.shifted(e.column + by) for e in self.entries)
        return replace(self, lead=_shift(self.lead, by), body=_shift(self.body, by), column=column, entries=below)

    @property
    def text(self) -> str:
        """The text of the entry itself, with the comments directly above."""
        return self.lead + written([replace(self, gap="", lead="")])


@dataclass(frozen=True, slots=True)
class Layout:
    """A file: what stands above its first entry, the entries, and what stands below the last."""

    head: str
    entries: tuple[Entry, ...]
    tail: str


def schema_of(part_or_path: str, header: str | None = None) -> Schema:
    """The schema of a part, or of a file of the workspace; of a table's rows by its header."""
    part = part_of(part_or_path) or part_or_path
    sort = part.partition("/")[0]
    if part_or_path.startswith("flows/fixtures/"):
        return Schema("fixture", {"": Section("why")})
    if sort == "table":
        how = naming(header)
        return Schema("table", {ROWS: Section("", how.is_ordered)}, None, how)
    if sort not in HOLDERS:
        return Schema("other", {})
    holder = HOLDERS[sort]
    sections = {name: section for name, k in keys(holder).items() if (section := _section(k.kind))}
    return Schema(sort, sections, holder)


def _section(kind: Kind) -> Section | None:
    match kind:
        case Nodes() | MapOf():
            return Section()
        case ListOf(Record(cls)):
            return Section(next(iter(keys(cls))), is_ordered=True)
        case _:
            return None


def lay_out(schema: Schema, document: Document) -> Layout | None:
    """The entries of a file; None when it cannot be read, or is no mapping (no list, where one is expected)."""
    text = document.text
    if document.root is None:
        return Layout(text, (), "") if not document.problems else None
    expected = Sequence if "" in schema.sections else Mapping
    if document.problems or not isinstance(document.root, expected) or document.root.flow:
        return None
    reader = _Reader(schema, document)
    entries = tuple(reader.entries(document.root, 0, ""))
    if not entries:
        return Layout(text, (), "")
    first = replace(entries[0], gap="")
    return Layout(entries[0].gap, (first, *entries[1:]), text[reader.done :])


class _Reader:
    def __init__(self, schema: Schema, document: Document) -> None:
        self.schema, self.document, self.text = schema, document, document.text
        self.done = 0  # where the last body ended
        self.notes = Document("", self.text)  # of values that the model cannot read: none of our business
        load_node_types()

    def entries(self, tree: Mapping | Sequence, start: int, section: str) -> Iterator[Entry]:
        self.done = start
        seen: set[str] = set()
        for name, at, end, value in self.places(tree, section):
            line = self.text.rfind("\n", 0, at) + 1
            above = max(self.done, yaml.with_comments_above(self.text, line, at - line))
            gap, lead = self.text[self.done : above], self.text[above:line]
            self.done = end
            below = self.below(name, value, at) if tree is self.document.root else None
            body = self.text[line : end if below is None else self.line_end(at)]
            meaning = None if below is not None else self.meaning(section, name, value)
            unique = next(n for n in numbered(name) if n not in seen)
            seen.add(unique)
            yield Entry(unique, name, gap, lead, body, at - line, meaning, below, isinstance(value, Sequence))

    def places(self, tree: Mapping | Sequence, section: str) -> Iterator[tuple[str, int, int, Tree]]:
        """Each entry's name, where it begins, where its lines end, and its value."""
        if isinstance(tree, Mapping):
            for key, value in tree.entries.values():
                yield key.text, key.start, yaml.entry_lines(self.text, key, value)[1], value
            return
        named_by = self.schema.sections[section].named_by or ""
        for item in tree.items:
            found = item.get(named_by) if isinstance(item, Mapping) else None
            dash = [m.end() - 1 for m in re.finditer(r"(?m)^ *-", self.text[self.done : item.start])]
            at = self.done + dash[-1] if dash else item.start
            name = found.text if isinstance(found, Scalar) else ""
            yield name, at, self.line_end(max(yaml.content_end(self.text, item), at)), item

    def below(self, name: str, value: Tree, at: int) -> tuple[Entry, ...] | None:
        """The entries of a section; None for a key that is none, or is written on one line."""
        section = self.schema.sections.get(name)
        if section is None:
            return None
        if isinstance(value, Scalar):
            return () if value.is_null else None
        if isinstance(value, Sequence) is not (section.named_by is not None):
            return None
        if not (value.items if isinstance(value, Sequence) else value.entries):
            return ()
        if value.flow:
            return None
        done = self.done
        found = tuple(self.entries(value, self.line_end(at), name))
        self.done = done
        return found

    def line_end(self, at: int) -> int:
        newline = self.text.find("\n", at)
        return len(self.text) if newline < 0 else newline + 1

    def meaning(self, section: str, name: str, value: Tree) -> Any:
        """The value as the model holds it; as plain data where the model cannot read it."""
        known = keys(self.schema.holder) if self.schema.holder else {}
        k = known.get(section or name)
        before = len(self.notes.problems)
        read = self.read(k.kind, section, name, value) if k else MISSING
        sound = read is not MISSING and len(self.notes.problems) == before
        return read if sound else yaml.data(value)

    def read(self, kind: Kind, section: str, name: str, value: Tree) -> Any:
        match kind:
            case Nodes():
                return read_node(Scalar(name, None, 0, 0), value, self.notes)
            case MapOf(item) | ListOf(item) if section:
                return item.read(value, self.notes)
            case _:
                return kind.read(value, self.notes)


def numbered(name: str) -> Iterator[str]:
    """The names that entries of one key get, one after the other."""
    yield name
    number = 2
    while True:
        yield f"{name} ({number})"
        number += 1


# Writing --------------------------------------------------------------------------------------------------------


def written(entries: Iterable[Entry]) -> str:
    """The text of entries, each on lines of its own."""
    found: list[str] = []
    for entry in entries:
        for text in (entry.gap, entry.lead, _first_line(entry), written(entry.entries or ())):
            found.append(text + "\n" if text and not text.endswith("\n") else text)
    return "".join(found)


def _first_line(entry: Entry) -> str:
    """The body; of a section its first line, which says `[]` or `{}` exactly when there are no entries."""
    if entry.entries is None:
        return entry.body
    opens = re.search(r":[ \t]*(#.*)?\n?\Z", entry.body) is not None
    if opens and not entry.entries:
        return f"{' ' * entry.column}{entry.name}: {'[]' if entry.is_list else '{}'}\n"
    return f"{' ' * entry.column}{entry.name}:\n" if not opens and entry.entries else entry.body


def _shift(text: str, by: int) -> str:
    if by > 0:
        return re.sub(r"(?m)^(?=.*\S)", " " * by, text)
    return re.sub(rf"(?m)^ {{0,{-by}}}", "", text)


def opened(document: Document, names: Iterable[str]) -> Document:
    """The document with some keys (``: the whole file) one entry a line, where they were written in brackets."""
    for name in sorted(names):  # `` first
        tree = document.at(name) if name else document.root
        if isinstance(tree, Mapping | Sequence) and tree.flow and not document.problems:
            text = document.text
            start = len(text[: tree.start].rstrip(" "))
            edit = Splice(start, tree.end, _block(text, tree, "  " if name else ""))
            document = yaml.read("", yaml.splice(text, [edit]))
    return document


def _block(text: str, tree: Mapping | Sequence, pad: str) -> str:
    """The entries of a tree one a line; indented ones begin on a line of their own."""
    if isinstance(tree, Mapping):
        pairs = tree.entries.values()
        lines = [f"{text[key.start : key.end]}: {text[value.start : value.end]}" for key, value in pairs]
    else:
        lines = [f"- {text[item.start : item.end]}" for item in tree.items]
    if not lines:
        return (" " if pad else "") + text[tree.start : tree.end]
    nested = [re.sub(r"\n *(?=\S)", f"\n{pad}  ", line) for line in lines]
    return ("\n" if pad else "") + "\n".join(pad + line for line in nested)
