"""A CSV is the same tree as YAML: every cell knows where it stands, and an edit touches nothing else."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl import document as yaml
from flowctl.document import MAX_ROWS, Rows, Scalar, Splice, cell_text, line_text, splice

TEXT = 'Country,Employees,Owner\r\nNorway, 101-750 ,"user/bea.kim"\r\n"Congo, ""DRC""",,~\r\n'


def read(text):
    return yaml.read("flows/tables/t.csv", text)


def told(document):
    return [f"{p.span.line}:{p.span.column} {p.code} {p.message}" for p in document.problems]


def test_rows_are_mappings_from_the_names_in_the_first_line():
    assert yaml.data(read(TEXT).root) == [
        {"Country": "Norway", "Employees": "101-750", "Owner": "user/bea.kim"},
        {"Country": 'Congo, "DRC"', "Employees": None, "Owner": "~"},
    ]


def test_cells_know_their_places_in_the_file():
    document = read(TEXT)

    assert str(document.where(0, "Employees")) == "flows/tables/t.csv:2:9"
    assert str(document.where(1, "Owner")) == "flows/tables/t.csv:3:19"
    assert document.excerpt(3) == '"Congo, ""DRC""",,~'
    quoted = document.at(1, "Country")
    assert TEXT[quoted.start : quoted.end] == '"Congo, ""DRC"""'
    assert document.span_inside(quoted, 8, 11).column == 11


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_spreadsheets_write_is_read(delimiter, newline, mark):
    text = mark + newline.join(line.replace(",", delimiter) for line in ("A,B", "1,2", "", ",", "3,4", ""))

    document = read(text)

    assert yaml.data(document.root) == [{"A": "1", "B": "2"}, {"A": "3", "B": "4"}]
    assert (document.root.delimiter, document.root.newline) == (delimiter, newline)
    assert splice(text, [Splice(cell.start, cell.end, "9") for cell in [document.at(1, "B")]]) == text.replace("4", "9")


def test_bytes_are_read_as_texts_are():
    assert yaml.data(yaml.read("t.csv", "\ufeffA\r\nå\r\n".encode()).root) == [{"A": "å"}]


WRONG = {
    "a quote that is not closed": ('A,B\n"x,1\n2,3\n', ["2:1 FC001 the quote is not closed on this line"]),
    "a line break in a cell": (
        'A,B\n"x\ny",1\n',
        ["2:1 FC001 the quote is not closed on this line", "3:2 FC001 a quote inside a cell"],
    ),
    "a quote in a cell": ('A,B\n5" pipe,1\n', ["2:2 FC001 a quote inside a cell"]),
    "too few cells": ("A,B\n1\n2,3\n", ["2:2 FC001 1 cell under 2 columns"]),
    "too many cells": ("A,B\n1,2,3\n", ["2:5 FC001 3 cells under 2 columns"]),
    "a column without a name": ("A,,B\n1,2,3\n", ["1:3 FC001 column 2 has no name"]),
    "a column twice": ("A,B,A\n1,2,3\n", ["1:5 FC002 `A` is here twice"]),
    "what tells Excel the delimiter": (
        "sep=;\nA;B\n1;2\n",
        ["1:1 FC001 the first line is for Excel, and has no names"],
    ),
    "a blank first line": ("\nA,B\n", ["1:1 FC001 the first line is blank"]),
    "a control character": ("A,B\n1,\x07\n", ["2:3 FC001 control character U+0007"]),
    "line ends of old Macs": ("A,B\r1,2\r", ["1:4 FC001 a carriage return without a line feed"]),
    "formulas": (
        'A,B\n=1+1,"@x"\n+1,-a\n',
        ["2:1 FC510 a formula", "2:6 FC510 a formula", "3:1 FC510 a formula", "3:4 FC510 a formula"],
    ),
    "a formula that begins like a number": ("A,B\n1,-2+cmd|' /C calc'!A0\n", ["2:3 FC510 a formula"]),
    "a tab before a formula": ('A,B\n1,"\t=1"\n', ["2:3 FC510 a formula"]),
}


@pytest.mark.parametrize(("text", "problems"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_read_is_told_with_its_place(text, problems):
    document = read(text)

    assert told(document) == problems
    assert all(problem.hint for problem in document.problems)


def test_a_file_that_is_not_utf_8_is_told_with_its_place():
    document = yaml.read("t.csv", "A\nGröße\n".encode("latin-1"))

    assert told(document) == ["2:3 FC001 the file is not UTF-8 here"]


def test_numbers_and_ranges_may_begin_with_a_minus():
    assert read("A,B\n-100,-5.5\n-1-2,-10..-5\n").problems == []


def test_more_rows_than_the_limit_are_refused_before_they_are_read():
    at_the_limit, beyond = read("A\n" + "1\n" * MAX_ROWS), read("A\n" + "1\n" * (MAX_ROWS + 1))

    assert len(at_the_limit.root.items) == MAX_ROWS
    assert told(beyond) == [f"{MAX_ROWS + 2}:1 FC001 the file has more than 100,000 rows"]
    assert beyond.root is None


def test_an_empty_file_has_no_rows_and_no_problems():
    assert (read("").root, read("").problems) == (None, [])


CELLS = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\x85"), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=6), st.sampled_from(",;\t"))
def test_a_line_that_is_written_reads_as_the_same_cells(rows, delimiter):
    text = "".join(line_text(cells, delimiter) + "\n" for cells in [["A", "B"], *rows])

    document = read(text)

    assert {p.code for p in document.problems} <= {"FC510"}
    filled = [cells for cells in rows if any(cell.strip() for cell in cells)]
    assert [[cell.text for _, cell in row.entries.values()] for row in document.root.items] == [
        [cell if cell.strip() else "" for cell in cells] for cells in filled
    ]


@given(st.lists(st.lists(CELLS.filter(str.strip), min_size=2, max_size=2), min_size=1, max_size=6))
def test_what_pythons_own_writer_writes_is_read_as_it_reads_it(rows):
    out = io.StringIO()
    csv.writer(out).writerows([["A", "B"], *rows])

    document = read(out.getvalue())

    read_back = [[cell.text for _, cell in row.entries.values()] for row in document.root.items]
    assert [[c.strip(" ") for c in row] for row in read_back] == [[c.strip(" ") for c in row] for row in rows]


@given(st.text('ab",;\t\n\r =-1', max_size=40))
def test_whatever_the_text_every_cell_says_what_stands_at_its_place(text):
    document = read("A,B\n" + text)

    if isinstance(document.root, Rows):
        for row in document.root.items:
            for _, cell in row.entries.values():
                assert isinstance(cell, Scalar)
                written = document.text[cell.start : cell.end]
                assert (written[1:-1].replace('""', '"') if cell.is_quoted else written) == cell.text or not cell.text


def test_a_cell_is_quoted_only_where_it_must_be():
    assert [cell_text(text) for text in ("a", "a b", "a,b", 'a"b', " a", "")] == [
        "a",
        "a b",
        '"a,b"',
        '"a""b"',
        '" a"',
        "",
    ]
