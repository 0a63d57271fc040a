"""What a fixture expects to be set may be a field of the record that a flow continues with."""

import datetime as dt

from flowctl.flow import load_model

FILES = {
    "flows/member.yaml": """\
flow: member
object: Member
triggers: [created]
start: on
nodes:
  on: {type: continue, flow: lead, with: lead}
""",
    "flows/lead.yaml": """\
flow: lead
object: Lead
start: done
nodes:
  done: {type: end, result: Done}
""",
    "flows/objects/Member.yaml": """\
object: Member
fields:
  Status: {label: Status, type: text}
relations: {lead: Lead, campaign: Campaign}
""",
    "flows/objects/Lead.yaml": """\
object: Lead
fields:
  Status: {label: Status, type: number}
  Called_On: {label: Called On, type: date}
""",
    "flows/objects/Campaign.yaml": "object: Campaign\nfields:\n  Name: {label: Name, type: text}\n",
}


def read(sets):
    fixture = f"""\
- why: a member goes on as a lead
  now: 2026-11-23T09:00:00Z
  event: created
  member: {{Status: New}}
  expect: {{owner: nobody, sets: {{{sets}}}}}
"""
    return load_model(FILES | {"flows/fixtures/member/a.yaml": fixture})


def test_a_field_of_the_related_record_is_typed_as_that_records():
    model = read("Called_On: 2026-11-24")

    assert [p.message for p in model.problems] == []
    assert model.fixtures["member"][0].sets == {"Called_On": dt.date(2026, 11, 24)}


def test_a_field_that_both_have_is_the_records_own():
    assert read("Status: Sent").fixtures["member"][0].sets == {"Status": "Sent"}


def test_a_field_that_none_of_them_has_is_an_error_of_the_record():
    [problem] = read("Caled_On: 2026-11-24").problems

    assert (problem.code, problem.message) == ("FC201", "`Member` has no field `Caled_On`")


def test_a_value_that_the_related_records_field_cannot_hold_is_an_error():
    [problem] = read("Called_On: soon").problems

    assert problem.code == "FC203"
    assert "soon" not in problem.message
