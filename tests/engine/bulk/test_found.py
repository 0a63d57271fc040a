"""Small worlds in which bulk once said something else than the judge, or never came to an end; and forms of columns."""

import datetime as dt
import random

import numpy as np
import pyarrow as pa
import pytest

from flowctl import document as yaml
from flowctl.columns.batch import Batch, Column
from flowctl.engine import world_of
from flowctl.engine.bulk import Names, compiled, engine_of, paths, run, slots
from flowctl.engine.bulk.compiled import CompiledEngine
from flowctl.engine.bulk.flows import flows_of
from flowctl.engine.bulk.judged import JudgedEngine
from flowctl.engine.bulk.scope import NotCompiledError
from flowctl.expr import FieldType
from flowctl.flow import Record, load_model
from tests.engine.bulk.batches import batch_of, cut, expected, found, judged
from tests.engine.bulk.generated import generated
from tests.engine.bulk.test_bulk_is_the_judge import KINDS
from tests.engine.surroundings import SURROUNDINGS

NOW = dt.datetime(2026, 11, 23, 17, tzinfo=dt.UTC)
INTO_ACCOUNT = """\
flow: lead
object: Lead
triggers: [created]
start: find
nodes:
  find: {type: match, object: Account, as: account, by: [related, email_domain], matched: go, unmatched: go}
  go: {type: continue, flow: account, with: account, as: lead}
"""


def world(data=(), **flows):
    files = {f"flows/{name}.yaml": text for name, text in flows.items()}
    model = load_model({**SURROUNDINGS, **files})
    assert not model.problems
    return world_of(model, {"Account": tuple(data)})


def lead(account=None, **fields):
    return Record("Lead", fields, related={"account": account} if account else {})


def account(name, parent=None, **fields):
    return Record("Account", {"Name": name, "Website": "acme.example"} | fields, related=_under("parent", parent))


def _under(name, record):
    return {name: record} if record else {}


def assert_compiled_is_the_judge(here, batch, flow="lead", sizes=(2, 3)):
    engine = CompiledEngine([here], flow, Names(), full_paths=True)
    pieces = cut(batch, sizes)
    said = [one for routed in run(engine, [lambda p=p: p for p in pieces], 1) for one in found(routed.outcomes[0])]
    assert said == [expected(outcome, here, True) for outcome in judged(here, flow, batch)]


# Related records --------------------------------------------------------------------------------------------------


def test_a_field_of_the_record_left_behind_is_not_taken_for_the_field_of_that_name_that_was_set_here():
    here = world(
        lead=INTO_ACCOUNT,
        account="""\
flow: account
object: Account
triggers: [created]
start: name
nodes:
  name: {type: set, values: {Name: "'x'"}, then: is_same}
  is_same:
    type: decision
    branches:
      - {when: lead.Name = Name, then: same}
      - {when: "lead.Name IN ('q', Name)", then: listed}
    otherwise: other
  same: {type: end, result: Same}
  listed: {type: end, result: Listed}
  other: {type: end, result: Other}
""",
    )
    leads = [lead(Name=name, Email=None) for name in ("x", "y", None, "q", " X ")]
    assert_compiled_is_the_judge(here, batch_of([(one, NOW) for one in leads], here.types))


PARENTS = """\
flow: account
object: Account
triggers: [created]
start: find
nodes:
  find: {type: match, object: Account, as: parent, by: [related, company_name], matched: named, unmatched: none}
  named: {type: decision, branches: [{when: parent.Name = 'P', then: give}], otherwise: none}
  give: {type: assign, to: parent.BDR, then: none}
  none: {type: end, result: Done}
"""
DATA = {
    "no data": (),
    "an account of the data with a parent": (
        account("Acme", account("P", BDR="user/ben")),
        account("P", BDR="user/ana"),
    ),
    "accounts of the data without parents": (account("Acme", BDR="user/ana"), account("P", BDR="user/ana")),
    "a parent that is no account": (account("Acme", Record("Campaign", {"Name": "P"})), account("P")),
}


@pytest.mark.parametrize("data", DATA.values(), ids=DATA)
def test_what_hangs_on_a_matched_record_comes_along_when_that_is_routed_on(data):
    here = world(data, lead=INTO_ACCOUNT, account=PARENTS)
    leads = [
        lead(Name="x", Email="a@acme.example"),
        lead(Name="x", Email=None),
        lead(account("z", account("P")), Name="x", Email="a@acme.example"),
        lead(account("z", account("P", BDR="user/cy")), Name="x", Email=None),
        lead(account("z", account("Q", BDR="user/cy")), Name="x", Email="a@acme.example"),
        lead(account("P", BDR="user/dan"), Name="x", Email=None),
    ]
    assert_compiled_is_the_judge(here, batch_of([(one, NOW) for one in leads], here.types))


def test_a_flow_whose_waits_have_too_many_sums_is_left_to_the_judge_at_once():
    nodes = {
        f"w{n}": {
            "type": "wait",
            "until": "Blocked",
            "for": f"{2**n} HOURS",
            "met": f"w{n + 1}",
            "expired": f"w{n + 1}",
        }
        for n in range(16)
    }
    nodes["w16"] = {"type": "end", "result": "Done"}
    flow = {"flow": "lead", "object": "Lead", "triggers": ["created"], "start": "w0", "nodes": nodes}
    with pytest.raises(NotCompiledError, match="sums of waits"):
        flows_of(world(lead=yaml.dump(flow)), "lead")


def test_a_field_that_is_compared_with_more_values_than_a_slot_holds_is_left_to_the_judge(monkeypatch):
    monkeypatch.setattr(slots, "MOST_CLASSES", 4)
    here = world(lead=ASKS)
    with pytest.raises(NotCompiledError, match="too many different values"):
        CompiledEngine([here], "lead", Names(), full_paths=False)
    assert isinstance(engine_of([here], "lead"), JudgedEngine)


# Forms of columns -------------------------------------------------------------------------------------------------

ASKS = """\
flow: lead
object: Lead
triggers: [created]
start: country
nodes:
  country:
    type: decision
    branches:
      - {when: "Country IN ('Norway', 'Straße', 'Perú')", then: score}
      - {when: Country CONTAINS 'or', then: day}
      - {when: Country STARTS WITH 'É', then: blocked}
      - {when: Country ENDS WITH 'y', then: best}
      - {when: Country IS BLANK, then: best}
    otherwise: score
  score:
    type: decision
    branches: [{when: Score >= 50, then: high}, {when: Score BETWEEN 0 AND 25, then: middle}]
    otherwise: best
  best: {type: decision, branches: [{when: Score < Best_Score, then: high}], otherwise: day}
  day:
    type: decision
    branches:
      - {when: Trial_End = 2026-11-23, then: high}
      - {when: Trial_End < TODAY - 30 DAYS, then: middle}
      - {when: CreatedDate > NOW - 2 HOURS, then: low}
    otherwise: blocked
  blocked:
    type: decision
    branches: [{when: Blocked, then: low}, {when: Blocked IS BLANK, then: middle}, {when: "Name < 'm'", then: high}]
    otherwise: middle
  high: {type: end, result: High}
  middle: {type: end, result: Middle}
  low: {type: end, result: Low}
"""
TEXTS = [
    None, "", " ", "\u00a0", "\u2003\x1c", "Norway", "\x1cNORWAY\u00a0", "norway\x1f", "Stra\u00dfe", "STRASSE",
    "\u1e9e", "stra\u017fse", "Per\u00fa", "Peru\u0301", "PERU\u0301\u0301", "\u00c9ire", "e\u0301ire", "\u0130or",
    "i\u0307or", "n\u00f8rwa\u0177", "Y", "or" * 500, "x" * 5000 + "y", "N\x00", "Norway\u200b",
]  # fmt: skip
NUMBERS = [
    None, -0.0, 0.0, 5e-324, -5e-324, 25.0, 25.000000000000004, 49.99999999999999, 50.0, 50.00000000000001, 1e308,
    -1e308,
]  # fmt: skip
DAYS = [
    None,
    dt.date(1700, 1, 1),
    dt.date(4000, 12, 31),
    dt.date(2026, 11, 23),
    dt.date(2026, 10, 24),
    dt.date(1969, 12, 31),
]
TYPES = {
    "Country": ("text", TEXTS),
    "Name": ("text", TEXTS),
    "Score": ("number", NUMBERS),
    "Best_Score": ("number", NUMBERS[::-1]),
    "Trial_End": ("date", DAYS),
    "CreatedDate": ("datetime", [None, NOW, NOW - dt.timedelta(hours=2), NOW - dt.timedelta(hours=1)]),
    "Blocked": ("checkbox", [None, True, False, False, True]),
}
ARROW = {"number": pa.float64(), "date": pa.date32(), "datetime": pa.timestamp("us", "UTC"), "checkbox": pa.bool_()}
COUNT = 700


def _plain(kind, values):
    return pa.array([values[(n * 7 + n // 11) % len(values)] for n in range(COUNT)], ARROW.get(kind, pa.string()))


def _with_unused(values):
    """A dictionary with a null, with entries twice and entries that nobody has; indices that begin further on."""
    found = values.dictionary_encode()
    texts = pa.concat_arrays([pa.array(["Norway", None, "\u00c9"]), found.dictionary, found.dictionary])
    count = len(found.dictionary)
    index = [None if at is None else 3 + at + count * (n % 2) for n, at in enumerate(found.indices.to_pylist())]
    index = [1 if at is None and n % 2 else at for n, at in enumerate(index)]
    return pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, None, *index], pa.int32()), texts).slice(4)


def _of_text(change):
    return lambda values: change(values) if pa.types.is_string(values.type) else values


FORMS = {
    "as they are": lambda values: values,
    "begun further on": lambda values: pa.concat_arrays([values.slice(5, 13), values, values.slice(0, 3)]).slice(
        13, COUNT
    ),
    "in two chunks": lambda values: pa.chunked_array([values.slice(0, 301), values.slice(301)]),
    "large": _of_text(lambda values: values.cast(pa.large_string()).slice(0)),
    "dictionaries": _of_text(lambda values: values.dictionary_encode()),
    "dictionaries of large": _of_text(lambda values: values.cast(pa.large_string()).dictionary_encode()),
    "narrow dictionaries": _of_text(lambda values: values.cast(pa.dictionary(pa.int8(), pa.string()))),
    "strange dictionaries": _of_text(_with_unused),
    "without values": lambda values: pa.nulls(len(values), values.type),
    "without values and dictionary": _of_text(
        lambda values: pa.nulls(len(values)).cast(pa.string()).dictionary_encode()
    ),
    "without a type": lambda values: pa.nulls(len(values)),
}


def _batch(change, without=()):
    columns = {
        (name,): Column(FieldType(kind), change(_plain(kind, values)))
        for name, (kind, values) in TYPES.items()
        if name not in without
    }
    micros = (NOW - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    return Batch("Lead", columns, {}, {}, None, np.full(COUNT, micros), np.arange(1, COUNT + 1))


@pytest.mark.parametrize("form", FORMS)
def test_a_column_is_read_in_every_form_that_arrow_has_for_it(form, monkeypatch):
    monkeypatch.setattr(compiled, "SLICE", 64)
    here = world(lead=ASKS)
    assert_compiled_is_the_judge(here, _batch(FORMS[form]), sizes=(1, 9, 333))


@pytest.mark.parametrize("name", TYPES)
def test_a_column_that_a_batch_does_not_have_is_blank(name):
    here = world(lead=ASKS)
    assert_compiled_is_the_judge(here, _batch(lambda values: values, without=[name]), sizes=(400,))


@pytest.mark.parametrize("seed", range(5))
def test_texts_that_are_parts_of_one_another_are_told_apart(seed):
    rng = random.Random(seed)
    letters = ["ab", "abc ", "ab\u00e9", "a\u00df\u00c9s", "aB\u4e2d"][seed]

    def text(most):
        return "".join(rng.choices(letters, k=rng.randint(1, most))).strip() or "a"

    ops = [rng.choice(["=", "!=", "CONTAINS", "STARTS WITH", "ENDS WITH"]) for _ in range(24)]
    nodes = {
        f"n{n}": {
            "type": "decision",
            "branches": [{"when": f"Country {op} '{text(4)}'", "then": f"n{n + 1}"}],
            "otherwise": f"n{n + 1}",
        }
        for n, op in enumerate(ops)
    }
    flow = {"flow": "lead", "object": "Lead", "triggers": ["created"], "start": "n0"}
    here = world(lead=yaml.dump(flow | {"nodes": nodes | {"n24": {"type": "end", "result": "Done"}}}))
    leads = [lead(Country=text(6)) for _ in range(150)]
    assert_compiled_is_the_judge(here, batch_of([(one, NOW) for one in leads], here.types, dictionaries=False))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [3, 8])
def test_a_batch_is_walked_in_slices_with_little_room_for_paths(kind, seed, monkeypatch):
    monkeypatch.setattr(compiled, "SLICE", 7)
    monkeypatch.setattr(paths, "FIRST_PATHS", 4)
    monkeypatch.setattr(paths, "FIRST_MARKS", 8)
    here = generated(seed, 10, KINDS[kind])
    batch = batch_of(here.records(90), here.world.types, dictionaries=seed % 2 == 0)
    assert_compiled_is_the_judge(here.world, batch, sizes=(40, 1))


def test_batches_without_records_are_routed():
    here = world(lead=ASKS)
    engine = CompiledEngine([here], "lead", Names(), full_paths=True)
    batch = _batch(lambda values: values)
    (piece,) = cut(batch, (COUNT,))
    empty = piece.at(np.zeros(0, np.int64))
    sizes = [len(routed.outcomes[0].path) for routed in run(engine, [lambda: empty, lambda: piece, lambda: empty], 2)]
    assert sizes == [0, COUNT, 0]


CONSTANTS = {
    "one": [50],
    "three": [-5, 0, 25],
    "many": range(40),
    "close and far": [0, 0.000001, 0.000002, *range(1, 12), 1000000000000000],
    "far apart": [-1000000000000000, 1000000000000000],
}


@pytest.mark.parametrize("constants", CONSTANTS.values(), ids=CONSTANTS)
def test_numbers_and_days_fall_on_the_right_side_of_every_constant(constants):
    first = dt.date(2026, 1, 1)
    days = [first + dt.timedelta(int(min(max(c, -100_000), 100_000))) for c in constants]
    asked = [f"Score {op} {c:f}" for c in constants for op in (">=", "=")] + [f"Trial_End >= {day}" for day in days]
    ends = {
        f"n{n}": {"type": "decision", "branches": [{"when": when, "then": f"n{n + 1}"}], "otherwise": f"n{n + 1}"}
        for n, when in enumerate(asked)
    }
    nodes = ends | {f"n{len(asked)}": {"type": "end", "result": "Done"}}
    flow = {"flow": "lead", "object": "Lead", "triggers": ["created"], "start": "n0", "nodes": nodes}
    at = np.array(constants, float)
    numbers = [*at, *np.nextafter(at, -np.inf), *np.nextafter(at, np.inf), -1e308, 1e308, 5e-324, -0.0, 7.5]
    leads = [lead(Score=float(number), Trial_End=None) for number in numbers]
    leads += [lead(Score=None, Trial_End=day + dt.timedelta(n)) for day in days for n in (-1, 0, 1)]
    here = world(lead=yaml.dump(flow))
    assert_compiled_is_the_judge(here, batch_of([(one, NOW) for one in leads], here.types), sizes=(500,))


BEN_AND_CY = {"rosters/two": "roster: two\nmembers:\n- user: ben\n- user: cy\n"}
TURN_READ = """\
flow: lead
object: Lead
triggers: [created]
start: first
nodes:
  first: {type: decision, branches: [{when: "Score = %d", then: gone}], otherwise: turn}
  gone: {type: end, result: Gone}
  turn: {type: rotate, roster: two, then: rep, nobody: end}
  rep: {type: set, values: {Rep: Owner}, then: own}
  own: {type: assign, to: queue/raw, then: end}
  end: {type: end, result: Done}
"""


def test_what_is_set_from_whose_turn_it_was_differs_by_it():
    """The owner is another one in the end, so that the outcome does not say who had the turn."""
    worlds = [world(lead=TURN_READ % score, **BEN_AND_CY) for score in (1, 2)]
    batch = batch_of([(lead(Score=score), NOW) for score in (1.0, 3.0, 3.0, 2.0, 3.0)], worlds[0].types)
    engine = CompiledEngine(worlds, "lead", Names(), full_paths=True)
    judge = JudgedEngine(worlds, "lead", engine.names, True)
    routed, wanted = engine.settle(engine.walk(batch)), judge.settle(batch)

    assert engine.differences(routed).sets["Rep"].tolist() == judge.differences(wanted).sets["Rep"].tolist()
    for row in range(len(batch)):
        for version in (0, 1):
            assert engine.explain(routed, row, version).sets == judge.explain(wanted, row, version).sets


MANY_TURNS = """\
flow: lead
object: Lead
triggers: [created]
start: r0
nodes:
  r0: {type: rotate, roster: two, then: which, nobody: end}
  which: {type: decision, branches: [{when: "Owner.Name = 'Cy Ito'", then: cys}], otherwise: others}
  cys: {type: set, values: {Status: "'MQL'"}, then: r1}
  others: {type: set, values: {Status: "'Raw'"}, then: r1}
"""


def test_a_record_with_many_turns_is_explained_by_those_that_it_had():
    nodes = [
        f"  r{n}: {{type: rotate, roster: two, then: {f'r{n + 1}' if n < 12 else 'end'}, nobody: end}}\n"
        for n in range(1, 13)
    ]
    here = world(lead=MANY_TURNS + "".join(nodes) + "  end: {type: end, result: Done}\n", **BEN_AND_CY)
    batch = batch_of([(lead(Score=1.0), NOW)] * 6, here.types)
    engine = CompiledEngine([here], "lead", Names(), full_paths=True)
    routed = engine.settle(engine.walk(batch))
    for row, outcome in enumerate(judged(here, "lead", batch)):
        said = engine.explain(routed, row, 0)
        assert (said.ways, said.sets, said.owner) == (outcome.ways, outcome.sets, outcome.owner)
