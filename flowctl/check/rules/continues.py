"""Flows that continue in another one, with the record itself or a related one; names of related records."""

from __future__ import annotations

from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, NodeScope, flows, nodes
from flowctl.diag import Severity, did_you_mean
from flowctl.flow import Node
from flowctl.flow.nodes.continue_ import Continue
from flowctl.flow.nodes.convert import Convert
from flowctl.flow.nodes.merge import Merge


@check(
    "FC204",
    Severity.ERROR,
    flows,
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
def unknown_related_record(scope: FlowScope) -> Found:
    """The name of a related record that nothing gives.

    ## Why it matters
    Nothing is found under the name: the other flow would route an empty record, `merge` and `convert` would take none.

    ## What to do
    Write the name after `as` of the `match` node that finds the record, or a name of the object's `relations`. In a
    fixture it stands under `related`.
    """
    related = scope.related
    tables = scope.types.bound.keys() - related.keys()  # a row is no record of an object: FC219 says it of the others
    is_dark = scope.flow.unread or f"object/{scope.flow.object}" in scope.workspace.unread
    for node in scope.flow.nodes.values() if not is_dark else ():
        key, name = _taken(node)
        if name and name not in related and (isinstance(node, Continue) or name not in tables):
            hint = did_you_mean(name, related) or f"related records here: {', '.join(sorted(related)) or 'none'}"
            yield scope.flow.where(node.id, key), f"no related record is called `{name}`", hint


def _taken(node: Node) -> tuple[str, str | None]:
    """The name of the related record that a node takes, if it takes one, behind the key that says it."""
    match node:
        case Continue() | Merge():
            return "with", node.with_
        case Convert():
            return "account", node.account
        case _:
            return "", None


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


@check(
    "FC217",
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
      on: {type: continue, flow: account, with: account, as: led}
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
def origin_without_a_relation(node: NodeScope[Continue]) -> Found:
    """A record that is left behind under a name that the other object does not relate to it by.

    ## Why it matters
    The other flow cannot read it: conditions know the `relations` of their object, and no other names.

    ## What to do
    Name a relation of the other object after `as`, add one to its file in `flows/objects`, or leave `as` out.
    """
    scope, name, with_ = node.scope, node.node.as_, node.node.with_
    if name is None:
        return
    if with_ is None:
        yield node.where("as"), "no record is left behind: the flow carries on with this one", "leave `as` out"
        return
    target = scope.model.objects.get(scope.related.get(with_, ""))
    if target is not None and target.relations.get(name) != scope.flow.object:
        fitting = [known for known, of in target.relations.items() if of == scope.flow.object]
        hint = (
            f"`as: {fitting[0]}`"
            if fitting
            else f"`relations: {{{name}: {scope.flow.object}}}` in {target.object}.yaml"
        )
        yield node.where("as"), f"`{target.object}` relates to no {scope.flow.object} as `{name}`", hint
