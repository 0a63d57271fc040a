"""How much the fixtures notice: what some fixture catches, what none does, and the lead that would."""

import datetime as dt

import pytest

from flowctl.diag import FlowctlError
from flowctl.document import dump
from flowctl.ops.mutation.mutate import mutate
from flowctl.ops.mutation.stub import stub_of
from flowctl.ops.test import run_tests
from tests.ops.small import ROWS, fixture, flow, model_of

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
SCORED = """\
start:
  type: decision
  branches:
    - {when: Score >= 50 AND Country != 'Peru', label: hot, then: to_hot}
    - {when: Status = 'MQL', label: mql, then: seen}
  otherwise: on
seen: {type: set, values: {Source: Country}, then: on}
to_hot: {type: assign, to: queue/hot, then: done}
on: {type: continue, flow: cold}
"""
COLD = """\
start:
  type: decision
  branches:
    - {when: Trial_End >= TODAY - 30 DAYS, label: trial, then: to_emea}
    - {when: CHANGED(Status), label: changed, then: to_raw}
  otherwise: by_country
to_emea: {type: rotate, roster: emea, then: done, nobody: to_raw}
to_raw: {type: assign, to: queue/raw, then: done}
by_country: {type: lookup, table: owners, as: row, by: {Country: Country}, found: to_owner, missing: find}
to_owner: {type: assign, to: row.Owner, then: done, unavailable: to_raw}
find: {type: match, object: Account, as: account, by: [email_domain, company_name], matched: to_rep, unmatched: done}
to_rep: {type: assign, to: account.Rep, then: done, unavailable: to_raw}
"""
FLOWS = {"lead": flow(SCORED), "cold": flow(COLD, "cold", "triggers: []")}
ONE = fixture("Score: 60", "owner: queue/hot, ends: done")


def report(fixtures, flows=(), texts=FLOWS, tries=0):
    return mutate("here", model_of(texts, fixtures), flows, NOW, tries=tries)


def words(found):
    return [survivor.mutant.words for survivor in found.survivors]


def test_a_change_is_caught_when_a_fixture_fails():
    found = report({"lead": [ONE]}, ["lead"])

    assert "`to` made `queue/cold`" not in words(found)
    assert "`Score >= 50` made `NOT Score >= 50`" not in words(found)
    assert "`Score >= 50` made `Score > 50`" in words(found)
    assert found.caught == found.mutants - len(found.survivors)


def test_a_change_is_caught_by_fixtures_of_flows_that_continue_there():
    fixtures = {"lead": [fixture("Country: Peru", "owner: queue/hot, ends: done")]}

    assert "`Country` not looked at" not in words(report(fixtures, ["cold"]))
    assert "`Country` not looked at" in words(report({}, ["cold"]))


def test_a_fixture_that_fails_as_it_is_notices_nothing():
    with pytest.raises(FlowctlError, match="a fixture fails as the flows are"):
        report({"lead": [fixture("Score: 60", "owner: queue/raw")]})


def test_the_same_changes_are_told_in_the_same_order_each_time():
    assert report({"lead": [ONE]}) == report({"lead": [ONE]})


def test_a_flow_in_which_nothing_can_be_changed_is_caught_in_full():
    found = report({}, texts={"lead": flow("", start="done")})

    assert (found.mutants, found.share) == (0, 100.0)


@pytest.mark.parametrize(
    ("change", "lead"),
    [
        ("`Score >= 50` made `Score > 50`", {"Score": 50}),
        ("`AND` made `OR` in `Score >= 50 AND Country != 'Peru'`", {}),
        ("`Status = 'MQL'` made `Status = 'Won'`", {"Status": "MQL", "Country": "Peru"}),
        ("`hot` and `mql` swapped", {"Score": 60, "Status": "MQL"}),
    ],
)
def test_the_lead_that_would_notice_has_only_the_fields_that_matter(change, lead):
    found = report({"lead": [ONE]}, ["lead"], tries=150)

    [survivor] = [s for s in found.survivors if s.mutant.words == change]
    assert stub_of(survivor.witness, "x")["lead"] == lead


ACCOUNTS = "data: {Account: [{Name: Acme, Website: acme.example, Rep: bea.kim}]}, "
EVENTS = "event: updated, prior: {Status: Raw}, "
FIXTURES = {
    "lead": [ONE, fixture("Status: Won")],
    "cold": [
        fixture("Trial_End: 2026-11-20", "owner: user/bea.kim, ends: done"),
        fixture("Status: MQL", "owner: queue/raw", EVENTS),
        fixture("Country: Peru", "owner: queue/hot"),
        fixture("Email: ana@acme.example", "owner: user/bea.kim", ACCOUNTS),
    ],
}


def test_every_lead_that_is_found_passes_as_a_fixture_and_fails_in_the_changed_flow():
    model = model_of(FLOWS, FIXTURES)
    found = mutate("here", model, (), NOW, tries=150)
    known = [survivor for survivor in found.survivors if survivor.witness]

    assert len(known) > 10
    for survivor in known:
        stub = dump([stub_of(survivor.witness, "found")])
        name = survivor.witness.lead.flow
        fixtures = {**FIXTURES, name: [*FIXTURES[name], stub]}
        assert run_tests("here", model_of(FLOWS, {name: [stub]})).passed
        again = report(fixtures, [survivor.mutant.flow])
        assert survivor.mutant not in [s.mutant for s in again.survivors]


def test_where_no_lead_is_found_that_is_said():
    nodes = """
start:
  type: decision
  branches:
    - {when: Score > 5, label: a, then: one}
  otherwise: one
one: {type: assign, to: queue/raw, then: done}
"""

    fixtures = {"lead": [fixture("Score: 60", "owner: queue/raw, ends: done"), fixture("Score: 1", "owner: queue/raw")]}

    found = report(fixtures, texts={"lead": flow(nodes)}, tries=50)

    assert words(found) == [
        "`Score > 5` made `Score >= 5`",
        "`Score > 5` made `NOT Score > 5`",
        "`Score > 5` made `Score > 6`",
        "`Score > 5` made `Score > 4`",
    ]
    assert [survivor.witness for survivor in found.survivors] == [None] * 4


def test_a_row_that_a_fixture_finds_answers_something_else():
    caught = report({"cold": [fixture("Country: Peru", "owner: queue/hot")]}, ["cold"])
    silent = flow(COLD.replace("to: row.Owner", "to: queue/raw"), "cold")
    table = [s.mutant for s in report({}, ["cold"]).survivors if s.mutant.kind == "answer"]

    assert [s for s in caught.survivors if s.mutant.kind == "answer"] == []
    assert table == []  # no fixture finds a row
    assert "answer" not in {m.mutant.kind for m in report({"cold": []}, texts={"cold": silent}).survivors}


def test_an_answer_that_no_fixture_looks_at_is_told_with_its_cell():
    told = "to_owner: {type: notify, channel: slack, to: '#x', message: '{{row.Owner}}', then: done}"
    nodes = "\n".join(told if line.startswith("to_owner:") else line for line in COLD.splitlines())

    found = report({"cold": [fixture("Country: Chile")]}, ["cold"], {"cold": flow(nodes, "cold")}, tries=5)

    [survivor] = [s for s in found.survivors if s.mutant.kind == "answer"]
    assert str(survivor.mutant.place) == "flows/tables/owners.csv:3:7"
    assert survivor.mutant.words == "`Owner` of row 2 of `owners` made `queue/hot`"
    assert stub_of(survivor.witness, "x")["expect"] == {"owner": "nobody", "ends": "done", "notifies": ["queue/cold"]}


def test_a_condition_that_waits_is_told_apart_by_what_happens_later():
    wait = "start: {type: wait, until: Status = 'Won', for: 5 DAYS, met: to_hot, expired: done}"
    nodes = f"{wait}\nto_hot: {{type: assign, to: queue/hot, then: done}}"

    found = report({"lead": [fixture("Score: 5", "owner: nobody")]}, texts={"lead": flow(nodes)}, tries=100)

    [longer] = [s for s in found.survivors if s.mutant.words == "`for` made `6 DAYS`"]
    assert stub_of(longer.witness, "x")["later"] == [{"after": "143 HOURS", "lead": {"Status": "Won"}}]


def test_a_table_is_as_it_was_after_the_changes():
    model = model_of(FLOWS, {"cold": [fixture("Country: Peru", "owner: queue/hot")]})
    before = model.tables["owners"].snapshot().fingerprint

    mutate("here", model, (), NOW, tries=0)

    assert model.tables["owners"].snapshot().fingerprint == before
    assert ROWS.startswith("Country")
