"""Beside git: where edits of different nodes merge as texts, the result is the same."""

import dataclasses
import subprocess

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flowctl.diff import merge_text
from flowctl.flow import dump_flow
from tests.strategies import conditions, flows

pytestmark = pytest.mark.slow


@st.composite
def two_edits(draw):
    """A flow, and two copies in which other nodes differ."""
    base = draw(flows())
    assume(len(base.nodes) > 1)
    one, other = draw(st.lists(st.sampled_from(list(base.nodes)), min_size=2, max_size=2, unique=True))
    return base, with_edit(draw, base, one), with_edit(draw, base, other)


def with_edit(draw, flow, id_):
    node = flow.nodes[id_]
    branches = getattr(node, "branches", ())
    if branches and draw(st.booleans()):
        at = draw(st.integers(0, len(branches) - 1))
        changed = dataclasses.replace(branches[at], when=draw(conditions), label=f"new of {id_}")
        node = dataclasses.replace(node, branches=(*branches[:at], changed, *branches[at + 1 :]))
    else:
        node = dataclasses.replace(node, label=f"new of {id_}", notes=draw(st.sampled_from(("", "why", "a\nb"))))
    return dataclasses.replace(flow, nodes={**flow.nodes, id_: node})


@given(two_edits())
def test_edits_of_different_nodes_are_merged_as_git_merges_them(tmp_path_factory, three):
    folder = tmp_path_factory.mktemp("merge")
    texts = {side: dump_flow(flow) for side, flow in zip(("base", "ours", "theirs"), three, strict=True)}
    for side, text in texts.items():
        (folder / side).write_text(text, "utf-8")

    git = subprocess.run(
        ["git", "merge-file", "-p", "ours", "base", "theirs"], cwd=folder, capture_output=True, encoding="utf-8"
    )

    merged = merge_text("flow/lead", *texts.values())
    assert merged.conflicts == ()
    if git.returncode == 0:
        assert merged.text == git.stdout


texts = st.lists(st.sampled_from("abcde"), max_size=8).map(lambda lines: "".join(f"{line}\n" for line in lines))


@given(texts, texts, texts)
def test_a_text_that_is_merged_by_lines_is_never_merged_in_one_way_only(base, ours, theirs):
    one, other = merge_text("README.md", base, ours, theirs), merge_text("README.md", base, theirs, ours)

    assert len(one.conflicts) == len(other.conflicts)
    assert one.conflicts or one.text == other.text
