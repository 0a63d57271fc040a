"""The place in the file of a piece of a text: where the caret points in a condition that is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.document import Splice, read, splice

# Words that hold no escape of any style, and that stay one text wherever they stand.
words = st.text(alphabet="abcdefgæ=<>()%!*&|#:'\"[]{},?-@`ø漢😀", min_size=1, max_size=6)
plain_words = st.builds(str.__add__, st.sampled_from("abc漢"), st.text(alphabet="abcdefgæ=<>()ø漢😀", max_size=5))
gaps = st.sampled_from([" ", " ", "  ", "   "])


def placed(text, *path):
    """A document, its only text and the pieces that the places of its characters name."""
    document = read("f", text)
    assert document.problems == []
    return document, document.at(*path)


def joined(pieces):
    return "".join(pieces)


def woven(draw, words, gaps, least=1):
    """Words and the gaps between them, beginning and ending with a word."""
    found = [draw(words)]
    for word in draw(st.lists(words, min_size=least - 1, max_size=4)):
        found += [draw(gaps), word]
    return found


@st.composite
def one_line(draw):
    return woven(draw, words, gaps)


@st.composite
def one_plain_line(draw):
    return woven(draw, plain_words, gaps)


@st.composite
def lines(draw):
    return draw(st.lists(one_line(), min_size=1, max_size=4))


def assert_every_word_is_found(text, pieces_at, *path):
    """Each piece, as (text, offset in the file), is found again from its place in the value."""
    document, scalar = placed(text, *path)
    at = 0
    for piece, offset in pieces_at:
        found = scalar.text.index(piece, at)
        span = document.span_inside(scalar, found, found + len(piece))
        assert (span.line, span.column) == document.place(offset)
        assert (span.end_line, span.end_column) == document.place(offset + len(piece))
        at = found + len(piece)


def laid_out(start, pieces):
    """Pieces with their offsets when they stand one after the other; only the words of them."""
    found = []
    for piece in pieces:
        if not piece.isspace():
            found.append((piece, start))
        start += len(piece)
    return found


@given(one_plain_line())
def test_plain_texts(pieces):
    text = f"a: 1\nk: {joined(pieces)}\nb: 2\n"

    assert_every_word_is_found(text, laid_out(8, pieces), "k")


@given(one_line())
def test_texts_in_single_quotes(pieces):
    pieces = [piece.replace("'", "x") for piece in pieces]

    assert_every_word_is_found(f"k: '{joined(pieces)}'\n", laid_out(4, pieces), "k")


@given(one_line())
def test_texts_in_double_quotes(pieces):
    pieces = [piece.replace('"', "x") for piece in pieces]

    assert_every_word_is_found(f'k: "{joined(pieces)}"\n', laid_out(4, pieces), "k")


@pytest.mark.parametrize("mark", [">-", ">", "|", "|-", ">- # folded"])
@pytest.mark.parametrize("indent", [2, 6])
@given(written=lines())
def test_folded_and_literal_texts(mark, indent, written):
    text = f"k:\n- {mark}\n"
    found = []
    for pieces in written:
        text += " " * indent
        found += laid_out(len(text), pieces)
        text += joined(pieces) + "\n"

    assert_every_word_is_found(text, found, "k", 0)


@given(written=lines(), quote=st.sampled_from(["", "'", '"']))
def test_texts_that_go_on_in_the_next_line(written, quote):
    swept = [[p if p.isspace() else "".join(c for c in p if c.isalnum()) or "x" for p in line] for line in written]
    text = f"k: {quote}"
    found = []
    for pieces in swept:
        found += laid_out(len(text), pieces)
        text += joined(pieces) + "\n    "

    assert_every_word_is_found(text.rstrip() + f"{quote}\n", found, "k")


@pytest.mark.parametrize(
    ("text", "piece", "place"),
    [
        ("k: Status  = MQL\n", "MQL", "f:1:14"),
        ("k: >-\n  Status = 'MQL'  AND\n  Score > 5\n", "Score", "f:3:3"),
        ("k: |\n  one\n    two\n  three\n", "three", "f:4:3"),
        ("k: |\n\n  one\n\n\n  two\n", "two", "f:6:3"),
        ("k: >-\n  one\n    two\n  three\n", "two", "f:3:5"),
        ("k: |2\n    one\n  two\n", "two", "f:3:3"),
        ("k: 'a  b\n\n  c'\n", "c", "f:3:3"),
    ],
)
def test_spaces_and_blank_lines_in_a_text_move_no_place_behind_them(text, piece, place):
    document, scalar = placed(text, "k")

    start = scalar.text.index(piece)
    assert str(document.span_inside(scalar, start, start + len(piece))) == place


def test_a_quote_written_twice_moves_no_place_behind_it():
    document, scalar = placed("k: 'Status = ''MQL'' AND x'\n", "k")

    start = scalar.text.index("AND")
    assert str(document.span_inside(scalar, start, start + 3)) == "f:1:22"


def test_a_place_behind_the_end_is_the_end():
    document, scalar = placed("k: abc\n", "k")

    assert str(document.span_inside(scalar, 3, 9)) == "f:1:7"
    assert str(document.span_inside(scalar, 9, 12)) == "f:1:7"


@given(st.text(alphabet="ab \n"), st.data())
def test_a_place_counts_lines_and_columns_from_one(text, data):
    offset = data.draw(st.integers(0, len(text)))
    document = read("f", "")
    document.text = text

    line, column = document.place(offset)

    lines = text.split("\n")
    assert sum(len(above) + 1 for above in lines[: line - 1]) + column - 1 == offset
    assert column <= len(lines[line - 1]) + 1


@given(st.text(max_size=30), st.data())
def test_a_splice_changes_only_what_it_names(text, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    edits = [Splice(start, end, data.draw(st.text(max_size=4))) for start, end in pairs]

    after = splice(text, data.draw(st.permutations(edits)))

    kept = [text[a:b] for a, b in zip([0, *(e for _, e in pairs)], [*(s for s, _ in pairs), len(text)], strict=True)]
    expected = kept[0] + "".join(edit.text + rest for edit, rest in zip(edits, kept[1:], strict=True))
    assert after == expected


def test_edits_that_overlap_are_our_mistake():
    with pytest.raises(AssertionError, match="overlap"):
        splice("abcdef", [Splice(0, 3, "x"), Splice(2, 4, "y")])
