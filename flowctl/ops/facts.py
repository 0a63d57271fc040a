"""A file as facts, one a line: what `git diff` compares, so that only what is said counts, not how it is written."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl import document as yaml
from flowctl.document import Document, Json
from flowctl.document.marks import put_back

# The first key tells what a file is: git hands over its text, and not where it lies. Each with the keys of a class.
HOLDERS = {
    "flow": ("model", "Flow"),
    "roster": ("people", "Roster"),
    "object": ("objects", "ObjectType"),
    "table": ("table", "Header"),
    "users": ("people", "Directory"),
    "queues": ("people", "Directory"),
    "dialect": ("objects", "Settings"),
    "time_zone": ("objects", "Settings"),
}


def facts(file: str, data: bytes) -> str | None:
    """The facts that a file states, sorted where order has no meaning; None when the file cannot be read.

    Comments, quotes, the order of nodes and keys and the writing of conditions leave no trace. The order of branches,
    of members and of rows stays, as it can be meaning. In a table only filled cells are told, by column. A conflict of
    a merge is a fact like others.
    """
    document = yaml.read(file, data)
    if document.marks and not isinstance(document.root, yaml.Rows):
        put_back(document)
    if document.root is None or document.problems:
        return None
    if isinstance(document.root, yaml.Rows):
        return "".join(f"{line}\n" for line in _rows(document.root))
    return "".join(f"{line}\n" for line in _lines(_plain(document), ""))


def _rows(rows: yaml.Rows) -> Iterator[str]:
    yield f"columns: {', '.join(sorted(column.text for column in rows.columns))}"
    for row in rows.items:
        cells = yaml.data(row)
        yield "- " + "; ".join(f"{name}: {cells[name]}" for name in sorted(cells) if cells[name])


def _plain(document: Document) -> Json:
    """What the model makes of a file, without defaults; its plain data where it is none of ours, or has errors."""
    from importlib import import_module

    from flowctl.flow.kinds import plain_fields, read_fields
    from flowctl.flow.node import load_node_types

    root = document.root
    kind = next((key for key in HOLDERS if isinstance(root, yaml.Mapping) and key in root.entries), None)
    if kind is None or root is None:
        return yaml.data(root)
    module, name = HOLDERS[kind]
    holder = getattr(import_module(f"flowctl.flow.{module}"), name)
    load_node_types()
    values = read_fields(holder, root, document)
    return yaml.data(root) if values is None or document.problems else plain_fields(holder(**values))


def _lines(value: Json, at: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key in sorted(value):
            yield from _lines(value[key], f"{at}/{key}" if at else key)
    elif isinstance(value, list) and value:
        for position, item in enumerate(value):
            yield from _item(item, at, position)
    else:
        yield f"{at}: {_written(value)}"


def _item(item: Json, at: str, position: int) -> Iterator[str]:
    """One item of a list on one line; a fixture, which is a file of its own by size, on one for each fact."""
    if not at and isinstance(item, dict):
        yield from _lines(item, str(item.get("why") or position + 1))
    elif isinstance(item, dict):
        yield f"{at}: - " + "; ".join(f"{key}: {_written(value)}" for key, value in item.items())
    else:
        yield f"{at}: - {_written(item)}"


def _written(value: Json) -> str:
    """A value on one line: a text as it is, wherever that is one line."""
    return value if isinstance(value, str) and value.isprintable() and value else yaml.inline(value)
