"""Parquet: the columns that are wanted, row group by row group."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from flowctl.columns.assemble import Records
from flowctl.columns.headers import Plan, plan_of
from flowctl.columns.source import Piece, Progress
from flowctl.columns.streams import Origin, reading
from flowctl.columns.wanted import Wanted

Array: TypeAlias = "np.ndarray[Any, Any]"
MOST = 250_000  # records of a piece

# Pages that a batch has given back are taken again by the next one, rather than new ones that have to be filled with
# zeros first: for a million records as much as everything else in the reader.
pa.set_memory_pool(pa.system_memory_pool())


class ParquetSource:
    """A Parquet file."""

    footer = 0

    def __init__(self, origin: Origin, wanted: Wanted) -> None:
        assert origin.path is not None, "Parquet is read from a path"
        self.name, self.size, self._path = origin.name, origin.size, origin.path
        with reading(self.name), pq.ParquetFile(self._path) as file:
            self._about, schema = file.metadata, file.schema_arrow
        self.rows = self._about.num_rows
        self.plan: Plan = plan_of(self.name, list(leaves(schema)), wanted)

    def pieces(self, progress: Progress) -> Iterator[Piece]:
        row = 1
        for group in range(self._about.num_row_groups):
            about = self._about.row_group(group)
            progress.read += (self.size or 0) * about.num_rows // max(self.rows, 1)
            if about.num_rows == 0:
                continue
            if about.num_rows <= MOST * 5 // 4:
                yield partial(self._group, group, row, *progress.take(about.num_rows))
                row += about.num_rows
                continue
            for batch in self._batches(group):
                part, position = progress.take(len(batch))
                yield partial(records_of, self.plan, batch, row, part, position)
                row += len(batch)

    def _open(self, group: int) -> pq.ParquetFile:
        dictionaries = _dictionaries(self._about.row_group(group))
        return pq.ParquetFile(self._path, metadata=self._about, read_dictionary=dictionaries)

    def _columns(self) -> list[str]:
        return [self.plan.headers[number] for number in self.plan.columns]

    def _group(self, group: int, row: int, part: int, position: int) -> Records:
        with reading(self.name), self._open(group) as file:
            # nobody reads another group meanwhile: all cores read this one
            is_last = group == self._about.num_row_groups - 1
            table = file.read_row_group(group, columns=self._columns(), use_threads=is_last)
        return records_of(self.plan, table, row, part, position)

    def _batches(self, group: int) -> Iterator[pa.RecordBatch]:
        with reading(self.name), self._open(group) as file:
            yield from file.iter_batches(MOST, row_groups=[group], columns=self._columns())


def _dictionaries(group: Any) -> list[str]:
    """The columns of texts that are dictionaries through and through.

    Newer files do not say whether some pages are plain: a dictionary's indices are of few bytes, texts are not.
    """
    found = []
    for number in range(group.num_columns):
        about = group.column(number)
        said = set(about.encodings)
        if about.physical_type != "BYTE_ARRAY" or not said & {"PLAIN_DICTIONARY", "RLE_DICTIONARY"}:
            continue
        if "PLAIN" not in said or (
            "RLE_DICTIONARY" in said and about.total_uncompressed_size <= 2 * about.num_values + (128 << 10)
        ):
            found.append(about.path_in_schema)
    return found


def leaves(schema: pa.Schema | pa.StructType, prefix: str = "") -> Iterator[str]:
    """The names of columns; those in structures by their path."""
    for field in schema:
        if pa.types.is_struct(field.type):
            yield from leaves(field.type, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name


def flat(table: pa.Table) -> pa.Table:
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table


def records_of(plan: Plan, table: pa.Table | pa.RecordBatch, row: int, part: int, position: int) -> Records:
    """Rows of a table by the number of their columns in the file."""
    if isinstance(table, pa.RecordBatch):
        table = pa.Table.from_batches([table])
    table = flat(table)
    columns = {number: _whole(table.column(plan.headers[number])) for number in plan.columns}
    count = np.arange(len(table), dtype=np.int64)
    return Records(part, plan, columns, row + count, position + count)


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece; as a dictionary only where its values recur."""
    found = _joined(column)
    if pa.types.is_dictionary(found.type) and len(found.dictionary) > len(found) // 2:
        return found.dictionary_decode()
    return found


def _joined(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    found = column.combine_chunks()
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
