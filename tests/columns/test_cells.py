"""All columns of a block are read in one pass as each of them is read alone."""

import numpy as np
import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from flowctl.columns import cells, lexer, scan

FIELDS = ("text", "picklist", "number", "checkbox", "date", "datetime", None)
ALONE = {
    "number": (scan.numbers, np.float64),
    "checkbox": (scan.flags, np.bool_),
    "date": (scan.days, np.int32),
    "datetime": (scan.moments, np.int64),
}
texts = st.sampled_from(["Web", "Trial", "", "Content Syndication", "Content Synergy!!!", "é", "a" * 8, "a" * 16, "0"])
digits = st.text("0123456789", max_size=17)
numbers = st.one_of(digits, st.builds("{}{}".format, st.sampled_from(["-", "+", ".", " ", "1,", ":", "/"]), digits))
flags = st.sampled_from(["true", "false", "TRUE", "False", "1", "0", "", "yes", "tru", "fals", " true", "truely"])
moments = st.sampled_from(
    ["2026-01-05T00:00:03.979Z", "2026-01-05", "", "2026-13-05", "2026-01-05T09:00:00+01:00", "x"]
)
rows = st.lists(st.tuples(texts, texts, numbers, flags, moments, moments, texts), max_size=12)
NOT_THERE = [[], ["Web"], ["Web", "Trial", "1"]]


def block_of(lines):
    """The cells of CSV lines, as the lexer finds them."""
    data = "".join(f"{line}\n" for line in lines).encode()
    padded = np.frombuffer(data + bytes(lexer.PAD), np.uint8)
    shape = len(lines) + 1, len(FIELDS)
    begins, lengths = np.full(shape, 2**31 - 1, np.int32), np.zeros(shape, np.int32)
    notes, slots = np.zeros((shape[0], lexer.NOTES), np.int32), np.arange(len(FIELDS), dtype=np.int32)
    kinds = lexer.kinds_of(",")
    n, _, _ = lexer.lex(padded[: len(data)], True, kinds, len(FIELDS), slots, begins, lengths, notes)
    return padded, begins[:n], lengths[:n]


def quoted(row):
    return ",".join(f'"{cell}"' for cell in row)


def plain(texts):
    return texts.dictionary_decode() if pa.types.is_dictionary(texts.type) else texts


def alone(spans, field):
    """What `scan` makes of a column by itself: states, and values where there are any."""
    read, of = ALONE[field]
    values, states = np.zeros(len(spans), of), np.empty(len(spans), np.uint8)
    read(spans.data, spans.begins, spans.lengths, values, states)
    return states.tolist(), values.tolist()


@given(rows, st.sampled_from(NOT_THERE))
@example([("a", "b", "12345678", "true", "", "", "")], [])
@example([("a", "b", "123456789", "true", "", "", ""), ("a", "b", "1234567:", "true", "", "", "")], [])
def test_a_block_is_read_as_its_columns_are(table, short):
    data, begins, lengths = block_of([*map(quoted, table), *([quoted(short)] if short else [])])

    found = cells.read(data, begins, lengths, cells.kinds_of(FIELDS), is_ascii=False)

    for spans, field in zip(found, FIELDS, strict=True):
        if field in ALONE:
            values, states = spans.scanned
            there = (states == scan.DONE) | (states == scan.LOCAL)
            expected_states, expected = alone(spans, field)
            assert states.tolist() == expected_states
            assert values[there].tolist() == [v for v, is_there in zip(expected, there, strict=True) if is_there]
        elif field:
            assert plain(spans.ready).to_pylist() == [text for _, text in spans.texts(range(len(spans)))]
            spans.ready.validate(full=True)


@given(st.lists(st.text('ab"é', max_size=150), min_size=1, max_size=20))
def test_words_are_the_texts_of_their_cells(words):
    lines = [quoted(["x", word.replace('"', '""')]) for word in words]
    data, begins, lengths = block_of(lines)
    kinds = cells.kinds_of(FIELDS)

    found = cells.read(data, begins, lengths, kinds, is_ascii=False)

    assert plain(found[1].ready).to_pylist() == words
    doubled = any('"' in word for word in words)
    assert (kinds[1] == cells.TEXT) == (doubled or any(len(word.encode()) > 8 * cells.LONG for word in words))


def test_a_column_of_many_texts_is_read_as_texts_from_then_on():
    kinds = cells.kinds_of(FIELDS)
    few, many = (block_of([quoted([f"value {n}"] * 2) for n in range(count)]) for count in (cells.MOST, cells.MOST + 1))

    assert pa.types.is_dictionary(cells.read(*few, kinds, is_ascii=True)[1].ready.type)
    found = cells.read(*many, kinds, is_ascii=True)

    assert found[1].ready.to_pylist() == [f"value {n}" for n in range(cells.MOST + 1)]
    assert kinds[1] == cells.TEXT
    assert pa.types.is_string(cells.read(*few, kinds, is_ascii=True)[1].ready.type)


def test_what_is_not_utf8_is_in_no_dictionary():
    data, begins, lengths = block_of([quoted(["aXb", "aXb"])])
    data = np.where(data == ord("X"), 0xFF, data).astype(np.uint8)

    found = cells.read(data, begins, lengths, cells.kinds_of(FIELDS), is_ascii=False)

    assert pa.types.is_string(found[1].ready.type)
    assert found[1].bytes(0) == b"a\xffb"
