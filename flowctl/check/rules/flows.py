"""Flows beside each other: which runs when, and which continues in which."""

from __future__ import annotations

from flowctl.check import graph
from flowctl.check.registry import Found, check
from flowctl.check.scope import NodeScope, Workspace, nodes, once
from flowctl.diag import Severity, did_you_mean
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
    "FC204",
    Severity.ERROR,
    nodes(Continue),
    bad="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: account
    nodes:
      account: {type: match, object: Account, as: account, by: [email_domain], matched: on, unmatched: done}
      on: {type: continue, flow: account, with: acount}
      done: {type: end, result: No account}
    --- flows/account.yaml
    flow: account
    object: Account
    start: done
    nodes:
      done: {type: end, result: Account looked at}
    """,
    good="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: account
    nodes:
      account: {type: match, object: Account, as: account, by: [email_domain], matched: on, unmatched: done}
      on: {type: continue, flow: account, with: account}
      done: {type: end, result: No account}
    --- flows/account.yaml
    flow: account
    object: Account
    start: done
    nodes:
      done: {type: end, result: Account looked at}
    """,
)
def unknown_related_record(node: NodeScope[Continue]) -> Found:
    """The name of a related record that nothing gives.

    ## Why it matters
    Nothing is found under the name, so the other flow would route an empty record.

    ## What to do
    Write the name after `as` of the `match` node that finds the record, or a name of the object's `relations`. In a
    fixture it stands under `related`.
    """
    name, related = node.node.with_, node.scope.related
    if name is not None and name not in related and not node.scope.flow.unread:
        hint = did_you_mean(name, related) or f"related records here: {', '.join(sorted(related)) or 'none'}"
        yield node.where("with"), f"no related record is called `{name}`", hint


@check(
    "FC212",
    Severity.ERROR,
    nodes(Continue),
    bad="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: on
    nodes:
      on: {type: continue, flow: account}
    --- flows/account.yaml
    flow: account
    object: Account
    start: done
    nodes:
      done: {type: end, result: Account looked at}
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
def continue_with_another_object(node: NodeScope[Continue]) -> Found:
    """A flow that is continued with a record that it is not for.

    ## Why it matters
    The other flow reads fields that this record does not have: all of them are blank.

    ## What to do
    Name the related record that the flow is for, after `with`, or continue in a flow for this object.
    """
    flow = node.scope.model.flows.get(node.node.flow)
    name = node.node.with_
    object_ = node.scope.related.get(name) if name else node.scope.flow.object
    if flow is not None and object_ is not None and flow.object != object_:
        message = f"`{flow.flow}` routes a record of {flow.object}, and gets one of {object_}"
        fitting = sorted(name for name, of in node.scope.related.items() if of == flow.object)
        yield node.where("flow"), message, f"`with: {fitting[0]}`" if fitting else f"name a flow for {object_}"
