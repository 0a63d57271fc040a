"""Edits of a roster's text from the rows of a sheet: what differs is spliced in, member by member and key by key."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.document import Document, Json, Scalar, Splice
from flowctl.flow import Member, Roster
from flowctl.ops.roster_file import RosterText
from flowctl.ops.sheet.sheets import Field, member_plain, member_texts

Texts = Mapping[str, str]  # the cells of a member, by column


def with_members(roster: Roster, wanted: Sequence[Texts], fields: Sequence[Field]) -> str:
    """The text of a roster with other members, each known by `user`, in their order.

    Raises:
        CellError: A cell is no such value.
    """
    users, text = [member.user for member in roster.members], roster.document.text
    for row in wanted:
        if row["user"] not in users:
            text = _on(roster, text).with_member(Member(user=row["user"]))
            users.append(row["user"])
    after = [row["user"] for row in wanted]
    for position in reversed(range(len(users))):
        if users[position] not in after:
            text = _on(roster, text).without_member(position)
            del users[position]
    before = {member.user: dict(zip(names(fields), member_texts(member), strict=True)) for member in roster.members}
    for row in wanted:
        there = before.get(row["user"]) or {"user": row["user"]}
        for field in fields:
            if field.canonical(there.get(field.name, "")) != field.canonical(row[field.name]):
                text = _with(_on(roster, text), users.index(row["user"]), field.name, row[field.name])
    if users != after:
        text = _on(roster, text).in_order([users.index(user) for user in after])
    return text


def names(fields: Sequence[Field]) -> list[str]:
    return [field.name for field in fields]


def _on(roster: Roster, text: str) -> MembersText:
    return MembersText(yaml.read(roster.document.file, text))


def _with(text: MembersText, position: int, name: str, said: str) -> str:
    value = member_plain(name, said)
    return text.without(position, name) if value is None else text.with_value(position, name, value)


@dataclass(frozen=True, slots=True)
class MembersText(RosterText):
    """A roster's file, any key of whose members can be edited."""

    document: Document

    def with_value(self, position: int, name: str, value: Json) -> str:
        """The text with another value of a key; of a list, only what joins it when that is all."""
        item = self.member(position)
        written, text = item.get(name), _text(value, item.flow)
        if written is None:
            return self._spliced(self._with_key(item, name, text, after=list(item.entries)[-1]))
        if isinstance(written, Scalar):
            end = yaml.content_end(self.text, written)
            return self._spliced(Splice(written.start, end, text if written.text or written.is_quoted else f" {text}"))
        had = yaml.data(written)
        stay = [one for one in had if one in value]
        if stay and value[: len(stay)] == stay and (name == "leave" or len(stay) == len(had)):
            joined = self._joined(position, name, value[len(stay) :])
            return joined.without_leaves(position, [i for i, one in enumerate(had) if one not in value])
        if written.flow:
            return self._spliced(Splice(written.start, written.end, text))
        assert isinstance(written, yaml.Sequence), "members hold texts and lists"
        return self._spliced(Splice(self._after_colon(written), self._line_end(written), f" {text}"))

    def without_leaves(self, position: int, numbers: Sequence[int]) -> str:
        text = self
        for number in reversed(numbers):
            text = MembersText(yaml.read(text.document.file, text.without_leave(position, number)))
        return text.text

    def _joined(self, position: int, name: str, values: Sequence[Json]) -> MembersText:
        """The text with more in a list."""
        text = self
        for more in values:
            items = text.member(position).get(name)
            assert isinstance(items, yaml.Sequence), "members hold texts and lists"
            last = items.items[-1]
            if items.flow:
                splice = Splice(last.end, last.end, f", {_text(more, True)}")
            elif isinstance(more, dict):
                splice = text._appended(items, more)
                splice = Splice(splice.start, splice.end, _plain_days(splice.text))
            else:
                splice = text._new_line(text._line_end(last), " " * text._column(items) + f"- {_text(more, False)}")
            text = MembersText(yaml.read(text.document.file, text._spliced(splice)))
        return text

    def without(self, position: int, name: str) -> str:
        """The text without a key."""
        item = self.member(position)
        names = list(item.entries)
        if not item.flow and names[0] == name and len(names) > 1:
            written, following = item.entries[name][0], item.entries[names[1]][0]
            return self._spliced(Splice(written.start, following.start, ""))
        return self._spliced(self._without_key(item, name))

    def in_order(self, order: Sequence[int]) -> str:
        """The text with its members in another order, each with the comments above it."""
        items = self.members
        if items.flow:
            texts = [self.text[item.start : item.end] for item in items.items]
            inside = ", ".join(texts[position] for position in order)
            return self._spliced(Splice(items.items[0].start, items.items[-1].end, inside))
        ends = [min(self._line_end(item) + 1, len(self.text)) for item in items.items]
        starts = [self._line_start(items.items[0]), *ends[:-1]]
        chunks = [self.text[start:end] for start, end in zip(starts, ends, strict=True)]
        ended = [chunk if chunk.endswith("\n") else f"{chunk}\n" for chunk in chunks]
        text = "".join(ended[position] for position in order)
        return self._spliced(Splice(starts[0], ends[-1], text if chunks[-1].endswith("\n") else text[:-1]))


def _text(value: Json, is_inside: bool) -> str:
    """A value on one line; days stand plain, as people write them."""
    if isinstance(value, str):
        return yaml.scalar_text(value, inside_flow=is_inside)
    return _plain_days(yaml.inline(value))


def _plain_days(text: str) -> str:
    return re.sub(r'"(\d{4}-\d\d-\d\d)"', r"\1", text)
