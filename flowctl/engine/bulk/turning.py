"""What turns of rosters ask of records that come to a `rotate`, found out before anybody has a turn.

All that their way may hang on is computed before (`Prepared`, in any thread): which roster is asked, whom it is asked
for, and every question that stands between one turn and the next. What comes after the last turn can wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

import numpy as np

from flowctl.data import dataclass
from flowctl.engine.bulk.emit import ROSTER, Compiled
from flowctl.engine.bulk.joins import fits_rows
from flowctl.engine.bulk.kernel import NOTHING, PICK, UNKNOWN, Array
from flowctl.engine.bulk.keys import companies_of
from flowctl.engine.bulk.layout import TurnState
from flowctl.engine.bulk.rows import Coded
from flowctl.engine.bulk.scope import NotCompiledError
from flowctl.engine.bulk.sequence import Asked, ByRecord, Given
from flowctl.engine.bulk.steps import PERSON, chosen
from flowctl.engine.bulk.terms import Question, Turn
from flowctl.engine.bulk.turns import BulkTurns
from flowctl.engine.bulk.view import Sight, View
from flowctl.flow.program import Pick


@dataclass(frozen=True)
class Turns:
    """What the turns of a version's program are, by number of `Compiled.takes`.

    Attributes:
        between: The questions that can stand between a turn and another one.
        next: The turns that can follow one and hang on the record; it may be among them.
        heeded: Turns after which any of that is to be found out.
    """

    of: BulkTurns
    given: Given
    between: dict[int, list[Question]]
    next: dict[int, list[int]]
    heeded: list[int]

    @classmethod
    def made(cls, compiled: Compiled) -> Turns:
        world, takes = compiled.flows.world, compiled.takes
        try:
            of = BulkTurns.of(world.rosters, world.zone, world.available)
        except ValueError as error:
            raise NotCompiledError(str(compiled.flows.start), str(error)) from None
        owners, names, registers = _sets(compiled, of)
        between, next_, leads_on, overflows = _between(compiled)
        hanging = {number for number, take in enumerate(takes) if _hangs_on_record(take.turn, of)}
        next_ = {number: [after for after in those if after in hanging] for number, those in next_.items()}
        shifts = np.array([asked.turn.shift for asked in takes], np.int64)
        rosters = [asked.turn.roster for asked in takes]
        numbers = np.array([of.numbers[name] if isinstance(name, str) else NOTHING for name in rosters], np.int32)
        roster, start = compiled.registers[ROSTER], compiled.start
        given = Given(numbers, shifts, owners, names, registers, leads_on, overflows, roster, start)
        return cls(of, given, between, next_, [number for number in between if between[number] or next_[number]])


def _hangs_on_record(turn: Turn, of: BulkTurns) -> bool:
    if turn.where is not None or not isinstance(turn.roster, str):
        return True
    return of.is_sticky(of.numbers[turn.roster])


def _sets(compiled: Compiled, of: BulkTurns) -> tuple[Array, Array, Array]:
    """`owners`, `names` and `registers` of `Given`."""
    takes = compiled.takes
    owners, names = (np.zeros((len(takes), len(of.users)), np.int16) for _ in range(2))
    registers = np.full((len(takes), 2), NOTHING, np.int32)
    for number, asked in enumerate(takes):
        tables = {asked.owner: owners, asked.name: names} if asked.name else {asked.owner: owners}
        for at, register in enumerate((asked.owner, asked.name)):
            registers[number, at] = compiled.registers.get(register, NOTHING) if register else NOTHING
        for user, who in enumerate(of.users):
            for register, made in chosen(f"user/{who}", asked.name, asked.owner):
                tables[register][number, user] = compiled.definitions.get(register, {}).get(made, 0)
    return owners, names, registers


def _between(compiled: Compiled) -> tuple[dict[int, list[Question]], dict[int, list[int]], Array, Array]:
    """The questions that can stand between a turn and another one, the turns from one on; see `Given` for the rest."""
    steps = compiled.program.steps
    after = {place: set(compiled.leads[place]) - {UNKNOWN} for place in range(len(steps))}
    leads_on, overflows = np.zeros(len(steps), bool), np.zeros(len(compiled.takes), bool)
    for place in range(len(steps)):  # instructions come after all that they lead to
        leads_on[place] = steps[place, 0] == PICK or any(leads_on[to] for to in after[place])
    questions: dict[int, list[Question]] = {}
    turns: dict[int, list[int]] = {}
    for place in np.flatnonzero(steps[:, 0] == PICK).tolist():
        below, turn = list(_below(place, after)), int(steps[place, 1])
        questions[turn] = [compiled.later[at] for at in below if at in compiled.later and leads_on[at]]
        turns[turn] = sorted({int(steps[at, 1]) for at in below if steps[at, 0] == PICK})
        overflows[turn] = leads_on[compiled.leads[place][0]]
    return questions, turns, leads_on, overflows


def _below(place: int, after: dict[int, set[int]]) -> Iterator[int]:
    waiting, seen = [place], {place}
    while waiting:
        here = waiting.pop()
        yield here
        waiting += after[here] - seen
        seen |= after[here]


@dataclass(frozen=True)
class Prepared:
    """What the turns of a batch need to know of each record, by number of the turn."""

    rows: Array  # the records that come to one
    rosters: dict[int, Array] = field(default_factory=dict)  # int32, NOTHING where there is none
    fits: dict[int, Array] = field(default_factory=dict)  # int32, rows of `masks`, NOTHING where all fit
    people: dict[int, Array] = field(default_factory=dict)  # records whose company is asked
    companies: dict[int, tuple[Array, Coded]] = field(default_factory=dict)  # records, and whose they are
    masks: list[Array] = field(default_factory=list)


def prepare(turns: Turns, compiled: Compiled, number: int, sight: Sight, rows: Array, into: Prepared) -> None:
    """Computes what a turn asks of some records."""
    asked, count = compiled.takes[number].turn, len(sight.batch)
    if isinstance(asked.roster, str):
        which = np.full(len(rows), turns.of.numbers[asked.roster])
    else:
        names = sight.value(asked.roster, rows)
        numbers = [turns.of.numbers.get(name, NOTHING) if isinstance(name, str) else NOTHING for name in names.values]
        which = np.array(numbers, np.int32)[names.index]
        into.rosters[number] = _in_batch(count, rows, which)
    if any(turns.of.is_sticky(roster) for roster in np.unique(which).tolist() if roster >= 0):
        into.people[number] = rows
    if asked.where is not None:
        into.fits[number] = _in_batch(count, rows, _fits(asked, sight, rows, which, into.masks))


def find_companies(compiled: Compiled, sight: Sight, into: Prepared) -> None:
    """Whose records they are, once for all turns that know it by the same fields."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for number in into.people:
        reads = dict(compiled.takes[number].turn.reads)
        alike.setdefault(tuple(reads.get((False, (name,))) for name in PERSON), []).append(number)
    for numbers in alike.values():
        rows = np.unique(np.concatenate([into.people[number] for number in numbers]))
        found = companies_of(View(sight, rows, compiled.takes[numbers[0]].turn), sight.memo)
        into.companies.update(dict.fromkeys(numbers, (rows, found)))


def _in_batch(count: int, rows: Array, values: Array) -> Array:
    found = np.full(count, NOTHING, np.int32)
    found[rows] = values
    return found


def _fits(asked: Turn, sight: Sight, rows: Array, which: Array, masks: list[Array]) -> Array:
    """For each record the row of `masks`, which grow, that says whom a turn wants of the roster that it asks."""
    fits = np.full(len(rows), NOTHING, np.int32)
    for number, roster in enumerate(sight.world.rosters.values()):
        at = np.flatnonzero(which == number)
        if len(at):
            mask, some = fits_rows(_pick(asked), roster, View(sight, rows[at], asked))
            fits[at] = mask + len(masks)
            masks.extend(some)
    return fits


def _pick(asked: Turn) -> Pick:
    from flowctl.flow.way import Way

    nowhere = Way("", "")
    roster = asked.roster if isinstance(asked.roster, str) else ""
    return Pick("", roster, asked.name, asked.where, nowhere, nowhere)


def asked_and_ready(turns: Turns, prepared: Prepared, now: Array, most: int) -> tuple[Asked, Array, TurnState]:
    """What is asked, the masks that it says the address of, and the state, ready for `most` turns of each record."""
    rows, given = prepared.rows, turns.given
    shifts = np.unique(given.shifts).tolist()
    moments = now[rows]
    if shifts != [0]:
        moments = np.concatenate([moments + shift for shift in shifts])
    state = turns.of.ready(len(rows) * most, moments)
    known: dict[int, Array] = {}  # by what several turns share
    companies: dict[int, Array] = {}
    for number, (some, values) in prepared.companies.items():
        if id(values) not in known:
            known[id(values)] = _in_batch(len(now), some, turns.of.companies(values.values)[values.index])
        companies[number] = known[id(values)]
    masks, size = _masks(prepared.masks), (len(given.rosters), len(now))
    rosters, fits = _by_record(prepared.rosters, *size), _by_record(prepared.fits, *size)
    whose = _by_record(companies, *size)
    return Asked(rows, now, rosters, fits, whose, masks.ctypes.data, masks.shape[1]), masks, state


def _by_record(of: dict[int, Array], turns: int, count: int) -> ByRecord:
    at = np.full(turns, NOTHING, np.int32)
    at[[*of]] = np.arange(len(of))
    return ByRecord(at, np.array([*of.values()], np.int32).reshape(len(of), count))


def _masks(of: list[Array]) -> Array:
    """bool[masks, most members]."""
    made = np.zeros((len(of), max(map(len, of), default=0)), np.bool_)
    for at, mask in enumerate(of):
        made[at, : len(mask)] = mask
    return made
