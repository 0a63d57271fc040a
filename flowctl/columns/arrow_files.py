"""Arrow's own files and streams: the columns that are wanted, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import partial

import pyarrow as pa
from pyarrow import ipc

from flowctl.columns.assemble import Records
from flowctl.columns.headers import Plan, plan_of
from flowctl.columns.parquet_files import MOST, leaves, records_of
from flowctl.columns.source import Piece, Progress
from flowctl.columns.streams import Origin, reading, unpacked
from flowctl.columns.wanted import Wanted


class ArrowSource:
    """An Arrow or Feather file: its batches can be read in any order."""

    footer = 0

    def __init__(self, origin: Origin, wanted: Wanted) -> None:
        assert origin.path is not None, "an Arrow file is read from a path"
        self.name, self.size, self._path = origin.name, origin.size, origin.path
        with reading(self.name), ipc.open_file(pa.memory_map(str(self._path))) as file:
            schema = file.schema
            self._counts = [file.get_batch(number).num_rows for number in range(file.num_record_batches)]
        self.rows = sum(self._counts)
        self.plan: Plan = plan_of(self.name, list(leaves(schema)), wanted)
        self._options = _only(schema, self.plan)

    def pieces(self, progress: Progress) -> Iterator[Piece]:
        row = 1
        for number, count in enumerate(self._counts):
            progress.read += (self.size or 0) // len(self._counts)
            for start in range(0, count, MOST):
                size = min(MOST, count - start)
                yield partial(self._slice, number, start, size, row, *progress.take(size))
                row += size

    def _slice(self, number: int, start: int, size: int, row: int, part: int, position: int) -> Records:
        with reading(self.name), ipc.open_file(pa.memory_map(str(self._path)), options=self._options) as file:
            batch = file.get_batch(number).slice(start, size)
        return records_of(self.plan, batch, row, part, position)


class ArrowStreamSource:
    """An Arrow stream: its batches come one after the other."""

    rows = None
    footer = 0

    def __init__(self, origin: Origin, wanted: Wanted) -> None:
        self.name, self.size, self._origin = origin.name, origin.size, origin
        with reading(self.name), closing(unpacked(origin)) as bytes_:
            schema = ipc.open_stream(pa.PythonFile(bytes_, "r")).schema
        self.plan: Plan = plan_of(self.name, list(leaves(schema)), wanted)
        self._options = _only(schema, self.plan)

    def pieces(self, progress: Progress) -> Iterator[Piece]:
        with reading(self.name), closing(unpacked(self._origin)) as bytes_:
            stream = ipc.open_stream(pa.PythonFile(bytes_, "r"), options=self._options)
            yield from cut(stream, self.plan, progress)


def cut(batches: Iterator[pa.RecordBatch], plan: Plan, progress: Progress) -> Iterator[Piece]:
    """Batches as they come, none of them too large."""
    row = 1
    while True:
        with reading(plan.file):
            batch = next(batches, None)
        if batch is None:
            return
        progress.read += batch.nbytes
        for start in range(0, batch.num_rows, MOST):
            piece = batch.slice(start, MOST)
            yield partial(records_of, plan, piece, row, *progress.take(len(piece)))
            row += len(piece)


def _only(schema: pa.Schema, plan: Plan) -> ipc.IpcReadOptions:
    """Options that read no other columns than those of a plan."""
    wanted = {plan.headers[number] for number in plan.columns}
    tops = [i for i, field in enumerate(schema) if wanted & set(leaves(pa.schema([field])))]
    return ipc.IpcReadOptions(included_fields=tops) if tops else ipc.IpcReadOptions()
