"""Rows come out of YAML, JSON and CSV alike, as texts with the lines that they begin on."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowctl import document as yaml
from flowctl.diag import FlowctlError
from flowctl.document import MAGIC, form_by_bytes
from flowctl.tables import Row, read_rows

ROWS = [
    {"Email": "ana@acme.example", "Country": "NO", "related": {"account": {"Name": "Acme, Inc"}}},
    {"Email": "bo@bolt.example", "Country": "01234"},
]
CSV = """\
Email,Country,account.Name
ana@acme.example,NO,"Acme, Inc"
bo@bolt.example,01234,
"""
names = st.sampled_from(["Email", "Company", "Score__c"])
values = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
records = st.lists(st.dictionaries(names, values, min_size=1), max_size=4)


def rows(file, text, form=None):
    return read_rows(file, text.encode(), form)


@pytest.mark.parametrize(
    ("file", "text", "lines"),
    [
        ("leads.csv", CSV, [2, 3]),
        ("leads.json", json.dumps(ROWS), [1, 1]),
        ("leads.json", json.dumps(ROWS, indent=2), [2, 11]),
        ("leads.yaml", yaml.dump(ROWS), [1, 6]),
        ("leads.YML", yaml.dump(ROWS), [1, 6]),
        ("-", CSV, [2, 3]),
        ("-", json.dumps(ROWS), [1, 1]),
        ("-", yaml.dump(ROWS), [1, 6]),
    ],
)
def test_the_same_leads_are_read_from_every_form(file, text, lines):
    assert rows(file, text) == [Row(row, line) for row, line in zip(ROWS, lines, strict=True)]


def test_a_form_that_is_named_goes_before_what_the_file_is_called():
    assert rows("leads.txt", "Email\na: b\n", "csv") == [Row({"Email": "a: b"}, 2)]


def test_one_lead_needs_no_list():
    assert rows("-", '{"Email": "a@b.example"}') == [Row({"Email": "a@b.example"}, 1)]
    assert rows("-", "Email: a@b.example\n") == [Row({"Email": "a@b.example"}, 1)]


def test_cells_without_a_value_leave_a_related_record_out():
    assert rows("a.csv", "Email,account.Name,account.Type\nx,,\n") == [Row({"Email": "x"}, 2)]


def test_rows_that_are_blank_are_left_out():
    assert [row.line for row in rows("a.csv", "Email,Country\n\nx,NO\n,\n\ny,SE\n")] == [3, 6]


def test_a_cell_may_hold_line_ends_commas_and_quotes():
    [first, second] = rows("a.csv", 'Company,Country\n"Acme, ""the""\nfirm",NO\nBolt,SE\n')

    assert first == Row({"Company": 'Acme, "the"\nfirm', "Country": "NO"}, 2)
    assert second.line == 4


def test_values_of_json_stay_what_they_are():
    assert rows(
        "a.json", '[{"Score": 5, "Blocked": true, "Country": null, "Note": "\\u00e9\\ud83d\\ude00 \\\\u0000"}]'
    ) == [Row({"Score": 5, "Blocked": True, "Country": None, "Note": "é😀 \\u0000"}, 1)]


def test_values_of_yaml_are_texts():
    assert rows("a.yaml", "- {Score: 5, Blocked: true, Country: NO, Note: ~}\n") == [
        Row({"Score": "5", "Blocked": "true", "Country": "NO", "Note": None}, 1)
    ]


@given(records, st.sampled_from([None, 0, 2]))
def test_what_was_written_as_json_is_read_again(written, indent):
    text = json.dumps(written, indent=indent, ensure_ascii=False)

    assert [row.values for row in rows("a.json", text)] == written


@given(records)
def test_what_was_written_as_yaml_is_read_again(written):
    assert [row.values for row in rows("a.yaml", yaml.dump(written))] == written


def read_or_told(file, data):
    """The rows of a file, or what is said of it."""
    try:
        return read_rows(file, data), None
    except FlowctlError as error:
        return [], error.found


def assert_read_or_told(file, data):
    found, told = read_or_told(file, data)

    assert all(isinstance(row.values, dict) for row in found)
    if told is not None:
        assert told or form_by_bytes(data[:MAGIC])  # a whole file that is no text has no place where it is wrong
        assert all(d.span.line >= 1 and d.span.column >= 1 and d.excerpt is None for d in told)


STARTS = st.sampled_from([b"", b"PAR1", b"ARROW1", b"\x1f\x8b", b"PK\x03\x04", b"\xef\xbb\xbf"])


@given(st.builds(bytes.__add__, STARTS, st.binary(max_size=40)), st.sampled_from(["a.csv", "a.json", "a.yaml", "-"]))
@example(b"ARROW1", "a.csv")
def test_no_bytes_whatever_end_in_a_traceback(data, file):
    assert_read_or_told(file, data)


PIECES = ["[", "]", "{", "}", ",", ":", '"', "a", '"a"', "1", "null", "\\u", "\n", " ", "- ", "#", ";", "\t"]


@given(st.lists(st.sampled_from(PIECES), max_size=15).map("".join), st.sampled_from(["a.csv", "a.json", "a.yaml", "-"]))
def test_no_text_whatever_ends_in_a_traceback(text, file):
    assert_read_or_told(file, text.encode())


def test_a_csv_states_what_fields_were_before_an_update():
    text = b"Email,Status,prior.Status,prior.Score\nann@x.example,MQL,Raw,\nbo@x.example,MQL,,\n"
    updated, new = read_rows("leads.csv", text)

    assert updated.values == {"Email": "ann@x.example", "Status": "MQL", "prior": {"Status": "Raw", "Score": ""}}
    assert new.values == {"Email": "bo@x.example", "Status": "MQL"}
