"""What a field can be at each node: what happens was foreseen, and what `check` lets pass breaks nothing."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.check import check_model
from flowctl.check.possible import OTHER, domain_of, field_in, narrowed, truth
from flowctl.diag import Severity
from flowctl.engine import Turns, route, with_data, world_of
from flowctl.expr import Expr, evaluate, parse, parse_value
from flowctl.flow import Record, dump_flow, load_model
from flowctl.flow.model import Flow
from flowctl.flow.nodes.create import Create
from flowctl.flow.nodes.decision import Branch, Decision
from flowctl.flow.nodes.end import End
from flowctl.flow.nodes.match import Match
from flowctl.flow.nodes.merge import RULES, Merge
from flowctl.flow.nodes.set import Set
from flowctl.flow.nodes.wait import Wait
from flowctl.flow.program import Method
from flowctl.flow.record import Change

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
STATUSES = ("Raw", "Inquiry", "MQL", "Won")
OBJECTS = {
    "flows/objects/Lead.yaml": """\
object: Lead
fields:
  Id: {type: id}
  Email: {type: email}
  Status:
    type: picklist
    values: [Raw, Inquiry, MQL, Won]
    transitions: {Raw: [Inquiry, MQL], Inquiry: [MQL], MQL: [Won]}
  Source: {type: text, once: true}
  Score: {type: number, once: true}
  Opt_In: {type: checkbox, once: true}
  Seen: {type: date, once: true}
  Country: {type: text}
  Region: {type: text, required: true}
  CreatedDate: {type: datetime}
""",
    "flows/objects/Account.yaml": "object: Account\nfields:\n  Name: {type: text, required: true}\n",
}
FIELDS = ("Status", "Source", "Score", "Opt_In", "Seen", "Country", "Region")

ATOMS = (
    "Status = 'Raw'", "Status IN ('MQL', 'won')", "Status NOT IN ('Raw', 'Inquiry')", "Status != 'MQL'",
    "Status IS BLANK", "Status CONTAINS 'M'", "CHANGED(Status)", "PRIOR(Status) = 'Raw'", "MATCHES(Status, 'q')",
    "Source IS BLANK", "Source IS NOT BLANK", "Source = 'Web'", "Source STARTS WITH 'w'", "Source = Country",
    "Source LIKE 'W%'", "Country IN ('Peru', ' web ')", "Country IS BLANK", "'Web' = Source",
    "Score > 5", "Score BETWEEN 0 AND 5", "Score = 5", "Score + 1 > 5", "MAX(Score, 3) >= 4", "Score IS BLANK",
    "Opt_In", "Opt_In = TRUE", "Seen >= 2026-01-01", "Seen < TODAY", "Seen = 2026-01-01", "Seen IS NOT BLANK",
    "ISNEW()", "TRUE",
)  # fmt: skip
atoms = st.sampled_from(ATOMS)
conditions = st.recursive(
    atoms,
    lambda e: st.one_of(
        e.map("NOT ({})".format),
        st.tuples(e, st.sampled_from(("AND", "OR")), e).map(lambda t: f"({t[0]}) {t[1]} ({t[2]})"),
    ),
    max_leaves=3,
).map(parse)

PUTS = {
    "Status": ("'Raw'", "'MQL'", "'Won'", "BLANK", "Status"),
    "Source": ("'Web'", "'web '", "Country", "Source", "BLANK"),
    "Score": ("5", "Score + 1", "MAX(Score, 3)"),
    "Opt_In": ("TRUE", "FALSE"),
    "Seen": ("TODAY", "2026-01-01", "TODAY - 3 DAYS"),
    "Country": ("'Peru'", "Source", "BLANK"),
    "Region": ("'EMEA'", "Country", "Source"),
}
puts = st.sampled_from([(name, value) for name, of in PUTS.items() for value in of])


@st.composite
def flows(draw):
    """Sound flows of decisions, sets, waits, merges and records made, in any order."""
    ids = [f"n{i}" for i in range(draw(st.integers(1, 6)))]
    made = {"find": find(Method("related"), "n0", "n0")}
    for at, id_ in enumerate(ids):
        later = st.sampled_from([*ids[at + 1 :], "done"])
        made[id_] = draw(st.one_of(NODES))(draw, id_, later)
    made["done"] = End(id="done", result="Done")
    return Flow(flow="lead", object="Lead", triggers=("created", "updated"), start="find", nodes=made)


def find(method, matched, unmatched):
    return Match(id="find", object="Lead", as_="twin", by=(method,), matched=matched, unmatched=unmatched)


def decision(draw, id_, later):
    whens = draw(st.lists(conditions, min_size=1, max_size=3))
    return Decision(id=id_, branches=tuple(Branch(when=e, then=draw(later)) for e in whens), otherwise=draw(later))


def setting(draw, id_, later):
    chosen = dict(draw(st.lists(puts, min_size=1, max_size=2)))
    return Set(id=id_, values={name: parse_value(value) for name, value in chosen.items()}, then=draw(later))


def waiting(draw, id_, later):
    return Wait(id=id_, until=draw(conditions), for_=dt.timedelta(days=2), met=draw(later), expired=draw(later))


def merging(draw, id_, later):
    fields = draw(st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(RULES), max_size=3))
    return Merge(id=id_, with_="twin", keep=draw(st.sampled_from(RULES)), fields=fields, then=draw(later))


def creating(draw, id_, later):
    name = draw(st.sampled_from(("'Acme'", "Country", "Region")))
    return Create(id=id_, object="Account", values={"Name": parse_value(name)}, then=draw(later))


NODES = [st.just(made) for made in (decision, decision, setting, setting, waiting, merging, creating)]


values = st.fixed_dictionaries(
    {
        "Status": st.sampled_from([None, *STATUSES, "mql"]),
        "Source": st.sampled_from([None, "Web", "WEB", "Expo", "web talk"]),
        "Score": st.sampled_from([None, 0.0, 4.0, 5.0, 9.0]),
        "Opt_In": st.sampled_from([None, False, True]),
        "Seen": st.sampled_from([None, dt.date(2026, 1, 1), dt.date(2025, 1, 1), dt.date(2026, 11, 23)]),
        "Country": st.sampled_from([None, "Peru", "Web", "Chile"]),
        "Region": st.sampled_from(["EMEA", "AMER"]),
        "CreatedDate": st.sampled_from([None, NOW, NOW - dt.timedelta(days=3)]),
    }
)
changes = st.lists(
    st.tuples(st.integers(0, 3), values).map(lambda t: Change(dt.timedelta(days=t[0]), t[1], {})), max_size=2
).map(lambda found: tuple(sorted(found, key=lambda change: change.after)))
records = st.builds(
    lambda fields, prior, twin, later: Record(
        "Lead", fields, prior, {"twin": Record("Lead", twin)} if twin else {}, later=later
    ),
    values,
    st.one_of(st.none(), values),
    st.one_of(st.none(), values),
    changes,
)


def model_of(flow):
    return load_model({**OBJECTS, "flows/lead.yaml": dump_flow(flow)})


@given(flows(), records)
def test_whatever_a_field_is_at_a_node_was_foreseen(flow, record):
    model = model_of(flow)
    known = {name: field_in(model.flows["lead"], model, name) for name in FIELDS}
    met = []

    def watch(step, reading):
        if not isinstance(step, Expr):
            met.extend((step.node, name, reading.get((name,))) for name in FIELDS)

    route(world_of(model), "lead", record, Turns(), NOW, watch)

    for node, name, value in met:
        assert known[name].domain.of(value) in known[name].entering[node]


@given(flows(), st.lists(records, min_size=1, max_size=3))
def test_a_record_breaks_no_policy_of_which_check_says_nothing(flow, leads):
    model = model_of(flow)
    found = check_model(model)
    assert {d.code for d in found if d.severity is Severity.ERROR} <= {"FC302", "FC310", "FC311", "FC312", "FC313"}
    said = " ".join(d.message for d in found if d.code in ("FC310", "FC311", "FC312", "FC313"))

    broken = [broke for lead in leads for broke in route(world_of(model), "lead", lead, Turns(), NOW).broken]

    for broke in broken:
        assert f"`{broke.field}`" in said


@given(conditions, st.sampled_from(FIELDS), values)
def test_what_is_known_of_a_condition_is_so_for_every_record_with_that_value(e, name, fields):
    flow = asking(e)
    model = load_model(OBJECTS)
    domain = domain_of(flow, name, model.objects["Lead"].fields[name].typed())

    known = truth(e, domain.of(fields[name]), domain)

    assert known in (None, evaluate(e, Reading(fields)))


def asking(e):
    node = Decision(id="n", branches=(Branch(when=e, then="n"),))
    return Flow(flow="lead", object="Lead", start="n", nodes={"n": node})


class Reading:
    is_new, now, zone = True, NOW, dt.UTC

    def __init__(self, fields):
        self.fields = fields

    def get(self, path):
        return self.fields.get(path[0])


@pytest.mark.parametrize(
    ("field", "when", "holds", "fails"),
    [
        ("Status", "Status = 'raw'", {"Raw"}, {None, "Inquiry", "MQL", "Won"}),
        ("Status", "Status != 'Raw' AND Country = 'Peru'", {None, "Inquiry", "MQL", "Won"}, {None, *STATUSES}),
        ("Source", "Source IS BLANK OR Country = 'Peru'", {None, OTHER}, {OTHER}),
        ("Source", "Source IN ('Web', 'Expo')", {"Web", "Expo"}, {None, OTHER}),
        ("Score", "Score >= 5", {5.0, OTHER}, {None, OTHER}),
        ("Seen", "Seen >= TODAY - 3 DAYS", {OTHER}, {None, OTHER}),
        ("Opt_In", "NOT Opt_In", {False}, {True}),
        ("Source", "CHANGED(Source)", {None, OTHER}, {None, OTHER}),
    ],
)
def test_a_condition_keeps_the_values_for_which_it_may_hold(field, when, holds, fails):
    e = parse(when)
    flow = asking(e)
    domain = domain_of(flow, field, load_model(OBJECTS).objects["Lead"].fields[field].typed())

    assert narrowed(domain.start, e, domain) == holds
    assert narrowed(domain.start, e, domain, holds=False) == fails


def test_a_schedule_narrows_what_comes_in_unless_another_flow_continues_here():
    job = "flow: job\nobject: Lead\nschedule: {every: monday 06:00, where: Status = 'Raw'}\nstart: done\nnodes:\n"
    job += "  done: {type: end, result: Done}\n"
    lead = "flow: lead\nobject: Lead\ntriggers: [created]\nstart: on\nnodes:\n  on: {type: continue, flow: job}\n"
    alone = load_model({**OBJECTS, "flows/job.yaml": job})
    entered = load_model({**OBJECTS, "flows/job.yaml": job, "flows/lead.yaml": lead})

    assert field_in(alone.flows["job"], alone, "Status").entering["done"] == {"Raw"}
    assert field_in(entered.flows["job"], entered, "Status").entering["done"] == {None, *STATUSES}


def test_the_data_that_leads_are_matched_with_does_not_matter_to_what_is_foreseen():
    flow = Flow(
        flow="lead",
        object="Lead",
        start="find",
        nodes={
            "find": find(Method("email_domain"), "one", "end"),
            "one": Merge(id="one", with_="twin", keep="filled", then="end"),
            "end": End(id="end", result="Done"),
        },
    )
    model = model_of(flow)
    world = with_data(world_of(model), {"Lead": (Record("Lead", {"Email": "a@acme.example", "Status": "MQL"}),)})

    found = route(world, "lead", Record("Lead", {"Email": "b@acme.example"}), Turns(), NOW)

    known = field_in(model.flows["lead"], model, "Status")
    assert known.domain.of(found.sets["Status"]) in known.entering["end"]
