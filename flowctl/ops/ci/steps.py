"""How each step of a run ended: its exit code, and why in words.

What is asked again at the moment of promotion, such as a freeze or approvals, fails no pipeline.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flowctl.diag import Exit, FlowctlError, Severity
from flowctl.ops.ci.promotion import Planned
from flowctl.ops.ci.released import Released
from flowctl.ops.ci.report import Finding, Step
from flowctl.ops.ci.seen import Seen
from flowctl.ops.diff import DiffReport
from flowctl.ops.merging.verdict import MergeVerdict
from flowctl.ops.promote import REMEDIES
from flowctl.ops.simulate import Simulation
from flowctl.ops.test import TestReport

NO_LEADS = "not done: no lead can be routed through what has errors"


def steps_of(seen: Seen, strict: bool) -> tuple[Step, ...]:
    """What is asked of the files alone."""
    tests, simulations = seen.tests, seen.simulations
    return _check(seen.findings, strict), _diff(seen.diff), _test(tests), _simulate(tests, simulations)


def _check(findings: Sequence[Finding], strict: bool) -> Step:
    open_ = [finding.diagnostic for finding in findings if finding.accepted is None]
    worst = max((diagnostic.severity for diagnostic in open_), default=Severity.INFO)
    failed = worst >= (Severity.WARNING if strict else Severity.ERROR)
    first = next((diagnostic for diagnostic in open_ if diagnostic.severity == worst), None)
    hint = f"`flowctl check` shows them; `flowctl explain {first.code}` says more" if first and failed else None
    accepted = len(findings) - len(open_)
    known = f", {accepted} accepted" if accepted else ""
    return Step("check", Exit.NO if failed else Exit.DONE, f"{_tally(d.severity for d in open_)}{known}", hint)


def _tally(severities: Iterable[Severity]) -> str:
    found = list(severities)
    names = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "remark"))
    return ", ".join(_count(found.count(severity), name) for severity, name in names)


def _diff(told: DiffReport) -> Step:
    if told.unreadable:
        names = ", ".join(told.unreadable)
        return Step("diff", Exit.CANNOT, f"cannot be read: {names}", "`flowctl check` shows where")
    parts, files = len(told.parts), len(told.files)
    said = [_count(parts, "part")] if parts else []
    said += [_count(files, "other file")] if files else []
    differ = "differs" if parts + files == 1 else "differ"
    return Step("diff", Exit.DONE, f"{' and '.join(said)} {differ} from live" if said else "nothing differs from live")


def _test(tests: TestReport | None) -> Step:
    if tests is None:
        return Step("test", Exit.NO, NO_LEADS, "`flowctl check` shows the errors")
    total = len(tests.tested)
    if not total:
        return Step("test", Exit.NO, "nothing was tested: there are no fixtures", "write some below `flows/fixtures/`")
    said = f"{total - tests.failures:,} of {_count(total, 'fixture')} pass, they take {tests.covered:g}%"
    said += " of nodes and ways out"
    return Step(
        "test", *((Exit.DONE, said) if tests.passed else (Exit.NO, said, "`flowctl test` shows which, and why"))
    )


def _simulate(tests: TestReport | None, simulations: Sequence[Simulation]) -> Step:
    if tests is None:
        return Step("simulate", Exit.NO, NO_LEADS, "`flowctl check` shows the errors")
    broken = sum(len(s.broken) for s in simulations)
    if broken:
        said = f"{_count(broken, 'lead')} {'breaks' if broken == 1 else 'break'} the policy of a field"
        return Step("simulate", Exit.NO, said, "`flowctl simulate` shows which")
    leads, moved = sum(len(s.routed) for s in simulations), sum(s.moved for s in simulations)
    return Step("simulate", Exit.DONE, f"{moved:,} of {_count(leads, 'fixture lead')} go elsewhere")


def release_step(released: Released) -> Step:
    if released.wrong:
        more = f" (and {len(released.wrong) - 3} more)" if len(released.wrong) > 3 else ""
        hint = "bring it in through a draft: `flowctl clone live --summary WHAT`; `git revert` takes it back"
        return Step("release", Exit.BLOCKED, "; ".join(released.wrong[:3]) + more, hint)
    names = ", ".join(release.release for release in released.pending)
    said = f"brings release {names}" if names else "changes nothing that is live"
    return Step("release", Exit.DONE, said)


def merge_steps(merges: Sequence[MergeVerdict], disturbed: FlowctlError | None) -> Iterator[Step]:
    """`disturbed` says why they could not be made anew."""
    if disturbed is not None:
        yield Step("merges", disturbed.exit, f"cannot be made anew: {disturbed.message}", disturbed.hint)
    wrong = [verdict for verdict in merges if not verdict.agrees]
    if wrong:
        places = "; ".join(f"{verdict.commit[:10]}: {_places(verdict)}" for verdict in wrong)
        said = f"{_count(len(wrong), 'merge')} {'is' if len(wrong) == 1 else 'are'} not what flowctl makes of its sides"
        hint = "somebody merged lines of text, or edited the merge: look at these places"
        yield Step("merges", Exit.CONFLICTS, f"{said}: {places}", hint)
    elif merges:
        yield Step("merges", Exit.DONE, f"{_count(len(merges), 'merge')} made anew, with the same result")


def _places(verdict: MergeVerdict) -> str:
    shown = ", ".join(f"`{place}`" for place in verdict.differing[:3])
    more = f" and {len(verdict.differing) - 3} more" if len(verdict.differing) > 3 else ""
    return f"{shown}{more}" if shown else "its sides have no common past"


def plan_step(made: Planned) -> Step:
    plan, refused = made.plan, made.refused
    if refused is not None or plan is None:
        message, hint = (refused.message, refused.hint) if refused else ("no plan", None)
        return Step("plan", refused.exit if refused else Exit.CANNOT, message, hint)
    if plan.changes_nothing:
        return Step("plan", Exit.DONE, "the draft changes nothing")
    failed = [gate for gate in plan.promotion.gates if not gate.passed]
    said = [f"gate `{gate.gate}`: {gate.figure}" for gate in failed]
    said += [f"the environment refuses: {d.message}" for d in plan.refusals if d.severity is Severity.ERROR]
    if said:
        return Step("plan", Exit.BLOCKED, "; ".join(said), REMEDIES.get(failed[0].gate) if failed else None)
    return Step("plan", Exit.DONE, f"{_count(len(plan.promotion.gates), 'gate')} met")


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
