"""Records on their way, by the column: what conditions, matches and look-ups read of many records at a step."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Protocol, TypeAlias, overload

import numpy as np
import pyarrow as pa

from flowctl.columns.batch import Batch, Column, plain
from flowctl.data import dataclass
from flowctl.engine.interp import World
from flowctl.expr import FieldPath, FieldType, Value, stored

Array: TypeAlias = "np.ndarray[Any, Any]"

CARRIED = -2  # in the place of a position in a data set: the related record that is there already
BITS = 62  # of a number that stands for a tuple of codes


@dataclass(frozen=True, slots=True)
class Coded:
    """A value for each record, in dictionary form: that of row i is `values[index[i]]`.

    A value may be listed twice, and one that no row has may be listed.
    """

    index: Array  # int32
    values: Sequence[Value]

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, row: int) -> Value:
        return self.values[int(self.index[row])]

    def take(self, at: Array) -> Coded:
        """Those of some rows."""
        return Coded(self.index[at], self.values)

    def at(self, rows: Array) -> list[Value]:
        """The values of some rows."""
        used, of = np.unique(self.index[rows], return_inverse=True)
        values = self.values.of(used) if isinstance(self.values, Plain) else [self.values[i] for i in used.tolist()]
        return [values[i] for i in of.tolist()]


class Rows(Protocol):
    """Some records on their way, as conditions read them at a step. All arrays run parallel to the records.

    `get`, `prior` and `changed` are what `expr.Reading` says, with all that the way here has set and bound.

    Attributes:
        object: What is routed here: after `continue with:` the object of the related record.
        now: int64, the moments of routing at this step (after waits), in microseconds since 1970 in UTC.
        is_new: bool.
    """

    @property
    def world(self) -> World: ...
    @property
    def object(self) -> str: ...
    @property
    def now(self) -> Array: ...
    @property
    def is_new(self) -> Array: ...

    def __len__(self) -> int: ...

    def get(self, path: FieldPath) -> Coded: ...

    def prior(self, path: FieldPath) -> Coded:
        """Blank, or anything, on new records."""

    def changed(self, path: FieldPath) -> Array:
        """bool; anything on new records."""

    def column(self, path: FieldPath) -> Column | None:
        """What `get` gives, where that is simply a column of a file; quicker for numbers, days and texts of all kinds.

        None where it is anything else. It is always right to give None.
        """

    def prior_column(self, path: FieldPath) -> Column | None:
        """As `column`, of `prior`."""

    def carried(self, name: str, object_: str) -> Array:
        """bool: whether a related record of this object stands under a name already.

        What it holds is read by `get` under its name.
        """


# Making coded values ----------------------------------------------------------------------------------------------


class Plain(Sequence[Value]):
    """The values of an Arrow array as the judge reads them, made when they are asked for; at the end a blank."""

    def __init__(self, values: pa.Array, type_: FieldType) -> None:
        self._values, self._type = values, type_

    def __len__(self) -> int:
        return len(self._values) + 1

    @overload
    def __getitem__(self, at: int) -> Value: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Value]: ...
    def __getitem__(self, at: int | slice) -> Value | Sequence[Value]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        if at >= len(self):
            raise IndexError(at)
        return None if at == len(self._values) else plain(self._values[int(at)].as_py(), self._type)

    def of(self, at: Array) -> list[Value]:
        """Several of the values at once."""
        index = pa.array(at, mask=at == len(self._values))
        return [plain(raw, self._type) for raw in self._values.take(index).to_pylist()]


def coded(column: Column) -> Coded:
    """The values of a column, each once."""
    values = column.values
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    found = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    index = found.indices.cast(pa.int32())
    if index.null_count:
        index = index.fill_null(len(found.dictionary))
    return Coded(index.to_numpy(), Plain(found.dictionary, column.type))


def constant(value: Value, count: int) -> Coded:
    """One value for every record."""
    return Coded(np.zeros(count, np.int32), (value,))


def one_of(which: Array, parts: Sequence[Coded]) -> Coded:
    """For each record the value that one of some parts has for it; `which` (int) says of which."""
    values: list[Value] = []
    index = np.zeros(len(which), np.int32)
    for number, part in enumerate(parts):
        at = which == number
        index[at] = part.index[at] + len(values)
        values += part.values
    return Coded(index, values)


def mapped(of: Coded, change: Callable[[Value], Value]) -> Coded:
    """Each value changed, once."""
    return Coded(of.index, [change(value) for value in of.values])


# Tuples of several ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Groups:
    """Records that are alike in something: the group of each one, and one row of each group."""

    of: Array  # int32, for each record
    rows: Array  # for each group

    def __len__(self) -> int:
        return len(self.rows)


def alike(parts: Sequence[tuple[Array, int]], count: int) -> Groups:
    """Records that have the same codes in all parts.

    Args:
        parts: The codes, and a number that is greater than all of them.
        count: Of records; they are all alike where there are no parts.
    """
    codes, size = np.zeros(count, np.int64), 1
    for index, of in parts:
        if (size * of).bit_length() > BITS:
            groups = _groups(codes, size)
            codes, size = groups.of.astype(np.int64), len(groups)
        codes = codes * of + index
        size *= of
    return _groups(codes, size)


def alike_in(parts: Sequence[Coded], count: int) -> Groups:
    """Records that have the same values in all parts; values that are equal may be told apart."""
    return alike([(part.index, len(part.values)) for part in parts], count)


def _groups(codes: Array, size: int) -> Groups:
    count = len(codes)
    if size <= max(4 * count, 1 << 16):
        row_of = np.full(size, -1, np.int64)
        row_of[codes] = np.arange(count)
        used = np.flatnonzero(row_of >= 0)
        numbers = np.empty(size, np.int32)
        numbers[used] = np.arange(len(used), dtype=np.int32)
        return Groups(numbers[codes], row_of[used])
    found = pa.array(codes).dictionary_encode()
    of = found.indices.to_numpy()
    rows = np.empty(len(found.dictionary), np.int64)
    rows[of] = np.arange(count)
    return Groups(of, rows)


def numbered(keys: Iterable[Hashable]) -> tuple[Array, list[Any]]:
    """A number for each key, equal for equal ones, and the keys by number."""
    numbers: dict[Hashable, int] = {}
    of = [numbers.setdefault(key, len(numbers)) for key in keys]
    return np.array(of, np.int32), list(numbers)


# A batch as it arrived --------------------------------------------------------------------------------------------


class BatchRows:
    """The records of a batch as they arrived, with nothing set yet."""

    def __init__(self, batch: Batch, world: World) -> None:
        self.batch, self.world, self.object, self.now = batch, world, batch.object, batch.now
        self.is_new: Array = np.ones(len(batch), bool) if batch.is_new is None else batch.is_new

    def __len__(self) -> int:
        return len(self.batch)

    def get(self, path: FieldPath) -> Coded:
        return self._read((), path, self.batch.related)

    def prior(self, path: FieldPath) -> Coded:
        name, *rest = path
        was = self.batch.prior.get((name,))
        held = coded(was) if was else self._field((name,))
        return self._of_person(held, tuple(rest)) if rest else held

    def changed(self, path: FieldPath) -> Array:
        now, before = self._read((), path, ()), self.prior(path)
        groups = alike_in((now, before), len(self))
        differ = [stored(now[row]) != stored(before[row]) for row in groups.rows]
        return np.array(differ, bool)[groups.of]

    def column(self, path: FieldPath) -> Column | None:
        return self.batch.columns.get(path) if len(path) == 1 else None

    def prior_column(self, path: FieldPath) -> Column | None:
        return self.batch.prior.get(path) or self.column(path)

    def carried(self, name: str, object_: str) -> Array:
        there = self.batch.related.get((name,))
        return there.is_there if there and there.object == object_ else np.zeros(len(self), bool)

    def _field(self, path: FieldPath) -> Coded:
        column = self.batch.columns.get(path)
        return coded(column) if column else constant(None, len(self))

    def _read(self, at: FieldPath, path: FieldPath, related: Iterable[FieldPath]) -> Coded:
        here, rest = (*at, path[0]), path[1:]
        if not rest:
            return self._field(here)
        person = self._of_person(self._field(here), rest)
        if here not in related:
            return person
        there = self.batch.related[here].is_there
        return one_of(there.astype(np.int8), (person, self._read(here, rest, related)))

    def _of_person(self, who: Coded, path: FieldPath) -> Coded:
        return mapped(who, lambda name: self.world.read({"": name}, {}, ("", *path)))
