"""Where findings about fixtures are placed, and that they hold nothing of a record."""

import pytest

from flowctl import document
from flowctl.flow import load_model
from tests.check.workspace import check

HEAD = """\
--- flows/objects/Account.yaml
object: Account
fields:
  Tier: {label: Tier, type: picklist, values: [Gold, Silver]}
--- flows/objects/Lead.yaml
object: Lead
fields:
  Status: {label: Status, type: picklist, values: [Raw, Recycle]}
  Topics: {label: Topics, type: multipicklist, values: [CI, Agile]}
relations: {account: Account}
"""
FLOW = """\
--- flows/lead.yaml
flow: lead
object: Lead
%s
start: done
nodes:
  done: {type: end, result: Done}
--- flows/fixtures/lead/a.yaml
- why: a lead
  now: 2026-11-23T09:00:00Z
  expect: {owner: nobody}
%s
"""
FIXTURE = "flows/fixtures/lead/a.yaml"
CREATED, JOB = "triggers: [created]", "schedule: {every: day 06:00}"


def found(head, *lines):
    text = HEAD + FLOW % (head, "\n".join(f"  {line}" for line in lines))
    at = {}
    for piece in text.split("--- ")[1:]:
        name, _, body = piece.partition("\n")
        at[name] = body.splitlines()
    told = [d for d in check(text) if d.span.file.startswith("flows/fixtures/")]
    return [
        (
            d.code,
            at[d.span.file][d.span.line - 1][d.span.column - 1 : d.span.end_column - 1],
            d.hint,
            d.message,
            d.excerpt,
        )
        for d in told
    ]


@pytest.mark.parametrize(
    ("lines", "place", "hint"),
    [
        (["lead: {Status: Recycel}"], "Recycel", "did you mean `Recycle`?"),
        (["lead: {Topics: CI;Agiel}"], "CI;Agiel", "did you mean `Agile`?"),
        (["lead: {Status: Zzz}"], "Zzz", "values: flows/objects/Lead.yaml"),
        (["event: updated", "lead: {Status: raw}", "prior: {Status: Rwa}"], "Rwa", "did you mean `Raw`?"),
        (["lead: {}", "related: {account: {Tier: Gld}}"], "Gld", "did you mean `Gold`?"),
        (["lead: {}", "later: [{after: 1 DAY, lead: {Status: Rwa}}]"], "Rwa", "did you mean `Raw`?"),
        (["lead: {}", "later: [{after: 1 DAY, related: {account: {Tier: Gld}}}]"], "Gld", "did you mean `Gold`?"),
    ],
)
def test_a_value_that_a_picklist_lacks_is_told_where_it_stands_and_not_shown(lines, place, hint):
    [(code, marked, told, message, excerpt)] = found(CREATED, *lines)

    assert (code, marked, told, excerpt) == ("FC221", place, hint, None)
    assert place not in message


@pytest.mark.parametrize("lead", ["{Status: recycle}", "{Status: ''}", "{Topics: CI; Agile}", "{Topics: ' agile '}"])
def test_values_compare_as_in_conditions(lead):
    assert found(CREATED, f"lead: {lead}".replace("CI; Agile", "'CI; Agile'")) == []


@pytest.mark.parametrize(
    ("head", "lines", "place", "message", "hint"),
    [
        (CREATED, ["event: scheduled"], "scheduled", "`lead` has no schedule", "`event: created`"),
        (JOB, ["event: updated"], "updated", "`lead` runs by its schedule only, and no record sets it off", None),
        (JOB, [], "a lead", "`lead` runs by its schedule only, and no record sets it off", None),
    ],
)
def test_an_event_that_cannot_happen_to_the_flow_is_told(head, lines, place, message, hint):
    told = found(head, "lead: {}", *lines)

    assert [one[:4] for one in told] == [("FC222", place, hint or "`event: scheduled`", message)]


def test_an_event_that_can_happen_is_not_told():
    assert found(JOB, "lead: {}", "event: scheduled") == []
    assert found(f"{CREATED}\n{JOB}", "lead: {}") == []


@pytest.mark.parametrize("name", ["member", "lead"])
def test_the_keys_of_a_later_change_are_those_of_its_object(name):
    head = HEAD.replace("Lead", name.capitalize()) + FLOW.replace("lead", name).replace("Lead", name.capitalize())
    for later, hint in {"[{aftr: 1 DAY}]": "after", "5": f"`- {{after: 2 DAYS, {name}: {{…}}}}`"}.items():
        text = head % (CREATED, f"  {name}: {{}}\n  later: {later}")
        files = dict(piece.split("\n", 1) for piece in text.split("--- ")[1:])
        assert any(hint in (p.hint or "") for p in load_model(files).problems)


def test_a_text_that_must_be_quoted_in_a_fixture_is_no_condition():
    hints = {path: document.read(path, "why: a: b\n").problems[0].hint for path in ("flows/lead.yaml", FIXTURE)}

    assert hints["flows/lead.yaml"] == "write `when: >-` and the condition on the next line, indented"
    assert hints[FIXTURE] == "put the whole text in quotes"


def test_who_covers_is_told_as_such():
    people = "users:\n  bea: {name: Bea}\n  cy: {name: Cy, active: false}\n"
    roster = "roster: r\nmembers:\n  - {user: bea, leave: [{from: 2026-12-21, to: 2026-12-31, cover: cy}]}\n"

    told = [
        d for d in check(f"--- flows/directory.yaml\n{people}--- flows/rosters/r.yaml\n{roster}") if d.code == "FC404"
    ]

    assert [(d.message, d.hint) for d in told] == [("`cy` covers and is inactive", "name somebody else as cover")]


def test_a_formula_in_a_picklist_cell_is_one_error():
    header = "table: t\ncolumns:\n  A: {key: exact, type: text}\n  B: {type: picklist, values: [X]}\n"
    files = {"flows/tables/t.yaml": header, "flows/tables/t.csv": "A,B\na,=1+1\nb,Y\n"}

    assert [p.code for p in load_model(files).problems] == ["FC510", "FC511"]
