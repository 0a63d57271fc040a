"""Two sides of one base made one, file by file: entry by entry where the file can be read, else as a whole.

What only one side changed is taken with its text and the comments above it; what both changed differently is a
conflict, and stands in the file as one until somebody settles it. All else stays as it is in ours, byte for byte.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from flowctl import document as yaml
from flowctl.diff.decisions import THE_FILE, Decision, Merged, Side
from flowctl.diff.layout import Layout, Schema, lay_out, opened, schema_of, written
from flowctl.diff.marks import marked_file, settle, side_for
from flowctl.diff.merge_entries import Merger, Pointed
from flowctl.diff.merge_lists import Identity, identity
from flowctl.diff.naming import ROWS
from flowctl.diff.place import Place
from flowctl.document.marks import put_back
from flowctl.flow.bundle import content_digest, part_of, path_of

NOTHING: Mapping[str, Side] = MappingProxyType({})
NOTHING_POINTED: Pointed = MappingProxyType({})
Layouts = tuple[Layout, Layout, Layout]


def merge_text(
    part_or_path: str,
    base: str | None,
    ours: str | None,
    theirs: str | None,
    header: str | None = None,
    *,
    take: Mapping[str, Side] = NOTHING,
    only_conflicts: bool = False,
) -> Merged:
    """Merges a part (`flow/lead`) or a file of the workspace (`flows/fixtures/lead/queues.yaml`).

    None stands for a file that does not exist. When both sides changed a flow's `title`, ours wins: a draft keeps its
    name. A file that cannot be read on some side is merged as a whole. So is a table to which a side gave another
    column; `header` is the text of its header, which says what rows are known by. `take` settles conflicts by address:
    one stands for all below it, `` for the whole file. With `only_conflicts` the decisions may leave out what only one
    side changed, which spares loading what values mean; the text is the same.
    """
    with yaml.collector_paused():
        merged = merge_file(part_or_path, (base, ours, theirs), header, only_conflicts=only_conflicts)
    return settled(part_or_path, merged, take) if take and merged.conflicts else merged


def merge_file(
    part_or_path: str,
    sides: tuple[str | None, str | None, str | None],
    header: str | None = None,
    pointed: Pointed = NOTHING_POINTED,
    only_conflicts: bool = False,
) -> Merged:
    """As `merge_text`. `pointed` are addresses that one side removed and the other needs, each with the reason."""
    base, ours, theirs = sides
    if ours == theirs or (theirs == base and not pointed):
        return Merged(ours)
    if ours is None or theirs is None:
        return _gone(part_or_path, base, ours, theirs, pointed.get(""))
    schema = schema_of(part_or_path, header)
    if schema.sort == "other" and not part_or_path.endswith((".yaml", ".yml", ".csv")):
        return _lines(part_or_path, base, ours, theirs)
    layouts = _layouts(schema, base or "", ours, theirs)
    if ours == base and not pointed:
        whole = (Decision("", THE_FILE, "theirs", "only theirs changed it", base, ours, theirs, theirs),)
        return Merged(theirs, _entries(schema, (base, ours, theirs), layouts).decisions if layouts else whole)
    if layouts is None:
        return _disputed(part_or_path, "both changed it, and it is merged as a whole", base, ours, theirs)
    return _entries(schema, (base, ours, theirs), layouts, only_conflicts, pointed)


def _lines(path: str, base: str | None, ours: str, theirs: str) -> Merged:
    """A text that is none of our files, such as a README."""
    from flowctl.diff.merge_lines import merge_lines

    text = merge_lines(base or "", ours, theirs)
    if text is None:
        return _disputed(path, "both changed the same lines of it", base, ours, theirs)
    by, reason = ("theirs", "only theirs changed it") if ours == base else ("both", "both changed other lines of it")
    return Merged(text, (Decision("", THE_FILE, by, reason, base, ours, theirs, text),))  # type: ignore[arg-type]


def _gone(part_or_path: str, base: str | None, ours: str | None, theirs: str | None, pointed: str | None) -> Merged:
    """A file that one of the sides does not have; `pointed` says why it cannot simply go."""
    if pointed:
        return _disputed(part_or_path, pointed, base, ours, theirs)
    if base is None:
        added = Decision("", THE_FILE, "theirs", "only theirs added it", None, None, theirs, theirs)
        return Merged(theirs, (added,)) if ours is None else Merged(ours)
    side, other, left = ("ours", "theirs", theirs) if ours is None else ("theirs", "ours", ours)
    part = part_of(part_or_path) or part_or_path
    if left == base or content_digest(part, left or "") == content_digest(part, base):
        decision = Decision("", THE_FILE, side, f"only {side} removed it", base, ours, theirs, None)  # type: ignore[arg-type]
        return Merged(None, (decision,))
    return _disputed(part_or_path, f"{side} removed what {other} changed", base, ours, theirs)


def _disputed(part_or_path: str, reason: str, base: str | None, ours: str | None, theirs: str | None) -> Merged:
    text = marked_file(part_or_path, base, ours, theirs)
    return Merged(text, (Decision("", THE_FILE, "conflict", reason, base, ours, theirs, text),))


def settled(part_or_path: str, merged: Merged, take: Mapping[str, Side]) -> Merged:
    """A merge with the sides taken that somebody chose."""
    decisions = []
    for decision in merged.decisions:
        side = side_for(decision.path, take) if decision.choice == "conflict" else None
        text = decision.ours if side == "ours" else decision.theirs
        decisions.append(replace(decision, choice=side, merged=text) if side else decision)
    first = decisions[0]
    if first.path == "" and first.where == THE_FILE:
        return Merged(first.merged, tuple(decisions))
    path = part_or_path if part_of(part_or_path) else _file_of(part_or_path)
    return Merged(settle(path, merged.text or "", take), tuple(decisions))


def _file_of(part_or_path: str) -> str:
    """The path of a part; of what is none, the path itself."""
    is_part = "/" in part_or_path and "." not in part_or_path
    return path_of(part_or_path) if is_part else part_or_path


# The entries of a file ------------------------------------------------------------------------------------------


def _layouts(schema: Schema, base: str, ours: str, theirs: str) -> Layouts | None:
    """How the three texts are laid out, None if one is unreadable."""
    if schema.naming:
        from flowctl.diff.sheets import row_layouts

        return row_layouts(schema.naming, base, ours, theirs)
    b, o, t = (lay_out(schema, opened(yaml.read("", text))) for text in (base, ours, theirs))
    return (b, o, t) if b and o and t else None


def _entries(
    schema: Schema,
    texts: tuple[str | None, str, str],
    layouts: Layouts,
    only_conflicts: bool = False,
    pointed: Pointed = NOTHING_POINTED,
) -> Merged:
    base, ours, theirs = texts
    if schema.sort == "flow" and base is not None:
        return _flow(schema, (base, ours, theirs), layouts, only_conflicts)
    return _file(schema, layouts, only_conflicts, pointed)


def _flow(schema: Schema, texts: tuple[str, str, str], layouts: Layouts, only_conflicts: bool) -> Merged:
    """A flow, whose nodes are led to by other nodes: each under the name that a side gave it; and one that is gone
    stays as a conflict while a way leads there."""
    from flowctl.diff.merge_links import follow_renames, pointed_to

    ids = tuple(map(_ids, layouts))
    followed = follow_renames(*texts, ids)
    if followed.texts != texts:
        found = _layouts(schema, *followed.texts)
        assert found is not None, "a flow with other names can be read"
        layouts, ids = found, tuple(map(_ids, found))
    pointed = dict(followed.pointed)
    while True:
        merged = _file(schema, layouts, only_conflicts, pointed)
        more = pointed_to(followed.texts, ids, merged.text or "")
        if more.keys() <= pointed.keys():
            return Merged(merged.text, (*followed.decisions, *merged.decisions))
        pointed |= more


def _ids(layout: Layout) -> set[str]:
    nodes = next((entry.tree for entry in layout.entries if entry.name == "nodes"), None)
    return {*nodes.entries} if isinstance(nodes, yaml.Mapping) else set()


def _file(schema: Schema, layouts: Layouts, only_conflicts: bool = False, pointed: Pointed = NOTHING_POINTED) -> Merged:
    if schema.naming:
        return _sheet(schema, layouts)
    base, ours, theirs = layouts
    merger, place = Merger(pointed, only_conflicts=only_conflicts), Place(schema)
    sides = (base.entries, ours.entries, theirs.entries)
    how = identity(place, *sides) if schema.whole is not None else None
    column = next((entry.column for side in (ours, theirs) for entry in side.entries), 0)
    level = merger.level(place, how, sides, column)
    text = _framed(layouts, written(level.entries.values()))
    document = yaml.read("", text)
    put_back(document)
    again = lay_out(schema, document)
    assert again is not None, "a merged file can be read"
    assert [(e.key, e.body.strip()) for e in again.entries] == [
        (e.key, e.body.strip()) for e in level.entries.values()
    ], "a merged file reads as what was merged"
    return Merged(text, tuple(merger.decisions))


def _framed(layouts: Layouts, text: str) -> str:
    base, ours, theirs = layouts
    head = theirs.head if ours.head == base.head else ours.head
    tail = theirs.tail if ours.tail == base.tail else ours.tail
    return head + text + tail


def _sheet(schema: Schema, layouts: Layouts) -> Merged:
    from flowctl.diff.sheets import SheetMerger, row_matters

    assert schema.naming is not None
    base, ours, theirs = (layout.entries for layout in layouts)
    merger, place = SheetMerger(), Place(schema).below(ROWS)
    names = tuple([entry.name for entry in side] for side in (base, ours, theirs))
    matters = row_matters(schema.naming, base, ours, theirs) if schema.naming.is_ordered else None
    level = merger.level(place, Identity(names, matters), (base, ours, theirs), 0)  # type: ignore[arg-type]
    entries = list(level.entries.values())
    if level.theirs is not None:
        entries = merger.order_in_rows(place, level, (base, ours, theirs))
    return Merged(_framed(layouts, written(entries)), tuple(merger.decisions))
