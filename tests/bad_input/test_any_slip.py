"""Whatever a slip of the hand makes of a workspace, it is told, or it can be run: there is no third."""

import datetime as dt

from hypothesis import example, given
from hypothesis import strategies as st

from flowctl.check import check_model
from flowctl.diag import Severity
from flowctl.flow import behaviour_digest, bundle_of, load_model
from flowctl.ops.test import run_tests
from tests.bad_input.workspace import FILES

RICH = FILES | {
    "flows/lead.yaml": """\
flow: lead
object: Lead
title: "Live on 2026-11-23: First"
triggers: [created, updated]
start: match
nodes:
  match:
    type: match
    object: Account
    as: account
    by: [related, {id: Company}, email_domain, company_name]
    where: account.Name != 'x'
    prefer: ["account.Name = 'Acme'", newest]
    matched: scored
    unmatched: turn
  scored:
    type: decision
    branches:
      - {when: ISNEW() OR (CHANGED(Score) AND PRIOR(Score) < 5), label: new, then: set}
      - {when: Trial_End >= TODAY - 30 DAYS, then: tell}
      - {when: Owner.Team = 'Sales' AND Topics INCLUDES ('CI'), then: turn}
    otherwise: look
  look:
    type: lookup
    table: territory
    as: territory
    by: {Country: Country, Employees: Score}
    found: by_row
    missing: to_owner
  by_row: {type: rotate, roster: territory.Roster, then: to_lead, nobody: to_owner}
  to_lead: {type: assign, to: territory.Owner, then: done, unavailable: turn}
  set: {type: set, values: {Score: "MAX(Score, 5) + 1", Trial_End: TODAY + 3 DAYS, Company: BLANK}, then: tell}
  tell: {type: notify, channel: email, to: owner, message: "{{Company}} {{Owner.Team}}", then: to_owner}
  to_owner: {type: assign, to: Owner, then: on, unavailable: turn}
  turn: {type: rotate, roster: sales, then: done, nobody: raw}
  raw: {type: assign, to: queue/raw, then: done}
  on: {type: continue, flow: other}
  done: {type: end, result: Done}
""",
    "flows/other.yaml": "flow: other\nobject: Lead\nstart: done\nnodes:\n  done: {type: end, result: Other}\n",
    "flows/objects/User.yaml": "object: User\nfields:\n  Team: {type: text}\n  Level: {type: number}\n",
    "flows/directory.yaml": """\
users:
  ana: {name: Ana Ruiz, team: Sales, active: true, attributes: {Level: 3}}
  ben: {name: Ben Odell}
queues:
  raw: {name: Raw Queue}
""",
    "flows/tables/territory.yaml": """\
table: territory
hit: first
columns:
  Country: {key: exact, type: picklist, values: [NO, SE]}
  Employees: {key: range, type: number}
  Roster: {type: roster}
  Owner: {type: owner}
  from: {type: date}
""",
    "flows/tables/territory.csv": """\
Country,Employees,Roster,Owner,from
NO,1-100,sales,user/ana,
NO,101-,sales,"queue/raw",2026-01-01
,,,,2026-01-01
""",
    "flows/fixtures/lead/first.yaml": """\
- why: a lead
  now: 2026-11-23T09:00:00Z
  event: updated
  lead: {Email: ana@acme.example, Country: NO, Score: 5, Topics: CI;CD, Trial_End: 2026-12-01, Owner: ana}
  prior: {Score: 3}
  related: {account: {Name: Acme}}
  data: {Account: [{Name: Acme}, {Name: Bolt}]}
  expect: {owner: user/ana, ends: done, result: Other, sets: {Score: 6}, path: [match], notifies: [Hello]}
""",
}
PIECES = [
    *("", " ", "\n", "  ", ": ", "- ", ",", "[", "]", "{", "}", "'", '"', "~", "#", "|", "0", "-1", "99999", "NO", "x"),
    *("lead", "account", "Account", "turn", "done", "match", "other", "user/ana", "queue/x", "Owner", "Score", "TODAY"),
    *("[]", "{}", "[a]", "{a: b}", "2026-02-30", "9999-12-31", "0001-01-01", " AND ", "NOT ", "(", ")", " = ", "BLANK"),
    *("CHANGED(", "account.Owner.Team", "related", "type: end", "then: turn", "true", "é😀", "\u202e"),
]


@st.composite
def slips(draw):
    """A path, and what its file becomes when some characters of it are overwritten."""
    path = draw(st.sampled_from(sorted(RICH)))
    text = RICH[path]
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 0, 1, 2, 5, 12, 40])))
        text = text[:start] + draw(st.sampled_from(PIECES)) + text[end:]
    return path, text


def severe(files):
    model = load_model(files)
    found = check_model(model, today=dt.date(2026, 11, 23))
    return model, [d for d in found if d.severity is Severity.ERROR]


def test_nothing_is_wrong_before_a_slip():
    assert [f"{d.span} {d.message}" for d in severe(RICH)[1]] == []


@given(slips())
@example(("flows/directory.yaml", RICH["flows/directory.yaml"].replace("Level: 3", "Level: high")))
@example(("flows/objects/Account.yaml", ""))
@example(("flows/rosters/sales.yaml", "# nobody\n"))
@example(("flows/fixtures/lead/first.yaml", RICH["flows/fixtures/lead/first.yaml"].replace("2026-11", "0001-01", 1)))
def test_a_slip_is_told_with_its_place_or_the_workspace_still_runs(slip):
    path, text = slip
    files = RICH | {path: text}

    model, found = severe(files)

    for diagnostic in found:
        assert diagnostic.span
        assert diagnostic.span.file in files
        assert 1 <= diagnostic.span.line <= files[diagnostic.span.file].count("\n") + 1
        assert diagnostic.message
    if not found:
        assert run_tests("draft", model).coverage
    for part, content in bundle_of(files).parts.items():
        assert behaviour_digest(part, content).startswith("sha256:")
