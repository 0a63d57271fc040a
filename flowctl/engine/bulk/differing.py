"""How the outcomes of two versions differ, record by record.

Records of one pair of paths are compared together: mostly what was done to them is the same term, or two constants.
Only where it is not are values worked out, and only what hangs on whose turn it was is asked of the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from flowctl.data import dataclass
from flowctl.engine.bulk.deeds import Deeds, Effect, Message, Text, Values, deeds_of
from flowctl.engine.bulk.kernel import Array
from flowctl.engine.bulk.outcomes import NONE, Differences
from flowctl.engine.bulk.rows import Coded, alike_in
from flowctl.engine.bulk.terms import Arrived, Before, Const, Term
from flowctl.engine.bulk.view import Sight
from flowctl.engine.interp import World
from flowctl.engine.message import shown
from flowctl.engine.outcome import Outcome
from flowctl.expr import Value

if TYPE_CHECKING:
    from flowctl.engine.bulk.compiled import CompiledOutcomes
    from flowctl.engine.bulk.paths import Paths

DENSE = 1 << 22  # pairs of paths that are found in a table
Said = Callable[[int, int], Outcome]  # what the judge says of a record (row) under a version (0 or 1)


class Comparison:
    """Compares two versions; what it finds out of pairs of paths holds for all batches."""

    def __init__(self, paths: Sequence[Paths]) -> None:
        self.paths = paths
        self._deeds: list[dict[int, Deeds]] = [{}, {}]
        self._constant: list[dict[int, Values]] = [{}, {}]
        self._pairs = _Pairs()
        self._ends = _Ends()

    def differences(
        self, sights: Sequence[Sight], before: CompiledOutcomes, after: CompiledOutcomes, said: Said
    ) -> Differences:
        count = len(before.path)
        found = _Found(count)
        pairs = self._pairs.of(before.deeds, after.deeds, self._same)
        pairs.tell(found)
        for (first, second), rows in pairs.open():
            one, other = self._of(0, first), self._of(1, second)
            is_told_by_turn = one.is_told_by_turn or other.is_told_by_turn
            # messages of records that a roster gives away are not compared
            judged = one.is_by_turn or other.is_by_turn or (is_told_by_turn & (after.roster[rows] == NONE))
            is_judged = np.broadcast_to(judged, len(rows))
            found.judge(rows[is_judged], said)
            if not is_judged.all():
                kept = rows[~is_judged]
                _Pair(one, other, sights, self._is_same_world, kept, found, not is_told_by_turn).compare()
        apart = after.roster == NONE
        ends: Array = self._ends.of(0, before) != self._ends.of(1, after)
        return Differences(ends, dict(sorted(found.sets.items())), found.messages & apart, found.effects & apart)

    def _of(self, version: int, number: int) -> Deeds:
        known = self._deeds[version]
        if number not in known:
            known[number] = deeds_of(
                self.paths[version].compiled, self.paths[version].deeds[number], self._constant[version]
            )
        return known[number]

    def _same(self, first: int, second: int) -> _Same | None:
        """What differs for all records of a pair of paths alike; None where records have to be looked at."""
        one, other = self._of(0, first), self._of(1, second)
        if any(deeds.is_by_turn or deeds.is_told_by_turn for deeds in (one, other)):
            return None
        found = _Found(1)
        try:
            _Alike(one, other, (), self._is_same_world, np.zeros(1, np.int64), found).compare()
        except _HangsOnRecordsError:
            return None
        sets = {name: bool(differs[0]) for name, differs in found.sets.items()}
        return _Same(sets, bool(found.messages[0]), bool(found.effects[0]))

    @cached_property
    def _is_same_world(self) -> bool:
        """Whether a term has one value in both worlds, whatever it reads."""
        one, other = (paths.compiled.flows.world for paths in self.paths)
        return (one.zone, one.people, one.available) == (other.zone, other.people, other.available) and (
            _is_same_data(one, other)
        )


def _is_same_data(one: World, other: World) -> bool:
    if one.data.keys() != other.data.keys() or one.tables.keys() != other.tables.keys():
        return False
    if any(one.tables[name].fingerprint != other.tables[name].fingerprint for name in one.tables):
        return False
    return all(
        one.data[n].records is other.data[n].records or one.data[n].records == other.data[n].records for n in one.data
    )


class _Ends:
    """Numbers for the ends of records: the same one for the same end in both versions."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._of: list[list[int]] = [[], []]  # by version and path

    def of(self, version: int, outcomes: CompiledOutcomes) -> Array:
        known, numbers = self._of[version], self._numbers
        for path in outcomes.paths[len(known) :]:
            known.append(numbers.setdefault((path.ends, path.result), len(numbers)))
        found: Array = np.array(known, np.int64)[outcomes.path]
        return found


@dataclass(frozen=True, slots=True)
class _Same:
    """What differs for all records of a pair of paths."""

    sets: Mapping[str, bool]
    messages: bool
    effects: bool


class _Pairs:
    """Pairs of paths by number, and what differs for all records of each."""

    def __init__(self) -> None:
        self.pairs: list[tuple[int, int]] = []
        self.same: list[_Same | None] = []
        self._numbers: dict[tuple[int, int], int] = {}
        self._table = np.zeros((0, 0), np.int32)  # the same by the numbers of both paths, where these are few

    def of(self, before: Array, after: Array, same: Callable[[int, int], _Same | None]) -> _Met:
        """The pairs of a batch."""
        self._grow(*(int(deeds.max(initial=-1)) + 1 for deeds in (before, after)))
        rows, columns = self._table.shape
        is_small = (before < rows) & (after < columns)
        numbers = np.full(len(before), NONE, np.int32)
        numbers[is_small] = self._table[before[is_small], after[is_small]]
        others = np.flatnonzero(numbers == NONE)
        if len(others):
            keys, index = np.unique(before[others].astype(np.int64) << 32 | after[others], return_inverse=True)
            each = [self._number(divmod(key, 1 << 32), same) for key in keys.tolist()]
            numbers[others] = np.array(each, np.int32)[index]
        return _Met(self, numbers)

    def _number(self, pair: tuple[int, int], same: Callable[[int, int], _Same | None]) -> int:
        number = self._numbers.setdefault(pair, len(self.pairs))
        if number == len(self.pairs):
            self.pairs.append(pair)
            self.same.append(same(*pair))
        if pair[0] < self._table.shape[0] and pair[1] < self._table.shape[1]:
            self._table[pair] = number
        return number

    def _grow(self, before: int, after: int) -> None:
        rows, columns = self._table.shape
        wider = max(rows, before * 5 // 4), max(columns, after * 5 // 4)
        if (before > rows or after > columns) and wider[0] * wider[1] <= DENSE:
            grown = np.full(wider, NONE, np.int32)
            grown[:rows, :columns] = self._table
            self._table = grown


class _Met:
    """The pairs that are met in a batch."""

    def __init__(self, known: _Pairs, numbers: Array) -> None:
        self.known, self.numbers = known, numbers
        self.there = np.flatnonzero(np.bincount(numbers, minlength=1)).tolist() if len(numbers) else []

    def tell(self, found: _Found) -> None:
        """Notes what differs for all records of a pair."""
        same = [(at, self.known.same[at]) for at in self.there]
        told = [(at, one) for at, one in same if one is not None]
        found.messages |= self._each([at for at, one in told if one.messages])
        found.effects |= self._each([at for at, one in told if one.effects])
        by_name: dict[str, list[int]] = {}
        for at, one in told:
            for name, differs in one.sets.items():
                by_name.setdefault(name, []).extend([at] * differs)
        for name, pairs in by_name.items():
            found.set_of(name)[:] |= self._each(pairs)

    def _each(self, pairs: Sequence[int]) -> Array:
        """Which records are of some pairs."""
        is_one = np.zeros(len(self.known.pairs), bool)
        is_one[list(pairs)] = True
        found: Array = is_one[self.numbers]
        return found

    def open(self) -> Iterator[tuple[tuple[int, int], Array]]:
        """The other pairs, with the rows of their records."""
        left = [at for at in self.there if self.known.same[at] is None]
        if not left:
            return
        rows = np.flatnonzero(self._each(left))
        rows = rows[np.argsort(self.numbers[rows], kind="stable")]
        bounds = np.searchsorted(self.numbers[rows], [*left, len(self.known.pairs)])
        for at, pair in enumerate(left):
            yield self.known.pairs[pair], rows[bounds[at] : bounds[at + 1]]


class _Found:
    """Differences of a batch, as far as they are known."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.sets: dict[str, Array] = {}
        self.messages = np.zeros(count, bool)
        self.effects = np.zeros(count, bool)

    def set_of(self, name: str) -> Array:
        return self.sets.setdefault(name, np.zeros(self.count, bool))

    def judge(self, rows: Array, said: Said) -> None:
        for row in rows.tolist():
            one, other = said(row, 0), said(row, 1)
            for name in {**one.sets, **other.sets}:
                is_same = (name in one.sets, one.sets.get(name)) == (name in other.sets, other.sets.get(name))
                self.set_of(name)[row] = not is_same
            self.messages[row] = one.messages != other.messages
            self.effects[row] = one.effects != other.effects


@dataclass(frozen=True)
class _Pair:
    """Records that took one path before and one after."""

    before: Deeds
    after: Deeds
    sights: Sequence[Sight]
    is_same_world: bool
    rows: Array
    found: _Found
    with_messages: bool = True

    def compare(self) -> None:
        names = {**self.before.sets, **self.after.sets}
        for name in names:
            one, other = self.before.sets.get(name), self.after.sets.get(name)
            differ = self._differ(one, other) if one is not None and other is not None else True
            self.found.set_of(name)[self.rows] = differ
        self.found.messages[self.rows] = self.with_messages and self._messages()
        self.found.effects[self.rows] = self._effects()

    def _differ(self, one: Term, other: Term) -> Array | bool:
        if isinstance(one, Const) and isinstance(other, Const):
            return one.value != other.value
        if self._is_told(one, other):
            return False
        return self._apart(self.sights[0].value(one, self.rows), self.sights[1].value(other, self.rows))

    def _is_told(self, one: Term, other: Term) -> bool:
        """Whether two terms say by themselves whether they differ."""
        if isinstance(one, Const) and isinstance(other, Const):
            return True
        return one == other and (self.is_same_world or isinstance(one, Arrived | Before))

    def _apart(self, one: Coded, other: Coded) -> Array:
        groups = alike_in((one, other), len(self.rows))
        differ = [one[row] != other[row] for row in groups.rows.tolist()]
        return np.array(differ, bool)[groups.of]

    def _messages(self) -> Array | bool:
        if len(self.before.messages) != len(self.after.messages):
            return True
        return _any(self._message(*both) for both in zip(self.before.messages, self.after.messages, strict=True))

    def _message(self, one: Message, other: Message) -> Array | bool:
        if one.channel != other.channel:
            return True
        if one == other and self.is_same_world:
            return False
        return _any(
            self._apart(self._filled(0, getattr(one, part), empty), self._filled(1, getattr(other, part), empty))
            for part, empty in (("to", "nobody"), ("message", ""))
        )

    def _filled(self, version: int, text: Text, empty: str) -> Coded:
        values = [_shown(part, self.sights[version], self.rows) for part in text if not isinstance(part, str)]
        groups = alike_in(values, len(self.rows))
        filled: list[Value] = []
        for row in groups.rows.tolist():
            each = iter(values)
            parts = (part if isinstance(part, str) else str(next(each)[row]) for part in text)
            filled.append("".join(parts) or empty)
        return Coded(groups.of, filled)

    def _effects(self) -> Array | bool:
        one, other = self.before.effects, self.after.effects
        if [_kind(e) for e in one] != [_kind(e) for e in other]:
            return True
        terms = [(dict(a.values), dict(b.values)) for a, b in zip(one, other, strict=True)]
        return _any(self._differ(a[name], b[name]) for a, b in terms for name in a)


class _HangsOnRecordsError(Exception):
    """What two paths did to records can only be compared record by record."""


class _Alike(_Pair):
    """Compares what was done to all records of a pair alike.

    Raises:
        _HangsOnRecordsError: That does not say all.
    """

    def _filled(self, version: int, text: Text, empty: str) -> Coded:
        raise _HangsOnRecordsError

    def _differ(self, one: Term, other: Term) -> Array | bool:
        if self._is_told(one, other):
            return super()._differ(one, other)
        raise _HangsOnRecordsError


def _kind(effect: Effect) -> tuple[object, ...]:
    who = ("converted", effect.account) if effect.account else ("created", effect.object, effect.name)
    return who, frozenset(name for name, _ in effect.values)


def _shown(term: Term, sight: Sight, rows: Array) -> Coded:
    values = sight.value(term, rows)
    return Coded(values.index, [shown(value) for value in values.values])


def _any(parts: Iterable[Array | bool]) -> Array | bool:
    found: Array | bool = False
    for part in parts:
        found = found | part
    return found
