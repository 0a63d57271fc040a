"""Edits as plain data, for JSON. The names of edits and of their keys are a promise to scripts: they only grow."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from flowctl.diff.edits import AtomChanged, BranchAt, Edit, EntryEdit, ListChanged, TermsChanged
from flowctl.document import Json
from flowctl.expr import to_text
from flowctl.flow import Node
from flowctl.flow.kinds import Kind, plain_fields
from flowctl.flow.model import plain_node
from flowctl.flow.nodes.decision import Branch


def plain_edit(edit: Edit | EntryEdit) -> dict[str, Json]:
    """An edit as `{"edit": "node-added", "node": …, "cosmetic": …, …}`; positions of branches count from 1."""
    kind: Kind | None = getattr(edit, "kind", None)
    held = {
        f.name: _plain(getattr(edit, f.name), kind if f.name in ("before", "after") else None)
        for f in dataclasses.fields(edit)
        if f.name != "kind"
    }
    return {"edit": _words(edit), "node": edit.node, "cosmetic": edit.cosmetic} | held


def _plain(value: Any, kind: Kind | None) -> Json:
    match value:
        case None | bool():
            return value
        case Node():
            return plain_node(value)
        case Branch():
            return plain_fields(value)
        case BranchAt(at, name):
            return {"position": at + 1, "name": name}
        case ListChanged() | AtomChanged() | TermsChanged():
            held = {f.name: _plain(getattr(value, f.name), None) for f in dataclasses.fields(value)}
            return {"detail": _words(value)} | held
    if kind is not None:
        return kind.plain(value)
    if isinstance(value, tuple):
        return [_plain(item, None) for item in value]
    return value if isinstance(value, (str, int, float, dict, list)) else to_text(value)


def _words(value: object) -> str:
    """`node-added` of `NodeAdded`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(value).__name__).lower()
