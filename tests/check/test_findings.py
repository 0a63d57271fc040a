"""Where findings are placed, what they say, and what is left unsaid because another finding says it already."""

import datetime as dt
import textwrap

import pytest

from flowctl.check import check_model, explain
from flowctl.diag import FlowctlError, Severity
from flowctl.flow import load_model
from tests.check.workspace import PEOPLE, SURROUNDINGS, TODAY, check, codes, model_of


def flow(nodes, start="start", header="triggers: [created]"):
    """A flow of these nodes that ends in `done`."""
    body = textwrap.indent(textwrap.dedent(nodes).strip("\n"), "  ")
    return f"flow: lead\nobject: Lead\n{header}\nstart: {start}\nnodes:\n{body}\n  done: {{type: end, result: Done}}\n"


def decision(*conditions, header="triggers: [created]"):
    """A flow that is one decision of these conditions."""
    branches = "".join(f'    - {{when: "{when}", label: l{i}, then: done}}\n' for i, when in enumerate(conditions))
    return flow(f"start:\n  type: decision\n  branches:\n{branches}  otherwise: done\n", header=header)


def marked(diagnostic):
    """The text that the caret stands under; of several lines, what stands on the first."""
    span = diagnostic.span
    end = span.end_column - 1 if span.end_line == span.line else None
    return diagnostic.excerpt[span.column - 1 : end]


# -- places and hints


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        (flow("start: {type: assign, to: queue/partner, then: dnoe}"), "dnoe", "did you mean `done`?"),
        (flow("start: {type: assign, to: queue/prtner, then: done}"), "queue/prtner", "did you mean `partner`?"),
        (
            flow("start: {type: assign, to: user/partner, then: done}"),
            "user/partner",
            "there is a queue of this name: `queue/partner`",
        ),
        (decision("Stauts = 'MQL'"), "Stauts", "did you mean `Status`?"),
        (decision("Status IN ('Raw', 'MLQ')"), "'MLQ'", "did you mean `MQL`?"),
        (decision("Owner = 'queue/rwa'"), "'queue/rwa'", "did you mean `raw`?"),
        (flow("start: {type: set, values: {Compny: \"'A'\"}, then: done}"), "Compny", "did you mean `Company`?"),
        (flow("start: {type: set, values: {Owner: \"'A'\"}, then: done}"), "Owner", "use an `assign` node"),
        (
            flow("start: {type: assign, to: Company, then: done, unavailable: done}"),
            "Company",
            "a field of type user or owner does",
        ),
        (
            flow('start: {type: notify, channel: email, to: owner, message: "{{Company}} {{ Emial }}", then: done}'),
            "Emial",
            "did you mean `Email`?",
        ),
        (
            flow('start: {type: notify, channel: email, to: "{{Emial}}", message: Hello, then: done}'),
            "Emial",
            "did you mean `Email`?",
        ),
        (
            flow("start: {type: match, object: Account, as: a, by: [id: Company__c], matched: done, unmatched: done}"),
            "Company__c",
            "did you mean `Company`?",
        ),
    ],
)  # fmt: skip
def test_a_misspelt_name_is_marked_where_it_stands_and_the_right_one_named(text, place, hint):
    [found] = check(text)

    assert (marked(found), found.hint) == (place, hint)


def test_a_misspelt_roster_is_marked_and_the_right_one_named():
    text = flow(
        """
        start: {type: rotate, roster: sdr-emea, then: done, nobody: again}
        again: {type: rotate, roster: sdr-emae, then: done, nobody: done}
        """
    )

    [found] = check(text)

    assert (marked(found), found.hint) == ("sdr-emae", "did you mean `sdr-emea`?")


def test_a_condition_over_several_lines_is_marked_on_its_own_line():
    text = flow(
        """
        start:
          type: decision
          branches:
            - when: >-
                Company IS BLANK OR
                Stauts = 'MQL'
              label: l
              then: done
          otherwise: done
        """
    )

    [found] = check(text)

    assert (found.excerpt.strip(), marked(found)) == ("Stauts = 'MQL'", "Stauts")


def test_a_cycle_is_printed_from_where_leads_enter_it_and_marked_where_it_closes():
    text = flow(
        """
        start: {type: assign, to: queue/raw, then: a}
        a: {type: assign, to: queue/raw, then: b}
        b: {type: decision, branches: [{when: ISNEW(), label: new, then: done}], otherwise: a}
        """
    )

    [found] = check(text)

    assert (found.message, found.span.line, marked(found)) == ("cycle: `a` -> `b` -> `a`", 8, "a")


def test_a_node_that_leads_to_itself_is_a_cycle():
    [found] = check(
        flow("start: {type: decision, branches: [{when: ISNEW(), label: new, then: done}], otherwise: start}")
    )

    assert found.message == "cycle: `start` -> `start`"


def test_a_long_cycle_is_told_by_its_ends():
    ring = "\n".join(f"n{i}: {{type: assign, to: queue/raw, then: n{(i + 1) % 5000}}}" for i in range(5000))
    text = flow(ring, start="n0").replace("  done: {type: end, result: Done}\n", "")

    [found] = check(text)

    assert found.message == "cycle: `n0` -> `n1` -> `n2` -> `n3` -> `n4` -> `n5` -> (4993 more) -> `n4999` -> `n0`"


def test_all_findings_are_told_at_once_by_place():
    found = check(decision("Stauts = 'MQL'", "Status = 'MLQ'", "Person_Score__c = 'high'"))

    assert [d.code for d in found] == ["FC201", "FC202", "FC302"]
    assert [d.span.line for d in found] == [9, 10, 11]


def test_what_the_readers_found_is_told_too():
    assert codes(flow("start: {type: assign, to: queue/raw, then: done, colour: red}")) == ["FC003"]


# -- one mistake, one finding


def test_nothing_is_called_unreachable_while_a_node_cannot_be_read():
    text = flow("start: {type: dicision, then: next}\nnext: {type: assign, to: queue/raw, then: nowhere}")

    assert codes(text) == ["FC006", "FC103"]


def test_nothing_is_called_unreachable_while_a_way_leads_to_no_node():
    assert codes(flow("start: {type: assign, to: queue/raw, then: dnoe}")) == ["FC103"]


def test_nothing_is_called_unreachable_when_the_start_is_unknown():
    assert codes(flow("start: {type: assign, to: queue/raw, then: done}", start="strat")) == ["FC105"]


def test_fields_of_an_unknown_object_are_not_called_unknown():
    text = flow(
        """
        start: {type: match, object: Acount, as: account, by: [email_domain], matched: next, unmatched: done}
        next: {type: assign, to: account.BDR__c, then: done, unavailable: done}
        """
    )

    assert codes(text) == ["FC205"]


def test_fields_of_a_record_that_an_unreadable_node_finds_are_not_called_unknown():
    text = flow(
        """
        start: {type: match, object: Account, as: account, by: [emial_domain], matched: next, unmatched: done}
        next: {type: assign, to: account.BDR__c, then: done, unavailable: done}
        """
    )

    assert codes(text) == ["FC005"]


@pytest.mark.parametrize("file", ["flows/rosters/sdr-emea.yaml", "flows/directory.yaml", "flows/objects/Lead.yaml"])
def test_what_an_unreadable_file_would_hold_is_not_called_unknown(file):
    nodes = """
        start: {type: rotate, roster: sdr-emea, then: next, nobody: next}
        next: {type: assign, to: queue/partner, then: last}
        last: {type: decision, branches: [{when: "Status = 'MQL'", label: l, then: done}], otherwise: done}
        """

    found = check(f"--- flows/lead.yaml\n{flow(nodes)}--- {file}\ncolour: red\n")

    assert {diagnostic.span.file for diagnostic in found} == {file}


def test_people_cannot_be_asked_where_nobody_says_what():
    files = {path: text for path, text in SURROUNDINGS.items() if path != PEOPLE}

    model = load_model({**files, "flows/lead.yaml": decision("Owner.Team IS BLANK")})
    found = [d for d in check_model(model) if d.span.file == "flows/lead.yaml"]

    assert [d.message for d in found] == [
        "`Owner.Team` cannot be read here: what can be asked of people is said in flows/objects/User.yaml, "
        "which is missing or has errors"
    ]


NEXT = """\
--- flows/contact.yaml
flow: contact
object: Contact
triggers: [created]
start: tell
nodes:
  tell: {type: notify, channel: slack, to: "#leads", message: "{{account.Nmae}}, {{Owner.Taem}}", then: on}
  on: {type: continue, flow: account, with: account}
--- flows/account.yaml
flow: account
object: Account
start: set
nodes:
  set: {type: set, values: {Name: "'Acme'"}, then: done}
  done: {type: end, result: Done}
--- flows/fixtures/contact/a.yaml
- why: a contact
  now: 2026-11-23T09:00:00Z
  event: updated
  contact: {Levl: High}
  prior: {Levl: Low}
  related: {account: {Nmae: Acme, parent: {Nmae: Acme}}}
  data: {Contact: [{Levl: High}]}
  later: [{after: 2 DAYS, contact: {Levl: Low}, related: {account: {Nmae: Acme}}}]
  expect: {owner: nobody, sets: {Nmae: Acme, Levl: Low}}
"""


@pytest.mark.parametrize("broken", ["Contact", "Account", "User"])
def test_nothing_follows_from_an_object_that_could_not_be_read(broken):
    bodies = {
        "Contact": "fields:\n  Owner: {label: Owner, type: owner}\nrelations: {account: Account}\n",
        "Account": "fields:\n  Name: {label: Name, type: text}\nrelations: {parent: Account}\n",
        "User": "fields:\n  Team: {label: Team, type: text}\n",
    }
    bodies[broken] = bodies[broken].replace("{label", "{once: yep, label")
    objects = "".join(f"--- flows/objects/{name}.yaml\nobject: {name}\n{body}" for name, body in bodies.items())
    found = check(objects + NEXT)

    said = [d.message for d in found if d.severity == Severity.ERROR and d.span.file != f"flows/objects/{broken}.yaml"]
    gone = {"Contact": ("Contact", "related record"), "Account": ("Account", "Nmae"), "User": ("Taem",)}[broken]
    assert not [message for message in said if any(word in message for word in gone)]
    assert sum(d.span.file == f"flows/objects/{broken}.yaml" for d in found) == 1


# -- conditions


@pytest.mark.parametrize(
    "conditions",
    [
        ("Status = 'MQL'", "Status = 'mql'"),
        ("Status = 'MQL'", "Status = 'MQL' AND Company IS NOT BLANK"),
        ("Company IS BLANK OR Status = 'MQL'", "Status = 'MQL'"),
        ("Person_Score__c IS BLANK", "Person_Score__c > 10", "Person_Score__c > 50"),
        ("Company STARTS WITH 'ac'", "Company STARTS WITH 'acme'"),
        ("TRUE", "Status = 'MQL'"),
    ],
)
def test_a_branch_behind_a_wider_one_is_shadowed(conditions):
    [found] = check(decision(*conditions))

    assert found.code == "FC303"
    assert found.message.startswith(f"branch {len(conditions)} (`l{len(conditions) - 1}`) is never taken: branch ")
    assert marked(found) == f'"{conditions[-1]}"'


@pytest.mark.parametrize(
    "conditions",
    [
        ("Status = 'MQL'", "Status = 'Raw'"),
        ("Status = 'MQL' AND Company IS NOT BLANK", "Status = 'MQL'"),
        ("Person_Score__c IS BLANK", "Person_Score__c > 50", "Person_Score__c > 10"),
        ("ISNEW()", "NOT ISNEW()"),
    ],
)
def test_a_branch_that_has_leads_left_is_not_shadowed(conditions):
    assert codes(decision(*conditions)) == []


@pytest.mark.parametrize(
    "condition",
    [
        "Status = 'MQL' AND NOT Status = 'MQL'",
        "Status = 'MQL' AND Status != 'MQL'",
        "Status IN ('Raw', 'MQL') AND Status = 'Qualified'",
        "Key__c > 5 AND Key__c < 3",
        "Key__c BETWEEN 9 AND 3",
        "Company IS BLANK AND Company = 'Acme'",
        "FALSE",
        "(Status = 'Raw' AND Status = 'MQL') OR (Key__c < 1 AND Key__c > 2)",
    ],
)
def test_a_contradiction_is_found(condition):
    assert codes(decision(condition)) == ["FC304"]


@pytest.mark.parametrize(
    "condition",
    [
        "Status = 'Raw' OR Status = 'MQL'",
        "Key__c >= 3 AND Key__c <= 3",
        "Key__c BETWEEN 3 AND 3",
        "NOT (Status = 'MQL' AND NOT Status = 'MQL')",
        "Status = 'MQL' AND (Status = 'Raw' OR Company = 'Acme')",
    ],
)
def test_what_can_hold_is_no_contradiction(condition):
    assert codes(decision(condition)) == []


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("Person_Score__c >= 50", "where `Person_Score__c` is blank, this is false"),
        ("Person_Score__c BETWEEN 1 AND 5", "where `Person_Score__c` is blank, this is false"),
        ("Trial_End__c >= TODAY - 30 DAYS", "where `Trial_End__c` is blank, this is false"),
        ("Person_Score__c + Key__c > 3", "where `Person_Score__c` is blank, this is false"),
        (
            "MAX(Person_Score__c, Employees__c) > 3",
            "where `Employees__c` and `Person_Score__c` are blank, this is false",
        ),
    ],
)
def test_a_blank_that_fails_a_comparison_is_told(condition, says):
    [found] = check(decision(condition))

    assert (found.code, found.severity, found.message) == ("FC306", Severity.WARNING, says)
    assert marked(found) == condition


@pytest.mark.parametrize(
    "conditions",
    [
        ("Person_Score__c IS BLANK", "Person_Score__c < 50"),
        ("Person_Score__c < 50", "Person_Score__c IS BLANK"),
        ("Person_Score__c IS NOT BLANK AND Person_Score__c < 50",),
        ("Key__c < 50",),  # never blank
        ("MAX(Key__c, Person_Score__c) < 50",),
        ("Person_Score__c = 50",),
        ("PRIOR(Person_Score__c) < 50",),
    ],
)
def test_a_blank_that_somebody_thought_of_is_not_told(conditions):
    assert codes(decision(*conditions)) == []


ASKED_BEFORE = """
    start: {{type: decision, branches: [{{when: "{first}", label: a, then: done}}], otherwise: next}}
    next: {{type: decision, branches: [{{when: Person_Score__c < 50, label: low, then: {low}}}], otherwise: done}}
    """


def test_a_blank_that_every_way_to_the_node_has_asked_for_is_not_told_again():
    assert codes(flow(ASKED_BEFORE.format(first="Person_Score__c IS BLANK", low="done"))) == []


def test_a_blank_that_one_way_to_the_node_has_not_asked_for_is_told():
    text = flow(
        """
        start: {type: decision, branches: [{when: ISNEW(), label: new, then: blank}], otherwise: low}
        blank: {type: decision, branches: [{when: Person_Score__c IS BLANK, label: none, then: done}], otherwise: low}
        low: {type: decision, branches: [{when: Person_Score__c < 50, label: low, then: done}], otherwise: done}
        """
    )

    assert codes(text) == ["FC306"]


# -- people, titles, fixtures


def roster(members):
    return f"--- flows/rosters/sdr-emea.yaml\nroster: sdr-emea\nmembers:\n{textwrap.indent(members, '  ')}\n"


def test_an_absence_is_told_of_the_day_that_is_given_and_of_no_other():
    text = roster("- {user: bea.kim, leave: [{from: 2026-11-20, to: 2026-11-23, cover: lars.holm}]}\n- user: lars.holm")

    assert [d.message for d in check(text)] == ["`bea.kim` is on leave until 2026-11-23: `lars.holm` takes the turns"]
    assert check_model(model_of(text), today=TODAY + dt.timedelta(days=1)) == ()
    assert check_model(model_of(text)) == ()


def test_a_roster_whose_members_are_all_inactive_is_a_roster_of_nobody():
    people = "users:\n  bea.kim: {name: Bea, active: false}\n  lars.holm: {name: Lars, active: false}\n"
    text = f"--- flows/directory.yaml\n{people}" + roster("- user: bea.kim\n- user: lars.holm")

    assert sorted(codes(text)) == ["FC402", "FC404", "FC404"]


@pytest.mark.parametrize(
    ("region", "hint"),
    [
        ("DE-BX", "parts of `DE`: BB, BE, "),
        ("UK", "did you mean `GB`?"),
        ("QQ", "two letters, as in `DE`, `GB`, `US`"),
        ("SG-01", "`SG` has no parts here: write `SG`"),
    ],
)
def test_holidays_of_nowhere_are_told_with_what_there_is(region, hint):
    text = roster("- user: bea.kim\n- user: lars.holm").replace("members", f"holidays: {region}\nmembers")

    (found,) = check(text)

    assert (found.code, str(found.span)) == ("FC411", "flows/rosters/sdr-emea.yaml:2:11")
    assert found.hint.startswith(hint)


def test_a_cover_who_was_away_is_told_until_the_leave_is_over():
    leave = "{from: 2026-11-20, to: 2026-11-2%d, cover: lars.holm}"
    over, running = (
        roster(f"- {{user: bea.kim, leave: [{leave % day}]}}\n- {{user: lars.holm, leave: [{leave[:34] % 2}}}]}}")
        for day in (2, 3)
    )

    assert codes(over) == []
    assert sorted(codes(running)) == ["FC405", "FC412"]


def test_a_roster_whose_hours_are_empty_and_one_that_was_itself_are_told():
    text = "--- flows/rosters/sdr-emea.yaml\nroster: sdr-emea\nwas: sdr-emea\nhours: ''\n"
    text += "members: [{user: bea.kim, was: bea.kim}, {user: lars.holm, hours: 'Mo 09:00-10:00'}]\n"

    assert sorted(codes(text)) == ["FC413", "FC414", "FC415"]


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Live on 2026-11-23: MDF first", []),
        ("Live on 2026-11-24: MDF first", ["FC502"]),
        ("Live on 2026-11-31: MDF first", ["FC501"]),
        ("live on 2026-11-23: MDF first", ["FC501"]),
        ("Live on 2026-11-23:", ["FC501"]),
        ("Live on Monday: MDF first", ["FC501"]),
    ],
)
def test_a_title_says_on_which_monday_and_what(title, found):
    assert codes(decision("ISNEW()", header=f'title: "{title}"\ntriggers: [created]')) == found


def test_titles_can_follow_another_pattern_and_a_date_without_a_year_is_no_day_of_the_week():
    def found(title):
        model = model_of(decision("ISNEW()", header=f'title: "{title}"\ntriggers: [created]'))
        return [d.code for d in check_model(model, title_pattern="(?P<date>.+) - (?P<summary>.+)", date_form="%m/%d")]

    assert found("02/29 - MDF first") == []
    assert found("12/13 - MDF first") == []
    assert found("13/12 - MDF first") == ["FC501"]
    assert found("Live on 12/13: MDF first") == ["FC501"]


FIXTURE = """\
--- flows/lead.yaml
{flow}
--- flows/fixtures/lead/all.yaml
- why: the lead goes where it goes
  now: 2026-11-23T09:00:00Z
  lead: {{Company: Acme}}
  expect: {{{expect}}}
"""


@pytest.mark.parametrize(
    ("expect", "place", "hint"),
    [
        ("owner: queue/rwa", "queue/rwa", "did you mean `raw`?"),
        ("owner: queue/raw, ends: dnoe", "dnoe", "did you mean `done`?"),
        ("owner: queue/raw, result: Dnoe", "Dnoe", "did you mean `Done`?"),
        ("owner: queue/raw, path: [start, dnoe]", "dnoe", "did you mean `done`?"),
        ("owner: queue/raw, ends: start", "start", "correct the name, or write the node"),
    ],
)
def test_an_expectation_that_no_flow_meets_is_marked(expect, place, hint):
    text = FIXTURE.format(flow=flow("start: {type: assign, to: queue/raw, then: done}"), expect=expect)

    [found] = check(text)

    assert (found.span.file, marked(found), found.hint) == ("flows/fixtures/lead/all.yaml", place, hint)


def test_a_fixture_may_expect_the_end_of_a_flow_that_its_flow_continues_in():
    onward = flow("start: {type: continue, flow: partner}").replace("  done: {type: end, result: Done}\n", "")
    partner = "flow: partner\nobject: Lead\nstart: there\nnodes:\n  there: {type: end, result: There}\n"
    text = FIXTURE.format(flow=onward, expect="owner: queue/raw, ends: there") + f"--- flows/partner.yaml\n{partner}"

    assert codes(text) == []


# -- pages


@pytest.mark.parametrize("name", ["FC102", "fc102", "unreachable-node"])
def test_a_page_is_found_by_code_and_by_name(name):
    page = explain(name)

    assert (page.code, page.name, page.group) == ("FC102", "unreachable-node", "The graph")


def test_a_code_that_is_not_there_is_met_with_one_that_is():
    with pytest.raises(FlowctlError) as caught:
        explain("unreachable-nodes")

    assert caught.value.hint == "did you mean `unreachable-node`?"


# -- what nobody reads, and who nobody is


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("flows/partner.yml", "flows/partner.yaml"),
        ("flows/emea/partner.yaml", "flows/partner.yaml"),
        ("flows/rosters/emea/sdr.yaml", "flows/rosters/sdr.yaml"),
        ("flows/objects/Lead.yml", "flows/objects/Lead.yaml"),
        ("flows/fixtures/first.yaml", "flows/fixtures/FLOW/first.yaml"),
        ("flows/fixtures/lead/first.yml", "flows/fixtures/lead/first.yaml"),
        ("flows/territories.csv", "flows/tables/territories.csv"),
    ],
)
def test_a_file_that_nobody_reads_is_named_with_the_place_where_it_would_be(path, place):
    [found] = check(f"--- flows/lead.yaml\n{flow('', 'done')}--- {path}\n[]\n")

    assert (found.code, found.severity, str(found.span)) == ("FC008", Severity.WARNING, f"{path}:1:1")
    assert f"`{place}`" in found.hint


def test_fixtures_in_folders_of_a_flows_folder_are_read():
    assert codes(f"--- flows/lead.yaml\n{flow('', 'done')}--- flows/fixtures/lead/emea/first.yaml\n[]\n") == []


@pytest.mark.parametrize(
    ("condition", "hint"),
    [
        ("Owner = 'bea.kim'", "write `'user/bea.kim'`"),
        ("Owner != ' bea.kim '", "write `'user/bea.kim'`"),
        ("CreatedBy IN ('user/bea.kim', 'lars.holm')", "write `'user/lars.holm'`"),
        ("'partner' = Owner", "write `'queue/partner'`"),
        ("PRIOR(Owner) = '0055g00000ABCDE'", "write `'user/0055g00000ABCDE'`"),
    ],
)
def test_a_person_without_its_kind_is_nobody(condition, hint):
    [found] = check(decision(condition))

    assert (found.code, found.severity, found.hint) == ("FC218", Severity.WARNING, hint)


@pytest.mark.parametrize("condition", ["Owner = 'user/bea.kim'", "Owner = 'Queue/partner'", "Owner = CreatedBy"])
def test_a_person_with_its_kind_is_somebody(condition):
    assert check(decision(condition)) == ()
