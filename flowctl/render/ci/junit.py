"""A run of `ci` as JUnit XML: the fixtures by flow, the steps, the gates."""

from __future__ import annotations

from flowctl.ops.ci.report import CiReport
from flowctl.ops.test import TestReport
from flowctl.render.ci import words
from flowctl.render.junit import Asked
from flowctl.render.junit import junit as of_tests
from flowctl.render.lists import BAD
from flowctl.render.test import Told


def junit(report: CiReport) -> str:
    """What cannot be asked in a pipeline, and what is asked again later, is left out."""
    steps = [Asked(step.name, not step.exit, step.said) for step in report.steps]
    gates = [Asked(gate, mark != BAD, figure) for mark, gate, figure in words.gates(report) if mark != "…"]
    told = Told(report.tests or TestReport(report.label, (), ()))
    return of_tests(told, {"steps": steps, **({"gates": gates} if gates else {})})
