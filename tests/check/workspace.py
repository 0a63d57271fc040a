"""Workspaces for the tests of checks: a few files each, in surroundings that are there when something names them."""

import datetime as dt
import re

from flowctl.check import check_model
from flowctl.flow import load_model

TODAY = dt.date(2026, 11, 23)

SURROUNDINGS = {
    "flows/directory.yaml": """\
users:
  bea.kim: {name: Bea Kim, team: Sales Dev}
  lars.holm: {name: Lars Holm, team: Sales Dev}
queues:
  partner: {name: Partner Queue}
  raw: {name: Raw Queue}
""",
    "flows/objects/User.yaml": """\
object: User
fields:
  Team: {label: Team, type: text}
  Region: {label: Region, type: text}
""",
    "flows/objects/Lead.yaml": """\
object: Lead
fields:
  Company: {label: Company, type: text}
  Email: {label: Email, type: email}
  Status: {label: Status, type: picklist, values: [Raw, MQL, Qualified]}
  Person_Score__c: {label: Person Score, type: number}
  Employees__c: {label: Employees, type: number}
  Key__c: {label: Key, type: number, required: true}
  Trial_End__c: {label: Trial End, type: date}
  Matched_Account__c: {label: Matched Account, type: id}
  CreatedBy: {label: Created By, type: user}
  Owner: {label: Owner, type: owner}
""",
    "flows/objects/Account.yaml": """\
object: Account
fields:
  Id: {label: Account ID, type: id}
  Name: {label: Name, type: text}
  Type: {label: Type, type: picklist, values: [Customer, Partner]}
  Website: {label: Website, type: url}
  BDR__c: {label: BDR, type: user}
""",
    "flows/rosters/sdr-emea.yaml": """\
roster: sdr-emea
members:
  - user: bea.kim
  - user: lars.holm
""",
}


def files_of(text):
    """The files of an example: one flow, or several files that each stand after a line `--- path`."""
    if not text.startswith("--- "):
        return {f"flows/{re.search('^flow: (.+)$', text, re.MULTILINE)[1]}.yaml": text}
    pieces = re.split(r"^--- (.+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def model_of(text):
    """The model of an example in its surroundings: the directory, and what the example speaks of."""
    name = re.compile(r"[\w-]+(?=\.yaml)")
    named = {path: more for path, more in SURROUNDINGS.items() if re.search(rf"\b{name.search(path)[0]}\b", text)}
    people = {path: more for path, more in SURROUNDINGS.items() if path in ("flows/directory.yaml", PEOPLE)}
    return load_model({**people, **named, **files_of(text)})


PEOPLE = "flows/objects/User.yaml"


def check(text):
    return check_model(model_of(text), today=TODAY)


def codes(text):
    return [diagnostic.code for diagnostic in check(text)]
