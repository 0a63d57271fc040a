"""What conditions and values say of many records: exactly what `expr.evaluation` says of each.

Numbers, days and moments are compared and computed as machine numbers (`numbers`). Everything else is asked of
`expr.evaluation` itself, once for each different tuple of what it reads.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import TypeVar

import numpy as np
import pyarrow as pa

from flowctl.data import dataclass
from flowctl.engine.bulk.days import days_of, moment_of_number
from flowctl.engine.bulk.keys import same_texts
from flowctl.engine.bulk.numbers import Vector, compared, vector
from flowctl.engine.bulk.rows import Array, Coded, Groups, Rows, alike
from flowctl.expr import Expr, Field, FieldPath, Operand, Prior, Value, meaning, value_of, walk
from flowctl.expr.ast import And, AnyOf, Atom, Between, Changed, Compare, IsBlank, IsNew, Not, Now, Or, Today, Truth

T = TypeVar("T")
V = TypeVar("V")


def truths(e: Expr, rows: Rows) -> Array:
    """Whether a condition holds, of each record (bool)."""
    match e:
        case And(of):
            return _joined(np.logical_and, [truths(part, rows) for part in of])
        case Or(of):
            return _joined(np.logical_or, [truths(part, rows) for part in of])
        case Not(of):
            return ~truths(of, rows)
        case _:
            return _atom(e, rows)


def _joined(how: np.ufunc, parts: Sequence[Array]) -> Array:
    found: Array = how.reduce(parts)
    return found


def _atom(atom: Atom, rows: Rows) -> Array:
    quick = _quick(atom, rows)
    if quick is not None:
        return quick if len(quick) == len(rows) else np.repeat(quick, len(rows))
    holds = meaning(atom)
    asked = Asked.of(atom, rows)
    return np.array(asked.each(lambda reading: holds(reading, None)), bool)[asked.groups.of]


def _quick(atom: Atom, rows: Rows) -> Array | None:
    zone = rows.world.zone
    match atom:
        case Compare(Field(left), ("=" | "!=") as op, Field(right)) if (
            same := same_texts(rows, left, right)
        ) is not None:
            return same if op == "=" else ~same
        case Compare(left, op, right):
            return compared(vector(left, rows), op, vector(right, rows), zone)
        case Between():
            return _between(atom, rows)
        case AnyOf(op="IN" | "NOT IN"):
            return _listed(atom, rows)
        case IsBlank(of, negated):
            found = vector(of, rows)
            return None if found is None else (found.there if negated else ~found.there)
        case Truth(Field(path)):
            return _checked(rows, path)
        case IsNew():
            return rows.is_new
        case Changed(path):
            return rows.changed(path) & ~rows.is_new
        case _:
            return None


def _between(atom: Between, rows: Rows) -> Array | None:
    left, zone = vector(atom.left, rows), rows.world.zone
    above = compared(left, ">=", vector(atom.low, rows), zone)
    below = compared(left, "<=", vector(atom.high, rows), zone)
    return None if above is None or below is None else above & below


def _listed(atom: AnyOf, rows: Rows) -> Array | None:
    left = vector(atom.left, rows)
    found = np.zeros(1, bool)
    for item in atom.of if left else ():
        equal = compared(left, "=", vector(item, rows), rows.world.zone)
        if equal is None:
            return None
        found = found | equal
    return None if left is None else (~found if atom.op == "NOT IN" else found)


def _checked(rows: Rows, path: FieldPath) -> Array | None:
    column = rows.column(path)
    if column is None or not pa.types.is_boolean(column.values.type):
        return None
    found: Array = column.values.fill_null(False).to_numpy(zero_copy_only=False)
    return found


def values_of(operand: Operand, rows: Rows) -> Coded:
    """What an operand stands for, for each record; a text of spaces is blank."""
    found = None if isinstance(operand, Field | Prior) else vector(operand, rows)
    if found is not None:
        return _coded(found, len(rows))
    asked = Asked.of(operand, rows)
    return Coded(asked.groups.of, asked.each(lambda reading: value_of(operand, reading)))


def _coded(of: Vector, count: int) -> Coded:
    """Numbers in dictionary form, each once."""
    numbers, there = np.broadcast_arrays(of.of, of.there)
    found = pa.array(numbers, mask=~there).dictionary_encode()
    listed = Vector(of.kind, found.dictionary.to_numpy(zero_copy_only=False), np.ones(1, bool))
    values: list[Value] = [*map(listed.value, range(len(found.dictionary))), None]
    index = found.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
    return Coded(index if len(index) == count else np.repeat(index, count), values)


# One by one -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """One record as conditions read it; what they do not ask for is not there."""

    is_new: bool
    now: dt.datetime
    zone: dt.tzinfo
    fields: Mapping[FieldPath, Value]
    before: Mapping[FieldPath, Value]
    changes: Mapping[FieldPath, bool]

    def get(self, path: FieldPath) -> Value:
        return self.fields[path]

    def prior(self, path: FieldPath) -> Value:
        return self.before[path]

    def changed(self, path: FieldPath) -> bool:
        return self.changes[path]


@dataclass(frozen=True, slots=True)
class Asked:
    """What some conditions or values read of records, and the records that are alike in all of it."""

    rows: Rows
    fields: Mapping[FieldPath, Coded]
    before: Mapping[FieldPath, Coded]
    changes: Mapping[FieldPath, Array]
    groups: Groups

    @classmethod
    def of(cls, piece: Expr | Operand, rows: Rows) -> Asked:
        return cls.of_all([piece], rows)

    @classmethod
    def of_all(
        cls,
        pieces: Sequence[Expr | Operand],
        rows: Rows,
        beside: str | None = None,
        also: Sequence[tuple[Array, int]] = (),
        at: Array | None = None,
    ) -> Asked:
        """Groups records by what some pieces read.

        Args:
            beside: The name under which a candidate will be read, so that paths through it are not the record's.
            also: Other codes in which the records of a group are alike, with a number greater than all of them.
            at: Of which rows; without it of all. Groups and `also` run parallel to it, `groups.rows` are among it.
        """
        parts = [part for piece in pieces for part in walk(piece)]
        own = {p.path for p in parts if isinstance(p, Field) and not (p.path[0] == beside and len(p.path) > 1)}
        fields = {path: rows.get(path) for path in own}
        before = {p.path: rows.prior(p.path) for p in parts if isinstance(p, Prior)}
        changes = {p.path: rows.changed(p.path) for p in parts if isinstance(p, Changed)}
        codes = [(values.index, len(values.values)) for values in (*fields.values(), *before.values())]
        codes += [(changed.astype(np.int8), 2) for changed in changes.values()]
        if before or changes or any(isinstance(p, IsNew) for p in parts):
            codes.append((rows.is_new.astype(np.int8), 2))
        codes += _times(parts, rows)
        if at is not None:
            codes = [(index[at], size) for index, size in codes]
        count = len(rows) if at is None else len(at)
        return cls(rows, fields, before, changes, alike([*also, *codes], count))

    def each(self, ask: Callable[[Seen], T], at: Array | None = None) -> list[T]:
        """The answer for each group; `at` are the rows of which they are groups, where not of all."""
        return list(map(ask, self.seen(self.groups.rows if at is None else at[self.groups.rows])))

    def seen(self, at: Array) -> Iterator[Seen]:
        """Some rows as conditions read them."""
        rows, zone = self.rows, self.rows.world.zone
        fields = _by_path({path: values.at(at) for path, values in self.fields.items()}, len(at))
        before = _by_path({path: values.at(at) for path, values in self.before.items()}, len(at))
        changes = _by_path({path: changed[at].tolist() for path, changed in self.changes.items()}, len(at))
        moments = map(moment_of_number, rows.now[at].tolist())
        return map(Seen, rows.is_new[at].tolist(), moments, repeat(zone), fields, before, changes)


def _by_path(values: Mapping[FieldPath, list[V]], count: int) -> Iterator[Mapping[FieldPath, V]]:
    """For each row its values by path."""
    if not values:
        return repeat({}, count)
    return (dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True))


def _times(parts: Sequence[Expr | Operand], rows: Rows) -> list[tuple[Array, int]]:
    """Codes of the moment of routing where that is read, of its day where only that is."""
    if any(isinstance(part, Now) for part in parts):
        times = rows.now
    elif any(isinstance(part, Today) for part in parts):
        times = days_of(rows.now, rows.world.zone)
    else:
        return []
    found = pa.array(times).dictionary_encode()
    return [(found.indices.to_numpy(), max(1, len(found.dictionary)))]
