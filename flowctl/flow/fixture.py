"""Fixtures: leads with what we expect to happen to them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from flowctl.document import Document, Json, Sequence
from flowctl.diag import Span
from flowctl.flow.kinds import MISSING, Choice, Instant, ListOf, Name, Owner, Named, Plain, Record, Text, key, read_fields
from flowctl.flow.model import TRIGGERS
from flowctl.flow.objects import ObjectType
from flowctl.flow.record import Reader
from flowctl.flow import record as records


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
    document: Document, object_: str, objects: Mapping[str, ObjectType], names: Mapping[str, str], zone: dt.tzinfo
) -> tuple[Fixture, ...]:
    """The fixtures of a file, for a flow of `object_` whose related records have these `names` and objects.

    Problems are noted in the document; a fixture with problems is left out.
    """
    if document.root is None:
        return ()
    if not isinstance(document.root, Sequence):
        document.problem("FC005", "expected a list of fixtures", document.root, "begin each with `- why: …`")
        return ()
    found = (_fixture(document, i, object_, objects, names, zone) for i in range(len(document.root.items)))
    return tuple(fixture for fixture in found if fixture)


def _fixture(
    document: Document,
    index: int,
    object_: str,
    objects: Mapping[str, ObjectType],
    names: Mapping[str, str],
    zone: dt.tzinfo,
) -> Fixture | None:
    tree = document.at(index)
    assert tree is not None
    before = len(document.problems)
    lead = object_.lower()
    values = read_fields(Story, tree, document, ignore=(lead,))

    def complain(path: tuple[str | int, ...], code: str, message: str, hint: str | None) -> None:
        value_problem = code == "FC203"
        where = document.where(index, *path) if value_problem else document.key(index, *path)
        document.problem(code, message, where, hint)

    raw = document.at(index, lead)
    if raw is None:
        document.problem("FC004", f"`{lead}` is missing", document.where(index), f"`{lead}: {{FIELD: value, …}}`")
    if values is None or raw is None:
        return None
    story = Story(**values)
    reader = Reader(objects, zone, complain)
    place = document.where(index, "why")
    fixture = _typed(story, Plain().read(raw, document), object_, reader, names, place)
    fixture = dataclasses.replace(fixture, document=document, position=index)
    return fixture if len(document.problems) == before else None


def _typed(
    story: Story, raw: Json, object_: str, reader: Reader, names: Mapping[str, str], place: Span
) -> Fixture:
    lead = object_.lower()
    fields = reader.fields(raw, object_, (lead,))
    prior = {**fields, **reader.fields(story.prior, object_, ("prior",))} if story.event == "updated" else None
    related = reader.related(story.related, names, ("related",))
    data = {name: tuple(reader.all(rows or (), name, ("data", name))) for name, rows in story.data.items()}
    sets = reader.fields(story.expect.sets, object_, ("expect", "sets"))
    return Fixture(story, records.Record(object_, fields, prior, related), data, sets, place)
