"""Fixtures: expectations that no flow can meet."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, flows
from flowctl.diag import Severity, did_you_mean
from flowctl.flow import Flow, Model
from flowctl.flow.fixture import Fixture
from flowctl.flow.kinds import Path
from flowctl.flow.nodes.continue_ import Continue
from flowctl.flow.nodes.end import End
from flowctl.flow.schedule import LEFT_OUT_RESULT


@check(
    "FC209",
    Severity.ERROR,
    flows,
    bad="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: partner
    nodes:
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handed to partners}
    --- flows/fixtures/lead/partner.yaml
    - why: every lead is a partner's
      now: 2026-11-23T09:00:00Z
      lead: {Company: Acme}
      expect: {owner: queue/partner, ends: dnoe}
    """,
    good="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: partner
    nodes:
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handed to partners}
    --- flows/fixtures/lead/partner.yaml
    - why: every lead is a partner's
      now: 2026-11-23T09:00:00Z
      lead: {Company: Acme}
      expect: {owner: queue/partner, ends: done}
    """,
)
def expectation_that_cannot_be_met(scope: FlowScope) -> Found:
    """A fixture that expects a node or a result that the flow does not have.

    ## Why it matters
    The fixture fails whatever the flow does. After a node is renamed, this says which fixtures still have its old name.

    ## What to do
    Correct the name. `ends` is the id of an `end` node of the flow, or of a flow that it continues in; `result` is such
    a node's result.
    """
    fixtures = scope.model.fixtures.get(scope.flow.flow, ())
    behind = list(_behind(scope.flow, scope.model)) if fixtures else []
    if any(flow.unread or not _continues(flow) <= scope.model.flows.keys() for flow in behind):
        return
    nodes = {id_: node for flow in behind for id_, node in flow.nodes.items()}
    ends = {id_: node for id_, node in nodes.items() if isinstance(node, End)}
    results = [node.result for node in ends.values()]
    if scope.flow.schedule and scope.flow.schedule.where is not None:
        results.append(LEFT_OUT_RESULT)
    known = {"ends": list(ends), "result": results, "path": list(nodes)}
    for fixture in fixtures:
        for path, name in _expected(fixture):
            names = known[str(path[0])]
            if name not in names:
                what = {"ends": "no `end` node is called", "result": "no `end` node has the result"}
                message = f"{what.get(str(path[0]), 'no node is called')} `{name}`"
                hint = did_you_mean(name, names) or "correct the name, or write the node"
                yield fixture.where("expect", *path), message, hint


def _expected(fixture: Fixture) -> Iterator[tuple[Path, str]]:
    expect = fixture.story.expect
    if expect.ends is not None:
        yield ("ends",), expect.ends
    if expect.result is not None:
        yield ("result",), expect.result
    for i, id_ in enumerate(expect.path or ()):
        yield ("path", i), id_


def _behind(flow: Flow, model: Model) -> Iterator[Flow]:
    """The flow and all that it continues in, directly or not."""
    seen, waiting = {flow.flow}, [flow]
    while waiting:
        here = waiting.pop()
        yield here
        onward = sorted((_continues(here) & model.flows.keys()) - seen)
        seen.update(onward)
        waiting += (model.flows[name] for name in onward)


def _continues(flow: Flow) -> set[str]:
    return {node.flow for node in flow.nodes.values() if isinstance(node, Continue)}
