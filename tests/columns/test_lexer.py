"""CSV is cut into cells as Python's `csv` cuts it."""

import csv
import io

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from flowctl.columns import lexer
from flowctl.columns.spans import gathered

pieces = st.sampled_from([",", '"', "\n", "\r", "\r\n", "a", "bc", '""', " ", "é", ";", "x" * 9, '","', '"\n"'])
texts = st.lists(pieces, max_size=30).map("".join)


def python(text):
    """The records that have any text, as Python reads them; None where it sees an error."""
    try:
        return [cells for cells in csv.reader(io.StringIO(text, newline=""), strict=True) if any(cells)]
    except csv.Error:
        return None


def ours(data, is_last=True, width=40):
    padded = np.frombuffer(data + bytes(lexer.PAD), np.uint8)
    most = data.count(b"\n") + data.count(b"\r") + 1
    begins, lengths = np.zeros((most, width), np.int32), np.zeros((most, width), np.int32)
    notes = np.zeros((most, lexer.NOTES), np.int32)
    slots = np.arange(width, dtype=np.int32)
    n, done, lines = lexer.lex(padded[: len(data)], is_last, lexer.kinds_of(","), width, slots, begins, lengths, notes)
    columns = [column.to_pylist() for column in gathered(padded, begins[:n], lengths[:n], range(width))]
    rows = [[cell for cell in row if cell is not None] for row in zip(*columns, strict=True)]
    return rows, notes[:n], done, lines


@given(texts)
@example('a,"b""c"\r\n"d\ne",f\r')
@example('"')
def test_cells_are_those_that_python_finds(text):
    expected = python(text)

    rows, notes, _, _ = ours(text.encode())

    if expected is None:
        assert (notes[:, lexer.MATTER] == lexer.STRAY).any()
    else:
        assert rows == expected
        assert not (notes[:, lexer.MATTER] == lexer.STRAY).any()


@given(texts, st.integers(0, 60))
def test_a_text_in_two_blocks_is_the_same_records(text, cut):
    data = text.encode()
    whole, notes, _, _ = ours(data)
    if (notes[:, lexer.MATTER] == lexer.STRAY).any():
        return

    first, _, done, lines = ours(data[:cut], is_last=False)
    rest, after, _, _ = ours(data[done:])

    assert first + rest == whole
    assert [*(after[:, lexer.ON_LINE] + lines)] == [*notes[len(first) :, lexer.ON_LINE]]


def test_control_characters_gaps_and_wrong_counts_are_noted():
    rows, notes, _, _ = ours(b"a,b\n\n1\x00,2\n3\n4,5,6\n", width=2)

    assert [*notes[:, lexer.HAS_CONTROL]] == [0, 1, 0, 0]
    assert [*notes[:, lexer.AFTER_GAP]] == [0, 1, 0, 0]
    assert [*notes[:, lexer.MATTER]] == [lexer.FINE, lexer.FINE, lexer.FEWER, lexer.MORE]
    assert [*notes[:, lexer.ON_LINE]] == [0, 2, 3, 4]
    assert rows[2] == ["3"]
