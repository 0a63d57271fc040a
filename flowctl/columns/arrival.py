"""Batches in order of arrival: by moment, then as in the input. What is not in order is sorted, if need be on disk.

Whether an input is in order is known for sure only at its end. Of files whose moments can be read alone, `is_in_order`
tells before. Of all others, every record is read before the first is given back: up to `RUN` bytes are sorted in
memory; what is more goes to a temporary file, in sorted runs which are merged by slices of time. The file has no name:
whatever happens, nothing stays on the disk.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from flowctl.columns.batch import Batch
from flowctl.columns.joining import bytes_of, joined, rows_of, slice_of
from flowctl.columns.packing import Forms, packed, unpacked
from flowctl.data import dataclass

if TYPE_CHECKING:
    Array = np.ndarray[Any, Any]

RUN = 96 << 20  # bytes that are sorted in memory at a time
BLOB = 4096  # records that are read back at a time
ROWS = 1 << 16  # records of a batch, about

Chunk: TypeAlias = Callable[[], Batch]  # reads a batch; called by any thread


def is_in_order(moments: Iterable[Array]) -> bool:
    """Whether moments (int64, `Batch.now` of one batch after another) never go back."""
    last = None
    for now in moments:
        if len(now) and ((last is not None and now[0] < last) or _goes_back(now)):
            return False
        last = now[-1] if len(now) else last
    return True


def in_arrival_order(
    chunks: Iterable[Chunk], is_sorted: bool = False, run: int = RUN, blob: int = BLOB, rows: int = ROWS
) -> Iterator[Chunk]:
    """The records of all chunks, stably sorted by moment, in other batches.

    Args:
        is_sorted: They are in order, as `is_in_order` found: then chunks go through untouched, and are not read here.
        run: How many bytes are sorted at a time. In memory there are two or three times as many.
        blob: How many records of each run are in memory while runs are merged.
        rows: How many records a batch has, about.
    """
    if is_sorted:
        yield from chunks
        return
    with tempfile.TemporaryFile(prefix="flowctl-") as file:
        runs = _Runs(file, blob)
        for whole, is_last in _wholes(chunks, run):
            if is_last and not runs.count:
                order = _order(whole)
                yield from (partial(rows_of, whole, order[at : at + rows]) for at in range(0, len(order), rows))
                return
            runs.add(whole)
        yield from runs.merged(rows)


def _wholes(chunks: Iterable[Chunk], most: int) -> Iterator[tuple[Batch, bool]]:
    """The input in large batches; the last one may be smaller."""
    waiting: list[Batch] = []
    size = 0
    for chunk in chunks:
        batch = chunk()
        if len(batch):
            waiting.append(batch)
            size += bytes_of(batch)
        if size >= most:
            yield _joined_all(waiting), False
            size = 0
    if waiting:
        yield _joined_all(waiting), True


def _joined_all(waiting: list[Batch]) -> Batch:
    whole = joined(waiting)
    waiting.clear()
    return whole


def _goes_back(now: Array) -> bool:
    return bool(np.any(now[1:] < now[:-1]))


def _order(batch: Batch) -> Array:
    """The rows of a batch in order of arrival."""
    return np.argsort(batch.now, kind="stable") if _goes_back(batch.now) else np.arange(len(batch))


class Place(NamedTuple):
    """Where a blob begins: its first moment, its run and its number there. Runs are in the order of the input."""

    now: int
    run: int
    number: int


@dataclass(frozen=True, slots=True)
class _Blob:
    place: Place
    rows: int
    at: int  # in the file
    size: int


class _Runs:
    """Sorted runs on disk, in blobs of as many records."""

    def __init__(self, file: IO[bytes], blob: int) -> None:
        self.count = 0
        self._file, self._blob = file, blob
        self._forms = Forms()
        self._blobs: list[list[_Blob]] = []

    def add(self, batch: Batch) -> None:
        order = _order(batch)
        self._blobs.append([])
        for number, at in enumerate(range(0, len(order), self._blob)):
            rows = order[at : at + self._blob]
            raw, start = packed(rows_of(batch, rows), self._forms), self._file.tell()
            self._file.write(raw)
            place = Place(int(batch.now[rows[0]]), self.count, number)
            self._blobs[-1].append(_Blob(place, len(rows), start, len(raw)))
        self.count += 1

    def merged(self, rows: int) -> Iterator[Chunk]:
        cursors = [_Cursor(self, blobs) for blobs in self._blobs]
        for cut in (*self._cuts(rows), None):
            if pieces := [piece for cursor in cursors for piece in cursor.until(cut)]:
                yield partial(_in_order, pieces)

    def _cuts(self, rows: int) -> Iterator[Place]:
        """Where slices of about as many records end, before the beginning of a blob."""
        count = 0
        for blob in sorted((blob for run in self._blobs for blob in run), key=lambda blob: blob.place):
            if count >= rows:
                yield blob.place
                count = 0
            count += blob.rows

    def read(self, blob: _Blob) -> Batch:
        self._file.seek(blob.at)
        return unpacked(self._file.read(blob.size), self._forms)


class _Cursor:
    """A run, read from its beginning."""

    def __init__(self, runs: _Runs, blobs: Sequence[_Blob]) -> None:
        self._runs, self._blobs = runs, blobs
        self._number, self._row = 0, 0
        self._open: Batch | None = None

    def until(self, cut: Place | None) -> Iterator[Batch]:
        """The records before a place that were not given back yet."""
        while self._number < len(self._blobs):
            blob = self._blobs[self._number]
            if cut is not None and blob.place >= cut:
                return
            batch = self._open = self._runs.read(blob) if self._open is None else self._open
            end = self._end(batch, cut)
            if self._row < end:
                yield slice_of(batch, self._row, end)
            if end < len(batch):
                self._row = end
                return
            self._number, self._row, self._open = self._number + 1, 0, None

    def _end(self, batch: Batch, cut: Place | None) -> int:
        """How many records of a blob, which begins before it, come before a place."""
        run = self._blobs[0].place.run
        if cut is None or run == cut.run:
            return len(batch)
        return int(np.searchsorted(batch.now, cut.now, "right" if run < cut.run else "left"))


def _in_order(pieces: Sequence[Batch]) -> Batch:
    """Pieces of runs, in the order of the runs, as one batch."""
    batch = joined(pieces)
    return rows_of(batch, _order(batch)) if _goes_back(batch.now) else batch
