"""How nodes hang together: cycles, arrows into nothing, nodes that no lead reaches."""

from __future__ import annotations

from flowctl.check import graph
from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, NodeScope, flows, nodes
from flowctl.diag import Severity, did_you_mean
from flowctl.flow import Named
from flowctl.flow.nodes.assign import Assign
from flowctl.flow.nodes.decision import Decision


@check(
    "FC101",
    Severity.ERROR,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: partner
    nodes:
      partner: {type: assign, to: queue/partner, then: tell}
      tell: {type: notify, channel: slack, to: "#partners", message: A lead, then: partner}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: partner
    nodes:
      partner: {type: assign, to: queue/partner, then: tell}
      tell: {type: notify, channel: slack, to: "#partners", message: A lead, then: done}
      done: {type: end, result: Handed to partners}
    """,
)
def cycle(scope: FlowScope) -> Found:
    """A way that leads back to where it came from.

    ## Why it matters
    A lead that takes it never arrives: it is assigned and reported again and again, or the run is stopped half-way.

    ## What to do
    Lead one of the ways of the cycle to another node. What has to wait for something and look again is done by the
    flow's `updated` trigger: end here, and decide anew when the lead changes.
    """
    for names in graph.cycles(scope.arrows):
        way = next(way for way in scope.exits if way.node.id == names[-1] and way.to == names[0])
        yield (
            scope.flow.where(way.node.id, *way.path),
            f"cycle: {graph.told(names)}",
            "lead one of these ways elsewhere",
        )


@check(
    "FC102",
    Severity.WARNING,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: partner
    nodes:
      partner: {type: assign, to: queue/partner, then: done}
      raw: {type: assign, to: queue/raw, then: done}
      done: {type: end, result: Assigned}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: partner
    nodes:
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Assigned}
    """,
)
def unreachable_node(scope: FlowScope) -> Found:
    """A node that no way from the start leads to.

    ## Why it matters
    The node looks live in a review, yet no lead is ever routed by it. Often it is a way that was meant to lead here.

    ## What to do
    Lead a way to it, or delete it: the history keeps the old version.
    """
    for id_ in scope.flow.nodes if scope.has_every_arrow else ():
        if id_ not in scope.reachable:
            message = f"no way from `{scope.flow.start}` leads to `{id_}`"
            yield scope.flow.where(id_), message, "lead a way to it, or delete it"


@check(
    "FC103",
    Severity.ERROR,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: partner
    nodes:
      partner: {type: assign, to: queue/partner, then: handed_ovr}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: partner
    nodes:
      partner: {type: assign, to: queue/partner, then: handed_over}
      handed_over: {type: end, result: Handed to partners}
    """,
)
def dead_end(scope: FlowScope) -> Found:
    """A way out that leads to no node.

    ## Why it matters
    Leads that take it stop in the middle of the flow, with an owner or without one, and nobody is told.

    ## What to do
    Correct the name, or write the node. A path that is to stop here leads to a node of type `end`.
    """
    for way in scope.exits:
        if way.to not in scope.flow.nodes:
            hint = did_you_mean(way.to, scope.flow.nodes) or f"write a node `{way.to}`, or name one that is there"
            message = f"`{way.port}` of `{way.node.id}` leads to `{way.to}`, which is no node"
            yield scope.flow.where(way.node.id, *way.path), message, hint


@check(
    "FC104",
    Severity.ERROR,
    nodes(Decision),
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: scored
    nodes:
      scored:
        type: decision
        branches:
          - {when: Status = 'MQL', label: MQL, then: partner}
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handed to partners}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: scored
    nodes:
      scored:
        type: decision
        branches:
          - {when: Status = 'MQL', label: MQL, then: partner}
        otherwise: done
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handled}
    """,
)
def missing_otherwise(decision: NodeScope[Decision]) -> Found:
    """A decision that does not say where the other leads go.

    ## Why it matters
    A lead for which no branch is true has nowhere to go. It is the lead that nobody thought of: a new status, a blank.

    ## What to do
    Add `otherwise`. If really no lead is left, lead it to an `end` whose result says so, and it shows when one is.
    """
    if decision.node.otherwise is None:
        yield decision.where(), f"`{decision.node.id}` has no `otherwise`", "add `otherwise: NODE`"


@check(
    "FC105",
    Severity.ERROR,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: don
    nodes:
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: done
    nodes:
      done: {type: end, result: Handled}
    """,
)
def unknown_start(scope: FlowScope) -> Found:
    """A flow whose start is no node of it.

    ## Why it matters
    No lead can enter the flow.

    ## What to do
    Correct the name after `start`.
    """
    start = scope.flow.start
    if start not in scope.flow.nodes:
        hint = did_you_mean(start, scope.flow.nodes) or "name the node that leads meet first"
        yield scope.flow.document.where("start"), f"the flow starts at `{start}`, which is no node", hint


@check(
    "FC106",
    Severity.ERROR,
    nodes(Assign),
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: back
    nodes:
      back: {type: assign, to: CreatedBy, then: done}
      done: {type: end, result: Back with who entered it}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: back
    nodes:
      back: {type: assign, to: CreatedBy, then: done, unavailable: partner}
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Assigned}
    """,
)
def missing_unavailable(assign: NodeScope[Assign]) -> Found:
    """An owner read from a field, and no way for when nobody is there.

    ## Why it matters
    The field can be blank, and the person whom it names can have left. Without a way of its own such a lead ends up
    with nobody, or with somebody who no longer works here.

    ## What to do
    Add `unavailable` and lead it to a queue or a roster.
    """
    to = assign.node.to
    if not isinstance(to, Named) and assign.node.unavailable is None:
        message = f"`{'.'.join(to)}` can be blank or name somebody inactive, and `unavailable` is missing"
        yield assign.where("to"), message, "add `unavailable: NODE`"
