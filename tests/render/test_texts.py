"""What texts from files may do to a terminal, to Markdown, to a diagram: nothing."""

import json
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowctl.diag import Diagnostic, Severity, Span
from flowctl.flow import load_flow
from flowctl.render.console import Look, cells, clip, count, paragraph, table, wrap
from flowctl.render.findings import excerpt, finding, findings, tally
from flowctl.render.jsonout import document
from flowctl.render.markdown import code, escaped
from flowctl.render.mermaid import chart, key, label
from flowctl.render.safe import HARMFUL, lines, printable, safe
from flowctl.render.tree import tree
from tests.strategies import flows

TEXTS = st.text(st.one_of(st.characters(), st.sampled_from('\x1b[]\u202e\u2066\u200b\ufeff\x07\x9b\n\t`#;"|<>&@\\')))
PLAIN = Look(80)


def harmful(text):
    return {char for char in text if unicodedata.category(char) in HARMFUL}


# -- safe


@given(TEXTS)
def test_nothing_that_a_terminal_obeys_is_left(text):
    assert harmful(safe(text)) == set()
    assert harmful(lines(text)) <= {"\n"}
    assert harmful(printable(text, color=False)) <= {"\n"}


@given(TEXTS)
def test_with_colours_only_styles_are_left(text):
    left = printable(f"\x1b[1;31m{text}\x1b[0m", color=True)

    assert left.startswith("\x1b[1;31m")
    assert harmful(re.sub(r"\x1b\[[0-9;]{1,5}m", "", left)) <= {"\n"}


@given(st.text("abc äöü 東京 ñ [red] :smile: ~"))
def test_plain_text_stays_as_it_is(text):
    assert safe(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\u202eb", r"a\u202eb"),
        ("a\U000e0001b", r"a\U000e0001b"),
        ("a\ud800b", r"a\ud800b"),
        ("a\tb", "a b"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
    ],
)
def test_what_is_not_visible_is_shown_as_its_code(text, shown):
    assert safe(text) == shown


# -- layout


@given(st.text("ab 東́ ", max_size=60), st.integers(2, 30))
@example("東東́", 3)  # the accent takes no column
def test_wrapped_lines_fit_and_lose_nothing(text, width):
    wrapped = wrap(text, width)

    assert all(cells(line) <= width for line in wrapped)
    assert "".join("".join(wrapped).split()) == "".join(text.split())


@given(st.text("ab 東́", max_size=40), st.integers(2, 30))
def test_clipped_texts_fit(text, width):
    clipped = clip(text, width)

    assert cells(clipped) <= width
    assert clipped == text or clipped.endswith("…")


def test_later_lines_of_a_paragraph_have_their_own_indent():
    assert paragraph("a long text to wrap around here", 34, "> a place: ", "  ") == (
        "> a place: a long text to wrap\n  around here"
    )


@given(st.lists(st.tuples(st.text("ab ", max_size=50), st.text("cd", max_size=70)), min_size=1), st.integers(40, 100))
def test_tables_fit_where_they_can(rows, width):
    drawn = table(("one", "two"), rows, Look(width))

    assert all(cells(line) <= width for line in drawn.splitlines())


def test_a_table_aligns_and_wraps():
    drawn = table(("who", "leads", "for example"), [("queue/raw", "12", "a b c d e f g h i j k l m n")], Look(36), [1])

    assert drawn.splitlines() == [
        "who        leads  for example",
        "queue/raw     12  a b c d e f g h i",
        "                  j k l m n",
    ]


def test_counts_are_in_words():
    assert [count(0, "lead"), count(1, "lead"), count(1234, "reply")] == ["0 leads", "1 lead", "1,234 replies"]


# -- findings


def test_a_finding_looks_as_promised():
    found = Diagnostic(
        "FC006",
        Severity.ERROR,
        "unknown node type `rotatte`",
        Span("flows/inbound.yaml", 11, 11, 11, 18),
        "did you mean `rotate`?",
        "    type: rotatte",
    )

    assert finding(found, PLAIN) == (
        "flows/inbound.yaml:11:11: error[FC006]: unknown node type `rotatte`\n"
        "  11 |     type: rotatte\n"
        "     |           ^^^^^^^\n"
        "  hint: did you mean `rotate`?"
    )


def test_findings_are_by_place_with_a_gap_between_files():
    places = [Span("b.yaml", 1, 1, 1, 2), Span("a.yaml", 9, 1, 9, 2), Span("a.yaml", 2, 5, 2, 6), None]
    found = [Diagnostic("FC001", Severity.WARNING, "m", place) for place in places]

    assert findings(found, PLAIN).splitlines() == [
        "warning[FC001]: m",
        "",
        "a.yaml:2:5: warning[FC001]: m",
        "a.yaml:9:1: warning[FC001]: m",
        "",
        "b.yaml:1:1: warning[FC001]: m",
    ]


def test_the_tally_counts_by_severity():
    of = {Severity.ERROR: 3, Severity.WARNING: 1, Severity.INFO: 2}
    found = [Diagnostic("FC001", severity, "m") for severity, n in of.items() for _ in range(n)]

    assert tally(found) == "3 errors, 1 warning, 2 remarks"
    assert tally([]) == "no findings"


@given(st.text("ab\t東 \u202e", min_size=1, max_size=300), st.data(), st.integers(30, 100))
def test_a_caret_points_at_its_text_whatever_the_line(line, data, width):
    start = data.draw(st.integers(0, len(line) - 1))
    end = data.draw(st.integers(start, len(line)))

    source, caret = excerpt(line, Span("a", 7, start + 1, 7, end + 1), "error", Look(width))

    above = source[len("  7 | ") :]
    column = cells(caret) - caret.count("^") - len("  7 | ")
    assert cells(source) <= width
    assert caret.count("^") >= 1
    pointed = safe(line[start:end])
    at = _from_column(above, column)
    assert at.startswith(pointed[:5]) or pointed[:1] == "" or above.endswith("…")


def _from_column(text, column):
    while column > 0:
        column -= cells(text[0])
        text = text[1:]
    return text


def test_a_long_line_is_clipped_around_its_caret():
    line = "a" * 200 + "WRONG" + "b" * 200

    source, caret = excerpt(line, Span("f", 1, 201, 1, 206), "error", Look(60))

    assert len(source) == 60
    assert source.startswith("  1 | …")
    assert source.endswith("…")
    assert source[caret.index("^") : caret.rindex("^") + 1] == "WRONG"


# -- JSON


@given(TEXTS)
def test_json_holds_the_text_and_nothing_that_a_terminal_obeys(text):
    told = document("x", {"text": text})

    assert harmful(told) <= {"\n"}
    assert json.loads(told, strict=True)["text"].encode("utf-16", "surrogatepass") == text.encode(
        "utf-16", "surrogatepass"
    )


# -- Markdown


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[click](https://evil.example)",
        "![x](https://evil.example/x.png)",
        "@everyone",
        "https://evil.example",
        "# heading",
        "| a | b |",
        "`code`",
        "**bold** _it_ ~~gone~~",
        "&lt;b&gt;",
        "$x$",
    ],
)
def test_markdown_shows_a_text_as_it_is(hostile):
    told = escaped(hostile)

    bare = re.sub(r"\\.|&#\d+;", "", told)
    assert not re.search(r"[<>\[\]!*_`#|~&$@]|://", bare)


def test_code_ends_where_it_should():
    assert code("a`b`\n") == "`a'b'\\x0a`"


# -- Mermaid


@given(st.lists(TEXTS, min_size=1, max_size=2))
def test_a_label_of_a_diagram_is_never_markup(texts):
    inside = label(*texts)[1:-1].replace("<br/>", "")

    assert re.fullmatch(r"(?:#\d+;|[^\"<>&#;`|{}()\[\]%\\\n\x1b])*", inside)


@given(st.text("ab_.-d", min_size=1), st.text("ab_.-d", min_size=1))
def test_ids_of_a_diagram_are_as_different_as_those_of_the_nodes(a, b):
    assert (key(a) == key(b)) == (a == b)
    assert re.fullmatch(r"\w+", key(a))


def test_a_node_called_end_is_no_end_of_the_diagram():
    flow, _ = load_flow(
        "f", 'flow: f\nobject: Lead\nstart: end\nnodes:\n  end: {type: end, result: "a\\"] --> b[\\""}\n'
    )

    assert chart(flow, ["end"]) == (
        'flowchart TD\n  start(("start")) --> n_end\n  n_end(["a#34;#93; --#62; b#91;#34;<br/>end"])\n'
    )


# -- trees


def flow_of(nodes):
    flow, problems = load_flow("f", "flow: f\nobject: Lead\nstart: a\nnodes:\n" + nodes)
    assert problems == ()
    return flow


def test_a_tree_draws_each_node_once():
    flow = flow_of(
        "  a: {type: decision, branches: [{when: X = 1, label: one, then: b}, {when: Y = 1, then: c}], otherwise: b}\n"
        "  b: {type: assign, to: queue/x, then: c}\n"
        "  c: {type: end, result: done}\n"
    )

    assert tree(flow.nodes, "a", PLAIN).splitlines() == [
        "a",
        "├╴one → b  assign to queue/x",
        "│ ↓ c  ■ done",
        "├╴branch 2 → c (above)",
        "└╴otherwise → b (above)",
    ]


def test_the_trunk_of_a_flow_is_not_drawn_below_the_rare_case_that_leads_to_it():
    flow = flow_of(
        "  a: {type: decision, branches: [{when: X = 1, label: rare, then: b}], otherwise: t}\n"
        "  b: {type: assign, to: queue/x, then: t}\n"
        "  t: {type: decision, branches: [{when: X = 2, label: two, then: c}], otherwise: c}\n"
        "  c: {type: end, result: done}\n"
    )

    assert tree(flow.nodes, "a", PLAIN).splitlines() == [
        "a",
        "├╴rare → b  assign to queue/x",
        "│ ↓ t (below)",
        "└╴otherwise → t",
        "  ├╴two → c  ■ done",
        "  └╴otherwise → c (above)",
    ]


@given(flows(), st.integers(20, 100))
def test_a_tree_of_any_width_draws_every_node_that_is_reached_once(flow, width):
    drawn = [re.sub(r"^[│├└╴↓ ]*(.* → )?", "", line) for line in tree(flow.nodes, flow.start, Look(width)).splitlines()]
    names = [line.split()[0] for line in drawn if line and not line.endswith(("(above)", "(below)"))]

    assert sorted(names) == sorted(flow.reachable())


def test_what_stands_beside_the_nodes_of_a_tree_keeps_its_column():
    flow = flow_of("  a: {type: assign, to: queue/x, then: b}\n  b: {type: end, result: done}\n")

    assert tree(flow.nodes, "a", PLAIN, {"a": "+ new  "}).splitlines() == [
        "+ new  a  assign to queue/x",
        "       ↓ b  ■ done",
    ]


def test_a_tree_of_a_cycle_and_of_a_way_to_nowhere_ends():
    flow = flow_of(
        "  a: {type: assign, to: queue/x, then: b, unavailable: nowhere}\n  b: {type: assign, to: queue/x, then: a}\n"
    )

    assert tree(flow.nodes, "a", PLAIN).splitlines() == [
        "a  assign to queue/x",
        "├╴then → b  assign to queue/x",
        "│ ↓ a (above)",
        "└╴unavailable → nowhere (no such node)",
    ]


def test_what_would_stand_too_far_to_the_right_is_drawn_below():
    deep = "".join(f"  n{n}: {{type: assign, to: queue/x, then: n{n + 1}, unavailable: z}}\n" for n in range(1, 60))
    ends = "  n60: {type: end, result: r}\n  z: {type: end, result: z}\n"
    flow = flow_of(f"  a: {{type: assign, to: queue/x, then: n1}}\n{deep}{ends}")

    drawn = tree(flow.nodes, "a", Look(64)).splitlines()

    assert all(len(line) <= 64 for line in drawn)
    assert sum(line.endswith("(below)") for line in drawn) == drawn.count("") == 3
    assert {f"n{n}" for n in range(1, 61)} <= {word for line in drawn for word in line.split()}


def test_a_chain_of_thousands_of_nodes_is_drawn():
    chain = "".join(f"  n{n}: {{type: assign, to: queue/x, then: n{n + 1}}}\n" for n in range(5000))
    flow = flow_of(f"  a: {{type: assign, to: queue/x, then: n0}}\n{chain}  n5000: {{type: end, result: r}}\n")

    assert len(tree(flow.nodes, "a", PLAIN).splitlines()) == 5002
