"""The judge says why: which atom was true, whom a match found, what an owner was refused for."""

import pytest

from flowctl.engine.outcome import Bound, Owned, Picked, Sent, Sought, Tried, Was
from flowctl.expr import to_text
from tests.engine.surroundings import CASES, load_case, outcomes


def facts(folder, lead=0):
    outcome = outcomes(load_case(CASES / folder))[lead]
    return [fact for visit in outcome.path for fact in visit.facts]


def test_each_branch_tells_the_atoms_that_were_looked_at_and_no_others():
    blank = facts("what_is_not_so_is_true_of_a_blank")
    raw = facts("what_is_not_so_is_true_of_a_blank", lead=1)

    assert [(fact.port, fact.held, told(fact)) for fact in blank if isinstance(fact, Tried)] == [
        ("open", True, ["Status != 'Raw': True", "Status NOT IN ('MQL'): True", "Blocked: False"])
    ]
    assert [(fact.port, fact.held, told(fact)) for fact in raw if isinstance(fact, Tried)] == [
        ("open", False, ["Status != 'Raw': False"])
    ]


def told(tried):
    return [f"{to_text(atom)}: {truth}" for atom, truth in tried.atoms]


def test_branches_below_the_one_that_was_taken_are_not_tried():
    tried = [fact.port for fact in facts("the_first_branch_that_is_true_is_taken") if isinstance(fact, Tried)]

    assert tried == ["high"]


def test_a_match_tells_what_each_method_found_and_what_decided():
    found = facts("preferences_are_asked_in_order")

    assert [fact for fact in found if isinstance(fact, Sought)] == [Sought("company_name", 3, 3)]
    [bound] = [fact for fact in found if isinstance(fact, Bound)]
    assert (bound.name, bound.by) == ("account", "preference 2")


@pytest.mark.parametrize(
    ("lead", "why"), [(0, "blank"), (2, "not in the directory"), (3, "inactive")], ids=lambda value: str(value)
)
def test_an_owner_that_could_not_be_is_told_with_the_reason(lead, why):
    found = facts("an_owner_that_cannot_be_leaves_by_unavailable", lead)

    assert found == [Owned(None, why)]


def test_an_inactive_user_who_is_named_outright_is_told_as_such():
    found = facts("an_inactive_user_who_is_named_outright_leaves_the_lead_unrouted")

    assert found == [Owned("user/dan", "inactive")]


def test_a_turn_tells_who_took_it_for_whom():
    found = facts("a_cover_takes_the_turns_of_who_is_on_leave")

    assert found == [Picked("sales", "user/cy", "ana", ())]


def test_each_field_that_is_set_is_told_with_its_value():
    found = facts("values_are_taken_from_the_lead_before_the_step")

    assert found == [Was("Score", 8.0), Was("Best_Score", 9.0)]


def test_a_message_is_a_fact_of_its_node():
    found = facts("a_message_to_the_owner_of_an_unowned_lead_goes_to_nobody")

    assert found == [Sent("email", "nobody", "Hello")]
