"""Fixtures: leads with what we expect to happen to them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from flowctl.diag import Span
from flowctl.document import Document, Json, Sequence
from flowctl.expr.values import in_calendar
from flowctl.flow import record as records
from flowctl.flow.kinds import Choice, Instant, ListOf, Name, Plain, Record, Text, key, read_fields
from flowctl.flow.model import TRIGGERS
from flowctl.flow.objects import ObjectType
from flowctl.flow.owner import Named, Owner
from flowctl.flow.record import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is to happen; what is not given may be anything. `sets` are fields at the end, as written."""

    owner: Named = key(Owner(fields=False))
    ends: str | None = key(Name(), None)
    result: str | None = key(Text(), None)
    sets: Mapping[str, Json] = key(Plain(), {})
    path: tuple[str, ...] | None = key(ListOf(Name()), None)
    notifies: tuple[str, ...] | None = key(ListOf(Text()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The keys that every fixture has, whatever its object."""

    why: str = key(Text())
    source: str = key(Text(), "")
    now: dt.datetime = key(Instant())
    event: str = key(Choice(TRIGGERS), "created")
    prior: Mapping[str, Json] = key(Plain(), {})
    related: Mapping[str, Json] = key(Plain(), {})
    data: Mapping[str, Json] = key(Plain(), {})
    expect: Expectation = key(Record(Expectation))


@dataclass(frozen=True, slots=True)
class Fixture:
    """A lead, the moment it arrives, what it is matched against, and what is to happen."""

    story: Story
    record: records.Record
    data: Mapping[str, tuple[records.Record, ...]]
    sets: Mapping[str, object]
    place: Span
    document: Document = field(default_factory=lambda: Document("<none>", ""), compare=False, repr=False)
    position: int = field(default=0, compare=False)  # in the list of the document

    def where(self, *path: str | int) -> Span:
        """The place of a value of the fixture in its file."""
        return self.document.where(self.position, *path)

    @property
    def why(self) -> str:
        return self.story.why

    def has_lead_of(self, other: Fixture) -> bool:
        """Whether both are of the same lead at the same moment, whatever is expected to happen to it."""
        return (self.record, self.data, self.story.now) == (other.record, other.data, other.story.now)


def read_fixtures(
    document: Document,
    object_: str,
    objects: Mapping[str, ObjectType],
    names: Mapping[str, str],
    zone: dt.tzinfo,
    unread: frozenset[str] = frozenset(),
) -> tuple[Fixture, ...]:
    """The fixtures of a file, for a flow of `object_` whose related records have these `names` and objects.

    `unread` are objects that there are, but whose files have errors.

    Problems are noted in the document; a fixture with problems is left out.
    """
    if document.root is None:
        return ()
    if not isinstance(document.root, Sequence):
        document.problem("FC005", "expected a list of fixtures", document.root, "begin each with `- why: …`")
        return ()
    found = (_fixture(document, i, object_, objects, names, zone, unread) for i in range(len(document.root.items)))
    return tuple(fixture for fixture in found if fixture)


def _fixture(
    document: Document,
    index: int,
    object_: str,
    objects: Mapping[str, ObjectType],
    names: Mapping[str, str],
    zone: dt.tzinfo,
    unread: frozenset[str],
) -> Fixture | None:
    tree = document.at(index)
    assert tree is not None
    before = len(document.problems)
    lead = object_.lower()
    values = read_fields(Story, tree, document, ignore=(lead,))

    def complain(path: tuple[str | int, ...], code: str, message: str, hint: str | None) -> None:
        where = document.where(index, *path) if code == "FC203" else document.key(index, *path)
        _note(document, code, message, where, hint)

    raw = document.at(index, lead)
    if raw is None:
        document.problem("FC004", f"`{lead}` is missing", document.where(index), f"`{lead}: {{FIELD: value, …}}`")
    if values is None or raw is None:
        return None
    story = Story(**values)
    _require_sense(story, document, index)
    reader = Reader(objects, zone, complain, unread)
    place = document.where(index, "why")
    fixture = _typed(story, Plain().read(raw, document), object_, reader, names, place)
    fixture = dataclasses.replace(fixture, document=document, position=index)
    return fixture if len(document.problems) == before else None


def _require_sense(story: Story, document: Document, index: int) -> None:
    if not in_calendar(story.now):
        hint = "a moment of the years 1700 to 4000, as Salesforce has them"
        document.problem("FC005", "no lead arrives at this time", document.where(index, "now"), hint)
    if story.prior and story.event != "updated":
        hint = "write `event: updated`, or leave `prior` out"
        _note(document, "FC005", "a new record has no `prior`", document.key(index, "prior"), hint)


def _note(document: Document, code: str, message: str, where: Span, hint: str | None) -> None:
    """Notes a problem of a record without the line that it stands in, which holds the record's values."""
    found = document.diagnostic(code, message, where, hint)
    document.problems.append(dataclasses.replace(found, excerpt=None))


def _typed(story: Story, raw: Json, object_: str, reader: Reader, names: Mapping[str, str], place: Span) -> Fixture:
    lead = object_.lower()
    fields = reader.fields(raw, object_, (lead,))
    before = reader.fields(story.prior, object_, ("prior",))
    prior = {**fields, **before} if story.event == "updated" else None
    related = reader.related(story.related, names, ("related",))
    data = reader.sets(story.data, ("data",))
    sets = reader.fields(story.expect.sets, object_, ("expect", "sets"))
    return Fixture(story, records.Record(object_, fields, prior, related), data, sets, place)
