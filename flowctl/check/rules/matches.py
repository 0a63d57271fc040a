"""Ways to match that can find nobody, or that come too late to find anybody."""

from __future__ import annotations

from collections.abc import Iterable

from flowctl.check.registry import Found, check
from flowctl.check.scope import NodeScope, nodes
from flowctl.diag import Severity
from flowctl.flow.nodes.match import Match
from flowctl.flow.way import Method

# Of which fields each method reads one: of the record, and of those among which it looks.
READS = {
    "email_domain": (("Email",), ("Website", "Email_Domain__c", "Email")),
    "website_domain": (("Website",), ("Website",)),
    "company_name": (("Company", "Name"), ("Name", "Company")),
    "id": ((), ("Id",)),
}


@check(
    "FC320",
    Severity.WARNING,
    nodes(Match),
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: account
    nodes:
      account: {type: match, object: Account, as: account, by: [website_domain], matched: done, unmatched: done}
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: account
    nodes:
      account: {type: match, object: Account, as: account, by: [email_domain], matched: done, unmatched: done}
      done: {type: end, result: Handled}
    """,
)
def match_without_fields(node: NodeScope[Match]) -> Found:
    """A way to match that reads a field which an object does not have.

    ## Why it matters
    It never finds anybody, and nothing else says so.

    ## What to do
    Describe the field in the object's file, if the records have it; else match in another way.
    """
    objects = node.scope.model.objects
    sides = (node.scope.flow.object, node.node.object)
    for at, method in enumerate(node.node.by):
        for object_, needed in zip(sides, READS.get(method.name, ((), ())), strict=True):
            if needed and object_ in objects and not _has_one(objects[object_].fields, needed):
                message = f"`{method.name}` finds nobody: {object_} has no field {_listed(needed)}"
                yield node.where("by", at), message, f"describe it in flows/objects/{object_}.yaml"


def _has_one(fields: Iterable[str], needed: tuple[str, ...]) -> bool:
    return any(name in fields for name in needed)


def _listed(names: tuple[str, ...]) -> str:
    return " or ".join(f"`{name}`" for name in names)


@check(
    "FC321",
    Severity.WARNING,
    nodes(Match),
    bad="""
    flow: lead
    object: Lead
    triggers: [created]
    start: account
    nodes:
      account:
        type: match
        object: Account
        as: account
        by: [company_name: 90, company_name]
        matched: done
        unmatched: done
      done: {type: end, result: Handled}
    """,
    good="""
    flow: lead
    object: Lead
    triggers: [created]
    start: account
    nodes:
      account:
        type: match
        object: Account
        as: account
        by: [company_name, company_name: 90]
        matched: done
        unmatched: done
      done: {type: end, result: Handled}
    """,
)
def match_too_late(node: NodeScope[Match]) -> Found:
    """A way to match, or a preference, that can change nothing where it stands.

    ## Why it matters
    Whoever it would find, a way before it has found already. Somebody wrote it for a reason, and the reason is lost.

    ## What to do
    Put the stricter way first, and take away what stands twice. `closest` tells accounts apart by the score of their
    names: it says something only beside `company_name: SCORE`.
    """
    for at, method in enumerate(node.node.by):
        before = next((other for other in node.node.by[:at] if _finds_all_of(other, method)), None)
        if before is not None:
            yield node.where("by", at), f"`{method}` finds nobody whom `{before}` has not found before", None
    yield from _preferences(node)


def _finds_all_of(one: Method, other: Method) -> bool:
    """Whether a way to match finds everybody whom another does."""
    if (one.name, one.field) != (other.name, other.field):
        return False
    return one == other or (one.least is not None and (other.least is None or other.least >= one.least))


def _preferences(node: NodeScope[Match]) -> Found:
    scored = any(method.least is not None for method in node.node.by)
    for at, preference in enumerate(node.node.prefer):
        if preference.order == "closest" and not scored:
            message = "`closest` tells nobody apart: no way to match here gives a score"
            yield node.where("prefer", at), message, "`company_name: 90` in `by`"
        elif preference in node.node.prefer[:at]:
            yield node.where("prefer", at), "this preference stands here twice", None
