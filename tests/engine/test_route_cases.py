"""Every folder of `tests/cases/route` is a sentence that is true of the judge."""

import pytest

from flowctl.engine.message import shown
from flowctl.engine.outcome import Bound, Converted, Created, Found, Merged, Picked, Sought, Waited
from tests.engine.surroundings import CASES, load_case, outcomes, typed

FOLDERS = [pytest.param(folder, id=folder.name) for folder in sorted(CASES.iterdir())]


@pytest.mark.parametrize("folder", FOLDERS)
def test_route(folder):
    case = load_case(folder)

    found = outcomes(case)

    assert [told(outcome, lead["want"]) for outcome, lead in zip(found, case.leads, strict=True)] == [
        wanted(case.model, lead["want"]) for lead in case.leads
    ]


def wanted(model, want):
    return want | ({"sets": typed(model, want["sets"])} if "sets" in want else {})


def told(outcome, want):
    """What a case asks of an outcome, in the words of the case."""
    facts = [fact for visit in outcome.path for fact in visit.facts]
    answers = {
        "owner": outcome.owner,
        "routed": str(outcome.is_routed).lower(),
        "ends": outcome.ends,
        "result": outcome.result,
        "sets": dict(outcome.sets),
        "path": [f"{v.node}:{v.port}" if v.port else v.node for v in outcome.path],
        "messages": [f"{sent.channel} {sent.to}: {sent.message}" for sent in outcome.messages],
        "passed_over": {who: why for fact in facts if isinstance(fact, Picked) for who, why in fact.passed_over},
        "stands_in_for": next((fact.stands_in_for for fact in facts if isinstance(fact, Picked)), None),
        "sought": [f"{f.method}: {f.found} found, {f.kept} kept" for f in facts if isinstance(f, Sought)],
        "chosen_by": next((fact.by for fact in facts if isinstance(fact, Bound)), None),
        "goes_to": outcome.goes_to,
        "found": [f"{f.table}: row {f.row}" if f.row else f"{f.table}: none" for f in facts if isinstance(f, Found)],
        "waited": [f"{f.held} until {f.until:%Y-%m-%dT%H:%M}" for f in facts if isinstance(f, Waited)],
        "creates": [[e.object, spoken(e.values)] for e in outcome.effects if isinstance(e, Created)],
        "converts": [[e.account, spoken(e.values)] for e in outcome.effects if isinstance(e, Converted)],
        "merges": [[e.name, spoken(e.values)] for e in outcome.effects if isinstance(e, Merged)],
        "broken": [f"{b.field}: {b.rule}" for b in outcome.broken],
    }
    return {question: answers[question] for question in want}


def spoken(values):
    return {name: shown(value) for name, value in values.items()}
