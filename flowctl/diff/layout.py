"""A file as its entries: the pieces of text that a merge takes, leaves, moves or looks into.

The texts of all entries, one after the other, are the file again, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field, replace

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diff.naming import ROWS, Naming, naming
from flowctl.document import Document, Mapping, Scalar, Sequence, Splice, Tree
from flowctl.document.marks import item_names
from flowctl.document.places import raw_offsets
from flowctl.flow.bundle import part_of


@dataclass(frozen=True, slots=True)
class Schema:
    """What is known of one sort of file without loading the classes that hold its keys.

    `sections` are the keys that hold entries of their own, each with whether their order is meaning: `` when the
    entries are the items of the whole file, `rows` when they are its rows, which `naming` names.
    """

    sort: str
    sections: dict[str, bool]
    naming: Naming | None = None

    @property
    def whole(self) -> str | None:
        """The section that the whole file is."""
        return next((name for name in self.sections if name in ("", ROWS)), None)


SECTIONS = {
    "flow": {"nodes": False},
    "roster": {"members": True},
    "object": {"fields": False, "relations": False},
    "header": {"columns": False},
    "directory": {"users": False, "queues": False},
    "settings": {},
}


def schema_of(part_or_path: str, header: str | None = None) -> Schema:
    """The schema of a part, or of a file of the workspace; of a table's rows by its header."""
    part = part_of(part_or_path) or part_or_path
    sort = part.partition("/")[0]
    if part_or_path.startswith("flows/fixtures/"):
        return Schema("fixture", {"": False})
    if sort == "table":
        how = naming(header)
        return Schema("table", {ROWS: how.is_ordered}, how)
    return Schema(sort, SECTIONS[sort]) if sort in SECTIONS else Schema("other", {})


@dataclass(frozen=True, slots=True)
class Entry:
    """A key or a list item with its value; a row of a table.

    `name` is unique in its section: a second item called `ana` is `ana (2)`. `gap` is what stands above it that is not
    its own, `lead` the comment lines directly above it, `body` its lines. `tree` is its value; its offsets are those
    of `text`, where the body begins at `start`. `key` is written before the colon, None for an item or a row.
    """

    name: str
    key: str | None
    gap: str
    lead: str
    body: str
    column: int
    tree: Tree = field(compare=False, repr=False)
    text: str = field(compare=False, repr=False)
    start: int = field(compare=False, repr=False)

    def shifted(self, column: int) -> Entry:
        """The entry as it is written at another indentation."""
        by = column - self.column
        return replace(self, lead=shifted(self.lead, by), body=shifted(self.body, by), column=column) if by else self

    @property
    def own(self) -> str:
        """The entry's text with the comments directly above."""
        return self.lead + self.body


def shifted(text: str, by: int) -> str:
    """Lines at another indentation; empty lines stay so."""
    if by > 0:
        return re.sub(r"(?m)^(?=.)", " " * by, text)
    return re.sub(rf"(?m)^ {{0,{-by}}}", "", text) if by else text


@dataclass(frozen=True, slots=True)
class Layout:
    """A file: what stands above its first entry, the entries, and what stands below the last."""

    head: str
    entries: tuple[Entry, ...]
    tail: str


def lay_out(schema: Schema, document: Document) -> Layout | None:
    """The entries of a file; None when it cannot be read, or is no mapping (no list, where one is expected)."""
    text, root = document.text, document.root
    if root is None:
        return Layout(text, (), "") if not document.problems else None
    expected = Sequence if "" in schema.sections else Mapping
    if document.problems or not isinstance(root, expected) or root.flow:
        return None
    entries = tuple(_entries(text, root, 0))
    if not entries:
        return Layout(text, (), "")
    last = entries[-1]
    first = replace(entries[0], gap="")
    return Layout(entries[0].gap, (first, *entries[1:]), text[last.start + len(last.body) :])


def _entries(text: str, tree: Mapping | Sequence, done: int) -> Iterator[Entry]:
    for name, key, at, end, value in _places(text, tree, done):
        line = text.rfind("\n", 0, at) + 1
        above = max(done, yaml.with_comments_above(text, line, at - line))
        yield Entry(name, key, text[done:above], text[above:line], text[line:end], at - line, value, text, line)
        done = end


def _places(text: str, tree: Mapping | Sequence, done: int) -> Iterator[tuple[str, str | None, int, int, Tree]]:
    """Each entry's name, its key, where it begins, where its lines end, and its value."""
    if isinstance(tree, Mapping):
        for key, value in tree.entries.values():
            end = yaml.entry_lines(text, key, value)[1]
            yield key.text, text[key.start : key.end], key.start, end, value
        return
    for name, item in zip(item_names(tree.items), tree.items, strict=True):
        dash = [m.end() - 1 for m in re.finditer(r"(?m)^ *-", text[done : item.start])]
        at = done + dash[-1] if dash else item.start
        done = line_end(text, max(yaml.content_end(text, item), at))
        yield name, None, at, done, item


def line_end(text: str, at: int) -> int:
    newline = text.find("\n", at)
    return len(text) if newline < 0 else newline + 1


def written(entries: Iterable[Entry]) -> str:
    """The text of entries, each on lines of its own."""
    texts = (text for entry in entries for text in (entry.gap, entry.lead, entry.body))
    return "".join(text + "\n" if text and not text.endswith("\n") else text for text in texts)


# The inside of an entry -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Inner:
    """The entries of an entry's value, one a line, and the text above them: the line of its key.

    `was_flow`: they were written in brackets. `is_list` is None where nothing says whether it is a list or a mapping.
    """

    opening: str
    entries: tuple[Entry, ...]
    is_list: bool | None
    column: int
    was_flow: bool = False


def inner(entry: Entry) -> Inner | None:
    """The inside of an entry; None for a text, and for what cannot be written one entry a line without a loss."""
    tree = entry.tree
    if isinstance(tree, Scalar):
        return _empty(entry, None) if tree.is_null else None
    if not (tree.items if isinstance(tree, Sequence) else tree.entries):
        return _empty(entry, isinstance(tree, Sequence))
    if tree.flow:
        opened = in_lines(entry)
        found = inner(opened) if opened else None
        return replace(found, was_flow=True) if found else None
    first_line = line_end(entry.text, entry.start)
    if tree.start >= first_line:
        opening, done = entry.body[: first_line - entry.start], first_line
        entries = tuple(_entries(entry.text, tree, done))
    elif entry.key is None and isinstance(tree, Mapping):
        opening, (first, *others) = "", _entries(entry.text, tree, entry.start)
        dash = entry.column
        entries = (replace(first, body=first.body[:dash] + " " + first.body[dash + 1 :]), *others)
    else:
        return None
    return Inner(opening, entries, isinstance(tree, Sequence), entries[0].column)


def _empty(entry: Entry, is_list: bool | None) -> Inner | None:
    if entry.key is None:
        return None
    rest = entry.text[entry.tree.end : line_end(entry.text, entry.tree.end)].rstrip("\n")
    return Inner(f"{' ' * entry.column}{entry.key}:{rest}\n", (), is_list, entry.column + 2)


def in_lines(entry: Entry) -> Entry | None:
    """The entry with its value one item a line, where it was in brackets; None when comments would be lost."""
    text, tree = entry.text, entry.tree
    assert not isinstance(tree, Scalar)
    before = entry.body[: tree.start - entry.start].rstrip(" \n")
    after = entry.body[tree.end - entry.start :]
    after = after if after.endswith("\n") else after + "\n"
    lines = _one_a_line(text, tree)
    if lines is None or (entry.key is None and isinstance(tree, Sequence)):
        return None
    pad = " " * (entry.column + 2)
    lines = [re.sub(r"\n *(?=\S)", f"\n{pad}  ", line) for line in lines]
    if entry.key is None:
        body = f"{before} {lines[0]}{after}" + "".join(f"{pad}{line}\n" for line in lines[1:])
    else:
        body = before + after + "".join(f"{pad}{line}\n" for line in lines)
    return again(entry, body)


def _one_a_line(text: str, tree: Mapping | Sequence) -> list[str] | None:
    if isinstance(tree, Mapping):
        spans = [(key.start, value.end) for key, value in tree.entries.values()]
        pairs = tree.entries.values()
        lines = [f"{text[k.start : k.end]}: {text[v.start : v.end]}".rstrip() for k, v in pairs]
    else:
        spans = [(item.start, item.end) for item in tree.items]
        lines = [f"- {text[start:end]}" for start, end in spans]
    ends = [tree.start, *(end for _, end in spans)]
    starts = [*(start for start, _ in spans), tree.end]
    return None if any("#" in text[a:b] for a, b in zip(ends, starts, strict=True)) else lines


def again(entry: Entry, body: str) -> Entry | None:
    """The entry with another body, read anew; None when that cannot be read."""
    document = yaml.read("", body)
    root = document.root
    if any(problem.code != "FC010" for problem in document.problems):
        return None
    if isinstance(root, Mapping) and entry.key is not None and len(root.entries) == 1:
        ((key, value),) = root.entries.values()
        return replace(entry, key=body[key.start : key.end], body=body, tree=value, text=body, start=0)
    if isinstance(root, Sequence) and entry.key is None and len(root.items) == 1:
        return replace(entry, body=body, tree=root.items[0], text=body, start=0)
    return None


def with_inside(entry: Entry, inside: Inner, entries: Iterable[Entry], is_list: bool) -> str:
    """The body of an entry with other entries inside; brackets say that there are none."""
    text = written(entries)
    if not text:
        rest = inside.opening.partition(":")[2].strip()
        return f"{' ' * entry.column}{entry.key}: {'[]' if is_list else '{}'}{'  ' + rest if rest else ''}\n"
    if inside.opening or entry.key is not None:
        return inside.opening + text
    return text[: entry.column] + "-" + text[entry.column + 1 :]


def with_text(entry: Entry, value: str) -> Entry | None:
    """The entry with another text as its value; what both texts have in common stays as it is written."""
    old = entry.tree
    assert isinstance(old, Scalar)
    before = _alike(old.text, value)
    after = _alike(old.text[before:][::-1], value[before:][::-1])
    raw = raw_offsets(entry.text, *old)
    last = len(old.text) - after
    start, end = raw[before], raw[last - 1] + 1 if last > before else raw[before]
    new = value[before : len(value) - after]
    quoted = new.replace("'", "''") if old.style == "'" else yaml.inline(f"{new} ")[1:-2] if old.style == '"' else new
    for text, a, b in ((quoted, start, end), (yaml.scalar_text(value), old.start, yaml.content_end(entry.text, old))):
        found = again(entry, entry.body[: a - entry.start] + text + entry.body[b - entry.start :])
        if found and isinstance(found.tree, Scalar) and found.tree.text.strip() == value:
            return found
    return None


def _alike(a: str, b: str) -> int:
    """How many characters two texts have in common from their beginning."""
    return next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def in_brackets(entry: Entry, entries: Iterable[Entry], is_list: bool) -> Entry | None:
    """The entry with its value in brackets on one line; None where that does not say the same."""
    texts = [one.body.strip() for one in entries]
    tree = entry.tree
    if any("\n" in text for text in (*texts, entry.body.rstrip("\n"))) or isinstance(tree, Scalar):
        return None
    inside = ", ".join(text.removeprefix("- ") if is_list else text for text in texts)
    before, after = entry.body[: tree.start - entry.start], entry.body[tree.end - entry.start :]
    return again(entry, f"{before}{'[' if is_list else '{'}{inside}{']' if is_list else '}'}{after}")


def opened(document: Document) -> Document:
    """A document whose root was written in brackets, one entry a line."""
    root = document.root
    if not isinstance(root, Mapping | Sequence) or not root.flow or document.problems:
        return document
    lines = _one_a_line(document.text, root)
    if not lines:
        return document
    start = len(document.text[: root.start].rstrip(" "))
    block = "\n".join(re.sub(r"\n *(?=\S)", "\n  ", line) for line in lines)
    return yaml.read("", yaml.splice(document.text, [Splice(start, root.end, block)]))
