"""Samples of leads: every way out, then in proportion."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from flowctl.columns.batch import Batch
from flowctl.engine.bulk import Names, Outcomes, Path, Routed
from flowctl.ops.sampling import Strata

END = ("lead", "done", None)
PATHS = st.lists(
    st.lists(st.tuples(st.just("lead"), st.sampled_from("abcdef"), st.sampled_from(["yes", "no"])), max_size=4)
    .flatmap(lambda ways: st.sampled_from(["Done", "Lost"]).map(lambda result: Path((*ways, END), result))),
    min_size=1, max_size=8, unique=True,
)  # fmt: skip
TAKEN = st.lists(st.integers(0, 7), min_size=1, max_size=200)


def routed(paths, numbers, first=1):
    n = len(numbers)
    none, nothing = np.full(n, -1, np.int32), np.zeros(n, np.int64)
    batch = Batch("Lead", {}, {}, {}, None, nothing, np.arange(first, first + n))
    outcomes = Outcomes(Names(), paths, np.array(numbers, np.int32) % len(paths), none, none, np.ones(n, bool))
    return Routed(batch, (outcomes,))


def sampled(paths, numbers, wanted, batch=200):
    strata = Strata(wanted)
    for first in range(0, len(numbers), batch):
        strata.add(routed(paths, numbers[first : first + batch], first + 1))
    return strata.sample()


def ways(paths, numbers, positions):
    return {way for p in positions for way in paths[numbers[p - 1] % len(paths)].ways if way[2]}


@given(PATHS, TAKEN, st.integers(1, 60))
def test_there_are_as_many_as_wanted_each_once_and_in_order(paths, numbers, wanted):
    sample = sampled(paths, numbers, wanted)
    assert len(sample.positions) == min(wanted, len(numbers))
    assert list(sample.positions) == sorted(set(sample.positions))
    assert {*sample.positions} <= {*range(1, len(numbers) + 1)}


@given(PATHS, TAKEN, st.integers(1, 60))
def test_every_way_out_that_a_lead_takes_is_taken_once_there_is_room(paths, numbers, wanted):
    sample = sampled(paths, numbers, wanted)
    every = ways(paths, numbers, range(1, len(numbers) + 1))
    assert sample.of_ways == len(every)
    assert sample.ways == len(ways(paths, numbers, sample.positions))
    if wanted >= sample.needed:
        assert ways(paths, numbers, sample.positions) == every


@given(PATHS, TAKEN, st.integers(1, 60), st.integers(1, 50))
def test_how_the_input_is_cut_into_batches_makes_no_difference(paths, numbers, wanted, batch):
    assert sampled(paths, numbers, wanted, batch) == sampled(paths, numbers, wanted)


def test_paths_with_the_same_ways_are_told_apart_by_their_results():
    """Their numbers say nothing: they are given as threads come by."""
    paths = [Path((END,), "Done"), Path((END,), "Lost")]

    assert sampled(paths, [1, 0], 1) == sampled(paths[::-1], [0, 1], 1)


def test_the_rest_is_in_proportion_to_the_paths():
    paths = [Path((("lead", "a", "yes"), END), "Done"), Path((("lead", "a", "no"), END), "Done")]
    numbers = [0] * 9000 + [1] * 1000
    sample = sampled(paths, numbers, 100)
    often = sum(numbers[p - 1] == 0 for p in sample.positions)
    assert 88 <= often <= 91


def test_the_leads_of_a_path_are_spread_over_the_file():
    sample = sampled([Path((("lead", "a", "yes"), END), "Done")], [0] * 10_000, 10)
    assert sample.positions[0] < 3000
    assert sample.positions[-1] > 7000
