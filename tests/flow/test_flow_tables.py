"""Tables as parts: read with all their problems, digested, and what a bound row is to conditions."""

import datetime as dt

import pytest

from flowctl.flow import Bundle, behaviour_digest, content_digest, load_model, part_of, path_of
from flowctl.flow.kinds import fields_schema
from flowctl.flow.table import Header

DAY = dt.date(2026, 11, 23)
HEADER = """\
table: territory
label: Who gets which country
hit: first
columns:
  Country: {key: exact, type: text}
  Employees: {key: range, type: number}
  Region: {type: picklist, values: [AMER, EMEA]}
  Roster: {type: roster}
  Owner: {type: owner}
  Backup: {type: user}
  from: {type: date}
  until: {type: date}
"""
ROWS = """\
Country,Employees,Region,Roster,Owner,Backup,from,until
Norway,101-750,emea,sdr-emea,user/bea.kim,lars.holm,,
Norway,751-,EMEA,,queue/enterprise,user/lars.holm,2026-01-01,2026-12-31
,,AMER,,,,,
"""
FLOW = """\
flow: lead
object: Lead
start: region
nodes:
  region: {type: lookup, table: territory, as: territory, by: {Country: Country}, found: sized, missing: done}
  sized:
    type: decision
    branches: [{when: territory.Region = 'EMEA', label: emea, then: done}]
    otherwise: done
  done: {type: end, result: Done}
"""


LEAD = "object: Lead\nfields:\n  Country: {type: text}\n"


def files(rows=ROWS, header=HEADER):
    found = {"flows/tables/territory.yaml": header, "flows/tables/territory.csv": rows, "flows/lead.yaml": FLOW}
    found["flows/objects/Lead.yaml"] = LEAD
    return {path: text for path, text in found.items() if text is not None}


def told(model):
    return [f"{p.span.file.rpartition('/')[2]}:{p.span.line}:{p.span.column} {p.code}" for p in model.problems]


def test_a_table_is_found_by_the_values_of_a_record():
    table = load_model(files()).tables["territory"].snapshot()

    assert table.find({"Country": "NORWAY", "Employees": 300.0}, DAY) == (
        0,
        {
            "Country": "Norway",
            "Employees": "101-750",
            "Region": "EMEA",
            "Roster": "sdr-emea",
            "Owner": "user/bea.kim",
            "Backup": "user/lars.holm",
            "from": None,
            "until": None,
        },
    )
    assert table.find({"Country": "Norway", "Employees": 900.0}, DAY)[0] == 1
    assert table.find({"Country": "Norway", "Employees": 900.0}, dt.date(2027, 1, 1))[0] == 2
    assert table.find({}, DAY)[0] == 2


def test_a_table_is_asked_through_one_snapshot():
    table = load_model(files()).tables["territory"]

    assert table.snapshot() is table.snapshot()


def test_a_bound_row_has_the_columns_for_fields():
    model = load_model(files())
    types = model.types(model.flows["lead"])

    assert types.field(("territory", "Region")).values == ("AMER", "EMEA")
    kinds = {
        name: types.field(("territory", name)).kind for name in ("Country", "Employees", "Roster", "Owner", "from")
    }
    assert kinds == {"Country": "text", "Employees": "text", "Roster": "text", "Owner": "owner", "from": "date"}
    assert types.field(("territory", "Size")) is None


def test_a_row_is_no_related_record_that_a_lead_carries():
    model = load_model(files())

    assert model.related(model.flows["lead"]) == {}


def test_parts_and_files_of_tables_belong_together():
    assert part_of("flows/tables/territory.yaml") == "header/territory"
    assert part_of("flows/tables/territory.csv") == "table/territory"
    assert [path_of(part) for part in ("header/territory", "table/territory")] == [
        "flows/tables/territory.yaml",
        "flows/tables/territory.csv",
    ]
    assert [part_of(path) for path in ("flows/territory.csv", "flows/rosters/x.csv", "flows/tables/a/b.csv")] == [
        None
    ] * 3


PROBLEMS = {
    "an unknown column": (
        (ROWS.replace("Region,", "Regoin,"),),
        ["territory.csv:1:19 FC514", "territory.csv:1:56 FC514"],
    ),
    "a value that is no number": ((ROWS.replace("101-750", "many"),), ["territory.csv:2:8 FC511"]),
    "a range the wrong way round": ((ROWS.replace("101-750", "750-101"),), ["territory.csv:2:8 FC512"]),
    "an unknown choice": ((ROWS.replace("emea,", "APAC,"),), ["territory.csv:2:16 FC511"]),
    "no owner": ((ROWS.replace("user/bea.kim", "bea.kim"),), ["territory.csv:2:30 FC511"]),
    "no user": ((ROWS.replace("user/lars.holm", "queue/x"),), ["territory.csv:3:36 FC511"]),
    "no roster": ((ROWS.replace("sdr-emea", "sdr emea"),), ["territory.csv:2:21 FC511"]),
    "a day that there is not": ((ROWS.replace("2026-01-01", "2026-02-30"),), ["territory.csv:3:51 FC511"]),
    "days the wrong way round": ((ROWS.replace("2026-01-01", "2027-01-01"),), ["territory.csv:3:62 FC513"]),
    "all of them at once": (
        (ROWS.replace("101-750", "x").replace("emea,", "y,").replace("751-", "z"),),
        ["territory.csv:2:8 FC511", "territory.csv:2:10 FC511", "territory.csv:3:8 FC511"],
    ),
    "no rows' file": ((None,), ["territory.yaml:1:8 FC515"]),
    "an empty rows' file": (("",), ["territory.csv:1:1 FC004"]),
    "no header": ((ROWS, None), ["territory.csv:1:1 FC515"]),
    "a header that cannot be read": ((ROWS, "table: territory\n"), ["territory.yaml:1:1 FC004"]),
    "another name": ((ROWS, HEADER.replace("table: territory", "table: region")), ["territory.yaml:1:8 FC007"]),
    "no key": (
        ("Region\nEMEA\n", "table: territory\ncolumns:\n  Region: {type: text}\n"),
        ["territory.yaml:3:3 FC005"],
    ),
    "keys of the wrong type": (
        (ROWS, HEADER.replace("key: range, type: number", "key: prefix, type: number")),
        ["territory.yaml:6:20 FC005"],
    ),
    "a name that no condition could read": (
        ("A-B\nx\n", "table: territory\ncolumns:\n  A-B: {key: exact, type: text}\n"),
        ["territory.yaml:3:3 FC005"],
    ),
    "days that are no dates": (
        (ROWS, HEADER.replace("from: {type: date}", "from: {type: text}")),
        ["territory.yaml:11:3 FC005"],
    ),
}


@pytest.mark.parametrize(("texts", "expected"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_is_wrong_with_a_table_is_told_at_its_place(texts, expected):
    assert told(load_model(files(*texts))) == expected


def test_rows_with_problems_hide_no_others():
    model = load_model(files(ROWS.replace("101-750", "many")))

    assert [line.at for line in model.tables["territory"].lines] == [1, 2]


SAME = {
    "another delimiter": lambda text: text.replace(",", ";"),
    "line ends of Windows and a byte order mark": lambda text: "\ufeff" + text.replace("\n", "\r\n"),
    "quotes": lambda text: text.replace("Norway", '"Norway"'),
    "spaces": lambda text: text.replace("Norway", " Norway "),
    "blank lines": lambda text: text + "\n,,,,,,,\n",
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_the_content_of_a_table_is_what_its_cells_say(change):
    assert content_digest("table/territory", change(ROWS)) == content_digest("table/territory", ROWS)


OTHER = {
    "a cell": lambda text: text.replace("751-", "752-"),
    "the order of rows": lambda text: "\n".join([*text.split("\n")[:1], *reversed(text.split("\n")[1:])]),
    "a column": lambda text: text.replace("Region,", "Area,"),
}


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_another_cell_is_other_content(change):
    assert content_digest("table/territory", change(ROWS)) != content_digest("table/territory", ROWS)
    assert behaviour_digest("table/territory", change(ROWS)) != behaviour_digest("table/territory", ROWS)


def test_the_order_of_columns_and_the_labels_of_a_header_move_no_record():
    lines = [line.split(",") for line in ROWS.splitlines()]
    swapped = "".join(",".join([b, a, *rest]) + "\n" for a, b, *rest in lines)
    relabelled = HEADER.replace("Who gets which country", "Countries")

    assert content_digest("table/territory", swapped) != content_digest("table/territory", ROWS)
    assert behaviour_digest("table/territory", swapped) == behaviour_digest("table/territory", ROWS)
    assert behaviour_digest("header/territory", relabelled) == behaviour_digest("header/territory", HEADER)
    assert behaviour_digest("header/territory", HEADER.replace("first", "unique")) != behaviour_digest(
        "header/territory", HEADER
    )


def test_a_table_that_cannot_be_read_differs_from_every_other():
    assert content_digest("table/t", "A,B\n1\n") != content_digest("table/t", "A,B\n1\n\n")


def test_a_bundle_digests_both_parts_of_a_table():
    bundle = Bundle({"header/territory": HEADER, "table/territory": ROWS})

    assert set(bundle.digests) == {"header/territory", "table/territory"}
    assert bundle.behaviour("table/territory") == behaviour_digest("table/territory", ROWS)


def test_an_editor_knows_the_keys_of_a_header():
    schema = fields_schema(Header)

    assert schema["properties"]["hit"] == {"enum": ["unique", "first"]}
    assert schema["properties"]["columns"]["additionalProperties"]["properties"]["key"]["enum"] == [
        "exact",
        "prefix",
        "range",
        "wildcard",
    ]
