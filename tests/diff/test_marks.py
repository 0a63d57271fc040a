"""What stands in a file in the place of a conflict, and how it is settled."""

import pytest

from flowctl.diff import merge_text, settle, unsettled
from flowctl.diff.layout import SECTIONS
from flowctl.flow import load_flow
from flowctl.flow.kinds import ListOf, MapOf, Record, keys
from flowctl.flow.model import Nodes

FLOW = """flow: lead
object: Lead
triggers: [created]
start: scored
nodes:
  scored:
    type: decision
    branches:
      - when: Person_Score__c >= 0
        label: some
        then: done
      - {when: ISNEW(), label: a/b, then: done}
    otherwise: done
  done: {type: end, result: routed}
"""
WHEN = "nodes/scored/branches/some/when"


def edited(*edits):
    text = FLOW
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return text


OURS = edited((">= 0", ">= 50"), ("routed", "held"), ("label: a/b", "label: a/b, source: x"))
THEIRS = edited((">= 0", ">= 80  # as sales asked"), ("routed", "lost"), ("label: a/b", "label: a/b, source: y"))
MERGED = merge_text("flow/lead", FLOW, OURS, THEIRS)


def test_the_sides_stand_one_below_the_other_in_the_place_of_the_value():
    assert MERGED.text.splitlines()[8:15] == [
        "      - when:",
        "          conflict:  # keep one of them in the place of `conflict:`",
        "            base: Person_Score__c >= 0",
        "            ours: Person_Score__c >= 50",
        "            theirs: Person_Score__c >= 80  # as sales asked",
        "        label: some",
        "        then: done",
    ]
    assert unsettled("flows/lead.yaml", MERGED.text) == (WHEN, "nodes/scored/branches/a/b/source", "nodes/done/result")


def test_a_file_with_conflicts_is_refused_while_it_is_read_with_what_to_type():
    flow, problems = load_flow("flows/lead.yaml", MERGED.text)

    assert flow is not None
    assert [problem.code for problem in problems] == ["FC010"] * 3
    assert f"`flowctl merge --take ours flows/lead.yaml:{WHEN}`" in problems[0].hint
    assert (problems[0].span.line, problems[0].span.column) == (10, 11)


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_side_can_be_taken_of_one_of_all_below_an_address_or_of_the_file(side):
    path = "flows/lead.yaml"
    other = {"ours": "theirs", "theirs": "ours"}[side]

    one = settle(path, MERGED.text, {WHEN: side})
    node = settle(path, MERGED.text, {"nodes/scored": side})
    mixed = settle(path, MERGED.text, {"": other, "nodes/scored": side, WHEN: other})

    assert unsettled(path, one) == ("nodes/scored/branches/a/b/source", "nodes/done/result")
    assert unsettled(path, node) == ("nodes/done/result",)
    assert unsettled(path, mixed) == ()
    assert (">= 50" in one) == (side == "ours") == (">= 80" in mixed)
    assert ("source: x" in mixed) == (side == "ours")
    assert settle(path, MERGED.text, {"nodes": side}) == settle(path, MERGED.text, {"": side})


def test_taking_a_side_while_merging_is_settling_afterwards():
    taken = merge_text("flow/lead", FLOW, OURS, THEIRS, take={WHEN: "theirs", "nodes/done": "ours"})

    assert taken.text == settle("flows/lead.yaml", MERGED.text, {WHEN: "theirs", "nodes/done": "ours"})
    assert [(d.path, d.choice, d.merged) for d in taken.decisions if d.choice != "conflict"] == [
        (WHEN, "theirs", "when: Person_Score__c >= 80  # as sales asked\n"),
        ("nodes/done/result", "ours", "result: held\n"),
    ]


def test_the_first_key_of_an_item_can_go():
    base = "roster: emea\nmembers:\n  - cap: 9/day\n    user: ana\n  - user: bo\n"
    ours, theirs = base.replace("cap: 9/day\n    user", "user"), base.replace("9/day", "12/day")
    merged = merge_text("roster/emea", base, ours, theirs)

    assert [c.path for c in merged.conflicts] == ["members/ana/cap"]
    assert settle("flows/rosters/emea.yaml", merged.text, {"": "ours"}) == ours
    assert settle("flows/rosters/emea.yaml", merged.text, {"": "theirs"}) == theirs


def test_the_last_entry_can_go():
    base = "users:\n  ana: {name: Ana}\nqueues:  # of all\n  raw: {name: Raw}\n"
    ours, theirs = (
        base.replace("queues:  # of all\n  raw: {name: Raw}\n", "queues: {}  # of all\n"),
        base.replace("Raw}", "Raw Queue}"),
    )
    merged = merge_text("directory", base, ours, theirs)

    settled = settle("flows/directory.yaml", merged.text, {"": "ours"})

    assert [c.path for c in merged.conflicts] == ["queues/raw"]
    assert unsettled("flows/directory.yaml", settled) == ()
    assert settled.endswith("queues: {}  # of all\n")


def test_a_conflict_that_somebody_wrote_in_brackets_is_settled_too():
    text = "nodes:\n  a: {type: end, result: {conflict: {base: x, ours: y, theirs: z}}}\n"

    assert unsettled("flows/lead.yaml", text) == ("nodes/a/result",)
    assert settle("flows/lead.yaml", text, {"": "theirs"}) == "nodes:\n  a: {type: end, result: z}\n"


def test_a_text_about_a_conflict_is_none():
    text = "flow: lead\nnotes: {conflict: of interest}\nnodes:\n  conflict: {type: end, result: held}\n"

    assert unsettled("flows/lead.yaml", text) == ()
    assert unsettled("README.md", "a conflict:\n  ours: x\n") == ()


def test_a_file_that_cannot_be_read_keeps_its_conflicts():
    assert unsettled("flows/lead.yaml", MERGED.text + "  : [\n") == ("",)


def test_the_sections_of_files_are_those_of_the_classes_that_hold_them():
    from flowctl.diff.holders import HOLDERS

    def is_ordered(kind):
        match kind:
            case Nodes() | MapOf():
                return False
            case ListOf(Record()):
                return True

    found = {sort: {name: is_ordered(key.kind) for name, key in keys(cls).items()} for sort, cls in HOLDERS.items()}

    assert {sort: {n: o for n, o in of.items() if o is not None} for sort, of in found.items()} == SECTIONS
