"""Bounds of `flowctl.yaml`: what they say, and what is told of those that say nothing."""

import pytest

from flowctl.diag import FlowctlError
from flowctl.ops.bounds import Bound
from flowctl.ops.config import config_of

CONFIG = """\
environments:
  production: {{adapter: local, path: p}}
gates:
  weekly:
    leads: ../leads.csv
    actual: Owner
    impact:
      - {}
"""


def bound(text):
    [found] = config_of(CONFIG.format(text).encode()).gates_of("weekly").impact
    return found


def problem(text):
    with pytest.raises(FlowctlError) as caught:
        bound(text)
    return caught.value.found[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("moved <= 5%", Bound("moved", "<=", 5, True)),
        ("unrouted == 0", Bound("unrouted", "==", 0, False)),
        ("share(user/bea.kim)<=30.5%", Bound("share", "<=", 30.5, True, "user/bea.kim")),
        ("share( roster/emea ) > 1 %", Bound("share", ">", 1, True, "roster/emea")),
        ("agreement >= 98%", Bound("agreement", ">=", 98, True)),
        ("moved < 1000", Bound("moved", "<", 1000, False)),
    ],
)
def test_a_bound_is_a_figure_and_its_limit(text, found):
    assert bound(text) == found
    assert bound(str(found)) == found


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("moves <= 5%", "`moves` is no figure", 9),
        ("moved = 5%", "`=` is no comparison", 15),
        ("moved <= few", "`few` is no number", 18),
        ("moved <= 105%", "`105` is not a share", 18),
        ("share(bea) <= 5%", "`bea` names nobody", 15),
        ("share <= 5%", "`share` names nobody", 9),
        ("unrouted(user/x) == 0", "`unrouted` is of all leads", 9),
        ("agreement >= 98", "`98` is a share", 22),
        ("moved <= 5% and more", "`and more` is too much", 21),
        ("'!'", "`!` is no bound", 10),
    ],
)
def test_what_is_wrong_with_a_bound_is_told_at_its_place(text, message, column):
    found = problem(text)

    assert found.message == message
    assert (found.span.line, found.span.column) == (8, column)
    assert found.hint


def test_a_figure_that_is_misspelled_has_a_hint():
    assert problem("agreemnt >= 98%").hint == "did you mean `agreement`?"


def test_agreement_needs_a_column_of_owners_and_that_needs_leads():
    text = CONFIG.format("agreement >= 98%")

    with pytest.raises(FlowctlError) as caught:
        config_of(text.replace("    actual: Owner\n", "").encode())
    assert [(d.message, d.span.line) for d in caught.value.found] == [("`agreement` needs `actual`", 7)]

    with pytest.raises(FlowctlError) as caught:
        config_of(text.replace("    leads: ../leads.csv\n", "").encode())
    assert [d.message for d in caught.value.found] == ["`actual` is about `leads`"]


@pytest.mark.parametrize(
    ("text", "leads", "of", "holds"),
    [
        ("moved <= 5%", 5, 100, True),
        ("moved <= 5%", 6, 100, False),
        ("moved <= 0.1%", 1, 1000, True),
        ("unrouted == 0", 0, 100, True),
        ("unrouted == 0", 1, 100, False),
        ("agreement >= 98%", 49, 50, True),
        ("agreement > 98%", 49, 50, False),
        ("moved < 6", 5, 10, True),
    ],
)
def test_a_bound_holds_or_does_not(text, leads, of, holds):
    assert bound(text).holds(leads, of) is holds
