"""What really happened against what a flow says: agreement, disagreements with examples, and where they come from."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from flowctl.engine import Turns, route, world_of
from flowctl.envs.protocol import OrgDirectory, OrgEntry
from flowctl.ops.backtest.spots import spots
from tests.ops.backtest.leads import arrivals, compared, model

OWNERS = ("user/bea.kim", "Lars Holm", "queue/cold", "Raw", "", "Mister X")
MEANT = {"Lars Holm": "user/lars.holm", "Raw": "queue/raw", "": None}


def test_a_lead_that_any_member_of_its_roster_has_agrees_by_roster_and_not_by_person():
    agreement = compared(["Peru", "Peru"], ["user/lars.holm", "user/bea.kim"]).agreement

    assert (agreement.compared, agreement.agreed, agreement.by_person) == (2, 2, 0)
    assert (agreement.taken_turns, agreement.roster_agreed) == (2, 2)


def test_owners_are_known_by_name_by_e_mail_by_logical_name_and_by_the_environments_id():
    org = OrgDirectory({"queue/cold": OrgEntry("00G5f000001AbCdEAF")})

    agreement = compared(["Chile"] * 4, ["queue/cold", "Cold", "00G5f000001AbCd", "COLD "], org).agreement

    assert (agreement.compared, agreement.by_person) == (4, 4)


def test_owners_whom_nobody_knows_are_counted_with_their_rows_and_not_compared():
    comparison = compared(["Chile", "Peru", "Norway"], ["Mister X", "Mister Y", "Raw"])

    assert (comparison.agreement.compared, comparison.unknown, comparison.unknown_at) == (1, 2, [1, 2])


def test_a_disagreement_has_its_leads_and_its_first_examples_with_their_traces():
    [confused] = compared(["Chile"] * 5, ["Raw"] * 5).confused

    assert (confused.expected, confused.actual, confused.leads) == ("queue/cold", "queue/raw", 5)
    assert [(e.position, e.name) for e in confused.examples] == [(1, "Lead 1"), (2, "Lead 2"), (3, "Lead 3")]
    assert [node for _, node, _ in confused.examples[0].outcome.ways] == ["start", "to_cold", "done"]


def test_the_node_that_all_disagreeing_leads_come_through_and_few_others_has_the_largest_lift():
    comparison = compared(["Chile", "Chile", "Norway", "Peru"], ["Raw", "Raw", "Raw", "user/bea.kim"])

    [first, *_] = spots(comparison.taken, comparison.broken)

    assert (first.nodes, first.leads, first.broken, first.lift) == (("to_cold",), 2, 2, 2.0)


def test_nodes_that_the_same_leads_come_through_are_told_as_one_in_their_order():
    comparison = compared(["Chile", "Norway"], ["Raw", "Raw"])

    assert [spot.nodes for spot in spots(comparison.taken, comparison.broken)] == [("to_cold",)]


def test_where_all_agree_no_node_is_named():
    comparison = compared(["Chile", "Norway"], ["Cold", "Raw"])

    assert spots(comparison.taken, comparison.broken) == ()
    assert comparison.confused == ()


@settings(max_examples=min(60, settings.default.max_examples), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["Peru", "Chile", "Norway"]), st.sampled_from(OWNERS)), min_size=1))
def test_it_counts_what_the_judge_says_lead_by_lead(leads):
    made, turns = model(), Turns()
    world = world_of(made)
    outcomes = [route(world, "lead", a.record, turns, a.now) for a in arrivals([country for country, _ in leads])]
    known = [(o, MEANT.get(owner, owner)) for o, (_, owner) in zip(outcomes, leads, strict=True) if owner != "Mister X"]
    crew = {f"user/{m.user}" for m in made.rosters["emea"].members}
    agreed = [o.owner == owner or (o.roster and owner in crew) for o, owner in known]
    pairs = Counter(
        (o.goes_to, owner or "nobody") for (o, owner), agrees in zip(known, agreed, strict=True) if not agrees
    )

    comparison = compared(*zip(*leads, strict=True))

    assert (comparison.agreement.compared, comparison.agreement.agreed) == (len(known), sum(map(bool, agreed)))
    assert comparison.agreement.by_person == sum(o.owner == owner for o, owner in known)
    assert {(c.expected, c.actual): c.leads for c in comparison.confused} == pairs
    assert sum(leads for _, leads, _ in comparison.load()) == len(known)
