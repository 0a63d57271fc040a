"""Fingerprints of changes, movements and findings, which survive rewording.

A label, a note, a title, the order of nodes, branches, list values and terms, the formatting of a file and the line
that something stands on are no part of them. What is changed and what it is changed into are.
"""

from __future__ import annotations

import bisect
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import assert_never

from flowctl.diag import Diagnostic, Span
from flowctl.diff import Edit, EntryEdit, PartDiff
from flowctl.diff.edits import (
    BranchAdded,
    BranchAt,
    BranchMoved,
    BranchRemoved,
    ConditionChanged,
    EntryAdded,
    EntryChanged,
    EntryMoved,
    EntryRemoved,
    HeaderChanged,
    NodeAdded,
    NodeRemoved,
    NodeRenamed,
    NodeRetyped,
    NodesReordered,
    ValueChanged,
    WayRewired,
)
from flowctl.diff.holders import HOLDERS
from flowctl.document import Document, Json, Mapping, Scalar, Tree
from flowctl.document import Sequence as List
from flowctl.expr import And, AnyOf, Expr, Not, Or, to_text
from flowctl.flow import Bundle, Flow, Node
from flowctl.flow.kinds import ListOf, MapOf, Record, keys
from flowctl.flow.model import plain_node
from flowctl.flow.nodes.decision import Decision

LENGTH = 16  # hexadecimal digits: two of a million changes are alike once in thirty million workspaces


def fingerprint(*said: Json) -> str:
    """The fingerprint of plain data."""
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


# -- changes


def of_part(diff: PartDiff, before: Bundle, after: Bundle) -> str:
    """Of a part that is new, gone or cannot be read."""
    side = after if diff.status == "added" else before
    return fingerprint("part", diff.part, diff.status, side.behaviour(diff.part) if diff.part in side.parts else None)


def of_edits(diff: PartDiff, before: Flow | None, after: Flow | None) -> dict[int, str]:
    """Of the edits of a part that can move a lead, by their places; `before` and `after` are the flow, if it is one."""
    part = diff.part
    found = {
        at: fingerprint("edit", part, type(edit).__name__, *_said(part, edit, before, after))
        for at, edit in enumerate(diff.edits)
        if not edit.cosmetic
    }
    return found | {at: fingerprint("edit", part, *said) for at, said in _relabelled(diff.edits)}


def _relabelled(edits: Sequence[Edit | EntryEdit]) -> Iterator[tuple[int, tuple[Json, ...]]]:
    """Branches that went and came with another label, and lead to the same node: as the change of one condition.

    To who reads the two, they are two branches; an acceptance of the one condition should hold on.
    """
    gone: dict[tuple[str, str], list[tuple[int, Expr]]] = {}
    for at, edit in enumerate(edits):
        if isinstance(edit, BranchRemoved):
            gone.setdefault((edit.node, edit.removed.then), []).append((at, edit.removed.when))
    for at, edit in enumerate(edits):
        if isinstance(edit, BranchAdded) and (there := gone.get((edit.node, edit.added.then))):
            was_at, was = there.pop(0)
            said = (ConditionChanged.__name__, edit.node, "when", condition(was), condition(edit.added.when))
            yield was_at, said
            yield at, said


def _said(part: str, edit: Edit | EntryEdit, before: Flow | None, after: Flow | None) -> Iterator[Json]:  # noqa: C901 - one case for each kind of edit
    match edit:
        case HeaderChanged(key, kind, was, now):
            yield from (key, *(value if value is None else kind.plain(value, False) for value in (was, now)))
        case NodesReordered():
            return
        case NodeAdded(node) | NodeRemoved(node):
            yield from (node.id, _meaning(node))
        case NodeRenamed(was_called, node):
            yield from (was_called, node)
        case NodeRetyped(was_node, now_node):
            yield from (now_node.id, _meaning(was_node), _meaning(now_node))
        case ValueChanged(node, branch, path, kind, was, now):
            values = (None if value is None else kind.plain(value, False) for value in (was, now))
            yield from (node, _branch(after, node, branch), list(path), *values)
        case ConditionChanged(node, _, key, was_said, now_said):
            yield from (node, key, condition(was_said), condition(now_said))
        case WayRewired(node, branch, port, was_to, now_to):
            yield from (node, _branch(after, node, branch) if branch else port, was_to, now_to)
        case BranchAdded(node, _, made) | BranchRemoved(node, _, made):
            yield from (node, condition(made.when), made.then)
        case BranchMoved(node, branch, _, passed):
            yield from (node, _branch(after, node, branch), edit.is_earlier, _branch(before, node, passed))
        case EntryAdded(section, entry, value) | EntryRemoved(section, entry, value):
            yield from (section, entry, _without_cosmetic(part, section, value))
        case EntryMoved(section, entry, behind):
            yield from (section, entry, behind)
        case EntryChanged(section, entry, path, was, now):
            yield from (section, entry, [step for step in path if isinstance(step, str)], was, now)
        case _:
            assert_never(edit)


def condition(e: Expr) -> str:
    """A condition as text, its terms and listed values in one order."""
    return to_text(_ordered(e))


def _ordered(e: Expr) -> Expr:
    match e:
        case And(of) | Or(of):
            return type(e)(tuple(sorted(map(_ordered, of), key=to_text)))
        case Not(of):
            return Not(_ordered(of))
        case AnyOf(left, op, of):
            return AnyOf(left, op, tuple(sorted(of, key=to_text)))
        case _:
            return e


def _branch(flow: Flow | None, node: str, branch: BranchAt | None) -> Json:
    """A branch by what it asks; its place and its label may change."""
    there = flow.nodes.get(node) if flow else None
    if branch is None or not isinstance(there, Decision) or branch.at >= len(there.branches):
        return branch and branch.name
    return condition(there.branches[branch.at].when)


def _meaning(node: Node) -> Json:
    """What of a node can move a record, whatever the order of its branches' lists."""
    plain: dict[str, Json] = plain_node(node, False)
    if isinstance(node, Decision):
        plain["branches"] = [[condition(branch.when), branch.then] for branch in node.branches]
    return plain


def _without_cosmetic(part: str, section: str, value: Json) -> Json:
    holder = HOLDERS.get(part.partition("/")[0])
    kind = keys(holder)[section].kind if holder and section in keys(holder) else None
    item = kind.item if isinstance(kind, (ListOf, MapOf)) else None
    if not isinstance(item, Record) or not isinstance(value, dict):
        return value
    known = keys(item.cls)
    return {name: held for name, held in value.items() if name not in known or not known[name].cosmetic}


# -- movements and findings


def of_move(flow: str, before: str, after: str) -> str:
    return fingerprint("move", flow, before, after)


def of_findings(found: Sequence[Diagnostic], document: Callable[[str], Document | None]) -> tuple[str, ...]:
    """Of findings in their order: code and place, the second of one place told from the first.

    Args:
        document: Gives the document of a file by its path, or None.
    """
    seen: dict[tuple[str, str, tuple[str, ...]], int] = {}
    prints = []
    for diagnostic in found:
        span = diagnostic.span
        names = tuple(place(document(span.file), span)) if span else (diagnostic.message,)
        key = (diagnostic.code, span.file if span else "", names)
        seen[key] = seen.get(key, 0) + 1
        prints.append(fingerprint("finding", diagnostic.code, key[1], list(names), seen[key]))
    return tuple(prints)


def place(document: Document | None, span: Span) -> Iterable[str]:
    """The keys that lead to a place in a file; items of a list by the value that they begin with."""
    names: list[str] = []
    here: Tree | None = document.root if document else None
    while here is not None and document is not None:
        name, here = _step(document, here, (span.line, span.column))
        names += [name] if name is not None else []
    return names


def _step(document: Document, here: Tree, start: tuple[int, int]) -> tuple[str | None, Tree | None]:
    """What below a tree holds a place: how it is called, and the tree itself."""
    below: list[tuple[str | None, int, Tree]]
    if isinstance(here, Mapping):
        below = [(name, written.start, value) for name, (written, value) in here.entries.items()]
    elif isinstance(here, List):
        below = [(None, item.start, item) for item in here.items]
    else:
        return None, None
    at = bisect.bisect_right(below, start, key=lambda entry: document.place(entry[1])) - 1
    if at < 0 or start > document.place(below[at][2].end):
        return None, None
    name, _, value = below[at]
    return _called(value) if name is None else name, value


def _called(item: Tree) -> str:
    """What an item of a list is known by: what a branch asks, else its first value; spaces left aside."""
    if isinstance(item, Mapping):
        first = item.get("when") or next((value for _, value in item.entries.values()), None)
        return _called(first) if first is not None else ""
    return " ".join(item.text.split()) if isinstance(item, Scalar) else ""
