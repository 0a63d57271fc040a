"""What files of a workspace call each other by, and what a file says of itself: for merges of whole workspaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from flowctl import document as yaml
from flowctl.diff.place import CONDITIONS
from flowctl.document import Document, Rows, Scalar, Sequence, Splice, Tree
from flowctl.document import Mapping as Map
from flowctl.document.marks import put_back, sides_of
from flowctl.flow.bundle import part_of

Name = tuple[str, str]  # what sort of thing, and what it is called: ("rosters", "sdr-emea")

_KEYS = {
    "roster": "rosters", "table": "tables", "flow": "flows", "object": "objects", "user": "users", "cover": "users",
    "ends": "nodes", "path": "nodes",
}  # fmt: skip
_OF_PARTS = {"roster": "rosters", "table": "tables", "flow": "flows", "object": "objects"}
_ENTRIES = {"directory": ("users", "queues"), "object": ("fields",)}
_WORD = re.compile(r"'(?:[^'\\]|\\.)*'|[A-Za-z_]\w*")
ANY_CELL = "cells"  # of a table: only its header says what a cell names


def names_in(path: str, document: Document) -> Iterator[tuple[Name, Scalar]]:
    """The names of other things that a file holds, in order, with where they stand; disputes are looked into."""
    own = (part_of(path) or "").partition("/")[0]
    if isinstance(document.root, Rows):
        for row in document.root.items:
            for _, cell in row.entries.values() if isinstance(row, Map) else ():
                if isinstance(cell, Scalar) and cell.text:
                    yield from _of_cell(cell)
    elif document.root is not None:
        yield from _names("", document.root, own, 0)


def _of_cell(cell: Scalar) -> Iterator[tuple[Name, Scalar]]:
    yield (ANY_CELL, cell.text), cell
    yield from _somebody(cell)


def _names(key: str, tree: Tree, own: str, depth: int) -> Iterator[tuple[Name, Scalar]]:
    sides = sides_of(tree)
    if sides is not None:
        for side in ("ours", "theirs"):
            found = sides.get(side)
            if found is not None:
                yield from _names(key, found, own, depth)
    elif isinstance(tree, Map):
        for name, (written, value) in tree.entries.items():
            if key == "values":
                yield ("fields", name), written
            if depth or name != own:  # a file's own name
                yield from _names(name, value, own, depth + 1)
    elif isinstance(tree, Sequence):
        for item in tree.items:
            yield from _names(key, item, own, depth + 1)
    elif not tree.is_null:
        yield from _in_text(key, tree)


def _in_text(key: str, text: Scalar) -> Iterator[tuple[Name, Scalar]]:
    if key in _KEYS:
        yield (_KEYS[key], text.text), text
    if key in CONDITIONS:
        words = (word for word in _WORD.findall(text.text) if not word.startswith("'"))
        yield from ((("fields", word), text) for word in words)
    yield from _somebody(text)


def _somebody(scalar: Scalar) -> Iterator[tuple[Name, Scalar]]:
    sort, _, name = scalar.text.partition("/")
    if name and sort in ("user", "queue"):
        yield (f"{sort}s", name), scalar


def named(path: str, data: bytes) -> set[Name]:
    """The names of other things that a file holds."""
    document = yaml.read(path, data)
    if document.marks and not path.endswith(".csv"):
        put_back(document)
    return {name for name, _ in names_in(path, document)}


def owned(files: Mapping[str, bytes], paths: Iterable[str]) -> dict[Name, tuple[str, str]]:
    """What some files hold that others name, each with its file and its address there."""
    found: dict[Name, tuple[str, str]] = {}
    for path in paths:
        sort, _, name = (part_of(path) or "").partition("/")
        if path not in files:
            continue
        if sort in _OF_PARTS:
            found[_OF_PARTS[sort], name] = (path, "")
        for section in _ENTRIES.get(sort, ()):
            entries = yaml.read(path, files[path]).at(section)
            for entry in entries.entries if isinstance(entries, Map) else ():
                found[section, entry] = (path, f"{section}/{entry}")
    return found


def renamed_rosters(base: Mapping[str, bytes], side: Mapping[str, bytes]) -> dict[str, str]:
    """The files of rosters that a side renamed, and says so by `was`: from the old path to the new one."""
    found = {}
    for path in side:
        if path not in base and (part_of(path) or "").startswith("roster/"):
            was = yaml.read(path, side[path]).at("was")
            old = f"{path.rpartition('/')[0]}/{was.text}.yaml" if isinstance(was, Scalar) else path
            if old in base and old not in side:
                found[old] = path
    return found


def with_names(path: str, data: bytes, renames: Mapping[Name, str]) -> bytes:
    """A file with other names for some things."""
    document = yaml.read(path, data)
    if document.problems or not renames:
        return data
    found = [(name, at) for name, at in names_in(path, document) if name in renames]
    edits = [Splice(at.start, at.end, yaml.scalar_text(renames[name])) for name, at in found]
    return yaml.splice(document.text, edits).encode() if edits else data
