"""What is to be read of files of records, and what happens to values that cannot be read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Literal

from flowctl.data import dataclass
from flowctl.expr import FieldPath, FieldType
from flowctl.flow import Flow, Model, ObjectType

OnBad = Literal["blank", "reject", "fail"]
Nodes = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be read.

    Attributes:
        object: Of which the records are.
        now: Paths that routing reads, with the nodes that read them.
        prior: The same, of the values before an update.
        also: Paths that are read where a file has them.
        extra: Columns that come along as they are, by header, API name or label.
        related: The related records that a record may carry: their names and objects.
        zone: Of moments that are written without an offset.
        moment: When records without a `CreatedDate` are routed.
        mapping: From headers to API names or paths, for files that call their columns otherwise.
        on_bad: What happens to a value that cannot be read: it is blank, its record is left out, or all stops.
        rejects: A file to which all that cannot be read is written.
        missing_as_blank: Whether a column that is read and that a file lacks is blank, and no error.
    """

    object: str
    objects: Mapping[str, ObjectType]
    now: Mapping[FieldPath, Nodes]
    prior: Mapping[FieldPath, Nodes] = field(default_factory=dict)
    also: tuple[FieldPath, ...] = ()
    extra: tuple[str, ...] = ()
    related: Mapping[str, str] = field(default_factory=dict)
    zone: dt.tzinfo
    moment: dt.datetime
    mapping: Mapping[str, str] = field(default_factory=dict)
    on_bad: OnBad = "fail"
    rejects: Path | None = None
    missing_as_blank: bool = False

    def paths(self) -> tuple[FieldPath, ...]:
        """What is read of records as they are now, each once."""
        created: list[FieldPath] = [("CreatedDate",)]
        return tuple(path for path in dict.fromkeys([*self.now, *self.also, *created]) if self.type_of(path))

    def priors(self) -> tuple[FieldPath, ...]:
        return tuple(path for path in self.prior if len(path) == 1 and self.type_of(path))

    def type_of(self, path: FieldPath) -> FieldType | None:
        """The type of a path that files can hold; what lies behind a person is in the directory."""
        type_ = self.objects.get(self.holder(path[:-1]) or "")
        found = type_.fields.get(path[-1]) if type_ else None
        return found.typed() if found else None

    def holder(self, at: FieldPath) -> str | None:
        """The object of the records at a path."""
        here: str | None = self.object
        for depth, name in enumerate(at):
            type_ = self.objects.get(here or "")
            if type_ is None or (name in type_.fields and depth):
                return None
            relations = type_.relations if depth else {**type_.relations, **self.related}
            here = relations.get(name)
        return here

    @property
    def created(self) -> FieldPath | None:
        """The path of the moment of arrival, where the object has one."""
        type_ = self.type_of(("CreatedDate",))
        return ("CreatedDate",) if type_ and type_.kind == "datetime" else None


def wanted_of(
    model: Model,
    flow: Flow,
    now: Mapping[FieldPath, Nodes],
    prior: Mapping[FieldPath, Nodes],
    moment: dt.datetime,
    *,
    also: tuple[FieldPath, ...] = (),
    extra: tuple[str, ...] = (),
    mapping: Mapping[str, str] | None = None,
    on_bad: OnBad = "fail",
    rejects: Path | None = None,
    missing_as_blank: bool = False,
) -> Wanted:
    """What is to be read for a flow; `now` and `prior` as the engine says what it reads."""
    return Wanted(
        object=flow.object,
        objects=model.objects,
        now=now,
        prior=prior,
        also=also,
        extra=extra,
        related=model.related(flow),
        zone=model.settings.zone,
        moment=moment,
        mapping=mapping or {},
        on_bad=on_bad,
        rejects=rejects,
        missing_as_blank=missing_as_blank,
    )
