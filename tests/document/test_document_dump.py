"""What is written is read again as it was, by us and by every other reader of YAML."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from flowctl.document import (
    Splice,
    content_end,
    data,
    dump,
    entry_lines,
    inline,
    read,
    scalar_text,
    splice,
    with_comments_above,
)

LOOK_ALIKES = [
    *(
        "1",
        "-0",
        "+1",
        "0777",
        "-.INF",
        "0o17",
        "0x1F",
        "0b1",
        "1_000",
        "1,000",
        "1e5",
        "1.5e+3",
        "12e03",
        "1:30",
        ".5",
        "08",
    ),
    *("NO", "no", "Yes", "on", "Off", "true", "FALSE", "y", "N", "~", "null", "NULL", "Null", "=", "<<"),
    *("2026-11-23", "2026-1-3"),
    *("---", "...", "-", "- a", "? a", "!a", "&a", "*a", "%a", "@a", "`a", "|", "> a", "#a", "[x", "{x", "a,b", "a]"),
    *("a: b", "a:", "a :b", "a #b", "a# b", "'a'", '"a"', "it's", " a", "a ", "", "http://a.example/b=c&d"),
    *("a\nb", "\n", "a\tb", "a\\b", "\x07", "\x1b[31m", "\x85", "\u00a0", "\ufeff", "😀", "Straße", "x" * 900),
]
# characters that a file may not hold stand as escapes; a lone half of a pair is no text
texts = st.one_of(st.sampled_from(LOOK_ALIKES), st.text(st.characters(exclude_categories=["Cs"]), max_size=9))
values = st.recursive(
    st.one_of(texts, texts, st.booleans(), st.integers()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(alphabet="abé:# -", min_size=1, max_size=5), inner, max_size=3),
    ),
    max_leaves=8,
)


def as_texts(value):
    """Plain data as our own reader has it: numbers and booleans are texts."""
    if isinstance(value, dict):
        return {key: as_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_texts(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def own(text):
    document = read("f", text)
    assert document.problems == []
    return data(document.root)


@given(values)
@example([{}, [], [[]], {"a": {}}])
@example([[["a", "b"], "c"], [{"a": ["b"]}]])
def test_plain_data_is_read_again_as_it_was_written(value):
    for held in ([value], {"k": value}):
        for text in (dump(held), inline(held) + "\n"):
            assert own(text) == as_texts(held)
            assert yaml.safe_load(text) == held


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_a_text_that_looks_like_something_else_stays_a_text(text):
    for value in (text, [text, "x"], {"k": text}, {text: "x"}, {"a": [{text: [text]}]}):
        for written in (dump(value), inline(value) + "\n"):
            assert own(written) == value
            assert yaml.safe_load(written) == value


@pytest.mark.parametrize("text", [".inf", ".nan", "2026-11-23T09:00:00Z", "2026-11-23 09:00:00"])
def test_a_text_that_looks_like_infinity_or_a_moment_stays_a_text(text):
    assert yaml.safe_load(dump({"k": text})) == {"k": text}


@pytest.mark.parametrize("text", ["a\u2028b", "a\u2029b", "a\ufffeb", "a\uffffb", "... a"])
def test_a_character_that_no_editor_shows_is_escaped(text):
    for value in (text, {text: text}):
        assert own(dump(value)) == value


@pytest.mark.parametrize("text", ["MQL", "user/bea.kim", "Score >= 50 AND Status = 'MQL'", "TODAY - 30 DAYS"])
def test_what_no_reader_could_mistake_stands_without_quotes(text):
    assert dump({"k": text}) == f"k: {text}\n"


def test_data_is_written_in_the_order_given_as_blocks_and_without_what_is_none():
    value = {"b": {"y": "1", "x": None}, "a": [{"k": "v", "n": 5}, ["p", "q"], "t", True], "c": {}, "d": []}

    text = dump(value)

    assert text == ('b:\n  y: "1"\na:\n  - k: v\n    n: 5\n  - - p\n    - q\n  - t\n  - true\nc: {}\nd: []\n')


def test_an_item_of_which_nothing_is_written_stays_an_item():
    assert own(dump([{"a": None}, "x"])) == [{}, "x"]


def test_a_text_inside_brackets_has_quotes_where_brackets_and_commas_would_end_it():
    assert inline(["a,b", "c]", {"d}": "e"}]) == '["a,b", "c]", {"d}": e}]'
    assert scalar_text("a,b") == "a,b"


@given(texts, st.integers(0, 3))
def test_a_value_put_in_by_a_splice_leaves_the_rest_as_it_was(value, which):
    keys = ["flow", "title", "start", "notes"]
    text = "# a flow\nflow: lead   # its name\ntitle: 'A: b'\nstart: >-\n  one\n  two\n\nnotes: |\n  n\n\n# the end\n"
    tree = read("f", text).at(keys[which])

    after = splice(text, [Splice(tree.start, content_end(text, tree), scalar_text(value))])

    assert after.startswith(text[: tree.start])
    assert after.endswith(text[content_end(text, tree) :])
    assert own(after) == own(text) | {keys[which]: value}


LEAD = """\
flow: lead

nodes:

  # The heading of a part

  # asks first
  # twice
  start: {type: decision}

  done:      # the end
    type: end
    result: >-
      All is
      done

    # not of done
# nor this
notes: x
"""


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        (("flow",), "flow: lead\n"),
        (("nodes", "start"), "  start: {type: decision}\n"),
        (("nodes", "done"), "  done:      # the end\n    type: end\n    result: >-\n      All is\n      done\n"),
        (("nodes", "done", "type"), "    type: end\n"),
        (("notes",), "notes: x\n"),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)
def test_an_entry_has_its_whole_lines(path, lines):
    document = read("f", LEAD)
    key, value = document.at(*path[:-1]).entries[path[-1]]

    start, end = entry_lines(LEAD, key, value)

    assert LEAD[start:end] == lines


def test_an_entry_takes_the_comments_that_stand_directly_above_it_and_no_heading():
    document = read("f", LEAD)
    key, value = document.at("nodes").entries["start"]
    start, _ = entry_lines(LEAD, key, value)

    assert LEAD[with_comments_above(LEAD, start, 2) : start] == "  # asks first\n  # twice\n"


def test_comments_of_another_indentation_belong_to_another_entry():
    document = read("f", LEAD)
    key, value = document.root.entries["notes"]
    start, _ = entry_lines(LEAD, key, value)

    assert LEAD[with_comments_above(LEAD, start, 0) : start] == "# nor this\n"


def test_the_last_entry_ends_with_the_file():
    text = "a: 1\nb: 2"
    key, value = read("f", text).root.entries["b"]

    assert entry_lines(text, key, value) == (5, 9)
