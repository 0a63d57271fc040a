"""Names that must be there: users, queues, rosters, flows, objects."""

from __future__ import annotations

from collections.abc import Iterable

from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, Workspace, flows, once
from flowctl.diag import Severity, did_you_mean
from flowctl.flow.node import references


def _missing(scope: FlowScope, table: str, known: Iterable[str], where_it_is: str) -> Found:
    """Names of a table that are nowhere, referred to by the nodes of a flow."""
    kind = table.removesuffix("s")
    for node in scope.flow.nodes.values():
        for path, referred, name in references(node):
            if referred == table and not scope.workspace.knows(f"{kind}/{name}"):
                yield scope.flow.where(node.id, *path), *_unknown(kind, name, known, where_it_is)


def _unknown(kind: str, name: str, known: Iterable[str], where_it_is: str) -> tuple[str, str]:
    return f"unknown {kind} `{name}`", did_you_mean(name, known) or f"write {where_it_is.format(name)}"


@check(
    "FC205",
    Severity.ERROR,
    once,
    bad="""
    flow: lead
    object: Laed
    triggers: [created]
    start: done
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
def unknown_object(workspace: Workspace) -> Found:
    """An object that is not described in `flows/objects`.

    ## Why it matters
    Without its fields no condition on it can be checked or evaluated.

    ## What to do
    Correct the name, or describe the object: `flowctl schema object` says how.
    """
    objects, file = workspace.model.objects, "flows/objects/{}.yaml"
    for scope in workspace.flows.values():
        if not workspace.knows(f"object/{scope.flow.object}"):
            yield scope.flow.document.where("object"), *_unknown("object", scope.flow.object, objects, file)
        yield from _missing(scope, "objects", objects, file)
    for object_ in objects.values():
        for name, to in object_.relations.items():
            if not workspace.knows(f"object/{to}"):
                yield object_.document.where("relations", name), *_unknown("object", to, objects, file)


@check(
    "FC207",
    Severity.ERROR,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: turn
    nodes:
      turn: {type: rotate, roster: sdr-emae, then: done, nobody: done}
      done: {type: end, result: Assigned}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: turn
    nodes:
      turn: {type: rotate, roster: sdr-emea, then: done, nobody: done}
      done: {type: end, result: Assigned}
    """,
)
def unknown_roster(scope: FlowScope) -> Found:
    """A roster that is not in `flows/rosters`.

    ## Why it matters
    There is nobody whose turn it could be.

    ## What to do
    Correct the name, or write the roster's file.
    """
    yield from _missing(scope, "rosters", scope.model.rosters, "flows/rosters/{}.yaml")


@check(
    "FC208",
    Severity.ERROR,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: on
    nodes:
      on: {type: continue, flow: partner}
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
def unknown_flow(scope: FlowScope) -> Found:
    """A flow to continue in that is not there.

    ## Why it matters
    Leads that get here go nowhere.

    ## What to do
    Correct the name, or write the flow's file.
    """
    yield from _missing(scope, "flows", scope.model.flows, "flows/{}.yaml")


@check(
    "FC211",
    Severity.ERROR,
    flows,
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: account
    nodes:
      account: {type: match, object: Account, as: found, by: [email_domain], matched: done, unmatched: duplicate}
      duplicate: {type: match, object: Lead, as: found, by: [email_domain], matched: done, unmatched: done}
      done: {type: end, result: Looked for}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: account
    nodes:
      account: {type: match, object: Account, as: account, by: [email_domain], matched: done, unmatched: duplicate}
      duplicate: {type: match, object: Lead, as: duplicate, by: [email_domain], matched: done, unmatched: done}
      done: {type: end, result: Looked for}
    """,
)
def name_with_two_meanings(scope: FlowScope) -> Found:
    """A name for a related record that already stands for something else.

    ## Why it matters
    What `found.Type` is would depend on the way that the lead took, and so would which values it can have.

    ## What to do
    Give each object that is found a name of its own after `as`, and none that is a field.
    """
    object_ = scope.model.objects.get(scope.flow.object)
    meanings = dict.fromkeys(object_.fields if object_ else (), "a field") | dict(scope.relations)
    for node in scope.flow.nodes.values():
        name, of = node.binds() or ("", "")
        if name and meanings.setdefault(name, of) != of:
            message = f"`{name}` is a record of {of} here, and {_spoken(meanings[name])} elsewhere"
            yield scope.flow.where(node.id, "as"), message, "choose another name"


def _spoken(meaning: str) -> str:
    return meaning if meaning == "a field" else f"one of {meaning}"
