"""What a promotion must meet, each gate with its figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cached_property

from flowctl.check import check_model
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, Severity
from flowctl.flow import Bundle, Model, changed
from flowctl.ops.config import Config, Gates
from flowctl.ops.leads import Source
from flowctl.ops.measured import impact_gates
from flowctl.ops.records import GateResult, Moved
from flowctl.ops.simulate import Simulation, gone_flows, simulate_fixtures
from flowctl.ops.test import Router, TestReport, run_tests

LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Candidate:
    """What gates look at: live and what it is to become, both read, and what staging holds (None: not asked).

    Whatever is found out about it is found out once, however many ask. Only what has no errors can be routed through.
    """

    config: Config
    before: Model
    after: Model
    parts: tuple[str, ...]
    bundle: Bundle
    staged: Bundle | None
    staged_model: Model | None

    @cached_property
    def found(self) -> tuple[Diagnostic, ...]:
        """All that can be said against what live becomes, whatever day it is."""
        return check_model(self.after, title_pattern=self.config.title_pattern, date_form=self.config.dates)

    @property
    def has_errors(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self.found)

    @cached_property
    def router(self) -> Router:
        return Router(self.after)

    @cached_property
    def simulations(self) -> tuple[Simulation, ...]:
        """The fixtures of every flow, gone ones too, under live and under what it becomes."""
        before = None if self.before.problems else ("live", Router(self.before))
        names = [*self.after.flows, *gone_flows(self.after, before[1].model if before else None)]
        return tuple(simulate_fixtures(name, ("draft", self.router), before) for name in names)

    @cached_property
    def tests(self) -> TestReport:
        return run_tests("draft", self.after, router=self.router)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The gates' results, and what they were taken from."""

    gates: tuple[GateResult, ...]
    found: tuple[Diagnostic, ...]
    moved: Moved | None
    simulations: tuple[Simulation, ...]


def judge(gates: Gates, candidate: Candidate, source: Source | None = None, began: dt.datetime = LONG_AGO) -> Judgement:
    """Holds a candidate against the gates of its kind. Files that cannot be read fail the check and end it.

    Args:
        source: Where the leads that gates name come from; without it nothing is asked of leads.
        began: Since when live runs what it runs; leads without a `CreatedDate` are routed at that moment, so that the
            figures are the same whenever they are asked for.
    """
    found = candidate.found
    results = [_check(gates, found)] if gates.check or candidate.after.problems else []
    if candidate.has_errors:
        return Judgement(tuple(results or [_check(gates, found)]), found, None, ())
    simulations = candidate.simulations
    moved = Moved(sum(s.moved for s in simulations), sum(len(s.routed) for s in simulations))
    models = None if candidate.before.problems else candidate.before, candidate.after
    results += [*_tests(gates, candidate), *_staged(gates, candidate), *_moved(gates, moved)]
    if source is not None:
        results += impact_gates(gates, source, models, simulations, began)
    return Judgement(tuple(results), found, moved, simulations)


def _check(gates: Gates, found: tuple[Diagnostic, ...]) -> GateResult:
    errors = sum(d.severity is Severity.ERROR for d in found)
    warnings = sum(d.severity is Severity.WARNING for d in found)
    stops = errors + (warnings if gates.check == "warning" else 0)
    return GateResult("check", not stops, f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")


def _tests(gates: Gates, candidate: Candidate) -> Iterator[GateResult]:
    if not gates.tests and gates.coverage is None and gates.conditions is None:
        return
    report = candidate.tests
    if gates.tests:
        passed = len(report.tested) - report.failures
        yield GateResult(
            "tests", report.passed and bool(report.tested), f"{passed} of {_count(len(report.tested), 'fixture')} pass"
        )
    if gates.coverage is not None:
        figure = f"{report.covered:g}% of nodes and ways out, at least {gates.coverage:g}%"
        yield GateResult("coverage", report.covered >= gates.coverage, figure)
    if gates.conditions is not None:
        figure = f"{report.conditions:g}% of comparisons are met true and false, at least {gates.conditions:g}%"
        yield GateResult("conditions", report.conditions >= gates.conditions, figure)


def _staged(gates: Gates, candidate: Candidate) -> Iterator[GateResult]:
    """Staging holds the changed parts, and the fixtures pass there, with the people that staging has."""
    if not gates.staged:
        return
    if candidate.staged is None or candidate.staged_model is None:
        yield GateResult("staged", False, "there is no staging environment")
        return
    away = set(changed(candidate.staged, candidate.bundle)) & set(candidate.parts)
    held = f"{len(candidate.parts) - len(away)} of {_count(len(candidate.parts), 'part')} in staging"
    if away or candidate.staged_model.problems:
        yield GateResult("staged", False, held)
        return
    report = run_tests("staging", candidate.staged_model)
    passed = len(report.tested) - report.failures
    yield GateResult("staged", report.passed, f"{held}, {passed} of {_count(len(report.tested), 'fixture')} pass there")


def _moved(gates: Gates, moved: Moved) -> Iterator[GateResult]:
    if gates.moved is None:
        return
    share = 100 * moved.leads / moved.of if moved.of else 0.0
    figure = f"{moved.leads} of {moved.of} fixture leads move ({share:.1f}%), at most {gates.moved:g}%"
    yield GateResult("moved", share <= gates.moved, figure)


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
