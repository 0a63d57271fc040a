"""Turns given in bulk are the judge's, whatever records did ahead of them, and so is what is left of them."""

import numpy as np
import pytest

from flowctl.engine import Turns
from flowctl.engine.bulk import Names, compiled, run
from flowctl.engine.bulk.compiled import CompiledEngine
from flowctl.engine.bulk.kernel import AHEAD, DONE, WAITS
from tests.engine.bulk.batches import batch_of, cut, expected, found, judged
from tests.engine.bulk.generated import generated

MOSTLY_TURNS = ["decision", "decision", "decision", "rotate", "rotate", "rotate", "assign"]
FEW_PATHS = 1 << 4  # of the room that a thread begins with, so that it has to grow


def assert_turns_are_the_judges(here, records, threads):
    batch = batch_of(here.records(records), here.world.types)
    engine, turns = CompiledEngine([here.world], "lead", Names(), True), Turns()
    pieces = cut(batch, (7, 60, 150))
    said = [one for r in run(engine, [lambda p=p: p for p in pieces], threads) for one in found(r.outcomes[0])]
    assert said == [expected(outcome, here.world, True) for outcome in judged(here.world, "lead", batch, turns)]
    assert engine.versions[0].turns.of.turns().data() == turns.data()


@pytest.mark.parametrize("ahead", [1, 2, AHEAD])
@pytest.mark.parametrize("seed", range(4))
def test_however_many_turns_records_go_on_from(monkeypatch, seed, ahead):
    monkeypatch.setattr(compiled, "AHEAD", ahead)
    assert_turns_are_the_judges(generated(seed, 12 + 5 * seed, MOSTLY_TURNS), 120, 1 + seed % 2)


def test_paths_find_room_while_turns_are_given(monkeypatch):
    from flowctl.engine.bulk import paths

    monkeypatch.setattr(paths, "FIRST_PATHS", FEW_PATHS)
    monkeypatch.setattr(paths, "FIRST_MARKS", FEW_PATHS)
    assert_turns_are_the_judges(generated(2, 22, MOSTLY_TURNS), 200, 1)


def test_records_end_ahead_of_their_turns_unless_somebody_asks_who_has_them():
    here = generated(2, 22, MOSTLY_TURNS)
    engine = CompiledEngine([here.world], "lead", Names(), True)
    batch = batch_of(here.records(200), here.world.types)
    (half,) = engine.walk(batch).versions

    assert set(np.unique(half.walks.state).tolist()) <= {DONE, WAITS}
    assert (half.walks.state[half.walks.ahead > 0] == DONE).any()
    assert half.walks.ahead.any()
