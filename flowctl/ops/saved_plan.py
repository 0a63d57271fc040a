"""The plan that `plan` keeps, so that `promote` does exactly what was shown."""

from __future__ import annotations

import datetime as dt

from flowctl.diag import FlowctlError, Stale
from flowctl.ops.plan import Override, Plan, plan_draft
from flowctl.ops.records import Draft, Promotion, read_record, write_record
from flowctl.ops.recover import take_up
from flowctl.ops.trunk import sync
from flowctl.ops.workspace import Workspace

FOLDER = ".flowctl/plans"


def keep(ws: Workspace, plan: Plan) -> None:
    """Keeps a plan for `promote`; one for each environment and draft. That of a rollback is kept for `approve` only."""
    path = ws.root / FOLDER / f"{plan.promotion.environment}-{plan.promotion.draft or plan.promotion.kind}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(write_record(plan.promotion), encoding="utf-8")


def draft_to_ship(ws: Workspace) -> Draft:
    """The draft that is checked out; where none is, the error says what is live, for who has just shipped one.

    Raises:
        FlowctlError: None is.
    """
    newest = ws.newest_release()
    if ws.current_draft() is None and newest and ws.git.resolve(newest.tag):
        live = f"`{newest.title}` is live already: release {newest.release}, {newest.when:%Y-%m-%d %H:%M} UTC"
        open_ = [draft.draft for draft in ws.drafts()]
        hint = f"`flowctl switch {open_[0]}`" if open_ else '`flowctl clone live --summary "…"` makes the next draft'
        raise FlowctlError(f"no draft is checked out; {live}", hint=hint)
    return ws.require_draft()


def plan_to_apply(
    ws: Workspace,
    environment: str,
    now: dt.datetime,
    override: Override,
    only: str | None = None,
    *,
    whole: bool = False,
) -> tuple[Plan, bool]:
    """The plan of the draft that is checked out, and whether it is the one that was kept; else it is a new one.

    Args:
        only: Ship only this of it. When it is not given, what was planned last says so; not when the `whole` is asked
            for.

    Raises:
        Stale: What was kept is not what would be done now. It is forgotten.
    """
    ws.require_saved()
    sync(ws)
    take_up(ws, now, environment)
    draft = draft_to_ship(ws)
    path = ws.root / FOLDER / f"{environment}-{draft.draft}.yaml"
    kept = read_record(Promotion, str(path), path.read_bytes()) if path.exists() else None
    path.unlink(missing_ok=True)
    only = None if whole else only or (kept.only if kept else None)
    kept = kept if kept and kept.only == only else None
    plan = plan_draft(ws, draft, now, environment=environment, override=override, only=only)
    if kept and kept.id != plan.id:
        what = "live" if kept.live != plan.promotion.live else "the draft, its gates or staging"
        hint = f"`flowctl plan --to {environment}{plan.promotion.flags}`"
        raise Stale(f"{what} has changed since the plan was made", hint=hint)
    return plan, kept is not None
