"""The page: one file that holds all it needs, in which no text of a flow is anything but text."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowctl.expr import parse
from flowctl.ops.page import page_between, page_of
from flowctl.ops.show import show
from flowctl.ops.versions import Version
from flowctl.render.page.boxes import (
    LABEL_SIZE,
    LONGEST_PORT,
    MOST_LINES,
    TITLE_SIZE,
    WIDEST,
    drawn,
    label_size,
    text_width,
)
from flowctl.render.page.data import broken, data
from flowctl.render.page.html import HERE, SCRIPTS, STYLES, asset, embedded, html, scripts, styles
from tests.ops.small import FILES, fixture, flow

NOWHERE = SimpleNamespace(release_ids=lambda: ())  # a workspace without releases
BEFORE = """\
start:
  type: decision
  label: Which country?
  branches:
    - {when: Country = 'Peru' AND Score > 5, label: peru, then: hot}
    - {when: Country = 'Chile', label: chile, then: cold}
  otherwise: raw
hot: {type: assign, to: queue/hot, then: done}
cold: {type: assign, to: queue/cold, then: done}
raw: {type: assign, to: queue/raw, label: Nobody asked, then: done}
"""
AFTER = BEFORE.replace("to: queue/cold", "to: queue/hot").replace("label: Nobody asked", "label: Unsorted")
CASES = (
    fixture('Country: Peru, Score: 9', "owner: queue/hot"),
    fixture("Country: Chile", "owner: queue/cold"),
)  # fmt: skip
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\" ' ]]> <!-- {{x}} [[data]] \u2028\u202e"


def version(nodes, label="live", cases=CASES, flows=None):
    texts = {"flows/lead.yaml": flow(nodes), **(flows or {})}
    files = {**FILES, **texts, "flows/fixtures/lead/all.yaml": "".join(cases)}
    return Version(label, {path: text.encode() for path, text in files.items()})


def shown(nodes=BEFORE, **more):
    found = version(nodes, **more)
    return page_of(NOWHERE, found, show(found, None, None))


def compared(before=BEFORE, after=AFTER):
    a, b = version(before), version(after, "the draft")
    return page_between(NOWHERE, a, b)


class Reader(HTMLParser):
    """Reads a page as a browser would: its elements with their attributes, and the text in each script and style."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.inside, self.open = [], {}, ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.open = dict(attrs).get("id") or tag

    def handle_endtag(self, tag):
        self.open = ""

    def handle_data(self, data):
        self.inside[self.open] = self.inside.get(self.open, "") + data

    @property
    def policy(self):
        [found] = [a["content"] for _, a in self.elements if a.get("http-equiv") == "Content-Security-Policy"]
        return dict(part.split(" ", 1) for part in found.split("; "))


def hashed(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# -- what the browser lets it do


def test_the_policy_allows_this_style_and_this_script_and_nothing_else():
    page = Reader(html(shown()))

    assert page.policy == {
        "default-src": "'none'",
        "script-src": hashed(page.inside["script"]),
        "style-src": hashed(page.inside["style"]),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_nothing_is_loaded_and_no_attribute_holds_style_or_script():
    page = Reader(html(compared()))

    for tag, attrs in page.elements:
        assert not [name for name in attrs if name == "style" or name.startswith("on")], tag
        assert attrs.get("href", "data:,").startswith(("data:", "#")), tag
        assert "src" not in attrs, tag
    assert [tag for tag, _ in page.elements].count("script") == 2
    assert "@import" not in styles()
    assert "url(" not in styles()


def test_the_script_never_makes_markup_or_code_of_a_text():
    words = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "DOMParser",
             "setAttribute(\"style\"", ".style", "srcdoc", "createContextualFragment", "fetch(", "XMLHttpRequest",
             "import(", "http:", "https:", "localStorage")  # fmt: skip

    found = [word for word in words if word in scripts().replace('"http://www.w3.org/2000/svg"', "")]

    assert found == []


def test_every_piece_of_style_and_script_is_in_the_page_and_short_enough_to_read():
    assert {path.stem for path in HERE.glob("*.js")} == set(SCRIPTS)
    assert {path.stem for path in HERE.glob("*.css")} == set(STYLES)
    for path in [*HERE.glob("*.js"), *HERE.glob("*.css"), HERE / "page.html"]:
        assert len(path.read_text("utf-8").splitlines()) < 500, path.name


def test_style_and_script_hold_nothing_that_a_writer_of_files_would_change():
    for name in (*(f"{piece}.js" for piece in SCRIPTS), *(f"{piece}.css" for piece in STYLES), "page.html"):
        text = asset(name)
        assert "\t" not in text, name
        assert "\r" not in text, name
        assert "</" not in text or name == "page.html", name


# -- texts of a flow


def test_a_hostile_label_is_only_text():
    nodes = BEFORE.replace("label: Nobody asked", f"label: {json.dumps(HOSTILE)}")
    text = html(shown(nodes))
    page = Reader(text)

    assert [tag for tag, _ in page.elements].count("script") == 2
    assert "img" not in {tag for tag, _ in page.elements}
    told = json.loads(page.inside["data"])
    [node] = [node for node in told["flows"][0]["nodes"] if node["id"] == "raw"]
    assert node["after"]["title"] == HOSTILE.replace("\u2028", r"\u2028").replace("\u202e", r"\u202e")


def test_a_hostile_version_is_only_text_in_the_title():
    found = version(BEFORE, label="</title><script>alert(1)</script>")

    page = Reader(html(page_of(NOWHERE, found, show(found, None, None))))

    assert [tag for tag, _ in page.elements].count("script") == 2
    assert "</title><script>" in page.inside["title"]


@given(st.recursive(st.text() | st.none() | st.integers(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
@settings(max_examples=min(60, settings.default.max_examples))
def test_embedded_data_reads_back_and_holds_nothing_that_markup_is_made_of(value):
    text = embedded(value)

    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029\x7f") & set(text)
    assert text.isascii()


# -- what it holds


def test_the_same_flows_give_the_same_page_byte_for_byte():
    assert html(compared()) == html(compared())


def test_a_page_of_a_few_nodes_is_small():
    assert len(html(shown())) < 120_000


def test_a_comparison_tells_of_each_node_and_way_what_happened_to_it():
    [flow_] = data(compared())["flows"]

    assert {node["id"]: node["status"] for node in flow_["nodes"] if node["status"] != "same"} == {
        "cold": "changed",
        "raw": "cosmetic",
    }
    [raw] = [node for node in flow_["nodes"] if node["id"] == "raw"]
    assert (raw["lines"], raw["was"]) == (["Unsorted"], ["Nobody asked"])
    [cold] = [node for node in flow_["nodes"] if node["id"] == "cold"]
    assert cold["edits"] == [["~", "`to` of `cold` is now `queue/hot` (was `queue/cold`)"]]
    assert dict(cold["before"]["keys"]) == {"to": "queue/cold"}


def test_leads_tell_who_has_them_before_and_after_and_their_steps():
    told = data(compared())
    peru, chile = told["leads"]

    assert (peru["moved"], peru["before"], peru["differs"]) == (False, "same", [])
    assert (chile["moved"], chile["before"]["owner"], chile["after"]["owner"]) == (True, "queue/cold", "queue/hot")
    assert chile["differs"] == [["owner", "queue/cold", "queue/hot"]]
    nodes, ways = told["flows"][0]["nodes"], told["flows"][0]["ways"]
    assert [nodes[node]["id"] for _, node, _ in chile["after"]["steps"]] == ["start", "cold", "done"]
    assert [ways[way]["port"] for _, _, way in chile["after"]["steps"][:-1]] == ["chile", "then"]


def test_ways_tell_how_many_leads_take_them_and_which_none_does():
    [flow_] = data(shown())["flows"]

    assert {way["port"]: (way["n"], way["missed"]) for way in flow_["ways"] if way["from"] == 0} == {
        "peru": (1, False),
        "chile": (1, False),
        "otherwise": (0, True),
    }
    assert flow_["covered"] == [8, 11]


def test_ways_of_a_renamed_node_tell_how_many_leads_took_them_under_its_old_name():
    renamed = BEFORE.replace("cold:", "icy:").replace("then: cold", "then: icy")
    [flow_] = data(compared(after=renamed))["flows"]
    [node] = [n for n, node in enumerate(flow_["nodes"]) if node["id"] == "icy"]
    [way] = [way for way in flow_["ways"] if way["from"] == node]

    assert (way["port"], way["m"], way["n"]) == ("then", 1, 1)


def test_a_flow_with_errors_is_drawn_and_says_why_no_lead_is_routed():
    page = shown(BEFORE.replace("Country = 'Chile'", "Kountry = 'Chile'"))
    told = data(page)

    assert told["leads"] == []
    assert told["notRouted"].startswith("live has an error: no lead can be routed through it; flows/lead.yaml:")
    assert told["notRouted"].endswith(": unknown field `Kountry`")
    assert len(told["flows"][0]["nodes"]) == 5


def test_a_flow_that_cannot_be_read_on_one_side_is_not_told_as_gone():
    page = compared(after=BEFORE.replace("Country = 'Chile'", "Country = "))
    told = data(page)

    assert {node["status"] for node in told["flows"][0]["nodes"]} == {"same"}
    assert [(part["part"], part["status"]) for part in told["parts"]] == [("flow/lead", "cannot be read")]


def test_values_of_a_node_stand_on_lines_of_their_own():
    nodes = "start: {type: set, values: {Source: \"'x'\", Status: \"'Raw'\"}, then: done}\n"
    [flow_] = data(shown(nodes, cases=()))["flows"]

    assert flow_["nodes"][0]["after"]["keys"] == [["values", "Source = 'x'\nStatus = 'Raw'"]]


def test_a_way_that_leads_to_no_node_is_told_and_not_drawn():
    [flow_] = data(shown(BEFORE.replace("otherwise: raw", "otherwise: rwa")))["flows"]
    [way] = [way for way in flow_["ways"] if way["port"] == "otherwise"]

    assert (way["to"], way["d"]) == (-1, "")


def test_a_page_of_one_flow_holds_those_that_it_leads_to_and_no_others():
    flows = {
        "flows/lead.yaml": flow("start: {type: continue, flow: second}"),
        "flows/second.yaml": flow(
            "start: {type: set, values: {Source: \"'x'\"}, then: done}", "second", "triggers: []"
        ),
        "flows/third.yaml": flow("start: {type: set, values: {Source: \"'x'\"}, then: done}", "third"),
    }
    found = version(BEFORE, cases=(), flows=flows)

    page = page_of(NOWHERE, found, show(found, "second", None))

    assert [each.joined.name for each in page.flows] == ["lead", "second"]
    assert page.opens == "second"


# -- boxes


@given(st.text())
def test_a_title_fits_its_box(title):
    box = drawn(title, "id")

    assert 1 <= len(box.lines) <= MOST_LINES
    assert all(text_width(line) <= WIDEST for line in box.lines)
    assert box.width <= 260


@given(st.text(), st.integers(0, 9999), st.integers(0, 9999))
def test_the_name_of_a_way_has_room_for_all_figures_that_may_stand_behind_it(port, before, after):
    width, _ = label_size(port, before, after)
    figures = [str(before), str(after), f"{before}→{after}" if before != after else "", "" if after else "○ never"]

    for figure in figures:
        assert text_width(f"+ {port[:LONGEST_PORT]} {figure}") * LABEL_SIZE / TITLE_SIZE <= width


@pytest.mark.parametrize(
    ("condition", "lines"),
    [
        ("A = 'x'", ["A = 'x'"]),
        ("A = 'x' AND (B = 'y' OR C = 'z')", ["A = 'x'", "AND (B = 'y' OR C = 'z')"]),
        ("A = 'x' AND B = 'y' OR C = 'z'", ["A = 'x' AND B = 'y'", "OR C = 'z'"]),
    ],
)
def test_a_condition_is_broken_between_its_terms(condition, lines):
    assert broken(parse(condition)).split("\n") == lines
    assert parse(re.sub(r"\s+", " ", broken(parse(condition)))) == parse(condition)


# -- inks


def themes():
    """The inks of each theme by name: light, dark as the system asks for it, dark as chosen."""
    blocks = re.findall(r":root[^{]*\{([^}]*)\}", asset("ink.css"))
    light, system, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks)
    return light, system, dark


def contrast(one, other):
    def luminance(ink):
        parts = (int(ink[at : at + 2], 16) / 255 for at in (1, 3, 5))
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", themes(), ids=("light", "system", "dark"))
def test_every_ink_can_be_read_on_every_ground(theme):
    grounds = ("paper", "sheet", "wash", "added-wash", "removed-wash", "changed-wash")
    inks = ("ink", "faint", "accent", "added", "removed", "changed", "cosmetic", "missed", "lead", "was")

    assert {(i, g) for i in inks for g in grounds if contrast(theme[i], theme[g]) < 4.5} == set()
    assert contrast(theme["on-accent"], theme["accent"]) >= 4.5
    assert min(contrast(theme[line], theme["paper"]) for line in ("way", "edge", "halo")) >= 3


def test_dark_is_the_same_whether_the_system_or_somebody_asks_for_it():
    _, system, dark = themes()

    assert system == dark
