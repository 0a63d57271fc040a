"""Matches, look-ups and who fits a rotation, for many records: what `engine.binding` and the judge say of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from flowctl.data import dataclass
from flowctl.engine.binding import bind
from flowctl.engine.bulk.keys import companies_of, keys_of
from flowctl.engine.bulk.lookups import look_rows
from flowctl.engine.bulk.memo import Memo
from flowctl.engine.bulk.operands import Asked, Seen, truths
from flowctl.engine.bulk.outcomes import NONE
from flowctl.engine.bulk.pairs import PairRows, Pairs
from flowctl.engine.bulk.rows import CARRIED, Array, Rows, numbered
from flowctl.engine.interp import World
from flowctl.engine.matching import NOBODY, DataSet, Hit, Seeker
from flowctl.expr import Expr, FieldPath, Value
from flowctl.flow.people import Roster
from flowctl.flow.program import Bind, Method, Pick
from flowctl.flow.record import Record

__all__ = ["Memo", "bind_rows", "companies_of", "fits_rows", "look_rows"]

Places = Sequence[tuple[int, float]]  # positions in a data set, with scores
PAIRS = 1 << 22  # of records and candidates that are looked at together, about


def bind_rows(step: Bind, rows: Rows, memo: Memo) -> Array:
    """Which record of the data a match finds for each record: its position (int32), CARRIED or NONE."""
    found = np.full(len(rows), NONE, np.int32)
    carried = rows.carried(step.name, step.object)
    if carried.any():
        found[carried if step.where is None else carried & truths(step.where, rows)] = CARRIED
    data = rows.world.data.get(step.object, NOBODY)
    for method in step.by if data.records else ():
        at = np.flatnonzero(found == NONE)
        if len(at) and method.name != "related":
            found[at] = _found(step, method, data, rows, at, memo)
    return found


def _found(step: Bind, method: Method, data: DataSet, rows: Rows, at: Array, memo: Memo) -> Array:
    """What one method finds for some rows."""
    keys = keys_of(method, rows, at, memo)
    memo.once(data, f"index of {method.name} {method.least is None}", lambda: data.places(method, ""))
    places = memo.answers(data, str(method)).all_of(keys.of, lambda key: data.places(method, key))
    found = np.array([some[0][0] if some else NONE for some in places], np.int32)[keys.index]
    counts = np.array(list(map(len, places)), np.int64)[keys.index]
    several = np.flatnonzero(counts > (1 if step.where is None else 0))
    if len(several) and (step.where is not None or step.prefer or method.least is not None):
        seek = _Search(step, method, data, rows, memo, places)
        for part in np.array_split(several, 1 + int(counts[several].sum()) // PAIRS):
            found[part] = seek.best(keys.index[part], at[part])
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    """One method of a match, and the candidates that it finds for each key."""

    step: Bind
    method: Method
    data: DataSet
    rows: Rows
    memo: Memo
    places: Sequence[Places]

    def best(self, index: Array, at: Array) -> Array:
        """The candidate that is taken for each of some rows, whose keys are given by number."""
        where, found = self.step.where, np.full(len(at), NONE, np.int32)
        if where is None:
            left = np.arange(len(at))
        else:
            pairs = Pairs.of(self.places, index)
            beside = PairRows(self.rows, at[pairs.row], self.step.name, self.data, pairs.position, self.memo)
            kept = np.flatnonzero(truths(where, beside))[::-1]
            found[pairs.row[kept]] = pairs.position[kept]  # the first one last
            left = np.flatnonzero(np.bincount(pairs.row[kept], minlength=len(at)) > 1)
        if len(left) and (self.step.prefer or self.method.least is not None):
            found[left] = self._preferred(index[left], at[left])
        return found

    def _preferred(self, index: Array, at: Array) -> Array:
        """As `best`, once for all rows whose candidates and fields are alike."""
        pieces = [when for when in (self.step.where, *(p.when for p in self.step.prefer)) if when is not None]
        asked = Asked.of_all(pieces, self.rows, self.step.name, [(index, len(self.places))], at)
        alone = replace(self.step, by=(self.method,))
        candidates = (self.places[i] for i in index[asked.groups.rows].tolist())
        found = asked.each(lambda seen: _choice(alone, self.data, next(candidates), self.rows.world, seen), at)
        return np.array(found, np.int32)[asked.groups.of]


def _choice(step: Bind, data: DataSet, places: Places, world: World, seen: Seen) -> int:
    hits = [Hit(data.records[at], score) for at, score in places]
    record, _ = bind(step, _Known(hits), _NOBODY_SEEKS, None, lambda when, of: _holds(world, seen, when, step.name, of))
    return next((at for at, _ in places if data.records[at] is record), NONE)


class _Known(DataSet):
    """Candidates that were found already."""

    def __init__(self, hits: list[Hit]) -> None:
        super().__init__([hit.record for hit in hits])
        self.hits = hits

    def find(self, method: Method, key: str | None) -> list[Hit]:
        return self.hits


_NOBODY_SEEKS = Seeker({}, True, lambda _: None)


@dataclass(frozen=True, slots=True)
class _Beside:
    """A record as conditions read it beside a candidate under some name."""

    seen: Seen
    world: World
    name: str
    candidate: Record

    @property
    def is_new(self) -> bool:
        return self.seen.is_new

    @property
    def now(self) -> dt.datetime:
        return self.seen.now

    @property
    def zone(self) -> dt.tzinfo:
        return self.seen.zone

    def get(self, path: FieldPath) -> Value:
        if path[0] == self.name and len(path) > 1:
            return self.world.read({}, {self.name: self.candidate}, path)
        return self.seen.get(path)

    def prior(self, path: FieldPath) -> Value:
        return self.seen.prior(path)

    def changed(self, path: FieldPath) -> bool:
        return self.seen.changed(path)


def _holds(world: World, seen: Seen, when: Expr, name: str, candidate: Record) -> bool:
    return world.prepared.holds(when)(_Beside(seen, world, name, candidate), None)


def fits_rows(step: Pick, roster: Roster, rows: Rows) -> tuple[Array, Array]:
    """Which members of a roster a rotation wants.

    Returns:
        For each record the number of a row (int32); the rows, with a truth for each member in their order.
    """
    where, name = step.where, step.name
    if where is None or name is None:
        return np.zeros(len(rows), np.int32), np.ones((1, len(roster.members)), bool)
    people = [rows.world.person(f"user/{member.user}", member.skills) for member in roster.members]
    asked = Asked.of_all([where], rows, name)
    wanted = asked.each(lambda seen: tuple(_holds(rows.world, seen, where, name, person) for person in people))
    of, listed = numbered(wanted)
    return of[asked.groups.of], np.array(listed, bool).reshape(-1, len(people))
