"""Leads as they were before they were routed, as a history says: its start states take the place of what a file has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flowctl.columns.batch import Batch, Column
from flowctl.document import Json
from flowctl.expr import FieldType, Value
from flowctl.flow.record import fitted
from flowctl.ops.backtest.history import OWNERS, History, Past, ids
from flowctl.ops.backtest.people import People
from flowctl.ops.impact.few import TYPES

OWNER = "Owner"


class Restored:
    """Puts the start states of a history into batches. Values that cannot be read are blank, and counted in `bad`.

    Args:
        types: The fields that routing reads, by name.
        id_column: The extra column that holds the records' ids.
    """

    def __init__(
        self, history: History, types: Mapping[str, FieldType], people: People, zone: dt.tzinfo, id_column: str = "Id"
    ) -> None:
        self._history, self._types, self._people, self._zone = history, types, people, zone
        self._column = id_column
        self.bad = 0

    def batch(self, batch: Batch) -> Batch:
        """The batch with the fields as they were; what a start state does not tell stays as it is."""
        found = (self._history.pasts.get(id_) for id_ in ids(batch, self._column))
        pasts = [(row, past) for row, past in enumerate(found) if past and past.before]
        if not pasts:
            return batch
        columns = dict(batch.columns)
        for name, type_ in self._types.items():
            told = {row: self._value(name, type_, past) for row, past in pasts if _tells(past, name)}
            if told:
                columns[name,] = _with(columns.get((name,)), type_, told, len(batch))
        return replace(batch, columns=columns)

    def _value(self, name: str, type_: FieldType, past: Past) -> Value:
        raw = _raw(past.before, name)
        if name == OWNER:
            return self._people.who(str(raw)) if raw else None
        try:
            return fitted(raw, type_, self._zone)
        except ValueError:
            self.bad += 1
            return None


def _tells(past: Past, name: str) -> bool:
    return name in past.before or (name == OWNER and any(other in past.before for other in OWNERS))


def _raw(state: Mapping[str, Json], name: str) -> Json:
    if name == OWNER:
        return next((state[other] for other in OWNERS if other in state), None)
    return state.get(name)


def _with(column: Column | None, type_: FieldType, told: Mapping[int, Value], rows: int) -> Column:
    """A column with some of its values replaced."""
    arrow = TYPES.get(type_.kind, pa.string())
    values = column.values if column is not None else pa.nulls(rows, arrow)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    mask = np.zeros(rows, bool)
    mask[list(told)] = True
    new = pa.array([_plain(told[row]) for row in sorted(told)], arrow).cast(values.type)
    return Column(type_, pc.replace_with_mask(values, mask, new))


def _plain(value: Value) -> Any:
    if isinstance(value, (tuple, frozenset)):
        return ";".join(map(str, value))
    return value
