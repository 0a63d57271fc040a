"""What holds of any flow and any lead: the judge walks the flow's own ways, and what is cosmetic moves nobody."""

import dataclasses
import datetime as dt
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flowctl.engine import Turns, World, route
from flowctl.engine.matching import DataSet
from flowctl.flow import Member, Record, Roster, load_model, lower
from flowctl.flow.model import meaning
from flowctl.flow.nodes.decision import Decision
from flowctl.flow.nodes.end import End
from flowctl.flow.program import Program, Stop
from flowctl.flow.schedule import LEFT_OUT
from tests.strategies import STATUSES, edited, flows, reordered

FEWER = settings(max_examples=max(10, settings.default.max_examples // 4))  # each takes a tenth of a second
NOW = dt.datetime(2026, 11, 23, 17, tzinfo=dt.UTC)
CONTACT = Program("contact", "Contact", "seen", {"seen": Stop("seen", "Contact seen")})
ROSTERS = {
    name: Roster(roster=name, members=(Member(user="bea.kim"), Member(user="lars.holm"))) for name in ("emea", "apac")
}
PEOPLE = {"user/bea.kim": {"Team": "Sales Dev"}, "user/lars.holm": {}, "queue/partner": {"Type": "Queue"}}
ACCOUNTS = tuple(
    Record("Account", {"Name": "Acme Inc", "Website": "acme.example", "BDR_Assigned__c": bdr}) for bdr in PEOPLE
)
LANDS = next(
    table.snapshot()
    for table in load_model(
        {
            "flows/tables/lands.yaml": """\
table: lands
hit: first
columns:
  Country: {key: exact, type: text}
  Postcode: {key: prefix, type: text}
  Roster: {type: roster}
""",
            "flows/tables/lands.csv": "Country,Postcode,Roster\nNorway,,emea\n,2026,apac\n",
        }
    ).tables.values()
)

values = {
    "Person_Score__c": st.sampled_from([None, -1.0, 0.0, 25.0, 50.0, 80.0]),
    "Status": st.sampled_from([None, *STATUSES]),
    "Email": st.sampled_from([None, "ana@acme.example", "ola@fjord.no"]),
    "Country": st.sampled_from([None, "Norway", "Chile"]),
    "Company": st.sampled_from([None, "Acme Inc", "Bolt"]),
    "Do_Not_Route__c": st.booleans(),
    "Employees": st.sampled_from([None, 4.0, 7.0]),
}
fields = st.fixed_dictionaries(values)
accounts = st.one_of(st.none(), st.sampled_from(ACCOUNTS))
records = st.builds(
    lambda fields, prior, account: Record("Lead", fields, prior, {"account": account} if account else {}),
    fields,
    st.one_of(st.none(), fields),
    accounts,
)


def through(flow, record):
    world = World(
        programs={"lead": lower(flow), "contact": CONTACT},
        rosters=ROSTERS,
        people=PEOPLE,
        available=frozenset(PEOPLE),
        zone=dt.UTC,
        data={"Account": DataSet(ACCOUNTS)},
        tables={"lands": LANDS},
    )
    return route(world, "lead", record, Turns(), NOW)


def what_happened(outcome):
    messages = [(sent.channel, sent.to, sent.message) for sent in outcome.messages]
    nodes = [(visit.flow, visit.node) for visit in outcome.path]
    seen = outcome.effects, outcome.ends, outcome.result, messages, nodes
    return outcome.owner, outcome.is_routed, outcome.sets, *seen


@given(flows(), records)
def test_a_lead_goes_by_the_ways_of_the_flow_from_its_start_to_an_end(flow, record):
    before = [dict(of.fields) for of in (record, *ACCOUNTS)]

    outcome = through(flow, record)

    ways = {(node.id, way.port): way.to for node, way in flow.ways()}
    in_flow = [visit for visit in outcome.path if visit.flow == "lead" and visit.node != LEFT_OUT]
    assert outcome.is_left_out or in_flow[0].node == flow.start
    for visit, following in pairwise(in_flow):
        assert ways[visit.node, visit.port] == following.node
    assert outcome.path[-1].port is None
    assert outcome.path[-1].node == outcome.ends
    assert outcome.is_left_out or isinstance(flow.nodes.get(outcome.ends), End) or outcome.path[-1].flow == "contact"
    assert before == [dict(of.fields) for of in (record, *ACCOUNTS)]  # routing changes none of what it reads


@given(flows().flatmap(lambda flow: st.tuples(st.just(flow), reordered(flow))), records, st.text(max_size=5))
def test_the_order_of_nodes_and_the_words_around_them_move_nobody(pair, record, words):
    flow, other = pair
    other = dataclasses.replace(other, title=words, notes=words, nodes=reworded(other.nodes, words))

    assert meaning(flow) == meaning(other)
    assert what_happened(through(flow, record)) == what_happened(through(other, record))


def reworded(nodes, words):
    made = {id_: dataclasses.replace(node, label=words, notes=words, source=words) for id_, node in nodes.items()}
    for id_, node in made.items():
        if isinstance(node, Decision):
            branches = tuple(dataclasses.replace(branch, label=words, source=words) for branch in node.branches)
            made[id_] = dataclasses.replace(node, branches=branches)
    return made


@FEWER
@given(flows().flatmap(lambda flow: st.tuples(st.just(flow), edited(flow))), records)
def test_what_moves_a_lead_has_another_meaning(pair, record):
    a, b = pair
    assume(is_sound(b))

    if what_happened(through(a, record)) != what_happened(through(b, record)):
        assert meaning(a) != meaning(b)


def is_sound(flow):
    """Every way leads to a node, and none back."""
    done = set()

    def ends(id_, above):
        if id_ in done:
            return True
        sound = id_ in flow.nodes and id_ not in above
        sound = sound and all(ends(way.to, {*above, id_}) for way in flow.nodes[id_].ways())
        done.add(id_)
        return sound

    return ends(flow.start, frozenset()) and all(ends(id_, frozenset()) for id_ in flow.nodes)
