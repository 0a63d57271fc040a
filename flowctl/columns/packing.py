"""Batches as bytes and back, with everything in them. What their columns are called is kept beside."""

from __future__ import annotations

from typing import TypeAlias

import pyarrow as pa

from flowctl.columns.batch import Batch, Column, Related
from flowctl.expr import FieldPath, FieldType

Form: TypeAlias = tuple[
    str,
    tuple[tuple[FieldPath, FieldType], ...],
    tuple[tuple[FieldPath, FieldType], ...],
    tuple[tuple[FieldPath, str], ...],
    bool,
    tuple[str, ...],
]


class Forms:
    """What columns batches have, by number: few, since an input has as many as it has sorts of files."""

    def __init__(self) -> None:
        self._numbers: dict[Form, int] = {}

    def number(self, batch: Batch) -> int:
        form = (
            batch.object,
            tuple((path, column.type) for path, column in batch.columns.items()),
            tuple((path, column.type) for path, column in batch.prior.items()),
            tuple((path, related.object) for path, related in batch.related.items()),
            batch.is_new is not None,
            tuple(batch.extra),
        )
        return self._numbers.setdefault(form, len(self._numbers))

    def __getitem__(self, number: int) -> Form:
        return [*self._numbers][number]


def packed(batch: Batch, forms: Forms) -> bytes:
    arrays = [pa.array(batch.now), pa.array(batch.positions)]
    arrays += [column.values for column in (*batch.columns.values(), *batch.prior.values())]
    arrays += [pa.array(related.is_there) for related in batch.related.values()]
    arrays += [] if batch.is_new is None else [pa.array(batch.is_new)]
    arrays += batch.extra.values()
    named = pa.RecordBatch.from_arrays(arrays, [str(n) for n in range(len(arrays))])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, named.schema.with_metadata({"form": str(forms.number(batch))})) as writer:
        writer.write_batch(named)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def unpacked(raw: bytes, forms: Forms) -> Batch:
    with pa.ipc.open_stream(pa.py_buffer(raw)) as reader:
        form = forms[int(reader.schema.metadata[b"form"])]
        arrays = iter(reader.read_next_batch().columns)
    object_, columns, prior, related, has_new, extra = form
    now, positions = (next(arrays).to_numpy() for _ in range(2))
    return Batch(
        object_,
        {path: Column(type_, next(arrays)) for path, type_ in columns},
        {path: Column(type_, next(arrays)) for path, type_ in prior},
        {path: Related(of, next(arrays).to_numpy(zero_copy_only=False)) for path, of in related},
        next(arrays).to_numpy(zero_copy_only=False) if has_new else None,
        now,
        positions,
        {name: next(arrays) for name in extra},
    )
