"""What fixtures meet of a flow: which truth of which comparison is missing, and where it stands."""

from flowctl.flow import load_model
from flowctl.ops.config import Gates, config_of
from flowctl.ops.gates import Candidate, judge
from flowctl.ops.test import run_tests

OBJECTS = {
    "flows/directory.yaml": "queues:\n  raw: {name: Raw}\n  hot: {name: Hot}\n",
    "flows/objects/Lead.yaml": """\
object: Lead
fields:
  Status: {label: Status, type: picklist, values: [Raw, MQL]}
  Score: {label: Score, type: number}
  Owner: {label: Owner, type: owner}
""",
}
LEAD = """\
flow: lead
object: Lead
triggers: [created]
start: hot
nodes:
  hot:
    type: decision
    branches:
      - when: Status = 'MQL' AND (Score >= 50 OR Status IS BLANK)
        label: hot
        then: to_hot
      - {when: "TRUE", label: all, then: to_raw}
    otherwise: on
  to_hot: {type: assign, to: queue/hot, then: on}
  to_raw: {type: assign, to: queue/raw, then: on}
  on: {type: continue, flow: job}
"""
JOB = """\
flow: job
object: Lead
schedule:
  every: monday 06:00
  where: Status = 'Raw' AND Score IS NOT BLANK
start: raw
nodes:
  raw:
    type: decision
    branches:
      - {when: Status = 'Raw', label: raw, then: done}
    otherwise: done
  done: {type: end, result: Done}
"""


def fixture(lead, event="created", owner="nobody"):
    return f"- {{why: x, now: 2026-11-23T09:00:00Z, event: {event}, lead: {lead}, expect: {{owner: {owner}}}}}\n"


def model_of(lead="", job=""):
    files = {"flows/lead.yaml": LEAD, "flows/job.yaml": JOB, **OBJECTS}
    return load_model({**files, "flows/fixtures/lead/a.yaml": lead or "[]", "flows/fixtures/job/a.yaml": job or "[]"})


def unseen(model, flow):
    [coverage] = [c for c in run_tests("here", model).coverage if c.flow == flow]
    return [(str(u.place), u.atom, u.truths) for u in coverage.unseen]


def test_what_was_never_met_is_told_where_it_is_written():
    model = model_of(lead=fixture("{Status: MQL, Score: 60}", owner="queue/hot"))

    assert unseen(model, "lead") == [
        ("flows/lead.yaml:9:15", "Status = 'MQL'", (False,)),
        ("flows/lead.yaml:9:35", "Score >= 50", (False,)),
        ("flows/lead.yaml:9:50", "Status IS BLANK", (True, False)),  # OR was decided before
    ]


def test_a_constant_compares_nothing():
    leads = [fixture("{Status: MQL, Score: 60}"), fixture("{Status: MQL, Score: 6}"), fixture("{Score: 60}")]
    model = model_of(lead="".join(leads))

    [coverage] = [c for c in run_tests("here", model).coverage if c.flow == "lead"]

    assert (coverage.conditions, coverage.seen) == (6, 5)


def test_what_a_record_meets_in_the_flow_that_it_continues_in_counts_there():
    model = model_of(lead=fixture("{Status: Raw}") + fixture("{Status: MQL}"))

    assert unseen(model, "job") == [
        ("flows/job.yaml:5:10", "Status = 'Raw'", (True, False)),
        ("flows/job.yaml:5:29", "Score IS NOT BLANK", (True, False)),
    ]


def test_the_condition_of_a_schedule_is_met_by_what_it_leaves_out_too():
    job = fixture("{Status: Raw, Score: 1}", "scheduled") + fixture("{Status: MQL}", "scheduled")

    assert unseen(model_of(job=job), "job") == [
        ("flows/job.yaml:5:29", "Score IS NOT BLANK", (False,)),
        ("flows/job.yaml:11:16", "Status = 'Raw'", (False,)),
    ]


def test_the_share_counts_each_truth_and_is_rounded_down():
    report = run_tests("here", model_of(lead=fixture("{Status: MQL, Score: 60}")))

    assert report.conditions == 25.0  # 3 of 12


def test_a_gate_asks_for_a_share_of_conditions():
    config = config_of(b"environments: {}\ngates:\n  weekly: {conditions: 60%}\n")
    model = model_of(lead=fixture("{Status: MQL, Score: 60}", owner="queue/hot"))
    candidate = Candidate(config, model, model, (), None, None, None)

    [gate] = judge(config.gates_of("weekly"), candidate).gates

    assert (gate.gate, gate.passed) == ("conditions", False)
    assert gate.figure == "25% of comparisons are met true and false, at least 60%"
    assert judge(Gates(conditions=25.0), candidate).gates[0].passed
