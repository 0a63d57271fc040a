"""How a match is told: who was chosen, who came next, and what put the one before the other."""

import datetime as dt

import pytest

from flowctl.diag import Span
from flowctl.engine.outcome import Bound, Outcome, Sought
from flowctl.expr import parse
from flowctl.flow import Record
from flowctl.flow.program import Preference
from flowctl.ops.explain import Explained, Step
from flowctl.render.explain import data

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
ACME, OTHER = Record("Account", {"Name": "Acme GmbH"}), Record("Account", {"Name": "Acme AG"})
CUSTOMER = Preference("when", parse("account.Type = 'Customer'"))

TOLD = [
    (Sought("email_domain", 3, 2), "by email_domain: 3 candidates, 1 of them dropped by `where`"),
    (Sought("company_name (90)", 0, 0), "by company_name (90): no candidate"),
    (Bound("account", None, ACME, "related"), "account is Acme GmbH"),
    (
        Bound("account", "preference 1", ACME, "email_domain", 100.0, CUSTOMER, OTHER, 100.0),
        "account is Acme GmbH before Acme AG: preference 1 (account.Type = 'Customer')",
    ),
    (
        Bound("account", "preference 2", ACME, "email_domain", 100.0, Preference("newest"), OTHER, 100.0),
        "account is Acme GmbH before Acme AG: preference 2 (newest)",
    ),
    (
        Bound("account", "order of the data", ACME, "email_domain", 100.0, None, OTHER, 100.0),
        "account is Acme GmbH before Acme AG: order of the data",
    ),
    (
        Bound("account", "closest", ACME, "company_name (80)", 96.97, Preference("closest"), OTHER, 89.99),
        "account is Acme GmbH (96.9) before Acme AG (89.9): closest",
    ),
    (Bound("account", None, ACME, "company_name (80)", 92.0), "account is Acme GmbH (92)"),
]


@pytest.mark.parametrize(("fact", "said"), TOLD)
def test_a_match_is_told_with_the_reason(fact, said):
    step = Step("lead", "m", "match", "match Account", Span("f", 1, 1, 0, 0), "matched", (), 0, (fact,))
    outcome = Outcome(None, False, {}, "z", "Done", (), ())

    told = data(Explained("draft", "lead", "a lead", NOW, outcome, (step,)))

    assert told["steps"][0]["done"] == [said]
