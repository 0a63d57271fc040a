"""A few leads of each move to look at, chosen to differ; the same ones however the leads came in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from flowctl.data import dataclass
from flowctl.engine.bulk import Routed

MOST = 10  # examples of a move
MANY = 300  # moves, the first that are seen, of which leads are chosen; the others are shown by their first lead

PLAIN, WAYS, WEEKS = 1, 2, 4  # what a pool looks for

Ints = np.ndarray[Any, Any]
Ways = tuple[int, int]  # the paths under both versions, by number


@dataclass(frozen=True, slots=True)
class Spot:
    """A lead that was chosen: its row in a small batch of such, its ways, and the week in which it arrived."""

    routed: Routed
    row: int
    ways: Ways
    week: int

    @property
    def position(self) -> int:
        return int(self.routed.batch.positions[self.row])

    @property
    def ends(self) -> tuple[str, ...]:
        """Where it ends under each version."""
        return tuple(o.paths[o.path[self.row]].ends for o in self.routed.outcomes)


class Pool:
    """The leads of one move from which examples will be chosen: the first, the first of each way, of each week."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.plain = 0
        self.ways: set[Ways] = set()
        self.weeks: set[int] = set()
        self.spots: list[Spot] = []

    @property
    def wishes(self) -> int:
        """What it still looks for: leads of any kind, of other ways, of other weeks; one bit each."""
        if self.most == 1:
            return PLAIN * (not self.plain)
        return (
            PLAIN * (self.plain < self.most)
            | WAYS * (len(self.ways) < self.most)
            | WEEKS * (len(self.weeks) < self.most)
        )

    def takes(self, ways: Ways, week: int) -> bool:
        """Whether it wants the next lead; it is the next in order of arrival."""
        wishes = self.wishes
        wanted = bool(wishes & PLAIN)
        self.plain += wanted
        if wishes & WAYS and ways not in self.ways:
            self.ways.add(ways)
            wanted = True
        if wishes & WEEKS and week not in self.weeks:
            self.weeks.add(week)
            wanted = True
        return wanted

    def chosen(self) -> list[Spot]:
        """The examples, in order of arrival: each the first that shows what those taken do not, another end before
        another way, and that before another week."""
        rest, taken = list(range(len(self.spots))), list[int]()
        each = [(spot.ends, spot.ways, spot.week) for spot in self.spots]
        while rest and len(taken) < self.most:
            known = tuple(map(set, zip(*(each[at] for at in taken), strict=True))) or (set(), set(), set())
            news = [tuple(of not in met for of, met in zip(each[at], known, strict=True)) for at in rest]
            best = rest[news.index(max(news))]  # the first of the best
            taken.append(best)
            rest.remove(best)
        return [self.spots[at] for at in sorted(taken)]


class Pools:
    """The pools of all moves, by the moves' numbers."""

    def __init__(self) -> None:
        self._pools: list[Pool] = []
        self._wishes = np.zeros(0, np.uint8)

    def __getitem__(self, move: int) -> Pool:
        return self._pools[move]

    def add(self, routed: Routed, rows: Ints, moves: Ints, weeks: Ints) -> None:
        """Looks at leads that move.

        Args:
            rows: Which leads of the batch move, in order of arrival; `moves` and `weeks` are theirs.
        """
        self._grow(int(moves.max()) + 1)
        is_open = np.flatnonzero(self._wishes[moves])
        if not len(is_open):
            return
        rows, moves, weeks = rows[is_open], moves[is_open], weeks[is_open]
        before, after = (outcomes.path[rows] for outcomes in (routed.outcomes[0], routed.outcomes[-1]))
        taken = []
        for at in self._worth_a_look(moves, before, after, weeks):
            move, ways, week = int(moves[at]), (int(before[at]), int(after[at])), int(weeks[at])
            if self[move].takes(ways, week):
                taken.append((int(rows[at]), move, ways, week))
        self._keep(routed, taken)

    def _grow(self, moves: int) -> None:
        more = [Pool(MOST if move < MANY else 1) for move in range(len(self._pools), moves)]
        self._pools += more
        self._wishes = np.concatenate([self._wishes, np.array([pool.wishes for pool in more], np.uint8)])

    def _worth_a_look(self, moves: Ints, before: Ints, after: Ints, weeks: Ints) -> list[int]:
        """Of each move the first leads, and the first of each way and week that it looks for, in order of arrival."""
        wishes = self._wishes[moves]
        is_way, is_week = (wishes & WAYS) > 0, (wishes & WEEKS) > 0
        _, kinds = np.unique(_mixed(moves, before * is_way, after * is_way, weeks * is_week), return_index=True)
        plain = np.flatnonzero(wishes & PLAIN)
        firsts = [plain[group[:MOST]] for group in _groups(moves[plain])]
        return np.unique(np.concatenate([kinds, *firsts])).tolist()  # type: ignore[no-any-return]

    def _keep(self, routed: Routed, leads: Sequence[tuple[int, int, Ways, int]]) -> None:
        if not leads:
            return
        few = routed.at(np.array([row for row, *_ in leads]))
        for at, (_, move, ways, week) in enumerate(leads):
            self[move].spots.append(Spot(few, at, ways, week))
            self._wishes[move] = self[move].wishes


def _groups(values: Ints) -> Iterator[Ints]:
    """For each value the positions that hold it, in order."""
    if not len(values):
        return
    order = np.argsort(values, kind="stable")
    cuts = np.flatnonzero(np.diff(values[order])) + 1
    yield from np.split(order, cuts)


def _mixed(*columns: Ints) -> Ints:
    """One number for each row: of two that are alike, the same; of two others, with next to no chance the same."""
    mixed = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        mixed = (mixed ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed
