"""Ways to match that find nobody, and preferences that say nothing."""

import pytest

from tests.check.workspace import check


def told(by, prefer="[]", object_="Account"):
    text = f"""\
flow: lead
object: Lead
triggers: [created]
start: m
nodes:
  m: {{type: match, object: {object_}, as: found, by: {by}, prefer: {prefer}, matched: z, unmatched: z}}
  z: {{type: end, result: Done}}
"""
    return [(d.code, d.message) for d in check(text)]


def nobody(method, object_, fields):
    return [("FC320", f"`{method}` finds nobody: {object_} has no field {fields}")]


def late(method, before):
    return [("FC321", f"`{method}` finds nobody whom `{before}` has not found before")]


@pytest.mark.parametrize(
    ("by", "object_", "findings"),
    [
        ("[related, id: Matched_Account__c, email_domain, company_name]", "Account", []),
        ("[website_domain]", "Account", nobody("website_domain", "Lead", "`Website`")),
        ("[{id: Matched_Account__c}]", "Lead", nobody("id", "Lead", "`Id`")),
        ("[email_domain]", "User", nobody("email_domain", "User", "`Website` or `Email_Domain__c` or `Email`")),
    ],
)
def test_a_way_to_match_needs_its_fields_on_both_sides(by, object_, findings):
    assert told(by, object_=object_) == findings


@pytest.mark.parametrize(
    ("by", "findings"),
    [
        ("[company_name, company_name: 90, company_name: 80]", []),
        ("[company_name: 90, company_name]", late("company_name", "company_name (90)")),
        ("[company_name: 80, company_name: 90]", late("company_name (90)", "company_name (80)")),
        ("[email_domain, company_name, email_domain]", late("email_domain", "email_domain")),
        ("[id: Matched_Account__c, id: Matched_Account__c]", late(*["id (Matched_Account__c)"] * 2)),
    ],
)
def test_a_way_to_match_stands_before_those_that_find_more(by, findings):
    assert told(by) == findings


@pytest.mark.parametrize(
    ("by", "prefer", "messages"),
    [
        ("[company_name: 90]", "[newest, closest]", []),
        ("[company_name]", "[closest]", ["`closest` tells nobody apart: no way to match here gives a score"]),
        ("[company_name]", "[newest, newest]", ["this preference stands here twice"]),
    ],
)
def test_a_preference_tells_somebody_from_somebody(by, prefer, messages):
    assert [message for code, message in told(by, prefer) if code == "FC321"] == messages
