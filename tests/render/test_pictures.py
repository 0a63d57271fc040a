"""A flow laid out, and drawn as SVG and as PNG."""

import struct
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.diag import FlowctlError
from flowctl.flow import load_flow
from flowctl.ops.show import FlowShown, NodeShown
from flowctl.render import layout, png, svg
from flowctl.render.layout import Box, Link, lay_out
from flowctl.render.svg import way_name
from tests.strategies import flows

HOSTILE = '</title><script>alert(1)</script>\\N"; {x} &amp; <b>b</b> ]]> \u202e'
NAMES = st.sampled_from(["a", '"', "<b>", "\\N", "node", "x;y", '"]; z [label="', "ø", "-1", "\u202e"])


@st.composite
def graphs(draw):
    ids = draw(st.lists(NAMES, min_size=1, unique=True))
    boxes = [Box(id_, draw(st.integers(5, 300)), draw(st.integers(5, 90))) for id_ in ids]
    ends, sizes = st.sampled_from(ids), st.sampled_from([0, 40])
    links = draw(st.lists(st.builds(Link, ends, NAMES, ends, sizes, sizes), max_size=15))
    return boxes, links


# -- layout


@given(graphs())
def test_everything_is_placed_and_nothing_overlaps(graph):
    made = lay_out(*graph)

    assert [(line.from_, line.port, line.to) for line in made.lines] == [(x.from_, x.port, x.to) for x in graph[1]]
    assert all(len(line.points) % 3 == 1 and line.label for line in made.lines)
    assert {(n.id, n.width, n.height) for n in made.nodes.values()} == {(b.id, b.width, b.height) for b in graph[0]}
    assert all(apart(a, b) for a in made.nodes.values() for b in made.nodes.values() if a is not b)


def apart(a, b):
    return (
        a.x + a.width <= b.x + 1 or b.x + b.width <= a.x + 1 or a.y + a.height <= b.y + 1 or b.y + b.height <= a.y + 1
    )


@given(graphs())
def test_the_same_graph_is_laid_out_the_same_and_silently(graph):
    assert lay_out(*graph) == lay_out(*graph)


def test_nothing_is_printed(capfd):
    lay_out([Box("<b>", 100, 30), Box('"', 1, 1)], [Link("<b>", "<x>", '"', 30, 12)] * 9)

    assert capfd.readouterr() == ("", "")


def test_a_way_goes_down_from_its_node_to_the_next_and_parallel_ones_part():
    made = lay_out([Box("a", 100, 30), Box("b", 100, 30)], [Link("a", "x", "b"), Link("a", "y", "b")])
    a, b = made.nodes["a"], made.nodes["b"]

    for line in made.lines:
        assert line.points[0][1] == pytest.approx(a.y + a.height, abs=1)
        assert line.points[-1][1] == pytest.approx(b.y, abs=1)
    assert made.lines[0].points != made.lines[1].points


def test_links_that_dot_is_spared_are_drawn_all_the_same(monkeypatch):
    boxes = [Box(str(n), 80, 30) for n in range(30)]
    chain = [Link(str(n), "then", str(n + 1)) for n in range(29)]
    long = [Link("0", "far", str(n)) for n in range(10, 30)]
    whole = lay_out(boxes, chain + long)
    monkeypatch.setattr(layout, "HIDDEN", 0)

    spared = lay_out(boxes, chain + long)

    assert [line.to for line in spared.lines] == [line.to for line in whole.lines]
    assert [n.y for n in spared.nodes.values()] == sorted(n.y for n in spared.nodes.values())
    assert spared.lines[-1].points[-1][1] == pytest.approx(spared.nodes["29"].y)


def test_a_link_to_nowhere_is_left_out_and_nothing_is_laid_out_as_nothing():
    assert lay_out([Box("a", 10, 10)], [Link("a", "x", "b"), Link("b", "x", "a")]).lines == ()
    assert lay_out([], []).nodes == {}


def test_without_graphviz_the_error_says_what_to_type(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pygraphviz", None)

    with pytest.raises(FlowctlError) as error:
        lay_out([Box("a", 10, 10)], [])

    assert "`pip install --force-reinstall pygraphviz`" in error.value.hint


# -- SVG and PNG


def flow_of(label, port="on"):
    quoted = "'" + label.replace("'", "''").replace("\u202e", "") + "'"
    flow, problems = load_flow(
        "f",
        "flow: f\nobject: Lead\nstart: a\nnodes:\n"
        f"  a: {{type: decision, label: {quoted}, branches: [{{when: X = 1, label: {quoted}, then: b}}],"
        " otherwise: b}\n"
        "  b: {type: end, result: done}\n",
    )
    assert problems == ()
    return flow


def shown(flow):
    return FlowShown("live", flow)


def all_text(root):
    return " ".join(text for element in root.iter() for text in (element.text, element.tail) if text)


def test_an_svg_names_every_node_and_way_and_the_start():
    root = ElementTree.fromstring(svg.svg(shown(flow_of("May it be routed?"))))

    told = all_text(root)

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert all(text in told for text in ("May it be routed?", "a", "b", "done", "otherwise", "start"))


def test_a_text_is_no_markup_of_an_svg():
    made = svg.svg(shown(flow_of(HOSTILE)))

    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(made).iter()}

    assert tags <= {"svg", "title", "g", "rect", "path", "polygon", "text"}
    assert "<script" not in made
    assert way_name(HOSTILE) in all_text(ElementTree.fromstring(made))


@given(flows())
def test_every_flow_has_an_svg_and_it_is_always_the_same(flow):
    made = svg.svg(shown(flow))

    assert made == svg.svg(shown(flow))
    assert "script" not in {element.tag for element in ElementTree.fromstring(made).iter()}


def test_of_a_node_its_neighbours_are_shown_and_no_start():
    flow = flow_of("asks")

    told = all_text(ElementTree.fromstring(svg.svg(NodeShown("live", flow, flow.nodes["b"], (("a", "on"),)))))

    assert "start →" not in told
    assert "asks" in told


def test_a_png_is_a_picture_and_no_text_in_it_is_read_as_anything_else(capfd):
    plain, hostile = (png.png(shown(flow_of(text))) for text in ("asks", HOSTILE))

    for made in (plain, hostile):
        width, height = struct.unpack(">II", made[16:24])
        assert made.startswith(b"\x89PNG")
        assert width > 200
        assert height > 300
    assert capfd.readouterr() == ("", "")


def test_a_flow_too_large_for_dots_is_refused_with_what_to_type_instead(monkeypatch):
    monkeypatch.setattr(png, "LARGEST", 100)

    with pytest.raises(FlowctlError, match="too many for a PNG") as error:
        png.png(shown(flow_of("asks")))

    assert error.value.hint == "`flowctl show f --svg -o f.svg` has no such limit"
