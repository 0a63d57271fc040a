"""A flow that is opened parses a branch's condition when somebody looks at it, and is otherwise the loaded one."""

import pytest
from hypothesis import given, settings

from flowctl.diag import FlowctlError
from flowctl.diff import diff_bundles
from flowctl.expr import parse
from flowctl.flow import Bundle, dump_flow, load_flow, open_flow
from tests.strategies import flows

FEWER = settings(max_examples=max(10, settings.default.max_examples // 4))
FLOW = """\
flow: lead
object: Lead
start: first
nodes:
  first:
    type: decision
    branches:
      - when: Status = 'MQL'
        then: done
      - when: Person_Score__c >= 71
        then: done
    otherwise: second
  second:
    type: decision
    branches:
      - when: Country = 'Norway'
        then: done
    otherwise: done
  done: {type: end, result: routed}
"""
BROKEN = FLOW.replace("Country = 'Norway'", "Country = =")


def opened(text):
    flow, problems = open_flow("flows/lead.yaml", text)
    assert problems == ()
    return flow


def codes(problems):
    return [(problem.code, str(problem.span)) for problem in problems]


@FEWER
@given(flows())
def test_an_opened_flow_is_the_loaded_one(flow):
    text = dump_flow(flow)

    assert opened(text) == load_flow("flows/lead.yaml", text)[0]
    assert dump_flow(opened(text)) == text


def test_a_condition_is_parsed_when_it_is_first_looked_at():
    branch = opened(FLOW).nodes["first"].branches[1]
    before = parse.cache_info().misses

    assert branch.unparsed is not None
    assert branch.when == parse("Person_Score__c >= 71")
    assert branch.when is branch.when
    assert parse.cache_info().misses == before + 1


def test_branches_of_one_text_are_equal_without_being_parsed():
    a, b = opened(BROKEN), opened(BROKEN)

    assert a == b


def test_branches_of_two_texts_are_equal_when_they_say_the_same():
    spaced = FLOW.replace("Status = 'MQL'", "Status  =  'MQL'")

    assert opened(FLOW) == opened(spaced)
    assert hash(opened(FLOW).nodes["first"].branches[0]) == hash(opened(spaced).nodes["first"].branches[0])


def test_a_wrong_condition_is_told_with_its_place_by_who_looks_at_it():
    branch = opened(BROKEN).nodes["second"].branches[0]

    with pytest.raises(FlowctlError) as told:
        branch.when  # noqa: B018
    assert codes(told.value.found) == [("FC300", "flows/lead.yaml:16:25")]
    assert codes(load_flow("flows/lead.yaml", BROKEN)[1]) == codes(told.value.found)


def test_a_node_that_cannot_be_read_tells_its_wrong_conditions_too():
    both = BROKEN.replace("        then: done\n    otherwise: done", "        thn: done\n    otherwise: done")
    flow, problems = open_flow("flows/lead.yaml", both)

    assert flow.unread == {"second"}
    assert codes(problems) == codes(load_flow("flows/lead.yaml", both)[1])
    assert {code for code, _ in codes(problems)} == {"FC003", "FC004", "FC300"}


def test_a_branch_has_no_other_attributes():
    with pytest.raises(AttributeError, match="whom"):
        opened(FLOW).nodes["first"].branches[0].whom  # noqa: B018


def diff(before, after):
    [found] = diff_bundles(Bundle({"flow/lead": before}), Bundle({"flow/lead": after}))
    return found


def test_a_condition_that_is_wrong_alike_on_both_sides_is_no_difference():
    found = diff(BROKEN, BROKEN.replace("result: routed", "result: held"))

    assert (found.status, len(found.edits), found.cosmetic) == ("changed", 1, False)


@pytest.mark.parametrize("after", [BROKEN, FLOW.replace("  done: {", "  new:\n    type: decision\n    branches:\n"
                                                        "      - {when: 'Country = =', then: done}\n"
                                                        "    otherwise: done\n  done: {")])  # fmt: skip
def test_a_condition_that_became_wrong_makes_the_part_unreadable(after):
    found = diff(FLOW, after)

    assert (found.status, found.edits) == ("unreadable", ())
    assert {problem.code for problem in found.problems} == {"FC300"}
