"""Fixtures that may hold real people: what is in git stays there."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.check.registry import Found, check
from flowctl.check.scope import FlowScope, flows
from flowctl.check.written import written
from flowctl.diag import Severity
from flowctl.flow.fixture import Fixture
from flowctl.flow.invented import real_addresses
from flowctl.flow.kinds import Path


@check(
    "FC223",
    Severity.WARNING,
    flows,
    quotes=False,
    bad="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: partner
    nodes:
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handed to partners}
    --- flows/fixtures/lead/partner.yaml
    - why: every lead is a partner's
      now: 2026-11-23T09:00:00Z
      lead: {Email: jo@acme.com}
      expect: {owner: queue/partner}
    """,
    good="""
    --- flows/lead.yaml
    flow: lead
    object: Lead
    triggers: [created]
    start: partner
    nodes:
      partner: {type: assign, to: queue/partner, then: done}
      done: {type: end, result: Handed to partners}
    --- flows/fixtures/lead/partner.yaml
    - why: every lead is a partner's
      now: 2026-11-23T09:00:00Z
      lead: {Email: jo@acme.example}
      expect: {owner: queue/partner}
    """,
)
def fixture_with_a_real_person(scope: FlowScope) -> Found:
    """A mail address in a fixture that may be somebody's.

    ## Why it matters
    Fixtures are in git, where nothing is ever quite deleted: everybody who clones the repository has the address, and
    whoever asks to be forgotten cannot be.

    ## What to do
    Take an invented person on a domain that nobody can have: `example.com`, or any name under `.example`. Leads that
    were exported are made into nobody's by `flowctl leads anonymise`, which keeps what routing reads.
    """
    for fixture in scope.model.fixtures.get(scope.flow.flow, ()):
        for path in _places(fixture, scope):
            yield (
                fixture.where(*path),
                f"`{path[-1]}` may be the address of a real person",
                "an address at `example.com` or under `.example`; `flowctl leads anonymise` makes them",
            )


def _places(fixture: Fixture, scope: FlowScope) -> Iterator[Path]:
    for path, _, fields in written(fixture, scope):
        yield from ((*path, name) for name, value in fields.items() if _is_real(value))
    for object_, rows in fixture.story.data.items():
        for number, row in enumerate(rows if isinstance(rows, list) else ()):
            fields = row if isinstance(row, dict) else {}
            yield from (("data", object_, number, name) for name, value in fields.items() if _is_real(value))


def _is_real(value: object) -> bool:
    return isinstance(value, str) and next(real_addresses(value), None) is not None
