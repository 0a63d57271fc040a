"""Questions that are answered for a whole batch before the walk, because they hang on nothing that happens on the way.

Most are `FIELD >= TODAY - 30 DAYS` or compare two fields: they are answered record by record while the codes are made,
a nanosecond each. All others are worked out by the column.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa
from numba import njit

from flowctl.columns.batch import Batch, Column
from flowctl.data import dataclass
from flowctl.engine.bulk.days import days_of
from flowctl.engine.bulk.flows import Flows
from flowctl.engine.bulk.kernel import Array
from flowctl.engine.bulk.one_field import Key
from flowctl.engine.bulk.slots import Layout, Place
from flowctl.engine.bulk.terms import Arrived, Asked, Question
from flowctl.engine.bulk.view import Sight
from flowctl.expr import Compare, Field, FieldPath, Kind, Now, Operand, Shift, Today

DAY = 24 * 3600 * 1_000_000
HOUR = DAY // 24
FAR = 100 * 365 * DAY  # no such shift leaves the calendar, at the moments of `_LIKELY`
_LIKELY = 0, 150 * 365 * DAY  # since 1970
_HOLDS: Mapping[str, Callable[[int, int], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
OPS = {
    op: (int(holds(-1, 0)), int(holds(0, 0)), int(holds(1, 0)), int(op == "!=")) for op, holds in _HOLDS.items()
}  # whether it holds of the smaller one, of equals, of the larger one, and where one is blank


@dataclass(frozen=True)
class Relative:
    """Comparisons of one field with the day or the moment of routing, each shifted by some days or microseconds.

    Only how far the two are apart counts: `cuts` are where another answer begins, `answers` the slots of each stretch
    between two of them (as many as there are cuts up to it), and at last those of blanks.
    """

    path: FieldPath
    is_day: bool
    cuts: Array
    slots: Array
    answers: Array  # uint16[stretches + 1, slots]


@dataclass(frozen=True)
class Beside:
    """A comparison of two numbers of the record."""

    left: FieldPath
    right: FieldPath
    op: tuple[int, ...]  # one of OPS
    place: Place


class Early:
    """The early questions of a layout."""

    def __init__(self, layout: Layout, versions: Sequence[Flows]) -> None:
        self.layout = layout
        kinds = [_kinds(flows) for flows in versions]
        has_one_zone = len({flows.world.zone for flows in versions}) == 1
        by_field: dict[tuple[FieldPath, bool], list[tuple[int, str, Place]]] = {}
        self.beside: list[Beside] = []
        self.others: list[Key] = []
        self.quick: list[Key] = []
        for key, place in layout.early.items():
            clock, two = _by_clock(key[1], kinds[key[0]]), _of_two(key[1], kinds[key[0]])
            if clock is not None and (has_one_zone or not clock[1]):
                path, is_day, shift, op = clock
                by_field.setdefault((path, is_day), []).append((shift, op, place))
            elif two is not None:
                self.beside.append(Beside(*two, place))
            else:
                self.others.append(key)
                continue
            self.quick.append(key)
        self.relative = [_relative(path, is_day, found) for (path, is_day), found in by_field.items()]

    def of(self, batch: Batch, sights: Sequence[Sight]) -> Answers:
        """What is worked out once for a batch."""
        is_quick = self._is_quick(batch)
        keys = self.others if is_quick else list(self.layout.early)
        truths = {key: sights[key[0]].holds(key[1], sights[key[0]].all) for key in keys}
        needs_days = is_quick and any(relative.is_day for relative in self.relative)
        days = days_of(batch.now, sights[0].world.zone) if needs_days else batch.now
        return Answers(self, batch, truths, days, is_quick)

    def _is_quick(self, batch: Batch) -> bool:
        """Whether the batch is as one expects it: its columns' types, and its moments."""
        if not len(batch) or not (_LIKELY[0] <= batch.now.min() and batch.now.max() < _LIKELY[1]):
            return False
        clocks = all(_is(batch, r.path, pa.date32() if r.is_day else pa.timestamp("us", "UTC")) for r in self.relative)
        return clocks and all(_is(batch, p, pa.float64()) for b in self.beside for p in (b.left, b.right))


@dataclass(frozen=True)
class Answers:
    """Early answers for a batch; written slice by slice."""

    early: Early
    batch: Batch
    truths: Mapping[Key, Array]
    days: Array
    is_quick: bool

    def write(self, some: slice, codes: Array, at: int) -> None:
        """Writes the answers for some records into `codes[:, at:]`."""
        begin, end = some.start, some.stop
        until = at + end - begin
        for key, truths in self.truths.items():
            place = self.early.layout.early[key]
            codes[place.slot, at:until] |= truths[begin:end].astype(np.uint16) << np.uint16(place.shift)
        if not self.is_quick:
            return
        for relative in self.early.relative:
            values, valid, first = _held(self.batch.columns[relative.path], begin, end)
            clock = (self.days if relative.is_day else self.batch.now)[begin:end]
            write_relative(values, valid, first, clock, relative.cuts, relative.slots, relative.answers, codes, at)
        for beside in self.early.beside:
            left, right = (_held(self.batch.columns[path], begin, end) for path in (beside.left, beside.right))
            write_beside(*left, *right, beside.op, codes[beside.place.slot, at:until], beside.place.shift)


def _relative(path: FieldPath, is_day: bool, found: Sequence[tuple[int, str, Place]]) -> Relative:
    cuts = sorted({cut for shift, _, _ in found for cut in (shift, shift + 1)})
    slots = sorted({place.slot for _, _, place in found})
    answers = np.zeros((len(cuts) + 2, len(slots)), np.uint16)
    for shift, op, place in found:
        at, bit = slots.index(place.slot), np.uint16(1 << place.shift)
        holds = [_HOLDS[op](apart, shift) for apart in (cuts[0] - 1, *cuts)]
        answers[[*holds, op == "!="], at] |= bit
    return Relative(path, is_day, np.array(cuts, np.int64), np.array(slots, np.int64), answers)


def _kinds(flows: Flows) -> dict[FieldPath, Kind]:
    types = flows.world.types.get(flows.start.frame.object, {})
    return {(name,): type_.kind for name, type_ in types.items()}


def _by_clock(asked: Question, kinds: Mapping[FieldPath, Kind]) -> tuple[FieldPath, bool, int, str] | None:
    """The field, whether days are compared, the shift (days or microseconds) and the operator."""
    if not isinstance(asked, Asked) or asked.shift or not isinstance(asked.atom, Compare):
        return None
    path, right = _field(asked, asked.atom.left), asked.atom.right
    count, unit = 0, "DAYS"
    if isinstance(right, Shift):
        count, unit, right = right.count, right.unit, right.of
    step = count * (DAY if unit == "DAYS" else HOUR)
    if path is None or not isinstance(right, Today | Now) or abs(step) > FAR:
        return None
    if isinstance(right, Today):
        return (path, True, count, asked.atom.op) if unit == "DAYS" and kinds.get(path) == "date" else None
    return (path, False, step, asked.atom.op) if kinds.get(path) == "datetime" else None


def _of_two(asked: Question, kinds: Mapping[FieldPath, Kind]) -> tuple[FieldPath, FieldPath, tuple[int, ...]] | None:
    if not isinstance(asked, Asked) or not isinstance(asked.atom, Compare):
        return None
    left, right = _field(asked, asked.atom.left), _field(asked, asked.atom.right)
    if left is None or right is None or not kinds.get(left) == kinds.get(right) == "number":
        return None
    return left, right, OPS[asked.atom.op]


def _field(asked: Asked, operand: Operand) -> FieldPath | None:
    term = dict(asked.reads).get((False, operand.path)) if isinstance(operand, Field) else None
    return term.path if isinstance(term, Arrived) and len(term.path) == 1 else None


def _is(batch: Batch, path: FieldPath, type_: pa.DataType) -> bool:
    column = batch.columns.get(path)
    return column is not None and isinstance(column.values, pa.Array) and column.values.type == type_


def _held(column: Column, begin: int, end: int) -> tuple[Array, Array, int]:
    """The numbers of an Arrow array, its bitmap (empty where all are there), and the first one's number in that."""
    values = column.values
    bitmap, held = values.buffers()
    type_ = values.type
    of = np.float64 if pa.types.is_floating(type_) else np.int32 if pa.types.is_date32(type_) else np.int64
    numbers = np.frombuffer(held, of)[values.offset + begin : values.offset + end]
    valid = np.zeros(0, np.uint8) if bitmap is None or not values.null_count else np.frombuffer(bitmap, np.uint8)
    return numbers, valid, values.offset + begin


@njit(nogil=True, cache=True)
def write_relative(
    values: Array, valid: Array, first: int, clock: Array, cuts: Array, slots: Array, answers: Array, codes: Array,
    begin: int,
) -> None:  # fmt: skip
    for row in range(len(values)):
        stretch = len(cuts) + 1
        if _is_there(valid, np.uint64(first + row)):
            apart = np.int64(values[row]) - clock[row]
            low, size = 0, len(cuts)
            while size > 1:
                half = size >> 1
                low += half * (cuts[low + half - 1] <= apart)
                size -= half
            stretch = low + (cuts[low] <= apart)
        for n in range(len(slots)):
            codes[slots[n], begin + row] |= answers[stretch, n]


@njit(nogil=True, cache=True)
def write_beside(
    values: Array, valid: Array, first: int, others: Array, valid_others: Array, first_other: int, op: tuple[int, ...],
    codes: Array, shift: int,
) -> None:  # fmt: skip
    """Without branches: which of two numbers is larger would be guessed wrong half of the time."""
    less, same, more, blank = op
    for row in range(len(values)):
        one, other = values[row], others[row]
        holds = (one < other) * less | (one == other) * same | (one > other) * more
        there = _is_there(valid, np.uint64(first + row)) & _is_there(valid_others, np.uint64(first_other + row))
        codes[row] |= np.uint16((holds if there else blank) << shift)


@njit(nogil=True, cache=True)
def _is_there(valid: Array, at: np.uint64) -> bool:
    return len(valid) == 0 or (valid[at >> np.uint64(3)] >> (at & np.uint64(7))) & np.uint64(1) == 1
