"""Fixtures: expectations that no flow can meet, and records that no flow is met by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, flows
from flowctl.check.written import written
from flowctl.diag import Severity, did_you_mean
from flowctl.expr import fold
from flowctl.flow import Flow, Model
from flowctl.flow.fixture import Fixture
from flowctl.flow.kinds import Path
from flowctl.flow.nodes.continue_ import Continue
from flowctl.flow.nodes.end import End
from flowctl.flow.schedule import LEFT_OUT_RESULT

PICKLISTS = ("picklist", "multipicklist")


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


@check(
    "FC221",
    Severity.WARNING,
    flows,
    quotes=False,
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
      lead: {Status: Rwa}
      expect: {owner: queue/partner}
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
      lead: {Status: Raw}
      expect: {owner: queue/partner}
    """,
)
def unknown_value_in_a_fixture(scope: FlowScope) -> Found:
    """A value of a record in a fixture that the picklist does not have.

    ## Why it matters
    No record comes with it. The fixture takes a way that no lead takes, and passes whatever happens to real ones.

    ## What to do
    Correct the value, or add it to the field's `values`. The value is not shown, since it is a record's.
    """
    for fixture in scope.model.fixtures.get(scope.flow.flow, ()):
        for path, object_, fields in written(fixture, scope):
            for name, value in fields.items():
                field = object_.fields.get(name)
                wrong = _unlisted(value, field.values) if field and field.type in PICKLISTS else None
                if field and wrong is not None:
                    hint = did_you_mean(wrong, field.values) or f"values: flows/objects/{object_.object}.yaml"
                    yield fixture.where(*path, name), f"unknown picklist value of `{name}`", hint


def _unlisted(value: object, values: tuple[str, ...]) -> str | None:
    """The first choice that a picklist does not have, None when it has all or lists none."""
    parts = value.split(";") if isinstance(value, str) else value if isinstance(value, Iterable) else ()
    known = {fold(choice) for choice in values}
    choices = (part.strip() for part in parts if isinstance(part, str))
    return next((choice for choice in choices if known and choice and fold(choice) not in known), None)


@check(
    "FC222",
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
      event: scheduled
      lead: {Company: Acme}
      expect: {owner: queue/partner}
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
      expect: {owner: queue/partner}
    """,
)
def event_that_cannot_happen(scope: FlowScope) -> Found:
    """A fixture of an event that does not set its flow off.

    ## Why it matters
    No record arrives so. The flow's schedule is not asked, or asked in vain, and what the fixture shows never happens.

    ## What to do
    Correct the fixture's `event` (`created` where it says none), or the flow's `triggers` and `schedule`. A flow that
    another one continues in can meet every event.
    """
    flow = scope.flow
    if any(flow.flow in _continues(other) or other.unread for other in scope.model.flows.values()):
        return
    for fixture in scope.model.fixtures.get(flow.flow, ()):
        event = fixture.story.event
        is_written = fixture.document.at(fixture.position, "event") is not None
        where = fixture.where("event") if is_written else fixture.place
        if event == "scheduled" and flow.schedule is None:
            yield where, f"`{flow.flow}` has no schedule", f"`event: {next(iter(flow.triggers), 'created')}`"
        elif event != "scheduled" and flow.schedule is not None and not flow.triggers:
            yield where, f"`{flow.flow}` runs by its schedule only, and no record sets it off", "`event: scheduled`"


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
