"""Routing that is spread over processes: what each is told, and what it answers. `together` makes one result of it.

A process routes the records of a block (a piece of a file that it reads in order) by an engine of its own. Whose turn
it is hangs on all records, so those that ask a roster come back as they are: they are routed here, in order of arrival,
when all are known. Of the others the outcomes come back, and the records themselves where somebody will look at them.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from flowctl.columns.assemble import batch_of
from flowctl.columns.bad import Bad, Entry
from flowctl.columns.batch import Batch
from flowctl.columns.headers import Plan
from flowctl.columns.parquet_files import records_of
from flowctl.columns.wanted import Wanted
from flowctl.data import dataclass
from flowctl.engine.bulk.engine import Engine, Routed
from flowctl.engine.bulk.outcomes import NONE, Differences, Outcomes, Path
from flowctl.engine.bulk.reads import programs_of
from flowctl.engine.interp import World
from flowctl.flow.program import Pick

KEYS = ("flowctl file", "flowctl block", "flowctl row")  # columns that say where a record is from
ANSWER = (  # the columns of an answer
    ("part", pa.string()), ("file", pa.string()), ("block", pa.int64()), ("first", pa.int64()), ("rows", pa.int64()),
    ("data", pa.binary()),
)  # fmt: skip
DONE, WAITING, REFUSED = "done", "waiting", "refused"
NOT_A_TEXT = b"\xef\xbf\xbd"  # what Java makes of bytes that are not UTF-8

Array: TypeAlias = "np.ndarray[Any, Any]"
Make: TypeAlias = Callable[[Sequence[World], str, bool], Engine[Any]]


@dataclass(frozen=True, slots=True)
class Task:
    """What a process is told, once; it is pickled.

    Attributes:
        id: Different for each run, so that a process that is used again makes its engine anew.
        plan: The columns of the records, in their order.
        found: What becomes of a batch before it is routed: a job finds its records unchanged.
        whole: Whether all records come back, and not those alone that move or go to nobody.
        is_csv: Whether the records are from CSV, of which Spark does not tell everything that is odd.
        raw: Whether values come back that cannot be read.
    """

    id: str
    worlds: tuple[World, ...]
    flow: str
    full_paths: bool
    wanted: Wanted
    plan: Plan
    make: Make
    found: Callable[[Batch], Batch] | None = None
    whole: bool = False
    is_csv: bool = False
    raw: bool = False


@dataclass(frozen=True, slots=True)
class Side:
    """What happens to some records under one version, in words of its own: names and paths are by index."""

    paths: tuple[Path, ...]
    path: Array
    names: tuple[str, ...]
    owner: Array
    roster: Array
    is_routed: Array


@dataclass(frozen=True, slots=True)
class Done:
    """Records whose outcomes stand; the batch may be without columns."""

    batch: Batch
    sides: tuple[Side, ...]
    differences: Differences | None


@dataclass(frozen=True, slots=True)
class Noted:
    """What could not be read of a block; of values nothing but where they stood, unless they are asked for."""

    entries: tuple[Entry, ...]
    left_out: int


# In a process of its own -------------------------------------------------------------------------------------------


def answers(task: Task, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Routes records, and says what came of them; called by Spark, with the task bound."""
    worker = _worker_of(task)
    for batch in batches:
        for block in blocks(batch):
            yield from worker.answer(block)


_workers: dict[
    str, _Worker
] = {}  # the one of the task at hand: a process is used again for all that Spark cuts it into


def _worker_of(task: Task) -> _Worker:
    if task.id not in _workers:
        _workers.clear()
        _workers[task.id] = _Worker(task)
    return _workers[task.id]


def blocks(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The records of each block of a file, which come one after the other."""
    if not len(batch):
        return
    file, block = (batch.column(name) for name in KEYS[:2])
    changes = np.zeros(len(batch), bool)
    changes[1:] |= np.diff(np.asarray(block)) != 0
    changes[1:] |= np.asarray(file[1:]) != np.asarray(file[:-1])
    cuts = [0, *np.flatnonzero(changes).tolist(), len(batch)]
    yield from (batch.slice(a, b - a) for a, b in pairwise(cuts))


class _Worker:
    def __init__(self, task: Task) -> None:
        self.task = task
        self.engine = task.make(task.worlds, task.flow, task.full_paths)
        self._asking = [Asking(world, task.flow) for world in task.worlds]
        self._fails = task.wanted.on_bad == "fail"
        self._wanted = replace(task.wanted, on_bad="blank") if self._fails else task.wanted

    def answer(self, block: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        if self.task.is_csv and any(map(is_odd, block.columns)):
            yield self._part(REFUSED, block, pickle.dumps(None))
            return
        first, noted = block.column(KEYS[2])[0].as_py(), _Notes(self.task.raw)
        batch = batch_of(records_of(self.task.plan, block, 1, 0, first), self._wanted, noted)
        if self._fails and noted.noted.entries:
            yield self._part(REFUSED, block, pickle.dumps(noted.noted))
            return
        done, waiting = self._routed(batch)
        yield self._part(DONE, block, pickle.dumps((noted.noted, done)))
        if waiting is not None:
            yield self._part(WAITING, block, pickle.dumps(waiting))

    def _part(self, part: str, block: pa.RecordBatch, data: bytes) -> pa.RecordBatch:
        file, number, first = (block.column(name)[0].as_py() for name in KEYS)
        values = (part, file or "", number, first, len(block), data)
        arrays = [pa.array([value], type_) for value, (_, type_) in zip(values, ANSWER, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, [name for name, _ in ANSWER])

    def _routed(self, batch: Batch) -> tuple[list[Done], Batch | None]:
        """The outcomes of what is done, and the records that wait for their turn."""
        batch = self.task.found(batch) if self.task.found else batch
        routed = self.engine.settle(self.engine.walk(batch))
        asks = np.zeros(len(batch), bool)
        for asking, outcomes in zip(self._asking, routed.outcomes, strict=True):
            asks |= asking.of(outcomes)
        shown = np.full(len(batch), self.task.whole)
        if not self.task.whole:
            shown = ~routed.outcomes[-1].is_routed
            shown |= routed.outcomes[0].goes_to != routed.outcomes[-1].goes_to
        differences = self.engine.differences(routed) if len(routed.outcomes) > 1 else None
        done = [
            _cut(routed, differences, np.flatnonzero(rows), keep)
            for rows, keep in ((~asks & shown, True), (~asks & ~shown, False))
            if rows.any()
        ]
        return done, routed.batch.at(np.flatnonzero(asks)) if asks.any() else None


def is_odd(column: pa.Array) -> bool:
    """Whether texts of CSV hold control characters, or were not UTF-8: what one machine tells, and Spark does not."""
    if not pa.types.is_string(column.type) or not len(column):
        return False
    _, held, data = column.buffers()
    begin, end = np.frombuffer(held, np.int32)[[column.offset, column.offset + len(column)]].tolist()
    text = bytes(memoryview(data)[begin:end]) if data else b""
    return NOT_A_TEXT in text or bool(_CONTROLS[np.frombuffer(text, np.uint8)].any())


_CONTROLS = np.array([(n < 32 and n not in b"\t\n\r") or n == 127 for n in range(256)])


class _Notes(Bad):
    """Notes to be sent on; without the values, unless they are asked for."""

    def __init__(self, raw: bool) -> None:
        super().__init__(None)
        self.noted, self._raw = Noted((), 0), raw

    def note(self, part: int, entries: Sequence[Entry], left_out: int) -> None:
        found = entries if self._raw else (replace(entry, raw="") for entry in entries)
        self.noted = Noted(tuple(found), left_out)


class Asking:
    """Which records ask a roster under a version: those whose paths have a node that gives turns."""

    def __init__(self, world: World, flow: str) -> None:
        programs = {program.flow: program for _, program in programs_of(world, flow)}
        self._nodes = {(p.flow, node) for p in programs.values() for node, s in p.steps.items() if isinstance(s, Pick)}
        self._known = np.zeros(0, bool)

    def of(self, outcomes: Outcomes) -> Array:
        if not self._nodes:
            return np.zeros(len(outcomes.path), bool)
        new = outcomes.paths[len(self._known) :]
        more = [any((flow, node) in self._nodes for flow, node, _ in path.ways) for path in new]
        self._known = np.concatenate([self._known, np.array(more, bool)])
        found: Array = self._known[outcomes.path]
        return found


def _cut(routed: Routed, differences: Differences | None, rows: Array, keep: bool) -> Done:
    """Some of the records; without their columns, unless they are to be looked at."""
    batch = routed.batch if keep else replace(routed.batch, columns={}, prior={}, related={}, extra={})
    sides = tuple(_side(outcomes.at(rows)) for outcomes in routed.outcomes)
    return Done(batch.at(rows), sides, differences_at(differences, rows) if differences else None)


def differences_at(differences: Differences, rows: Array) -> Differences:
    sets = {name: each[rows] for name, each in differences.sets.items()}
    return Differences(differences.ends[rows], sets, differences.messages[rows], differences.effects[rows])


def _side(outcomes: Outcomes) -> Side:
    numbers, path = np.unique(outcomes.path, return_inverse=True)
    codes = np.unique(np.concatenate([outcomes.owner, outcomes.roster]))
    codes = codes[codes != NONE]
    owner, roster = (_indexed(codes, values) for values in (outcomes.owner, outcomes.roster))
    paths = tuple(outcomes.paths[number] for number in numbers.tolist())
    names = tuple(outcomes.names[code] for code in codes.tolist())
    return Side(paths, path.astype(np.int32), names, owner, roster, outcomes.is_routed)


def _indexed(codes: Array, values: Array) -> Array:
    found: Array = np.where(values == NONE, NONE, np.searchsorted(codes, values)).astype(np.int32)
    return found
