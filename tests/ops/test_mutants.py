"""Which mistakes are made in a flow: each once, in words and at its place, and none that changes nothing."""

import pytest
from hypothesis import given

from flowctl.check import graph
from flowctl.diag import Severity
from flowctl.expr import FieldType, implies, parse, to_text
from flowctl.flow import Node, dump_flow, load_model
from flowctl.ops.mutation.conditions import slips
from flowctl.ops.mutation.mutants import mutants
from tests.ops.small import flow, model_of
from tests.strategies import conditions
from tests.strategies import flows as generated

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

TYPES = {
    "Status": FieldType("picklist", ("Raw", "MQL", "Won")),
    "Score": FieldType("number"),
    "Trial_End": FieldType("date"),
    "Country": FieldType("text"),
    "Hot": FieldType("checkbox"),
    "Topics": FieldType("multipicklist"),
}


class Schema:
    def field(self, path):
        return TYPES.get(path[0])

    def known(self, prefix):
        return TYPES

    def why_not(self, path):
        return None


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Status = 'Raw'", ["Status != 'Raw'", "Status = 'MQL'"]),
        ("Status != 'Won'", ["Status = 'Won'", "Status != 'Raw'"]),
        ("Score >= 50", ["Score > 50", "NOT Score >= 50", "Score >= 51", "Score >= 49"]),
        ("Score < 5", ["Score <= 5", "NOT Score < 5", "Score < 6", "Score < 4"]),
        ("Country IN ('A', 'B')", ["Country NOT IN ('A', 'B')", "Country IN ('B')", "Country IN ('A')"]),
        ("Country CONTAINS 'er'", ["NOT Country CONTAINS 'er'", "Country CONTAINS 'er x'"]),
        ("Country IS BLANK", ["Country IS NOT BLANK"]),
        ("Trial_End = 2026-01-01", ["Trial_End != 2026-01-01", "Trial_End = 2026-01-02", "Trial_End = 2025-12-31"]),
        ("Trial_End > TODAY", ["Trial_End >= TODAY", "NOT Trial_End > TODAY"]),
        (
            "Trial_End >= TODAY - 1 DAY",
            [
                "Trial_End > TODAY - 1 DAY",
                "NOT Trial_End >= TODAY - 1 DAY",
                "Trial_End >= TODAY",
                "Trial_End >= TODAY - 2 DAYS",
            ],
        ),
        ("Hot", ["NOT Hot"]),
        ("NOT Hot", ["Hot"]),
        ("ISNEW()", ["NOT ISNEW()"]),
        ("Topics INCLUDES ('CI')", ["Topics EXCLUDES ('CI')", "Topics INCLUDES ('CI x')"]),
        ("Hot AND ISNEW()", ["Hot OR ISNEW()", "NOT Hot AND ISNEW()", "Hot AND NOT ISNEW()"]),
        ("Hot OR NOT ISNEW()", ["Hot AND NOT ISNEW()", "NOT Hot OR NOT ISNEW()", "Hot OR ISNEW()"]),
        (
            "Score BETWEEN 1 AND 2",
            [
                "NOT Score BETWEEN 1 AND 2",
                "Score BETWEEN 2 AND 2",
                "Score BETWEEN 0 AND 2",
                "Score BETWEEN 1 AND 3",
                "Score BETWEEN 1 AND 1",
            ],
        ),
    ],
)
def test_each_operator_and_each_constant_is_mistaken_once(text, made):
    assert [to_text(slip.e) for slip in slips(parse(text), Schema())] == made


@given(conditions)
def test_no_mistake_is_one_that_can_be_seen_to_change_nothing(e):
    made = list(slips(e, Schema()))

    assert all(not (implies(e, slip.e) and implies(slip.e, e)) for slip in made)
    assert all(parse(to_text(slip.e)) == slip.e for slip in made)
    assert len({slip.e for slip in made}) == len(made)


def told(text, kind=None, **files):
    model = model_of({"lead": text}, files=files)
    return [(str(m.place), m.words) for m in mutants(model, "lead") if kind in (None, m.kind)]


def test_a_mistake_stands_where_its_piece_is_written():
    text = flow(
        "start:\n  type: decision\n  branches:\n    - when: Status = 'MQL' AND Country IN ('Peru', 'Chile')\n"
        "      label: hot\n      then: done\n  otherwise: cold\ncold: {type: assign, to: queue/cold, then: done}"
    )

    assert told(text, "constant") == [
        ("flows/lead.yaml:9:15", "`Status = 'MQL'` made `Status = 'Won'`"),
        ("flows/lead.yaml:9:46", "`'Peru'` left out of `Country IN ('Peru', 'Chile')`"),
        ("flows/lead.yaml:9:54", "`'Chile'` left out of `Country IN ('Peru', 'Chile')`"),
    ]


COLD = "cold: {type: assign, to: queue/cold, then: done}"


@pytest.mark.parametrize(
    ("first", "second", "swaps"),
    [
        ("Score > 5, then: cold", "Country = 'Peru', then: done", 1),
        ("Score > 5, then: cold", "Country = 'Peru', then: cold", 0),  # they lead to one node
        ("Score > 5, then: cold", "Score <= 5, then: done", 0),  # no lead meets both
        ("Status = 'Raw', then: cold", "\"Status IN ('MQL', 'Won')\", then: done", 0),
    ],
)
def test_neighbours_are_swapped_where_that_can_matter(first, second, swaps):
    branches = "".join(f"    - {{when: {branch}, label: l{i}}}\n" for i, branch in enumerate((first, second)))

    nodes = f"start:\n  type: decision\n  branches:\n{branches}  otherwise: done\n{COLD}"

    assert len(told(flow(nodes), "order")) == swaps


@pytest.mark.parametrize(
    ("node", "kind", "words"),
    [
        ("start: {type: assign, to: queue/raw, then: done}", "owner", ["`to` made `queue/hot`"]),
        ("start: {type: assign, to: user/lars.holm, then: done}", "owner", ["`to` made `user/bea.kim`"]),
        ("start: {type: rotate, roster: amer, then: done, nobody: done}", "roster", ["`roster` made `emea`"]),
        (
            "start: {type: set, values: {Status: \"'Won'\", Score: 5, Trial_End: TODAY, Company: Country}, then: done}",
            "value",
            [
                "`Status` set to `'Raw'`, not to `'Won'`",
                "`Score` set to `6`, not to `5`",
                "`Trial_End` set to `TODAY + 1 DAY`, not to `TODAY`",
                "`Company` set to `BLANK`, not to `Country`",
            ],
        ),
        (
            "start: {type: lookup, table: owners, as: row, by: {Country: Country}, found: done, missing: done}",
            "key",
            ["`Country` not looked at"],
        ),
        (
            "start: {type: match, object: Account, as: account, by: [related, email_domain, company_name], "
            "prefer: [newest], matched: done, unmatched: done}",
            "key",
            ["method `email_domain` left out", "method `company_name` left out", "preference `newest` left out"],
        ),
        ("start: {type: wait, until: Score > 5, for: 5 DAYS, met: done, expired: done}", "way out", []),
    ],
)
def test_what_a_node_names_is_mistaken_for_another(node, kind, words):
    assert [said for _, said in told(flow(node), kind)] == words


def test_a_wait_is_longer_by_a_day():
    node = "start: {type: wait, until: Status = 'Won', for: 5 DAYS, met: done, expired: done}"

    assert "`for` made `6 DAYS`" in [said for _, said in told(flow(node))]


def test_the_condition_of_a_schedule_is_mistaken_as_any_other():
    job = "schedule: {every: day 06:00, where: Score > 5}"
    text = flow("start: {type: assign, to: queue/raw, then: done}", header=job)

    assert ("flows/lead.yaml:3:37", "`Score > 5` made `Score >= 5`") in told(text)


def test_nothing_is_changed_in_what_no_lead_reaches():
    text = flow("start: {type: assign, to: queue/raw, then: done}\nlost: {type: assign, to: queue/hot, then: done}")

    assert [place for place, _ in told(text)] == ["flows/lead.yaml:6:29"]


@given(generated())
def test_every_mutant_is_a_flow_without_cycles(text):
    objects = {"flows/objects/Lead.yaml": "object: Lead\nfields:\n  Email: {type: email}\n"}
    model = load_model({**objects, "flows/lead.yaml": dump_flow(text)})
    if any(problem.severity is Severity.ERROR for problem in model.problems):
        return

    for mutant in (m for m in mutants(model, "lead") if isinstance(m.change, Node)):
        nodes = {**model.flows["lead"].nodes, mutant.node: mutant.change}
        assert graph.cycles({id_: [way.to for way in node.ways()] for id_, node in nodes.items()}) == ()
        mutant.change.lower()
