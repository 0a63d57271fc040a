"""What holds of any flow: it is written and read again, and its digests count what they should."""

import dataclasses

from hypothesis import given, settings
from hypothesis import strategies as st

from flowctl.document import data, dump, read
from flowctl.flow import behaviour_digest, content_digest, dump_flow, load_flow
from flowctl.flow.model import meaning, plain_flow
from flowctl.flow.nodes.decision import Decision
from tests.flow.writing import written
from tests.strategies import edited, flows

FEWER = settings(max_examples=max(10, settings.default.max_examples // 4))  # each takes a fifth of a second

two_writings = flows().flatmap(lambda flow: st.tuples(st.just(flow), written(plain_flow(flow))))


@given(flows())
def test_a_flow_is_read_again_as_it_was_written(flow):
    again, problems = load_flow("flows/lead.yaml", dump_flow(flow))

    assert problems == ()
    assert again == flow
    assert list(again.nodes) == list(flow.nodes)
    assert dump_flow(again) == dump_flow(flow)


@FEWER
@given(two_writings)
def test_quotes_comments_and_spaces_change_neither_the_flow_nor_its_digests(pair):
    flow, text = pair
    again, problems = load_flow("flows/lead.yaml", text)

    assert problems == ()
    assert again == flow
    assert content_digest("flow/lead", text) == content_digest("flow/lead", dump_flow(flow))
    assert behaviour_digest("flow/lead", text) == behaviour_digest("flow/lead", dump_flow(flow))


@FEWER
@given(flows(), st.randoms(use_true_random=False))
def test_the_order_of_keys_and_nodes_is_content_and_no_behaviour(flow, random):
    plain = plain_flow(flow)
    shuffled = shuffle(plain, random) | {
        "nodes": shuffle({k: shuffle(n, random) for k, n in plain["nodes"].items()}, random)
    }

    assert behaviour_digest("flow/lead", dump(shuffled)) == behaviour_digest("flow/lead", dump(plain))
    same_order = ordered(shuffled) == ordered(plain)
    assert (content_digest("flow/lead", dump(shuffled)) == content_digest("flow/lead", dump(plain))) == same_order


def shuffle(mapping, random):
    return dict(random.sample(list(mapping.items()), len(mapping)))


def ordered(value):
    if isinstance(value, dict):
        return [(key, ordered(item)) for key, item in value.items()]
    return value


@FEWER
@given(flows(), st.sampled_from(["", "Handle with care", "a: b # c"]))
def test_words_for_people_are_content_and_no_behaviour(flow, words):
    nodes = {}
    for id_, node in flow.nodes.items():
        nodes[id_] = dataclasses.replace(node, label=words, notes=words, source=words)
        if isinstance(node, Decision):
            branches = tuple(dataclasses.replace(branch, label=words, source=words) for branch in node.branches)
            nodes[id_] = dataclasses.replace(nodes[id_], branches=branches)
    other = dataclasses.replace(flow, title=words, notes=words, nodes=nodes)

    assert behaviour_digest("flow/lead", dump_flow(other)) == behaviour_digest("flow/lead", dump_flow(flow))
    assert (content_digest("flow/lead", dump_flow(other)) == content_digest("flow/lead", dump_flow(flow))) == (
        other == flow
    )


@FEWER
@given(flows().flatmap(lambda flow: st.tuples(st.just(flow), edited(flow))))
def test_two_flows_have_one_digest_exactly_when_they_mean_the_same(pair):
    a, b = (dump_flow(flow) for flow in pair)

    assert (behaviour_digest("flow/lead", a) == behaviour_digest("flow/lead", b)) == (
        meaning(pair[0]) == meaning(pair[1])
    )
    assert (content_digest("flow/lead", a) == content_digest("flow/lead", b)) == (ordered_plain(a) == ordered_plain(b))


def ordered_plain(text):
    return ordered_deep(data(read("f", text).root))


def ordered_deep(value):
    if isinstance(value, dict):
        return [(key, ordered_deep(item)) for key, item in value.items()]
    return [ordered_deep(item) for item in value] if isinstance(value, list) else value


@given(flows())
def test_every_value_of_a_flow_can_be_found_in_its_file(flow):
    again, _ = load_flow("flows/lead.yaml", dump_flow(flow))

    for node, way in again.ways():
        port = ("branches", [*node.port_names()].index(way.port), "then") if is_branch(node, way) else (way.port,)
        line = again.document.excerpt(again.where(node.id, *port).line)
        assert line.endswith(f": {way.to}")


def is_branch(node, way):
    return isinstance(node, Decision) and way.port != "otherwise"
