"""A table that fits is laid out without rich, and looks as rich draws it."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from flowctl.render.console import Look, _drawn, _fitting, cells, table

TEXTS = st.text(st.sampled_from("ab |[]:é日 \u202e\t"), max_size=12)
PLAIN = st.text(st.sampled_from("ab |[]:/0"), max_size=12)


@st.composite
def tables(draw, texts):
    columns = draw(st.integers(1, 4))
    row = st.lists(texts, min_size=columns, max_size=columns)
    return draw(row), draw(st.lists(row, max_size=4)), draw(st.sets(st.integers(0, columns - 1)))


@given(tables(PLAIN | TEXTS), st.integers(20, 60), st.booleans())
def test_it_looks_as_rich_draws_it(given, width, color):
    head, rows, right = given
    look = Look(width, color)

    found = _fitting(head, rows, look, right)

    assert found in (None, _drawn(head, rows, look, right))


@given(tables(PLAIN), st.booleans())
def test_what_fits_and_is_ascii_needs_no_rich(given, color):
    head, rows, right = given
    named = [name or "x" for name in head]

    assert _fitting(named, rows, Look(80, color), right) is not None


def test_what_is_too_wide_is_wrapped():
    assert table(("a", "b"), [("x" * 30, "y")], Look(20)).count("\n") == 2


@given(
    st.text(st.characters(max_codepoint=0x2FF, exclude_categories=["Cc"]) | st.sampled_from("–—…→─✗✓·日\u200d\ufe0f"))
)
def test_widths_are_those_of_rich(text):
    assert cells(text) == cell_len(text)
