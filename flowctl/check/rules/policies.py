"""Policies of fields: flows that could break one, and policies that say nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flowctl.check.misfits import filled_object
from flowctl.check.possible import OTHER, FieldIn, Possible, Values, field_in, leaves_calendar
from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, Workspace, flows, once
from flowctl.data import dataclass
from flowctl.diag import Severity, Span, did_you_mean
from flowctl.expr import Arithmetic, Extreme, Field, Operand, Prior, Shift, fold, to_text
from flowctl.flow import Node
from flowctl.flow.nodes.convert import Convert
from flowctl.flow.nodes.create import Create
from flowctl.flow.nodes.merge import Merge
from flowctl.flow.nodes.set import Set
from flowctl.flow.objects import Field as FieldOf
from flowctl.flow.objects import ObjectType

MOST = 3  # values that are named in a message
UNTOUCHED = ("Id", "CreatedDate", "Owner")  # by a merge that does not name them


@dataclass(frozen=True, slots=True)
class Put:
    """A value that a `set` puts into a field with a policy."""

    node: Set
    name: str
    value: Operand
    rule: FieldOf
    before: Values
    after: Values

    @property
    def changes(self) -> Iterator[tuple[Possible, Possible]]:
        """Each filled value that the field can have there, with each other one that it can have afterwards."""
        if self.value != Field((self.name,)):
            filled = sorted((value for value in self.before if value not in (None, False)), key=self._spoken)
            after = sorted(self.after, key=self._spoken)
            yield from ((a, b) for a in filled for b in after if a != b or OTHER in (a, b))

    def _spoken(self, value: Possible) -> tuple[int, str]:
        """The order in which values are named: as the picklist has them, what is unknown last."""
        order: list[Possible] = [*self.rule.values]
        return order.index(value) if value in order else len(order) + (value is OTHER), str(value)


def _is_walked(scope: FlowScope) -> bool:
    """Whether the graph can be walked: another check has found what is in the way."""
    return scope.flow.object in scope.model.objects and scope.has_every_arrow and scope.order is not None


def _rules(scope: FlowScope) -> dict[str, FieldOf]:
    return {name: rule for name, rule in scope.model.objects[scope.flow.object].fields.items() if rule.has_policy}


def _puts(scope: FlowScope) -> Iterator[Put]:
    if not _is_walked(scope):
        return
    sets = [node for node in scope.flow.nodes.values() if isinstance(node, Set)]
    for name, rule in _rules(scope).items():
        there = [node for node in sets if name in node.values]
        known = field_in(scope.flow, scope.model, name) if there else None
        for node in there if known else ():
            assert known is not None
            if node.id in known.entering:
                value = node.values[name]
                yield Put(node, name, value, rule, known.entering[node.id], known.after(value, node.id))


def _merges(scope: FlowScope) -> Iterator[tuple[Merge, str, FieldOf, str]]:
    """Every field with a policy that a merge may fill anew, with whose value it keeps."""
    if not _is_walked(scope):
        return
    merges = [node for node in scope.flow.nodes.values() if isinstance(node, Merge)]
    for name, rule in _rules(scope).items() if merges else ():
        known = field_in(scope.flow, scope.model, name)
        for node in merges:
            is_filled = bool(known.entering.get(node.id, frozenset()) - {known.domain.blank})
            if is_filled and (name in node.fields or name not in UNTOUCHED):
                yield node, name, rule, node.fields.get(name, node.keep)


@check(
    "FC310",
    Severity.ERROR,
    flows,
    bad="""
    --- flows/objects/Lead.yaml
    object: Lead
    fields:
      Source__c: {label: Initial Source, type: text, once: true}
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: web
    nodes:
      web: {type: set, values: {Source__c: "'Web'"}, then: done}
      done: {type: end, result: Handled}
    """,
    good="""
    --- flows/objects/Lead.yaml
    object: Lead
    fields:
      Source__c: {label: Initial Source, type: text, once: true}
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: known
    nodes:
      known:
        type: decision
        branches:
          - {when: Source__c IS BLANK, label: no source yet, then: web}
        otherwise: done
      web: {type: set, values: {Source__c: "'Web'"}, then: done}
      done: {type: end, result: Handled}
    """,
)
def overwritten_once_field(scope: FlowScope) -> Found:
    """A `set` of a field that is never overwritten, where it may be filled already.

    ## Why it matters
    `once: true` says that the first value stays, as that of Initial Source. Some path to this node lets a record
    through that has one.

    ## What to do
    Ask for `… IS BLANK` on the way to the node. What holds on every path is known; a condition over other fields is
    not taken for an answer.
    """
    for put in _puts(scope):
        if put.rule.once and any(True for _ in put.changes):
            span = scope.flow.document.key("nodes", put.node.id, "values", put.name)
            message = f"`{put.name}` is never overwritten once it is set, and may be filled here"
            yield span, message, f"ask before: `when: {put.name} IS BLANK`"


@check(
    "FC311",
    Severity.ERROR,
    flows,
    bad="""
    --- flows/objects/Lead.yaml
    object: Lead
    fields:
      Country: {label: Country, type: text}
      Region__c: {label: Region, type: text, required: true}
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: region
    nodes:
      region: {type: set, values: {Region__c: Country}, then: done}
      done: {type: end, result: Handled}
    """,
    good="""
    --- flows/objects/Lead.yaml
    object: Lead
    fields:
      Country: {label: Country, type: text}
      Region__c: {label: Region, type: text, required: true}
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: known
    nodes:
      known:
        type: decision
        branches:
          - {when: Country IS NOT BLANK, label: country, then: region}
        otherwise: done
      region: {type: set, values: {Region__c: Country}, then: done}
      done: {type: end, result: Handled}
    """,
)
def required_field_left_blank(scope: FlowScope) -> Found:
    """A required field that a node may empty, or may leave blank in the record that it makes.

    ## Why it matters
    Salesforce refuses a record without it, and the whole change with it: the lead is neither converted nor routed.

    ## What to do
    Put a constant, or a field that is required itself, or ask for `… IS NOT BLANK` on the way to the node.
    """
    known: dict[str, FieldIn] = {}
    nodes = scope.flow.nodes.values() if _is_walked(scope) else ()
    for node in nodes:
        if isinstance(node, Set | Create | Convert) and node.id in scope.reachable:
            object_ = scope.model.objects.get(filled_object(node, scope.flow))
            for name, rule in object_.fields.items() if object_ else ():
                if rule.required and object_:
                    yield from _unfilled(node, name, rule, object_, scope, known)


def _unfilled(
    node: Set | Create | Convert,
    name: str,
    rule: FieldOf,
    object_: ObjectType,
    scope: FlowScope,
    known: dict[str, FieldIn],
) -> Found:
    value = node.values.get(name)
    if value is not None and _may_be_blank(value, node, scope, known) and rule.type != "checkbox":
        span = scope.flow.where(node.id, "values", name)
        asked = f"ask before: `when: {to_text(value)} IS NOT BLANK`" if isinstance(value, Field) else None
        message = f"`{name}` is required, and `{to_text(value)}` may be blank here"
        yield span, message, asked or "put something that is never blank"
    elif value is None and not isinstance(node, Set):
        at = ("values",) if node.values else ()
        span = scope.flow.document.key("nodes", node.id, *at)
        yield span, f"`{name}` of `{object_.object}` is required, and left out", f"add `{name}: …` to `values`"


def _may_be_blank(value: Operand, node: Node, scope: FlowScope, known: dict[str, FieldIn]) -> bool:
    """Whether a value may be blank. That `BLANK` is, is said by the check of types."""
    match value:
        case Field(path):
            type_ = scope.types.field(path)
            if type_ is None or type_.kind == "checkbox" or not scope.missing.may_be_blank(path, node.id):
                return False
            if len(path) > 1:
                return True
            if path[0] not in known:
                known[path[0]] = field_in(scope.flow, scope.model, path[0])
            return known[path[0]].may_be_blank(node.id)
        case Prior():
            return True
        case Shift():
            return leaves_calendar(value)
        case Arithmetic(left, _, right):
            return _may_be_blank(left, node, scope, known) or _may_be_blank(right, node, scope, known)
        case Extreme(_, of):
            return all(_may_be_blank(part, node, scope, known) for part in of)
        case _:
            return False


@check(
    "FC312",
    Severity.ERROR,
    flows,
    bad="""
    --- flows/objects/Lead.yaml
    object: Lead
    fields:
      Status: {label: Status, type: picklist, values: [Raw, MQL, Won], transitions: {Raw: [MQL], MQL: [Won]}}
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: mql
    nodes:
      mql: {type: set, values: {Status: "'MQL'"}, then: done}
      done: {type: end, result: Handled}
    """,
    good="""
    --- flows/objects/Lead.yaml
    object: Lead
    fields:
      Status: {label: Status, type: picklist, values: [Raw, MQL, Won], transitions: {Raw: [MQL], MQL: [Won]}}
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: early
    nodes:
      early:
        type: decision
        branches:
          - {when: Status = 'Raw', label: raw, then: mql}
        otherwise: done
      mql: {type: set, values: {Status: "'MQL'"}, then: done}
      done: {type: end, result: Handled}
    """,
)
def forbidden_transition(scope: FlowScope) -> Found:
    """A change of a status that its `transitions` do not allow, for some value that it can have at the node.

    ## Why it matters
    Reports on the funnel count each step once. A status that jumps back, or over a step, spoils them unseen.

    ## What to do
    Ask for the status on the way to the node, or name the change under `transitions` in the object's file. A value
    that has no key there may not change at all.
    """
    for put in _puts(scope):
        if put.rule.transitions and (wrong := [pair for pair in put.changes if not _is_allowed(put.rule, *pair)]):
            span = scope.flow.where(put.node.id, "values", put.name)
            before, after = (tuple(dict.fromkeys(values)) for values in zip(*wrong, strict=True))
            message = f"`{put.name}` can be {_listed(before)} here, and may not become {_listed(after)} then"
            known = [value for value in before if isinstance(value, str)]
            hint = f"ask before for the values that may change, or name it under `{known[0]}`" if known else None
            yield span, message, hint or f"ask before: `when: {put.name} IN (…)`"
    for node, name, rule, keeps in _merges(scope):
        if rule.transitions and keeps != "filled":
            message = f"`{name}` may not change from every value to every other, and the merge keeps the {keeps}"
            yield _place(scope, node, name), message, f"`fields: {{{name}: filled}}` keeps the record's own"


def _is_allowed(rule: FieldOf, before: Possible, after: Possible) -> bool:
    return isinstance(before, str) and isinstance(after, str) and rule.allows(before, after)


def _listed(values: Iterable[Possible]) -> str:
    words = ["blank" if v is None else OTHER.value if isinstance(v, type(OTHER)) else f"`{v}`" for v in values]
    more = [f"{len(words) - MOST} more"] if len(words) > MOST else []
    shown = [*words[:MOST], *more]
    return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _place(scope: FlowScope, node: Merge, name: str) -> Span:
    path = ("fields", name) if name in node.fields else ("keep",)
    written = scope.flow.document.at("nodes", node.id, *path) is not None
    return scope.flow.where(node.id, *path) if written else scope.flow.where(node.id)


@check(
    "FC313",
    Severity.ERROR,
    flows,
    bad="""
    --- flows/objects/Lead.yaml
    object: Lead
    fields:
      Email: {label: Email, type: email}
      Source__c: {label: Initial Source, type: text, once: true}
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: twin
    nodes:
      twin: {type: match, object: Lead, as: twin, by: [email_domain], matched: one, unmatched: done}
      one: {type: merge, with: twin, keep: newest, then: done}
      done: {type: end, result: Handled}
    """,
    good="""
    --- flows/objects/Lead.yaml
    object: Lead
    fields:
      Email: {label: Email, type: email}
      Source__c: {label: Initial Source, type: text, once: true}
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: twin
    nodes:
      twin: {type: match, object: Lead, as: twin, by: [email_domain], matched: one, unmatched: done}
      one: {type: merge, with: twin, keep: newest, fields: {Source__c: oldest}, then: done}
      done: {type: end, result: Handled}
    """,
)
def merge_of_a_once_field(scope: FlowScope) -> Found:
    """A merge that does not keep the oldest value of a field that is never overwritten.

    ## Why it matters
    Of two records the older one's value was first. Any other rule loses it, and with it where the lead came from.

    ## What to do
    Name the field under `fields`: `{Initial_Source__c: oldest}`.
    """
    for node, name, rule, keeps in _merges(scope):
        if rule.once and keeps != "oldest":
            message = f"`{name}` is never overwritten once it is set, and the merge keeps the {_value(keeps)}"
            yield _place(scope, node, name), message, f"`fields: {{{name}: oldest}}`"


def _value(keeps: str) -> str:
    return "record's own value" if keeps == "filled" else f"{keeps} value"


@check(
    "FC314",
    Severity.ERROR,
    once,
    bad="""
    --- flows/objects/Contact.yaml
    object: Contact
    fields:
      Status: {label: Status, type: picklist, values: [Raw, MQL], transitions: {Raw: [MLQ]}}
    """,
    good="""
    --- flows/objects/Contact.yaml
    object: Contact
    fields:
      Status: {label: Status, type: picklist, values: [Raw, MQL], transitions: {Raw: [MQL]}}
    """,
)
def unknown_value_in_transitions(workspace: Workspace) -> Found:
    """A value in `transitions` that the picklist does not have.

    ## Why it matters
    The change that is meant stays forbidden, and the one that is written never happens.

    ## What to do
    Correct the value, or add it to the field's `values`.
    """
    for object_, name, field in _with_transitions(workspace):
        known = {fold(value) for value in field.values}
        at = ("fields", name, "transitions")
        for value, following in field.transitions.items() if known else ():
            if fold(value) not in known:
                yield object_.document.key(*at, value), *_unknown(value, field)
            for i, then in enumerate(following):
                if fold(then) not in known:
                    yield object_.document.where(*at, value, i), *_unknown(then, field)


def _unknown(value: str, field: FieldOf) -> tuple[str, str | None]:
    return f"unknown picklist value `{value}`", did_you_mean(value, field.values)


def _with_transitions(workspace: Workspace) -> Iterator[tuple[ObjectType, str, FieldOf]]:
    for object_ in workspace.model.objects.values():
        yield from ((object_, name, field) for name, field in object_.fields.items() if field.transitions)


@check(
    "FC315",
    Severity.ERROR,
    once,
    bad="""
    --- flows/objects/Contact.yaml
    object: Contact
    fields:
      Status: {label: Status, type: text, transitions: {Raw: [MQL]}}
    """,
    good="""
    --- flows/objects/Contact.yaml
    object: Contact
    fields:
      Status: {label: Status, type: picklist, values: [Raw, MQL], transitions: {Raw: [MQL]}}
    """,
)
def transitions_without_a_picklist(workspace: Workspace) -> Found:
    """`transitions` of a field that is no picklist.

    ## Why it matters
    They go from value to value. What a field can hold is only known of a picklist, so nothing could be checked.

    ## What to do
    Make it a picklist with its `values`, or take the `transitions` away.
    """
    for object_, name, field in _with_transitions(workspace):
        if field.type not in ("picklist", "owner"):  # of an owner, FC317 says it
            span = object_.document.key("fields", name, "transitions")
            yield span, f"`{name}` has transitions and is of type {field.type}", "`type: picklist`, with its values"


@check(
    "FC316",
    Severity.WARNING,
    once,
    bad="""
    --- flows/objects/Contact.yaml
    object: Contact
    fields:
      Status: {label: Status, type: picklist, values: [Raw, MQL], once: true, transitions: {Raw: [MQL]}}
    """,
    good="""
    --- flows/objects/Contact.yaml
    object: Contact
    fields:
      Status: {label: Status, type: picklist, values: [Raw, MQL], transitions: {Raw: [MQL]}}
    """,
)
def transitions_of_a_once_field(workspace: Workspace) -> Found:
    """`transitions` of a field that is never overwritten.

    ## Why it matters
    `once: true` forbids every change that `transitions` allow. One of the two is not what was meant.

    ## What to do
    Keep one of them.
    """
    for object_, name, field in _with_transitions(workspace):
        if field.once:
            span = object_.document.key("fields", name, "transitions")
            yield span, f"`{name}` is never overwritten, so no transition happens", "take `once` or `transitions` away"
