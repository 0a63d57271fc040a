"""The plan of a draft, made where production may be out of reach."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flowctl.data import dataclass
from flowctl.diag import Blocked, FlowctlError
from flowctl.envs import Live
from flowctl.flow import Bundle, changed
from flowctl.ops.ci.checkout import Checkout
from flowctl.ops.ci.report import Reach
from flowctl.ops.config import Gates
from flowctl.ops.content import Changes, adopted_parts
from flowctl.ops.drift import told_releases
from flowctl.ops.looked import Looked
from flowctl.ops.plan import Plan, make_plan, overtaken, require_no_drift
from flowctl.ops.records import Draft
from flowctl.ops.workspace import LIVE, STAGING, release_ref


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan, or why there is none; and what live was taken to be."""

    plan: Plan | None
    refused: FlowctlError | None
    reach: Reach


def staged_bundle(here: Checkout, gates: Gates) -> tuple[Bundle | None, tuple[str, ...]]:
    """What staging holds, where a gate asks for it; and the gates that cannot be asked."""
    if not gates.staged or STAGING not in here.config.environments:
        return None, ()
    try:
        return here.environment(STAGING).read().bundle, ()
    except FlowctlError:
        return None, ("staged",)


def planned(
    here: Checkout, draft: Draft, changes: Changes, looked: Looked, unasked: tuple[str, ...], now: dt.datetime
) -> Planned:
    """The plan of a draft against what production runs, or against what the pointer says where nobody can ask."""
    reach = Reach(None, None, unasked)
    try:
        live, unreachable = _live(here, draft)
        reach = Reach(live.bundle.digest, unreachable, unasked)
        if changes.overlaps:
            raise overtaken(here, draft, changes)
        if unreachable is None:
            looked = replace(looked, refusals=tuple(here.environment(LIVE).refusals(looked.candidate.bundle)))
        plan = make_plan(here, live, changes, draft.kind, draft.title, now, LIVE, draft=draft, looked=looked)
    except FlowctlError as error:
        return Planned(None, error, reach)
    return Planned(plan, None, reach)


def _live(here: Checkout, draft: Draft) -> tuple[Live, str | None]:
    """What production runs; what `main` says of it where it cannot be asked, and then why it cannot."""
    try:
        here.environment(LIVE).read()
    except FlowctlError as error:
        return Live(_as_released(here)), error.message
    return require_no_drift(here, LIVE, adopted_parts(here, draft)), None


def _as_released(here: Checkout) -> Bundle:
    """What the pointer says that production runs.

    Raises:
        Blocked: A release is on `main` and not yet in production.
        FlowctlError: Somebody changed `main` without a release.
    """
    applied, pending = told_releases(here)
    if pending:
        hint = f"`flowctl promote --to {LIVE} --finish`, or `--abandon`; then run this again"
        raise Blocked(f"release `{pending[-1]}` is pending: it is on `main` and not in {LIVE}", hint=hint)
    bundle = here.bundle(release_ref(applied[-1]))
    if parts := {*changed(bundle, here.bundle()), *changed(bundle.digests, here.pointer().digests)}:
        hint = "take it back with `git revert`, or bring it in through a draft"
        raise FlowctlError(f"`main` was changed without a release: {', '.join(sorted(parts))}", hint=hint)
    return bundle
