"""Edits in plain words, one sentence each, for the terminal and for Markdown alike.

Names stand in backticks, sentences have no full stop, and no sentence has a line end or a control character in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_never

from flowctl.diff import Edit, EntryEdit
from flowctl.diff.edits import (
    SINGULAR,
    AtomChanged,
    BranchAdded,
    BranchAt,
    BranchMoved,
    BranchRemoved,
    ConditionChanged,
    Detail,
    EntryAdded,
    EntryChanged,
    EntryMoved,
    EntryRemoved,
    HeaderChanged,
    ListChanged,
    NodeAdded,
    NodeRemoved,
    NodeRenamed,
    NodeRetyped,
    NodesReordered,
    TermsChanged,
    ValueChanged,
    WayRewired,
)
from flowctl.document import Json, inline
from flowctl.expr import AnyOf, Expr, Operand, Text, atoms, to_text
from flowctl.flow import Node
from flowctl.flow.kinds import Kind, ListOf

LONGEST = 72  # characters of a value that is told; what decides (conditions, ways, values set) is always told whole


def marker(edit: Edit | EntryEdit) -> str:
    """A sign that needs no colour: `+` joins, `-` leaves, `>` goes elsewhere, `~` changes, `=` moves no record."""
    if edit.cosmetic:
        return "="
    match edit:
        case NodeAdded() | BranchAdded() | EntryAdded():
            return "+"
        case NodeRemoved() | BranchRemoved() | EntryRemoved():
            return "-"
        case NodeRenamed() | WayRewired() | BranchMoved() | EntryMoved() | NodesReordered():
            return ">"
        case HeaderChanged() | NodeRetyped() | ValueChanged() | ConditionChanged() | EntryChanged():
            return "~"
        case _:
            assert_never(edit)


def sentence(edit: Edit | EntryEdit) -> str:  # noqa: C901 - one case for each kind of edit
    """What an edit did, in a sentence."""
    match edit:
        case HeaderChanged(key, kind, before, after):
            return _changed(_code(key), kind, before, after, whole=not edit.cosmetic)
        case NodesReordered():
            return "the nodes stand in another order in the file"
        case NodeAdded(node):
            return f"{_node(node)} is new"
        case NodeRemoved(node):
            return f"{_node(node)} is gone"
        case NodeRenamed(was, now):
            return f"node {_code(was)} is now called {_code(now)}"
        case NodeRetyped(before, after):
            return f"{_code(after.id)} is now {_code(after.type)} (was {_code(before.type)})"
        case ValueChanged(node, branch, path, kind, before, after):
            return _value(node, branch, path, kind, before, after, whole=not edit.cosmetic)
        case ConditionChanged():
            return _condition(edit)
        case WayRewired(node, branch, port, before, after):
            way = _branch(branch, node) if branch else f"{_code(port)} of {_code(node)}"
            return _rewired(way, before, after)
        case BranchAdded(node, branch, added):
            where = "" if branch.name == _position(branch) else f", as {_position(branch)}"
            asks, leads = _code(to_text(added.when)), _code(added.then)
            return f"{_branch(branch, node)} is new{where}: {asks} leads to {leads}"
        case BranchRemoved(node, branch, removed):
            return f"{_branch(branch, node)} is gone: {_code(to_text(removed.when))} led to {_code(removed.then)}"
        case BranchMoved(node, _, was, passed):
            side = "before" if edit.is_earlier else "after"
            return f"{_numbered(was)} of {_code(node)} now comes {side} {_numbered(passed)}"
        case EntryAdded(section, entry):
            return f"{_entry(section, entry)} is new"
        case EntryRemoved(section, entry):
            return f"{_entry(section, entry)} is gone"
        case EntryMoved(section, entry, after):
            return f"{_entry(section, entry)} now comes {f'after {_code(after)}' if after else 'first'}"
        case EntryChanged(section, entry, ("user",), str(before), after) if after == entry:  # says by `was` who it was
            return f"{_entry(section, before)} is now called {_code(entry)}"
        case EntryChanged(section, entry, path, before, after):
            return _inside(_entry(section, entry), path, before, after, whole=not edit.cosmetic)
        case _:
            assert_never(edit)


# Nodes and values -----------------------------------------------------------------------------------------------


def _node(node: Node) -> str:
    label = f" ({_shown(node.label)})" if node.label else ""
    return f"{node.type} node {_code(node.id)}{label}"


def _value(
    node: str, branch: BranchAt | None, path: tuple[str, ...], kind: Kind, before: Any, after: Any, whole: bool
) -> str:
    if branch and path == ("label",):
        return _branch_label(branch, node, before, after)
    holder = _branch(branch, node) if branch else _code(node)
    if len(path) == 2:
        holder = f"{_code(path[0])} of {holder}"
    return _changed(f"{_code(path[-1])} {'in' if len(path) == 2 else 'of'} {holder}", kind, before, after, whole)


def _branch_label(branch: BranchAt, node: str, before: str, after: str) -> str:
    where = f"{_position(branch)} of {_code(node)}"
    if not after:
        return f"{where} has no label any more (was {_shown(before)})"
    return f"{where} is now called {_shown(after)}" + (f" (was {_shown(before)})" if before else "")


def _changed(what: str, kind: Kind, before: Any, after: Any, whole: bool) -> str:
    """A value that came, went or is another one. Nothing, an empty text and an empty list are all not there."""
    if isinstance(kind, ListOf) and before and after and (said := _list_value(kind, before, after, whole)):
        return f"{said} {what}"
    if _is_absent(after):
        return f"{what} is gone (was {_plain(kind, before, whole)})"
    now = f"{what} is now {_plain(kind, after, whole)}"
    return now if _is_absent(before) else f"{now} (was {_plain(kind, before, whole)})"


def _list_value(kind: ListOf, before: tuple[Any, ...], after: tuple[Any, ...], whole: bool) -> str | None:
    """What joined or left a list; None when both happened, or when the order changed."""
    joined, left = ([item for item in a if item not in b] for a, b in ((after, before), (before, after)))
    rest = [[item for item in items if item not in (*joined, *left)] for items in (before, after)]
    if rest[0] != rest[1] or bool(joined) == bool(left):
        return None
    return _verb([_plain(kind.item, item, whole) for item in joined or left], "join" if joined else "leave")


def _is_absent(value: Any) -> bool:
    return value is None or value == "" or value == () or value == {}


def _plain(kind: Kind, value: Any, whole: bool) -> str:
    return _shown(kind.plain(value), whole)


def _rewired(way: str, before: str | None, after: str | None) -> str:
    if after is None:
        return f"{way} leads nowhere (was {_code(before or '')})"
    was = f" (was {_code(before)})" if before else ""
    return f"{way} now leads to {_code(after)}{was}"


# Branches and conditions ----------------------------------------------------------------------------------------


def _position(branch: BranchAt) -> str:
    return f"branch {branch.at + 1}"


def _branch(branch: BranchAt, node: str) -> str:
    name = branch.name if branch.name == _position(branch) else f"branch {_code(branch.name)}"
    return f"{name} of {_code(node)}"


def _numbered(branch: BranchAt) -> str:
    position = _position(branch)
    return position if branch.name == position else f"{position} ({_code(branch.name)})"


def _condition(edit: ConditionChanged) -> str:
    where = _branch(edit.branch, edit.node) if edit.branch else f"{_code(edit.key)} of {_code(edit.node)}"
    if not edit.details:
        return f"{where} now asks {_code(to_text(edit.after))} (was {_code(to_text(edit.before))})"
    return "; ".join(_detail(detail, where, edit.after) for detail in edit.details)


def _detail(detail: Detail, where: str, whole: Expr) -> str:
    match detail:
        case ListChanged(now, joined, left):
            return _list(now, joined, left, where, whole)
        case AtomChanged(before, after):
            return f"{where} now asks {_code(to_text(after))} (was {_code(to_text(before))})"
        case TermsChanged(op, joined, left):
            terms = ", ".join(_code(to_text(term)) for term in joined or left)
            words = {"AND": ("now also requires", "no longer requires"), "OR": ("now also takes", "no longer takes")}
            return f"{where} {words[op][0 if joined else 1]} {terms}"
        case _:
            assert_never(detail)


def _list(now: AnyOf, joined: tuple[Operand, ...], left: tuple[Operand, ...], where: str, whole: Expr) -> str:
    lists = sum(isinstance(atom, AnyOf) for atom in atoms(whole))
    which = f"the list of {where}" if lists == 1 else f"the list of {_code(f'{to_text(now.left)} {now.op}')} in {where}"
    if not joined and not left:
        return f"{which} is in another order"
    said = [_listed(names, verb) for names, verb in ((joined, "join"), (left, "leave")) if names]
    return f"{' and '.join(said)} {which}"


def _listed(values: tuple[Operand, ...], verb: str) -> str:
    names = [_code(value.value if isinstance(value, Text) else to_text(value)) for value in values]
    return _verb(names, verb)


def _verb(names: list[str], verb: str) -> str:
    return f"{', '.join(names)} {verb}{'s' if len(names) == 1 else ''}"


# Entries --------------------------------------------------------------------------------------------------------


def _entry(section: str, entry: str) -> str:
    return f"{SINGULAR.get(section, section)} {_code(entry)}"


def _inside(entry: str, path: tuple[str | int, ...], before: Json, after: Json, whole: bool) -> str:
    keys = [str(step) for step in path if isinstance(step, str)]
    if path and isinstance(path[-1], int):
        return f"{_item(before, after, whole)} {_code('.'.join(keys))} of {entry}"
    what = f"{_code('.'.join(keys))} of {entry}" if keys else entry
    if after is None:
        return f"{what} is gone (was {_shown(before, whole)})"
    was = "" if before is None else f" (was {_shown(before, whole)})"
    return f"{what} is now {_shown(after, whole)}{was}"


def _item(before: Json, after: Json, whole: bool) -> str:
    if before is None or after is None:
        return f"{_shown(after if before is None else before, whole)} {'joins' if before is None else 'leaves'}"
    return f"{_shown(after, whole)} takes the place of {_shown(before, whole)} in"


# Text -----------------------------------------------------------------------------------------------------------


def _shown(value: Json, whole: bool = False) -> str:
    """A value as text in backticks: a text as it is, each item of a list, the keys of a mapping with theirs."""
    if isinstance(value, list) and value:
        return ", ".join(_shown(item, whole) for item in value)
    if isinstance(value, dict):
        text = ", ".join(f"{key}: {item if isinstance(item, str) else inline(item)}" for key, item in value.items())
    else:
        text = value if isinstance(value, str) else inline(value)
    return _code(text if whole or len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…")


def _code(text: str) -> str:
    return f"`{_one_line(text)}`"


def _one_line(characters: Iterable[str]) -> str:
    """Line ends as spaces, what no screen shows as `?`; a backtick would end the code that the text stands in."""
    return "".join(c if c.isprintable() else " " if c in "\n\t" else "?" for c in characters).replace("`", "'").strip()
