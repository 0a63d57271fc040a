"""What the cases of `tests/cases/route` stand in: a few objects, people and rosters, and how a case is read."""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from flowctl import document as yaml
from flowctl.check import check_model
from flowctl.diag import Severity
from flowctl.engine import Turns, route, with_data, world_of
from flowctl.flow import Record, load_model
from flowctl.flow.record import Reader

CASES = Path(__file__).parents[1] / "cases" / "route"
NOW = "2026-11-23T17:00:00Z"  # a Monday, 09:00 in America/Los_Angeles

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
relations: {campaign: Campaign}
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
    model = load_model({**SURROUNDINGS, **rosters, **flows_of(folder)})
    assert [f"{d.span}: {d.message}" for d in check_model(model) if d.severity is Severity.ERROR] == []
    reader = Reader(model.objects, model.settings.zone, refuse)
    data = {name: tuple(reader.all(rows, name, ())) for name, rows in said.get("data", {}).items()}
    return Case(said["why"], model, with_data(world_of(model), data), said["leads"])


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
    record = Record("Lead", reader.fields(lead["lead"], "Lead", ()))
    related = reader.related(lead.get("related"), model.related(flow), ())
    prior = reader.fields(lead["prior"], "Lead", ()) if "prior" in lead else None
    return replace(record, related=related, prior=None if prior is None else {**record.fields, **prior})


def typed(model, fields):
    return Reader(model.objects, model.settings.zone, refuse).fields(fields, "Lead", ())
