"""Two versions of a flow laid over each other."""

from hypothesis import given, settings
from hypothesis import strategies as st

from flowctl.diff import diff_flows
from flowctl.flow import load_flow
from flowctl.ops.joined import alone, joined
from tests import strategies
from tests.ops.small import flow

BEFORE = """\
start:
  type: decision
  branches:
    - {when: Country = 'Peru', label: peru, then: hot}
    - {when: Country = 'Chile', label: chile, then: cold}
  otherwise: raw
hot: {type: assign, to: queue/hot, then: done}
cold: {type: assign, to: queue/cold, then: done}
raw: {type: assign, to: queue/raw, label: Raw, then: done}
"""


def read(nodes):
    found, problems = load_flow("flows/lead.yaml", flow(nodes))
    assert problems == ()
    return found


def compared(after, before=BEFORE):
    a, b = read(before), read(after)
    return joined(a, b, diff_flows(a, b))


def statuses(shown):
    return {node.id: node.status for node in shown.nodes if node.status != "same"}


def ways(shown):
    return {(way.from_, way.after or way.before, way.to): way.status for way in shown.ways if way.status != "same"}


def test_a_flow_alone_is_the_same_all_over():
    shown = alone(read(BEFORE))

    assert shown.status == "same"
    assert statuses(shown) == {}
    assert ways(shown) == {}
    assert len(shown.ways) == 6


def test_a_new_node_and_the_way_that_leads_to_it_now():
    after = BEFORE.replace("otherwise: raw", "otherwise: tell") + (
        "tell: {type: notify, channel: slack, to: '#raw', message: New, then: raw}\n"
    )
    shown = compared(after)

    assert statuses(shown) == {"start": "changed", "tell": "added"}
    assert ways(shown) == {
        ("start", "otherwise", "tell"): "added",
        ("start", "otherwise", "raw"): "removed",
        ("tell", "then", "raw"): "added",
    }


def test_a_node_that_is_gone_stays_where_it_stood():
    after = BEFORE.replace("label: chile, then: cold", "label: chile, then: hot").replace(
        "cold: {type: assign, to: queue/cold, then: done}\n", ""
    )
    shown = compared(after)

    assert [node.id for node in shown.nodes] == ["start", "hot", "cold", "raw", "done"]
    assert statuses(shown) == {"start": "changed", "cold": "removed"}
    assert ways(shown)["cold", "then", "done"] == "removed"


def test_a_condition_that_asks_something_else_marks_its_way():
    shown = compared(BEFORE.replace("Country = 'Chile'", "Country != 'Chile'"))

    assert ways(shown) == {("start", "chile", "cold"): "changed"}


def test_a_branch_that_is_only_called_otherwise_is_the_same_way():
    shown = compared(BEFORE.replace("label: chile", "label: Chile and around"))
    [way] = [way for way in shown.ways if way.to == "cold"]

    assert statuses(shown) == {"start": "cosmetic"}
    assert (way.status, way.before, way.after) == ("same", "chile", "Chile and around")


def test_a_renamed_node_is_one_node_and_its_ways_stay():
    shown = compared(BEFORE.replace("raw", "unsorted").replace("queue/unsorted", "queue/raw"))

    assert statuses(shown) == {"unsorted": "changed"}
    assert ways(shown) == {}
    assert shown.id_before("raw") == "unsorted"
    assert shown.id_before("start") == "start"


@st.composite
def pairs(draw):
    before = draw(strategies.flows())
    return before, draw(strategies.edited(before))


@given(pairs())
@settings(max_examples=min(80, settings.default.max_examples))
def test_every_node_and_way_of_both_sides_is_there_once(pair):
    a, b = pair
    shown = joined(a, b, diff_flows(a, b))

    for side, flow_, id_of in (("before", a, shown.id_before), ("after", b, str)):
        assert {n.id for n in shown.nodes if getattr(n, side)} == {id_of(id_) for id_ in flow_.nodes}
        here = sorted((w.from_, getattr(w, side), w.to) for w in shown.ways if getattr(w, side) is not None)
        assert here == sorted((id_of(node.id), way.port, id_of(way.to)) for node, way in flow_.ways())
    assert len({node.id for node in shown.nodes}) == len(shown.nodes)


@given(pairs())
@settings(max_examples=min(80, settings.default.max_examples))
def test_it_is_the_same_when_nothing_differs_and_only_then(pair):
    a, b = pair

    assert (joined(a, b, diff_flows(a, b)).status == "same") == (not diff_flows(a, b))


def test_a_flow_on_one_side_only_is_new_or_gone():
    found = read(BEFORE)

    assert {node.status for node in joined(None, found).nodes} == {"added"}
    assert {way.status for way in joined(found, None).ways} == {"removed"}
    assert (joined(None, found).status, joined(found, None).status) == ("added", "removed")
