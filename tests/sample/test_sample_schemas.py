"""The JSON Schemas say of a file what our readers say of it, to an editor that reads YAML 1.2 with its own types."""

import re

import jsonschema
import pytest
import yaml

from flowctl.flow import load_model
from flowctl.flow.jsonschema import FILE_KINDS, json_schema
from tests.sample.states import STARTER, states


class Editor(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Reads as yaml-language-server does: YAML 1.2, core schema, which has no dates and no `NO` for false."""


Editor.yaml_implicit_resolvers = {}
for kind, pattern, first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|\.nan|[-+]?\.inf", list("-+.0123456789")),
):
    Editor.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"(?:{pattern})\\Z"), first)
Editor.add_constructor(
    "tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node), 0 if "x" in node.value else 10)
)

KINDS = {
    "flow": r"flows/[^/]+\.yaml",
    "roster": r"flows/rosters/.+",
    "object": r"flows/objects/.+",
    "header": r"flows/tables/.+",
    "directory": r"flows/directory\.yaml",
    "settings": r"flows/settings\.yaml",
    "fixtures": r"flows/fixtures/.+",
}
ONLY_ONE = ("flows/directory.yaml", "flows/settings.yaml")
CHECKERS = {kind: jsonschema.Draft202012Validator(json_schema(kind)) for kind in FILE_KINDS}


def kind_of(path):
    kinds = [kind for kind, pattern in KINDS.items() if re.fullmatch(pattern, path)]
    return path.removeprefix("flows/").removesuffix(".yaml") if path in ONLY_ONE else kinds[0]


def complaints(kind, text):
    found = CHECKERS[kind].iter_errors(yaml.load(text, Editor))
    return [f"{error.json_path}: {error.message[:80]}" for error in found]


def test_there_is_a_schema_for_every_kind_of_file():
    assert set(FILE_KINDS) == set(KINDS)
    for checker in CHECKERS.values():
        checker.check_schema(checker.schema)


YAMLS = {path: text for path, text in states()[-1].files.items() if path.endswith(".yaml")}
FILES = {f"sample: {path}": (path, text) for path, text in YAMLS.items()} | {
    f"starter: {path}": (path, text) for path, text in STARTER.items()
}


@pytest.mark.parametrize(("path", "text"), FILES.values(), ids=FILES)
def test_an_editor_has_nothing_to_complain_of(path, text, request):
    assert complaints(kind_of(path), text) == []


FLOW = """\
flow: lead
object: Lead
title: "Live on 2026-11-23: First"
triggers: [created]
start: scored
nodes:
  scored:
    type: decision
    branches:
      - {when: Score >= 50, label: high, then: account}
    otherwise: turn
  account:
    {type: match, object: Account, as: account, by: [related, {id: Key}], prefer: [newest], matched: to, unmatched: on}
  to: {type: assign, to: account.BDR, then: done, unavailable: turn}
  turn: {type: rotate, roster: sales, then: clear, nobody: clear}
  clear: {type: set, values: {Country: "'Norway'"}, then: tell}
  tell: {type: notify, channel: slack, to: "#sales", message: "{{Company}}", then: on}
  on: {type: continue, flow: lead, with: account}
  done: {type: end, result: Done}
"""
ROSTER = """\
roster: sales
was: sellers
turns: count
sticky: company
hours: "Mo-Fr 09:00-12:30, 13:30-17:30; sa, Su 10:00-12:00;"
zone: Europe/Berlin
holidays: DE-BE
cap: 12/day, 40/week
members:
  - {user: ana, weight: 2, leave: [{from: 2026-12-01, to: 2026-12-05, cover: cy}]}
  - {user: ben, was: bea, skills: [german], hours: "", zone: UTC, holidays: US, cap: 9/week}
"""
DIRECTORY = "users:\n  ana: {name: Ana, active: true, attributes: {Region: EMEA}}\nqueues: {raw: {name: Raw}}\n"
OBJECT = """\
object: Lead
fields:
  Status: {type: picklist, values: [Raw, NO], required: true}
relations: {campaign: Campaign}
"""
SETTINGS = "time_zone: Europe/Berlin\n"
FIXTURES = """\
- why: x
  now: 2026-11-23T09:00:00Z
  event: updated
  prior: {Score: 5}
  lead: {Email: a@b.example, Score: 5, Blocked: true, Trial_End: 2026-11-23, Note: ~}
  related: {account: {Name: Acme}}
  data: {Account: [{Name: Acme}]}
  expect: {owner: user/ana, ends: done, result: Done, sets: {Score: 5}, path: [done], notifies: [Hello]}
"""
FINE = {
    "flow": FLOW,
    "roster": ROSTER,
    "directory": DIRECTORY,
    "object": OBJECT,
    "settings": SETTINGS,
    "fixtures": FIXTURES,
}

ALSO_FINE = [
    ("flow", "result: Done", "result: 404"),
    ("flow", "label: high", "label: NO"),
    ("flow", "label: high", "label: 2026-11-23"),
    ("flow", "label: high", "label: true"),
    ("flow", "Country: \"'Norway'\"", "Score: 5"),
    ("flow", "Country: \"'Norway'\"", "Blocked: TRUE"),
    ("flow", "Country: \"'Norway'\"", "Trial_End: 2026-11-23"),
    ("flow", "when: Score >= 50", "when: TRUE"),
    ("roster", "weight: 2", "weight: 1000"),
    ("directory", "Region: EMEA", "Is_Integration_User__c: true"),
    ("directory", "Region: EMEA", "Level: 3"),
    ("object", "[Raw, NO]", "[1, 2, 01234, true]"),
    ("fixtures", "  event: updated\n  prior: {Score: 5}\n", ""),
]


@pytest.mark.parametrize("kind", FINE)
def test_what_the_readers_take_the_editor_takes(kind):
    assert complaints(kind, FINE[kind]) == []


@pytest.mark.parametrize(("kind", "old", "new"), ALSO_FINE)
def test_numbers_dates_and_truths_may_stand_where_a_text_is_read(kind, old, new):
    assert FINE[kind].count(old) == 1
    text = FINE[kind].replace(old, new)

    assert complaints(kind, text) == []
    assert read_by_us(kind, text) == []


def read_by_us(kind, text):
    """The problems that our own readers have with a file of a kind, those with names of other files left out."""
    path = {"flow": "flows/lead.yaml", "roster": "flows/rosters/sales.yaml", "object": "flows/objects/Lead.yaml"}
    if kind == "fixtures":
        return []
    return [d.message for d in load_model({path.get(kind, f"flows/{kind}.yaml"): text}).problems]


MISTAKES = [
    ("flow", "flow: lead\n", ""),
    ("flow", "triggers:", "trigers:"),
    ("flow", "[created]", "[creatd]"),
    ("flow", "[created]", "created"),
    ("flow", "flow: lead\n", "flow: emea/lead\n"),
    ("flow", "flow: lead\n", "flow: ..\n"),
    ("flow", "type: rotate", "type: rotatte"),
    ("flow", "type: end, ", ""),
    ("flow", "roster: sales, then: clear, ", "roster: sales, "),
    ("flow", "roster: sales", "rooster: sales"),
    ("flow", "result: Done", "reslut: Done"),
    ("flow", "result: Done", "result: [Done]"),
    ("flow", "{type: end, result: Done}", "[end]"),
    ("flow", "{when: Score >= 50, label: high, then: account}", "Score >= 50"),
    ("flow", "- {when: Score >= 50, label: high, then: account}", "[]"),
    ("flow", "[related, {id: Key}]", "[phone]"),
    ("flow", "[related, {id: Key}]", "related"),
    ("flow", "[related, {id: Key}]", "[]"),
    ("flow", "channel: slack", "channel: pigeon"),
    ("roster", "roster: sales\n", ""),
    ("roster", "weight: 2", "weight: 0"),
    ("roster", "weight: 2", "weight: 2.5"),
    ("roster", "weight: 2", "weight: two"),
    ("roster", "user: ana", "usr: ana"),
    ("roster", "user: ana", "user: user/ana"),
    ("roster", ", to: 2026-12-05", ""),
    ("roster", "[{from: 2026-12-01, to: 2026-12-05, cover: cy}]", "december"),
    ("roster", "turns: count", "turns: random"),
    ("roster", "sticky: company", "sticky: account"),
    ("roster", "Mo-Fr 09:00", "Mon-Fri 09:00"),
    ("roster", "09:00-12:30", "9-12"),
    ("roster", "13:30-17:30;", "13:30-17:30"),
    ("roster", "cap: 12/day, 40/week", "cap: 0/day"),
    ("roster", "cap: 9/week", "cap: 9/month"),
    ("roster", "holidays: US", "holidays: Texas"),
    ("roster", "skills: [german]", "skills: german"),
    ("directory", "name: Ana, ", ""),
    ("directory", "active: true", "active: NO"),
    ("directory", "active: true", "activ: true"),
    ("directory", "{Region: EMEA}", "[EMEA]"),
    ("object", "type: picklist", "type: pickliste"),
    ("object", "required: true", "required: maybe"),
    ("object", "[Raw, NO]", "Raw"),
    ("settings", "time_zone", "timezone"),
    ("settings", "time_zone: Europe/Berlin", "dialect: excel"),
    ("fixtures", "- why: x\n  now", "- now"),
    ("fixtures", "event: updated", "event: deleted"),
    ("fixtures", "owner: user/ana, ", ""),
    ("fixtures", "path: [done]", "path: done"),
    ("fixtures", "expect: {", "expects: {"),
    ("fixtures", "ends: done", "end: done"),
]


@pytest.mark.parametrize(("kind", "old", "new"), MISTAKES)
def test_a_mistake_is_marked_while_it_is_typed(kind, old, new):
    assert FINE[kind].count(old) == 1
    text = FINE[kind].replace(old, new)

    assert complaints(kind, text) != []
    assert read_by_us(kind, text) != [] or kind == "fixtures"
