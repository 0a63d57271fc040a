"""The one pass over records in order of arrival that gives turns; most have gone on from theirs before they have it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from flowctl.engine.bulk.kernel import (
    NO_MARK,
    NOT_ASKED,
    NOTHING,
    OPEN,
    WAITS,
    WALKING,
    Array,
    Kept,
    Number,
    Program,
    Walks,
    advance,
    begun,
    folded,
    kept,
)
from flowctl.engine.bulk.layout import TurnState
from flowctl.engine.bulk.turns import ALL_FIT, NO_COMPANY, take


class Given(NamedTuple):
    """What turns are, by their number; the same for all batches."""

    rosters: Any  # int32, NOTHING where it hangs on the record
    shifts: Any  # int64
    owners: Any  # int16[turns, users], the definition of the owner that each user is
    names: Any  # the same for the name under which the chosen one is read
    registers: Any  # int32[turns, 2], those of the owner and of the name (NOTHING for none)
    leads_on: Any  # bool, by place of the program: whether a turn can follow
    overflows: Any  # bool[turns]: whether a turn can follow where it is nobody's
    roster: int  # the register of the roster
    start: int  # of the program


class ByRecord(NamedTuple):
    """Numbers for each record; `at` says which row of them is that of a turn, NOTHING for none."""

    at: Any  # int32[turns]
    rows: Any  # int32[…, records]


class Asked(NamedTuple):
    """What turns ask of the records of a batch."""

    rows: Any  # those that come to a turn
    now: Any  # int64[records]
    rosters: ByRecord
    fits: ByRecord  # rows of `masks`
    companies: ByRecord
    masks: int  # where they are in memory, each as long as the largest roster
    width: int


@njit(nogil=True, cache=True)
def take_turns(  # noqa: C901
    program: Program, walks: Walks, into: Kept, state: TurnState, given: Given, asked: Asked, begin: int
) -> int:
    """Gives records `asked.rows[begin:]` their turns. Where no more turns can follow, some are left on their way.

    All in one function, which reads each array once: to hand them to another one takes longer than a turn.

    Returns:
        How many of them are done: less than all when there is no more room for paths.
    """
    rows, now, shifts, leads_on, overflows = asked.rows, asked.now, given.shifts, given.leads_on, given.overflows
    given_rosters, roster_at, rosters = given.rosters, asked.rosters.at, asked.rosters.rows
    fits_at, fits, company_at, companies = asked.fits.at, asked.fits.rows, asked.companies.at, asked.companies.rows
    places, states, registers, turns, ahead = walks.place, walks.state, walks.registers, walks.turns, walks.ahead
    paths, owners, names, sets, of_roster = walks.path, given.owners, given.names, given.registers, given.roster
    takers = walks.takers
    users, asked_rosters = np.empty(turns.shape[1], np.int64), np.empty(turns.shape[1], np.int64)
    most, room = program.most + 2, 0  # room for so many paths is surely there
    marks = np.empty(most, np.int32)
    for n in range(begin, len(rows)):
        row, taken, user = rows[n], 0, 0
        if room <= 0:
            room = min(len(into.numbers) // 2 - into.used[0], (len(into.marks) - into.used[1]) // most)
        if room <= 0:
            return n
        while taken < ahead[row] and user >= 0:
            turn = turns[row, taken]
            roster: Number = np.int64(given_rosters[turn] if roster_at[turn] < 0 else rosters[roster_at[turn], row])
            mask, user = ALL_FIT, NOTHING
            company: Number = NO_COMPANY
            if fits_at[turn] >= 0 and fits[fits_at[turn], row] >= 0:
                mask = asked.masks + asked.width * fits[fits_at[turn], row]
            if company_at[turn] >= 0:
                company = np.int64(companies[company_at[turn], row])
            if roster >= 0:
                user = take(state, roster, now[row] + shifts[turn], mask, company)[0]
            users[taken], asked_rosters[taken] = user, roster
            takers[row, taken] = user if roster >= 0 else NOT_ASKED
            taken += 1
        if user < 0:
            registers[row, :], paths[row], places[row] = 0, NOTHING, given.start
            if taken == 1 and not overflows[turns[row, 0]]:
                turns[row, 0], ahead[row], states[row] = NOTHING, 0, WALKING
            else:
                _go_on(program, walks, into, state, given, asked, row, marks, users[:taken], 0)
                room -= 1
            continue
        for last in range(taken - 1, -1, -1):  # the last one to set a register is whose it is
            turn = turns[row, last]
            if registers[row, sets[turn, 0]] == OPEN:
                registers[row, sets[turn, 0]] = owners[turn, users[last]]
            if sets[turn, 1] >= 0 and registers[row, sets[turn, 1]] == OPEN:
                registers[row, sets[turn, 1]] = names[turn, users[last]]
            if registers[row, of_roster] == OPEN:
                registers[row, of_roster] = 2 + asked_rosters[last]
        if states[row] == WAITS:
            if leads_on[places[row]]:
                _go_on(program, walks, into, state, given, asked, row, marks, users[:0], taken)
                room -= 1
            else:
                states[row] = WALKING
    return len(rows)


@njit(nogil=True, cache=True)
def _go_on(
    program: Program, walks: Walks, into: Kept, state: TurnState, given: Given, asked: Asked, row: Number, marks: Array,
    users: Array, before: Number,
) -> None:  # fmt: skip
    """A record from its place on, turn after turn, until it ends or is parked where no turn can follow.

    Args:
        users: Who has had the first turns that it comes to.
        before: How many turns it had before these.
    """
    digest, first = begun(walks.path[row], marks)
    at, place, digest, count = advance(program, walks, row, walks.place[row] + 0, marks, digest, first)
    taken = 0
    while at == WAITS:
        turn = program.steps[place, 1]
        roster: Number = np.int64(given.rosters[turn])
        if asked.rosters.at[turn] >= 0:
            roster = np.int64(asked.rosters.rows[asked.rosters.at[turn], row])
        user = users[taken] if taken < len(users) else _taken(state, given, asked, row, turn, roster)
        walks.takers[row, before + taken] = user if roster >= 0 else NOT_ASKED
        taken += 1
        base = np.int64(program.steps[place, 4])
        if user >= 0:
            walks.registers[row, given.registers[turn, 0]] = given.owners[turn, user]
            if given.registers[turn, 1] >= 0:
                walks.registers[row, given.registers[turn, 1]] = given.names[turn, user]
            walks.registers[row, given.roster] = 2 + roster
            base += 1
        place = np.int64(program.table[base])
        mark = program.steps[place, 5]
        if mark != NO_MARK:
            marks[count] = mark
            count += 1
            digest = folded(digest, mark)
        at, place, digest, count = advance(program, walks, row, place, marks, digest, count)
    walks.place[row] = place
    walks.state[row] = at
    if count > first:
        walks.path[row] = -2 - kept(into, digest ^ (digest >> np.uint64(32)), marks, count)


@njit(nogil=True, cache=True)
def _taken(state: TurnState, given: Given, asked: Asked, row: Number, turn: Number, roster: int) -> int:
    """Who has a turn, by number; NOTHING where nobody does."""
    mask = ALL_FIT
    company: Number = NO_COMPANY
    at = asked.fits.at[turn]
    if at >= 0 and asked.fits.rows[at, row] >= 0:
        mask = asked.masks + asked.width * asked.fits.rows[at, row]
    at = asked.companies.at[turn]
    if at >= 0:
        company = np.int64(asked.companies.rows[at, row])
    return take(state, roster, asked.now[row] + given.shifts[turn], mask, company)[0] if roster >= 0 else NOTHING
