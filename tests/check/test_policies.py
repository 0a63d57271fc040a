"""Where findings about policies of fields are placed, and what they say."""

import textwrap

import pytest

from tests.check.workspace import check

LEAD = """\
--- flows/objects/Lead.yaml
object: Lead
fields:
  Email: {label: Email, type: email}
  Company: {label: Company, type: text}
  Source__c: {label: Initial Source, type: text, once: true}
  Status:
    label: Status
    type: picklist
    values: [Raw, Inquiry, MQL, Won, Lost]
    transitions: {Raw: [Inquiry, MQL], Inquiry: [MQL], MQL: [Won]}
  Region__c: {label: Region, type: text, required: true}
  Due__c: {label: Due, type: date, required: true}
  Owner: {label: Owner, type: owner}
relations: {campaign: Campaign, parent: Account}
--- flows/objects/Campaign.yaml
object: Campaign
fields:
  Id: {label: Campaign ID, type: id}
  Name: {label: Name, type: text, required: true}
--- flows/objects/Account.yaml
object: Account
fields:
  Id: {label: Account ID, type: id}
  Name: {label: Name, type: text, required: true}
  Website: {label: Website, type: url}
  Site: {label: Site, type: text}
  Active__c: {label: Active, type: checkbox}
--- flows/objects/Contact.yaml
object: Contact
fields:
  Email: {label: Email, type: email, required: true}
  Name: {label: Name, type: text, required: true}
--- flows/lead.yaml
flow: lead
object: Lead
triggers: [created]
start: start
nodes:
"""


def found(nodes):
    text = LEAD + textwrap.indent(textwrap.dedent(nodes).strip("\n"), "  ") + "\n  done: {type: end, result: Done}\n"
    of_flow = (d for d in check(text) if d.span.file == "flows/lead.yaml")
    return [(d.code, d.excerpt[d.span.column - 1 : d.span.end_column - 1], d.message, d.hint) for d in of_flow]


ACCOUNT = "start: {type: match, object: Account, as: account, by: [email_domain], matched: one, unmatched: done}\n"
FIND = "start: {type: match, object: Lead, as: twin, by: [email_domain], matched: one, unmatched: done}\n"


@pytest.mark.parametrize(
    ("nodes", "code", "place", "message"),
    [
        (
            "start: {type: set, values: {Status: \"'Inquiry'\"}, then: done}",
            "FC312",
            "\"'Inquiry'\"",
            "`Status` can be `MQL`, `Won` or `Lost` here, and may not become `Inquiry` then",
        ),
        (
            "start: {type: set, values: {Status: BLANK}, then: done}",
            "FC312",
            "BLANK",
            "`Status` can be `Raw`, `Inquiry`, `MQL` or 2 more here, and may not become blank then",
        ),
        (
            "start: {type: set, values: {Source__c: \"'Web'\"}, then: done}",
            "FC310",
            "Source__c",
            "`Source__c` is never overwritten once it is set, and may be filled here",
        ),
        (
            ACCOUNT
            + "one: {type: convert, account: account, values: {Name: Company, Email: \"'a@b.example'\"}, then: done}",
            "FC311",
            "Company",
            "`Name` is required, and `Company` may be blank here",
        ),
        (
            FIND + "one: {type: merge, with: twin, fields: {Status: newest, Source__c: oldest}, then: done}",
            "FC312",
            "newest",
            "`Status` may not change from every value to every other, and the merge keeps the newest",
        ),
        (
            FIND + "one: {type: merge, with: twin, then: done}",
            "FC313",
            "one",
            "`Source__c` is never overwritten once it is set, and the merge keeps the record's own value",
        ),
    ],
)
def test_a_finding_stands_at_what_breaks_the_policy(nodes, code, place, message):
    assert (code, place, message) in [one[:3] for one in found(nodes)]


def test_every_required_field_that_a_new_record_lacks_is_told():
    told = found("start: {type: create, object: Contact, values: {Email: \"'a@b.example'\"}, then: done}")

    assert [(d[0], d[1], d[3]) for d in told] == [("FC311", "values", "add `Name: …` to `values`")]


def test_the_same_value_again_and_a_blank_filled_are_allowed():
    nodes = """
    start:
      type: decision
      branches:
        - {when: Source__c IS BLANK, label: none yet, then: fill}
        - {when: Source__c = 'web', label: from the web, then: again}
      otherwise: done
    fill: {type: set, values: {Source__c: Company}, then: done}
    again: {type: set, values: {Source__c: "'Web'"}, then: done}
    """

    assert found(nodes) == []


def test_what_a_set_puts_is_known_further_down():
    nodes = """
    start:
      type: decision
      branches:
        - {when: "Status IS BLANK OR Status = 'Raw'", label: raw, then: raw}
      otherwise: done
    raw: {type: set, values: {Status: "'MQL'"}, then: won}
    won: {type: set, values: {Status: "'Won'"}, then: back}
    back: {type: set, values: {Status: "'Raw'"}, then: done}
    """

    assert [(d[0], d[2]) for d in found(nodes)] == [
        ("FC312", "`Status` can be `Won` here, and may not become `Raw` then")
    ]


def test_a_policy_is_not_asked_of_a_flow_whose_graph_cannot_be_walked():
    nodes = "start: {type: set, values: {Source__c: \"'Web'\"}, then: dnoe}"

    assert [d[0] for d in found(nodes) if d[0].startswith("FC3")] == []


BLANK_RELATED = "`Region__c` is required, and `{}` may be blank here"
WITH = ACCOUNT.replace("unmatched: done", "unmatched: one")


def puts(value):
    return f"one: {{type: set, values: {{Region__c: {value}}}, then: done}}\n"


def asks(condition, then="one", otherwise="done"):
    return (
        "ask:\n  type: decision\n"
        f"  branches:\n    - {{when: {condition}, label: asked, then: {then}}}\n  otherwise: {otherwise}\n"
    )


TO_ASK = ACCOUNT.replace("matched: one, unmatched: done", "matched: ask, unmatched: ask")


@pytest.mark.parametrize(
    ("nodes", "read"),
    [
        ("start: {type: set, values: {Region__c: campaign.Name}, then: done}", "campaign.Name"),
        (WITH + puts("account.Name"), "account.Name"),
        (ACCOUNT + puts("account.Site"), "account.Site"),
        (TO_ASK + asks("account.Site IS NOT BLANK OR Company IS BLANK") + puts("account.Name"), "account.Name"),
        (TO_ASK + asks("account.Active__c = FALSE") + puts("account.Name"), "account.Name"),
        (TO_ASK + asks("account.Active__c", "done", "one") + puts("account.Name"), "account.Name"),
        (TO_ASK + asks("account.Site != 'Oslo'") + puts("account.Name"), "account.Name"),
    ],
)
def test_a_required_field_of_a_record_that_may_not_be_there_may_be_blank(nodes, read):
    assert [(d[0], d[2]) for d in found(nodes)] == [("FC311", BLANK_RELATED.format(read))]


@pytest.mark.parametrize(
    "nodes",
    [
        ACCOUNT + puts("account.Name"),
        TO_ASK + asks("account.Id IS NOT BLANK") + puts("account.Name"),
        TO_ASK + asks("account.Id IS BLANK", "done", "one") + puts("account.Name"),
        TO_ASK + asks("account.Active__c") + puts("account.Name"),
        TO_ASK + asks("account.Site = Company") + puts("account.Site"),
        ACCOUNT.replace("by:", "where: account.Site IS NOT BLANK, by:") + puts("account.Site"),
    ],
)
def test_a_field_of_a_record_is_filled_where_every_way_has_found_it_or_asked(nodes):
    assert found(nodes) == []


def test_what_a_record_that_is_not_there_does_to_a_status_is_known():
    nodes = """
    start: {type: set, values: {Source__c: campaign.Name}, then: again}
    again: {type: set, values: {Company: Source__c}, then: done}
    """

    assert [d[0] for d in found(nodes)] == ["FC310"]


@pytest.mark.parametrize(
    ("value", "is_told"),
    [
        ("Due__c + 99999 DAYS", True),
        ("Due__c + 1 DAYS", True),
        ("TODAY + 999999 DAYS", True),
        ("TODAY - 999999 DAYS", True),
        ("TODAY + 365 DAYS", False),
        ("TODAY", False),
    ],
)
def test_a_day_that_is_moved_may_leave_the_calendar(value, is_told):
    nodes = f"start: {{type: set, values: {{Due__c: {value}}}, then: done}}"

    assert [d[0] for d in found(nodes)] == (["FC311"] if is_told else [])


@pytest.mark.parametrize("policy", ["once: true", "required: true", "transitions: {a: [b]}"])
def test_an_owner_has_no_policy(policy):
    told = check(f"--- flows/objects/Contact.yaml\nobject: Contact\nfields:\n  Owner: {{type: owner, {policy}}}\n")

    assert [(d.code, d.hint) for d in told] == [("FC317", f"take `{policy.split(':')[0]}` away")]
