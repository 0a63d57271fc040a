"""Runs of `ci` over files alone: two versions in the small surroundings, and what is found out from them."""

import datetime as dt

from flowctl.ops.ci.report import CiReport, Reach
from flowctl.ops.ci.seen import see
from flowctl.ops.ci.steps import steps_of
from flowctl.ops.config import config_of
from flowctl.ops.versions import Version
from tests.ops.small import FILES, fixture, flow

NOW = dt.datetime(2026, 11, 20, 16, tzinfo=dt.UTC)
CONFIG = config_of(b"environments: {production: {path: there}}\n")
NODES = """
start:
  type: decision
  label: Hot or not?
  branches:
    - {when: "Score >= 50 AND Country IN ('Peru', 'Chile')", label: hot, then: to_hot}
    - {when: Status = 'MQL', label: mql, then: to_hot}
  otherwise: to_cold
to_hot: {type: assign, to: queue/hot, then: done, unavailable: done}
to_cold: {type: assign, to: queue/cold, then: done, unavailable: done}
"""
FIXTURES = {
    "lead": [
        fixture("Score: 80, Country: Peru", "owner: queue/hot"),
        fixture("Score: 60, Country: Chile", "owner: queue/hot"),
        fixture("Score: 10", "owner: queue/cold"),
    ]
}


def files(nodes=NODES, fixtures=FIXTURES, more=None):
    """The bytes of a small workspace."""
    texts = {**FILES, "flows/lead.yaml": flow(nodes)}
    texts |= {f"flows/fixtures/{name}/all.yaml": "".join(found) for name, found in fixtures.items()}
    return {path: text.encode() for path, text in {**texts, **(more or {})}.items()}


def seen(before, after, accepted=None, now=NOW):
    return see(before, Version("draft", after), CONFIG, accepted or {}, now)


def report(before, after, accepted=None, now=NOW, **more):
    """A report as of a commit with nothing but these files."""
    found = seen(before, after, accepted, now)
    told = {
        "label": "Live on 2026-11-23: Week",
        "branch": "draft/week",
        "commit": "0123456789abcdef0123456789abcdef01234567",
        "day": found.day,
        "before": found.before,
        "after": found.after,
        "diff": found.diff,
        "findings": found.findings,
        "tests": found.tests,
        "simulations": found.simulations,
        "plan": None,
        "pending": (),
        "approvals": None,
        "merges": (),
        "reach": Reach(None),
        "changes": found.changes,
        "moves": found.moves,
        "accepted": accepted or {},
        "steps": steps_of(found, strict=False),
    }
    return CiReport(**{**told, **more})


def edited(*pairs, nodes=NODES):
    """The nodes with some texts in the places of others."""
    for old, new in pairs:
        assert nodes.count(old) == 1, old
        nodes = nodes.replace(old, new)
    return nodes
