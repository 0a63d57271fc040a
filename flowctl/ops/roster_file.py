"""Edits of a roster's text: what changes is spliced in, every other byte stays, whatever the style of the file."""

from __future__ import annotations

import datetime as dt
import re

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.document import Document, Mapping, Scalar, Sequence, Splice
from flowctl.flow import Member
from flowctl.flow.kinds import plain_fields
from flowctl.flow.people import Leave

MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class RosterText:
    """A roster's file, read without problems."""

    document: Document

    @property
    def text(self) -> str:
        return self.document.text

    @property
    def members(self) -> Sequence:
        tree = self.document.at(MEMBERS)
        assert isinstance(tree, Sequence), "the file was read without problems"
        return tree

    def member(self, position: int) -> Mapping:
        tree = self.members.items[position]
        assert isinstance(tree, Mapping), "the file was read without problems"
        return tree

    def with_member(self, member: Member) -> str:
        """The text with a member at the end, written like the last one."""
        return self._spliced(self._appended(self.members, plain_fields(member)))

    def without_member(self, position: int) -> str:
        members = self.members
        item = members.items[position]
        if members.flow:
            return self._spliced(self._cut(members, position))
        if len(members.items) == 1:
            return self._spliced(Splice(self._after_colon(members), self._line_end(item), " []"))
        return self._spliced(self._lines_out(self._line_start(item), self._line_end(item) + 1))

    def with_weight(self, position: int, weight: int) -> str:
        item = self.member(position)
        written = item.get("weight")
        if isinstance(written, Scalar) and not written.is_null:
            return self._spliced(Splice(written.start, yaml.content_end(self.text, written), str(weight)))
        return self._spliced(self._with_key(item, "weight", str(weight), after="user"))

    def with_leave(self, position: int, leave: Leave) -> str:
        item = self.member(position)
        written = item.get("leave")
        if isinstance(written, Sequence):
            return self._spliced(self._appended(written, plain_fields(leave)))
        text = f"[{_inline(plain_fields(leave))}]"
        if isinstance(written, Scalar):
            return self._spliced(Splice(written.start, written.end, text if written.text else f" {text}"))
        return self._spliced(self._with_key(item, "leave", text, after=list(item.entries)[-1]))

    def with_leave_until(self, position: int, number: int, day: dt.date) -> str:
        """The text with another last day of a leave."""
        leave = self._leaves(position).items[number]
        written = leave.get("to") if isinstance(leave, Mapping) else None
        assert isinstance(written, Scalar), "the file was read without problems"
        return self._spliced(Splice(written.start, yaml.content_end(self.text, written), str(day)))

    def without_leave(self, position: int, number: int) -> str:
        """The text without a leave; the key goes with the last one, so that it undoes `with_leave`."""
        item, leaves = self.member(position), self._leaves(position)
        if len(leaves.items) == 1:
            return self._spliced(self._without_key(item, "leave"))
        if leaves.flow:
            return self._spliced(self._cut(leaves, number))
        gone = leaves.items[number]
        return self._spliced(self._lines_out(self._line_start(gone), self._line_end(gone) + 1))

    def _leaves(self, position: int) -> Sequence:
        tree = self.member(position).get("leave")
        assert isinstance(tree, Sequence), "the file was read without problems"
        return tree

    # -- places

    def _spliced(self, edit: Splice) -> str:
        return yaml.splice(self.text, [edit])

    def _line_start(self, tree: yaml.Tree) -> int:
        return self.text.rfind("\n", 0, tree.start) + 1

    def _line_end(self, tree: yaml.Tree) -> int:
        """The end of the line that a value ends on, before its line end."""
        newline = self.text.find("\n", yaml.content_end(self.text, tree))
        return len(self.text) if newline < 0 else newline

    def _column(self, tree: yaml.Tree) -> int:
        return self.document.place(tree.start)[1] - 1

    def _new_line(self, at: int, line: str) -> Splice:
        """A line after the one that ends at an offset."""
        return Splice(at, at, f"\n{line}")

    def _after_colon(self, members: Sequence) -> int:
        """The end of `members:` where only space comes between it and the list, else the line end before the list."""
        colon = self.text.rfind(":", 0, members.start)
        between = self.text[colon + 1 : members.start]
        return colon + 1 if not between.strip() else members.start

    # -- edits

    def _appended(self, items: Sequence, value: dict[str, yaml.Json]) -> Splice:
        """A mapping put after the last item of a list."""
        if not items.items:
            return Splice(items.start + 1, items.start + 1, _inline(value))
        last = items.items[-1]
        if items.flow:
            return Splice(last.end, last.end, f", {_inline(value)}")
        dash = self._column(items)
        lead = " " * dash + "-" + " " * (self._column(last) - dash - 1)
        if isinstance(last, Mapping) and not last.flow:
            lines = yaml.dump(value, self._column(last)).rstrip("\n")
            return self._new_line(self._line_end(last), lead + lines[len(lead) :])
        return self._new_line(self._line_end(last), lead + _inline(value))

    def _cut(self, items: Sequence, position: int) -> Splice:
        """An item of a list between brackets, with the comma that kept it from its neighbour."""
        item = items.items[position]
        return self._cut_out(item.start, item.end, items.start)

    def _cut_out(self, start: int, end: int, opening: int) -> Splice:
        """What stands between brackets that open at an offset, cut out."""
        before = re.compile(r",\s*\Z").search(self.text, opening, start)
        if before and not re.compile(r"\s*,").match(self.text, end):
            return Splice(before.start(), end, "")
        after = re.compile(r"\s*,[ \t]*").match(self.text, end)
        return Splice(start, after.end() if after else end, "")

    def _without_key(self, item: Mapping, name: str) -> Splice:
        """A key taken out of a mapping with its list; where it opens an item of a block list, the list is emptied."""
        written, value = item.entries[name]
        if item.flow:
            return self._cut_out(written.start, value.end, item.start)
        start, end = yaml.entry_lines(self.text, written, value)
        if self.text[start : written.start].strip():
            assert isinstance(value, Sequence), "only lists are taken out"
            place = value.start if value.flow else self._after_colon(value)
            return Splice(place, value.end if value.flow else self._line_end(value), "[]" if value.flow else " []")
        return self._lines_out(start, end)

    def _lines_out(self, start: int, end: int) -> Splice:
        """Whole lines taken out; with the last one of a file that ends without a line end, the end of the one above."""
        if end > len(self.text) or (end == len(self.text) and not self.text.endswith("\n")):
            return Splice(max(start - 1, 0), len(self.text), "")
        return Splice(start, end, "")

    def _with_key(self, item: Mapping, name: str, text: str, *, after: str) -> Splice:
        """A key put into a mapping, behind another one."""
        value = item.entries[after][1]
        if item.flow:
            return Splice(value.end, value.end, f", {name}: {text}")
        return self._new_line(self._line_end(value), f"{' ' * self._column(item)}{name}: {text}")


def _inline(value: dict[str, yaml.Json]) -> str:
    """A mapping on one line; days stand plain, as people write them."""
    return re.sub(r'"(\d{4}-\d\d-\d\d)"', r"\1", yaml.inline(value))
