"""What `explain` says that fields were at each node, along the path."""

import datetime as dt

from flowctl.engine import Turns, route, world_of
from flowctl.flow import Record, load_model
from flowctl.ops.explain import Watcher, steps_of
from flowctl.ops.leads import find_fixture

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
FILES = {
    "flows/objects/Lead.yaml": (
        "object: Lead\nfields: {Status: {type: text}, Company: {type: text}, Owner: {type: owner}}\n"
        "relations: {contact: Contact}\n"
    ),
    "flows/objects/Contact.yaml": "object: Contact\nfields: {Name: {type: text}, Owner: {type: owner}}\n",
    "flows/objects/Account.yaml": "object: Account\nfields: {Name: {type: text}, Type: {type: text}}\n",
    "flows/objects/User.yaml": "object: User\nfields: {Team: {type: text}}\n",
    "flows/directory.yaml": "users: {bea.kim: {name: Bea Kim, team: Sales Dev}}\nqueues: {a: {name: A}}\n",
}


def steps(flow, record, data=None, **more):
    model = load_model({**FILES, "flows/lead.yaml": flow, **more})
    assert model.problems == ()
    world = world_of(model, data)
    outcome = route(world, "lead", record, Turns(), NOW, watch := Watcher())
    return {(step.flow, step.node): step for step in steps_of(model, outcome, watch.seen)}


def decision(when, id_="d", then="z"):
    return f'  {id_}: {{type: decision, branches: [{{when: "{when}", then: {then}}}], otherwise: {then}}}\n'


def lead(nodes, start="d", object_="Lead", name="lead"):
    return f"flow: {name}\nobject: {object_}\nstart: {start}\nnodes:\n{nodes}  z: {{type: end, result: done}}\n"


def values(step):
    return dict(value for atom in step.branches[0].atoms for value in atom.values)


def test_the_row_that_was_found_is_told_by_its_line_in_the_csv_and_by_what_finds_it():
    nodes = "  d: {type: lookup, table: t, as: t, by: {Company: Company, Status: Status}, found: z, missing: z}\n"
    table = {
        "flows/tables/t.yaml": (
            "table: t\ncolumns: {Company: {key: exact, type: text}, Status: {key: exact, type: text}}\n"
        ),
        "flows/tables/t.csv": "Company,Status\nNordic,Raw\n\nAcme,\n",
    }

    found = steps(lead(nodes), Record("Lead", {"Company": "acme"}), **table)
    missing = steps(lead(nodes), Record("Lead", {"Company": "Other"}), **table)

    assert found["lead", "d"].row == "line 4 of t (Acme, any)"
    assert missing["lead", "d"].row is None


def test_prior_values_are_told_beside_the_new_ones():
    record = Record("Lead", {"Status": "MQL"}, prior={"Status": "Raw"})

    found = steps(lead(decision("CHANGED(Status) AND PRIOR(Status) = 'Raw'")), record)

    assert values(found["lead", "d"]) == {"Status": "MQL", "PRIOR(Status)": "Raw"}


def test_fields_and_owner_are_what_the_path_made_of_them():
    nodes = (
        "  s: {type: set, values: {Status: \"'MQL'\"}, then: o}\n  o: {type: assign, to: user/bea.kim, then: d}\n"
        + decision("Status = 'MQL' AND Owner.Team = 'Sales Dev'")
    )

    found = steps(lead(nodes, "s"), Record("Lead", {"Status": "Raw", "Owner": "queue/a"}))

    assert values(found["lead", "d"]) == {"Status": "MQL", "Owner.Team": "Sales Dev"}


def test_a_matched_record_is_known_and_one_that_was_not_matched_is_blank():
    match = "  m: {type: match, object: Account, as: account, by: [company_name], matched: d, unmatched: d}\n"
    flow = lead(match + decision("account.Type = 'Customer'"), "m")
    accounts = {"Account": [Record("Account", {"Name": "Acme", "Type": "Partner"})]}

    matched = steps(flow, Record("Lead", {"Company": "Acme"}), accounts)
    unmatched = steps(flow, Record("Lead", {"Company": "Other"}), accounts)

    assert values(matched["lead", "d"]) == {"account.Type": "Partner"}
    assert values(unmatched["lead", "d"]) == {"account.Type": None}


def test_a_lead_that_continues_as_its_contact_has_the_contacts_fields():
    contact = lead(decision("Name = 'Ana' AND NOT CHANGED(Name)"), object_="Contact", name="contact")
    flow = lead("  c: {type: continue, flow: contact, with: contact}\n", "c")
    record = Record("Lead", {}, related={"contact": Record("Contact", {"Name": "Ana"})})

    found = steps(flow, record, **{"flows/contact.yaml": contact})

    assert values(found["contact", "d"])["Name"] == "Ana"


def test_branches_that_were_not_looked_at_are_counted():
    nodes = (
        "  d:\n    type: decision\n    otherwise: z\n    branches:\n"
        "      - {when: Status = 'a', then: z}\n      - {when: Status = 'b', then: z}\n"
        "      - {when: Status = 'c', then: z}\n"
    )

    found = steps(lead(nodes), Record("Lead", {"Status": "a"}))

    assert [branch.name for branch in found["lead", "d"].branches] == ["branch 1"]
    assert found["lead", "d"].left == 2


def test_a_whole_why_names_its_fixture_even_where_others_hold_it():
    text = "".join(
        f"- {{why: {why}, now: 2026-11-23T09:00:00Z, lead: {{}}, expect: {{owner: queue/a}}}}\n"
        for why in ("no company", "no company and no country")
    )
    model = load_model({**FILES, "flows/lead.yaml": lead("", "z"), "flows/fixtures/lead/a.yaml": text})

    assert find_fixture(model.fixtures, "No company")[1].why == "no company"
