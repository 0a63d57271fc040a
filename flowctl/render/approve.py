"""Approvals, as text and data."""

from __future__ import annotations

from typing import TypeAlias

from flowctl.document import Json
from flowctl.flow.kinds import plain_fields
from flowctl.ops.approvals import SignOff, Tally
from flowctl.ops.approve import Approved, OpenPlan
from flowctl.ops.records import Approver, short_id
from flowctl.render.console import Look
from flowctl.render.lists import GOOD, blocks, next_command, titled
from flowctl.render.safe import safe

Report: TypeAlias = Approved | tuple[OpenPlan, ...]


def text(report: Report, look: Look) -> str:
    return _approved(report, look) if isinstance(report, Approved) else _list(report, look)


def data(report: Report) -> dict[str, Json]:
    if isinstance(report, Approved):
        return {
            **_sign_off_data(report.sign_off),
            "gate": plain_fields(report.gate) if report.gate else None,
            "was_there": report.was_there,
            "withdrawn": report.is_withdrawn,
        }
    return {"plans": [_plan_data(plan) for plan in report]}


def tally_data(tally: Tally) -> dict[str, Json]:
    """The approvals of a plan, as its JSON has them."""
    return {
        "needed": tally.needed,
        "approved_by": [_approver_data(approver) for approver in tally.approvers],
        "not_counted": [{**_approver_data(approver), "why": why} for approver, why in tally.uncounted],
        "earlier_plans": [{"plan": plan, "approvals": number} for plan, number in tally.earlier],
    }


def _approver_data(approver: Approver) -> dict[str, Json]:
    return plain_fields(approver) | {"where": approver.where}


def _sign_off_data(sign_off: SignOff) -> dict[str, Json]:
    plain = plain_fields(sign_off)
    return {name: plain.get(name) for name in ("plan", "title", "draft", "who", "when")}


def _plan_data(plan: OpenPlan) -> dict[str, Json]:
    return {"plan": plan.plan, "title": plan.title, "approvals": [_sign_off_data(s) for s in plan.sign_offs]}


def _approved(done: Approved, look: Look) -> str:
    what = safe(f"{done.sign_off.title or 'plan'} ({short_id(done.sign_off.plan)})")
    if done.is_withdrawn:
        return blocks(f"{look.paint('good', GOOD)} you approve of {what} no more", _who(look))
    verb = "have already approved of" if done.was_there else "approve of"
    rows = [("approvals", done.gate.figure if done.gate else "")]
    return blocks(
        f"{look.paint('good', GOOD)} you {verb} {what}",
        titled(rows, look),
        _who(look),
    )


def _who(look: Look) -> str:
    return next_command("flowctl approve --list", "who has approved of what", look)


def _list(plans: tuple[OpenPlan, ...], look: Look) -> str:
    if not plans:
        return blocks(
            "nobody has approved of a plan that is not live",
            next_command("flowctl plan", "shows the id of a draft's plan, for a colleague to approve", look),
        )
    return blocks(*(_open_plan(plan, look) for plan in plans))


def _open_plan(plan: OpenPlan, look: Look) -> str:
    rows = [(f"{s.when:%Y-%m-%d}", f"{s.who.name} <{s.who.email}>") for s in plan.sign_offs]
    head = look.paint("strong", short_id(plan.plan))
    return f"{head}  {safe(plan.title or '')}".rstrip() + "\n" + titled(rows, look)
