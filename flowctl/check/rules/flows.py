"""Flows beside each other: which runs when, and which continues in which."""

from __future__ import annotations

from flowctl.check import graph
from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, Workspace, flows, once
from flowctl.diag import Severity
from flowctl.flow.nodes.continue_ import Continue


@check(
    "FC107",
    Severity.ERROR,
    once,
    bad="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: on
    nodes:
      on: {type: continue, flow: partner}
    --- flows/partner.yaml
    flow: partner
    object: Lead
    start: back
    nodes:
      back: {type: continue, flow: lead}
    """,
    good="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: on
    nodes:
      on: {type: continue, flow: partner}
    --- flows/partner.yaml
    flow: partner
    object: Lead
    start: done
    nodes:
      done: {type: end, result: Handed to partners}
    """,
)
def cycle_of_flows(workspace: Workspace) -> Found:
    """Flows that continue in each other in a circle.

    ## Why it matters
    A lead can be handed round for ever: there is no way back from `continue`, but this is one.

    ## What to do
    Let one of them end, or continue in a third flow that holds what both need.
    """
    onward = {
        name: [node for node in scope.flow.nodes.values() if isinstance(node, Continue)]
        for name, scope in workspace.flows.items()
    }
    for names in graph.cycles({name: [node.flow for node in there] for name, there in onward.items()}):
        node = next(node for node in onward[names[-1]] if node.flow == names[0])
        span = workspace.model.flows[names[-1]].where(node.id, "flow")
        yield span, f"flows in a circle: {graph.told(names)}", "let one of them end"


@check(
    "FC108",
    Severity.INFO,
    once,
    bad="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created, updated]
    start: done
    nodes:
      done: {type: end, result: Handled}
    --- flows/other.yaml
    flow: other
    object: Lead
    triggers: [updated]
    start: done
    nodes:
      done: {type: end, result: Handled}
    """,
    good="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: done
    nodes:
      done: {type: end, result: Handled}
    --- flows/other.yaml
    flow: other
    object: Lead
    triggers: [updated]
    start: done
    nodes:
      done: {type: end, result: Handled}
    """,
)
def flows_with_one_trigger(workspace: Workspace) -> Found:
    """Two flows that the same event of the same object sets off.

    ## Why it matters
    Both route the lead, and the owner is whoever was given it last. Which flow that is, nobody has decided.

    ## What to do
    Give the event to one of them, or let it `continue` in the other.
    """
    flows_ = list(workspace.model.flows.values())
    for i, flow in enumerate(flows_):
        for other in flows_[:i]:
            both = [trigger for trigger in flow.triggers if trigger in other.triggers]
            if both and flow.object == other.object:
                message = f"`{flow.flow}` and `{other.flow}` both run when a {flow.object} is {' or '.join(both)}"
                yield flow.document.where("triggers"), message, "let one of them `continue` in the other"


@check(
    "FC110",
    Severity.ERROR,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    schedule: {every: "monday 06:00"}
    start: done
    nodes:
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    schedule: {every: "monday 06:00"}
    start: done
    nodes:
      done: {type: end, result: Handled}
    """,
)
def trigger_and_schedule(scope: FlowScope) -> Found:
    """A flow that runs on events and by the clock.

    ## Why it matters
    A job finds records as they stand: nothing is new to it, and nothing has changed. A flow that asks for one of these
    decides differently for the same record, by what set it off.

    ## What to do
    Make two flows; one may `continue` in the other.
    """
    if scope.flow.triggers and scope.flow.schedule:
        yield scope.flow.document.key("schedule"), "the flow has triggers and a schedule", "make two flows of it"
