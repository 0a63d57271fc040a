"""The picture of a change for merge requests."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.diff import diff_flows
from flowctl.flow import load_flow
from flowctl.ops.joined import joined
from flowctl.render import picture as module
from flowctl.render.mermaid import label
from flowctl.render.picture import LIMIT, picture
from tests.strategies import edited, flows

LINE = re.compile(
    r"flowchart TD"
    r"|(?:n\d+|more|s)(?:\[\".*\"\]|\(\[\".*\"\]\)|\{\{\".*\"\}\})(?::::(?:new|gone|changed))?"
    r"|(?:n\d+|s\(\[\"start\"\]\)) (?:-->|==>|-\.->)(?:\|\".*\"\|)? n\d+"
    r"|classDef (?:new|gone|changed) [\w:#, -]+"
    r"|linkStyle [\d,]+ [\w:#, -]+"
)


def drawn(before, after):
    return picture(before, after, diff_flows(before, after) if before and after else ())


@st.composite
def changes(draw):
    before = draw(flows())
    after = before
    for _ in range(draw(st.integers(1, 4))):
        after = draw(edited(after))
    return before, after


@given(changes())
def test_every_line_is_of_the_few_kinds_that_a_picture_needs(change):
    for block in drawn(*change):
        assert [line for line in block.splitlines() if not LINE.fullmatch(line)] == []


@given(changes())
def test_every_changed_node_is_in_some_block_and_no_block_is_longer_than_the_limit(change):
    edits = diff_flows(*change)
    changed = [n.id for n in joined(*change, edits).nodes if n.status in ("added", "removed", "changed")]

    blocks = picture(*change, edits)

    assert all(len(block) <= LIMIT for block in blocks)
    for id_ in changed:
        marked = re.compile(rf"<br/>{re.escape(label(id_)[1:-1])}(?: #40;was .*#41;)?\"[\])}}]+:::\w")
        assert any(marked.search(block) for block in blocks)


@given(changes())
def test_the_same_change_has_the_same_picture(change):
    assert drawn(*change) == drawn(*change)


@given(flows())
def test_what_did_not_change_has_no_picture(flow):
    assert drawn(flow, flow) == ()


def flow_of(nodes, start="a"):
    flow, problems = load_flow("f", f"flow: f\nobject: Lead\nstart: {start}\nnodes:\n{nodes}")
    assert problems == ()
    return flow


ENDS = "  b: {type: end, result: b}\n  c: {type: end, result: c}\n  d: {type: end, result: d}\n"


def decision(*branches, otherwise="d"):
    listed = ", ".join(f"{{when: X = {when}, label: {label}, then: {then}}}" for label, when, then in branches)
    return f"  a: {{type: decision, branches: [{listed}], otherwise: {otherwise}}}\n"


def test_added_removed_changed_and_moved_ways_differ_in_sign_and_line():
    before = flow_of(decision(("stays", 1, "b"), ("goes", 2, "c"), ("asks", 3, "b"), ("turns", 4, "b")) + ENDS)
    after = flow_of(decision(("stays", 1, "b"), ("asks", 33, "b"), ("turns", 4, "c"), ("comes", 5, "c")) + ENDS)

    [block] = drawn(before, after)

    ways = [line for line in block.splitlines() if re.match(r"n\d+ ", line)]
    assert ways == [
        'n0 -->|"stays"| n1',
        'n0 -->|"#126; asks"| n1',
        'n0 ==>|"#187; turns"| n2',
        'n0 ==>|"+#160;comes"| n2',
        'n0 -->|"otherwise"| n3',
        'n0 -.->|"-#160;goes"| n2',
        'n0 -.->|"-#160;turns"| n1',
    ]
    assert {line.split()[1] for line in block.splitlines() if line.startswith("linkStyle")} == {"4", "6,7", "2", "3"}


def test_a_branch_that_is_tried_earlier_is_marked():
    before = flow_of(decision(("x", 1, "b"), ("y", 2, "c"), ("z", 3, "b")) + ENDS)
    after = flow_of(decision(("z", 3, "b"), ("x", 1, "b"), ("y", 2, "c")) + ENDS)

    [block] = drawn(before, after)

    assert '==>|"#187; z"|' in block
    assert block.count("#187;") == 1


def test_another_start_is_marked():
    nodes = decision(("x", 1, "b")) + "  e: {type: assign, to: queue/x, then: a}\n" + ENDS

    [block] = drawn(flow_of(nodes, "a"), flow_of(nodes, "e"))

    assert 's(["start"]) ==>|"#187;"| n1' in block
    assert 's(["start"]) -.->|"-"| n0' in block


def test_a_new_name_is_told_with_the_old_one():
    before = flow_of(decision(("x", 1, "b")) + ENDS.replace("result: b", "result: a long and telling result"))
    after = flow_of(
        decision(("x", 1, "new"))
        + ENDS.replace("b: {type: end, result: b", "new: {type: end, result: a long and telling result")
    )

    [block] = drawn(before, after)

    assert "new #40;was b#41;" in block


def test_changes_far_apart_are_told_in_several_blocks_the_most_important_first():
    labels = [f"step {n} of a long chain of which every label is rather long" for n in range(60)]

    def chain(*wrong):
        return "".join(
            f"  n{n}: {{type: assign, label: {text}, to: queue/{'y' if n in wrong else 'x'}, then: n{n + 1}}}\n"
            for n, text in enumerate(labels)
        )

    nodes = "  n60: {type: end, result: done}\n"
    before, after = flow_of(chain() + nodes, "n0"), flow_of(chain(*range(5, 55, 4)) + nodes, "n0")

    blocks = drawn(before, after)
    first, *_ = picture(before, after, diff_flows(before, after), {"n53": 7})

    assert len(blocks) > 1
    assert '<br/>n5"' in blocks[0]
    assert '<br/>n53"' in first


def test_a_node_with_too_many_ways_shows_the_changed_ones_and_counts_the_rest():
    many = [(f"the way of case number {n}", n, "b") for n in range(90)]
    changed = [*many[:80], ("one more", 100, "c"), *many[80:]]

    [block] = drawn(flow_of(decision(*many) + ENDS), flow_of(decision(*changed) + ENDS))

    assert len(block) <= LIMIT
    assert '==>|"+#160;one more"|' in block
    assert re.search(r'more\["… and \d+ more ways"\]', block)


def test_a_node_to_which_all_lead_is_not_drawn_again_beside_each_of_them(monkeypatch):
    size, drawn_ways = 100, []
    chain = [decision(("x", n, "hub"), otherwise=f"a{n + 1}").replace("  a:", f"  a{n}:") for n in range(size)]
    ends = f"  a{size}: {{type: end, result: a}}\n  hub: {{type: end, result: hub}}\n"
    real = module._way_mark
    monkeypatch.setattr(module, "_way_mark", lambda *way: drawn_ways.append(1) or real(*way))

    blocks = drawn(None, flow_of("".join(chain) + ends, start="a0"))

    assert len(blocks) > 5
    assert len(drawn_ways) < 2 * size * size


@pytest.mark.parametrize(
    "hostile", ["]] --> x", '"]; click n0 "javascript:alert(1)"', "</div><script>", "- x", "1. x", "# x"]
)
def test_a_label_is_no_syntax(hostile):
    node = f"  a: {{type: assign, label: '{hostile}', to: queue/x, then: b}}\n"

    [block] = drawn(flow_of(node + ENDS), flow_of(node.replace("queue/x", "queue/y") + ENDS))

    assert all(LINE.fullmatch(line) for line in block.splitlines())
    assert "<script" not in block


@pytest.mark.parametrize(
    ("text", "inside"), [("- x", "-#160;x"), ("12. x", "12.#160;x"), ("# x", "#35;#160;x"), ("a - b", "a - b")]
)
def test_a_label_is_no_list(text, inside):
    """Mermaid 11.4 draws "Unsupported markdown: list" in the place of such a label."""
    assert label(text) == f'"{inside}"'
