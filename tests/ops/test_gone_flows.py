"""The leads of a flow that is removed go to nobody, and that is told, also when its fixtures go with it."""

from flowctl.flow import load_model
from flowctl.ops.config import Gates, config_of
from flowctl.ops.gates import Candidate, judge
from tests.ops.small import FILES, flow

CONFIG = config_of(b"environments:\n  production: {adapter: local, path: p}\n")
AFTER = {"flows/lead.yaml": flow("start: {type: assign, to: queue/raw, then: done}", header="triggers: [created]")}
SECOND = flow("start: {type: assign, to: queue/hot, then: done}", "second", "triggers: [updated]")
BEFORE = {**AFTER, "flows/second.yaml": SECOND}
FIXTURES = """\
- why: {why}
  now: 2026-11-23T09:00:00Z
  event: created
  lead: {{Company: Acme}}
  expect: {{owner: queue/hot}}
"""


def fixtures(flow_name, why):
    return {f"flows/fixtures/{flow_name}/all.yaml": FIXTURES.format(why=why)}


def judged(before, after):
    models = [load_model({**FILES, **files}) for files in (before, after)]
    parts = ("flow/second",)
    return judge(Gates(), Candidate(CONFIG, *models, parts, None, None, None))


def test_the_leads_of_a_removed_flow_move_to_nobody():
    found = judged({**BEFORE, **fixtures("second", "a hot one")}, AFTER)

    [gone] = [s for s in found.simulations if s.flow == "second"]
    assert [(m.before, m.after, m.leads) for m in gone.moves] == [("queue/hot", "nobody", 1)]
    assert [r.name for r in gone.newly_unrouted] == ["a hot one"]
    assert (found.moved.leads, found.moved.of) == (1, 1)


def test_leads_that_another_flow_has_now_are_routed_there_only():
    found = judged(
        {**BEFORE, **fixtures("second", "a hot one")},
        {**AFTER, **fixtures("lead", "a hot one")},
    )

    assert [s.flow for s in found.simulations] == ["lead"]
