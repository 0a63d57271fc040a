"""What holds for every merge."""

import dataclasses
import itertools
import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from flowctl import document as yaml
from flowctl.diff import merge_text, settle, unsettled
from flowctl.diff.layout import inner, lay_out, schema_of, written
from flowctl.flow import content_digest, dump_flow, load_flow, path_of
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
def test_swapping_the_sides_swaps_the_decisions_and_nothing_else(texts):
    part, base, ours, theirs = texts
    assume(base not in (ours, theirs))  # a file that one side left alone is none of the merge's business
    one, other = merge_text(part, base, ours, theirs), merge_text(part, base, theirs, ours)

    mine, yours = (
        (contents(c, "ours") for c in one.conflicts),
        (contents(swapped(c), "theirs") for c in other.conflicts),
    )
    assert sorted(mine) == sorted(yours)
    assert decided(one.decisions) == decided(map(swapped, other.decisions))
    if title(part, base, ours, theirs):
        for mine, yours in (("ours", "theirs"), ("theirs", "ours")):
            a, b = taken(part, one, mine), taken(part, other, yours)
            assert said(part, a) == said(part, b)


@given(sides)
def test_what_stands_in_the_file_is_what_was_decided(texts):
    part, base, ours, theirs = texts
    merged = merge_text(part, base, ours, theirs)
    path = path_of(part)

    assert sorted(unsettled(path, merged.text)) == sorted({c.path for c in merged.conflicts})
    for side in ("ours", "theirs"):
        text = settle(path, merged.text, {"": side})
        assert text == taken(part, merged, side)
        assert (unsettled(path, text), yaml.read(path, text).problems) == ((), [])
    for conflict in merged.conflicts:
        assert conflict.path not in unsettled(path, settle(path, merged.text, {conflict.path: "theirs"}))


@given(sides)
def test_nothing_vanishes_without_a_decision(texts):
    part, base, ours, theirs = texts
    assume(base not in (ours, theirs))
    merged = merge_text(part, base, ours, theirs)
    b, o, t = (entries(part, text) for text in (base, ours, theirs))
    sides_taken = [entries(part, taken(part, merged, side)) for side in ("ours", "theirs")]
    has_renames = any("renamed" in decision.reason for decision in merged.decisions)

    for key in {*b, *o, *t}:
        expected = t.get(key) if o.get(key) == b.get(key) else o.get(key)
        is_decided = any(within(d.path, key) or f"`{key[1]}`" in d.reason for d in merged.decisions)
        if has_renames:  # an edit of one name lands in another
            assert is_decided or (key in o) == (key in t)
            continue
        assert is_decided or o.get(key) == t.get(key)
        if o.get(key) == b.get(key) or t.get(key) in (b.get(key), o.get(key)):
            assert all(m.get(key) == expected for m in sides_taken) or disputed(merged, key)
        if not disputed(merged, key) and (key in o or key in t) and any(key not in m for m in sides_taken):
            assert key in b


@given(sides)
def test_a_laid_out_text_is_the_text(texts):
    part, *three = texts

    for text in three:
        layout = lay_out(schema_of(part), yaml.read("", text))
        assert layout.head + written(layout.entries) + layout.tail == text


HEAD = "flow: lead\nobject: Lead\ntriggers:\n  - created\nstart: {}\nnodes:\n"
ASSIGN = "  {}:\n    type: assign\n    to: user/bea.kim\n    then: n0\n"
END = "  {}:\n    type: end\n    result: routed\n"
TWO_GIVEN_ONE_NAME = (
    HEAD.format("n1") + ASSIGN.format("n2") + END.format("n1"),
    HEAD.format("n0") + END.format("n0"),
    HEAD.format("n0") + ASSIGN.format("n0"),
)


@given(st.permutations(["base", "ours", "theirs"]), flow_texts())
@example(["base", "ours", "theirs"], TWO_GIVEN_ONE_NAME)
def test_flows_merged_without_a_conflict_hold_every_node_of_their_own_side(order, texts):
    base, ours, theirs = (texts[["base", "ours", "theirs"].index(name)] for name in order)
    merged = merge_text("flow/lead", base, ours, theirs)
    assume(not merged.conflicts)
    flow, problems = load_flow("", merged.text)

    assert problems == ()
    for side, other in itertools.permutations([read(ours), read(theirs)]):
        new = {id_ for id_ in side.nodes if id_ not in read(base).nodes and id_ not in other.nodes}
        assert new <= flow.nodes.keys()


def taken(part, merged, side):
    return settle(path_of(part), merged.text, {"": side})


def swapped(decision):
    turn = {"ours": "theirs", "theirs": "ours"}
    reason = re.sub("ours|theirs", lambda found: turn[found[0]], decision.reason)
    choice = turn.get(decision.choice, decision.choice)
    return dataclasses.replace(decision, choice=choice, reason=reason, ours=decision.theirs, theirs=decision.ours)


def within(path, key):
    """Whether an address is that of an entry, or of something in it."""
    section, name = key
    address = f"{section}/{name}" if section else name
    return path in (section, address) or path.startswith(f"{address}/")


def disputed(merged, key):
    return any(within(conflict.path, key) for conflict in merged.conflicts)


def read(text):
    return load_flow("", text)[0]


def title(part, base, ours, theirs):
    """Whether no side's title wins over the other's."""
    if not part.startswith("flow/"):
        return True
    b, o, t = (read(text).title for text in (base, ours, theirs))
    return o == t or b in (o, t)


def said(part, text):
    """What a file says, order included where it is meaning."""
    return read(text) if part.startswith("flow/") else content_digest(part, text)


def contents(conflict, side):
    """A conflict without the comments and the style of its texts, which follow the side that they are shown from; what
    is disputed in a list whose order is disputed, too, as one side has it."""
    texts = (settle("x.yaml", text or "", {"": side}) for text in (conflict.base, conflict.ours, conflict.theirs))
    return (unnumbered(conflict.path), *(content_digest("", text) if text else "" for text in texts))


def decided(decisions):
    return sorted((unnumbered(d.path), d.choice, d.reason) for d in decisions if d.path != "title")


def unnumbered(path):
    """Without the names of branches: one whose label or place is disputed is called as ours has it."""
    return re.sub("branches/[^/]+", "branches/*", path)


def entries(part, text):
    """Everything that a file says by section and name."""
    found = {}
    schema = schema_of(part)
    for entry in lay_out(schema, yaml.read("", text)).entries:
        if entry.name not in schema.sections:
            found[None, entry.name] = yaml.data(entry.tree)
        elif not isinstance(entry.tree, yaml.Scalar):
            found |= {(entry.name, below.name): yaml.data(below.tree) for below in inner(entry).entries}
    return found
