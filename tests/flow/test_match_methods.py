"""The ways to match, as they are written in a flow."""

import jsonschema
import pytest
import yaml

from flowctl.flow import dump_flow, load_flow
from flowctl.flow.jsonschema import json_schema
from flowctl.flow.program import Method, Preference

GOOD = {
    "related": Method("related"),
    "email_domain": Method("email_domain"),
    "website_domain": Method("website_domain"),
    "company_name": Method("company_name"),
    "id: Matched_Account__c": Method("id", ("Matched_Account__c",)),
    "{id: campaign.Account__c}": Method("id", ("campaign", "Account__c")),
    "company_name: 90": Method("company_name", least=90),
    "{company_name: 0}": Method("company_name", least=0),
    "company_name: 100": Method("company_name", least=100),
}
ALL = "one of: related, email_domain, website_domain, company_name, `id: FIELD`, `company_name: 90`"
BAD = {
    "emial_domain": ("`emial_domain` is no way to match", "did you mean `email_domain`?"),
    "fuzzy": ("`fuzzy` is no way to match", ALL),
    "id": ("`id` is no way to match", "`id: FIELD`, with the field that holds the id"),
    "fuzzy: 90": ("unknown way to match", ALL),
    "{}": ("unknown way to match", ALL),
    "email_domain: 90": ("`email_domain` takes no value", "`email_domain` alone"),
    "{id: A, company_name: 90}": ("several ways to match in one item", "one item for each, after `- `"),
    "company_name: 101": ("expected a whole number from 0 to 100, found `101`", None),
    "company_name: -1": ("expected a whole number from 0 to 100, found `-1`", None),
    "company_name: 90%": ("expected a whole number from 0 to 100, found `90%`", None),
    "company_name: 0.9": ("expected a whole number from 0 to 100, found `0.9`", None),
    "company_name: [90]": ("expected a whole number, found a list", None),
    "id: a b": ("`a b` cannot be a name", "letters, digits, `_`, `-` and `.`, beginning with a letter or a digit"),
    "[company_name]": ("expected a way to match, found a list", None),
}


def text(by, prefer="newest"):
    return f"""\
flow: lead
object: Lead
start: m
nodes:
  m:
    type: match
    object: Account
    as: account
    by:
      - {by}
    prefer:
      - {prefer}
    matched: z
    unmatched: z
  z: {{type: end, result: Done}}
"""


@pytest.mark.parametrize(("written", "method"), GOOD.items())
def test_a_way_to_match_is_read_written_and_known_to_the_schema(written, method):
    flow, problems = load_flow("f", text(written))

    assert problems == ()
    assert flow.nodes["m"].by == (method,)
    assert load_flow("f", dump_flow(flow))[0] == flow
    jsonschema.validate(yaml.safe_load(text(written)), json_schema("flow"))


@pytest.mark.parametrize(("written", "said"), BAD.items())
def test_what_is_no_way_to_match_is_told_where_it_stands(written, said):
    _, problems = load_flow("f", text(written))

    assert [(problem.message, problem.hint, problem.span.line) for problem in problems] == [(*said, 10)]


@pytest.mark.parametrize("order", ["newest", "oldest", "closest"])
def test_an_order_can_be_preferred(order):
    flow, problems = load_flow("f", text("company_name: 80", order))

    assert problems == ()
    assert flow.nodes["m"].prefer == (Preference(order),)


def test_methods_are_told_apart_by_what_they_take():
    assert [str(method) for method in GOOD.values()][4:7] == [
        "id (Matched_Account__c)",
        "id (campaign.Account__c)",
        "company_name (90)",
    ]
