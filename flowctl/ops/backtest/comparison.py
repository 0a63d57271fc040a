"""Leads routed again, held against the owners that they really got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from flowctl.columns.batch import Batch
from flowctl.data import dataclass
from flowctl.engine import Outcome
from flowctl.engine.bulk import NOBODY, NONE, Names, Outcomes
from flowctl.flow import Roster
from flowctl.ops.backtest.paths import PathCounts, left_out
from flowctl.ops.impact.explained import name_of

UNKNOWN = -2  # an owner that nobody is known by
SILENT = -3  # nothing is said of what happened to the lead
EXAMPLES = 3  # of each disagreement
EXPLAINED = 200  # disagreements of which examples are kept: those that are met first
FIRST = 5  # rows that are named of those whose owner nobody is known by

Array: TypeAlias = np.ndarray[Any, Any]
Explain: TypeAlias = Callable[[int], Outcome]  # the outcome of a row of the batch, with its trace


@dataclass(frozen=True, slots=True)
class Example:
    """A lead of a disagreement: its place in the file, what it is called, what was expected and what happened."""

    position: int
    name: str
    actual: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Confused:
    """Leads that would go to `expected` and went to `actual`."""

    expected: str
    actual: str
    leads: int
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many leads went where they would go.

    `agreed` counts a lead that its roster's people were to have, whoever of them has it; `by_person` only the very
    same owner. `taken_turns` are the leads that rosters give, `roster_agreed` those of them that agree by roster.
    """

    compared: int
    agreed: int
    by_person: int
    taken_turns: int
    roster_agreed: int

    @property
    def rate(self) -> float:
        """In per cent of the leads that were compared."""
        return 100 * self.agreed / self.compared if self.compared else 100.0

    @property
    def person_rate(self) -> float:
        return 100 * self.by_person / self.compared if self.compared else 100.0


class Comparison:
    """Compares batch by batch; what it keeps does not grow with the number of leads.

    `names` has the owners and rosters by codes of its own, since several engines may be asked. Owners that really were
    come by those codes, NONE for nobody, UNKNOWN or SILENT.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.leads = self.silent = self.unknown = self.skipped = 0
        self.unknown_at: list[int] = []
        self.taken, self.broken = PathCounts(), PathCounts()
        self.loads: tuple[Counter[int], Counter[int]] = (Counter(), Counter())  # foretold, and as it was
        self._agreed = np.zeros(5, np.int64)
        self._pairs: Counter[tuple[int, int]] = Counter()
        self._examples: dict[tuple[int, int], list[Example]] = {}
        self._translated: dict[int, tuple[Names, list[int]]] = {}
        self._crews: dict[tuple[int, str], tuple[Mapping[str, Roster], Array]] = {}

    def add(
        self, batch: Batch, outcomes: Outcomes, actual: Array, rosters: Mapping[str, Roster], explain: Explain
    ) -> Array:
        """Takes a batch in; which of its leads disagree (bool).

        Args:
            rosters: Of the version that routed.
        """
        owner, goes_to = self._codes(outcomes, outcomes.owner), self._codes(outcomes, outcomes.goes_to)
        is_left_out = left_out(outcomes)
        compared = (actual >= NONE) & ~is_left_out
        same = compared & (owner == actual)
        by_roster = compared & (outcomes.roster != NONE)
        of_roster = self._of_roster(goes_to, actual, by_roster, rosters)
        agreed = same | of_roster
        differs = compared & ~agreed
        self._count(batch, actual, is_left_out)
        self._agreed += [compared.sum(), agreed.sum(), same.sum(), by_roster.sum(), (by_roster & agreed).sum()]
        self.taken.add(outcomes, compared)
        self.broken.add(outcomes, differs)
        self._note(batch, goes_to, actual, differs, explain)
        for load, codes in zip(self.loads, (goes_to, np.where(of_roster, goes_to, actual)), strict=True):
            load.update(dict(_tally(codes[compared])))
        told: Array = differs
        return told

    @property
    def agreement(self) -> Agreement:
        return Agreement(*map(int, self._agreed))

    @property
    def confused(self) -> tuple[Confused, ...]:
        """The disagreements, the most leads first."""
        ordered = sorted(self._pairs.items(), key=lambda item: (-item[1], self._named(item[0])))
        return tuple(
            Confused(*self._named(pair), leads, tuple(self._examples.get(pair, ()))) for pair, leads in ordered
        )

    def load(self) -> tuple[tuple[str, int, int], ...]:
        """How many leads each owner, queue and roster really has and was to have, the most first."""
        foretold, really = self.loads
        rows = [(self._name(code), really[code], foretold[code]) for code in {*foretold, *really}]
        return tuple(sorted(rows, key=lambda row: (-row[1], -row[2], row[0])))

    def _named(self, pair: tuple[int, int]) -> tuple[str, str]:
        return self._name(pair[0]), self._name(pair[1])

    def _name(self, code: int) -> str:
        return NOBODY if code < 0 else self.names[code]

    def _codes(self, outcomes: Outcomes, codes: Array) -> Array:
        """Codes of an engine as codes of ours."""
        theirs = outcomes.names
        _, known = self._translated.setdefault(id(theirs), (theirs, [NONE]))  # the code of nobody stands first
        known += [self.names.code(theirs[code]) for code in range(len(known) - 1, len(theirs))]
        found: Array = np.array(known, np.int64)[codes + 1]
        return found

    def _of_roster(self, goes_to: Array, actual: Array, rows: Array, rosters: Mapping[str, Roster]) -> Array:
        """Which of the leads that a roster gives went to one of its people."""
        found = np.zeros(len(actual), bool)
        for code in np.unique(goes_to[rows]):
            there = rows & (goes_to == code)
            found[there] = np.isin(actual[there], self._crew(self.names[int(code)], rosters))
        return found

    def _crew(self, name: str, rosters: Mapping[str, Roster]) -> Array:
        key = (id(rosters), name)
        if key not in self._crews:
            roster = rosters.get(name.removeprefix("roster/"))
            people = [self.names.code(who) for who in crew(roster)] if roster else []
            self._crews[key] = rosters, np.array(people, np.int64)
        return self._crews[key][1]

    def _count(self, batch: Batch, actual: Array, is_left_out: Array) -> None:
        self.leads += len(actual)
        self.skipped += int(is_left_out.sum())
        self.silent += int(((actual == SILENT) & ~is_left_out).sum())
        unknown = np.flatnonzero((actual == UNKNOWN) & ~is_left_out)
        self.unknown += len(unknown)
        self.unknown_at += batch.positions[unknown[: FIRST - len(self.unknown_at)]].tolist()

    def _note(self, batch: Batch, goes_to: Array, actual: Array, differs: Array, explain: Explain) -> None:
        """Counts the disagreements of a batch, and keeps examples of each."""
        rows = np.flatnonzero(differs)
        pairs = goes_to[rows] * _WIDE + actual[rows]
        for pair, leads in _tally(pairs):
            key = (pair + 1) // _WIDE, (pair + 1) % _WIDE - 1
            self._pairs[key] += leads
            if key not in self._examples and len(self._examples) >= EXPLAINED:
                continue
            kept = self._examples.setdefault(key, [])
            for row in rows[pairs == pair][: EXAMPLES - len(kept)] if len(kept) < EXAMPLES else ():
                name = name_of(batch, int(row))
                kept.append(Example(int(batch.positions[row]), name, self._name(key[1]), explain(int(row))))


_WIDE = 1 << 31  # more than there are names


def _tally(codes: Array) -> Iterator[tuple[int, int]]:
    values, counts = np.unique(codes, return_counts=True)
    return zip(values.tolist(), counts.tolist(), strict=True)


def crew(roster: Roster) -> Iterable[str]:
    """Whom a roster may give leads to: its members, and who covers for them."""
    covers = (leave.cover for member in roster.members for leave in member.leave if leave.cover)
    return dict.fromkeys(f"user/{name}" for name in (*(m.user for m in roster.members), *covers))
