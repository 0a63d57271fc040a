"""Texts of a column, wherever their bytes lie."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from flowctl.columns.lexer import MISSING, PAD, gather, size_of
from flowctl.data import dataclass

Array: TypeAlias = "np.ndarray[Any, Any]"
LARGE = 2**31 - 64


@dataclass(frozen=True, slots=True)
class Spans:
    """Texts by where they begin in some bytes; a length of MISSING is none, and -2 - length one with doubled quotes.

    Attributes:
        ready: The texts as Arrow has them, or a dictionary of them.
        scanned: What `scan` made of them: values and states.
    """

    data: Array
    begins: Array
    lengths: Array
    is_ascii: bool = False
    ready: pa.Array | None = None
    scanned: tuple[Array, Array] | None = None

    def __len__(self) -> int:
        return len(self.begins)

    def bytes(self, row: int) -> bytes | None:
        begin, length = int(self.begins[row]), int(self.lengths[row])
        if length == MISSING:
            return None
        if length >= 0:
            return self.data[begin : begin + length].tobytes()
        return self.data[begin : begin - 2 - length].tobytes().replace(b'""', b'"')

    def texts(self, rows: Iterable[int]) -> Iterator[tuple[int, str | None]]:
        """The texts of some rows; what is not UTF-8 stands as a sign for it."""
        for row in rows:
            text = self.bytes(row)
            yield row, None if text is None else text.decode("utf-8", "replace")

    def strings(self) -> pa.Array:
        """The texts as Arrow has them, or a dictionary; they may turn out not to be UTF-8, a dictionary never."""
        if self.ready is not None:
            return self.ready
        data = np.concatenate([self.data, np.zeros(PAD, np.uint8)])
        return gathered(data, self.begins[:, None], self.lengths[:, None], [0])[0]


def gathered(data: Array, begins: Array, lengths: Array, which: Sequence[int]) -> list[pa.Array]:
    """The texts of some columns, by record and column; PAD bytes come after the texts."""
    n, width = len(begins), len(which)
    sizes = np.array([size_of(lengths[:, column]) + PAD for column in which], np.int64)
    at = np.cumsum(sizes) - sizes
    into = np.empty(int(sizes.sum()), np.uint8)
    wide = width > 0 and sizes.max() > LARGE
    offsets = np.empty((width, n + 1), np.int64 if wide else np.int32)
    there = np.full((width, (n + 7) // 8), 255, np.uint8)
    first = at.copy()
    missing = gather(data, begins, lengths, np.array(which, np.int64), at, offsets, into, there)
    of = pa.large_string() if wide else pa.string()
    return [
        pa.Array.from_buffers(of, n, [pa.py_buffer(bits) if gone else None, pa.py_buffer(o), pa.py_buffer(into[a:b])])
        for bits, gone, o, a, b in zip(there, missing.tolist(), offsets, first.tolist(), at.tolist(), strict=True)
    ]


def spans_of(strings: pa.Array) -> Spans:
    """Where the texts of an array of strings lie."""
    wide = pa.types.is_large_string(strings.type)
    there, offsets, data = strings.buffers()
    at = strings.offset
    ends = np.frombuffer(offsets, np.int64 if wide else np.int32)[at : at + len(strings) + 1]
    lengths = np.diff(ends)
    if there is not None and strings.null_count:
        lengths[~np.asarray(strings.is_valid())] = MISSING
    return Spans(np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8), ends[:-1], lengths)
