"""Which way leads go: one by one, or by the column."""

import pytest

from flowctl.ops.impact.choice import LARGE, has_foreign, is_by_column, is_counted
from flowctl.ops.rehearsal import Request

SMALL = "Email,Score\na@acme.example,5\n"
MANY = "Email\n" + "a@acme.example\n" * 2_001
LARGE_TEXT = f"Company\n{'x' * LARGE}\n"


def chosen(tmp_path, name, text=None, **asked):
    if text is not None:
        (tmp_path / name).write_text(text)
    return is_by_column(Request(leads=name, **asked), tmp_path), is_counted(Request(leads=name, **asked), tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "by_column", "counted"),
    [
        ("leads.csv", SMALL, False, False),
        ("leads.csv", MANY, True, True),
        ("leads.csv", LARGE_TEXT, True, True),
        ("leads.csv", "First Name,Email\nAna,a@acme.example\n", True, True),
        ("leads.csv", "account.Name,prior.Score\nAcme,1\n", False, False),
        ("leads.csv", "", False, False),
        ("leads.yaml", "- {Email: a@acme.example}\n", False, False),
        ("leads.yaml", f"- {{Company: {'x' * LARGE}}}\n", False, True),
        ("leads.json", f'[{{"Company": "{"x" * LARGE}"}}]', False, True),
        ("leads", "- {Email: a@acme.example}\n", False, False),
        ("leads.ndjson", '{"Email": "a@acme.example"}\n', True, True),
        ("leads.parquet", "", True, True),
        ("leads.csv.gz", "", True, True),
        ("leads.json", '{"Email": "a"}\n{"Email": "b"}\n', True, True),
        ("leads.json", '{\n"Email": "a"}\n', False, False),
        ("leads.txt", '{"Email": "a"}\n{"Email": "b"}\n', True, True),
        ("live:leads.csv", None, False, False),
        ("no.csv", None, False, False),
        ("duckdb:leads.db?leads", None, True, True),
        ("*.csv", None, True, True),
        (".", None, True, True),
    ],
)
def test_leads_are_read_as_their_number_and_form_say(tmp_path, name, text, by_column, counted):
    assert chosen(tmp_path, name, text) == (by_column, counted)


@pytest.mark.parametrize("asked", [{"mapping": "m.yaml"}, {"on_bad": "blank"}, {"rejects": "r.csv"}])
def test_options_of_reading_read_by_the_column(tmp_path, asked):
    assert chosen(tmp_path, "leads.csv", SMALL, **asked) == (True, True)
    assert chosen(tmp_path, "leads.yaml", "- {Email: a}\n", **asked) == (True, True)
    assert chosen(tmp_path, "live:leads.csv", **asked) == (True, True)  # which says that there is no such file


def test_fields_that_yaml_lacks_are_blank_however_it_is_read(tmp_path):
    assert chosen(tmp_path, "leads.csv", SMALL, missing_as_blank=True) == (True, True)
    assert chosen(tmp_path, "leads.yaml", "- {Email: a}\n", missing_as_blank=True) == (False, False)


def test_an_output_counts_and_reads_as_before(tmp_path):
    assert chosen(tmp_path, "leads.csv", SMALL, output="moved.csv") == (False, True)


def test_a_data_set_of_a_form_of_its_own_counts(tmp_path):
    (tmp_path / "accounts.parquet").write_bytes(b"")

    assert chosen(tmp_path, "leads.csv", SMALL, data=("Account=accounts.parquet",)) == (False, True)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (SMALL, (False, False)),
        (MANY, (True, True)),
        (LARGE_TEXT[: LARGE + 1], (True, True)),
        ("- {Email: a@acme.example}\n", (False, False)),
        ('[{"Email": "a"}]', (False, False)),
        ("[" + " " * LARGE, (False, True)),
    ],
)
def test_what_is_piped_in_is_told_by_its_beginning(tmp_path, head, expected):
    request = Request(leads="-")

    found = is_by_column(request, tmp_path, head.encode()), is_counted(request, tmp_path, head.encode())

    assert found == expected


@pytest.mark.parametrize(
    ("text", "by_column"),
    [
        ("Email,Company\ra@b.c,Acme\r", False),
        ('"Email",Company\ra@b.c,Acme\r', False),
        ("First Name,Email\rAna,a@b.c\r", True),
        ("Email,Comp\rany\na@b.c,Acme\n", False),
        (f"{'E' * 140_000},Email\na@b.c,1\n", False),
        (f'Email,"{"E" * 140_000}\n', False),
        ("\n", False),
        (" \nEmail\n", False),
    ],
)
def test_a_first_line_is_read_wherever_it_ends_and_what_cannot_be_read_is_left_to_the_reader(tmp_path, text, by_column):
    path = tmp_path / "leads.csv"
    path.write_bytes(text.encode())

    assert is_by_column(Request(leads="leads.csv"), tmp_path) == by_column
    assert has_foreign("leads.csv", tmp_path, ["Email", "Company", "Comp"]) == by_column


def test_what_no_name_says_is_told_by_a_first_line_that_ends_at_cr(tmp_path):
    request = Request(leads="leads", missing_as_blank=True)
    (tmp_path / "leads").write_bytes(b"CreatedDate\r2026-11-22T09:00:00Z\r")

    assert is_by_column(request, tmp_path)
