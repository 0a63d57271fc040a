"""Batches routed by a flat program: what the judge says of each record, millions of times a second.

Slices of a batch are turned into codes and walked while they are in the cache. Records that come to a question that
nobody has computed (a match, a look-up, what hangs on one) are parked; it is computed for all of them at once, and they
go on. Those that come to a `rotate` go on as if somebody had the turn; who has it is found out when all records before
them had theirs (`settle`).
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from flowctl.columns.batch import Batch
from flowctl.data import dataclass
from flowctl.engine.bulk.differing import Comparison
from flowctl.engine.bulk.early import Answers, Early
from flowctl.engine.bulk.emit import ROSTER, Compiled, compiled, most_turns
from flowctl.engine.bulk.encode import Encoder, encoders_of
from flowctl.engine.bulk.engine import Reads, Routed
from flowctl.engine.bulk.explained import explained
from flowctl.engine.bulk.flows import flows_of
from flowctl.engine.bulk.kernel import AHEAD, DONE, NOT_ASKED, NOTHING, PARKED, WAITS, WALKING, Array, Walks
from flowctl.engine.bulk.memo import Memo
from flowctl.engine.bulk.outcomes import NONE, Differences, Names, Outcomes
from flowctl.engine.bulk.paths import Paths, Walker
from flowctl.engine.bulk.reads import reads_of
from flowctl.engine.bulk.slots import Layout, layout_of
from flowctl.engine.bulk.steps import OWNER
from flowctl.engine.bulk.terms import Const, Question, Term
from flowctl.engine.bulk.view import Sight
from flowctl.engine.interp import World
from flowctl.engine.outcome import Outcome

if TYPE_CHECKING:
    from flowctl.engine.bulk.turning import Prepared, Turns

SLICE = 1 << 15  # records whose codes are in the cache at once; less, and Python's part of the work shows
APART = 32  # more than that, so that the codes of one record are not all kept in the same few lines of the cache


@dataclass(frozen=True)
class CompiledOutcomes(Outcomes):
    """Outcomes with the number of each record's deeds (`Paths`), and who had its turns (`Walks.takers`)."""

    deeds: Any = None
    takers: Any = None

    def at(self, rows: Array) -> CompiledOutcomes:
        arrays = ("path", "owner", "roster", "is_routed", "deeds", "takers")
        return CompiledOutcomes(self.names, self.paths, **{name: getattr(self, name)[rows] for name in arrays})


@dataclass(frozen=True)
class Half:
    """A batch on its way under one version."""

    sight: Sight
    walks: Walks
    prepared: Prepared | None


@dataclass(frozen=True)
class Walked:
    """A batch after all that can be done without turns: under each version, outcomes or half of the way."""

    batch: Batch
    versions: tuple[Outcomes | Half, ...]


class Version:
    """A version's program, and what is known of it from batch to batch."""

    def __init__(self, world: World, number: int, program: Compiled) -> None:
        self.world, self.number, self.compiled = world, number, program
        self.paths = Paths(program)
        self.turns = _turns_of(program) if program.takes else None
        self.memo = Memo()
        self.most_turns = most_turns(program)
        self.has_stops = bool(program.takes or program.later)
        types = world.types
        frames = [types.get(ending.at.frame.object, {}) for ending in program.endings]
        self.is_owned = np.array([not fields or OWNER in fields for fields in frames], bool)
        self.register = np.array([ending.register for ending in program.endings], np.int64)


class CompiledEngine:
    """See `Engine`.

    Raises:
        NotCompiledError: When it is made: a step is beyond it.
    """

    def __init__(self, worlds: Sequence[World], flow: str, names: Names, full_paths: bool) -> None:
        self.worlds, self.flow, self.names, self.full_paths = tuple(worlds), flow, names, full_paths
        self.reads: Reads = reads_of(worlds, flow)
        flows = [flows_of(world, flow) for world in worlds]
        self.layout: Layout = layout_of(flows)
        programs = [compiled(each, number, self.layout, full_paths) for number, each in enumerate(flows)]
        self.versions = [
            Version(world, n, program) for n, (world, program) in enumerate(zip(worlds, programs, strict=True))
        ]
        self.takes_turns = any(version.turns for version in self.versions)
        self._encoders: list[Encoder] = encoders_of(self.layout)
        self._early = Early(self.layout, flows)
        self._own = threading.local()
        self._lock = threading.Lock()

    # -- before turns

    def walk(self, batch: Batch, pool: Executor | None = None) -> Walked:
        sights = [Sight(batch, version.world, version.memo) for version in self.versions]
        walks = [self._start(version, len(batch)) for version in self.versions]
        keeps = any(version.has_stops for version in self.versions)
        kept = self._room(len(batch)) if keeps else None
        early = self._early.of(batch, sights)
        slices = deque(range(0, len(batch), SLICE))
        work = partial(self._walk_slices, batch, early, walks, slices, kept)
        if pool is None or len(slices) == 1:
            work()
        else:
            _shared(work, pool)
        halves = [
            self._halted(version, Half(sight, walk if kept is None else walk._replace(codes=kept), None))
            for version, sight, walk in zip(self.versions, sights, walks, strict=True)
        ]
        return Walked(batch, tuple(halves))

    def _room(self, count: int) -> Array:
        return np.empty((self.layout.width, count + APART), np.uint16)

    def _walk_slices(
        self, batch: Batch, early: Answers, walks: Sequence[Walks], slices: deque[int], kept: Array | None
    ) -> None:
        """Takes slices until there are none left. `kept` gets the codes of all records, where they are needed later."""
        codes = self._room(min(SLICE, len(batch))) if kept is None else kept
        while slices:
            try:
                begin = slices.popleft()
            except IndexError:  # another thread took the last one
                return
            end = min(begin + SLICE, len(batch))
            first = begin if kept is None else 0  # the record that the codes begin with
            self._encode(batch, slice(begin, end), codes, first, early)
            for version, walk in zip(self.versions, walks, strict=True):
                self._walker(version).walk(walk._replace(codes=codes), np.arange(begin, end), first)

    def _start(self, version: Version, count: int) -> Walks:
        return Walks(
            np.zeros((0, 0), np.uint16),
            np.zeros((count, len(version.compiled.registers)), np.int16),
            np.full(count, version.compiled.start, np.int32),
            np.zeros(count, np.uint8),
            np.full(count, NOTHING, np.int32),
            np.zeros(count, np.int32),
            np.zeros((count, min(version.most_turns, AHEAD)), np.int16),
            np.zeros(count, np.uint8),
            np.full((count, version.most_turns), NOTHING, np.int16),
        )

    def _walker(self, version: Version) -> Walker:
        """The calling thread's."""
        walkers: dict[int, Walker] = self._own.__dict__.setdefault("walkers", {})
        if version.number not in walkers:
            walkers[version.number] = Walker(version.paths)
        return walkers[version.number]

    def _encode(self, batch: Batch, some: slice, codes: Array, first: int, early: Answers) -> None:
        for encoder in self._encoders:
            encoder.write(batch, some, codes, some.start - first)
        codes[self.layout.encoded :, some.start - first : some.stop - first] = 0
        early.write(some, codes, some.start - first)

    def _halted(self, version: Version, half: Half) -> Outcomes | Half:
        """Goes on until all records have ended or wait for a turn, and prepares the turns."""
        self._answer_parked(version, half)
        if version.turns is None or not len(rows := np.flatnonzero(half.walks.ahead)):
            return self._outcomes(version, half)
        return Half(half.sight, half.walks, self._prepared(version, version.turns, half, rows))

    def _answer_parked(self, version: Version, half: Half) -> None:
        walks = half.walks
        while len(parked := np.flatnonzero(walks.state == PARKED)):
            places = walks.place[parked]
            for place in np.unique(places).tolist():
                some = parked[places == place]
                if place in version.compiled.later:
                    self._answer(version, half, version.compiled.later[place], some)
                else:
                    walks.state[some] = WAITS  # what is asked is who has the turn
            self._walker(version).walk(walks, parked[walks.state[parked] == PARKED])

    def _answer(self, version: Version, half: Half, question: Question, rows: Array) -> None:
        """Computes a question for those records for which nobody has."""
        place, codes = self.layout.later[version.number, question], half.walks.codes
        rows = rows[(codes[place.slot, rows] >> np.uint16(place.shift)) & np.uint16(place.mask) == 0]
        if len(rows):
            holds = half.sight.holds(question, rows).astype(np.uint16) + np.uint16(1)
            codes[place.slot, rows] |= holds << np.uint16(place.shift)

    def _prepared(self, version: Version, turns: Turns, half: Half, rows: Array) -> Prepared:
        from flowctl.engine.bulk import turning

        prepared, first = turning.Prepared(rows), half.walks.turns[rows, 0]
        by_turn: dict[int, list[Array]] = {}
        for turn in turns.heeded:
            some = rows[first == turn]
            if len(some):
                for question in turns.between[turn]:
                    self._answer(version, half, question, some)
                for number in turns.next[turn]:
                    by_turn.setdefault(number, []).append(some)
        for number, parts in by_turn.items():
            turning.prepare(turns, version.compiled, number, half.sight, np.sort(np.concatenate(parts)), prepared)
        turning.find_companies(version.compiled, half.sight, prepared)
        return prepared

    # -- turns

    def settle(self, walked: Walked) -> Routed:
        done = [
            part if isinstance(part, Outcomes) else self._settled(version, part)
            for version, part in zip(self.versions, walked.versions, strict=True)
        ]
        return Routed(walked.batch, tuple(done))

    def _settled(self, version: Version, half: Half) -> Outcomes:
        from flowctl.engine.bulk import sequence, turning

        turns, prepared, walks = version.turns, half.prepared, half.walks
        assert turns is not None
        assert prepared is not None
        asked, masks, state = turning.asked_and_ready(turns, prepared, half.sight.batch.now, version.most_turns)
        program, walker, begin = version.compiled.program, self._walker(version), 0
        while begin < len(asked.rows):
            begin = sequence.take_turns(program, walks, walker.room, state, turns.given, asked, begin)
            walker.note(walks, np.flatnonzero(walks.path < NOTHING))
            if begin < len(asked.rows):
                walker.grow()
        del masks  # needed until here: `asked` has its address only
        walker.walk(walks, np.flatnonzero(walks.state == WALKING))
        self._answer_parked(version, half)
        return self._outcomes(version, half)

    # -- what became of it

    def differences(self, routed: Routed) -> Differences:
        before, after = map(_own, routed.outcomes[:2])
        sights = [Sight(routed.batch, version.world, version.memo) for version in self.versions[:2]]
        return self._comparison.differences(sights, before, after, partial(self.explain, routed))

    @cached_property
    def _comparison(self) -> Comparison:
        return Comparison([version.paths for version in self.versions[:2]])

    def explain(self, routed: Routed, row: int, version: int) -> Outcome:
        turns, takers = self.versions[version].turns, _own(routed.outcomes[version]).takers[row]
        users = (
            [None if taker < 0 else f"user/{turns.of.users[taker]}" for taker in takers if taker != NOT_ASKED]
            if turns
            else []
        )
        return explained(self.worlds[version], self.flow, routed.batch, row, users)

    # -- outcomes

    def _outcomes(self, version: Version, half: Half) -> Outcomes:
        walks = half.walks
        assert (walks.state == DONE).all()
        owner = self._owners(version, half)
        roster = np.full(len(owner), NONE, np.int32)
        if version.turns:
            with self._lock:
                codes = [self.names.code(f"roster/{name}") for name in version.turns.of.numbers]
            roster = np.array([NONE, NONE, *codes], np.int32)[walks.registers[:, version.compiled.registers[ROSTER]]]
        available = np.array([name in version.world.available for name in self._listed()] + [False], bool)
        is_routed = available[owner] | ~version.is_owned[walks.stop]
        path = version.paths.seen(walks.path)
        return CompiledOutcomes(
            self.names, version.paths.paths, path, owner, roster, is_routed, walks.path, walks.takers
        )

    def _listed(self) -> list[str]:
        with self._lock:
            return [self.names[code] for code in range(len(self.names))]

    def _owners(self, version: Version, half: Half) -> Array:
        """Codes of the owners: by register and definition, and where none is defined, by the end."""
        walks, program = half.walks, version.compiled
        owner = np.full(len(walks.stop), NONE, np.int32)
        numbers = np.unique(version.register).tolist()
        register = version.register[walks.stop] if len(numbers) > 1 else None
        for number in numbers:
            rows = np.arange(len(owner)) if register is None else np.flatnonzero(register == number)
            defined = walks.registers[:, number] if register is None else walks.registers[rows, number]
            terms = list(program.definitions[next(r for r, at in program.registers.items() if at == number)])
            fixed = np.array([self._code(term) if isinstance(term, Const) else NONE for term in terms], np.int32)
            owner[rows] = fixed[defined]
            met = np.bincount(defined, minlength=len(terms)).tolist()
            for at, term in enumerate(terms):
                if at and met[at] and not isinstance(term, Const):
                    some = rows[defined == at]
                    owner[some] = self._codes(half.sight, term, some)
            self._as_at_first(version, half, rows[defined == 0], owner)
        return owner

    def _as_at_first(self, version: Version, half: Half, rows: Array, owner: Array) -> None:
        stops = half.walks.stop[rows]
        by_term: dict[Term, list[int]] = {}
        for stop in np.unique(stops).tolist():
            by_term.setdefault(version.compiled.endings[stop].owner, []).append(stop)
        for term, listed in by_term.items():
            some = rows[np.isin(stops, listed)]
            owner[some] = self._codes(half.sight, term, some)

    def _codes(self, sight: Sight, term: Any, rows: Array) -> Array:
        if not len(rows):
            return np.zeros(0, np.int32)
        values = sight.value(term, rows)
        each = [self._code(Const.of(value)) for value in values.values]
        return np.array(each, np.int32)[values.index]

    def _code(self, of: Const) -> int:
        if not isinstance(of.value, str):
            return NONE
        with self._lock:
            return self.names.code(of.value)


def _shared(work: Callable[[], None], pool: Executor) -> None:
    """Does what can be shared, with the help of a thread that has nothing else to do."""
    help_ = pool.submit(work)
    try:
        work()
    finally:
        if not help_.cancel():
            help_.result()


def _own(outcomes: Outcomes) -> CompiledOutcomes:
    assert isinstance(outcomes, CompiledOutcomes), "an engine is asked of its own outcomes"
    return outcomes


def _turns_of(program: Compiled) -> Turns:
    from flowctl.engine.bulk.turning import Turns  # which few flows need, and which takes long to load

    return Turns.made(program)
