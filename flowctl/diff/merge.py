"""Two sides of one base made one, entry by entry.

An entry is a node of a flow, a member of a roster, a user, a field, a row, a fixture, or a key of the file. What only
one side changed is taken with its text and the comments above it; what both changed differently is a conflict.
Everything else stays as it stands in ours, byte for byte.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from flowctl import document as yaml
from flowctl.diff.edits import SINGULAR
from flowctl.diff.layout import Entry, Layout, Schema, Section, lay_out, opened, schema_of, written
from flowctl.diff.sheets import lay_out_rows, row_layouts
from flowctl.flow import content_digest, part_of

THE_FILE = "the file"


@dataclass(frozen=True, slots=True)
class Taken:
    """What theirs brought to ours. `where` is in words, such as ``node `check_score` ``; None is no entry there."""

    where: str
    base: str | None
    theirs: str | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """What both sides changed, differently, as texts; None is no entry there. The merged text holds ours."""

    where: str
    base: str | None
    ours: str | None
    theirs: str | None


@dataclass(frozen=True, slots=True)
class Merged:
    """The text of the merged file, None when it is gone. With conflicts it is not to be released: it holds ours."""

    text: str | None
    taken: tuple[Taken, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def merge_text(
    part_or_path: str, base: str | None, ours: str | None, theirs: str | None, header: str | None = None
) -> Merged:
    """Merges a part (`flow/lead`) or a file of the workspace (`flows/fixtures/lead/queues.yaml`).

    None stands for a file that does not exist. When both sides changed a flow's `title`, ours wins: a draft keeps its
    name. A file that cannot be read on some side is merged as a whole. So is a table to which a side gave another
    column; `header` is the text of its header, which says what rows are known by.
    """
    if ours == theirs or theirs == base:
        return Merged(ours)
    schema = schema_of(part_or_path, header)
    if ours is None or theirs is None or ours == base:
        return _whole(part_or_path, schema, base, ours, theirs)
    layouts = _layouts(schema, base or "", ours, theirs)
    return _Merge(schema).files(*layouts) if layouts else _whole(part_or_path, schema, base, ours, theirs)


def _whole(part_or_path: str, schema: Schema, base: str | None, ours: str | None, theirs: str | None) -> Merged:
    part = part_of(part_or_path) or part_or_path
    if ours == base:
        layouts = _layouts(schema, base, base, theirs, list(schema.sections)) if base and theirs else None
        return Merged(theirs, _Merge(schema).files(*layouts).taken if layouts else (Taken(THE_FILE, base, theirs),))
    if ours is None and base and theirs and content_digest(part, theirs) == content_digest(part, base):
        return Merged(None)
    if theirs is None and base and ours and content_digest(part, ours) == content_digest(part, base):
        return Merged(None, (Taken(THE_FILE, base, None),))
    return Merged(ours, (), (Conflict(THE_FILE, base, ours, theirs),))


def _layouts(
    schema: Schema, base: str, ours: str, theirs: str, to_open: Iterable[str] = ()
) -> tuple[Layout, Layout, Layout] | None:
    """How the three texts are laid out, None if one is unreadable. Sections written in brackets are opened where they
    must be merged inside, or compared with one that is not."""
    if schema.naming:
        return row_layouts(schema.naming, base, ours, theirs)
    documents = [opened(yaml.read("", text), [""]) for text in (base, ours, theirs)]
    found = [lay_out(schema, document) for document in documents]
    to_open = [*to_open, *(name for name in schema.sections if name and _must_open(name, found))]
    more = [opened(document, to_open) for document in documents]
    b, o, t = (
        layout if document is before else lay_out(schema, document)
        for layout, before, document in zip(found, documents, more, strict=True)
    )
    return (b, o, t) if b and o and t else None


def _must_open(name: str, layouts: Iterable[Layout | None]) -> bool:
    sections = [entry for layout in layouts if layout for entry in layout.entries if entry.name == name]
    texts = {section.text for section in sections}
    styles = {section.entries is None for section in sections if section.entries != ()}
    return len(styles) > 1 or len(texts) == len(sections) > 1


Sides = tuple[Entry | None, Entry | None, Entry | None]  # base, ours, theirs


@dataclass
class _Merge:
    """One merge on its way: what was taken and what is disputed so far."""

    schema: Schema
    taken: list[Taken] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    def files(self, base: Layout, ours: Layout, theirs: Layout) -> Merged:
        whole = self.schema.whole
        section = Section() if whole is None else self.schema.sections[whole]
        entries = self.level(whole, section, base.entries, ours.entries, theirs.entries)
        head = theirs.head if ours.head == base.head else ours.head
        tail = theirs.tail if ours.tail == base.tail else ours.tail
        text = head + written(entries) + tail
        how = self.schema.naming
        again = lay_out_rows(yaml.read("rows.csv", text), how) if how else lay_out(self.schema, yaml.read("", text))
        assert again is not None, "a merged file can be read"
        assert _said(again.entries) == _said(entries), "a merged file reads as what was merged"
        return Merged(text, tuple(self.taken), tuple(self.conflicts))

    def level(
        self,
        within: str | None,
        section: Section,
        base: Iterable[Entry],
        ours: tuple[Entry, ...],
        theirs: Iterable[Entry],
    ) -> tuple[Entry, ...]:
        """The merged entries of one section; `within` is None for the keys of the file."""
        column = ours[0].column if ours else None
        b, o, t = (_by_name(entries, column) for entries in (base, ours, theirs))
        merged: dict[str, Entry] = {}
        for name in dict.fromkeys([*o, *t, *b]):
            chosen = self.one(within, name, (b.get(name), o.get(name), t.get(name)))
            if chosen:
                merged[name] = chosen if name in o else replace(chosen, gap=_blank_line(chosen.gap))
        gaps = _gaps(o, merged)
        order = self.order(within, section, list(b), list(o), list(t), merged)
        return tuple(replace(merged[name], gap=gaps.get(name, merged[name].gap)) for name in order)

    def one(self, within: str | None, name: str, sides: Sides) -> Entry | None:
        written_sides = [side for side in sides if side]
        if within is None and name in self.schema.sections and all(e.entries is not None for e in written_sides):
            return self.section(name, sides)
        base, ours, theirs = sides
        if _same(ours, theirs) or _same(theirs, base):
            return _blended(base, ours, theirs, ours)
        if _same(ours, base):
            self.taken.append(Taken(_where(within, name), _text(base), _text(theirs)))
            return _blended(base, ours, theirs, theirs)
        if not (self.schema.sort == "flow" and within is None and name == "title" and ours and theirs):
            self.conflicts.append(Conflict(_where(within, name), _text(base), _text(ours), _text(theirs)))
        return ours

    def section(self, name: str, sides: Sides) -> Entry | None:
        base, ours, theirs = sides
        below = [(side.entries or ()) if side else () for side in sides]
        entries = self.level(name, self.schema.sections[name], *below)
        stays = ours if bool(theirs) == bool(base) else theirs
        first_line = _blended(base, ours, theirs, ours or theirs) if entries or stays else None
        return replace(first_line, entries=entries) if first_line else None

    def order(
        self,
        within: str | None,
        section: Section,
        base: list[str],
        ours: list[str],
        theirs: list[str],
        kept: Iterable[str],
    ) -> list[str]:
        """The names in their merged order: those of both sides as the side has them that moved them, then what one
        side alone has, after what it stands after there. What both put in one place comes in the order of its names,
        so that both sides get the same."""
        kept = set(kept)
        base, ours, theirs = ([name for name in names if name in kept] for names in (base, ours, theirs))
        both = {*ours} & {*theirs}
        mine, yours = [n for n in ours if n in both], [n for n in theirs if n in both]
        spine = self.spine(within or "", section, [n for n in base if n in both], mine, yours)
        runs: dict[str | None, list[list[str]]] = {}
        for names in (ours, theirs):
            for place, run in _runs(names, set(spine)):
                runs.setdefault(place, []).append(run)
        return [name for place in (None, *spine) for name in ([place] if place else []) + _joined(runs.get(place, []))]

    def spine(self, within: str, section: Section, base: list[str], ours: list[str], theirs: list[str]) -> list[str]:
        """The names of both sides in the order of the side that moved them."""
        if ours == theirs:
            return ours
        where = f"order of `{within}`"
        there = set(base)
        we_moved, they_moved = ([n for n in names if n in there] != base for names in (ours, theirs))
        if they_moved and not we_moved:
            if section.is_ordered:
                self.taken.append(Taken(where, _listed(ours), _listed(theirs)))
            return theirs
        if section.is_ordered and we_moved == they_moved:
            self.conflicts.append(Conflict(where, _listed(base), _listed(ours), _listed(theirs)))
        return ours


def _by_name(entries: Iterable[Entry], column: int | None) -> dict[str, Entry]:
    return {entry.name: entry if column is None else entry.shifted(column) for entry in entries}


def _same(a: Entry | None, b: Entry | None) -> bool:
    """Whether two entries mean the same; a section is compared with what is written on one line by its text."""
    if a is None or b is None:
        return a is b
    if (a.entries is None) != (b.entries is None):
        return False
    return a.meaning == b.meaning if a.entries is None else _said(a.entries) == _said(b.entries or ())


def _blended(base: Entry | None, ours: Entry | None, theirs: Entry | None, chosen: Entry | None) -> Entry | None:
    """The chosen entry; where the writing of it alone changed, on one side, as that side has it."""
    if not (chosen and ours and theirs):
        return chosen
    untouched = base is not None and ours.lead == base.lead
    lead = theirs.lead if untouched else ours.lead
    rewritten = base is not None and ours.body == base.body and _same(ours, theirs)
    body = theirs.body if rewritten else chosen.body
    return replace(chosen, gap=ours.gap, lead=lead, body=body)


def _gaps(ours: Mapping[str, Entry], merged: Mapping[str, Entry]) -> dict[str, str]:
    """What stands above each entry of ours; comments that stood above a removed one go on to the next."""
    found = {}
    waiting = ""
    for name, entry in ours.items():
        if name in merged:
            found[name] = waiting + entry.gap
            waiting = ""
        elif entry.gap.strip():
            waiting += entry.gap
    return found


def _blank_line(gap: str) -> str:
    return "\n" if any(not line.strip() for line in gap.splitlines()) else ""


def _runs(names: Iterable[str], spine: set[str]) -> Iterable[tuple[str | None, list[str]]]:
    """The names that are not in the spine, in runs, each with the name of the spine that it comes after."""
    place: str | None = None
    run: list[str] = []
    for name in names:
        if name in spine:
            yield place, run
            place, run = name, []
        else:
            run.append(name)
    yield place, run


def _joined(runs: list[list[str]]) -> list[str]:
    return [name for run in sorted(runs) for name in run]


def _said(entries: Iterable[Entry]) -> list[object]:
    return [(e.key, e.meaning if e.entries is None else _said(e.entries)) for e in entries]


def _where(within: str | None, name: str) -> str:
    return f"`{name}`" if within is None else f"{SINGULAR[within]} `{name}`"


def _text(entry: Entry | None) -> str | None:
    return textwrap.dedent(entry.text) if entry else None


def _listed(names: Iterable[str]) -> str:
    return "".join(f"{name}\n" for name in names)
