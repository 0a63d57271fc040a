"""A table that cannot be is told with its place; the rest of the workspace is read all the same."""

import datetime as dt
import time

import pytest

from flowctl.flow import load_model
from tests.bad_input.workspace import FILES, assert_helps, errors, places

HEADER = """\
table: territory
columns:
  Country: {key: exact, type: text}
  Employees: {key: range, type: number}
  Region: {type: picklist, values: [AMER, EMEA]}
  Roster: {type: roster}
  Owner: {type: owner}
  until: {type: date}
  from: {type: date}
"""
NAMES = "Country,Employees,Region,Roster,Owner,from,until\n"
ROWS = NAMES + "Norway,1-100,EMEA,sales,user/ana,,\nNorway,101-,EMEA,sales,queue/raw,,\n"
CSV, YAML = "flows/tables/territory.csv", "flows/tables/territory.yaml"
FINE = {
    CSV: ROWS,
    YAML: HEADER,
    "flows/lead.yaml": FILES["flows/lead.yaml"].replace(
        "  done:",
        "  look: {type: lookup, table: territory, as: row, by: {Country: Country, Employees: Score}, found: done, "
        "missing: done}\n  done:",
    ).replace("nobody: held", "nobody: look").replace("otherwise: done", "otherwise: look"),
}  # fmt: skip


def of(rows=ROWS, header=HEADER):
    return errors({**FINE, CSV: rows, YAML: header})


def test_the_table_is_fine_before_it_is_spoilt():
    assert of() == []


def row(cells):
    return NAMES + cells + "\n"


BAD = {
    "overlapping ranges": (ROWS.replace("101-", "100-"), ["3:1 FC520"]),
    "a row twice": (ROWS.replace("101-", "1-100"), ["3:1 FC521"]),
    "a formula": (row("=cmd(),1-100,EMEA,sales,user/ana,,"), ["2:1 FC510"]),
    "a formula in quotes": (row('"+49 30",1-100,EMEA,sales,user/ana,,'), ["2:1 FC510"]),
    "a missing column": (ROWS.replace("Region", "Regio", 1), ["1:19 FC514", "1:48 FC514"]),
    "a column twice": (ROWS.replace("Region", "Country", 1), ["1:19 FC002"]),
    "no names": ("Norway,1-100,EMEA,sales,user/ana,,\n", ["1:34 FC001", "1:35 FC001"]),
    "too few cells": (row("Norway,1-100"), ["2:13 FC001"]),
    "too many cells": (row("Norway,1-100,EMEA,sales,user/ana,,,x"), ["2:36 FC001"]),
    "an open quote": (row('"Norway,1-100,EMEA,sales,user/ana,,'), ["2:1 FC001"]),
    "a range backwards": (row("Norway,100-1,EMEA,sales,user/ana,,"), ["2:8 FC512"]),
    "a range of words": (row("Norway,few,EMEA,sales,user/ana,,"), ["2:8 FC511"]),
    "an unknown choice": (row("Norway,1-100,EMAE,sales,user/ana,,"), ["2:14 FC511"]),
    "an unknown roster": (row("Norway,1-100,EMEA,slaes,user/ana,,"), ["2:19 FC524"]),
    "an unknown owner": (row("Norway,1-100,EMEA,sales,user/anna,,"), ["2:25 FC524"]),
    "a name for an owner": (row("Norway,1-100,EMEA,sales,Ana,,"), ["2:25 FC511"]),
    "days backwards": (row("Norway,1-100,EMEA,sales,user/ana,2027-01-01,2026-01-01"), ["2:45 FC513"]),
    "a day in words": (row("Norway,1-100,EMEA,sales,user/ana,monday,"), ["2:34 FC511"]),
    "an empty file": ("", ["1:1 FC004"]),
    "a NUL": (row("Nor\0way,1-100,EMEA,sales,user/ana,,"), ["2:4 FC001"]),
    "Latin-1": (row("Réunion,1-100,EMEA,sales,user/ana,,").encode("latin-1"), ["2:2 FC001"]),
    "UTF-16": (ROWS.encode("utf-16"), ["1:1 FC001"]),
    "line ends of old Macs": (ROWS.replace("\n", "\r"), ["1:49 FC001"]),
    "a spreadsheet's own file": (b"PK\x03\x04\x14\x00\x06\x00", ["1:3 FC001"]),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), BAD.values(), ids=BAD)
def test_a_bad_table_is_told_with_its_place_and_what_to_do(rows, expected):
    found = of(rows)

    assert_helps(found)
    assert places(found) == [f"tables/territory.csv:{place}" for place in expected]


LARGE = {
    "a million rows": (lambda: NAMES + "Norway,1-100,EMEA,sales,user/ana,,\n" * 1_000_000, "100002:1 FC001"),
    "a hundred megabytes": (lambda: b"x" * 100_000_000, "1:1 FC001"),
    "a million columns": (lambda: "," * 1_000_000 + "\n", "1:1 FC001"),
}


@pytest.mark.parametrize(("rows", "expected"), LARGE.values(), ids=LARGE)
def test_a_table_beyond_the_limits_is_refused_before_it_is_read(rows, expected):
    started = time.process_time()

    found = of(rows())

    assert_helps(found)
    assert places(found) == [f"tables/territory.csv:{expected}"]
    assert time.process_time() - started < 10  # a bound on hanging, not on speed


def test_no_rows_and_no_header_are_told():
    assert places(errors({**FINE, CSV: None})) == ["tables/territory.yaml:1:8 FC515"]
    assert places(errors({**FINE, YAML: None})) == ["tables/territory.csv:1:1 FC515"]


def test_a_pattern_made_to_be_slow_is_not():
    header = HEADER.replace("key: exact", "key: wildcard")
    rows = row("a*" * 2000 + "c,1-100,EMEA,sales,user/ana,,")
    started = time.process_time()

    table = load_model({CSV: rows, YAML: header}).tables["territory"].snapshot()

    assert table.find({"Country": "a" * 100_000 + "b", "Employees": 5.0}, dt.date(2026, 11, 23)) is None
    assert time.process_time() - started < 5
