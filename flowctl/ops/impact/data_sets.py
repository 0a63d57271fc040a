"""Data sets to match on, of files of any form and size."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from flowctl.columns import Batch, Wanted, open_records
from flowctl.columns.batch import plain
from flowctl.expr import FieldPath
from flowctl.flow import Model, Record
from flowctl.ops.impact.choice import is_columnar
from flowctl.ops.leads import Source, named_set, read_data


def read_sets(source: Source, given: Sequence[str], model: Model, now: dt.datetime) -> dict[str, list[Record]]:
    """The data sets, each given as `OBJECT=FILE`; an object given twice has both files' records.

    Raises:
        FlowctlError: An object is unknown, or a file cannot be read.
    """
    sets: dict[str, list[Record]] = {}
    for text in given:
        object_, name = named_set(text, model)
        if is_columnar(name, source.folder):
            sets.setdefault(object_, []).extend(_by_column(source, object_, name, model, now))
        else:
            sets.setdefault(object_, []).extend(read_data(source, [text], model)[object_])
    return sets


def _by_column(source: Source, object_: str, name: str, model: Model, now: dt.datetime) -> Iterator[Record]:
    """The records of a file; it may lack fields, and have columns that are none."""
    fields: dict[FieldPath, tuple[str, ...]] = {(field,): () for field in model.objects[object_].fields}
    wanted = Wanted(
        object=object_,
        objects=model.objects,
        now=fields,
        zone=model.settings.zone,
        moment=now,
        missing_as_blank=True,
    )
    with open_records([name], wanted, folder=source.folder) as opened:
        for chunk in opened.chunks():
            yield from _records(chunk())


def _records(batch: Batch) -> Iterator[Record]:
    names = [path[0] for path in batch.columns]
    columns = [[plain(raw, c.type) for raw in c.values.to_pylist()] for c in batch.columns.values()]
    for values in zip(*columns, strict=True):
        fields = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        yield Record(batch.object, fields)
