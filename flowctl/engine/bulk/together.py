"""Answers of many processes, made outcomes of one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any, Self, TypeAlias

import numpy as np

from flowctl.columns.batch import Batch
from flowctl.data import dataclass
from flowctl.engine.bulk.engine import Engine, Routed
from flowctl.engine.bulk.outcomes import NONE, Differences, Names, Outcomes, Path
from flowctl.engine.bulk.spread import Done, Side, differences_at
from flowctl.engine.interp import World

Array: TypeAlias = "np.ndarray[Any, Any]"


@dataclass(frozen=True, slots=True)
class Answered(Routed):
    """A batch that was routed elsewhere, or the second time: its differences come along.

    `here` is what this process's engine made of it, where that routed it.
    """

    differences: Differences | None
    here: Routed | None = None

    def at(self, rows: Array) -> Self:
        outcomes = tuple(found.at(rows) for found in self.outcomes)
        here = self.here.at(rows) if self.here else None
        differences = differences_at(self.differences, rows) if self.differences else None
        return type(self)(self.batch.at(rows), outcomes, differences, here)


class Together:
    """Makes answers of many processes outcomes of one, and stands for the engine that gave them.

    Names and paths get numbers of their own here, whichever process met them first.
    """

    def __init__(self, engine: Engine[Any], worlds: Sequence[World], flow: str, full_paths: bool = False) -> None:
        self.engine, self.worlds, self.flow, self.full_paths = engine, worlds, flow, full_paths
        self.names: Names = engine.names
        self.reads, self.takes_turns = engine.reads, engine.takes_turns
        self._paths = [_Numbered() for _ in worlds]

    def walk(self, batch: Batch, pool: Executor | None = None) -> Any:
        return self.engine.walk(batch, pool)

    def settle(self, walked: Any) -> Routed:
        """What this process's engine makes of records, among the answers of the others."""
        here = self.engine.settle(walked)
        found = [p.renumbered(o) for p, o in zip(self._paths, here.outcomes, strict=True)]
        differences = self.engine.differences(here) if len(found) > 1 else None
        return Answered(here.batch, tuple(found), differences, here)

    def taken(self, done: Done, moved_by: int) -> Answered:
        """An answer; positions are `moved_by` higher than its process could know."""
        batch = replace(done.batch, positions=done.batch.positions + moved_by)
        sides = zip(self._paths, done.sides, strict=True)
        return Answered(batch, tuple(self._outcomes(paths, side) for paths, side in sides), done.differences)

    def _outcomes(self, paths: _Numbered, side: Side) -> Outcomes:
        numbers = np.array([paths.number(path) for path in side.paths], np.int32)
        codes = np.array([*map(self.names.code, side.names), NONE], np.int32)  # the last one is of -1
        owner, roster = codes[side.owner], codes[side.roster]
        return Outcomes(self.names, paths.paths, numbers[side.path], owner, roster, side.is_routed)

    def differences(self, routed: Routed) -> Differences:
        assert isinstance(routed, Answered)
        assert routed.differences is not None, "two versions are compared"
        return routed.differences

    def explain(self, routed: Routed, row: int, version: int) -> Any:
        """As the judge gives it; of a record that asks no roster, turns make no difference."""
        from flowctl.engine.interp import route
        from flowctl.engine.turns import Turns

        assert isinstance(routed, Answered)
        if routed.here:
            return self.engine.explain(routed.here, row, version)
        batch = routed.batch
        return route(self.worlds[version], self.flow, batch.record(row), Turns(), batch.moment(row))


class _Numbered:
    """Paths by number."""

    def __init__(self) -> None:
        self.paths: list[Path] = []
        self._numbers: dict[Path, int] = {}
        self._here: list[int] = []  # by the number that this process's engine gives

    def number(self, path: Path) -> int:
        number = self._numbers.setdefault(path, len(self.paths))
        if number == len(self.paths):
            self.paths.append(path)
        return number

    def renumbered(self, outcomes: Outcomes) -> Outcomes:
        self._here += [self.number(path) for path in outcomes.paths[len(self._here) :]]
        numbers = np.array(self._here, np.int32)[outcomes.path]
        return Outcomes(outcomes.names, self.paths, numbers, outcomes.owner, outcomes.roster, outcomes.is_routed)


def positions_of(parts: Sequence[tuple[str, int, int, int]]) -> Mapping[tuple[str, int], int]:
    """How much is added to the row numbers of each block, so that they count through the whole input from 1.

    Args:
        parts: File, block, number of the first row, and rows of each answer.
    """
    blocks: dict[tuple[str, int], tuple[int, int]] = {}
    for file, block, first, rows in parts:
        least, count = blocks.get((file, block), (first, 0))
        blocks[file, block] = (min(least, first), count + rows)
    added, position = {}, 1
    for key in sorted(blocks, key=in_file_order):
        least, count = blocks[key]
        added[key] = position - least
        position += count
    return added


def in_file_order(key: tuple[str, int]) -> tuple[list[str], int]:
    """As files of a folder are read on one machine."""
    return key[0].split("/"), key[1]
