"""Related records that a node takes whole: `merge` its duplicate, `convert` its account."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.check.registry import Found, check
from flowctl.check.rules.fields import where_bound
from flowctl.check.scope import FlowScope, flows
from flowctl.diag import Severity
from flowctl.flow import Node
from flowctl.flow.nodes.convert import Convert
from flowctl.flow.nodes.merge import Merge

ACCOUNT = "Account"


def _takes(scope: FlowScope) -> Iterator[tuple[Node, str, str, str]]:
    """Every node that takes a related record: the key that names it, its name, the object that it must be of."""
    for node in scope.flow.nodes.values():
        match node:
            case Convert():
                yield node, "account", node.account, ACCOUNT
            case Merge():
                yield node, "with", node.with_, scope.flow.object


@check(
    "FC219",
    Severity.ERROR,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: twin
    nodes:
      twin: {type: match, object: Lead, as: twin, by: [email_domain], matched: contact, unmatched: done}
      contact: {type: convert, account: twin, then: done}
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: account
    nodes:
      account: {type: match, object: Account, as: account, by: [email_domain], matched: contact, unmatched: done}
      contact: {type: convert, account: account, then: done}
      done: {type: end, result: Handled}
    """,
)
def record_of_another_object(scope: FlowScope) -> Found:
    """A `merge` or a `convert` that gets a record of an object that it is not for.

    ## Why it matters
    Salesforce merges two records of one object, and makes contacts of accounts. It refuses anything else.

    ## What to do
    Name a record that a `match` or `create` node of the right object has given, or a relation to that object.
    """
    for node, key, name, object_ in _takes(scope):
        of = {**scope.relations, **scope.types.bound}.get(name)
        if of is not None and of != object_:
            fitting = sorted(other for other, kind in scope.related.items() if kind == object_)
            hint = f"`{key}: {fitting[0]}`" if fitting else f"find one with a `match` node, `object: {object_}`"
            message = f"`{name}` is a record of {of}, `{node.type}` takes one of {object_}"
            yield scope.flow.where(node.id, key), message, hint


@check(
    "FC220",
    Severity.WARNING,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: account
    nodes:
      account: {type: match, object: Account, as: account, by: [email_domain], matched: contact, unmatched: contact}
      contact: {type: convert, account: account, then: done}
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: account
    nodes:
      account: {type: match, object: Account, as: account, by: [email_domain], matched: contact, unmatched: done}
      contact: {type: convert, account: account, then: done}
      done: {type: end, result: Handled}
    """,
)
def record_that_may_be_missing(scope: FlowScope) -> Found:
    """A `merge` or a `convert` that some path reaches without the record that it takes.

    ## Why it matters
    There is nothing to merge with on that path, and no account for the contact. Salesforce refuses it, or makes a
    record that hangs on nothing.

    ## What to do
    Lead the ways on which nothing is found elsewhere, or ask for a field of the record before: `account.Id IS NOT
    BLANK`. A relation of the object may be blank too.
    """
    if scope.flow.object not in scope.model.objects or not scope.has_every_arrow or scope.order is None:
        return
    known = {**scope.relations, **scope.types.bound}
    for node, key, name, object_ in _takes(scope):
        is_found = name in scope.relations or (name in scope.types.bound and node.id in where_bound(scope, name))
        if is_found and known.get(name) == object_ and scope.missing.at((name,), node.id):
            message = f"`{name}` may stand for no record here"
            yield (
                scope.flow.where(node.id, key),
                message,
                f"ask before for a field of it: `when: {name}.Id IS NOT BLANK`",
            )
