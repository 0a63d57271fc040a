"""The owners that leads of a batch really got, as codes."""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa

from flowctl.columns.batch import Batch
from flowctl.engine.bulk import NONE, Names
from flowctl.ops.backtest.comparison import UNKNOWN
from flowctl.ops.backtest.people import People, is_nobody

Array: TypeAlias = np.ndarray[Any, Any]


class Actual(Protocol):
    """Says what really happened to leads."""

    def codes(self, batch: Batch) -> Array:
        """The owners by their codes; NONE for nobody, UNKNOWN where nobody is known, SILENT where nothing is said."""


class ColumnActual:
    """The owners that a column of the leads holds."""

    def __init__(self, column: str, people: People, names: Names) -> None:
        self.column, self._people, self._names = column, people, names
        self._codes: dict[str | None, int] = {None: NONE}

    def codes(self, batch: Batch) -> Array:
        texts = dictionary_of(batch.extra[self.column])
        known = np.array([self._code(text) for text in texts.dictionary.to_pylist()] or [NONE], np.int64)
        at = texts.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        found: Array = np.where(at < 0, NONE, known[np.maximum(at, 0)])
        return found

    def _code(self, text: str | None) -> int:
        if text not in self._codes:
            self._codes[text] = code_of(text or "", self._people, self._names)
        return self._codes[text]


def code_of(text: str, people: People, names: Names) -> int:
    """The code of an owner as a file writes it."""
    if is_nobody(text):
        return NONE
    who = people.who(text)
    return UNKNOWN if who is None else names.code(who)


def dictionary_of(values: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """The texts of a column, each different one once."""
    one = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(one, pa.ChunkedArray):  # of no chunks
        one = pa.concat_arrays(one.chunks) if one.num_chunks else pa.array([], pa.string())
    if pa.types.is_dictionary(one.type):
        return one
    return one.cast(pa.string()).dictionary_encode()
