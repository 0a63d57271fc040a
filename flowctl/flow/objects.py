"""Objects and their fields, the settings that change meaning, and what a name in a condition is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, get_args

from flowctl.data import dataclass
from flowctl.document import Document
from flowctl.expr import FieldType, fold
from flowctl.expr import Kind as FieldKind
from flowctl.flow.kinds import Boolean, Choice, ListOf, MapOf, Name, Record, Text, key
from flowctl.flow.zone import Zone, named_zone

if TYPE_CHECKING:
    from flowctl.expr import FieldPath

KINDS: tuple[FieldKind, ...] = get_args(FieldKind)
PEOPLE = "User"  # the object whose fields describe the directory's users and queues


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of an object, as Salesforce knows it, and what no flow may do to it.

    `required`: never emptied, and filled in records that flows create. `once`: never overwritten once it is set.
    `transitions`: for each value, those that may follow it; a value that is not named there stays as it is. From
    blank every value may be set.
    """

    label: str = key(Text(), "", cosmetic=True)
    type: FieldKind = key(Choice(KINDS))
    values: tuple[str, ...] = key(ListOf(Text(), is_set=True), ())
    required: bool = key(Boolean(), False)
    once: bool = key(Boolean(), False)
    transitions: Mapping[str, tuple[str, ...]] = key(MapOf(ListOf(Text())), {})
    notes: str = key(Text(), "", cosmetic=True)
    source: str = key(Text(), "", cosmetic=True)

    def typed(self) -> FieldType:
        return FieldType(self.type, self.values, self.label, self.required)

    @property
    def has_policy(self) -> bool:
        return self.required or self.once or bool(self.transitions)

    def allows(self, old: str, new: str) -> bool:
        """Whether a value may follow another one, by `transitions`."""
        following = next((then for value, then in self.transitions.items() if fold(value) == fold(old)), ())
        return fold(new) in map(fold, following)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """An object: its fields by API name, and the objects of the related records that hang on it by name."""

    object: str = key(Name())
    label: str = key(Text(), "", cosmetic=True)
    source: str = key(Text(), "", cosmetic=True)
    notes: str = key(Text(), "", cosmetic=True)
    fields: Mapping[str, Field] = key(MapOf(Record(Field), named=True))
    relations: Mapping[str, str] = key(MapOf(Name("objects"), named=True), {})
    document: Document = field(default_factory=lambda: Document("<none>", ""), compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What changes the meaning of every condition."""

    dialect: str = key(Choice(("salesforce",)), "salesforce")
    time_zone: str = key(Zone(), "UTC")

    @property
    def zone(self) -> dt.tzinfo:
        return named_zone(self.time_zone)


@dataclass(frozen=True, slots=True)
class Types:
    """What the names in a flow's conditions are: fields of its object, of the related records, of people.

    `bound` are the names that the flow's own match nodes give, with their objects.
    """

    objects: Mapping[str, ObjectType]
    root: str
    bound: Mapping[str, str]

    def field(self, path: FieldPath) -> FieldType | None:
        holder = self._holder(path[:-1])
        found = holder.fields.get(path[-1]) if holder else None
        return found.typed() if found else None

    def why_not(self, path: FieldPath) -> str | None:
        """Nothing more to say of an unknown path."""
        return None

    def known(self, prefix: FieldPath) -> Iterable[str]:
        holder = self._holder(prefix)
        if holder is None:
            return ()
        related = {**holder.relations, **(self.bound if not prefix else {})}
        return (*holder.fields, *related)

    def _holder(self, path: FieldPath) -> ObjectType | None:
        """The object that the records at a path are of."""
        here = self.objects.get(self.root)
        for position, name in enumerate(path):
            if here is None:
                return None
            here = self.objects.get(self._leads_to(here, name, position == 0))
        return here

    def _leads_to(self, here: ObjectType, name: str, first: bool) -> str:
        if name in here.fields and here.fields[name].type in ("user", "owner"):
            return PEOPLE
        return (self.bound.get(name) if first else None) or here.relations.get(name, "")
