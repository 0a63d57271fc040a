"""People and queues that flows name: whether they are known, and there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowctl.check.misfits import BARE_PERSON
from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, NodeScope, flows, nodes
from flowctl.diag import Severity, Span, did_you_mean
from flowctl.expr import Text, walk
from flowctl.flow import Directory, Named, Node
from flowctl.flow.kinds import NAME, Condition, Value
from flowctl.flow.node import found
from flowctl.flow.nodes.assign import Assign
from flowctl.flow.nodes.notify import TOKEN, Notify
from flowctl.flow.owner import Owner
from flowctl.flow.people import User


@check(
    "FC206",
    Severity.ERROR,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: partner
    nodes:
      partner: {type: assign, to: queue/partners, then: done}
      done: {type: end, result: Handed to partners}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: partner
    nodes:
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handed to partners}
    """,
)
def unknown_owner(scope: FlowScope) -> Found:
    """A user or a queue that the directory does not have.

    ## Why it matters
    No environment can tell who that is, so the flow cannot be deployed; in a condition, it is never true.

    ## What to do
    Correct the name, or add it to `flows/directory.yaml` and give it an id in every environment.
    """
    directory = scope.model.directory
    for node in scope.flow.nodes.values() if scope.workspace.knows_people else ():
        for span, named in _named(scope, node):
            if directory.find(named) is None:
                yield span, f"unknown {named.type} `{named.name}`", _who(named, directory)
    for fixture in scope.model.fixtures.get(scope.flow.flow, ()) if scope.workspace.knows_people else ():
        owner = fixture.story.expect.owner
        if owner is not None and directory.find(owner) is None:
            yield fixture.where("expect", "owner"), f"unknown {owner.type} `{owner.name}`", _who(owner, directory)


def _named(scope: FlowScope, node: Node) -> Iterator[tuple[Span, Named]]:
    """Every user and queue that a node names outright."""
    for path, to in found(node, Owner):
        if isinstance(to, Named):
            yield scope.flow.where(node.id, *path), to
    for path, piece in (*found(node, Condition), *found(node, Value)):
        for text in walk(piece):
            if isinstance(text, Text) and (named := _as_named(text.value)):
                yield scope.inside(node.id, path, text.start, text.end), named
    if isinstance(node, Notify) and (named := _as_named(node.to)):
        yield scope.flow.where(node.id, "to"), named


def _as_named(text: str) -> Named | None:
    type_, slash, name = text.partition("/")
    return Named(type_, name) if slash and type_ in ("user", "queue") and NAME.match(name) else None


def _who(named: Named, directory: Directory) -> str:
    other = Named("queue" if named.type == "user" else "user", named.name)
    if directory.find(other):
        return f"there is a {other.type} of this name: `{other}`"
    names = directory.users if named.type == "user" else directory.queues
    return did_you_mean(named.name, names) or f"add it to the {named.type}s in flows/directory.yaml"


@check(
    BARE_PERSON,
    Severity.WARNING,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: hers
    nodes:
      hers:
        type: decision
        branches:
          - {when: Owner = 'bea.kim', label: hers, then: done}
        otherwise: done
      done: {type: end, result: Looked at}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: hers
    nodes:
      hers:
        type: decision
        branches:
          - {when: Owner = 'user/bea.kim', label: hers, then: done}
        otherwise: done
      done: {type: end, result: Looked at}
    """,
)
def bare_person(scope: FlowScope) -> Found:
    """A person or a queue that a condition names without `user/` or `queue/`.

    ## Why it matters
    A field that holds people reads as `user/bea.kim` or `queue/partner`, so that `=` is never true and `!=` always.

    ## What to do
    Write `'user/bea.kim'` or `'queue/partner'`, with the names of `flows/directory.yaml`.
    """
    directory = scope.model.directory
    for span, problem in scope.misfits:
        if problem.code == BARE_PERSON:
            queues = {f"write `'user/{name}'`": name for name in directory.queues if name not in directory.users}
            queue = queues.get(problem.hint or "")
            yield span, problem.message, f"write `'queue/{queue}'`" if queue else problem.hint


@check(
    "FC216",
    Severity.WARNING,
    nodes(Assign),
    bad="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: cy
    nodes:
      cy: {type: assign, to: user/cy.ito, then: done}
      done: {type: end, result: Assigned}
    --- flows/directory.yaml
    users:
      cy.ito: {name: Cy Ito, active: false}
    """,
    good="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: cy
    nodes:
      cy: {type: assign, to: user/cy.ito, then: done}
      done: {type: end, result: Assigned}
    --- flows/directory.yaml
    users:
      cy.ito: {name: Cy Ito, active: true}
    """,
)
def inactive_owner(assign: NodeScope[Assign]) -> Found:
    """A user who is given leads by name, and is not active.

    ## Why it matters
    Salesforce gives no record to an inactive user, so an environment refuses the flow.

    ## What to do
    Name somebody else, or a queue; or a roster, which passes over who is not there.
    """
    to = assign.node.to
    who = assign.scope.model.directory.find(to) if isinstance(to, Named) else None
    if isinstance(who, User) and not who.active:
        yield assign.where("to"), f"`{to}` is inactive", "name somebody else, or a queue"


@check(
    "FC215",
    Severity.ERROR,
    nodes(Notify),
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: tell
    nodes:
      tell: {type: notify, channel: slack, to: partners, message: A lead, then: done}
      done: {type: end, result: Told}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: tell
    nodes:
      tell: {type: notify, channel: slack, to: "#partners", message: A lead, then: done}
      done: {type: end, result: Told}
    """,
)
def unknown_recipient(notify: NodeScope[Notify]) -> Found:
    """A message to something that nobody can be reached by.

    ## Why it matters
    The message is sent to nobody, and nobody misses it.

    ## What to do
    Write `owner`, `user/NAME` or `queue/NAME`; for `email` also an address, or `"{{Email}}"` for the record's own; for
    `slack` and `teams` a `"#channel"`.
    """
    to, channel = notify.node.to, notify.node.channel
    own = rf"[^@\s]+@[^@\s]+\.[^@\s]+|{TOKEN.pattern}" if channel == "email" else r"#\S.*"
    if to != "owner" and not _as_named(to) and not re.fullmatch(own, to):
        wanted = "an address" if channel == "email" else '"#channel"'
        hint = did_you_mean(to, ["owner"]) or f"`owner`, user/NAME, queue/NAME or {wanted}"
        yield notify.where("to"), f"`{to}` is nobody whom {channel} can reach", hint
