"""The compiled engine: it takes the flows that it should, whatever the pieces in which records come."""

import datetime as dt
from random import Random

import numpy as np
import pyarrow as pa
import pytest

from flowctl.classes import Bit
from flowctl.engine import Turns, route, world_of
from flowctl.engine.bulk import Names, run
from flowctl.engine.bulk.compiled import CompiledEngine
from flowctl.engine.bulk.judged import JudgedEngine
from flowctl.engine.bulk.texts import IS_SPACE, automata, encode
from flowctl.expr import fold
from flowctl.flow import Record, load_model
from tests.engine.bulk.batches import batch_of, cut, expected, found, judged
from tests.engine.bulk.generated import generated
from tests.engine.bulk.test_bulk_is_the_judge import KINDS
from tests.ops.small import FILES, flow

EMAIL = ("now", ("Email",))
NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [2, 7])
def test_no_flow_of_a_usual_kind_is_left_to_the_judge(kind, seed):
    here = generated(seed, 12, KINDS[kind])
    assert CompiledEngine([here.world], "lead", Names(), False)


@pytest.mark.parametrize("sizes", [(1,), (3, 50), (200,)])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_pieces_in_which_records_come_make_no_difference(sizes, threads):
    here = generated(5, 14, KINDS["turns"])
    batch = batch_of(here.records(200), here.world.types)
    engine = CompiledEngine([here.world], "lead", Names(), True)
    pieces = cut(batch, sizes)
    said = [one for r in run(engine, [lambda p=p: p for p in pieces], threads) for one in found(r.outcomes[0])]
    assert said == [expected(outcome, here.world, True) for outcome in judged(here.world, "lead", batch)]


def test_outcomes_of_some_records_are_theirs():
    here = generated(3, 12)
    batch = batch_of(here.records(60), here.world.types)
    engine = CompiledEngine([here.world, here.world], "lead", Names(), False)
    routed = engine.settle(engine.walk(batch))
    rows = np.array([40, 3, 3, 17])
    some = routed.at(rows)
    assert found(some.outcomes[0]) == [found(routed.outcomes[0])[row] for row in rows]
    assert not engine.differences(some).ends.any()


def test_a_version_does_not_differ_from_itself():
    here = generated(8, 14, KINDS["decisions and values"])
    batch = batch_of(here.records(100), here.world.types)
    engine = CompiledEngine([here.world, here.world], "lead", Names(), False)
    said = engine.differences(engine.settle(engine.walk(batch)))
    assert not any(array.any() for array in (said.ends, said.messages, said.effects, *said.sets.values()))


@pytest.mark.parametrize("seed", range(20, 26))
def test_two_versions_are_compared_as_the_judge_compares_them(seed):
    one, other = generated(seed, 14), generated(seed + 1000, 14)
    batch = batch_of(one.records(80), one.world.types)
    engines = [kind([one.world, other.world], "lead", Names(), False) for kind in (CompiledEngine, JudgedEngine)]
    said, wanted = (engine.differences(engine.settle(engine.walk(batch))) for engine in engines)
    assert said.ends.tolist() == wanted.ends.tolist()
    assert said.messages.tolist() == wanted.messages.tolist()
    assert said.effects.tolist() == wanted.effects.tolist()
    assert {n: a.tolist() for n, a in said.sets.items() if a.any()} == {
        n: a.tolist() for n, a in wanted.sets.items() if a.any()
    }


@pytest.mark.parametrize("other", ["0 * -1", "Score * -1", "Score * 0", "Score"])
def test_no_zero_differs_from_another(other):
    worlds = [zero_of("0"), zero_of(other)]
    records = [(Record("Lead", {"Score": score}, None, {}), NOW) for score in (0.0, -0.0)]
    batch = batch_of(records, worlds[0].types)
    engine = CompiledEngine(worlds, "lead", Names(), False)
    routed = engine.settle(engine.walk(batch))
    said = engine.differences(routed)

    assert not any(array.any() for array in (said.ends, said.messages, said.effects, *said.sets.values()))
    for row, (record, now) in enumerate(records):
        for version, world in enumerate(worlds):
            told = route(world, "lead", record, Turns(), now)
            assert engine.explain(routed, row, version) == told
            assert [message.message for message in told.messages] == ["score 0"]


def zero_of(value):
    nodes = f"""\
start: {{type: set, values: {{Score: "{value}"}}, then: tell}}
tell: {{type: notify, channel: slack, to: "#x", message: "score {{{{Score}}}}", then: done}}
"""
    files = {**FILES, "flows/lead.yaml": flow(nodes)}
    return world_of(load_model({path: text.encode() for path, text in files.items()}))


TEXTS = [
    "acme", " ACME ", "Acme Inc.", "an acme", "", "   ", "Société", "SOCIÉTÉ acme", "Straße", "STRASSE", "İx",
    "a\u0301cme", "\u00a0acme", "日本 acme", "k\u212a", "Ǆ", "acm", "acmeacme", "ſ", "e\u0301", "ŉ acme",
]  # fmt: skip
ITEMS = ["acme", "société", "strasse", "é", "a", "inc.", "s", "kk", "me"]


@pytest.mark.parametrize("op", ["CONTAINS", "STARTS WITH", "ENDS WITH"])
def test_a_text_is_read_as_its_folded_form(op):
    bits = [Bit(EMAIL, op, fold(item), item) for item in ITEMS]
    listed = {fold(item): code for code, item in enumerate(ITEMS)}
    left = compare(TEXTS, listed, bits)
    assert left < len(TEXTS) // 2


PARTS = ["ac", "Me", "acme", " ", "inc", ".", "x"]
FAR = [*PARTS, "É", "é", "ß", "日", "a\u0301", "\u00a0"]
OPS = ["CONTAINS", "STARTS WITH", "ENDS WITH"]


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 60, 64, 65, 140])
@pytest.mark.parametrize("seed", range(4))
def test_texts_that_are_read_side_by_side_are_read_as_each_alone(seed, count):
    random = Random(1000 * seed + count)

    def text(parts, least=0):
        return "".join(random.choice(parts) for _ in range(random.randint(least, 6)))

    texts = [None if random.random() < 0.1 else text(FAR if random.random() < 0.05 else PARTS) for _ in range(200)]
    items = [fold(text(FAR if random.random() < 0.1 else PARTS, 1)) or "m" for _ in range(count)]
    ops = OPS if seed else ["ENDS WITH"]
    bits = [*dict.fromkeys(Bit(EMAIL, random.choice(ops), item, item) for item in items)]
    listed = sorted({fold(text(PARTS, 1)) for _ in range(seed)} - {""})
    compare(texts, {one: code for code, one in enumerate(listed)}, bits, seed)


def compare(texts, listed, bits, skipped=0):
    """Asserts what is read of texts, but for those that Python must fold; these are counted."""
    array = pa.array(["zzz"] * skipped + texts, pa.string()).slice(skipped)
    valid, offsets, data = array.buffers()
    offsets = np.frombuffer(offsets, np.int32)[skipped : skipped + len(texts) + 1]
    data = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(0, np.uint8)
    valid = np.frombuffer(valid, np.uint8) if valid is not None else np.zeros(0, np.uint8)
    parts = automata(listed, bits)
    codes = np.zeros((1 + 4 * len(parts), len(texts) + 2), np.uint16)
    left = set()
    for number, part in enumerate(parts):
        far = np.zeros(len(texts), np.int32)
        slot, words = -1 if number else 0, min(-(-len(bits) // 16) - 4 * number, 4)
        count = encode(
            part, IS_SPACE, offsets, data, valid, skipped, codes, 2, slot, 98, 99, 1 + 4 * number, words, far
        )  # fmt: skip
        left |= {*far[:count].tolist()}
    for row, text in enumerate(texts):
        if row not in left:
            assert codes[0, 2 + row] == (listed.get(fold(text), 98) if text and fold(text) else 99)
            said = [bool(codes[1 + at // 16, 2 + row] >> at % 16 & 1) for at in range(len(bits))]
            assert said == [bit.holds(text) for bit in bits]
    return len(left)
