"""An outcome of bulk with its whole trace, as the judge gives it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, product

from flowctl.columns.batch import Batch
from flowctl.engine.bulk.outcomes import Path
from flowctl.engine.interp import World, route
from flowctl.engine.outcome import Outcome, Picked
from flowctl.engine.turns import Turns
from flowctl.expr import Expr, Reading
from flowctl.flow.people import Member, Roster
from flowctl.flow.program import Pick, Step

MOST_TRIES = 1000  # who had which turn, where a record met several


def explained(world: World, flow: str, batch: Batch, row: int, path: Path, owner: str | None) -> Outcome:
    """
    Args:
        path: The one that bulk gave the record; with or without decisions.
        owner: The one that bulk gave it.
    """
    record, now = batch.record(row), batch.moment(row)
    met = _picks(world, path)
    best: Outcome | None = None
    for given in islice(product(*_candidates(world, met, owner)), MOST_TRIES):
        turns = _Told(dict(zip(map(id, met), given, strict=True)))
        outcome = route(world, flow, record, turns, now, turns.watch)
        if outcome.owner == owner and _is_on(outcome, path):
            return outcome
        best = best or outcome
    assert best is not None
    return best


def _is_on(outcome: Outcome, path: Path) -> bool:
    """Whether an outcome took a path, be it that the path leaves out decisions."""
    ways = iter(outcome.ways)
    return all(way in ways for way in path.ways)


def _picks(world: World, path: Path) -> list[Pick]:
    """The turns that were given to somebody on the path, in its order."""
    found = []
    for flow, node, port in path.ways:
        step = world.programs[flow].steps.get(node)
        if isinstance(step, Pick) and port == step.then.port:
            found.append(step)
    return found


def _candidates(world: World, met: Sequence[Pick], owner: str | None) -> Iterator[list[str]]:
    """For each turn who may have had it, first whoever is the owner now."""
    for step in met:
        rosters = [world.rosters[step.roster]] if isinstance(step.roster, str) else list(world.rosters.values())
        users = dict.fromkeys(f"user/{user}" for roster in rosters for user in _users(roster))
        yield sorted(users, key=lambda user: user != owner)


def _users(roster: Roster) -> Iterator[str]:
    for member in roster.members:
        yield member.user
        yield from (leave.cover for leave in member.leave if leave.cover)


class _Told(Turns):
    """Turns that are known: who has the one of each step."""

    def __init__(self, given: Mapping[int, str]) -> None:
        super().__init__()
        self._given, self._step = given, 0

    def watch(self, step: Step | Expr, _: Reading) -> None:
        self._step = id(step)

    def take(
        self,
        roster: Roster,
        now: dt.datetime,
        zone: dt.tzinfo,
        is_active: Callable[[str], bool],
        fits: Callable[[Member], bool] | None = None,
        company: str | None = None,
    ) -> Picked:
        owner = self._given.get(self._step)
        return Picked(roster.roster, owner, None, ())
