"""A run of `ci` as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from flowctl.document import Json
from flowctl.flow.kinds import plain_fields
from flowctl.ops.ci.accepted import Acceptance, Accepted
from flowctl.ops.ci.impact import Impact
from flowctl.ops.ci.report import Change, CiReport, Finding, Movement, Step
from flowctl.ops.rehearsal import SimulateReport
from flowctl.render import diff as diffs
from flowctl.render import jsonout
from flowctl.render import plan as plans
from flowctl.render import simulate as simulations
from flowctl.render import test as tests
from flowctl.render.ci import words


def data(report: CiReport) -> Mapping[str, Json]:
    """All of it, in the shapes of the verbs that tell of its parts."""
    return {
        "headline": words.headline(report),
        "exit": int(report.exit),
        "version": report.label,
        "branch": report.branch,
        "commit": report.commit,
        "steps": [_step(step) for step in report.steps],
        "live": {
            "digest": report.reach.digest,
            "reached": report.reach.unreachable is None,
            "why_not": report.reach.unreachable,
            "unasked": list(report.reach.unasked),
        },
        "changes": [_change(change) for change in report.changes],
        "moves": [_move(move) for move in report.moves],
        "findings": [_finding(finding) for finding in report.findings],
        "merges": [{"commit": m.commit, "agrees": m.agrees, "differing": list(m.differing)} for m in report.merges],
        "pending": [release.release for release in report.pending],
        "diff": dict(diffs.data(diffs.Told(report.diff))),
        "test": dict(tests.data(tests.Told(report.tests))) if report.tests else None,
        **simulations.data(simulations.Told(SimulateReport(report.simulations))),
        "plan": plans.data(report.plan) if report.plan else None,
    }


def _step(step: Step) -> Json:
    return {"step": step.name, "exit": int(step.exit), "said": step.said, "hint": step.hint}


def _change(change: Change) -> Json:
    return {
        "fingerprint": change.fingerprint,
        "part": change.part,
        "status": change.status,
        "node": change.edit.node if change.edit else None,
        "cosmetic": change.cosmetic,
        "words": words.change_words(change),
        "meaning": words.meaning(change),
        "impact": _impact(change.impact),
        "accepted": _accepted(change.accepted),
    }


def _impact(impact: Impact | None) -> Json:
    return impact and {"leads": impact.leads, "moved": impact.moved}


def _move(move: Movement) -> Json:
    return {
        "fingerprint": move.fingerprint,
        "flow": move.flow,
        "from": move.before,
        "to": move.after,
        "leads": move.leads,
        "example": move.example,
        "accepted": _accepted(move.accepted),
    }


def _finding(finding: Finding) -> Json:
    found: dict[str, Json] = jsonout.diagnostic(finding.diagnostic)
    return {"fingerprint": finding.fingerprint, **found, "accepted": _accepted(finding.accepted)}


def _accepted(accepted: Accepted | None) -> Json:
    return accepted and {"reason": accepted.reason, "until": accepted.until and accepted.until.isoformat()}


def accepted_data(done: Acceptance) -> Mapping[str, Json]:
    return {"accepted": plain_fields(done.accepted), "path": done.path, "commit": done.commit}
