"""Fixtures: leads with what we expect to happen to them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from flowctl.data import dataclass
from flowctl.diag import Span
from flowctl.document import Document, Json, Scalar, Tree
from flowctl.document import Sequence as Items
from flowctl.expr.values import in_calendar
from flowctl.flow import record as records
from flowctl.flow.duration import Duration
from flowctl.flow.kinds import Choice, Instant, ListOf, Name, Plain, Text, fields_schema, key, read_fields
from flowctl.flow.kinds import Record as RecordOf
from flowctl.flow.model import TRIGGERS
from flowctl.flow.objects import ObjectType
from flowctl.flow.owner import Named, Owner
from flowctl.flow.record import Reader

NOBODY = "nobody"
EVENTS = (*TRIGGERS, "scheduled")


class SomebodyOrNobody(Owner):
    """`user/NAME`, `queue/NAME`, or `nobody`."""

    def __init__(self) -> None:
        super().__init__(fields=False)

    def read(self, tree: Tree, document: Document) -> Any:
        if isinstance(tree, Scalar) and tree.text == NOBODY:
            return None
        return super().read(tree, document)

    def plain(self, value: Any, cosmetic: bool = True) -> Json:
        return NOBODY if value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """A record that is to be created, with some of its values, as written."""

    object: str = key(Name("objects"))
    values: Mapping[str, Json] = key(Plain(), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What somebody does to the record some time after it arrived, which a `wait` meets.

    The record's own fields stand under the name of its object in small letters.
    """

    after: dt.timedelta = key(Duration())
    related: Mapping[str, Json] = key(Plain(), {})


class Changes(Plain):
    """A list of what happens later, each with the time `after` which it does."""

    def schema(self) -> dict[str, Json]:
        return {"type": "array", "items": fields_schema(Later) | {"additionalProperties": {"type": "object"}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is to happen; what is not given may be anything.

    `sets` are fields at the end, as written. `converts` is the name of the account, `merges` that of the duplicate.
    """

    owner: Named | None = key(SomebodyOrNobody())
    ends: str | None = key(Name(), None)
    result: str | None = key(Text(), None)
    sets: Mapping[str, Json] = key(Plain(), {})
    path: tuple[str, ...] | None = key(ListOf(Name()), None)
    notifies: tuple[str, ...] | None = key(ListOf(Text()), None)
    creates: tuple[Creation, ...] | None = key(ListOf(RecordOf(Creation)), None)
    converts: str | None = key(Name(), None)
    merges: str | None = key(Name(), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The keys that every fixture has, whatever its object."""

    why: str = key(Text())
    source: str = key(Text(), "")
    now: dt.datetime = key(Instant())
    event: str = key(Choice(EVENTS), "created")
    prior: Mapping[str, Json] = key(Plain(), {})
    related: Mapping[str, Json] = key(Plain(), {})
    data: Mapping[str, Json] = key(Plain(), {})
    later: Sequence[Json] = key(Changes(), ())
    expect: Expectation = key(RecordOf(Expectation))


@dataclass(frozen=True, slots=True)
class Fixture:
    """A lead, the moment it arrives, what it is matched against, and what is to happen."""

    story: Story
    record: records.Record
    data: Mapping[str, tuple[records.Record, ...]]
    sets: Mapping[str, object]
    creates: tuple[records.Record, ...]
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
    if not isinstance(document.root, Items):
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
    later = tuple(_later(document, index, lead, object_, reader, names))
    record = dataclasses.replace(fixture.record, later=later)
    fixture = dataclasses.replace(fixture, record=record, document=document, position=index)
    return fixture if len(document.problems) == before else None


def _later(
    document: Document, index: int, lead: str, object_: str, reader: Reader, names: Mapping[str, str]
) -> list[records.Change]:
    """What happens to the record later, the earliest first."""
    tree = document.at(index, "later")
    if tree is None:
        return []
    if not isinstance(tree, Items):
        hint = f"`- {{after: 2 DAYS, {lead}: {{…}}}}`"
        document.problem("FC005", "expected a list of what happens later", tree, hint)
        return []
    found = []
    for n, item in enumerate(tree.items):
        values = read_fields(Later, item, document, ignore=(lead,))
        if values is not None:
            at = ("later", n)
            raw = document.at(index, *at, lead)
            fields = reader.fields(Plain().read(raw, document), object_, (*at, lead)) if raw is not None else {}
            related = reader.related(values.get("related"), names, (*at, "related"), of=object_)
            found.append(records.Change(values["after"], fields, {name: r.fields for name, r in related.items()}))
    return sorted(found, key=lambda change: change.after)


def _require_sense(story: Story, document: Document, index: int) -> None:
    if not in_calendar(story.now):
        hint = "a moment of the years 1700 to 4000, as Salesforce has them"
        document.problem("FC005", "no lead arrives at this time", document.where(index, "now"), hint)
    if story.prior and story.event != "updated":
        hint = "write `event: updated`, or leave `prior` out"
        what = "a new record" if story.event == "created" else "a record that a job takes"
        _note(document, "FC005", f"{what} has no `prior`", document.key(index, "prior"), hint)


def _note(document: Document, code: str, message: str, where: Span, hint: str | None) -> None:
    """Notes a problem of a record without the line that it stands in, which holds the record's values."""
    found = document.diagnostic(code, message, where, hint)
    document.problems.append(dataclasses.replace(found, excerpt=None))


def _typed(story: Story, raw: Json, object_: str, reader: Reader, names: Mapping[str, str], place: Span) -> Fixture:
    lead = object_.lower()
    fields = reader.fields(raw, object_, (lead,))
    before = reader.fields(story.prior, object_, ("prior",))
    prior = None if story.event == "created" else {**fields, **before}
    related = reader.related(story.related, names, ("related",), of=object_)
    data = reader.sets(story.data, ("data",))
    becomes = (object_, *names.values())  # a flow may continue with a related record, and set that one's fields
    sets = reader.fields_of_any(story.expect.sets, becomes, ("expect", "sets"))
    creates = tuple(
        records.Record(c.object, reader.fields(c.values, c.object, ("expect", "creates", n, "values")))
        for n, c in enumerate(story.expect.creates or ())
    )
    return Fixture(story, records.Record(object_, fields, prior, related), data, sets, creates, place)
