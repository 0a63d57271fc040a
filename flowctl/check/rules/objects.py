"""Objects and the directory: picklists without values, objects that nothing reads, attributes that do not fit."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.check.registry import Found, check
from flowctl.check.scope import Workspace, once
from flowctl.diag import Severity, did_you_mean
from flowctl.expr import FieldType, coerce, fold
from flowctl.flow.kinds import Path
from flowctl.flow.objects import PEOPLE


@check(
    "FC213",
    Severity.WARNING,
    once,
    bad="""
    --- flows/objects/Contact.yaml
    object: Contact
    fields:
      Level__c: {label: Level, type: picklist}
    """,
    good="""
    --- flows/objects/Contact.yaml
    object: Contact
    fields:
      Level__c: {label: Level, type: picklist, values: [Manager, Director]}
    """,
)
def picklist_without_values(workspace: Workspace) -> Found:
    """A picklist whose values are not written down.

    ## Why it matters
    A misspelt value in a condition cannot be found: the branch would silently take no lead.

    ## What to do
    List the `values` as Salesforce offers them, retired ones that old records still hold included.
    """
    for object_ in workspace.model.objects.values():
        for name, field in object_.fields.items():
            if field.type in ("picklist", "multipicklist") and not field.values:
                span = object_.document.where("fields", name, "type")
                yield span, f"the values of picklist `{name}` are not listed", "add `values: [A, B]`"


@check(
    "FC409",
    Severity.WARNING,
    once,
    bad="""
    --- flows/objects/User.yaml
    object: User
    fields:
      Region: {label: Region, type: text}
    --- flows/directory.yaml
    users:
      bea.kim: {name: Bea Kim, attributes: {Regoin: EMEA}}
    """,
    good="""
    --- flows/objects/User.yaml
    object: User
    fields:
      Region: {label: Region, type: text}
    --- flows/directory.yaml
    users:
      bea.kim: {name: Bea Kim, attributes: {Region: EMEA}}
    """,
)
def undeclared_attribute(workspace: Workspace) -> Found:
    """An attribute of a user or a queue that no condition can read.

    ## Why it matters
    What `Owner.` and `CreatedBy.` can be asked is declared in `flows/objects/User.yaml`. Another name, or another
    spelling, is never read: for conditions the attribute is blank.

    ## What to do
    Correct the name, or declare it there.
    """
    people = workspace.model.objects.get(PEOPLE)
    for path, name, _ in _attributes(workspace) if people else ():
        if people and name not in people.fields:
            hint = did_you_mean(name, people.fields) or f"declare it in flows/objects/{PEOPLE}.yaml"
            yield workspace.model.directory.document.key(*path), f"`{PEOPLE}` has no field `{name}`", hint


@check(
    "FC410",
    Severity.WARNING,
    once,
    bad="""
    --- flows/objects/User.yaml
    object: User
    fields:
      Region: {label: Region, type: picklist, values: [AMER, EMEA]}
    --- flows/directory.yaml
    users:
      bea.kim: {name: Bea Kim, attributes: {Region: EMAE}}
    """,
    good="""
    --- flows/objects/User.yaml
    object: User
    fields:
      Region: {label: Region, type: picklist, values: [AMER, EMEA]}
    --- flows/directory.yaml
    users:
      bea.kim: {name: Bea Kim, attributes: {Region: EMEA}}
    """,
)
def attribute_misfit(workspace: Workspace) -> Found:
    """An attribute of a user or a queue whose value is not one that its field can have.

    ## Why it matters
    Conditions are checked against the field: none can ask for this value, so nobody is found by it.

    ## What to do
    Correct the value, or the field's type and `values` in `flows/objects/User.yaml`.
    """
    people = workspace.model.objects.get(PEOPLE)
    for path, name, value in _attributes(workspace) if people else ():
        field = people.fields.get(name) if people else None
        problem = _value_problem(value, field.typed(), workspace) if field else None
        if problem:
            yield workspace.model.directory.document.where(*path), *problem


def _attributes(workspace: Workspace) -> Iterator[tuple[Path, str, str]]:
    """Every attribute that the directory gives to somebody: its path, its name in conditions, its value."""
    directory = workspace.model.directory
    for name, user in directory.users.items():
        yield from ((("users", name, "attributes", key), key, value) for key, value in user.attributes.items())
        if user.team:
            yield ("users", name, "team"), "Team", user.team
    for name, queue in directory.queues.items():
        yield from ((("queues", name, "attributes", key), key, value) for key, value in queue.attributes.items())


def _value_problem(value: str, type_: FieldType, workspace: Workspace) -> tuple[str, str | None] | None:
    try:
        coerce(value, type_, workspace.model.settings.zone)
    except ValueError as error:
        return str(error), None
    parts = value.split(";") if type_.kind == "multipicklist" else [value]
    known = {fold(choice) for choice in type_.values}
    for part in parts if known else ():
        if fold(part) not in known:
            return f"unknown picklist value `{part.strip()}`", did_you_mean(part, type_.values)
    return None


@check(
    "FC317",
    Severity.ERROR,
    once,
    bad="""
    --- flows/objects/Contact.yaml
    object: Contact
    fields:
      Owner: {label: Contact Owner, type: owner, once: true}
    """,
    good="""
    --- flows/objects/Contact.yaml
    object: Contact
    fields:
      Owner: {label: Contact Owner, type: owner}
    """,
)
def policy_of_an_owner(workspace: Workspace) -> Found:
    """`once`, `required` or `transitions` of a field of type `owner`.

    ## Why it matters
    Every flow changes owners: `assign` and `rotate` are there for it. What is said here would hold nobody back.

    ## What to do
    Take it away. A flow that is to leave an owner alone asks for it with a `decision`: `Owner.Team = 'Field Sales'`.
    """
    for object_ in workspace.model.objects.values():
        for name, field in object_.fields.items():
            for policy in ("required", "once", "transitions") if field.type == "owner" else ():
                if getattr(field, policy):
                    span = object_.document.key("fields", name, policy)
                    yield span, f"`{name}` is an owner, which every flow may change", f"take `{policy}` away"
