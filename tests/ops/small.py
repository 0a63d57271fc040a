"""A small workspace for the verbs that route fixtures: a flow of events, one that it continues in, and a job."""

from flowctl.flow import load_model

DIRECTORY = """\
users:
  bea.kim: {name: Bea Kim}
  lars.holm: {name: Lars Holm}
queues:
  raw: {name: Raw}
  hot: {name: Hot}
  cold: {name: Cold}
"""
LEAD = """\
object: Lead
fields:
  Email: {label: Email, type: email}
  Company: {label: Company, type: text}
  Country: {label: Country, type: text}
  Status: {label: Status, type: picklist, values: [Raw, MQL, Won]}
  Score: {label: Score, type: number}
  Trial_End: {label: Trial End, type: date}
  Source: {label: Source, type: text, once: true}
  Account_Id: {label: Account, type: id}
  Owner: {label: Owner, type: owner}
"""
ACCOUNT = """\
object: Account
fields:
  Id: {label: Id, type: id}
  Name: {label: Name, type: text}
  Website: {label: Website, type: url}
  Rep: {label: Rep, type: user}
  Type: {label: Type, type: picklist, values: [Customer, Partner]}
  CreatedDate: {label: Created, type: datetime}
"""
HEADER = """\
table: owners
columns:
  Country: {key: exact, type: text}
  Owner: {type: owner}
"""
ROWS = "Country,Owner\nPeru,queue/hot\nChile,queue/cold\n"
ROSTER = "roster: {name}\nmembers:\n  - user: {user}\n"

FILES = {
    "flows/directory.yaml": DIRECTORY,
    "flows/objects/Lead.yaml": LEAD,
    "flows/objects/Account.yaml": ACCOUNT,
    "flows/tables/owners.yaml": HEADER,
    "flows/tables/owners.csv": ROWS,
    "flows/rosters/emea.yaml": ROSTER.format(name="emea", user="bea.kim"),
    "flows/rosters/amer.yaml": ROSTER.format(name="amer", user="lars.holm"),
}


def flow(nodes, name="lead", header="triggers: [created, updated]", start="start"):
    """A flow of these nodes that ends in `done`."""
    body = "".join(f"  {line}\n" for line in nodes.strip("\n").splitlines())
    return f"flow: {name}\nobject: Lead\n{header}\nstart: {start}\nnodes:\n{body}  done: {{type: end, result: Done}}\n"


def fixture(lead, expect="owner: nobody", more=""):
    head = "now: 2026-11-23T09:00:00Z, "
    return f'- {{why: "{lead.replace(chr(34), chr(39))}", {head}{more}lead: {{{lead}}}, expect: {{{expect}}}}}\n'


def model_of(flows, fixtures=(), files=None):
    """A model of some flows by name and of fixtures by flow, in these surroundings."""
    texts = {f"flows/{name}.yaml": text for name, text in flows.items()}
    cases = {f"flows/fixtures/{name}/all.yaml": "".join(found) for name, found in dict(fixtures).items()}
    model = load_model({**FILES, **texts, **cases, **(files or {})})
    assert model.problems == ()
    return model
