"""The plan that `plan` keeps, so that `promote` does exactly what was shown."""

from __future__ import annotations

import datetime as dt

from flowctl.diag import Stale
from flowctl.ops.plan import Override, Plan, plan_draft
from flowctl.ops.records import Promotion, read_record, write_record
from flowctl.ops.recover import take_up
from flowctl.ops.trunk import sync
from flowctl.ops.workspace import Workspace

FOLDER = ".flowctl/plans"


def keep(ws: Workspace, plan: Plan) -> None:
    """Keeps a plan for `promote`; one for each environment and draft."""
    path = ws.root / FOLDER / f"{plan.promotion.environment}-{plan.promotion.draft}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(write_record(plan.promotion), encoding="utf-8")


def plan_to_apply(ws: Workspace, environment: str, now: dt.datetime, override: Override) -> tuple[Plan, bool]:
    """The plan of the draft that is checked out, and whether it is the one that was kept; else it is a new one.

    Raises:
        Stale: What was kept is not what would be done now. It is forgotten.
    """
    ws.require_saved()
    sync(ws)
    take_up(ws, now, environment)
    draft = ws.require_draft()
    path = ws.root / FOLDER / f"{environment}-{draft.draft}.yaml"
    kept = read_record(Promotion, str(path), path.read_bytes()) if path.exists() else None
    path.unlink(missing_ok=True)
    plan = plan_draft(ws, draft, now, environment=environment, override=override)
    if kept and kept.id != plan.id:
        what = "live" if kept.live != plan.promotion.live else "the draft, its gates or staging"
        raise Stale(f"{what} has changed since the plan was made", hint=f"`flowctl plan --to {environment}`")
    return plan, kept is not None
