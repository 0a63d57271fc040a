"""How two bundles differ, part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError
from flowctl.diff.edits import (
    Edit,
    EntryAdded,
    EntryChanged,
    EntryEdit,
    EntryMoved,
    EntryRemoved,
    HeaderChanged,
    NodeAdded,
    NodeRemoved,
    NodeRetyped,
)
from flowctl.diff.flows import diff_flows
from flowctl.diff.order import kept_in_order
from flowctl.document import Document, Json
from flowctl.flow import Bundle, changed, load_flow, open_flow, path_of
from flowctl.flow.bundle import SINGLE
from flowctl.flow.kinds import Condition, Key, Kind, ListOf, MapOf, Record, keys, read_fields
from flowctl.flow.node import found

Status: TypeAlias = Literal["added", "removed", "changed", "unreadable"]


@dataclass(frozen=True, slots=True)
class PartDiff:
    """What happened to a part.

    A `changed` part without edits was only written differently, as by a formatter. One that cannot be read on one of
    the sides is `unreadable`: it has no edits, `problems` says why, and it may move any record. A part that is added
    or removed has no edits either.
    """

    part: str
    status: Status
    edits: tuple[Edit | EntryEdit, ...]
    cosmetic: bool
    problems: tuple[Diagnostic, ...] = ()


def diff_bundles(a: Bundle, b: Bundle) -> tuple[PartDiff, ...]:
    """The parts whose content differs, flows first, then by name. A renamed roster is told once, as changed."""
    differ = changed(a, b)
    renamed = dict(_renamed_rosters(differ, a, b))
    found = [_part(part, a, b, renamed.get(part)) for part in differ if part not in renamed.values()]
    return tuple(sorted(found, key=lambda diff: (not diff.part.startswith("flow/"), diff.part)))


def _renamed_rosters(differ: Iterable[str], a: Bundle, b: Bundle) -> Iterator[tuple[str, str]]:
    """The new rosters that say by `was` which one that is gone they were, as (new, old)."""
    for part in differ:
        if part.startswith("roster/") and part not in a.parts:
            was = yaml.read(path_of(part), b.parts[part]).at("was")
            old = f"roster/{was.text}" if isinstance(was, yaml.Scalar) else ""
            if old in a.parts and old not in b.parts:
                yield part, old


def _part(part: str, a: Bundle, b: Bundle, was: str | None = None) -> PartDiff:
    before, after = a.parts.get(was or part), b.parts.get(part)
    if before is None or after is None:
        return PartDiff(part, "added" if before is None else "removed", (), False)
    kind, _, name = part.partition("/")
    if kind == "table":
        header = f"header/{name}"
        edits, problems = _rows(part, before, after, b.parts.get(header) or a.parts.get(header))
    else:
        edits, problems = (_flow if kind == "flow" else _entries)(part, before, after)
    if problems:
        return PartDiff(part, "unreadable", (), False, problems)
    if was:
        return PartDiff(part, "changed", tuple(edit for edit in edits if not _says_was(edit)), False)
    # of the edits of a flow and of rows it is known which are cosmetic, without a digest of two thousand nodes
    is_known = kind in ("flow", "table")
    cosmetic = all(edit.cosmetic for edit in edits) if is_known else a.behaviour(part) == b.behaviour(part)
    return PartDiff(part, "changed", edits, cosmetic)


Differ: TypeAlias = tuple[tuple[Edit | EntryEdit, ...], tuple[Diagnostic, ...]]


def _flow(part: str, before: str, after: str) -> Differ:
    """Looks only at the conditions of nodes that differ: one that is wrong alike on both sides is no difference."""
    (a, wrong), (b, wrong_too) = open_flow(path_of(part), before), open_flow(path_of(part), after)
    try:
        if a is not None and b is not None and not wrong and not wrong_too:
            edits = diff_flows(a, b)
            _look_at_conditions(edits)
            return edits, ()
    except FlowctlError:  # then all there is to say of both sides
        pass
    return (), (*load_flow(path_of(part), before)[1], *load_flow(path_of(part), after)[1])


def _look_at_conditions(edits: tuple[Edit, ...]) -> None:
    """Whole nodes that an edit holds were not compared with any; who shows them is to find nothing unparsed."""
    for edit in edits:
        match edit:
            case NodeAdded(node) | NodeRemoved(node):
                whole = [node]
            case NodeRetyped(before, after):
                whole = [before, after]
            case _:
                whole = []
        for node in whole:
            list(found(node, Condition))


def _rows(part: str, before: str, after: str, header: str | None) -> Differ:
    from flowctl.diff.naming import naming
    from flowctl.diff.rows import diff_rows, named_rows

    how = naming(header)
    documents = yaml.read(path_of(part), before), yaml.read(path_of(part), after)
    problems = tuple(problem for document in documents for problem in document.problems)
    a, b = (named_rows(document, how) for document in documents)
    return ((), problems) if problems else (diff_rows(a, b, is_ordered=how.is_ordered), ())


def _entries(part: str, before: str, after: str) -> Differ:
    from flowctl.diff.holders import HOLDERS  # loads rosters, objects and people; most diffs are of flows only

    cls = HOLDERS[part.partition("/")[0]]
    documents = yaml.read(path_of(part), before), yaml.read(path_of(part), after)
    a, b = (_values(part, cls, document) for document in documents)
    problems = tuple(problem for document in documents for problem in document.problems)
    if a is None or b is None or problems:
        return (), problems
    return tuple(edit for k in keys(cls).values() for edit in _key(k, a, b)), ()


def _values(part: str, cls: type[Any], document: Document) -> dict[str, Any] | None:
    if document.root is None:
        return {} if part in SINGLE or document.problems else None
    return read_fields(cls, document.root, document)


def _key(k: Key, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[EntryEdit]:
    before, after = a.get(k.attribute, k.default), b.get(k.attribute, k.default)
    if before == after:
        return
    match k.kind:
        case MapOf(item):
            yield from _named(k.name, item, before, after)
        case ListOf(Record() as item):
            was, now = _by_name(item, before), _by_name(item, after)
            renamed = _renamed(was, now)
            was = {renamed.get(name, name): value for name, value in was.items()}
            for edit in _named(k.name, item, was, now):
                if not (isinstance(edit, EntryChanged) and edit.entry in renamed.values() and _says_was(edit)):
                    yield edit
            yield from _moved(k.name, list(was), list(now))
        case _:
            yield HeaderChanged(k.name, k.kind, before, after, k.cosmetic)


def _renamed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """The new names of entries by their old ones, where the new entry says so by `was`."""
    new = {str(getattr(value, "was", "")): name for name, value in after.items() if name not in before}
    return {was: name for was, name in new.items() if was in before and was not in after}


def _says_was(edit: Edit | EntryEdit) -> bool:
    """Whether an edit is the `was` of a rename, which the new name has told already."""
    return edit.key == "was" if isinstance(edit, HeaderChanged) else getattr(edit, "path", None) == ("was",)


def _by_name(item: Record, values: tuple[Any, ...]) -> dict[str, Any]:
    """The items of a list by their first key, the one that says who they are; a second one of a name is `name (2)`."""
    name_key = next(iter(keys(item.cls).values())).attribute
    found: dict[str, Any] = {}
    for value in values:
        name, count = getattr(value, name_key), 1
        while (numbered := f"{name} ({count})" if count > 1 else name) in found:
            count += 1
        found[numbered] = value
    return found


def _named(section: str, item: Kind, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[EntryEdit]:
    for name in dict.fromkeys([*after, *before]):
        if name not in before:
            yield EntryAdded(section, name, item.plain(after[name]))
        elif name not in after:
            yield EntryRemoved(section, name, item.plain(before[name]))
        elif before[name] != after[name]:
            yield from _inside(section, name, item, before[name], after[name])


def _moved(section: str, before: list[str], after: list[str]) -> Iterator[EntryMoved]:
    common = [name for name in after if name in before]
    kept = kept_in_order([before.index(name) for name in common])
    for position, name in enumerate(common):
        if position not in kept:
            place = after.index(name)
            yield EntryMoved(section, name, after[place - 1] if place else None)


def _inside(section: str, name: str, item: Kind, before: Any, after: Any) -> Iterator[EntryChanged]:
    """Which values inside one entry differ."""
    known = keys(item.cls) if isinstance(item, Record) else {}
    for path, was, now in _changes(_filled_in(item, before), _filled_in(item, after)):
        yield EntryChanged(section, name, path, was, now, bool(path) and known[str(path[0])].cosmetic)


Change: TypeAlias = tuple[tuple[str | int, ...], Json, Json]


def _changes(before: Json, after: Json) -> list[Change]:
    from deepdiff import DeepDiff  # costs more to load than flowctl itself, and most diffs are of flows only
    from deepdiff.helper import notpresent

    # The wrapper is for entries that are a text. Lists are compared as sets of items, each with the likeliest: by
    # position, one leave put before another would be told as a change of both.
    alike: dict[str, Any] = {"ignore_order": True, "cutoff_distance_for_pairs": 1, "cutoff_intersection_for_pairs": 1}
    found = DeepDiff({"": before}, {"": after}, view="tree", **alike)
    changes: list[Change] = []
    for level in (level for levels in found.values() for level in levels):
        was, now = (None if side is notpresent else side for side in (level.t1, level.t2))
        changes.append((tuple(level.path(output_format="list"))[1:], was, now))
    return changes or [((name,), before[name], after[name]) for name in after if before[name] != after[name]]


def _filled_in(item: Kind, value: Any) -> Json:
    """The value as plain data, with the defaults of what is not written; what is empty is left out."""
    if not isinstance(item, Record):
        return item.plain(value)
    values = ((k, getattr(value, k.attribute)) for k in keys(item.cls).values())
    return {k.name: k.kind.plain(here) for k, here in values if here not in (None, "", (), {})}
