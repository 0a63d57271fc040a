"""How the rows of a table differ: row by row, each known by what it is found by.

A row's name is what its key columns say and the day from which it holds, so that a row that ends on another day is the
same row changed, and one that begins on another day is a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never

from flowctl import document as yaml
from flowctl.diff.edits import EntryAdded, EntryChanged, EntryEdit, EntryMoved, EntryRemoved, HeaderChanged
from flowctl.diff.naming import ROWS, Cells, Naming, cells_of
from flowctl.diff.order import kept_in_order
from flowctl.document import Document


def named_rows(document: Document, how: Naming) -> dict[str, Cells]:
    """The rows of a table by name, in file order; a second one of a name is `name (2)`."""
    found: dict[str, Cells] = {}
    count: dict[str, int] = {}
    for row in document.root.items if isinstance(document.root, yaml.Sequence) else ():
        cells = cells_of(row)
        name = how.of(cells, row.entries if isinstance(row, yaml.Mapping) else ())
        count[name] = count.get(name, 0) + 1
        found[name if count[name] == 1 else f"{name} ({count[name]})"] = cells
    return found


def diff_rows(before: Mapping[str, Cells], after: Mapping[str, Cells], *, is_ordered: bool) -> tuple[EntryEdit, ...]:
    """The edits that make the later rows of the earlier ones."""
    return (*_one_by_one(before, after), *(_placed(list(before), list(after)) if is_ordered else ()))


def _one_by_one(before: Mapping[str, Cells], after: Mapping[str, Cells]) -> Iterator[EntryEdit]:
    for name in dict.fromkeys([*after, *before]):
        if name not in before:
            yield EntryAdded(ROWS, name, dict(after[name]))
        elif name not in after:
            yield EntryRemoved(ROWS, name, dict(before[name]))
        else:
            was, now = before[name], after[name]
            for column in dict.fromkeys([*now, *was]):
                if was.get(column) != now.get(column):
                    yield EntryChanged(ROWS, name, (column,), was.get(column), now.get(column), False)


def _placed(before: Sequence[str], after: Sequence[str]) -> Iterator[EntryMoved]:
    """The rows that stand elsewhere, and new ones that do not stand at the end."""
    places = {name: place for place, name in enumerate(before)}
    common = [name for name in after if name in places]
    stay = {common[i] for i in kept_in_order([places[name] for name in common])}
    last = max((place for place, name in enumerate(after) if name in places), default=-1)
    for place, name in enumerate(after[: last + 1]):
        if name not in stay:
            yield EntryMoved(ROWS, name, after[place - 1] if place else None)


def apply_rows(before: Mapping[str, Cells], edits: Iterable[EntryEdit]) -> dict[str, Cells]:
    """The rows after the edits of `diff_rows`, the inverse of it."""
    rows = {name: dict(cells) for name, cells in before.items()}
    moved: dict[str, str | None] = {}
    for edit in edits:
        match edit:
            case EntryAdded(_, name, value):
                rows[name] = dict(value)
            case EntryRemoved(_, name):
                del rows[name]
            case EntryChanged(_, name, (column,), _, now):
                rows[name].pop(str(column), None)
                rows[name] |= {} if now is None else {str(column): now}
            case EntryMoved(_, name, place):
                moved[name] = place
            case EntryChanged() | HeaderChanged():
                raise AssertionError("no edit of a row")
            case _:
                assert_never(edit)
    return {name: rows[name] for name in _in_order([name for name in rows if name not in moved], moved)}


def _in_order(stay: list[str], moved: Mapping[str, str | None]) -> Iterator[str]:
    """Each moved row directly after the one that it came to stand after."""
    following: dict[str | None, list[str]] = {}
    for name, place in moved.items():
        following.setdefault(place, []).append(name)
    for place in (None, *stay):
        waiting = [place] if place is not None else following.get(None, [])[::-1]
        while waiting:
            name = waiting.pop()
            yield name
            waiting += following.get(name, [])[::-1]
