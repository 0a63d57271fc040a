"""Files that are fine, to be spoilt one at a time, and what is said of them."""

from flowctl.check import check_model
from flowctl.diag import Severity
from flowctl.flow import load_model

FLOW = """\
flow: lead
object: Lead
triggers: [created]
start: turn
nodes:
  turn: {type: rotate, roster: sales, then: done, nobody: held}
  held:
    type: decision
    branches:
      - {when: Country = 'NO', label: NO, then: done}
    otherwise: done
  done: {type: end, result: Done}
"""
ROSTER = """\
roster: sales
members:
  - user: ana
  - {user: ben, weight: 2, leave: [{from: 2026-12-01, to: 2026-12-03}]}
"""
DIRECTORY = """\
users:
  ana: {name: Ana Ruiz, active: true}
  ben: {name: Ben Odell}
queues:
  raw: {name: Raw Queue}
"""
OBJECT = """\
object: Lead
fields:
  Email: {type: email}
  Company: {type: text}
  Country: {type: picklist, values: [NO, SE, 01234]}
  Score: {type: number}
  Blocked: {type: checkbox}
  Trial_End: {type: date}
  CreatedDate: {type: datetime}
  Topics: {type: multipicklist, values: [CI, CD]}
  Owner: {type: owner}
relations: {account: Account}
"""
FIXTURES = """\
- why: a lead goes to the first of the team
  now: 2026-11-23T09:00:00Z
  lead: {Email: ana@acme.example, Country: NO}
  expect: {owner: user/ana}
"""
FILES = {
    "flows/lead.yaml": FLOW,
    "flows/rosters/sales.yaml": ROSTER,
    "flows/directory.yaml": DIRECTORY,
    "flows/objects/Lead.yaml": OBJECT,
    "flows/objects/Account.yaml": "object: Account\nfields:\n  Name: {type: text}\n",
    "flows/fixtures/lead/first.yaml": FIXTURES,
    "flows/settings.yaml": "time_zone: America/Los_Angeles\n",
}


def errors(changes):
    """The errors in the files, some of them changed; a path whose text is None is not there."""
    files = {path: text for path, text in (FILES | changes).items() if text is not None}
    return [d for d in check_model(load_model(files)) if d.severity is Severity.ERROR]


def places(found):
    return [f"{d.span.file.removeprefix('flows/')}:{d.span.line}:{d.span.column} {d.code}" for d in found]


def assert_helps(found):
    """Each finding is one line in plain words, with a place and something to do."""
    assert found
    for diagnostic in found:
        assert diagnostic.span.line >= 1
        assert diagnostic.span.column >= 1
        assert diagnostic.message[0] != diagnostic.message[0].upper() or not diagnostic.message[0].isalpha()
        assert not diagnostic.message.endswith(".")
        assert diagnostic.hint or "expected" in diagnostic.message or "is missing" in diagnostic.message
