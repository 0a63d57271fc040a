"""The law of bulk: what it says of a record is what the judge says of it."""

import pytest

from flowctl.engine import Turns, with_data
from flowctl.engine.bulk import engine_of, run
from flowctl.engine.bulk.compiled import CompiledEngine
from flowctl.engine.bulk.judged import JudgedEngine
from tests.engine.bulk.batches import batch_of, cut, expected, found, judged
from tests.engine.bulk.generated import generated
from tests.engine.surroundings import CASES, NOW, load_case, moment, record_of
from tests.sample.loaded import MODEL as SAMPLE_MODEL
from tests.sample.loaded import WORLD as SAMPLE_WORLD

KINDS = {
    "decisions and values": ["decision", "decision", "set", "assign", "end"],
    "related records": ["decision", "decision", "set", "match", "lookup", "create", "merge", "convert"],
    "turns": ["decision", "decision", "rotate", "rotate", "set", "assign"],
    "time": ["decision", "wait", "set", "notify", "rotate"],
    "all": None,
}
# As flows of hundreds of nodes are: mostly decisions.
LARGE = {
    "decisions and values": ["decision"] * 4 + ["set", "assign", "end"],
    "related records": ["decision"] * 24 + ["lookup", "match", "set", "create", "assign", "end"],
    "turns": ["decision"] * 4 + ["rotate", "rotate", "assign", "notify", "set"],
    "time": ["decision"] * 60 + ["wait", "notify", "rotate", "set", "set"],
    "all": ["decision"] * 60 + ["set", "set", "assign", "rotate", "lookup", "match", "notify", "create", "continue"],
}


def assert_same(world, flow, batch, full_paths, sizes=(1000,), threads=1):
    """Bulk, over the batch cut in pieces, says of each record what the judge says of it."""
    engine = engine_of([world], flow, full_paths)
    pieces = cut(batch, sizes)
    said = [
        one for routed in run(engine, [lambda p=p: p for p in pieces], threads) for one in found(routed.outcomes[0])
    ]
    wanted = [expected(outcome, world, full_paths) for outcome in judged(world, flow, batch)]
    wrong = [(row, bulk, judge) for row, (bulk, judge) in enumerate(zip(said, wanted, strict=True)) if bulk != judge]
    assert not wrong, (len(wrong), wrong[0], batch.record(wrong[0][0]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_small_flows(kind, seed):
    here = generated(seed, 4 + seed, KINDS[kind])
    batch = batch_of(here.records(60), here.world.types, dictionaries=seed % 2 == 0)
    assert_same(here.world, "lead", batch, full_paths=seed % 3 > 0, sizes=(7, 30))


@pytest.mark.slow
@pytest.mark.parametrize("kind", LARGE)
@pytest.mark.parametrize("seed", range(100, 140))
def test_flows_of_up_to_300_nodes_and_10_000_records(kind, seed):
    """Every second one with all of the records: the judge takes half a minute for them."""
    records = 10_000 if seed % 2 == 0 else 1_000
    here = generated(seed, 20 + seed * 37 % 281, LARGE[kind])
    batch = batch_of(here.records(records), here.world.types, dictionaries=seed % 4 == 0)
    assert_same(here.world, "lead", batch, full_paths=seed % 3 > 0, sizes=(1777, 3000), threads=2)


@pytest.mark.slow
def test_most_large_flows_are_compiled():
    worlds = [generated(seed, 20 + seed * 37 % 281, LARGE[kind]).world for kind in LARGE for seed in range(100, 104)]
    engines = [engine_of([world], "lead", True) for world in worlds]
    assert sum(isinstance(engine, CompiledEngine) for engine in engines) >= 16


@pytest.mark.parametrize(
    "flow",
    [
        pytest.param(name, marks=[pytest.mark.slow] if len(fixtures) > 100 else [])
        for name, fixtures in SAMPLE_MODEL.fixtures.items()
        if any(not fixture.record.later for fixture in fixtures)
    ],
)
def test_every_fixture_of_the_sample(flow):
    """One after the other, those that match on the same data together: turns go on from one to the next."""
    leads = {}
    for fixture in SAMPLE_MODEL.fixtures[flow]:
        if not fixture.record.later:  # batches hold no later states
            leads.setdefault(repr(fixture.data), []).append(fixture)
    for same in leads.values():
        here = with_data(SAMPLE_WORLD, same[0].data)
        batch = batch_of([(f.record, f.story.now) for f in same], here.types)
        assert_same(here, flow, batch, full_paths=True, sizes=(50,))


@pytest.mark.parametrize("folder", [pytest.param(folder, id=folder.name) for folder in sorted(CASES.iterdir())])
def test_every_case_of_the_judge(folder):
    case = load_case(folder)
    leads = [(record_of(case.model, lead), moment(lead.get("now", NOW))) for lead in case.leads]
    now_only = [lead for lead in leads if not lead[0].later]  # batches hold no later states
    if now_only:
        assert_same(case.world, "lead", batch_of(now_only, case.world.types), full_paths=True)


@pytest.mark.parametrize("seed", range(10))
def test_two_versions_differ_as_the_judge_says(seed):
    one, other = generated(seed, 14), generated(seed + 1000, 14)
    batch = batch_of(one.records(80), one.world.types)
    engine = engine_of([one.world, other.world], "lead")
    routed = engine.settle(engine.walk(batch))
    judge = JudgedEngine([one.world, other.world], "lead", engine.names, False)
    wanted = judge.differences(judge.settle(judge.walk(batch)))
    said = engine.differences(routed)
    assert said.ends.tolist() == wanted.ends.tolist()
    assert said.messages.tolist() == wanted.messages.tolist()
    assert said.effects.tolist() == wanted.effects.tolist()
    assert {n: a.tolist() for n, a in said.sets.items() if a.any()} == {
        n: a.tolist() for n, a in wanted.sets.items() if a.any()
    }


@pytest.mark.parametrize("kind", ["turns", "all"])
@pytest.mark.parametrize("seed", range(5))
def test_an_outcome_is_explained_as_the_judge_tells_it(kind, seed):
    here = generated(seed, 14, KINDS[kind])
    batch = batch_of(here.records(60), here.world.types)
    engine = engine_of([here.world], "lead", seed % 2 == 0)
    routed = engine.settle(engine.walk(batch))
    wanted = judged(here.world, "lead", batch, Turns())
    for row, outcome in enumerate(wanted):
        said = engine.explain(routed, row, 0)
        assert told(said) == told(outcome)


def told(outcome):
    return outcome.owner, outcome.ways, outcome.sets, outcome.messages, outcome.effects
