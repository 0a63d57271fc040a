"""What a file is read as: texts with their places, and nothing that YAML would make of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.document import Mapping, Scalar, Sequence, content_end, data, read, read_fragment

AS_WRITTEN = ["NO", "no", "01234", "1e3", "0x1F", "1_000", "12:30", "2026-11-23", "true", ".5", "Null", "=", "<<"]


def tree(text):
    document = read("flows/lead.yaml", text)
    assert document.problems == []
    return document


@pytest.mark.parametrize("text", AS_WRITTEN)
def test_a_plain_value_stays_the_text_that_was_written(text):
    assert data(tree(f"- {text}\n- k: {text}\n- {text}: v\n").root) == [text, {"k": text}, {text: "v"}]


@pytest.mark.parametrize("text", ["", "~", "null"])
def test_nothing_is_nothing_only_where_it_stands_without_quotes(text):
    assert data(tree(f"[{text or '~'}, '{text}']\n").root) == [None, text]
    assert data(tree(f"k: {text}\n").root) == {"k": None}


def test_the_forms_of_a_text_all_give_the_same_text():
    document = tree("a: x y\nb: 'x y'\nc: \"x y\"\nd: >-\n  x\n  y\ne: |-\n  x y\nf:\n  x\n  y\n")

    assert data(document.root) == dict.fromkeys("abcdef", "x y")


def test_a_value_knows_where_it_stands():
    text = "flow: lead\nnodes:\n  done: {type: end, result: 'All done'}\n  # a comment\n  late:\n    type: end\n"
    document = tree(text)

    assert str(document.where("nodes", "done", "result")) == "flows/lead.yaml:3:29"
    assert str(document.key("nodes", "late")) == "flows/lead.yaml:5:3"
    assert document.where("nodes", "done", "result").end_column == 39
    assert document.excerpt(3) == "  done: {type: end, result: 'All done'}"


def test_what_is_not_written_stands_where_its_nearest_parent_does():
    document = tree("nodes:\n  done: {type: end}\n")

    assert document.where("nodes", "done", "result") == document.where("nodes", "done")
    assert document.where("nodes", "late", "result") == document.where("nodes")
    assert document.key("nodes", "late") == document.where("nodes")
    assert document.at("nodes", "done", "type", 3) is None
    assert document.at(0) is None


def test_places_count_characters_not_bytes():
    document = tree('"😀 Straße": {k: v}\n')

    assert str(document.where("😀 Straße", "k")) == "flows/lead.yaml:1:17"


def test_the_last_line_may_lack_its_end():
    assert data(tree("flow: lead").root) == {"flow": "lead"}
    assert tree("a: 1\nb: 2").excerpt(2) == "b: 2"
    assert tree("a: 1\nb: 2").excerpt(3) == ""


def test_a_list_and_a_mapping_say_whether_they_stand_in_brackets():
    document = tree("a: [x]\nb:\n  - x\nc: {x: y}\nd:\n  x: y\n")

    assert [document.at(name).flow for name in "abcd"] == [True, False, True, False]
    assert [type(document.at(name)) for name in "abcd"] == [Sequence, Sequence, Mapping, Mapping]


def test_a_block_ends_with_its_last_value_not_with_the_blank_lines_below_it():
    text = "a:\n  x: y\n\n# of b\nb: z\n"
    document = tree(text)

    assert text[document.at("a").start : document.at("a").end] == "x: y"
    assert text[: content_end(text, document.at("a"))] == "a:\n  x: y"


def test_a_block_text_ends_where_its_last_word_does():
    text = "a: >-\n  x y\n\n\nb: z\n"
    document = tree(text)

    assert text[: content_end(text, document.at("a"))] == "a: >-\n  x y"


def test_comments_and_empty_files_hold_nothing():
    assert read("f", "").root is None
    assert read("f", "# only\n\n# comments\n").root is None


def test_a_typed_text_is_read_without_a_file():
    assert data(read_fragment("{from: 2026-12-21, to: 2027-01-03}").root) == {"from": "2026-12-21", "to": "2027-01-03"}


@given(st.binary(max_size=60))
def test_no_bytes_whatever_make_the_reader_fail(source):
    document = read("f", source)

    assert document.problems or document.root is None or isinstance(document.root, (Scalar, Sequence, Mapping))


PIECES = [
    "a",
    ": ",
    "- ",
    "\n",
    "  ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "'",
    '"',
    "&x ",
    "*x",
    "!t ",
    "? ",
    ">-\n",
    "|",
    "#",
    "\t",
    "---",
    "%",
    "~",
    "é",
]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_no_yaml_whatever_makes_the_reader_fail(text):
    document = read("f", text)

    for problem in document.problems:
        assert problem.code in ("FC001", "FC002")
        assert problem.message
        assert 1 <= problem.span.line <= text.count("\n") + 2
    assert document.problems or data(document.root) == data(read("g", text).root)
