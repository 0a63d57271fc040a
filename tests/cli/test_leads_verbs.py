"""`leads` through the command line: what people see, exit codes, and what is in the files."""

import csv
import json

import pytest

from flowctl.flow.invented import real_addresses

pytestmark = pytest.mark.slow  # the whole sample

HEADER = [
    "Id",
    "FirstName",
    "LastName",
    "Email",
    "Company",
    "Country",
    "Person_Score__c",
    "Status",
    "CreatedDate",
    "prior.Status",
]
COUNTRIES = ["Norway", "Germany", "Japan", "Brazil", "United States", "", "Chile"]


def leads(week, n=300):
    rows = [
        [
            f"00Q5g{i:010}",
            ["Jane", "Ola", "Yuki"][i % 3],
            f"Doe{i}",
            f"jane.doe{i}@{['bigco.com', 'gmail.com', 'stadt.example'][i % 3]}",
            ["Bigco Inc", "", "Stadt GmbH"][i % 3],
            COUNTRIES[i % 7],
            [120, 10, ""][i % 3],
            ["MQL", "Raw", "Inquiry"][i % 4 % 3],
            f"2026-11-{1 + i % 19:02}T10:00:00Z",
            "Raw" if i % 5 else "",
        ]
        for i in range(n)
    ]
    path = week.root / "leads.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return path


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_sample_holds_leads_of_the_file_that_take_every_way_out(week):
    every = rows_of(leads(week))
    told = week("leads", "sample", "leads.csv", "-n", "60", "-o", "few.csv", "--flow", "lead", "--json")

    few = rows_of(week.root / "few.csv")
    assert told.code == 0
    assert len(few) == told.data["leads"] == 60
    assert [row for row in every if row in few] == few
    assert told.data["ways"] == told.data["of_ways"] > 10
    assert told.data["needed"] <= 60


def test_a_sample_that_is_too_small_says_how_many_it_takes(week):
    leads(week)
    told = week("leads", "sample", "leads.csv", "-n", "1", "-o", "few.csv", "--flow", "lead")

    assert told.code == 0
    assert "would take all: `-n " in told.out
    assert "flowctl leads anonymise" in told.out


def test_leads_lose_their_people_and_keep_their_way(week):
    leads(week, 60)
    told = week("leads", "anonymise", "leads.csv", "-o", "nobody.csv")

    text = (week.root / "nobody.csv").read_text()
    assert told.code == 0
    assert "60 leads without the people in `nobody.csv`" in told.out
    assert not [word for word in ("Jane", "jane", "Doe", "bigco", "Bigco") if word in text]
    before = week("simulate", "leads.csv", "--flow", "lead", "--version", "live", "--json").data["simulations"][0]
    after = week("simulate", "nobody.csv", "--flow", "lead", "--version", "live", "--json").data["simulations"][0]
    assert [r["after"]["goes_to"] for r in before["routed"]] == [r["after"]["goes_to"] for r in after["routed"]]


def test_the_columns_that_stay_are_told(week):
    leads(week, 3)
    columns = week("leads", "anonymise", "leads.csv", "-o", "nobody.csv", "--json").data["columns"]
    assert columns["Country"] == "kept"
    assert columns["Email"] == "email"
    assert json.loads(json.dumps(columns)) == columns


def test_no_such_address_is_taken_for_somebodys(week):
    leads(week, 60)
    week("leads", "anonymise", "leads.csv", "-o", "nobody.csv")
    assert not [row["Email"] for row in rows_of(week.root / "nobody.csv") if list(real_addresses(row["Email"]))]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sample", "gone.csv", "-o", "few.csv"), "there is no file `gone.csv`"),
        (("anonymise", "gone.csv", "-o", "few.csv"), "gone.csv"),
        (("anonymise", "leads.csv", "-o", "leads.csv"), "written over themselves"),
        (("sample", "leads.csv", "-o", "leads.csv"), "holds the leads themselves"),
        (("sample", "leads.csv", "-o", "sub.csv"), "`sub.csv` is no file"),
        (("anonymise", "leads.csv", "-o", "sub.csv"), "`sub.csv` is no file"),
        (("anonymise", "leads.csv", "-o", "few.xls"), "form"),
        (("anonymise", "leads.csv", "-o", "few.csv", "--object", "Laed"), "did you mean `Lead`?"),
        (("sample", "leads.csv", "-o", "few.csv", "-n", "0"), "-n"),
    ],
)
def test_mistakes_are_told_and_leave_nothing(week, words, said):
    leads(week, 3)
    (week.root / "sub.csv").mkdir()
    told = week("leads", *words)
    assert told.code in (3, 64)
    assert told.out == ""
    assert said in told.err
    assert not list(week.root.glob("few*"))
