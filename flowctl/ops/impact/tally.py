"""What happens to leads, counted batch by batch: as much memory for a hundred million of them as for a thousand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from flowctl.engine.bulk import NONE, Engine, Outcomes, Path, Routed
from flowctl.engine.interp import World
from flowctl.flow.program import Join, Make
from flowctl.ops.impact.counts import Counts, Pairs
from flowctl.ops.impact.examples import Pools, Spot
from flowctl.ops.impact.report import Load, Otherwise, Week
from flowctl.ops.impact.weeks import Weeks, monday_of

LOST = 12  # unrouted leads that are kept to be named, of those that are newly so and of the others

NEAR = 10_000  # between the lowest and the highest number of a batch, so that they are counted in a table

Array = np.ndarray[Any, Any]


class Side:
    """What is counted of one version: where leads go, who owns them, and which ways they take."""

    def __init__(self, world: World, flow: str) -> None:
        self.world = world
        self.has_job = world.programs[flow].where is not None
        self.goes_to, self.owners, self.paths = Counts(), Counts(), Counts()
        self._seen: Sequence[Path] = ()
        self._left_out = np.zeros(0, bool)

    def left_out(self, outcomes: Outcomes) -> Array:
        """The leads that the job of the flow does not take."""
        if not self.has_job:
            return np.zeros(len(outcomes.path), bool)
        more = [path.is_left_out for path in outcomes.paths[len(self._left_out) :]]
        self._left_out = np.concatenate([self._left_out, np.array(more, bool)])
        found: Array = self._left_out[outcomes.path]
        return found

    def add(self, outcomes: Outcomes, left_out: Array) -> None:
        self._seen = outcomes.paths
        met = ~left_out if self.has_job else slice(None)
        self.goes_to.add(outcomes.goes_to[met])
        self.owners.add(outcomes.owner[met])
        self.paths.add(outcomes.path)

    def effects(self) -> Iterator[tuple[str, int]]:
        """What happens to records beside the leads' own fields, and how often."""
        found: Counter[str] = Counter()
        said: dict[tuple[str, str], str] = {}
        for number in self.paths.codes():
            times = self.paths[number]
            for flow, node, _ in self._seen[number].ways:
                words = said.get((flow, node))
                if words is None:
                    words = said[flow, node] = _effect(self.world.programs[flow].steps.get(node))
                if words:
                    found[words] += times
        yield from sorted(found.items())


def _effect(step: object) -> str:
    match step:
        case Make(object=object_, account=account):
            return "converted" if account else f"{object_} created"
        case Join():
            return "merged"
    return ""


class Tally:
    """Counts leads that were routed under one version, or under two: the earlier one first."""

    def __init__(self, engine: Engine[Any], worlds: Sequence[World], flow: str) -> None:
        self.engine, self.names = engine, engine.names
        self.sides = [Side(world, flow) for world in worlds]
        self.leads = self.left_out = self.changed = self.unrouted = self.newly = 0
        self.moves, self.pools = Pairs(engine.names), Pools()
        self.lost, self.newly_lost = list[Spot](), list[Spot]()
        self._ends = self._messages = self._effects = self._members = 0
        self._fields: Counter[str] = Counter()
        self._calendar = Weeks(worlds[-1].zone)
        self._weeks: Counter[int] = Counter()
        self._moved_in: Counter[int] = Counter()

    def add(self, routed: Routed) -> Array:
        """Counts a batch; which of its leads move."""
        before, after = routed.outcomes[0], routed.outcomes[-1]
        left_out = [side.left_out(o) for side, o in zip(self.sides, routed.outcomes, strict=True)]
        for side, outcomes, out in zip(self.sides, routed.outcomes, left_out, strict=True):
            side.add(outcomes, out)
        self.leads += len(routed.batch)
        self.left_out += int(left_out[-1].sum())
        weeks = self._calendar.of(routed.batch.now)
        _count(self._weeks, weeks)
        moved: Array = before.goes_to != after.goes_to
        if moved.any():
            self._add_moved(routed, np.flatnonzero(moved), weeks)
        if len(self.sides) > 1:
            self._add_otherwise(routed, moved)
        self._add_lost(routed, ~after.is_routed & ~left_out[-1], weeks)
        return moved

    def _add_moved(self, routed: Routed, rows: Array, weeks: Array) -> None:
        before, after = routed.outcomes
        moves = self.moves.add(before.goes_to[rows], after.goes_to[rows])
        _count(self._moved_in, weeks[rows])
        self.pools.add(routed, rows, moves, weeks[rows])

    def _add_otherwise(self, routed: Routed, moved: Array) -> None:
        before, after = routed.outcomes
        differ = self.engine.differences(routed)
        self._ends += int(differ.ends.sum())
        self._messages += int(differ.messages.sum())
        self._effects += int(differ.effects.sum())
        self._members += int((~moved & (after.roster != NONE) & (before.owner != after.owner)).sum())
        changed = differ.ends | differ.messages | differ.effects
        for field, each in differ.sets.items():
            self._fields[field] += int(each.sum())
            changed = changed | each
        self.changed += int((changed & ~moved).sum())

    def _add_lost(self, routed: Routed, lost: Array, weeks: Array) -> None:
        if not lost.any():
            return
        newly = lost & routed.outcomes[0].is_routed
        self.unrouted += int(lost.sum())
        self.newly += int(newly.sum())
        for kept, which in ((self.newly_lost, newly), (self.lost, lost & ~newly)):
            rows = np.flatnonzero(which)[: LOST - len(kept)]
            if len(rows):
                few = routed.at(rows)
                kept += [Spot(few, at, (0, 0), int(weeks[row])) for at, row in enumerate(rows)]

    # -- what was counted

    @property
    def moved(self) -> int:
        return self.moves.counts.total()

    def otherwise(self) -> Otherwise:
        fields = {name: leads for name, leads in self._fields.most_common() if leads}
        return Otherwise(self._ends, fields, self._messages, self._effects, self._members)

    def loads(self) -> tuple[Load, ...]:
        return self._loads([side.goes_to for side in self.sides])

    def owners(self) -> tuple[Load, ...]:
        return self._loads([side.owners for side in self.sides])

    def _loads(self, counts: Sequence[Counts]) -> tuple[Load, ...]:
        """The largest movers first, then who has the most; with one version, nobody moves."""
        codes = {code for found in counts for code in found.codes()}
        loads = [Load(self.names[code], counts[0][code], counts[-1][code]) for code in codes]
        return tuple(sorted(loads, key=lambda load: (-abs(load.change), -load.after, load.name)))

    def weeks(self) -> tuple[Week, ...]:
        return tuple(Week(monday_of(n), leads, self._moved_in[n]) for n, leads in sorted(self._weeks.items()))


def _count(into: Counter[int], values: Array) -> None:
    lowest = int(values.min()) if len(values) else 0
    if len(values) and int(values.max()) - lowest < NEAR:
        counts = np.bincount(values - lowest)
        there = np.flatnonzero(counts)
        there, counts = there + lowest, counts[there]
    else:
        there, counts = np.unique(values, return_counts=True)
    for value, times in zip(there.tolist(), counts.tolist(), strict=True):
        into[value] += times
