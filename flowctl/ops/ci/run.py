"""The run: live and what is here are read once, and everything is found out from these two."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flowctl.diag import FlowctlError
from flowctl.ops.approvals import Tally, ask_host, tally_of
from flowctl.ops.ci.accepted import Accepted, read_accepted
from flowctl.ops.ci.checkout import Checkout
from flowctl.ops.ci.promotion import Planned, planned, staged_bundle
from flowctl.ops.ci.released import Released, released
from flowctl.ops.ci.report import CiReport, Reach, Step
from flowctl.ops.ci.seen import Seen, see
from flowctl.ops.ci.steps import merge_steps, plan_step, release_step, steps_of
from flowctl.ops.config import Gates
from flowctl.ops.content import changes_of
from flowctl.ops.looked import Looked
from flowctl.ops.measured import GATE, is_at_hand
from flowctl.ops.merging.verdict import MergeVerdict, verify_merges
from flowctl.ops.plan import Plan, config_on_main
from flowctl.ops.records import Draft, Release
from flowctl.ops.versions import Version, flows_of


def ci(here: Checkout, now: dt.datetime, *, strict: bool = False) -> CiReport:
    """Everything that can be asked of the commit that is checked out: of a draft, or of what is to be `main`.

    Writes nothing, and asks environments only where they can be reached.

    Args:
        strict: Whether a warning fails the check, unless it is accepted.

    Raises:
        FlowctlError: No release is known in this clone, or a record cannot be read.
    """
    accepted = read_accepted(here, here.head)
    if here.draft_here is None:
        return _of_trunk(here, released(here), accepted, now, strict)
    return _of_draft(here, here.draft_here, accepted, now, strict)


def _of_draft(here: Checkout, draft: Draft, accepted: dict[str, Accepted], now: dt.datetime, strict: bool) -> CiReport:
    changes, config = changes_of(here, draft), config_on_main(here)
    gates = config.gates_of(draft.kind)
    staged, unasked = staged_bundle(here, gates)
    after = Version(here.label, flows_of(changes.after))
    seen = see(flows_of(changes.live), after, config, accepted, now, staged)
    asked, unasked = _askable(here, gates, unasked)
    looked = Looked(asked, seen.candidate, seen.diff.parts)
    made = planned(here, draft, changes, looked, unasked, now)
    merges, disturbed = _merges(here)
    steps = (*steps_of(seen, strict), *merge_steps(merges, disturbed), plan_step(made))
    return _report(here, seen, accepted, steps, made=made, merges=merges)


def _askable(here: Checkout, gates: Gates, unasked: tuple[str, ...]) -> tuple[Gates, tuple[str, ...]]:
    """The gates that can be asked here, and the names of those that cannot: real leads are in no checkout."""
    asked = replace(gates, staged=False) if unasked else gates
    if not gates.impact or is_at_hand(gates, here.root):
        return asked, unasked
    return replace(asked, impact=()), (*unasked, GATE)


def _of_trunk(
    here: Checkout, told: Released, accepted: dict[str, Accepted], now: dt.datetime, strict: bool
) -> CiReport:
    after = Version(here.label, here.files(here.head))
    seen = see(here.files(told.live), after, here.config, accepted, now)
    steps = (*steps_of(seen, strict), release_step(told))
    return _report(here, seen, accepted, steps, pending=told.pending, approvals=_approvals(here, told.pending))


def _approvals(here: Checkout, pending: tuple[Release, ...]) -> Tally | None:
    """Who approves of the newest release that is to be deployed, as far as that is asked and known now."""
    needed = config_on_main(here).gates_of(pending[-1].kind).approvals if pending else 0
    if not needed:
        return None
    return tally_of(here, pending[-1], needed, tip=here.head, hosted=ask_host(here, head=here.head))


def _merges(here: Checkout) -> tuple[tuple[MergeVerdict, ...], FlowctlError | None]:
    """The merges of a draft's branch, made anew; or why they could not be."""
    try:
        return verify_merges(here, here.head, here.main), None
    except FlowctlError as error:
        return (), error


def _report(
    here: Checkout,
    seen: Seen,
    accepted: dict[str, Accepted],
    steps: tuple[Step, ...],
    *,
    made: Planned | None = None,
    merges: tuple[MergeVerdict, ...] = (),
    pending: tuple[Release, ...] = (),
    approvals: Tally | None = None,
) -> CiReport:
    plan: Plan | None = made.plan if made else None
    return CiReport(
        label=here.label,
        branch=here.branch,
        commit=here.head,
        day=seen.day,
        before=seen.before,
        after=seen.after,
        diff=seen.diff,
        findings=seen.findings,
        tests=seen.tests,
        simulations=seen.simulations,
        plan=plan,
        pending=pending,
        approvals=approvals,
        merges=merges,
        reach=made.reach if made else Reach(None),
        changes=seen.changes,
        moves=seen.moves,
        accepted=accepted,
        steps=steps,
    )
