"""What differs between bundles, beside the flows."""

import sys

import pytest

from flowctl.diff import diff_bundles
from flowctl.flow import Bundle
from flowctl.render.words import marker, sentence

ROSTER = """
roster: emea
label: EMEA
members:
  - {user: noor.haddad, weight: 2, leave: [{from: 2026-12-21, to: 2027-01-03}]}
  - {user: lars.holm}
  - {user: ines.duarte}
"""
DIRECTORY = """
users:
  bea.kim: {name: Bea Kim, email: bea.kim@example.com, attributes: {Region: EMEA}}
  omar.saleh: {name: Omar Saleh}
queues:
  partner: {name: Partner Queue}
"""
LEAD = """
object: Lead
fields:
  Status: {label: Lead Status, type: picklist, values: [Raw, MQL]}
  Score__c: {label: Score, type: number}
relations: {campaign: Campaign}
"""
FLOW = "flow: lead\nobject: Lead\nstart: done\nnodes:\n  done: {type: end, result: routed}\n"


def told(part, before, after):
    """The sentences of the one part that differs, and whether the difference is cosmetic."""
    [diff] = diff_bundles(Bundle({part: before}), Bundle({part: after}))
    assert diff.status == "changed"
    return [f"{marker(edit)} {sentence(edit)}" for edit in diff.edits], diff.cosmetic


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "- {user: lars.holm}",
            "- {user: lars.holm, weight: 3}",
            "~ `weight` of member `lars.holm` is now `3` (was `1`)",
        ),
        ("  - {user: lars.holm}\n", "", "- member `lars.holm` is gone"),
        ("  - {user: lars.holm}\n", "  - {user: lars.holm}\n  - {user: bea.kim}\n", "+ member `bea.kim` is new"),
        (
            "[{from: 2026-12-21,",
            "[{from: 2026-12-01, to: 2026-12-02}, {from: 2026-12-21,",
            "~ `from: 2026-12-01, to: 2026-12-02` joins `leave` of member `noor.haddad`",
        ),
        ("2027-01-03", "2027-01-10", "~ `leave.to` of member `noor.haddad` is now `2027-01-10` (was `2027-01-03`)"),
        ("label: EMEA\n", "label: EMEA\nturns: count\n", "~ `turns` is now `count` (was `order`)"),
    ],
)
def test_a_roster_is_told_member_by_member(old, new, said):
    assert told("roster/emea", ROSTER, ROSTER.replace(old, new)) == ([said], False)


def test_a_member_that_moved_is_one_edit():
    moved = ROSTER.replace("  - {user: ines.duarte}\n", "").replace("members:\n", "members:\n  - {user: ines.duarte}\n")

    assert told("roster/emea", ROSTER, moved) == (["> member `ines.duarte` now comes first"], False)


def test_a_member_that_is_there_twice_is_told_apart():
    twice = ROSTER + "  - {user: ines.duarte, weight: 4}\n"

    assert told("roster/emea", ROSTER, twice) == (["+ member `ines.duarte (2)` is new"], False)


def test_a_label_is_cosmetic():
    assert told("roster/emea", ROSTER, ROSTER.replace("label: EMEA", "label: Europe")) == (
        ["= `label` is now `Europe` (was `EMEA`)"],
        True,
    )


def test_a_directory_is_told_by_user_and_queue():
    after = (
        DIRECTORY.replace("Omar Saleh}", "Omar Saleh, active: false}")
        .replace("Region: EMEA", "Region: AMER")
        .replace("bea.kim@", "bea@")
        .replace("  partner: {name: Partner Queue}\n", "  raw: {name: Raw Queue}\n")
    )

    assert told("directory", DIRECTORY, after) == (
        [
            "~ `email` of user `bea.kim` is now `bea@example.com` (was `bea.kim@example.com`)",
            "~ `attributes.Region` of user `bea.kim` is now `AMER` (was `EMEA`)",
            "~ `active` of user `omar.saleh` is now `false` (was `true`)",
            "+ queue `raw` is new",
            "- queue `partner` is gone",
        ],
        False,
    )


def test_an_object_is_told_by_field():
    after = LEAD.replace("[Raw, MQL]", "[Raw, MQL, Qualified]").replace("label: Score", "label: Person Score")

    assert told("object/Lead", LEAD, after) == (
        [
            "~ `Qualified` joins `values` of field `Status`",
            "= `label` of field `Score__c` is now `Person Score` (was `Score`)",
        ],
        False,
    )


def test_a_relation_to_another_object_is_told():
    assert told("object/Lead", LEAD, LEAD.replace("campaign: Campaign", "campaign: Event")) == (
        ["~ relation `campaign` is now `Event` (was `Campaign`)"],
        False,
    )


def test_settings_are_told_by_key():
    assert told("settings", "time_zone: UTC\n", "time_zone: Europe/Berlin\n") == (
        ["~ `time_zone` is now `Europe/Berlin` (was `UTC`)"],
        False,
    )


def test_flows_come_first_and_parts_come_and_go():
    before = Bundle({"roster/emea": ROSTER, "flow/lead": FLOW, "flow/old": FLOW})
    after = Bundle({"settings": "time_zone: UTC\n", "flow/lead": FLOW.replace("routed", "held"), "roster/emea": ROSTER})

    diffs = diff_bundles(before, after)

    assert [(diff.part, diff.status) for diff in diffs] == [
        ("flow/lead", "changed"),
        ("flow/old", "removed"),
        ("settings", "added"),
    ]


def test_comments_and_spacing_are_no_difference():
    before, after = (
        Bundle({"flow/lead": FLOW}),
        Bundle({"flow/lead": FLOW.replace("nodes:", "# all of them\nnodes:  ")}),
    )

    assert diff_bundles(before, after) == ()


@pytest.mark.parametrize("broken", ["nodes: [", "flow: lead\n", FLOW.replace("type: end", "type: stop")])
def test_a_part_that_cannot_be_read_is_never_cosmetic_and_says_why(broken):
    [diff] = diff_bundles(Bundle({"flow/lead": FLOW}), Bundle({"flow/lead": broken}))

    assert (diff.status, diff.edits, diff.cosmetic) == ("unreadable", (), False)
    assert diff.problems != ()


def test_a_flow_diff_does_not_load_deepdiff():
    for name in [name for name in sys.modules if name.split(".")[0] == "deepdiff"]:
        del sys.modules[name]

    diff_bundles(Bundle({"flow/lead": FLOW}), Bundle({"flow/lead": FLOW.replace("routed", "held")}))

    assert "deepdiff" not in sys.modules


# -- renames


def test_a_member_who_was_somebody_is_told_once():
    after = ROSTER.replace("- {user: lars.holm}", "- {user: lars.berg, was: lars.holm, weight: 3}")
    edits, cosmetic = told("roster/emea", ROSTER, after)

    assert edits == [
        "~ member `lars.holm` is now called `lars.berg`",
        "~ `weight` of member `lars.berg` is now `3` (was `1`)",
    ]
    assert not cosmetic


def test_a_member_who_was_somebody_that_is_still_there_is_new():
    after = ROSTER + "  - {user: lars.berg, was: lars.holm}\n"

    assert told("roster/emea", ROSTER, after)[0] == ["+ member `lars.berg` is new"]


def test_a_name_that_was_said_later_is_no_rename():
    after = ROSTER.replace("- {user: lars.holm}", "- {user: lars.holm, was: lars.berg}")

    assert told("roster/emea", ROSTER, after)[0] == ["~ `was` of member `lars.holm` is now `lars.berg`"]


def test_a_roster_that_was_called_otherwise_is_told_once():
    after = ROSTER.replace("roster: emea", "roster: sdr-emea\nwas: emea").replace(
        "{user: lars.holm}", "{user: bea.kim}"
    )
    [diff] = diff_bundles(Bundle({"roster/emea": ROSTER}), Bundle({"roster/sdr-emea": after}))

    assert (diff.part, diff.status, diff.cosmetic) == ("roster/sdr-emea", "changed", False)
    assert [f"{marker(edit)} {sentence(edit)}" for edit in diff.edits] == [
        "~ `roster` is now `sdr-emea` (was `emea`)",
        "+ member `bea.kim` is new",
        "- member `lars.holm` is gone",
    ]


def test_a_roster_that_was_one_that_is_still_there_is_new():
    after = {"roster/emea": ROSTER, "roster/sdr-emea": ROSTER.replace("roster: emea", "roster: sdr-emea\nwas: emea")}
    [diff] = diff_bundles(Bundle({"roster/emea": ROSTER}), Bundle(after))

    assert (diff.part, diff.status) == ("roster/sdr-emea", "added")
