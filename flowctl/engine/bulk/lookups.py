"""Rows of tables for many records: what `Snapshot.find` says for the values and the day of each.

Here come the look-ups that classes do not answer (`one_field`), and values that are taken from rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flowctl.data import dataclass
from flowctl.engine.bulk.days import day_of_number, days_of, number_of_day
from flowctl.engine.bulk.keys import folded, texts_of
from flowctl.engine.bulk.memo import Memo
from flowctl.engine.bulk.numbers import Vector, as_days, vector
from flowctl.engine.bulk.operands import values_of
from flowctl.engine.bulk.outcomes import NONE
from flowctl.engine.bulk.rows import Array, Rows, alike, numbered
from flowctl.expr import Field, Operand, Value
from flowctl.expr.ast import Blank
from flowctl.flow.program import Look
from flowctl.tables import KeyColumn, Snapshot
from flowctl.tables.cells import TEXTS, Exact, Key, Range

_ANY_DAY = dt.date(2000, 1, 1)  # asked of tables whose rows hold always


@dataclass(frozen=True, slots=True)
class _Part:
    """What is asked of a table in one column: codes of the records, and the key that stands for a code at a row."""

    codes: Array
    size: int
    key: Callable[[int], Any]


def look_rows(step: Look, rows: Rows, memo: Memo) -> Array:
    """Which row a look-up finds for each record: its position (int32) in the table's `lines`, or NONE."""
    table = rows.world.tables[step.table]
    by = dict(step.by)
    told = memo.once(table, "told", lambda: _Told(table))
    quick = _by_text(told, by, rows, memo) if told.is_simple else None
    if quick is not None:
        return quick
    parts = [_part(column, by.get(column.name, Blank()), rows, told) for column in table.columns]
    days = _days(rows, told)
    groups = alike([(part.codes, part.size) for part in (*parts, *days)], len(rows))
    day = days[0].key if days else lambda _: _ANY_DAY
    asked = [(tuple(part.key(row) for part in parts), day(row)) for row in groups.rows.tolist()]
    answers = memo.answers(table, "rows").all_of(asked, lambda keys: told.position(*keys))
    return np.array(answers, np.int32)[groups.of]


class _Told:
    """What is known of a table beforehand: where the answers to numbers and days can change, and its rows by place."""

    def __init__(self, table: Snapshot) -> None:
        self.table = table
        self.at = {line.at: position for position, line in enumerate(table.lines)}
        self.ends = {column.name: _ends(column, table, i) for i, column in enumerate(table.columns)}
        dated = (day for line in table.lines for day in (line.since, line.until))
        self.days = np.unique(np.array([number_of_day(day) for day in dated if day is not None], np.int64))

    @property
    def is_simple(self) -> bool:
        """Whether rows are found by one text alone."""
        column = self.table.columns[0] if len(self.table.columns) == 1 else None
        return column is not None and column.match == "exact" and column.type.kind in TEXTS and not len(self.days)

    def position(self, keys: tuple[Key | None, ...], day: dt.date) -> int:
        line = self.table.first(keys, day)
        return NONE if line is None else self.at[line.at]


def _ends(column: KeyColumn, table: Snapshot, at: int) -> Array | None:
    """The numbers or days that cells name, in order; between two of them all values are answered alike."""
    if column.type.kind not in ("number", "date"):
        return None
    named: set[Any] = set()
    for line in table.lines:
        match line.cells[at]:
            case Range(low, high):
                named |= {low, high} - {None}
            case Exact(keys):
                named |= set(keys)
    if column.type.kind == "number":
        return np.array(sorted(named), np.float64)
    return np.array(sorted(map(number_of_day, named)), np.int64)


def _slots(values: Array, ends: Array) -> Array:
    """The ends and the gaps between them, numbered from 1."""
    at = np.searchsorted(ends, values)
    is_end = np.zeros(len(values), bool)
    within = at < len(ends)
    is_end[within] = ends[at[within]] == values[within]
    found: Array = 2 * at + is_end + 1
    return found


def _part(column: KeyColumn, operand: Operand, rows: Rows, told: _Told) -> _Part:
    ends, zone = told.ends[column.name], rows.world.zone
    number = vector(operand, rows) if ends is not None else None
    if ends is not None and number is not None:
        return _numeric(as_days(number, zone) if column.type.kind == "date" else number, column, ends, rows)
    index, values = _values(column, operand, rows)
    number_of, keys = numbered(column.key(value, zone) for value in values)
    codes = number_of[index]
    return _Part(codes, len(keys), lambda row: keys[codes[row]])


def _values(key: KeyColumn, operand: Operand, rows: Rows) -> tuple[Array, Sequence[Value]]:
    """What an operand stands for, by number; plain texts as they compare, but for ids, so that there are fewer."""
    column = rows.column(operand.path) if isinstance(operand, Field) and key.type.kind != "id" else None
    if column is None or column.type.kind not in TEXTS or not isinstance(operand, Field):
        values = values_of(operand, rows)
        return values.index, values.values
    texts = texts_of(rows, operand.path).changed(folded).each_once()
    return np.arange(len(rows)) if texts.index is None else texts.index, texts.of.to_pylist()


def _numeric(number: Vector, column: KeyColumn, ends: Array, rows: Rows) -> _Part:
    if number.kind != ("day" if column.type.kind == "date" else "number"):
        return _Part(np.zeros(len(rows), np.int64), 1, lambda _: None)
    of, there = np.broadcast_to(number.of, len(rows)), np.broadcast_to(number.there, len(rows))
    codes = np.where(there, _slots(of, ends), 0)
    each = Vector(number.kind, of, there)
    return _Part(codes, 2 * len(ends) + 2, lambda row: each.value(row) if there[row] else None)


def _days(rows: Rows, told: _Told) -> Sequence[_Part]:
    """The days of routing, where the table asks for them."""
    if not len(told.days):
        return ()
    days = days_of(rows.now, rows.world.zone)
    return (_Part(_slots(days, told.days), 2 * len(told.days) + 2, lambda row: day_of_number(days[row])),)


# By one text ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _ByText:
    """The rows of a table that is asked for one text."""

    texts: pa.StringArray
    positions: Array  # of the rows for the texts; at the end that for all others


def _by_text(told: _Told, by: Mapping[str, Operand], rows: Rows, memo: Memo) -> Array | None:
    """The rows found by one text, which is simply a column of a file; None where it is not."""
    operand = by.get(told.table.columns[0].name)
    column = rows.column(operand.path) if isinstance(operand, Field) else None
    if column is None or column.type.kind not in TEXTS or not isinstance(operand, Field):
        return None  # ids have two forms
    known = memo.once(told, "by text", lambda: _known_texts(told))
    texts = texts_of(rows, operand.path).changed(folded)
    at = pc.index_in(texts.of, known.texts.cast(texts.of.type)).fill_null(len(known.texts)).to_numpy()
    positions: Array = known.positions[at]
    return positions if texts.index is None else positions[texts.index]


def _known_texts(told: _Told) -> _ByText:
    texts = list(dict.fromkeys(_texts(told.table)))
    positions = [told.position((text,), _ANY_DAY) for text in (*texts, None)]
    return _ByText(pa.array(texts, pa.string()), np.array(positions, np.int32))


def _texts(table: Snapshot) -> Iterable[str]:
    for line in table.lines:
        match line.cells[0]:
            case Exact(keys):
                yield from (key for key in keys if isinstance(key, str))
