"""Leads that were read one by one, as batches: of forms that only the small path reads, such as YAML."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from flowctl.columns.batch import EPOCH, MICROSECOND, Batch, Column, Related
from flowctl.expr import FieldPath, FieldType, Value
from flowctl.flow import ObjectType, Record
from flowctl.ops.simulate import Arrival

SIZE = 10_000  # records of a batch
TYPES: dict[str, Any] = {
    "number": pa.float64(),
    "checkbox": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", "UTC"),
}


def batches(leads: Sequence[Arrival], objects: Mapping[str, ObjectType]) -> Iterator[Callable[[], Batch]]:
    """The leads in their order."""
    for at in range(0, len(leads), SIZE):
        batch = batch_of(leads[at : at + SIZE], objects)
        yield lambda batch=batch: batch  # type: ignore[misc]


def batch_of(leads: Sequence[Arrival], objects: Mapping[str, ObjectType]) -> Batch:
    """Some leads by the column. At least one."""
    records = [lead.record for lead in leads]
    related: dict[FieldPath, Related] = {}
    columns = dict(_columns((), list(records), objects, related))
    before = [Record(record.object, record.prior) if record.prior is not None else None for record in records]
    names = sorted({name for record in before if record for name in record.fields})
    return Batch(
        records[0].object,
        columns,
        {(name,): _column(name, before, objects) for name in names},
        related,
        None if all(record.is_new for record in records) else np.array([record.is_new for record in records], bool),
        np.array([_microseconds(lead.now) for lead in leads], np.int64),
        np.array([lead.position for lead in leads], np.int64),
    )


def _columns(
    at: FieldPath,
    records: Sequence[Record | None],
    objects: Mapping[str, ObjectType],
    related: dict[FieldPath, Related],
) -> Iterator[tuple[FieldPath, Column]]:
    """The columns of records and of those that hang on them, which it notes in `related`."""
    there = [record for record in records if record]
    for name in sorted({name for record in there for name in record.fields}):
        yield (*at, name), _column(name, records, objects)
    for name in sorted({name for record in there for name in record.related}):
        below = [record.related.get(name) if record else None for record in records]
        of = next(record.object for record in below if record)
        related[(*at, name)] = Related(of, np.array([record is not None for record in below], bool))
        yield from _columns((*at, name), below, objects, related)


def _column(name: str, records: Sequence[Record | None], objects: Mapping[str, ObjectType]) -> Column:
    object_ = next(record.object for record in records if record and name in record.fields)
    type_: FieldType = objects[object_].fields[name].typed()
    values = [_plain(record.fields.get(name) if record else None) for record in records]
    return Column(type_, pa.array(values, TYPES.get(type_.kind, pa.string())))


def _plain(value: Value) -> object:
    return ";".join(value) if isinstance(value, tuple) else value


def _microseconds(when: dt.datetime) -> int:
    return (when - EPOCH) // MICROSECOND
