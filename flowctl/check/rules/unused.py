"""Files that nothing uses."""

from __future__ import annotations

from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, Workspace, flows, once
from flowctl.diag import Severity
from flowctl.flow.nodes.continue_ import Continue
from flowctl.flow.nodes.convert import CONTACT, Convert
from flowctl.flow.nodes.create import Create
from flowctl.flow.nodes.match import Match
from flowctl.flow.nodes.rotate import Rotate
from flowctl.flow.objects import PEOPLE
from flowctl.flow.table import ROSTER


@check(
    "FC109",
    Severity.INFO,
    flows,
    bad="""
    flow: partner
    object: Lead
    start: done
    nodes:
      done: {type: end, result: Handed to partners}
    """,
    good="""
    flow: partner
    object: Lead
    triggers: [created]
    start: done
    nodes:
      done: {type: end, result: Handed to partners}
    """,
)
def unused_flow(scope: FlowScope) -> Found:
    """A flow without triggers and schedule that no other flow continues in.

    ## Why it matters
    It is kept, reviewed and deployed, and no lead ever enters it.

    ## What to do
    Give it `triggers`, let another flow `continue` in it, or delete the file.
    """
    if scope.flow.triggers or scope.flow.schedule or not scope.workspace.is_whole:
        return
    others = (node for flow in scope.model.flows.values() for node in flow.nodes.values())
    if not any(isinstance(node, Continue) and node.flow == scope.flow.flow for node in others):
        message = f"nothing runs `{scope.flow.flow}`: it has no triggers and no schedule, and no flow continues in it"
        yield scope.flow.document.where("flow"), message, "`triggers: [created, updated]`"


@check(
    "FC214",
    Severity.INFO,
    once,
    bad="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: done
    nodes:
      done: {type: end, result: Handled}
    --- flows/objects/Contact.yaml
    object: Contact
    fields:
      Email: {label: Email, type: email}
    """,
    good="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: contact
    nodes:
      contact: {type: match, object: Contact, as: contact, by: [email_domain], matched: done, unmatched: done}
      done: {type: end, result: Handled}
    --- flows/objects/Contact.yaml
    object: Contact
    fields:
      Email: {label: Email, type: email}
    """,
)
def unused_object(workspace: Workspace) -> Found:
    """An object that no flow routes, matches, creates or relates to.

    ## Why it matters
    It is kept up to date for nothing.

    ## What to do
    Delete the file, or leave it for the flow that is to come.
    """
    model = workspace.model
    used = {PEOPLE, *(flow.object for flow in model.flows.values())}
    used |= {to for object_ in model.objects.values() for to in object_.relations.values()}
    nodes_ = [node for flow in model.flows.values() for node in flow.nodes.values()]
    used |= {node.object for node in nodes_ if isinstance(node, Match | Create)}
    used |= {CONTACT for node in nodes_ if isinstance(node, Convert)}
    for name, object_ in model.objects.items() if workspace.is_whole else ():
        if name not in used:
            yield object_.document.where("object"), f"nothing uses the object `{name}`", "delete the file"


@check(
    "FC408",
    Severity.INFO,
    once,
    bad="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: done
    nodes:
      done: {type: end, result: Handled}
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - user: bea.kim
      - user: lars.holm
    """,
    good="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: turn
    nodes:
      turn: {type: rotate, roster: sdr-emea, then: done, nobody: done}
      done: {type: end, result: Handled}
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - user: bea.kim
      - user: lars.holm
    """,
)
def unused_roster(workspace: Workspace) -> Found:
    """A roster that no flow gives turns in, and no row of a table names.

    ## Why it matters
    Its members expect leads that never come.

    ## What to do
    Name it in a `rotate` node, or delete the file.
    """
    nodes = [node for flow in workspace.model.flows.values() for node in flow.nodes.values()]
    used: set[object] = {node.roster for node in nodes if isinstance(node, Rotate)}
    used |= {
        line.answer[c] for t in workspace.model.tables.values() for c in t.header.of_type(ROSTER) for line in t.lines
    }
    for name, roster in workspace.model.rosters.items() if workspace.is_whole else ():
        if name not in used:
            span = roster.document.where("roster")
            yield span, f"no flow gives turns in `{name}`", "name it in a `rotate` node, or delete the file"
