"""Other rows in a CSV: what differs is written, and every other byte stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl import document as yaml
from flowctl.ops.sheet.row_text import with_rows

FILE = "flows/tables/t.csv"
TEXT = 'Key,From,Answer\nDE,1,"a, b"\n\nFR , 2 ,c\nNO,,"d"\n'
ROWS = [("DE", "1", "a, b"), ("FR", "2", "c"), ("NO", "", "d")]


def edited(text, rows, keys=("Key",), canonical=lambda column, cell: cell):
    document = yaml.read(FILE, text)
    names = [column.text for column in document.root.columns]
    return with_rows(document, [dict(zip(names, row, strict=True)) for row in rows], keys, canonical)


def rows_of(text):
    document = yaml.read(FILE, text)
    assert document.problems == []
    return [tuple(cell.text for _, cell in row.entries.values()) for row in document.root.items]


CASES = {
    "nothing": (ROWS, TEXT),
    "one cell": (
        [ROWS[0], ("FR", "2", "x;y"), ROWS[2]],
        TEXT.replace("FR , 2 ,c", 'FR , 2 ,"x;y"'),
    ),
    "a key": ([ROWS[0], ("BE", "2", "c"), ROWS[2]], TEXT.replace("FR ,", "BE ,")),
    "one gone": ([ROWS[0], ROWS[2]], TEXT.replace("FR , 2 ,c\n", "")),
    "one at the end": ([*ROWS, ("SE", "", "e")], f"{TEXT}SE,,e\n"),
    "one in front": ([("SE", "", "e"), *ROWS], TEXT.replace("DE,1", "SE,,e\nDE,1")),
    "one between, another gone": ([ROWS[0], ("SE", "", "e"), ROWS[2]], TEXT.replace("FR , 2 ,c", "SE ,  ,e")),
    "moved": ([ROWS[2], ROWS[0], ROWS[1]], 'Key,From,Answer\nNO,,d\nDE,1,"a, b"\n\nFR , 2 ,c\n'),
    "none left": ([], "Key,From,Answer\n\n"),
}


@pytest.mark.parametrize(("rows", "after"), CASES.values(), ids=CASES)
def test_only_what_differs_is_written(rows, after):
    assert edited(TEXT, rows) == after


def test_the_delimiter_the_line_ends_and_a_missing_last_one_stay():
    text = "\ufeffKey;From;Answer\r\nDE;1;a\r\nFR;2;b"

    assert edited(text, [("DE", "1", "a"), ("FR", "2", "c")]) == text[:-1] + "c"
    assert edited(text, [("NO", "", "a;b"), ("FR", "2", "b")]) == '\ufeffKey;From;Answer\r\nNO;;"a;b"\r\nFR;2;b'
    assert edited(text, [("DE", "1", "a"), ("FR", "2", "b"), ("NO", "", "x")]) == f"{text}\r\nNO;;x"


def test_cells_that_say_the_same_keep_their_bytes():
    text = "Key,From,Answer\n1.50,1,a\n"

    after = edited(
        text, [("1.5", "1", "b")], canonical=lambda column, cell: f"{float(cell)}" if column == "Key" else cell
    )

    assert after == "Key,From,Answer\n1.50,1,b\n"


cells = st.text(alphabet="aB1,;\"\t' -é", max_size=4).map(str.strip).filter(lambda t: not t.startswith("-"))
tables = st.lists(st.tuples(st.sampled_from("abcd"), cells, cells), max_size=8)


@given(
    before=tables,
    after=tables,
    end=st.sampled_from(["\n", "\r\n"]),
    keys=st.sampled_from([("Key",), ("Key", "From"), ()]),
)
def test_the_text_says_what_was_wanted_and_wanting_what_it_says_changes_nothing(before, after, end, keys):
    text = "Key,From,Answer" + end + "".join(yaml.line_text(list(row)) + end for row in before)

    made = edited(text, after, keys)

    assert rows_of(made) == after
    assert edited(made, after, keys) == made
    assert edited(text, before, keys) == text
    kept = [yaml.line_text(list(row)) + end for row in before if before == after]
    assert all(line in made for line in kept)
