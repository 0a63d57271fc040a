"""Batches routed by the judge, record by record: exact, for every flow, and slow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Any, Self

import numpy as np

from flowctl.columns.batch import Batch
from flowctl.data import dataclass
from flowctl.engine.bulk.engine import Reads, Routed
from flowctl.engine.bulk.outcomes import NONE, Differences, Names, Outcomes, Path
from flowctl.engine.bulk.reads import reads_of, takes_turns
from flowctl.engine.interp import World, route
from flowctl.engine.outcome import Outcome, Visit
from flowctl.engine.turns import Turns
from flowctl.expr import Value
from flowctl.flow.program import Test
from flowctl.flow.schedule import LEFT_OUT


@dataclass(frozen=True)
class JudgedOutcomes(Outcomes):
    """Outcomes that keep what the judge said."""

    judged: tuple[Outcome, ...] = ()

    def at(self, rows: np.ndarray[Any, np.dtype[Any]]) -> Self:
        return replace(super().at(rows), judged=tuple(self.judged[row] for row in rows))


class JudgedEngine:
    """An engine that asks the judge. `full_paths` makes no difference to its speed."""

    def __init__(self, worlds: Sequence[World], flow: str, names: Names, full_paths: bool) -> None:
        self.worlds, self.flow, self.names, self.full_paths = worlds, flow, names, full_paths
        self.reads: Reads = reads_of(worlds, flow)
        self.takes_turns = takes_turns(worlds, flow)
        self.turns = [Turns() for _ in worlds]
        self._paths = [_Interned(world, full_paths) for world in worlds]

    def walk(self, batch: Batch, pool: Executor | None = None) -> Batch:
        return batch

    def settle(self, walked: Batch) -> Routed:
        records = [(walked.record(row), walked.moment(row)) for row in range(len(walked))]
        outcomes = []
        for world, turns, paths in zip(self.worlds, self.turns, self._paths, strict=True):
            judged = [route(world, self.flow, record, turns, now) for record, now in records]
            outcomes.append(self._outcomes(judged, paths))
        return Routed(walked, tuple(outcomes))

    def _outcomes(self, judged: Sequence[Outcome], paths: _Interned) -> JudgedOutcomes:
        code = self.names.code
        return JudgedOutcomes(
            self.names,
            paths.paths,
            np.array([paths.number(o) for o in judged], np.int32),
            np.array([NONE if o.owner is None else code(o.owner) for o in judged], np.int32),
            np.array([NONE if o.roster is None else code(f"roster/{o.roster}") for o in judged], np.int32),
            np.array([o.is_routed for o in judged], bool),
            tuple(judged),
        )

    def differences(self, routed: Routed) -> Differences:
        before, after = (_judged(outcomes) for outcomes in routed.outcomes)
        fields = sorted({name for outcome in (*before, *after) for name in outcome.sets})
        return Differences(
            _each(before, after, lambda a, b: (a.ends, a.result) != (b.ends, b.result)),
            {name: _each(before, after, partial(_is_set_otherwise, name)) for name in fields},
            _each(before, after, lambda a, b: not b.roster and a.messages != b.messages),
            _each(before, after, lambda a, b: not b.roster and a.effects != b.effects),
        )

    def explain(self, routed: Routed, row: int, version: int) -> Outcome:
        return _judged(routed.outcomes[version])[row]


def _judged(outcomes: Outcomes) -> tuple[Outcome, ...]:
    assert isinstance(outcomes, JudgedOutcomes), "an engine is asked of its own outcomes"
    return outcomes.judged


def _is_set_otherwise(name: str, before: Outcome, after: Outcome) -> bool:
    return _set(before, name) != _set(after, name)


def _set(outcome: Outcome, name: str) -> tuple[bool, Value]:
    return name in outcome.sets, outcome.sets.get(name)


def _each(
    before: Sequence[Outcome], after: Sequence[Outcome], differs: Callable[[Outcome, Outcome], bool]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.fromiter(map(differs, before, after), bool, len(after))


class _Interned:
    """Paths by number. Those that are not full leave out the decisions."""

    def __init__(self, world: World, full: bool) -> None:
        self.world, self.full = world, full
        self.paths: list[Path] = []
        self._numbers: dict[tuple[object, ...], int] = {}

    def number(self, outcome: Outcome) -> int:
        visits = [visit for visit in outcome.path if self.full or not self._only_decides(visit)]
        ways = tuple((visit.flow, visit.node, visit.port) for visit in visits)
        key = (ways, outcome.result)
        if key not in self._numbers:
            self._numbers[key] = len(self.paths)
            self.paths.append(Path(ways, outcome.result))
        return self._numbers[key]

    def _only_decides(self, visit: Visit) -> bool:
        is_due = visit.node == LEFT_OUT and visit.port is not None
        return is_due or isinstance(self.world.programs[visit.flow].steps.get(visit.node), Test)
