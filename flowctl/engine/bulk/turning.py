"""Turns of rosters for records that have come to a `rotate`: one pass over them, in order of arrival.

All that their way may hang on is computed before (`Prepared`, in any thread): which roster is asked, whom it is asked
for, and every question that stands between one turn and the next. What comes after the last turn can wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

import numpy as np
from numba import njit

from flowctl.data import dataclass
from flowctl.engine.bulk.emit import ROSTER, Compiled
from flowctl.engine.bulk.joins import fits_rows
from flowctl.engine.bulk.kernel import (
    NO_MARK,
    NOTHING,
    PICK,
    UNKNOWN,
    WAITS,
    Array,
    Kept,
    Program,
    Walks,
    advance,
    begun,
    folded,
    has_room,
    kept,
)
from flowctl.engine.bulk.keys import companies_of
from flowctl.engine.bulk.layout import TurnState
from flowctl.engine.bulk.rows import Coded
from flowctl.engine.bulk.scope import NotCompiledError
from flowctl.engine.bulk.steps import chosen
from flowctl.engine.bulk.terms import Question, Turn
from flowctl.engine.bulk.turns import NO_COMPANY, BulkTurns, take
from flowctl.engine.bulk.view import Sight, View
from flowctl.flow.program import Pick


@dataclass(frozen=True)
class Turns:
    """What the turns of a version's program are, by number of `Compiled.takes`.

    Attributes:
        between: For each place of a PICK, the questions that can stand between it and another turn.
        next: For each place of a PICK, the turns that can follow it; its own is among them.
        owners: int16[turns, users], the definition of the owner that each user is.
        names: The same for the name under which the chosen one is read.
        registers: int32[turns, 2], those of the owner and of the name (NOTHING for none).
    """

    of: BulkTurns
    between: dict[int, list[Question]]
    next: dict[int, list[int]]
    owners: Array
    names: Array
    registers: Array
    roster: int  # the register
    shifts: Array
    members: Array  # how many each roster has

    @classmethod
    def made(cls, compiled: Compiled) -> Turns:
        world, takes = compiled.flows.world, compiled.takes
        try:
            of = BulkTurns.of(world.rosters, world.zone, world.available)
        except ValueError as error:
            raise NotCompiledError(str(compiled.flows.start), str(error)) from None
        owners, names = (np.zeros((len(takes), len(of.users)), np.int16) for _ in range(2))
        registers = np.full((len(takes), 2), NOTHING, np.int32)
        for number, asked in enumerate(takes):
            tables = {asked.owner: owners, asked.name: names} if asked.name else {asked.owner: owners}
            for at, register in enumerate((asked.owner, asked.name)):
                registers[number, at] = compiled.registers.get(register, NOTHING) if register else NOTHING
            for user, who in enumerate(of.users):
                for register, made in chosen(f"user/{who}", asked.name, asked.owner):
                    tables[register][number, user] = compiled.definitions.get(register, {}).get(made, 0)
        between, next_ = _between(compiled)
        shifts = np.array([asked.turn.shift for asked in takes], np.int64)
        members = np.array([len(roster.members) for roster in world.rosters.values()], np.int64)
        roster = compiled.registers[ROSTER]
        return cls(of, between, next_, owners, names, registers, roster, shifts, members)


def _between(compiled: Compiled) -> tuple[dict[int, list[Question]], dict[int, list[int]]]:
    """By place of a PICK: the questions before another turn, and the turns from there on."""
    steps = compiled.program.steps
    after = {place: set(compiled.leads[place]) - {UNKNOWN} for place in range(len(steps))}
    leads_to_turn: dict[int, bool] = {}
    for place in range(len(steps)):  # instructions come after all that they lead to
        leads_to_turn[place] = steps[place, 0] == PICK or any(leads_to_turn[to] for to in after[place])
    questions: dict[int, list[Question]] = {}
    turns: dict[int, list[int]] = {}
    for place in np.flatnonzero(steps[:, 0] == PICK).tolist():
        below = list(_below(place, after))
        questions[place] = [compiled.later[at] for at in below if at in compiled.later and leads_to_turn[at]]
        turns[place] = sorted({int(steps[at, 1]) for at in below if steps[at, 0] == PICK})
    return questions, turns


def _below(place: int, after: dict[int, set[int]]) -> Iterator[int]:
    waiting, seen = [place], {place}
    while waiting:
        here = waiting.pop()
        yield here
        waiting += after[here] - seen
        seen |= after[here]


@dataclass(frozen=True)
class Prepared:
    """What the turns of a batch need to know of each record, by number of the turn and record."""

    rosters: Array  # int32, NOTHING where there is none
    fits: Array  # int32, rows of `masks`, NOTHING where all fit
    companies: list[tuple[int, Array, Coded]]  # turn, records, their companies
    masks: list[Array] = field(default_factory=list)

    @classmethod
    def empty(cls, turns: int, records: int) -> Prepared:
        shape = turns, records
        return cls(np.full(shape, NOTHING, np.int32), np.full(shape, NOTHING, np.int32), [])


def prepare(turns: Turns, compiled: Compiled, number: int, sight: Sight, rows: Array, into: Prepared) -> None:
    """Computes what a turn asks of some records."""
    world, asked = sight.world, compiled.takes[number].turn
    if isinstance(asked.roster, str):
        into.rosters[number, rows] = turns.of.numbers[asked.roster]
    else:
        names = sight.value(asked.roster, rows)
        numbers = [turns.of.numbers.get(name, NOTHING) if isinstance(name, str) else NOTHING for name in names.values]
        into.rosters[number, rows] = np.array(numbers, np.int32)[names.index]
    view = View(sight, rows, asked)
    if any(turns.of.is_sticky(roster) for roster in np.unique(into.rosters[number, rows]).tolist() if roster >= 0):
        into.companies.append((number, rows, companies_of(view, sight.memo)))
    if asked.where is not None:
        for roster, which in zip(world.rosters.values(), range(len(world.rosters)), strict=True):
            at = rows[into.rosters[number, rows] == which]
            if len(at):
                mask, masks = fits_rows(_pick(asked), roster, View(sight, at, asked))
                into.fits[number, at] = mask + len(into.masks)
                into.masks.extend(masks)


def _pick(asked: Turn) -> Pick:
    from flowctl.flow.way import Way

    nowhere = Way("", "")
    roster = asked.roster if isinstance(asked.roster, str) else ""
    return Pick("", roster, asked.name, asked.where, nowhere, nowhere)


def companies(turns: Turns, of: Prepared) -> Array:
    """int32, the number of each record's company, by turn and record; only after `ready`."""
    found = np.full(of.rosters.shape, NO_COMPANY, np.int32)
    for number, rows, values in of.companies:
        found[number, rows] = turns.of.companies(list(values.values))[values.index]
    return found


def masks_of(of: Prepared) -> Array:
    """bool[masks, most members]."""
    most = max(map(len, of.masks), default=0)
    made = np.zeros((max(len(of.masks), 1), most), np.bool_)
    for at, mask in enumerate(of.masks):
        made[at, : len(mask)] = mask
    return made


@njit(nogil=True, cache=True)
def take_turns(
    program: Program,
    walks: Walks,
    into: Kept,
    rows: Array,
    begin: int,
    state: TurnState,
    now: Array,
    rosters: Array,
    fits: Array,
    company: Array,
    masks: Array,
    members: Array,
    shifts: Array,
    owners: Array,
    names: Array,
    registers: Array,
    roster_register: int,
) -> int:
    """Records `rows[begin:]` from their turn on, until they end or are parked where no turn can follow.

    Returns:
        How many of `rows` are done: less than all when there is no more room for paths.
    """
    marks = np.empty(program.most + 2, np.int32)
    for n in range(begin, len(rows)):
        if not has_room(program, into):
            return n
        row = rows[n]
        digest, before = begun(walks.path[row], marks)
        place, count, at = walks.place[row] + 0, before, WAITS
        while at == WAITS:
            turn = program.steps[place, 1]
            base = np.int64(program.steps[place, 4])
            roster = rosters[turn, row]
            user = -1
            if roster >= 0:
                wanted = fits[turn, row]
                mask = masks[wanted, : members[roster]] if wanted >= 0 else masks[0, :0]
                user = take(state, roster, now[row] + shifts[turn], mask, company[turn, row])[0]
            if user >= 0:
                walks.registers[row, registers[turn, 0]] = owners[turn, user]
                if registers[turn, 1] >= 0:
                    walks.registers[row, registers[turn, 1]] = names[turn, user]
                walks.registers[row, roster_register] = 1 + roster
                place = program.table[base + 1] + 0
            else:
                place = program.table[base] + 0
            mark = program.steps[place, 5]
            if mark != NO_MARK:
                marks[count] = mark
                count += 1
                digest = folded(digest, mark)
            at, place, digest, count = advance(program, walks, row, place, marks, digest, count)
        walks.place[row] = place
        walks.state[row] = at
        if count > before:
            walks.path[row] = -2 - kept(into, digest ^ (digest >> np.uint64(32)), marks, count)
    return len(rows)
