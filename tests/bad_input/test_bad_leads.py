"""Files of leads that cannot be read: told with their place, and never with what a lead holds."""

import datetime as dt
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.diag import FlowctlError
from flowctl.flow import load_model
from flowctl.ops.simulate import arrivals, simulate_leads
from flowctl.tables import read_rows
from tests.bad_input.workspace import FILES

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
MODEL = load_model(FILES)
SECRET = "s3cret@acme.example"


def leads(file, data):
    raw = data if isinstance(data, bytes) else data.encode()
    return arrivals(file, read_rows(file, raw), MODEL, MODEL.flows["lead"], NOW)


def refused(file, data):
    """What is said of a file, as places with codes and as one text."""
    with pytest.raises(FlowctlError) as raised:
        leads(file, data)
    found = raised.value.found
    assert found
    assert all(d.excerpt is None for d in found)
    said = " ".join([raised.value.message, *(f"{d.message} {d.hint}" for d in found)])
    return [f"{d.span.line}:{d.span.column} {d.code}" for d in found], said


CSV = {
    "a field that there is not": (f"Emial\n{SECRET}\n", "2:1 FC201", "did you mean `Email`?"),
    "a column without a name": (f"Email,\n{SECRET},x\n", "1:1 FC001", "column 2 has no name"),
    "a column twice": (f"Email,Score,Email\n{SECRET},1,x\n", "1:1 FC001", "columns 1 and 3 have the same name"),
    "no header": (f"Ana,{SECRET}\n", "1:1 FC001", "the name of column 2 is not one of a field"),
    "labels for a header": (f"First Name,Email\nAna,{SECRET}\n", "1:1 FC001", "the name of column 1 is not one"),
    "a formula for a header": ("=cmd|' /C calc'!A0\nx\n", "1:1 FC001", "column 1"),
    "too many cells": (f"Email\n{SECRET},x\n", "2:1 FC001", "2 cells under 1 name"),
    "too many cells later": (f"Email\na@b.example\n\n{SECRET},x,y\n", "4:1 FC001", "3 cells under 1 name"),
    "a NUL": (f"Email,Company\n{SECRET},a\0b\n", "2:22 FC001", "control character U+0000"),
    "an escape": (f"Email\n{SECRET}\x1b[2J\n", "2:20 FC001", "control character U+001B"),
    "Latin-1": (b"Email,Company\ns3cret,Gr\xf6\xdfe\n", "2:10 FC001", "save it as UTF-8"),
    "UTF-16": ("Email\ns3cret\n".encode("utf-16"), "1:1 FC001", "save it as UTF-8"),
    "a quote that does not end": (f'Email,Company\n{SECRET},"a\n', "2:1 FC001", "unexpected end of data"),
    "a quote within a text": (f'Email,Company\n{SECRET},"a"b\n', "2:1 FC001", "this is not CSV"),
    "a cell without end": ("Company\n" + "s3cret" * 30_000 + "\n", "2:1 FC001", "field larger than field limit"),
    "a number that is none": (f"Email,Score\n{SECRET},s3cret\n", "2:1 FC203", "`Score`: a number is needed"),
    "a related record that nothing names": (f"acount.Name\n{SECRET}\n", "2:1 FC204", "did you mean `account`?"),
    "a related record of a related record": (f"account.Owner.Name\n{SECRET}\n", "2:1 FC204", "`account.Owner`"),
    "a column called lead": (f"lead,Email\ns3cret,{SECRET}\n", "2:1 FC205", "`lead`: expected fields"),
    "a column called related": (f"related,Email\ns3cret,{SECRET}\n", "1:1 FC001", "the name of column 1"),
    "a column called prior": (f"prior,Email\ns3cret,{SECRET}\n", "1:1 FC001", "the name of column 1"),
}


@pytest.mark.parametrize(("data", "place", "words"), CSV.values(), ids=CSV)
def test_a_csv_that_is_none_is_told_with_its_place(data, place, words):
    found, said = refused("leads.csv", data)

    assert found == [place]
    assert words in said
    assert "s3cret" not in said


def test_each_bad_cell_of_a_row_is_told():
    found, said = refused("leads.csv", "Score,Trial_End,Email\nhigh,soon,a@b.example\n")

    assert found == ["2:1 FC203", "2:1 FC203"]
    assert "`Score`" in said
    assert "`Trial_End`" in said


def test_what_is_wrong_in_row_after_row_is_told_for_the_first_few():
    rows = "".join("x,y\n" for _ in range(1000))
    found, said = refused("leads.csv", f"Score,Wat\n{rows}")

    assert found == ["2:1 FC201", "2:1 FC203", "3:1 FC203", "4:1 FC203"]
    assert "(and in 997 more rows)" in said


def test_a_cell_of_several_lines_counts_its_lines():
    found, _ = refused("leads.csv", 'Company,Score\n"a\n\nb",5\n"c\nd",x\n')

    assert found == ["5:1 FC203"]


JSON = {
    "a comma at the end": (f'[{{"Email": "{SECRET}"}},]', "1:35 FC001", "expecting value"),
    "no comma": (f'[{{"Email": "{SECRET}"}} {{}}]', "1:35 FC001", "expecting `,` or `]`"),
    "more after the end": (f'{{"Email": "{SECRET}"}}\n{{}}', "2:1 FC001", "more after the end"),
    "a list that does not end": (f'[{{"Email": "{SECRET}"}}', "1:34 FC001", "expecting"),
    "a text that does not end": (f'[{{"Email": "{SECRET}', "1:12 FC001", "unterminated string"),
    "a bare word": (f"[{SECRET}]", "1:2 FC001", "expecting value"),
    "a list of texts": (f'["{SECRET}"]', "1:2 FC001", "expected a record"),
    "a list of lists": (f'[\n["{SECRET}"]]', "2:1 FC001", "expected a record"),
    "a text": (f'"{SECRET}"', "1:1 FC001", "expected a record"),
    "nothing": ("null", "1:1 FC001", "expected a record"),
    "a name twice": (f'[{{"Email": "{SECRET}", "Email": "x"}}]', "1:2 FC001", "`Email` is here twice"),
    "nesting without end": ("[" * 200_000, "1:1 FC001", "nested too deeply"),
    "half of a character": ('[{"Company": "s3cret\\ud800"}]', "1:2 FC001", "half of a character"),
    "a NUL in disguise": ('[{"Company": "a\\u0000b"}]', "1:22 FC001", "control character"),
    "a line end within a text": (f'[{{"Email": "{SECRET}\n"}}]', "1:32 FC001", "invalid control character"),
    "an escape": (f'[{{"Email": "{SECRET}\x1b"}}]', "1:32 FC001", "control character U+001B"),
    "Latin-1": ('[\n{"Company": "Grö'.encode("latin-1"), "2:16 FC001", "save it as UTF-8"),
    "a number of 5,000 digits": ('[\n\n{"Score": ' + "1" * 5000 + "}]", "3:1 FC203", "a number is needed"),
    "infinity": ('[{"Score": 1e999}]', "1:1 FC203", "a number is needed"),
    "no number": ('[{"Score": NaN}]', "1:1 FC203", "a number is needed"),
    "a list for a text": (f'[{{"Email": ["{SECRET}"]}}]', "1:1 FC203", "a text is needed"),
    "a field that there is not": (f'[{{"Company": "x"}},\n {{"Emial": "{SECRET}"}}]', "2:1 FC201", "`Email`"),
    "a value for a name": (f'[{{"{SECRET}": "Email"}}]', "1:1 FC201", "not the name of a field"),
    "a lead in a list": (f'[{{"lead": ["{SECRET}"]}}]', "1:1 FC205", "`lead`: expected fields"),
    "related records in a list": (f'[{{"related": ["{SECRET}"]}}]', "1:1 FC205", "`related`: expected"),
    "related records in a text": (f'[{{"related": "{SECRET}"}}]', "1:1 FC205", "`related`: expected"),
    "a related record in a text": (f'[{{"related": {{"account": "{SECRET}"}}}}]', "1:1 FC205", "`related.account`"),
    "a state before in a text": (f'[{{"prior": "{SECRET}"}}]', "1:1 FC205", "`prior`: expected fields"),
}


@pytest.mark.parametrize(("data", "place", "words"), JSON.values(), ids=JSON)
def test_a_json_that_is_none_is_told_with_its_place(data, place, words):
    found, said = refused("leads.json", data)

    assert found == [place]
    assert words in said
    assert "s3cret" not in said


YAML = {
    "a text with a colon": (f"- Email: {SECRET}: x\n", "1:29 FC001"),
    "a name twice": (f"- Email: x\n  Email: {SECRET}\n", "2:3 FC002"),
    "an alias": (f"- &a {{Email: {SECRET}}}\n- *a\n", "1:3 FC001"),
    "nesting without end": ("[" * 100_000, "1:41 FC001"),
    "a control character": (f"- Email: {SECRET}\0\n", "1:29 FC001"),
    "a text": (f"{SECRET}\n", "1:1 FC001"),
    "a list of texts": (f"- Email: x\n- {SECRET}\n", "2:3 FC001"),
    "nothing": ("~\n", "1:1 FC001"),
    "a field that there is not": (f"- Email: x\n- Emial: {SECRET}\n", "2:1 FC201"),
    "a value that is a mapping": (f"- Company: {{a: {SECRET}}}\n", "1:1 FC203"),
    "related records in a list": (f"- related: [{SECRET}]\n", "1:1 FC205"),
    "a lead that is a text": (f"- lead: {SECRET}\n", "1:1 FC205"),
}


@pytest.mark.parametrize(("data", "place"), YAML.values(), ids=YAML)
def test_a_yaml_that_is_none_is_told_with_its_place(data, place):
    found, said = refused("leads.yaml", data)

    assert [
        one.replace(":3 FC201", ":1 FC201").replace(":3 FC203", ":1 FC203").replace(":3 FC205", ":1 FC205")
        for one in found
    ] == [place]
    assert "s3cret" not in said


@pytest.mark.parametrize("file", ["leads.csv", "leads.json", "leads.yaml", "-"])
@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_a_file_that_holds_nothing_holds_no_leads(file, data):
    assert read_rows(file, data) == []


def test_formulas_stay_texts():
    [lead] = leads("leads.csv", "Company\n=1+1\n")

    assert lead.record.fields == {"Company": "=1+1"}


@pytest.mark.parametrize(
    "data",
    [
        b"Email,Company\na@b.example,Acme\n",
        b"\xef\xbb\xbfEmail;Company\r\na@b.example;Acme\r\n",
        b"Email\tCompany\ra@b.example\tAcme\r",
    ],
    ids=["commas", "as Excel writes it", "tabs, on an old Mac"],
)
def test_a_csv_may_come_from_any_spreadsheet(data):
    [lead] = leads("leads.csv", data)

    assert dict(lead.record.fields) == {"Email": "a@b.example", "Company": "Acme"}


def test_cells_that_are_missing_are_blank():
    [lead] = leads("leads.csv", "Email,Company,Score\na@b.example\n")

    assert dict(lead.record.fields) == {"Email": "a@b.example"}


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_read_in_order():
    rows = "".join(f"lead {n},{n % 100},NO\n" for n in range(100_000))
    started = time.process_time()

    found = leads("leads.csv", f"Company,Score,Country\n{rows}")

    assert [lead.record.fields["Company"] for lead in found[::25_000]] == [
        "lead 0",
        "lead 25000",
        "lead 50000",
        "lead 75000",
    ]
    assert len(found) == 100_000
    assert time.process_time() - started < 60  # a bound on hanging, not on speed


def test_ten_thousand_rows_that_are_all_wrong_are_told_in_a_few_lines():
    found, _ = refused("leads.json", json.dumps([{"Score": "x", "Trial_End": "y"}] * 10_000, indent=0))

    assert len(found) == 6


def test_rows_come_in_order_of_arrival_and_those_of_one_moment_as_in_the_file():
    data = (
        "Company,CreatedDate\nlast,2026-11-25T00:00:00Z\nnow,\nfirst,2026-11-20T00:00:00+02:00\nnow too,\n"
        "zoned,2026-11-20 15:00:00\n"
    )

    assert [lead.name for lead in leads("leads.csv", data)] == ["first", "zoned", "now", "now too", "last"]


def test_a_row_with_a_state_before_is_an_update_though_nothing_changed():
    [new, same, other] = leads(
        "leads.json", '[{"Score": 1}, {"Score": 1, "prior": {}}, {"Score": 1, "prior": {"Score": 2}}]'
    )

    assert [new.record.is_new, same.record.is_new, other.record.is_new] == [True, False, False]
    assert other.record.prior == {"Score": 2.0}


def test_what_was_read_can_be_routed():
    found = leads("leads.csv", "Company,account.Name\nAcme,Acme Inc\nBolt,\n")

    simulation = simulate_leads("lead", found, ("draft", MODEL), None, {})

    assert [(routed.name, routed.after.goes_to) for routed in simulation.routed] == [
        ("Acme", "roster/sales"),
        ("Bolt", "roster/sales"),
    ]


keys = st.sampled_from(
    ["lead", "related", "prior", "account", "Email", "Score", "Blocked", "Trial_End", "Topics", "x y"]
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["", " ", "5", "a;b", "NO", "\u202e"])
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(keys, anything, max_size=4), max_size=3))
def test_rows_of_any_shape_are_leads_or_are_told(rows):
    try:
        found = leads("leads.json", json.dumps(rows))
    except FlowctlError as error:
        told = error.found
    else:
        told = None
        assert len(found) == len(rows)
        assert len(simulate_leads("lead", found, ("draft", MODEL), None, {}).routed) == len(rows)

    assert told is None or (told and all(d.span.file == "leads.json" for d in told))


@pytest.mark.parametrize(
    ("start", "said", "hint"),
    [
        (b"PAR1", "`leads.csv` is a Parquet file", "`flowctl simulate leads.csv` reads it"),
        (b"\x1f\x8b", "`leads.csv` is packed by gzip", "unpack it: `gunzip -c leads.csv > leads-unpacked.csv`"),
        (b"PK\x03\x04", "`leads.csv` is a workbook or a ZIP, and no CSV", "in Excel: save it as `CSV UTF-8`"),
    ],
)
def test_what_is_no_text_is_told_as_what_it_is(start, said, hint):
    with pytest.raises(FlowctlError) as told:
        read_rows("leads.csv", start + bytes(100))

    assert (str(told.value), told.value.hint) == (said, hint)
