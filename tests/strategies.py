"""Generated conditions and flows, for laws.

`flows()` are sound: acyclic, every way leads to a node further down, the last node is an end. `edited(flow)` is what
a careless week makes of one, which need not be sound. Small pools of names make coincidences likely, and those are
where laws break.
"""

import dataclasses
import datetime as dt

from hypothesis import strategies as st

from flowctl.expr import all_of, any_of, parse, parse_value
from flowctl.expr.ast import Not
from flowctl.flow import Flow, Named
from flowctl.flow.model import TRIGGERS
from flowctl.flow.node import load_node_types
from flowctl.flow.nodes.assign import Assign
from flowctl.flow.nodes.continue_ import Continue
from flowctl.flow.nodes.convert import Convert
from flowctl.flow.nodes.create import Create
from flowctl.flow.nodes.decision import Branch, Decision
from flowctl.flow.nodes.end import End
from flowctl.flow.nodes.lookup import Lookup
from flowctl.flow.nodes.match import METHODS, Match
from flowctl.flow.nodes.merge import RULES, Merge
from flowctl.flow.nodes.notify import Notify
from flowctl.flow.nodes.rotate import Rotate
from flowctl.flow.nodes.set import Set
from flowctl.flow.nodes.wait import Wait
from flowctl.flow.program import Method, Preference
from flowctl.flow.schedule import Every, Schedule

load_node_types()

TYPES = (
    "match", "lookup", "set", "assign", "rotate", "wait", "notify", "create", "convert", "merge", "continue", "end",
)  # fmt: skip
WAYS = ("then", "otherwise", "matched", "unmatched", "found", "missing", "nobody", "unavailable", "met", "expired")
IDS = tuple(f"n{i}" for i in range(12))
LABELS = st.sampled_from(("", "new", "scored", "no", "waiting: later", "50 # per cent", "Straße `x`", "line\nbreak"))
STATUSES = ("Raw", "Inquiry", "MQL", "Accepted", "Qualifying", "Qualified")
VALUES = ("'MQL'", "5", "TRUE", "2026-11-23", "TODAY + 30 DAYS", "BLANK", "Country")
METHODS_USED = (*(Method(name) for name in METHODS), Method("id", ("Account__c",)))
TARGETS = (Named("user", "bea.kim"), Named("queue", "partner"), ("account", "BDR_Assigned__c"))


def listed(statuses):
    return ", ".join(f"'{status}'" for status in statuses)


statuses = st.lists(st.sampled_from(STATUSES), min_size=1, max_size=3, unique=True).map(listed)
atoms = st.one_of(
    st.integers(0, 3).map(lambda n: f"Person_Score__c >= {n * 25}"),
    statuses.map(lambda of: f"Status IN ({of})"),
    statuses.map(lambda of: f"Status NOT IN ({of})"),
    st.sampled_from(("ISNEW()", "Email IS BLANK", "Email ENDS WITH '.no'", "Country = 'Norway'", "CHANGED(Status)")),
    st.sampled_from(("Do_Not_Route__c", "Company CONTAINS ('inc', 'ltd')", "Employees BETWEEN 5 AND 10")),
).map(parse)
several = st.lists(atoms, min_size=2, max_size=3)
conditions = st.one_of(atoms, atoms.map(Not), several.map(all_of), several.map(any_of))
values_written = st.sampled_from(VALUES).map(parse_value)
values = st.dictionaries(st.sampled_from(("Status", "Country", "Recall_On__c")), values_written, min_size=1)
methods = st.lists(st.sampled_from(METHODS_USED), min_size=1, max_size=3, unique=True).map(tuple)
preferences = st.lists(
    st.one_of(st.just(Preference("newest")), conditions.map(lambda when: Preference("when", when))), max_size=2
).map(tuple)


@st.composite
def branches(draw, targets):
    source = draw(st.sampled_from(("", "page 3")))
    return Branch(when=draw(conditions), label=draw(LABELS), source=source, then=draw(targets))


@st.composite
def nodes(draw, id_, targets):  # noqa: C901 - one case for each type
    """A node of any type whose ways lead to `targets`, a strategy of ids."""
    common = {"id": id_, "label": draw(LABELS), "notes": draw(st.sampled_from(("", "", "asked for by sales")))}
    match draw(st.sampled_from(("decision", "decision", *TYPES))):
        case "decision":
            cases = draw(st.lists(branches(targets), min_size=1, max_size=4))
            return Decision(**common, branches=tuple(cases), otherwise=draw(targets))
        case "match":
            where = draw(st.one_of(st.none(), conditions))
            ways = {"matched": draw(targets), "unmatched": draw(targets)}
            found = {"by": draw(methods), "where": where, "prefer": draw(preferences)}
            return Match(**common, object="Account", as_="account", **found, **ways)
        case "set":
            return Set(**common, values=draw(values), then=draw(targets))
        case "assign":
            unavailable = draw(st.one_of(st.none(), targets))
            return Assign(**common, to=draw(st.sampled_from(TARGETS)), then=draw(targets), unavailable=unavailable)
        case "rotate":
            roster = draw(st.sampled_from(("emea", "apac", ("land", "Roster"))))
            asked = draw(st.one_of(st.just({}), conditions.map(lambda when: {"as_": "sdr", "where": when})))
            return Rotate(**common, **asked, roster=roster, then=draw(targets), nobody=draw(targets))
        case "notify":
            message = draw(st.sampled_from(("{{Company}} is yours", "a: b # c")))
            to = draw(st.sampled_from(("owner", "#routing")))
            return Notify(**common, channel="slack", to=to, message=message, then=draw(targets))
        case "lookup":
            by = draw(st.dictionaries(st.sampled_from(("Country", "Postcode")), values_written, min_size=1))
            return Lookup(**common, table="lands", as_="land", by=by, found=draw(targets), missing=draw(targets))
        case "wait":
            length = dt.timedelta(hours=draw(st.integers(1, 100)))
            return Wait(**common, until=draw(conditions), for_=length, met=draw(targets), expired=draw(targets))
        case "create":
            as_ = draw(st.sampled_from((None, "made")))
            return Create(**common, object="Account", as_=as_, values=draw(values), then=draw(targets))
        case "convert":
            return Convert(**common, account="account", values=draw(values), then=draw(targets))
        case "merge":
            rules = draw(st.dictionaries(st.sampled_from(("Status", "Country")), st.sampled_from(RULES)))
            return Merge(**common, with_="twin", keep=draw(st.sampled_from(RULES)), fields=rules, then=draw(targets))
        case "continue":
            return Continue(**common, flow="contact", with_=draw(st.sampled_from((None, "contact"))))
        case "end":
            return draw(ends(id_))


def ends(id_):
    return st.builds(End, id=st.just(id_), label=LABELS, result=st.sampled_from(("routed", "held")))


@st.composite
def flows(draw, ids=IDS):
    """Sound flows of one to seven nodes."""
    chosen = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=7, unique=True))
    made = {}
    for at, id_ in enumerate(chosen[:-1]):
        made[id_] = draw(nodes(id_, st.sampled_from(chosen[at + 1 :])))
    made[chosen[-1]] = draw(ends(chosen[-1]))
    return draw(headed(made, chosen[0]))


def headed(nodes_, start):
    """Flows of these nodes, under any header."""
    by_clock = st.builds(Schedule, every=st.just(Every("monday", dt.time(6))), where=st.one_of(st.none(), conditions))
    return st.builds(
        Flow,
        flow=st.just("lead"),
        object=st.just("Lead"),
        schedule=st.one_of(st.none(), st.none(), by_clock),
        title=st.sampled_from(("", "Live on 2026-11-23: MDF campaigns first", "Live on 2026-11-30: Fewer queues")),
        triggers=st.lists(st.sampled_from(TRIGGERS), min_size=1, max_size=2, unique=True).map(tuple),
        start=st.just(start),
        nodes=st.just(nodes_),
        notes=st.sampled_from(("", "see the handbook")),
    )


@st.composite
def edited(draw, flow):
    """The flow after one to four edits of a kind that people make."""
    for _ in range(draw(st.integers(1, 4))):
        flow = draw(draw(st.sampled_from(EDITS))(flow))
    return flow


def with_nodes(flow, made, start=None):
    return dataclasses.replace(flow, nodes=made, start=start or flow.start)


def replaced(flow):
    """A node of any type in the place of another."""
    return st.sampled_from(list(flow.nodes)).flatmap(
        lambda id_: nodes(id_, st.sampled_from(IDS)).map(lambda node: with_nodes(flow, {**flow.nodes, id_: node}))
    )


def added(flow):
    return st.sampled_from(IDS).flatmap(
        lambda id_: nodes(id_, st.sampled_from(IDS)).map(lambda node: with_nodes(flow, {id_: node} | flow.nodes))
    )


def removed(flow):
    return st.sampled_from(list(flow.nodes)).map(
        lambda gone: with_nodes(flow, {i: n for i, n in flow.nodes.items() if i != gone} or dict(flow.nodes))
    )


@st.composite
def renamed(draw, flow):
    """A node under another id, with the ways that led to it."""
    old = draw(st.sampled_from(list(flow.nodes)))
    new = draw(st.sampled_from([id_ for id_ in IDS if id_ not in flow.nodes] or [old]))
    made = {}
    for node in flow.nodes.values():
        led = rewired(node, {old: new})
        made[new if node.id == old else node.id] = dataclasses.replace(led, id=new) if node.id == old else led
    return with_nodes(flow, made, new if flow.start == old else flow.start)


def rewired(node, to):
    changes = {name: to.get(getattr(node, name), getattr(node, name)) for name in WAYS if hasattr(node, name)}
    if isinstance(node, Decision):
        changes["branches"] = tuple(dataclasses.replace(b, then=to.get(b.then, b.then)) for b in node.branches)
    return dataclasses.replace(node, **changes)


@st.composite
def branches_edited(draw, flow):
    """A decision whose branches were shuffled, thinned out, added to and changed."""
    decisions = [node for node in flow.nodes.values() if isinstance(node, Decision)]
    if not decisions:
        return flow
    node = draw(st.sampled_from(decisions))
    shuffled = draw(st.permutations(node.branches))[draw(st.integers(0, 1)) :] or node.branches
    changed = [dataclasses.replace(b, when=draw(st.one_of(st.just(b.when), conditions))) for b in shuffled]
    fresh = draw(st.lists(branches(st.sampled_from(IDS)), max_size=2))
    after = dataclasses.replace(node, branches=(*changed, *fresh))
    return with_nodes(flow, {**flow.nodes, node.id: after})


def relabelled(flow):
    return st.tuples(st.sampled_from(list(flow.nodes)), LABELS).map(
        lambda both: with_nodes(flow, {**flow.nodes, both[0]: dataclasses.replace(flow.nodes[both[0]], label=both[1])})
    )


def reordered(flow):
    return st.permutations(list(flow.nodes)).map(lambda ids: with_nodes(flow, {id_: flow.nodes[id_] for id_ in ids}))


def reheaded(flow):
    return st.sampled_from(list(flow.nodes)).flatmap(lambda start: headed(flow.nodes, start))


EDITS = (replaced, added, removed, renamed, branches_edited, relabelled, reordered, reheaded)
