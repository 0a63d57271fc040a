"""Records by the column: a batch of them, as it was read from a file, each column of one type.

Numbers are float64, checkboxes bool, days date32, moments timestamp[us, UTC]; all other kinds are texts (string or
large_string, or a dictionary of them with int32 indices where the file has one). The choices of a multi-picklist are
joined by `;`. People are `user/x` and `queue/x`. A null is a blank, and so is a text of spaces.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from flowctl.data import dataclass
from flowctl.expr import FieldPath, FieldType, Value, coerce
from flowctl.flow import Record

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Column:
    """The values of a field, one for each record of a batch."""

    type: FieldType
    values: pa.Array

    def value(self, row: int) -> Value:
        return plain(self.values[row].as_py(), self.type)

    def at(self, rows: pa.Array) -> Column:
        taken = self.values.take(rows)
        return Column(self.type, taken.dictionary_decode() if hasattr(taken, "dictionary_decode") else taken)


@dataclass(frozen=True, slots=True)
class Related:
    """Related records of one name: the object that they are of, and which records of the batch have one (bool)."""

    object: str
    is_there: np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of an object, in the order of the file or of their arrival.

    `columns` are by path: `("Email",)`, `("account", "Name")`; `prior` holds what fields were before an update, of
    the record itself only. `related` are by the path of their name: `("account",)`. `is_new` is None where all are
    new. `now` is the moment of routing, in microseconds since 1970 in UTC. `positions` are the records' places in the
    whole input, from 1. `extra` are columns of the file as it has them, by the names under which they were asked for.
    """

    object: str
    columns: Mapping[FieldPath, Column]
    prior: Mapping[FieldPath, Column]
    related: Mapping[FieldPath, Related]
    is_new: np.ndarray[Any, Any] | None  # bool
    now: np.ndarray[Any, Any]  # int64
    positions: np.ndarray[Any, Any]  # int64
    extra: Mapping[str, pa.Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.now)

    def at(self, rows: np.ndarray[Any, Any]) -> Batch:
        """A batch of some of the records, which keeps nothing of the others in memory."""
        import pyarrow as pa

        at = pa.array(rows)
        return Batch(
            self.object,
            {path: column.at(at) for path, column in self.columns.items()},
            {path: column.at(at) for path, column in self.prior.items()},
            {path: Related(related.object, related.is_there[rows]) for path, related in self.related.items()},
            None if self.is_new is None else self.is_new[rows],
            self.now[rows],
            self.positions[rows],
            {name: values.take(at) for name, values in self.extra.items()},
        )

    def moment(self, row: int) -> dt.datetime:
        """When a record is routed, in UTC."""
        return EPOCH + int(self.now[row]) * MICROSECOND

    def record(self, row: int) -> Record:
        """A record as the judge reads it."""
        is_new = self.is_new is None or bool(self.is_new[row])
        fields = self._fields((), row)
        before = {path[0]: column.value(row) for path, column in self.prior.items()}
        return Record(self.object, fields, None if is_new else {**fields, **before}, self._below((), row))

    def _fields(self, at: FieldPath, row: int) -> dict[str, Value]:
        return {path[-1]: column.value(row) for path, column in self.columns.items() if path[:-1] == at}

    def _below(self, at: FieldPath, row: int) -> dict[str, Record]:
        """The related records below a path."""
        there = [(path, r.object) for path, r in self.related.items() if path[:-1] == at and r.is_there[row]]
        return {p[-1]: Record(of, self._fields(p, row), related=self._below(p, row)) for p, of in there}


def plain(raw: object, type_: FieldType) -> Value:
    """A value of a column as the judge reads it."""
    if raw is None:
        return None
    if type_.kind in ("number", "checkbox", "date"):
        return raw  # type: ignore[return-value]  # a float, a flag or a day already
    if isinstance(raw, dt.datetime):
        return raw.astimezone(dt.UTC)
    return coerce(raw, type_, dt.UTC)  # the zone is not asked: moments have theirs
