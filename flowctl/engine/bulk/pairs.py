"""Records beside the candidates that were found for them, by the column: what `where` of a match reads."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
import pyarrow as pa

from flowctl.columns.batch import Column
from flowctl.data import dataclass
from flowctl.engine.bulk.memo import Memo
from flowctl.engine.bulk.rows import Array, Coded, Rows, numbered
from flowctl.engine.interp import World
from flowctl.engine.matching import DataSet
from flowctl.expr import FieldPath


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which record stands beside which candidate: parallel arrays, in the order of both."""

    row: Array
    position: Array  # of the candidate in the data set

    @classmethod
    def of(cls, places: Sequence[Sequence[tuple[int, float]]], index: Array) -> Pairs:
        """All candidates of each record; `places[index[i]]` are those of record i."""
        counts = np.array(list(map(len, places)), np.int64)
        flat = np.array([at for at, _ in chain.from_iterable(places)], np.int32)
        begins = np.cumsum(counts) - counts
        of_row = counts[index]
        row = np.repeat(np.arange(len(index)), of_row)
        within = np.arange(len(row)) - np.repeat(np.cumsum(of_row) - of_row, of_row)
        return cls(row, flat[begins[index][row] + within])


class PairRows:
    """Records as conditions read them, each with a candidate under a name."""

    def __init__(self, rows: Rows, at: Array, name: str, data: DataSet, position: Array, memo: Memo) -> None:
        self.rows, self.at, self.name, self.data, self.position, self.memo = rows, at, name, data, position, memo
        self.now, self.is_new = rows.now[at], rows.is_new[at]
        self.world: World = rows.world
        self.object: str = rows.object

    def __len__(self) -> int:
        return len(self.at)

    def get(self, path: FieldPath) -> Coded:
        if path[0] != self.name or len(path) == 1:
            return self.rows.get(path).take(self.at)
        made = self.memo.once(self.world, f"{path[1:]} of {id(self.data)}", lambda: self._of_candidates(path[1:]))
        return made.take(self.position)

    def _of_candidates(self, path: FieldPath) -> Coded:
        found = [self.world.read(record.fields, record.related, path) for record in self.data.records]
        index, keys = numbered((type(value), value) for value in found)
        return Coded(index, [value for _, value in keys])

    def prior(self, path: FieldPath) -> Coded:
        return self.rows.prior(path).take(self.at)

    def changed(self, path: FieldPath) -> Array:
        found: Array = self.rows.changed(path)[self.at]
        return found

    def column(self, path: FieldPath) -> Column | None:
        beside = path[0] == self.name and len(path) > 1
        return None if beside else self._taken(self.rows.column(path))

    def prior_column(self, path: FieldPath) -> Column | None:
        return self._taken(self.rows.prior_column(path))

    def _taken(self, column: Column | None) -> Column | None:
        return None if column is None else Column(column.type, column.values.take(pa.array(self.at)))

    def carried(self, name: str, object_: str) -> Array:
        found: Array = self.rows.carried(name, object_)[self.at]
        return found
