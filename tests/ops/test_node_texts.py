"""Nodes read from pieces of a file are the nodes that the whole file has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.diff import diff_flows
from flowctl.flow import dump_flow, load_flow
from flowctl.ops.past.node_texts import Reader, differing, head_says, node_edits
from tests.strategies import edited, flows

PATH = "flows/lead.yaml"


def read(*texts):
    reader = Reader(PATH)
    return [reader.read(text.encode()) for text in texts]


@given(flows())
def test_the_pieces_of_a_file_hold_its_nodes(flow):
    [texts] = read(dump_flow(flow))

    assert not texts.is_whole
    assert texts.some(texts.pieces).nodes == flow.nodes
    assert list(texts.pieces) == list(flow.nodes)


@given(st.data())
def test_two_states_differ_by_pieces_as_they_differ_as_a_whole(data):
    flow = data.draw(flows())
    later = data.draw(edited(flow))
    older, newer = read(dump_flow(flow), dump_flow(later))

    assert node_edits(older, newer) == tuple(edit for edit in diff_flows(flow, later) if edit.node is not None)
    assert (head_says(older, PATH) == head_says(newer, PATH)) == (
        (flow.start, flow.schedule, flow.triggers, flow.object)
        == (later.start, later.schedule, later.triggers, later.object)
    )


@pytest.mark.parametrize(
    "text",
    [
        "flow: f\nobject: Lead\nstart: a\nnodes: {a: {type: end, result: done}}\n",
        "flow: f\nobject: Lead\nstart: a\nnodes:\n    a:\n        type: end\n        result: done\n",
        'flow: f\nobject: Lead\nstart: a\nnodes:\n  a: {type: end, notes: "so\n  b: it", result: done}\n',
    ],
)
def test_a_file_that_cannot_be_cut_is_read_as_a_whole(text):
    [texts] = read(text)
    flow, problems = load_flow(PATH, text)

    assert texts.is_whole
    assert problems == ()
    assert texts.some(texts.pieces).nodes == flow.nodes


def test_keys_after_the_nodes_belong_to_the_head():
    nodes = "nodes:\n  a: {type: end, result: done}\n  # so be it\n"
    [texts] = read(f"flow: f\nobject: Lead\n{nodes}start: a\nnotes: |\n  b: no node\n")

    assert list(texts.pieces) == ["a"]
    assert head_says(texts, PATH) == {"flow": "f", "object": "Lead", "start": "a"}


def test_an_id_twice_and_a_file_that_is_no_yaml_have_no_sound_nodes():
    twice = "flow: f\nobject: Lead\nstart: a\nnodes:\n  a: {type: end, result: x}\n  a: {type: end, result: y}\n"
    crooked = "flow: f\nobject: Lead\nstart: a\nnodes:\n    a: {type: end, result: x}\n  b: {type: end, result: y}\n"
    for texts in read(twice, crooked, "flow: [", ""):
        assert not texts.pieces or not texts.is_sound(texts.pieces)


def test_a_comment_is_a_difference_of_the_text_and_none_of_the_node():
    older, newer = read(*(f"start: a\nnodes:\n  a: {{type: end, result: x}}{more}\n" for more in ("", "  # so be it")))

    assert differing(older, newer) == {"a"}
    assert node_edits(older, newer) == ()
