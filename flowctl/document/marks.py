"""What both sides of a merge changed, as it stands in a file until somebody settles it.

In YAML it is a value of its own in the place of the disputed one; a side that removed it is not written::

    when:
      conflict:
        base: Person_Score__c >= 0
        ours: Person_Score__c >= 50
        theirs: Person_Score__c >= 80

In a CSV it is the lines of both sides between lines that begin with `#conflict`, the first with the address after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flowctl.document.tree import Document, Mapping, Scalar, Sequence, Tree

CONFLICT = "conflict"
SIDES = ("base", "ours", "theirs")
SHEET_MARK = "#conflict "
_SHEET_MARK = re.compile(r"#conflict (ours|theirs|end)(?: (.*))?", re.DOTALL)
_NAMED_BY = ("user", "why", "from")  # what the items of our lists are known by


class Mark(NamedTuple):
    """One dispute: its address, where it stands in its holder (a key, or a position), and the sides that are there."""

    address: str
    at: Scalar | int | None  # None: the whole file
    holder: Tree | None
    value: Mapping
    sides: Mapping


class SheetMark(NamedTuple):
    """One dispute of a CSV: its address, where its lines start and end, and the lines of each side."""

    address: str
    start: int
    end: int
    ours: tuple[tuple[int, int], ...]
    theirs: tuple[tuple[int, int], ...]


def sides_of(tree: Tree | None) -> Mapping | None:
    """The sides of a dispute, if the tree is one."""
    if not isinstance(tree, Mapping) or len(tree.entries) != 1:
        return None
    sides = tree.get(CONFLICT)
    if not isinstance(sides, Mapping) or not {"ours", "theirs"} & sides.entries.keys() or sides.entries.keys() - SIDES:
        return None
    return sides


def standing_in(tree: Tree | None) -> Tree | None:
    """The tree, or of a dispute what stands in for it: ours, else theirs."""
    while (sides := sides_of(tree)) is not None:
        tree = sides.get("ours") or sides.get("theirs")
    return tree


def find_marks(root: Tree) -> list[Mark]:
    """The disputes of a file in order, those inside the sides of one after it."""
    return list(_marks(root, "", None, None))


def _marks(tree: Tree, address: str, at: Scalar | int | None, holder: Tree | None) -> Iterator[Mark]:
    sides = sides_of(tree)
    if sides is not None:
        assert isinstance(tree, Mapping)
        yield Mark(address, at, holder, tree, sides)
        for _, (_, side) in sides.entries.items():
            yield from _below(side, address)
    else:
        yield from _below(tree, address)


def _below(tree: Tree, address: str) -> Iterator[Mark]:
    if isinstance(tree, Mapping):
        for name, (key, value) in tree.entries.items():
            yield from _marks(value, joined(address, name), key, tree)
    elif isinstance(tree, Sequence):
        for at, (name, item) in enumerate(zip(item_names(tree.items), tree.items, strict=True)):
            yield from _marks(item, joined(address, name), at, tree)


def joined(address: str, name: str) -> str:
    return f"{address}/{name}" if address else name


def item_names(items: Iterable[Tree]) -> list[str]:
    """What the items of a list are called in addresses: branches by their ports, others by the key that says who they
    are, texts by themselves, the rest by number."""
    here = [standing_in(item) for item in items]
    if any(isinstance(item, Mapping) and "when" in item.entries and "then" in item.entries for item in here):
        return _port_names([_text(item, "label") for item in here])
    names = (_name(item) or str(number) for number, item in enumerate(here, 1))
    return numbered(names)


def numbered(names: Iterable[str]) -> list[str]:
    """The names, a second one that is alike as `name (2)`."""
    seen: dict[str, int] = {}
    found: dict[str, None] = {}
    for name in names:
        unique = name
        while unique in found:
            seen[name] = seen.get(name, 1) + 1
            unique = f"{name} ({seen[name]})"
        found[unique] = None
    return list(found)


def _name(item: Tree | None) -> str:
    if isinstance(item, Scalar):
        return item.text
    return next((text for key in _NAMED_BY if (text := _text(item, key))), "")


def _text(item: Tree | None, key: str) -> str:
    value = standing_in(item.get(key)) if isinstance(item, Mapping) else None
    return value.text if isinstance(value, Scalar) and not value.is_null else ""


def _port_names(labels: list[str]) -> list[str]:
    """As `Decision.port_names`."""
    taken = {"", "otherwise", *(f"branch {i}" for i in range(1, len(labels) + 1))}
    alone = {label for label in labels if labels.count(label) == 1 and label not in taken}
    return [label if label in alone else f"branch {i}" for i, label in enumerate(labels, 1)]


# Reading --------------------------------------------------------------------------------------------------------


def note_marks(document: Document, root: Tree) -> Tree | None:
    """Notes every dispute as a problem, and puts in its place what stands in for it.

    Returns the root; None where the whole file is one dispute, of texts.
    """
    document.marks = find_marks(root)
    for mark in document.marks:
        key = mark.value.entries[CONFLICT][0]
        _note(document, mark.address, key.start, key.end)
        instead = standing_in(mark.value)
        assert instead is not None
        _put(document, mark, instead)
    instead = standing_in(root)
    return None if isinstance(instead, Scalar) else instead


def put_back(document: Document) -> None:
    """Puts the disputes back where `note_marks` put what stands in for them; they are no problems then."""
    document.problems[:] = [problem for problem in document.problems if problem.code != "FC010"]
    for mark in document.marks:
        _put(document, mark, mark.value)


def _put(document: Document, mark: Mark, value: Tree) -> None:
    if isinstance(mark.holder, Sequence) and isinstance(mark.at, int):
        mark.holder.items[mark.at] = value
    elif isinstance(mark.holder, Mapping) and isinstance(mark.at, Scalar):
        mark.holder.entries[mark.at.text] = (mark.at, value)
    else:
        document.root = value


def _note(document: Document, address: str, start: int, end: int) -> None:
    place = f"{document.file}:{address}" if address else document.file
    if re.search(r"[^\w./:@%+,=-]", place):
        place = "'" + place.replace("'", "'\\''") + "'"
    hint = f"settle it: `flowctl merge --take ours {place}`, or `--take theirs`; or write what is right in its place"
    document.problem("FC010", "both sides of a merge changed this", document.span_of(start, end), hint)


def without_marks(document: Document, lines: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The lines of a CSV without its disputes, which are noted; what stands in for each is among them."""
    text = document.text
    marks = {mark.start: mark for mark in find_sheet_marks(text)}
    done = 0
    for start, end in lines:
        mark = marks.get(start)
        if mark:
            done = mark.end
            document.marks.append(mark)
            _note(document, mark.address, start, end)
            yield from mark.ours or mark.theirs
        elif start >= done:
            yield start, end


def find_sheet_marks(text: str) -> Iterator[SheetMark]:
    """The disputes of a CSV in order; one without its end goes on to the end of the file."""
    begun: tuple[str, int] | None = None
    sides: dict[str, list[tuple[int, int]]] = {}
    side = "ours"
    for line in re.finditer(r"[^\n]*\n|[^\n]+\Z", text):
        said = _SHEET_MARK.fullmatch(line.group().rstrip("\r\n"))
        if said is None:
            if begun:
                sides[side].append((line.start(), line.start() + len(line.group().rstrip("\r\n"))))
        elif said[1] == "end":
            if begun:
                yield SheetMark(*begun, line.end(), tuple(sides["ours"]), tuple(sides["theirs"]))
            begun = None
        else:
            side = said[1]
            if begun is None:
                begun, sides = (said[2] or "", line.start()), {"ours": [], "theirs": []}
    if begun:
        yield SheetMark(*begun, len(text), tuple(sides["ours"]), tuple(sides["theirs"]))
