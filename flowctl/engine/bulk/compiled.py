"""Batches routed by a flat program: what the judge says of each record, millions of times a second.

Slices of a batch are turned into codes and walked while they are in the cache. Records that come to a question that
nobody has computed (a match, a look-up, what hangs on one) are parked; it is computed for all of them at once, and they
go on. Those that come to a `rotate` wait until all records before them had their turn (`settle`).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from flowctl.columns.batch import Batch
from flowctl.data import dataclass
from flowctl.engine.bulk.differing import Comparison
from flowctl.engine.bulk.early import Answers, Early
from flowctl.engine.bulk.emit import ROSTER, Compiled, compiled
from flowctl.engine.bulk.encode import Encoder, encoders_of
from flowctl.engine.bulk.engine import Reads, Routed
from flowctl.engine.bulk.explained import explained
from flowctl.engine.bulk.flows import flows_of
from flowctl.engine.bulk.kernel import DONE, NOTHING, PARKED, WAITS, Array, Walks
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

SLICE = 16384  # records whose codes are in the cache at once; less, and Python's part of the work shows


@dataclass(frozen=True)
class CompiledOutcomes(Outcomes):
    """Outcomes with the number of each record's deeds (`Paths`)."""

    deeds: Any = None

    def at(self, rows: Array) -> CompiledOutcomes:
        named = {name: getattr(self, name)[rows] for name in ("path", "owner", "roster", "is_routed", "deeds")}
        return CompiledOutcomes(self.names, self.paths, **named)


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

    def walk(self, batch: Batch) -> Walked:
        sights = [Sight(batch, version.world, version.memo) for version in self.versions]
        walks = [self._start(version, len(batch)) for version in self.versions]
        keeps = any(version.has_stops for version in self.versions)
        codes = np.empty((len(batch) if keeps else min(SLICE, len(batch)), self.layout.width), np.uint16)
        early = self._early.of(batch, sights)
        for begin in range(0, len(batch), SLICE):
            end = min(begin + SLICE, len(batch))
            part = codes[begin:end] if keeps else codes[: end - begin]
            self._encode(batch, begin, part, early)
            for version, walk in zip(self.versions, walks, strict=True):
                self._walker(version).walk(walk._replace(codes=part), np.arange(begin, end), begin)
        halves = [
            self._halted(version, Half(sight, walk._replace(codes=codes), None))
            for version, sight, walk in zip(self.versions, sights, walks, strict=True)
        ]
        return Walked(batch, tuple(halves))

    def _start(self, version: Version, count: int) -> Walks:
        return Walks(
            np.zeros((0, 0), np.uint16),
            np.zeros((count, len(version.compiled.registers)), np.int16),
            np.full(count, version.compiled.start, np.int32),
            np.zeros(count, np.uint8),
            np.full(count, NOTHING, np.int32),
            np.zeros(count, np.int32),
        )

    def _walker(self, version: Version) -> Walker:
        """The calling thread's."""
        walkers: dict[int, Walker] = self._own.__dict__.setdefault("walkers", {})
        if version.number not in walkers:
            walkers[version.number] = Walker(version.paths)
        return walkers[version.number]

    def _encode(self, batch: Batch, begin: int, codes: Array, early: Answers) -> None:
        for encoder in self._encoders:
            encoder.write(batch, begin, codes)
        codes[:, self.layout.encoded :] = 0
        early.write(begin, codes)

    def _halted(self, version: Version, half: Half) -> Outcomes | Half:
        """Goes on until all records have ended or wait for a turn, and prepares the turns."""
        self._answer_parked(version, half)
        waiting = np.flatnonzero(half.walks.state == WAITS)
        if not len(waiting):
            return self._outcomes(version, half)
        return Half(half.sight, half.walks, self._prepared(version, half, waiting))

    def _answer_parked(self, version: Version, half: Half) -> None:
        walks = half.walks
        while len(parked := np.flatnonzero(walks.state == PARKED)):
            places = walks.place[parked]
            for place in np.unique(places).tolist():
                self._answer(version, half, version.compiled.later[place], parked[places == place])
            self._walker(version).walk(walks, parked)

    def _answer(self, version: Version, half: Half, question: Question, rows: Array) -> None:
        """Computes a question for those records for which nobody has."""
        place, codes = self.layout.later[version.number, question], half.walks.codes
        rows = rows[(codes[rows, place.slot] >> np.uint16(place.shift)) & np.uint16(place.mask) == 0]
        if len(rows):
            holds = half.sight.holds(question, rows).astype(np.uint16) + np.uint16(1)
            codes[rows, place.slot] |= holds << np.uint16(place.shift)

    def _prepared(self, version: Version, half: Half, waiting: Array) -> Prepared:
        from flowctl.engine.bulk import turning

        turns, walks = version.turns, half.walks
        assert turns is not None
        prepared = turning.Prepared.empty(len(version.compiled.takes), len(walks.place))
        places = walks.place[waiting]
        by_turn: dict[int, list[Array]] = {}
        for place in np.unique(places).tolist():
            rows = waiting[places == place]
            for question in turns.between[place]:
                self._answer(version, half, question, rows)
            for number in turns.next[place]:
                by_turn.setdefault(number, []).append(rows)
        for number, parts in by_turn.items():
            turning.prepare(turns, version.compiled, number, half.sight, np.sort(np.concatenate(parts)), prepared)
        return prepared

    # -- turns

    def settle(self, walked: Walked) -> Routed:
        done = [
            part if isinstance(part, Outcomes) else self._settled(version, part)
            for version, part in zip(self.versions, walked.versions, strict=True)
        ]
        return Routed(walked.batch, tuple(done))

    def _settled(self, version: Version, half: Half) -> Outcomes:
        from flowctl.engine.bulk import turning

        turns, prepared, walks = version.turns, half.prepared, half.walks
        assert turns is not None
        assert prepared is not None
        rows, now = np.flatnonzero(walks.state == WAITS), half.sight.batch.now
        moments = np.concatenate([now[rows] + shift for shift in np.unique(turns.shifts)])
        state = turns.of.ready(len(rows) * len(version.compiled.takes), moments)
        companies, masks = turning.companies(turns, prepared), turning.masks_of(prepared)
        walker = self._walker(version)
        begin = 0
        while begin < len(rows):
            end = turning.take_turns(
                version.compiled.program, walks, walker.room, rows, begin, state, now, prepared.rosters,
                prepared.fits, companies, masks, turns.members, turns.shifts, turns.owners, turns.names,
                turns.registers, turns.roster,
            )  # fmt: skip
            walker.note(walks, rows[begin:end])
            begin = end
            if begin < len(rows):
                walker.grow()
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
        outcomes = routed.outcomes[version]
        code = int(outcomes.owner[row])
        owner = None if code == NONE else self.names[code]
        path = outcomes.paths[outcomes.path[row]]
        return explained(self.worlds[version], self.flow, routed.batch, row, path, owner)

    # -- outcomes

    def _outcomes(self, version: Version, half: Half) -> Outcomes:
        walks = half.walks
        assert (walks.state == DONE).all()
        owner = self._owners(version, half)
        roster = walks.registers[:, version.compiled.registers[ROSTER]].astype(np.int32) - 1
        if version.turns:
            with self._lock:
                codes = [self.names.code(f"roster/{name}") for name in version.turns.of.numbers]
            roster = np.array([*codes, NONE], np.int32)[roster]
        else:
            roster = np.full(len(owner), NONE, np.int32)
        available = np.array([name in version.world.available for name in self._listed()] + [False], bool)
        is_routed = available[owner] | ~version.is_owned[walks.stop]
        path = version.paths.seen(walks.path)
        return CompiledOutcomes(self.names, version.paths.paths, path, owner, roster, is_routed, walks.path)

    def _listed(self) -> list[str]:
        with self._lock:
            return [self.names[code] for code in range(len(self.names))]

    def _owners(self, version: Version, half: Half) -> Array:
        """Codes of the owners: by register and definition, and where none is defined, by the end."""
        walks, program = half.walks, version.compiled
        owner = np.full(len(walks.stop), NONE, np.int32)
        register = version.register[walks.stop]
        for number in np.unique(version.register).tolist():
            rows = np.flatnonzero(register == number)
            defined = walks.registers[rows, number]
            terms = list(program.definitions[next(r for r, at in program.registers.items() if at == number)])
            fixed = np.array([self._code(term) if isinstance(term, Const) else NONE for term in terms], np.int32)
            owner[rows] = fixed[defined]
            for at, term in enumerate(terms):
                if at and not isinstance(term, Const):
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


def _own(outcomes: Outcomes) -> CompiledOutcomes:
    assert isinstance(outcomes, CompiledOutcomes), "an engine is asked of its own outcomes"
    return outcomes


def _turns_of(program: Compiled) -> Turns:
    from flowctl.engine.bulk.turning import Turns  # which few flows need, and which takes long to load

    return Turns.made(program)
