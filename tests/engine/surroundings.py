"""What the cases of `tests/cases/route` stand in: a few objects, people and rosters, and how a case is read."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from flowctl import document as yaml
from flowctl.check import check_model
from flowctl.diag import Severity
from flowctl.engine import Turns, route, with_data, world_of
from flowctl.flow import Record, load_model
from flowctl.flow.record import Change, Reader

CASES = Path(__file__).parents[1] / "cases" / "route"
NOW = "2026-11-23T17:00:00Z"  # a Monday, 09:00 in America/Los_Angeles
POLICIES = ("FC310", "FC311", "FC312", "FC313")  # flows that may break a policy show what the judge says then

SURROUNDINGS = {
    "flows/settings.yaml": "time_zone: America/Los_Angeles\n",
    "flows/directory.yaml": """\
users:
  ana: {name: Ana Ruiz, team: Sales Dev, attributes: {Region: EMEA}}
  ben: {name: Ben Odell, team: Sales Dev}
  cy: {name: Cy Ito, team: Sales Dev}
  bot: {name: The Integration, attributes: {Is_Integration_User__c: true}}
  dan: {name: Dan Moss, team: Sales Dev, active: false}
queues:
  partner: {name: Partner Queue}
  raw: {name: Raw Queue}
""",
    "flows/objects/User.yaml": """\
object: User
fields:
  Name: {type: text}
  Type: {type: picklist, values: [User, Queue]}
  Team: {type: text}
  Region: {type: text}
  Active: {type: checkbox}
  Skills: {type: multipicklist, values: [german, french]}
  Is_Integration_User__c: {type: checkbox}
""",
    "flows/objects/Lead.yaml": """\
object: Lead
fields:
  Id: {type: id}
  Name: {type: text}
  Email: {type: email}
  Company: {type: text}
  Website: {type: url}
  Country: {type: text}
  Status: {type: picklist, values: [Raw, MQL, Qualified]}
  Score: {type: number}
  Best_Score: {type: number}
  Blocked: {type: checkbox}
  Topics: {type: multipicklist, values: [CI, CD, Security]}
  Trial_End: {type: date}
  CreatedDate: {type: datetime}
  CreatedBy: {type: user}
  Owner: {type: owner}
  Rep: {type: user}
  Partner_Id: {type: id}
  Account_Key: {type: text}
  First_Source: {type: text, once: true}
  Stage: {type: picklist, values: [New, Open, Won, Lost], transitions: {New: [Open], Open: [Won, Lost]}}
  Language: {type: text, required: true}
relations: {campaign: Campaign, membership: CampaignMember}
""",
    "flows/objects/Account.yaml": """\
object: Account
fields:
  Id: {type: id}
  Name: {type: text}
  Type: {type: picklist, values: [Customer, Prospect, Partner]}
  Website: {type: url}
  Email_Domain__c: {type: text}
  Country: {type: text}
  Seats: {type: number}
  BDR: {type: user}
  Owner: {type: owner}
  CreatedDate: {type: datetime}
  Segment: {type: text, required: true}
relations: {parent: Account}
""",
    "flows/objects/CampaignMember.yaml": """\
object: CampaignMember
fields:
  Name: {type: text}
  Status: {type: picklist, values: [Sent, Responded]}
relations: {campaign: Campaign, lead: Lead}
""",
    "flows/objects/Campaign.yaml": "object: Campaign\nfields:\n  Name: {type: text}\n  Account_Id: {type: id}\n",
    "flows/objects/Contact.yaml": """\
object: Contact
fields:
  Name: {type: text}
  Email: {type: email}
  Status: {type: text}
  Owner: {type: owner}
""",
}


@dataclass(frozen=True)
class Case:
    """A folder's flows in their world, and the leads that go through them one after the other."""

    why: str
    model: object
    world: object
    leads: list


def load_case(folder):
    said = data_of(folder / "case.yaml")
    rosters = {
        f"flows/rosters/{name}.yaml": yaml.dump({"roster": name} | roster)
        for name, roster in said.get("rosters", {}).items()
    }
    tables = dict(file for name, table in said.get("tables", {}).items() for file in files_of(name, table))
    model = load_model({**SURROUNDINGS, **rosters, **tables, **flows_of(folder)})
    found = (d for d in check_model(model) if d.severity is Severity.ERROR and d.code not in POLICIES)
    assert [f"{d.span}: {d.message}" for d in found] == []
    reader = Reader(model.objects, model.settings.zone, refuse)
    data = {name: tuple(reader.all(rows, name, ())) for name, rows in said.get("data", {}).items()}
    return Case(said["why"], model, with_data(world_of(model), data), said["leads"])


def files_of(name, table):
    """The two files of a table: the header, and its `rows` as CSV."""
    header = {"table": name} | {key: value for key, value in table.items() if key != "rows"}
    yield f"flows/tables/{name}.yaml", yaml.dump(header)
    yield f"flows/tables/{name}.csv", table["rows"]


def flows_of(folder):
    """`flow.yaml` is the flow `lead`; the others are called as their files are."""
    return {
        f"flows/{'lead' if path.stem == 'flow' else path.stem}.yaml": path.read_text("utf-8")
        for path in folder.glob("*.yaml")
        if path.name != "case.yaml"
    }


def data_of(path):
    document = yaml.read(path.name, path.read_text("utf-8"))
    assert not document.problems, document.problems
    return yaml.data(document.root)


def refuse(path, code, message, hint):
    raise AssertionError(f"{'.'.join(map(str, path))}: {message}")


def outcomes(case):
    """What happens to each lead of a case; the turns go on from one lead to the next."""
    turns = Turns()
    return [
        route(case.world, "lead", record_of(case.model, lead), turns, moment(lead.get("now", NOW)))
        for lead in case.leads
    ]


def moment(text):
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def record_of(model, lead):
    reader = Reader(model.objects, model.settings.zone, refuse)
    flow = model.flows["lead"]
    record = Record(flow.object, reader.fields(lead["lead"], flow.object, ()))
    names = model.related(flow)
    related = reader.related(lead.get("related"), names, ())
    prior = reader.fields(lead["prior"], flow.object, ()) if "prior" in lead else None
    later = tuple(change_of(reader, flow.object, names, change) for change in lead.get("later", ()))
    return replace(record, related=related, prior=None if prior is None else {**record.fields, **prior}, later=later)


def change_of(reader, object_, names, change):
    related = reader.related(change.get("related"), names, ())
    fields = reader.fields(change.get("lead", {}), object_, ())
    return Change(
        dt.timedelta(hours=int(change["hours"])), fields, {name: record.fields for name, record in related.items()}
    )


def typed(model, fields):
    return Reader(model.objects, model.settings.zone, refuse).fields(fields, "Lead", ())
