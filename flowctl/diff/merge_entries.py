"""Two sides of the entries of a file made one: what only one side changed is taken, what both changed is looked into.

What nobody changed, and what only ours did, stays as it stands in ours, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter

from flowctl import document as yaml
from flowctl.diff.decisions import Choice, Decision
from flowctl.diff.layout import Entry, Inner, again, in_brackets, inner, with_inside, with_text
from flowctl.diff.marks import marked
from flowctl.diff.merge_lists import Identity, identity
from flowctl.diff.merge_order import merged_order
from flowctl.diff.place import CONDITIONS, Place, type_of
from flowctl.document import Scalar, Sequence
from flowctl.document.marks import item_names

Sides = tuple[Entry | None, Entry | None, Entry | None]  # base, ours, theirs
Entries = tuple[Entry, ...]
Pointed = Mapping[str, str]
Insides = tuple[Inner, Inner, Inner]
NOTHING = Inner("", (), None, 0)
_NUMBER = re.compile(r"branch \d+\Z")


@dataclass(frozen=True, slots=True)
class Level:
    """The merged entries of one list or mapping, by name; of an order in dispute, also in the one of theirs."""

    entries: dict[str, Entry]
    theirs: tuple[str, ...] | None = None

    def in_their_order(self) -> list[Entry]:
        return [self.entries[name] for name in self.theirs or self.entries]


@dataclass
class Merger:
    """One merge on its way: what was decided so far.

    `pointed` are the addresses that one side removed and the other leads to, each with the reason in words.
    """

    pointed: Pointed = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    only_conflicts: bool = False  # what only one side has written anew is taken without asking what it means

    # One entry ------------------------------------------------------------------------------------------------

    def one(self, place: Place, sides: Sides) -> Entry | None:
        """What becomes of one entry."""
        base, ours, theirs = sides
        insides = self.insides_of_section(place, sides) if place.is_section else None
        if insides:
            return self.section(place, sides, insides)
        if self.only_conflicts and base and ours and theirs and base.body in (ours.body, theirs.body):
            return blended(sides, theirs if ours.body == base.body else ours)
        if self.same(place, ours, theirs):
            rewritten = base and ours and theirs and ours.body == base.body
            return blended(sides, theirs if rewritten else ours)
        if not (ours and theirs) and place.address in self.pointed:
            return self.conflict(place, sides, self.pointed[place.address])
        if self.same(place, theirs, base):
            return self.note(place, "ours", _only("ours", base, ours), sides, blended(sides, ours))
        if self.same(place, ours, base):
            return self.note(place, "theirs", _only("theirs", base, theirs), sides, blended(sides, theirs))
        if ours is None or theirs is None:
            removed, changed = ("theirs", "ours") if ours else ("ours", "theirs")
            return self.conflict(place, sides, f"{removed} removed what {changed} changed")
        if place.schema.sort == "flow" and place.path == ("title",):
            return self.note(place, "ours", "both changed it, and a draft keeps its title", sides, blended(sides, ours))
        found = self.inside(place, base, ours, theirs)
        return found or self.conflict(place, sides, "both changed it" if base else "both added it, differently")

    def same(self, place: Place, a: Entry | None, b: Entry | None) -> bool:
        """Whether two entries mean the same, however they are written."""
        if a is None or b is None:
            return a is b
        if a.body == b.body or yaml.data(a.tree) == yaml.data(b.tree):
            return True
        place.type = type_of(a.tree)
        return bool(place.meaning(a.tree) == place.meaning(b.tree))

    def note(
        self,
        place: Place,
        choice: Choice,
        reason: str,
        sides: Sides,
        merged: Entry | None,
        said: Callable[[Place], str] = attrgetter("where"),
    ) -> Entry | None:
        """Keeps a decision; gives back what was made of the entry."""
        texts = [text_of(entry) for entry in (*sides, merged)]
        self.decisions.append(Decision(place.address, said(place), choice, reason, *texts))
        return merged

    def conflict(
        self, place: Place, sides: Sides, reason: str, said: Callable[[Place], str] = attrgetter("where")
    ) -> Entry:
        """The entry with what the sides have one below the other."""
        like = sides[1] or sides[2]
        assert like is not None
        found = again(blended(sides, like) or like, marked(*sides, like.column))
        assert found is not None, "a conflict can be read"
        self.note(place, "conflict", reason, sides, found, said)
        return found

    # What is inside an entry ----------------------------------------------------------------------------------

    def inside(self, place: Place, base: Entry | None, ours: Entry, theirs: Entry) -> Entry | None:
        """The entry with what both sides changed inside it; None when it is one value, or became something else."""
        if isinstance(ours.tree, Scalar) and isinstance(theirs.tree, Scalar):
            return self.condition(place, base, ours, theirs)
        if base is None and (place.section is not None or place.is_item):
            return None
        types = {type_of(side.tree) for side in (base, ours, theirs) if side}
        if place.is_node and len(types) > 1:
            return None
        place.type = next(iter(types))
        insides = _insides((base, ours, theirs))
        done = len(self.decisions)
        found = self.opened(place, (base, ours, theirs), ours, insides) if insides else None
        if found is None:
            del self.decisions[done:]
        elif all(decision.choice == "ours" for decision in self.decisions[done:]):
            found = ours if yaml.data(found.tree) == yaml.data(ours.tree) else found
        return blended((base, ours, theirs), found)

    def insides_of_section(self, place: Place, sides: Sides) -> Insides | None:
        """What is inside a section; None where it is one value: in brackets and changed on one side, or no section."""
        there = [side for side in sides if side]
        is_pointed = any(address.startswith(f"{place.address}/") for address in self.pointed)
        if any(_is_flow(side) for side in there) and len({side.body for side in there}) < len(there):
            return _insides(sides) if is_pointed else None
        return _insides(sides)

    def section(self, place: Place, sides: Sides, insides: Insides) -> Entry | None:
        base, ours, theirs = sides
        like = ours or theirs
        if like is None:
            return None
        stays = ours if bool(theirs) == bool(base) else theirs
        found = self.opened(place, sides, like, insides)
        assert found is not None, "a merged section can be read"
        is_empty = found.body.rstrip("\n").endswith((": []", ": {}"))
        return blended(sides, found) if stays or not is_empty else None

    def opened(self, place: Place, sides: Sides, like: Entry, insides: Insides) -> Entry | None:
        """The entry, written like one of the sides, with the entries inside it merged; None if that cannot be read."""
        b, o, t = insides
        is_list = any(side.is_list for side in insides)
        own, done = o if sides[1] else t, len(self.decisions)
        how = identity(place, b.entries, o.entries, t.entries) if is_list else None
        level = self.level(place, how, (b.entries, o.entries, t.entries), own.column)
        body = with_inside(like, own, level.entries.values(), is_list)
        if place.is_section and how is None:
            return replace(like, body=body)  # the file is read once it is whole
        found = again(like, body)
        if found and level.theirs is not None:
            found = self.order_conflict(place, sides, found, with_inside(like, own, level.in_their_order(), is_list))
        elif found and o.was_flow and t.was_flow and not place.is_section:
            found = self.closed(like, level, is_list, found, done)
        if found and how and how.shown:
            self.name_items(done, how, found, level)
        return found

    def order_conflict(self, place: Place, sides: Sides, found: Entry, theirs: str) -> Entry:
        """A list in the order of either side; all else in it is merged."""
        other = again(found, theirs)
        return self.conflict(place, (sides[0], found, other), "both put something in one place, or moved it", _order_of)

    def closed(self, like: Entry, level: Level, is_list: bool, found: Entry, done: int) -> Entry:
        """The entry in brackets again; as it was found where a conflict stands in it."""
        if not level.entries or any(decision.choice == "conflict" for decision in self.decisions[done:]):
            return found
        closed = in_brackets(like, level.entries.values(), is_list)
        return closed if closed and yaml.data(closed.tree) == yaml.data(found.tree) else found

    def name_items(self, done: int, how: Identity, found: Entry, level: Level) -> None:
        """Puts the names that items have in the merged list into what was decided of them."""
        assert how.shown is not None
        items = found.tree.items if isinstance(found.tree, Sequence) else ()
        shown = how.shown | dict(zip(level.entries, item_names(items), strict=False))
        for at in range(done, len(self.decisions)):
            decision = self.decisions[at]
            path, where = decision.path, decision.where
            for token, name in shown.items():
                path = path.replace(token, name)
                where = where.replace(f"branch `{token}`", name if _NUMBER.match(name) else f"branch `{name}`")
                where = where.replace(token, name)
            self.decisions[at] = replace(decision, path=path, where=where)

    def condition(self, place: Place, base: Entry | None, ours: Entry, theirs: Entry) -> Entry | None:
        """The entry of a condition to which both sides joined something, or took something from it."""
        if place.name not in CONDITIONS or base is None:
            return None
        from flowctl.diff.merge_conditions import merge_conditions
        from flowctl.flow.kinds import Condition

        b, o, t = base.tree, ours.tree, theirs.tree
        if not (isinstance(b, Scalar) and isinstance(o, Scalar) and isinstance(t, Scalar)):
            return None
        text = merge_conditions(b.text, o.text, t.text) if isinstance(place.kind, Condition) else None
        found = with_text(ours, text) if text is not None else None
        sides = (base, ours, theirs)
        return found and self.note(place, "both", "both changed it, and both changes fit", sides, blended(sides, found))

    # A list or a mapping ----------------------------------------------------------------------------------------

    def level(self, place: Place, how: Identity | None, sides: tuple[Entries, Entries, Entries], column: int) -> Level:
        """The merged entries of one list (known by `how`) or mapping, written at a column."""
        names = how.names if how else tuple([entry.name for entry in side] for side in sides)
        b, o, t = (dict(zip(these, side, strict=True)) for these, side in zip(names, sides, strict=True))
        merged: dict[str, Entry] = {}
        for name in dict.fromkeys([*o, *t, *b]):
            three = (b.get(name), o.get(name), t.get(name))
            chosen = three[1] if _is_untouched(*three) else self.one(place.below(name, how is not None), three)
            if chosen:
                chosen = chosen.shifted(column)
                merged[name] = chosen if name in o else replace(chosen, gap=_blank_line(chosen.gap))
        gaps = _gaps(o, merged)
        order = merged_order(b, o, t, merged, how.matters if how else None, how.rank if how else str)
        if how and how.matters and order.moved_by and order.theirs is None:
            self.order_note(place, how, order.moved_by, (list(b), list(o), list(t)), order.names)
        in_order = {name: replace(merged[name], gap=gaps.get(name, merged[name].gap)) for name in order.names}
        return Level(in_order, order.theirs)

    def order_note(
        self, place: Place, how: Identity, by: Choice, sides: tuple[list[str], ...], merged: tuple[str, ...]
    ) -> None:
        shown = how.shown or {}
        base, ours, theirs, made = ("".join(f"{shown.get(n, n)}\n" for n in side) for side in (*sides, merged))
        reason = "both moved something, and both moves fit" if by == "both" else f"only {by} moved something"
        self.decisions.append(Decision(place.address, _order_of(place), by, reason, base, ours, theirs, made))


def _is_untouched(base: Entry | None, ours: Entry | None, theirs: Entry | None) -> bool:
    """Whether an entry is written alike on all sides: most are, and nobody has to ask what they mean."""
    if not (base and ours and theirs):
        return False
    return base.body == ours.body == theirs.body and base.lead == ours.lead == theirs.lead


def _insides(sides: Sides) -> Insides | None:
    """What is inside an entry on each side; None where a side has no list or mapping, or not the same of them."""
    b, o, t = (inner(side) if side else NOTHING for side in sides)
    if not (b and o and t) or len({side.is_list for side in (b, o, t)} - {None}) > 1:
        return None
    return b, o, t


def _order_of(place: Place) -> str:
    return f"order of {place.where}"


def _only(side: str, base: Entry | None, now: Entry | None) -> str:
    return f"only {side} {'added' if base is None else 'removed' if now is None else 'changed'} it"


def _is_flow(entry: Entry) -> bool:
    return not isinstance(entry.tree, Scalar) and entry.tree.flow


def blended(sides: Sides, chosen: Entry | None) -> Entry | None:
    """The chosen entry where ours stands; with the comments above it of the side that changed them."""
    base, ours, theirs = sides
    if not (chosen and ours and theirs):
        return chosen
    column = ours.column
    untouched = base is not None and ours.lead == base.shifted(column).lead
    lead = theirs.shifted(column).lead if untouched else ours.lead
    return replace(chosen.shifted(column), gap=ours.gap, lead=lead)


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


def text_of(entry: Entry | None) -> str | None:
    """An entry for people: with the comments above, without indentation."""
    import textwrap  # git starts us for each file that it merges

    return textwrap.dedent(entry.own) if entry else None
