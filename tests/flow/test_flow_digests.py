"""A change that can move a record has another behaviour digest; one that cannot has the same."""

import re

import pytest

from flowctl.flow import behaviour_digest, content_digest

FLOW = """\
flow: lead
object: Lead
title: "Live on 2026-11-23: First"
triggers: [created]
start: scored
nodes:
  scored:
    type: decision
    label: Is there a score?
    source: page 1
    branches:
      - when: Score >= 50
        label: high
        source: page 2
        then: account
      - when: Score >= 10 AND NOT Blocked
        label: low
        then: clear
    otherwise: held
  account:
    type: match
    object: Account
    as: account
    by: [email_domain, {id: Partner_Id}]
    where: account.Type != 'Partner'
    prefer: [account.Type = 'Customer', newest]
    matched: to_rep
    unmatched: turn
  to_rep: {type: assign, to: account.BDR, then: done, unavailable: turn}
  turn: {type: rotate, roster: sales, then: tell, nobody: to_queue}
  to_queue: {type: assign, to: queue/raw, then: done}
  clear: {type: set, values: {Country: "'Norway'", Company: BLANK}, then: on}
  tell: {type: notify, channel: slack, to: "#sales", message: "{{Company}}", then: done}
  on: {type: continue, flow: partner, with: campaign}
  held: {type: end, result: Held}
  done: {type: end, result: Done}
notes: of the whole
"""
ROSTER = """\
roster: sales
label: Sales
source: page 3
turns: order
members:
  - user: ana
    weight: 2
    leave: [{from: 2026-12-01, to: 2026-12-05, cover: cy}]
  - {user: ben}
notes: of the roster
"""
DIRECTORY = """\
users:
  ana: {name: Ana Ruiz, email: ana@example.com, team: Sales Dev, active: true, attributes: {Region: EMEA}}
  ben: {name: Ben Odell}
queues:
  raw: {name: Raw Queue, attributes: {Region: AMER}}
"""
OBJECT = """\
object: Lead
label: Lead
fields:
  Status: {label: Lead Status, type: picklist, values: [Raw, MQL], notes: from Marketo, source: page 4}
  Score: {label: Score, type: number, required: true}
relations: {campaign: Campaign}
source: page 5
"""
SETTINGS = "dialect: salesforce\ntime_zone: America/Los_Angeles\n"
PARTS = {
    "flow/lead": FLOW,
    "roster/sales": ROSTER,
    "directory": DIRECTORY,
    "object/Lead": OBJECT,
    "settings": SETTINGS,
}

MOVES = [
    ("flow/lead", "a constant of a condition", "Score >= 50", "Score >= 51"),
    ("flow/lead", "an operator of a condition", "Score >= 50", "Score > 50"),
    ("flow/lead", "a negation", "AND NOT Blocked", "AND Blocked"),
    ("flow/lead", "the way out of a branch", "then: account", "then: held"),
    ("flow/lead", "the way out of all others", "otherwise: held", "otherwise: done"),
    ("flow/lead", "where a lead starts", "start: scored", "start: account"),
    ("flow/lead", "what sets the flow off", "[created]", "[created, updated]"),
    ("flow/lead", "the object", "object: Lead", "object: Contact"),
    ("flow/lead", "the object that is matched", "object: Account", "object: Lead"),
    ("flow/lead", "the name of what is matched", "as: account", "as: firm"),
    ("flow/lead", "how it is matched", "[email_domain, {id", "[company_name, {id"),
    (
        "flow/lead",
        "in which order it is matched",
        "[email_domain, {id: Partner_Id}]",
        "[{id: Partner_Id}, email_domain]",
    ),
    ("flow/lead", "the field that holds an id", "{id: Partner_Id}", "{id: Other_Id}"),
    ("flow/lead", "which candidates count", "'Partner'", "'Prospect'"),
    ("flow/lead", "which candidates count at all", "    where: account.Type != 'Partner'\n", ""),
    ("flow/lead", "what is preferred", "'Customer', newest", "'Prospect', newest"),
    ("flow/lead", "the order that is preferred", "newest", "oldest"),
    (
        "flow/lead",
        "the order of preferences",
        "[account.Type = 'Customer', newest]",
        "[newest, account.Type = 'Customer']",
    ),
    ("flow/lead", "the way of what is matched", "matched: to_rep", "matched: turn"),
    ("flow/lead", "the way of what is not matched", "unmatched: turn", "unmatched: held"),
    ("flow/lead", "a field that names the owner", "to: account.BDR", "to: account.Owner"),
    ("flow/lead", "an owner by name", "queue/raw", "queue/partner"),
    ("flow/lead", "a user and a queue of one name", "queue/raw", "user/raw"),
    ("flow/lead", "the way of an owner who is not there", "unavailable: turn", "unavailable: held"),
    ("flow/lead", "no way for an owner who is not there", ", unavailable: turn", ""),
    ("flow/lead", "a roster", "roster: sales", "roster: emea"),
    ("flow/lead", "the way when nobody is there", "nobody: to_queue", "nobody: done"),
    ("flow/lead", "a value that is set", "'Norway'", "'Chile'"),
    ("flow/lead", "a field that is set", "Company: BLANK", "Website: BLANK"),
    ("flow/lead", "a field that is no longer set", ", Company: BLANK", ""),
    ("flow/lead", "who is told", "#sales", "#marketing"),
    ("flow/lead", "what is told", "{{Company}}", "{{Country}}"),
    ("flow/lead", "how it is told", "channel: slack", "channel: teams"),
    ("flow/lead", "the flow that goes on", "flow: partner", "flow: other"),
    ("flow/lead", "the record that goes on", "with: campaign", "with: account"),
    ("flow/lead", "that the lead itself goes on", ", with: campaign", ""),
    ("flow/lead", "a result", "result: Done", "result: Routed"),
    ("flow/lead", "the type of a node", "{type: end, result: Held}", "{type: continue, flow: partner}"),
    ("flow/lead", "the id of a node", "  held: {", "  kept: {"),
    ("flow/lead", "a new node", "notes: of the whole", "  late: {type: end, result: Late}"),
    ("roster/sales", "who takes turns", "user: ben", "user: cy"),
    ("roster/sales", "a weight", "weight: 2", "weight: 3"),
    ("roster/sales", "a weight that was one", "{user: ben}", "{user: ben, weight: 2}"),
    ("roster/sales", "the first day of a leave", "from: 2026-12-01", "from: 2026-12-02"),
    ("roster/sales", "the last day of a leave", "to: 2026-12-05", "to: 2026-12-06"),
    ("roster/sales", "a cover", "cover: cy", "cover: ben"),
    ("roster/sales", "no cover", ", cover: cy", ""),
    ("roster/sales", "how turns go", "turns: order", "turns: count"),
    ("roster/sales", "the name that it had", "turns: order", "was: sellers"),
    ("roster/sales", "that a company stays with its member", "turns: order", "sticky: company"),
    ("roster/sales", "hours of all", "turns: order", "hours: Mo-Fr 09:00-17:00"),
    ("roster/sales", "a zone of all", "turns: order", "zone: Europe/Berlin"),
    ("roster/sales", "holidays of all", "turns: order", "holidays: DE-BE"),
    ("roster/sales", "a cap of all", "turns: order", "cap: 12/day"),
    ("roster/sales", "hours", "{user: ben}", "{user: ben, hours: Mo-Fr 09:00-17:00}"),
    ("roster/sales", "no hours at all", "{user: ben}", "{user: ben, hours: ''}"),
    ("roster/sales", "a zone", "{user: ben}", "{user: ben, zone: Europe/Berlin}"),
    ("roster/sales", "holidays", "{user: ben}", "{user: ben, holidays: DE-BE}"),
    ("roster/sales", "a cap", "{user: ben}", "{user: ben, cap: 40/week}"),
    ("roster/sales", "skills", "{user: ben}", "{user: ben, skills: [german]}"),
    ("roster/sales", "the name that a member had", "{user: ben}", "{user: ben, was: ben.odell}"),
    ("directory", "who is active", "active: true", "active: false"),
    ("directory", "a team", "Sales Dev", "Marketing Ops"),
    ("directory", "a name, which a condition can ask for", "Ana Ruiz", "Ana Berg"),
    ("directory", "an address, which a condition can ask for", "ana@example.com", "ana.ruiz@example.com"),
    ("directory", "an attribute", "Region: EMEA", "Region: AMER"),
    ("directory", "an attribute of a queue", "Region: AMER", "Region: EMEA"),
    ("directory", "a new user", "queues:", "  cy: {name: Cy Ito}\nqueues:"),
    ("object/Lead", "the type of a field", "type: number", "type: text"),
    ("object/Lead", "a relation", "campaign: Campaign", "campaign: Event"),
    ("settings", "the time zone", "America/Los_Angeles", "Europe/Berlin"),
]

STAYS = [
    ("flow/lead", "the title", "First", "Second"),
    ("flow/lead", "the label of a node", "Is there a score?", "Scored?"),
    ("flow/lead", "the label of a branch", "label: high", "label: very high"),
    ("flow/lead", "the source of a node", "page 1", "page 10"),
    ("flow/lead", "the source of a branch", "page 2", "page 20"),
    ("flow/lead", "notes", "of the whole", "of it"),
    ("flow/lead", "no notes", "notes: of the whole\n", ""),
    ("flow/lead", "spelling of a condition", "Score >= 10 AND NOT Blocked", "'(Score>=10) and not (Blocked)'"),
    (
        "flow/lead",
        "the order of fields that are set",
        "Country: \"'Norway'\", Company: BLANK",
        "Company: BLANK, Country: \"'Norway'\"",
    ),
    ("roster/sales", "the label of a roster", "label: Sales", "label: Salespeople"),
    ("roster/sales", "its source", "page 3", "page 30"),
    ("roster/sales", "its notes", "of the roster", "of it"),
    ("roster/sales", "a weight that is one", "{user: ben}", "{user: ben, weight: 1}"),
    ("roster/sales", "turns that go by order anyway", "turns: order\n", ""),
    ("directory", "that active people are active", ", active: true", ""),
    ("object/Lead", "the label of a field", "Lead Status", "Status"),
    ("object/Lead", "notes of a field", "from Marketo", "from sales"),
    ("object/Lead", "the source of a field", "page 4", "page 40"),
    ("object/Lead", "the label of an object", "label: Lead\n", "label: Leads\n"),
    ("settings", "the dialect that there is anyway", "dialect: salesforce\n", ""),
]


def both(part, old, new):
    before = PARTS[part]
    assert before.count(old) >= 1
    return before, before.replace(old, new, 1)


@pytest.mark.parametrize(("part", "old", "new"), [pytest.param(p, a, b, id=f"{p}: {what}") for p, what, a, b in MOVES])
def test_what_can_move_a_record_changes_the_behaviour_digest(part, old, new):
    before, after = both(part, old, new)

    assert behaviour_digest(part, before) != behaviour_digest(part, after)
    assert content_digest("flow/lead", before) != content_digest("flow/lead", after)


@pytest.mark.parametrize(("part", "old", "new"), [pytest.param(p, a, b, id=f"{p}: {what}") for p, what, a, b in STAYS])
def test_what_cannot_move_a_record_keeps_the_behaviour_digest(part, old, new):
    before, after = both(part, old, new)

    assert behaviour_digest(part, before) == behaviour_digest(part, after)
    assert content_digest("flow/lead", before) != content_digest("flow/lead", after)


def test_the_order_of_branches_is_behaviour():
    high = "      - when: Score >= 50\n        label: high\n        source: page 2\n        then: account\n"
    low = "      - when: Score >= 10 AND NOT Blocked\n        label: low\n        then: clear\n"
    swapped = FLOW.replace(high + low, low + high)

    assert swapped != FLOW
    assert behaviour_digest("flow/lead", swapped) != behaviour_digest("flow/lead", FLOW)


def test_the_order_of_members_is_behaviour():
    swapped = ROSTER.replace("  - {user: ben}\n", "").replace("members:\n", "members:\n  - {user: ben}\n")

    assert behaviour_digest("roster/sales", swapped) != behaviour_digest("roster/sales", ROSTER)


def test_the_order_of_skills_and_of_values_is_content_and_no_behaviour():
    objects = "object: Lead\nfields:\n  Status: {type: picklist, values: [Raw, MQL]}\n"
    header = "table: t\ncolumns:\n  Status: {key: exact, type: picklist, values: [Raw, MQL]}\n"
    roster = ROSTER.replace("{user: ben}", "{user: ben, skills: [Raw, MQL]}")

    for part, text in (("object/Lead", objects), ("header/t", header), ("roster/sales", roster)):
        swapped = text.replace("[Raw, MQL]", "[MQL, Raw]")
        assert behaviour_digest(part, swapped) == behaviour_digest(part, text)
        assert content_digest(part, swapped) != content_digest(part, text)
        assert behaviour_digest(part, text.replace("[Raw, MQL]", "[Raw]")) != behaviour_digest(part, text)


@pytest.mark.parametrize("part", PARTS)
def test_comments_and_spacing_change_no_digest(part):
    text = PARTS[part]
    spaced = (
        "# a comment\n\n"
        + re.sub(r"^( *\w+): ", r"\1:   ", text, flags=re.MULTILINE).replace("\n", "   # aside\n", 1)
        + "\n\n# the end\n"
    )

    assert content_digest("flow/lead", spaced) == content_digest("flow/lead", text)
    assert behaviour_digest(part, spaced) == behaviour_digest(part, text)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_cannot_be_read_differs_from_every_other(part):
    broken = PARTS[part] + "\tbroken"

    assert behaviour_digest(part, broken) != behaviour_digest(part, PARTS[part])
    assert content_digest("flow/lead", broken) != content_digest("flow/lead", broken + " ")
    assert behaviour_digest(part, broken) != behaviour_digest(part, broken + " ")


def test_a_part_that_reads_as_yaml_and_means_nothing_has_the_digest_of_its_content():
    text = FLOW.replace("type: rotate", "type: rotatte")

    assert behaviour_digest("flow/lead", text) == content_digest("flow/lead", text)
    assert behaviour_digest("flow/lead", text) != behaviour_digest("flow/lead", FLOW)
