"""Fingerprints: what is said in other words keeps them, what is changed otherwise does not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.diff import PartDiff, diff_flows
from flowctl.diff.edits import NodeRenamed
from flowctl.ops.ci import fingerprint
from flowctl.ops.diff import diff
from flowctl.ops.versions import Version
from tests import strategies
from tests.ops.ci.small import FIXTURES, NODES, edited, files, report, seen
from tests.strategies import flows

HOT = "Score >= 50 AND Country IN ('Peru', 'Chile')"
CHANGED = (HOT, "Score >= 70 AND Country IN ('Peru', 'Chile')")


def prints(nodes, before=NODES, more=None):
    return [c.fingerprint for c in seen(files(before), files(nodes, more=more)).changes if c.fingerprint]


@pytest.mark.parametrize(
    "rewording",
    [
        ("label: hot", "label: very hot"),
        ("label: Hot or not?", "label: Is it hot?\n  notes: asked first\n  source: the handbook"),
        ("  otherwise: to_cold", "  # nobody else\n  otherwise:   to_cold"),
        (f'"{CHANGED[1]}"', "\"Country IN ('Chile', 'Peru') AND Score >= 70\""),
        ("    - {when: Status = 'MQL', label: mql, then: to_hot}\n", ""),
    ],
    ids=["label of the branch", "label, notes and source", "formatting", "order of terms and values", "another change"],
)
def test_a_change_that_is_worded_otherwise_keeps_its_fingerprint(rewording):
    [changed] = prints(edited(CHANGED))

    assert changed in prints(edited(CHANGED, rewording))


def test_the_order_of_nodes_is_no_part_of_a_fingerprint():
    moved = NODES.replace("to_cold: {type: assign, to: queue/cold, then: done, unavailable: done}\n", "")
    moved = "to_cold: {type: assign, to: queue/cold, then: done, unavailable: done}\n" + moved

    assert prints(edited(CHANGED, nodes=moved)) == prints(edited(CHANGED))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((HOT, HOT.replace("50", "70")), (HOT, HOT.replace("50", "71"))),
        (("otherwise: to_cold", "otherwise: to_hot"), ("otherwise: to_cold", "otherwise: done")),
        (("queue/cold", "queue/raw"), ("queue/cold", "queue/hot")),
        (("hot, then: to_hot", "hot, then: to_cold"), ("mql, then: to_hot", "mql, then: to_cold")),
    ],
    ids=["another number", "another way", "another queue", "another branch"],
)  # fmt: skip
def test_another_change_has_another_fingerprint(one, other):
    assert set(prints(edited(one))).isdisjoint(prints(edited(other)))


def test_new_and_gone_nodes_and_moved_branches_have_fingerprints_of_their_own():
    first = "    - {when: \"Score >= 50 AND Country IN ('Peru', 'Chile')\", label: hot, then: to_hot}\n"
    swapped = edited((first, ""), ("  otherwise: to_cold", first + "  otherwise: to_cold"))
    added = edited(("otherwise: to_cold", "otherwise: to_raw")) + "to_raw: {type: assign, to: queue/raw, then: done, unavailable: done}\n"  # fmt: skip  # noqa: E501
    found = [*prints(swapped), *prints(added), *prints(NODES, before=added)]

    assert len(set(found)) == len(found) == 5


def test_members_and_whole_parts_have_fingerprints_and_cosmetic_edits_have_none():
    roster = "roster: emea\nlabel: Europe\nmembers:\n  - {user: bea.kim, weight: 2}\n"
    told = seen(files(), files(more={"flows/rosters/emea.yaml": roster, "flows/rosters/new.yaml": roster.replace("emea", "new")}))  # fmt: skip  # noqa: E501
    again = seen(files(), files(more={"flows/rosters/emea.yaml": roster.replace("Europe", "EMEA")}))

    by_part = {(c.part, c.cosmetic): c.fingerprint for c in told.changes}
    assert by_part["roster/emea", True] is None
    assert by_part["roster/emea", False] in [c.fingerprint for c in again.changes]
    assert by_part["roster/new", False] is not None


def test_a_finding_keeps_its_fingerprint_when_its_line_and_its_words_move():
    orphan = "orphan: {type: end, result: lost}\n"
    one = report(files(), files(NODES + orphan))
    two = report(files(), files("\n# a line more\n" + orphan.replace("lost", "gone") + NODES.replace("hot,", "warm,")))

    [a], [b] = ([f for f in r.findings if f.diagnostic.code == "FC102"] for r in (one, two))
    assert a.diagnostic.span != b.diagnostic.span
    assert a.fingerprint == b.fingerprint


def test_two_findings_of_one_place_are_told_apart():
    twice = report(files(), files(fixtures={"lead": [*FIXTURES["lead"], *FIXTURES["lead"]]}))

    found = [f.fingerprint for f in twice.findings]
    assert len(found) == len(set(found)) > 1


def test_a_movement_is_known_by_where_from_and_where_to():
    nodes = edited(("otherwise: to_cold", "otherwise: to_hot"))
    more = {"lead": [*FIXTURES["lead"], FIXTURES["lead"][2].replace("10", "11")]}
    [one], [two] = (seen(files(fixtures=f), files(nodes, f)).moves for f in (FIXTURES, more))

    assert (one.leads, two.leads) == (1, 2)
    assert one.fingerprint == two.fingerprint


# -- what is compared without reading it again


@pytest.mark.parametrize("new", ["Score >= 51", "Score >>= 51", "Score >= 50"])
def test_flows_that_were_read_differ_as_their_texts_do(new):
    roster = "roster: emea\nmembers:\n  - {user: lars.holm}\n"
    more = {"flows/rosters/emea.yaml": roster, "flows/new.yaml": "flow: x\n"}
    before, after = files(), files(edited(("Score >= 50", new), ("label: hot", "label: x")), more=more)

    assert seen(before, after).diff == diff(Version("live", before), Version("draft", after))


# -- the law


def worded(flow):
    """The flow with other words about its nodes, and its nodes in another order."""
    words = {"notes": "why", "source": "there"}
    nodes = {id_: replace(node, label=f"{node.label}!", **words) for id_, node in flow.nodes.items()}
    return replace(flow, nodes=dict(reversed(nodes.items())), title="another", notes="more")


def edits(before, after):
    found = diff_flows(before, after)
    part = PartDiff("flow/lead", "changed", found, False)
    return sorted(fingerprint.of_edits(part, before, after).values())


def renamed(before, after):
    return {(edit.was, edit.node) for edit in diff_flows(before, after) if isinstance(edit, NodeRenamed)}


@given(st.data())
def test_other_words_and_another_order_of_nodes_change_no_fingerprint(data):
    before = data.draw(flows())
    after = data.draw(strategies.edited(before))
    renames = renamed(before, after)
    found = edits(before, after)

    # a node with another id is known by its words alone
    assert renamed(worded(before), worded(after)) != renames or edits(worded(before), worded(after)) == found
    assert renames or edits(before, worded(after)) == found
    assert len(found) == sum(not edit.cosmetic for edit in diff_flows(before, after))
