"""Terms and questions of a batch, worked out for those of its records that need them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from flowctl.columns.batch import Batch, Column
from flowctl.engine import merging
from flowctl.engine.bulk.fixed import fit
from flowctl.engine.bulk.joins import bind_rows
from flowctl.engine.bulk.lookups import look_rows
from flowctl.engine.bulk.memo import Memo
from flowctl.engine.bulk.operands import truths, values_of
from flowctl.engine.bulk.outcomes import NONE
from flowctl.engine.bulk.rows import CARRIED, Array, BatchRows, Coded, alike_in, coded, constant, mapped, one_of
from flowctl.engine.bulk.terms import (
    GONE,
    Arrived,
    Asked,
    Attribute,
    Available,
    Before,
    Below,
    Bound,
    Came,
    Computed,
    Const,
    First,
    IfThere,
    InFound,
    InRow,
    IsText,
    Left,
    Looked,
    Made,
    Merged,
    Named,
    OwnerOf,
    Question,
    Row,
    Somebody,
    Sought,
    Term,
    Turn,
)
from flowctl.engine.interp import World
from flowctl.engine.matching import NOBODY
from flowctl.expr import FieldPath, Value
from flowctl.flow.objects import PEOPLE

UNASKED = -3  # in the place of a position
Rows: TypeAlias = Array  # places of records in the batch, in any order


class Sight:
    """A batch as one version sees it."""

    def __init__(self, batch: Batch, world: World, memo: Memo) -> None:
        self.batch, self.world, self.memo = batch, world, memo
        self.arrived = BatchRows(batch, world)
        self.all: Rows = np.arange(len(batch))
        self._found: dict[Sought | Looked, Array] = {}
        self._changed: dict[FieldPath, Array] = {}

    # -- questions

    def holds(self, question: Question, rows: Rows) -> Array:
        """bool, for each of some records."""
        match question:
            case Asked(atom):
                return truths(atom, View(self, rows, question))
            case Available(of):
                return self._each(of, rows, self.world.available.__contains__)
            case IsText(of):
                return self._each(of, rows, lambda value: isinstance(value, str) and bool(value))
            case Sought() | Looked():
                there: Array = self.found(question, rows) != NONE
                return there

    def _each(self, of: Term, rows: Rows, holds: Callable[[Value], bool]) -> Array:
        values = self.value(of, rows)
        return np.fromiter(map(holds, values.values), bool, len(values.values))[values.index]

    def found(self, question: Sought | Looked, rows: Rows) -> Array:
        """Positions of what is found (int32), each looked for only once."""
        known = self._found.get(question)
        if known is None:
            known = self._found[question] = np.full(len(self.batch), UNASKED, np.int32)
        asked = rows[known[rows] == UNASKED]
        if len(asked):
            view = View(self, asked, question)
            if isinstance(question, Sought):
                known[asked] = bind_rows(question.step, view, self.memo)
            else:
                known[asked] = look_rows(question.step, view, self.memo)
        found: Array = known[rows]
        return found

    # -- terms

    def value(self, term: Term, rows: Rows) -> Coded:
        """What a term is, for each of some records."""
        match term:
            case Arrived(path):
                return self._arrived(self.batch.columns.get(path), path, rows)
            case Before(path):
                return self._arrived(self.batch.prior.get(path) or self.batch.columns.get(path), path, rows)
            case Const(value):
                return constant(value, len(rows))
            case Attribute(of, name):
                return mapped(self.value(of, rows), lambda who: self.world.read({"": who}, {}, ("", name)))
            case Computed(operand, type=type_):
                values = values_of(operand, View(self, rows, term))
                return mapped(values, lambda value: fit(value, type_, self.world.zone))
            case OwnerOf(of):
                return mapped(self.value(of, rows), lambda value: value if isinstance(value, str) else None)
            case IfThere(there, yes, no):
                return self._either(self.is_there(there, rows), yes, no, rows)
            case InFound():
                return self._in_found(term, rows)
            case InRow(looked, column):
                lines = self.world.tables[looked.step.table].lines
                return self._at(self.found(looked, rows), lambda at: lines[at].answer.get(column))
            case Merged():
                return self._merged(term, rows)

    def _arrived(self, column: Column | None, path: FieldPath, rows: Rows) -> Coded:
        if column is None:
            return constant(None, len(rows))
        found = coded(self.taken(column, rows))
        if len(path) == 1:
            return found
        return one_of(self.is_there(Came(path[:-1], None), rows).astype(np.int8), (constant(None, len(rows)), found))

    def taken(self, column: Column, rows: Rows) -> Column:
        """The values of some records, in the form in which the batch has them."""
        return column if rows is self.all else Column(column.type, column.values.take(pa.array(rows)))

    def changed(self, path: FieldPath) -> Array:
        if path not in self._changed:
            self._changed[path] = self.arrived.changed(path)
        return self._changed[path]

    def _either(self, is_so: Array, yes: Term, no: Term, rows: Rows) -> Coded:
        if is_so.all():
            return self.value(yes, rows)
        if not is_so.any():
            return self.value(no, rows)
        return one_of(is_so.astype(np.int8), (self.value(no, rows), self.value(yes, rows)))

    def _in_found(self, term: InFound, rows: Rows) -> Coded:
        sought = term.sought
        positions = self.found(sought, rows)
        records = self.world.data[sought.step.object].records if sought.step.object in self.world.data else ()
        path = ("", *term.path)
        held = self._at(positions, lambda at: self.world.read({}, {"": records[at]}, path))
        is_carried = positions == CARRIED
        if not is_carried.any():
            return held
        return one_of(is_carried.astype(np.int8), (held, self.value(term.carried, rows)))

    @staticmethod
    def _at(positions: Array, read: Callable[[int], Value]) -> Coded:
        """What is read at each position, once; blank at those that are none."""
        listed, index = np.unique(positions, return_inverse=True)
        return Coded(index.astype(np.int32), [read(at) if at >= 0 else None for at in listed.tolist()])

    def _merged(self, term: Merged, rows: Rows) -> Coded:
        parts = [self.value(part, rows) for part in (term.own, term.other, term.own_created, term.other_created)]
        groups = alike_in(parts, len(rows))
        values = [_merged(term.rule, *(part[row] for part in parts)) for row in groups.rows.tolist()]
        return Coded(groups.of, values)

    # -- related records

    def is_there(self, record: Named, rows: Rows) -> Array:
        """bool: whether a record stands there."""
        match record:
            case Came(path, object_):
                return self._came(path, object_)[rows]
            case Below(carried=carried):
                return self._is_below(record, rows, self.is_there(carried, rows), None)
            case First(one, other):
                return self.is_there(one, rows) | self.is_there(other, rows)
            case _:
                return np.full(len(rows), record != GONE)

    def _is_below(self, record: Below, rows: Rows, is_carried: Array, object_: str | None) -> Array:
        """Whether a record, of an object where one is given, stands below what a match found."""
        positions = self.found(record.sought, rows)
        listed, index = np.unique(positions, return_inverse=True)
        records = self.world.data.get(record.sought.step.object, NOBODY).records
        below = [records[at].related.get(record.name) if at >= 0 else None for at in listed.tolist()]
        in_data = np.array([one is not None and object_ in (None, one.object) for one in below], bool)
        there: Array = np.where(positions == CARRIED, is_carried, in_data[index])
        return there

    def _came(self, path: FieldPath, object_: str | None) -> Array:
        there = np.ones(len(self.batch), bool)
        for length in range(1, len(path) + 1):
            related = self.batch.related.get(path[:length])
            if related is None or (length == len(path) and object_ not in (None, related.object)):
                return np.zeros(len(self.batch), bool)
            there = there & related.is_there
        return there

    def is_of(self, record: Named, object_: str, rows: Rows) -> Array:
        """bool: whether a record of an object stands there."""
        match record:
            case Came(path, of):
                return self.is_there(Came(path, object_), rows) if of in (None, object_) else np.zeros(len(rows), bool)
            case First(one, other):
                first = self.is_there(one, rows)
                return np.where(first, self.is_of(one, object_, rows), self.is_of(other, object_, rows))
            case Below(carried=carried):
                return self._is_below(record, rows, self.is_of(carried, object_, rows), object_)
            case _:
                return self.is_there(record, rows) & (_object(record) == object_)


class View:
    """Some records of a batch as a question reads them (`rows.Rows`)."""

    def __init__(self, sight: Sight, rows: Rows, of: Asked | Sought | Looked | Computed | Turn) -> None:
        self.sight, self.rows, self.world = sight, rows, sight.world
        self.object = of.object if isinstance(of, Sought | Turn) else sight.batch.object
        self.now = sight.batch.now[rows] + of.shift
        self.is_new: Array = sight.arrived.is_new[rows] if of.is_event else np.zeros(len(rows), bool)
        self._reads = dict(of.reads)
        self._carried = of.carried if isinstance(of, Sought) else GONE

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, path: FieldPath) -> Coded:
        return self.sight.value(self._reads[False, path], self.rows)

    def prior(self, path: FieldPath) -> Coded:
        return self.sight.value(self._reads[True, path], self.rows)

    def changed(self, path: FieldPath) -> Array:
        return self.sight.changed(path)[self.rows]

    def column(self, path: FieldPath) -> Column | None:
        return self._column(self._reads.get((False, path)))

    def prior_column(self, path: FieldPath) -> Column | None:
        return self._column(self._reads.get((True, path)))

    def carried(self, name: str, object_: str) -> Array:
        return self.sight.is_of(self._carried, object_, self.rows)

    def _column(self, term: Term | None) -> Column | None:
        batch = self.sight.batch
        match term:
            case Arrived((name,)):
                found = batch.columns.get((name,))
            case Before((name,)):
                found = batch.prior.get((name,)) or batch.columns.get((name,))
            case _:
                found = None
        return self.sight.taken(found, self.rows) if found else None


def _object(record: Named) -> str:
    match record:
        case Bound(sought):
            return sought.step.object
        case Row(looked):
            return f"table/{looked.step.table}"
        case Made(object_) | Left(_, object_):
            return object_
        case Somebody():
            return PEOPLE
    return ""


def _merged(rule: str, own: Value, other: Value, own_created: Value, other_created: Value) -> Value:
    """The field after the merge, as `merging` says of records that have nothing else."""
    one = {"": own, merging.CREATED: own_created}
    two = {"": other, merging.CREATED: other_created}
    return merging.merged(one, two, rule, {"": rule}).get("", own)
