"""What holds for every merge."""

import dataclasses
import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl import document as yaml
from flowctl.diff import merge_text
from flowctl.diff.layout import lay_out, opened, schema_of, written
from flowctl.flow import content_digest, dump_flow, load_flow
from tests.strategies import edited, flows

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

NAMES = ("ana", "bo", "cy", "di", "eve")
WRITINGS = ("weight: 1", "weight: 2", "leave: [{from: 2026-12-21, to: 2027-01-03}]")


@st.composite
def commented(draw, flow):
    """The text of a flow as somebody keeps it: with comments and blank lines between the nodes."""
    lines = []
    for line in dump_flow(flow).splitlines(keepends=True):
        above = draw(st.sampled_from(("", "", "", "\n", "# why it is so\n", "\n# asked for by sales\n")))
        indent = re.match(" *", line).group()
        is_entry = re.match(r"(  )?\w+:", line) is not None
        lines.append((above.replace("#", f"{indent}#") if is_entry else "") + line)
    return "".join(lines)


@st.composite
def flow_texts(draw):
    """A base and two sides, each kept in its own way."""
    base = draw(flows())
    sides = (base, draw(edited(base)), draw(edited(base)))
    return tuple(draw(commented(flow)) for flow in sides)


@st.composite
def roster_texts(draw):
    """A base and two sides of a roster; sides add, drop, move and change members, in either style of list."""
    members = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(WRITINGS), max_size=4)
    return tuple(roster(draw(members), draw(st.booleans()), draw(st.permutations(NAMES))) for _ in range(3))


def roster(members, one_line, order):
    written_members = [f"{{user: {name}, {members[name]}}}" for name in order if name in members]
    if one_line or not members:
        return f"roster: emea\nmembers: [{', '.join(written_members)}]\n"
    return "roster: emea\nmembers:\n" + "".join(f"  - {member}\n" for member in written_members)


sides = st.one_of(
    flow_texts().map(lambda texts: ("flow/lead", *texts)), roster_texts().map(lambda texts: ("roster/emea", *texts))
)


@given(sides)
def test_a_side_that_changed_nothing_leaves_the_other_as_it_is(texts):
    part, base, ours, _ = texts

    assert merge_text(part, base, ours, base).text == ours
    assert merge_text(part, base, base, ours).text == ours
    assert merge_text(part, base, ours, ours).text == ours


@given(sides)
def test_what_a_merge_brought_is_what_the_other_side_changed(texts):
    part, base, _, theirs = texts
    merged = merge_text(part, base, base, theirs)

    assert bool(merged.taken) == (said(part, base) != said(part, theirs))
    assert merged.conflicts == ()


@given(sides)
def test_swapping_the_sides_swaps_the_conflicts_and_nothing_else(texts):
    part, base, ours, theirs = texts
    one, other = merge_text(part, base, ours, theirs), merge_text(part, base, theirs, ours)

    swapped = [dataclasses.replace(c, ours=c.theirs, theirs=c.ours) for c in other.conflicts]
    assert sorted(map(contents, one.conflicts)) == sorted(map(contents, swapped))
    if not one.conflicts and title(part, one.text) == title(part, other.text):
        assert said(part, one.text) == said(part, other.text)


@given(sides)
def test_nothing_vanishes_without_a_decision_or_a_conflict(texts):
    part, base, ours, theirs = texts
    merged = merge_text(part, base, ours, theirs)
    b, o, t, m = (entries(part, text) for text in (base, ours, theirs, merged.text))
    disputed = {conflict.where for conflict in merged.conflicts}

    for key in {*b, *o, *t, *m}:
        expected = t.get(key) if o.get(key) == b.get(key) else o.get(key)
        is_disputed = o.get(key) != b.get(key) != t.get(key) != o.get(key)
        if key != (None, "title"):
            assert m.get(key) == expected
            assert any(f"`{key[1]}`" in where for where in disputed) or not is_disputed


@given(sides)
def test_a_second_merge_of_the_same_side_brings_nothing(texts):
    part, base, ours, theirs = texts
    merged = merge_text(part, base, ours, theirs)

    again = merge_text(part, theirs, merged.text, theirs)

    assert again.text == merged.text


@given(sides)
def test_a_laid_out_text_is_the_text(texts):
    part, *three = texts

    for text in three:
        layout = lay_out(schema_of(part), yaml.read("", text))
        assert layout.head + written(layout.entries) + layout.tail == text


@given(st.permutations(["base", "ours", "theirs"]), flow_texts())
def test_flows_merged_without_a_conflict_hold_every_node_of_their_own_side(order, texts):
    base, ours, theirs = (texts[["base", "ours", "theirs"].index(name)] for name in order)
    merged = merge_text("flow/lead", base, ours, theirs)
    flow, problems = load_flow("", merged.text)

    assert problems == ()
    for side, other in itertools.permutations([read(ours), read(theirs)]):
        new = {id_: node for id_, node in side.nodes.items() if id_ not in read(base).nodes and id_ not in other.nodes}
        assert new.items() <= flow.nodes.items()


def read(text):
    return load_flow("", text)[0]


def title(part, text):
    return read(text).title if part.startswith("flow/") else ""


def said(part, text):
    """What a file says, order included where it is meaning."""
    return read(text) if part.startswith("flow/") else content_digest(part, text)


def contents(conflict):
    """A conflict without the comments and the style of its texts, which follow the side that they are shown from."""
    return (conflict.where, *(str(content(text)) for text in (conflict.base, conflict.ours, conflict.theirs)))


def content(text):
    return "" if text is None else content_digest("", text)


def entries(part, text):
    """Everything that a file says by section and name."""
    found = {}
    for entry in lay_out(schema_of(part), opened(yaml.read("", text), ["members"])).entries:
        if entry.entries is None:
            found[None, entry.name] = entry.meaning
        else:
            found |= {(entry.name, below.name): below.meaning for below in entry.entries}
    return found
