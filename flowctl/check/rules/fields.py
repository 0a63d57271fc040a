"""Fields, picklist values and types, wherever a flow reads or sets them."""

from __future__ import annotations

from flowctl.check.misfits import MISFIT, UNKNOWN_FIELD, UNKNOWN_VALUE, reads
from flowctl.check.missing import NOT_BOUND
from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, flows
from flowctl.diag import Severity


def _misfits(scope: FlowScope, code: str) -> Found:
    return ((span, problem.message, problem.hint) for span, problem in scope.misfits if problem.code == code)


@check(
    UNKNOWN_FIELD,
    Severity.ERROR,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: tell
    nodes:
      tell: {type: notify, channel: slack, to: "#leads", message: "{{Compny}} is here", then: done}
      done: {type: end, result: Told}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: tell
    nodes:
      tell: {type: notify, channel: slack, to: "#leads", message: "{{Company}} is here", then: done}
      done: {type: end, result: Told}
    """,
)
def unknown_field(scope: FlowScope) -> Found:
    """A field that the object does not have.

    ## Why it matters
    It would read as blank for every lead: the branch is never taken, and nothing says why.

    ## What to do
    Write the field's API name as in `flows/objects`, upper and lower case alike, or add the field there. A field of a
    related record is read under the name that a `match` node or a relation gives to it: `account.Type`.
    """
    yield from _misfits(scope, UNKNOWN_FIELD)


@check(
    UNKNOWN_VALUE,
    Severity.ERROR,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: mql
    nodes:
      mql: {type: set, values: {Status: "'MLQ'"}, then: done}
      done: {type: end, result: Set}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: mql
    nodes:
      mql: {type: set, values: {Status: "'MQL'"}, then: done}
      done: {type: end, result: Set}
    """,
)
def unknown_picklist_value(scope: FlowScope) -> Found:
    """A value that the picklist does not offer.

    ## Why it matters
    No lead has it, so the condition never holds. After a value is renamed in Salesforce, this is how flows break.

    ## What to do
    Correct the value, or add it to the field's `values` in `flows/objects`; a retired value may stay there.
    """
    yield from _misfits(scope, UNKNOWN_VALUE)


@check(
    MISFIT,
    Severity.ERROR,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: score
    nodes:
      score: {type: set, values: {Person_Score__c: "'100'"}, then: done}
      done: {type: end, result: Set}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: score
    nodes:
      score: {type: set, values: {Person_Score__c: 100}, then: done}
      done: {type: end, result: Set}
    """,
)
def type_misfit(scope: FlowScope) -> Found:
    """Two sides whose types do not go together.

    ## Why it matters
    A text is never equal to a number, nor does a number contain a text: the condition would be false for every lead.

    ## What to do
    Numbers and dates stand without quotes, texts in single quotes; a multi-select picklist is asked with `INCLUDES`, a
    checkbox stands alone. `assign` takes an owner from a field of type `user` or `owner`.
    """
    yield from _misfits(scope, MISFIT)


@check(
    "FC210",
    Severity.WARNING,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: customer
    nodes:
      customer:
        type: decision
        branches:
          - {when: account.Type = 'Customer', label: customer, then: done}
        otherwise: account
      account: {type: match, object: Account, as: account, by: [email_domain], matched: done, unmatched: done}
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: account
    nodes:
      account: {type: match, object: Account, as: account, by: [email_domain], matched: customer, unmatched: done}
      customer:
        type: decision
        branches:
          - {when: account.Type = 'Customer', label: customer, then: done}
        otherwise: done
      done: {type: end, result: Handled}
    """,
)
def read_before_match(scope: FlowScope) -> Found:
    """A related record that is read where it has not been found yet.

    ## Why it matters
    All its fields are blank there, on every path: the branch is never taken, the owner never there.

    ## What to do
    Put the `match` node before this one, on the way `matched`; or the `lookup` with its way `found`.
    """
    sought = scope.types.bound.keys() - scope.relations.keys()
    bound: dict[str, frozenset[str]] = {}
    for node in scope.flow.nodes.values() if sought and scope.has_every_arrow else ():
        read = dict.fromkeys((path, field[0]) for path, field in reads(node) if len(field) > 1 and field[0] in sought)
        for path, name in read if node.id in scope.reachable else ():
            if name not in bound:
                bound[name] = where_bound(scope, name)
            if node.id not in bound[name]:
                message = f"no path finds `{name}` before `{node.id}` reads it"
                yield scope.flow.where(node.id, *path), message, _lead_here(scope, name)


def _lead_here(scope: FlowScope, name: str) -> str:
    """What to do about a name that is read too early; by the first node that gives it."""
    node = next(node for node in scope.flow.nodes.values() if (node.binds() or ("",))[0] == name)
    way = next(way for way in node.ways() if way.port not in NOT_BOUND)
    return f"lead a `{node.type}` node's way `{way.port}` here"


def where_bound(scope: FlowScope, name: str) -> frozenset[str]:
    """The nodes at which the name may stand for a record: those that bind it, and all behind their way of success."""
    reached = {node.id for node in scope.flow.nodes.values() if (node.binds() or ("",))[0] == name}
    waiting = [way.to for way in scope.exits if way.port not in NOT_BOUND and way.node.id in reached]
    while waiting:
        id_ = waiting.pop()
        if id_ not in reached:
            reached.add(id_)
            waiting += scope.arrows[id_]
    return frozenset(reached)
