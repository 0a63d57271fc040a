"""The compiled engine: it takes the flows that it should, whatever the pieces in which records come."""

import numpy as np
import pytest

from flowctl.classes import Bit
from flowctl.engine.bulk import Names, run
from flowctl.engine.bulk.compiled import CompiledEngine
from flowctl.engine.bulk.judged import JudgedEngine
from flowctl.engine.bulk.texts import IS_SPACE, automaton, encode
from flowctl.expr import fold
from tests.engine.bulk.batches import batch_of, cut, expected, found, judged
from tests.engine.bulk.generated import generated
from tests.engine.bulk.test_bulk_is_the_judge import KINDS

EMAIL = ("now", ("Email",))


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


TEXTS = [
    "acme", " ACME ", "Acme Inc.", "an acme", "", "   ", "Société", "SOCIÉTÉ acme", "Straße", "STRASSE", "İx",
    "a\u0301cme", "\u00a0acme", "日本 acme", "k\u212a", "Ǆ", "acm", "acmeacme", "ſ", "e\u0301", "ŉ acme",
]  # fmt: skip
ITEMS = ["acme", "société", "strasse", "é", "a", "inc.", "s", "kk", "me"]


@pytest.mark.parametrize("op", ["CONTAINS", "STARTS WITH", "ENDS WITH"])
def test_a_text_is_read_as_its_folded_form(op):
    bits = [Bit(EMAIL, op, fold(item), item) for item in ITEMS]
    listed = {fold(item): code for code, item in enumerate(ITEMS)}
    data = [text.encode() for text in TEXTS]
    offsets = np.cumsum([0, *map(len, data)]).astype(np.int32)
    codes, far = np.zeros((len(data), 2), np.uint16), np.zeros(len(data), np.int32)
    blank, other = 99, 98
    made = automaton(listed, bits, 1)
    count = encode(
        made, IS_SPACE, offsets, np.frombuffer(b"".join(data), np.uint8), np.zeros(0, np.uint8), 0, codes, 0, other,
        blank, 1, 1, far,
    )  # fmt: skip
    left = set(far[:count].tolist())
    assert len(left) < len(TEXTS) // 2
    for row, text in enumerate(TEXTS):
        if row not in left:
            assert codes[row, 0] == (listed.get(fold(text), other) if text.strip() else blank)
            assert [bool(codes[row, 1] >> at & 1) for at in range(len(bits))] == [bit.holds(text) for bit in bits]
