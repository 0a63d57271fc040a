"""How the outcomes of two versions differ, record by record.

Records of one pair of paths are compared together: mostly what was done to them is the same term, or two constants.
Only where it is not are values worked out, and only what hangs on whose turn it was is asked of the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from flowctl.data import dataclass
from flowctl.engine.bulk.deeds import Deeds, Effect, Message, Text, deeds_of
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

Said = Callable[[int, int], Outcome]  # what the judge says of a record (row) under a version (0 or 1)


class Comparison:
    """Compares two versions; what it finds out of pairs of paths holds for all batches."""

    def __init__(self, paths: Sequence[Paths]) -> None:
        self.paths = paths
        self._deeds: list[dict[int, Deeds]] = [{}, {}]

    def differences(
        self, sights: Sequence[Sight], before: CompiledOutcomes, after: CompiledOutcomes, said: Said
    ) -> Differences:
        count = len(before.path)
        found = _Found(count)
        pairs = before.deeds.astype(np.int64) << 32 | after.deeds
        listed, index = np.unique(pairs, return_inverse=True)
        order = np.argsort(index, kind="stable")
        bounds = np.searchsorted(index[order], np.arange(len(listed) + 1))
        for at, pair in enumerate(listed.tolist()):
            rows = order[bounds[at] : bounds[at + 1]]
            one, other = self._of(0, pair >> 32), self._of(1, pair & 0xFFFFFFFF)
            is_told_by_turn = one.is_told_by_turn or other.is_told_by_turn
            # messages of records that a roster gives away are not compared
            judged = one.is_by_turn or other.is_by_turn or (is_told_by_turn & (after.roster[rows] == NONE))
            is_judged = np.broadcast_to(judged, len(rows))
            found.judge(rows[is_judged], said)
            if not is_judged.all():
                kept = rows[~is_judged]
                _Pair(one, other, sights, self._is_same_world, kept, found, not is_told_by_turn).compare()
        apart = after.roster == NONE
        numbers: dict[tuple[str, str], int] = {}
        ends: Array = _ends(before, numbers) != _ends(after, numbers)
        return Differences(ends, dict(sorted(found.sets.items())), found.messages & apart, found.effects & apart)

    def _of(self, version: int, number: int) -> Deeds:
        known = self._deeds[version]
        if number not in known:
            known[number] = deeds_of(self.paths[version].compiled, self.paths[version].deeds[number])
        return known[number]

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


def _ends(outcomes: CompiledOutcomes, numbers: dict[tuple[str, str], int]) -> Array:
    """A number for the end of each record; `numbers` gives the same end the same number in both versions."""
    each = [numbers.setdefault((path.ends, path.result), len(numbers)) for path in outcomes.paths]
    found: Array = np.array(each, np.int64)[outcomes.path]
    return found


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
        if one == other and (self.is_same_world or isinstance(one, Arrived | Before)):
            return False
        return self._apart(self.sights[0].value(one, self.rows), self.sights[1].value(other, self.rows))

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
