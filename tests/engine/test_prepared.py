"""What is prepared for many records says of each what asking it afresh would say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.engine import Turns, route
from flowctl.engine.outcome import Tried, Visit
from flowctl.engine.prepared import Prepared
from flowctl.expr import evaluate, meaning
from flowctl.flow import program
from flowctl.flow.program import Case, Way
from tests.engine.surroundings import CASES, load_case, moment, record_of
from tests.expr.conditions import conditions, records

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

NOW = "2026-11-23T17:00:00Z"


def decision(*whens):
    cases = tuple(Case(when, Way(str(at), "next")) for at, when in enumerate(whens))
    return program.Test("d", cases, Way("otherwise", "next"))


def said(e, record):
    """A condition's truth and those of the atoms that were read."""
    atoms = []
    return evaluate(e, record, lambda atom, truth: atoms.append((atom, truth))), tuple(atoms)


@given(conditions, st.lists(records, min_size=1, max_size=4))
def test_a_meaning_that_was_made_once_is_the_same_for_every_record(e, several):
    holds = meaning(e)

    assert [holds(record, None) for record in several] == [evaluate(e, record) for record in several]


@given(st.lists(conditions, min_size=1, max_size=3), st.lists(records, min_size=1, max_size=4))
def test_a_decision_tells_each_record_what_asking_its_branches_afresh_would(whens, several):
    step, prepared = decision(*whens), Prepared()

    for record in several:
        way, visit = prepared.test("lead", step)(record)
        assert (way, visit) == afresh(step, record)


def afresh(step, record):
    tried = []
    for case in step.cases:
        tried.append(Tried(case.way.port, *said(case.when, record)))
        if tried[-1].held:
            return case.way, Visit("lead", "d", case.way.port, tuple(tried))
    return step.otherwise, Visit("lead", "d", "otherwise", tuple(tried))


@given(conditions, records)
def test_decisions_of_two_flows_are_told_apart(e, record):
    step, prepared = decision(e), Prepared()

    visits = [prepared.test(flow, step)(record)[1].flow for flow in ("lead", "contact", "lead")]

    assert visits == ["lead", "contact", "lead"]


def test_a_world_that_has_routed_before_routes_as_a_fresh_one():
    for folder in sorted(CASES.iterdir()):
        used, fresh = load_case(folder), load_case(folder)

        first, again = everybody(used), everybody(used)

        assert first == again == everybody(fresh)


def everybody(case):
    leads = [(record_of(case.model, lead), moment(lead.get("now", NOW))) for lead in case.leads]
    return [route(case.world, "lead", record, Turns(), now) for record, now in leads]
