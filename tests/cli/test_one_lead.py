"""`simulate` of a few leads says the same whether or not the version is known to be sound, and refuses the same."""

import json

import pytest

from flowctl.ops import sound

pytestmark = pytest.mark.slow  # real git

LEADS = "Email,Company,Country,Person_Score__c\nana@acme.example,Acme,Norway,120\nb@b.example,Bolt,Peru,3\n"


@pytest.fixture
def leads(week):
    (week.root / "leads.csv").write_text(LEADS)
    (week.root / sound.FILE).unlink(missing_ok=True)
    return week


def twice(place, *words):
    """What is said without a memory and with it; both are the same."""
    first, again = place("simulate", *words), place("simulate", *words)
    assert (first.code, first.out, first.err) == (again.code, again.out, again.err)
    return again


@pytest.mark.parametrize(
    "words",
    [
        ["leads.csv", "--json"],
        ["leads.csv", "--flow", "lead", "--version", "live", "--json"],
        ["leads.csv", "--flow", "inbound", "--against", "live"],
        ["leads.csv", "--flow", "led"],
        ["leads.csv", "--flow", "account"],
        ["leads.csv", "--data", "Account=leads.csv"],
        ["leads.csv", "--data", "Acount=leads.csv"],
        ["--json"],
    ],
    ids=" ".join,
)
def test_it_says_the_same_from_memory(leads, words):
    twice(leads, *words)

    assert (leads.root / sound.FILE).is_file()


def test_an_error_in_another_flow_refuses_the_leads_of_this_one(leads):
    assert leads("simulate", "leads.csv", "--flow", "lead").code == 0
    leads.edit("flows/partner.yaml", "type: end", "type: ende")

    told = twice(leads, "leads.csv", "--flow", "lead")

    assert told.code != 0
    assert "flows/partner.yaml" in told.err
    assert "no lead can be routed through it" in told.err


def test_a_memory_that_names_too_few_files_is_seen_through(leads):
    first = leads("simulate", "leads.csv", "--flow", "inbound", "--json")
    path = leads.root / sound.FILE
    kept = json.loads(path.read_text())
    for flow in kept["sound"][0]["flows"]:
        flow[3] = []
    path.write_text(json.dumps(kept))

    assert leads("simulate", "leads.csv", "--flow", "inbound", "--json").out == first.out
