"""Laws of the graph walk, on any graph."""

from hypothesis import given
from hypothesis import strategies as st

from flowctl.check import graph

NAMES = "abcdefgh"
GRAPHS = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=4), max_size=8)


@given(GRAPHS)
def test_taking_the_last_arrow_of_each_cycle_away_leaves_none(arrows):
    closing = {(cycle[-1], cycle[0]) for cycle in graph.cycles(arrows)}

    left = {name: [to for to in tos if (name, to) not in closing] for name, tos in arrows.items()}

    assert graph.cycles(left) == ()


@given(GRAPHS)
def test_each_cycle_follows_arrows_and_meets_no_name_twice(arrows):
    for cycle in graph.cycles(arrows):
        assert len(set(cycle)) == len(cycle)
        assert all(to in arrows[name] for name, to in zip(cycle, (*cycle[1:], cycle[0]), strict=True))


@given(GRAPHS)
def test_there_is_an_order_where_there_is_no_cycle_and_every_arrow_leads_forward_in_it(arrows):
    order = graph.in_order(arrows)

    assert (order is None) == bool(graph.cycles(arrows))
    if order is not None:
        place = {name: at for at, name in enumerate(order)}
        assert place.keys() == arrows.keys()
        assert all(place[name] < place[to] for name, tos in arrows.items() for to in tos if to in place)


def test_a_graph_as_deep_as_a_flow_can_be_is_walked_without_recursion():
    deep = {str(i): [str(i + 1)] for i in range(20_000)}

    assert graph.cycles(deep) == ()
