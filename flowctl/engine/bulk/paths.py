"""Paths that records have taken, each once, by number."""

from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np

from flowctl.engine.bulk.emit import Compiled
from flowctl.engine.bulk.kernel import NOTHING, Array, Kept, Walks, empty, walk
from flowctl.engine.bulk.outcomes import Path, Way

FIRST_PATHS, FIRST_MARKS = 1 << 14, 1 << 18  # of the room that a thread begins with


class Paths:
    """The paths of one version.

    A path is known by its marks (`deeds`), which say more than what people see of it (`paths`): two deeds can look
    alike, as those after a wait that was over at once or at last.
    """

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.deeds: list[tuple[int, ...]] = []
        self.paths: list[Path] = []
        self._numbers: dict[tuple[int, ...], int] = {}
        self._seen_as: list[int] = []  # by number of deeds
        self._by_ways: dict[tuple[tuple[int, ...], str], int] = {}
        numbers: dict[Way, int] = {}
        self._way_numbers = [numbers.setdefault(mark.way, len(numbers)) for mark in compiled.marks]
        self._ways = [mark.way for mark in compiled.marks]
        self._results = {ending.at: ending.result for ending in compiled.endings}
        self._lock = threading.Lock()

    def number(self, marks: tuple[int, ...]) -> int:
        """The number of deeds; the first mark may be that of the deeds which they go on from."""
        if marks[0] < NOTHING:
            marks = self.deeds[-2 - marks[0]] + marks[1:]
        known = self._numbers.get(marks)
        return self._new(marks) if known is None else known

    def _new(self, marks: tuple[int, ...]) -> int:
        with self._lock:
            if marks in self._numbers:
                return self._numbers[marks]
            self._seen_as.append(self._seen(marks))
            self.deeds.append(marks)
            self._numbers[marks] = len(self.deeds) - 1
            return len(self.deeds) - 1

    def _seen(self, marks: tuple[int, ...]) -> int:
        result = self._results.get(self.compiled.marks[marks[-1]].at, "")
        key = tuple(map(self._way_numbers.__getitem__, marks)), result  # cheaper to compare than the ways are
        number = self._by_ways.get(key)
        if number is None:
            number = self._by_ways[key] = len(self.paths)
            self.paths.append(Path(tuple(map(self._ways.__getitem__, marks)), result))
        return number

    def seen(self, deeds: Array) -> Array:
        """Numbers of paths (int32) of numbers of deeds."""
        return np.array(self._seen_as, np.int32)[deeds]


class Walker:
    """What one thread keeps of the paths of a version."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.room: Kept = empty(FIRST_PATHS, FIRST_MARKS)
        self.known = np.zeros(0, np.int32)  # numbers of deeds, by the numbers of `room`

    def walk(self, walks: Walks, rows: Array, offset: int = 0) -> None:
        begin = 0
        while begin < len(rows):
            done = walk(self.paths.compiled.program, walks, self.room, rows, begin, offset)
            self.note(walks, rows[begin:done])
            begin = done
            if begin < len(rows):
                self.grow()

    def note(self, walks: Walks, rows: Array) -> None:
        """Gives the records that were walked the numbers of their deeds."""
        self._learn()
        path = walks.path[rows]
        is_new = path < NOTHING
        path[is_new] = self.known[-2 - path[is_new]]
        walks.path[rows] = path

    def _learn(self) -> None:
        first, count = len(self.known), int(self.room.used[0])
        if first == count:
            return
        begins = [*self.room.begins[first:count].tolist(), int(self.room.used[1])]  # one after the other
        marks, start = self.room.marks[begins[0] : begins[-1]].tolist(), begins[0]
        found = (tuple(marks[begin - start : end - start]) for begin, end in pairwise(begins))
        self.known = np.concatenate([self.known, np.array([*map(self.paths.number, found)], np.int32)])

    def grow(self) -> None:
        """Begins anew with more room."""
        most = self.paths.compiled.program.most + 2
        self.room = empty(2 * len(self.room.numbers), 2 * max(len(self.room.marks), FIRST_PATHS * most))
        self.known = np.zeros(0, np.int32)
