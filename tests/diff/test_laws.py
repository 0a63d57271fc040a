"""What holds for the diff of any two flows."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.diff import apply, diff_flows, plain_edit
from flowctl.diff.edits import NodeAdded, NodeRemoved, NodeRenamed
from flowctl.diff.order import kept_in_order
from flowctl.flow.model import meaning
from flowctl.render.words import marker, sentence
from tests.strategies import edited, flows, renamed

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

pairs = st.one_of(st.tuples(flows(), flows()), flows().flatmap(lambda flow: st.tuples(st.just(flow), edited(flow))))


@given(pairs)
def test_applying_the_diff_gives_the_other_flow(pair):
    a, b = pair

    assert apply(a, diff_flows(a, b)) == b


@given(flows())
def test_a_flow_does_not_differ_from_itself(flow):
    assert diff_flows(flow, flow) == ()


@given(pairs)
def test_all_edits_are_cosmetic_exactly_when_the_behaviour_digest_stays(pair):
    a, b = pair

    assert all(edit.cosmetic for edit in diff_flows(a, b)) == (meaning(a) == meaning(b))


@given(pairs)
def test_every_edit_is_one_line_of_words_and_names_a_node_of_one_side(pair):
    a, b = pair

    for edit in diff_flows(a, b):
        assert sentence(edit).isprintable()
        assert marker(edit) in "+-~>="
        assert edit.node is None or edit.node in (a if isinstance(edit, NodeRemoved) else b).nodes


@given(pairs)
def test_every_edit_is_plain_data(pair):
    a, b = pair

    for edit in diff_flows(a, b):
        plain = plain_edit(edit)
        assert json.loads(json.dumps(plain)) == plain
        assert (plain["node"], plain["cosmetic"]) == (edit.node, edit.cosmetic)


@given(pairs)
def test_no_node_is_both_renamed_and_added_or_removed(pair):
    a, b = pair
    edits = diff_flows(a, b)

    renamed_to = [edit.node for edit in edits if isinstance(edit, NodeRenamed)]
    renamed_from = [edit.was for edit in edits if isinstance(edit, NodeRenamed)]
    added = [edit.node for edit in edits if isinstance(edit, NodeAdded)]
    removed = [edit.node for edit in edits if isinstance(edit, NodeRemoved)]

    assert sorted(renamed_to + added) == sorted(set(b.nodes) - set(a.nodes))
    assert sorted(renamed_from + removed) == sorted(set(a.nodes) - set(b.nodes))


@given(flows().flatmap(lambda flow: st.tuples(st.just(flow), renamed(flow))))
def test_a_rename_alone_is_one_edit(pair):
    a, b = pair

    assert [type(edit) for edit in diff_flows(a, b)] == [NodeRenamed] * (list(a.nodes) != list(b.nodes))


@given(st.permutations(range(8)))
def test_what_stays_in_order_rises_and_nothing_longer_does(places):
    kept = [places[position] for position in sorted(kept_in_order(places))]

    assert kept == sorted(kept)
    assert len(kept) == longest(places)


def longest(places):
    """The length of the longest rising run, found the slow and sure way."""
    best = []
    for at, place in enumerate(places):
        best.append(1 + max((best[i] for i in range(at) if places[i] < place), default=0))
    return max(best, default=0)
