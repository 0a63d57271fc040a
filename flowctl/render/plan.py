"""Plans and releases, as text, Markdown and data. Preview and deed are told from the same value."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.document import Json
from flowctl.flow.kinds import plain_fields
from flowctl.ops.plan import Plan
from flowctl.ops.promote import Promoted
from flowctl.ops.records import Draft, GateResult, short_id
from flowctl.ops.request import Proposed
from flowctl.render import edits as diffs
from flowctl.render.approve import tally_data
from flowctl.render.console import Look, count
from flowctl.render.jsonout import diagnostic
from flowctl.render.lists import BAD, GOOD, blocks, listed, names, next_command, titled
from flowctl.render.safe import safe

SHORT = len("sha256:") + 12  # characters of a digest that people are shown


def headline(plan: Plan) -> str:
    """The plan in one sentence."""
    p = plan.promotion
    what = names([move.part for move in p.parts]) or "no part"
    files = f" and {count(len(p.files), 'file')} beside" if p.files else ""
    moved = f"; {p.moved.leads} of {p.moved.of} fixture leads move" if p.moved else ""
    return f"{what}{files} would change in {p.environment}{moved}"


def text(plan: Plan, look: Look) -> str:
    return blocks(_body(plan, look), _verdict(plan, look))


def _body(plan: Plan, look: Look) -> str:
    p = plan.promotion
    rows = [("plan", p.id[:SHORT]), ("title", p.title), ("kind", p.kind), ("to", p.environment)]
    gates = "\n".join(_gate(gate, look) for gate in plan.gates)
    moves = "\n".join(_moves(plan, look))
    return blocks(
        look.paint("strong", safe(headline(plan))),
        titled(rows, look),
        diffs.text_of(plan.diffs, look),
        moves,
        f"{look.paint('faint', 'gates')}\n{gates}" if gates else "",
        listed("!", [d.message for d in plan.refusals], look, "warning"),
    )


def _gate(gate: GateResult, look: Look) -> str:
    mark = look.paint("good", GOOD) if gate.passed else look.paint("bad", BAD)
    return f"  {mark} {gate.gate.ljust(9)} {safe(gate.figure)}"


def _moves(plan: Plan, look: Look) -> Iterator[str]:
    moves = [move for simulation in plan.simulations for move in simulation.moves]
    if moves:
        yield look.paint("faint", "who moves")
    for move in moves:
        yield f"  {count(move.leads, 'lead')}: {safe(move.before)} → {safe(move.after)}"
        yield listed("e.g.", move.examples[:1], look, "faint")


def _verdict(plan: Plan, look: Look) -> str:
    if plan.blockers:
        way = look.paint("bad", f"{BAD} not to be promoted: {count(len(plan.blockers), 'thing')} in the way")
        return way if plan.blockers_but("approvals") else blocks(way, _to_approve(plan, look))
    command = f"flowctl promote --to {plan.promotion.environment}{plan.promotion.flags}"
    return next_command(command, "does exactly this plan, or nothing", look)


def _to_approve(plan: Plan, look: Look) -> str:
    """What comes next when nothing but approvals is missing. Somebody else types it, anywhere."""
    return next_command(f"flowctl approve {short_id(plan.id)}", "typed by a colleague", look)


def preview(plan: Plan, look: Look, *, shown: bool = False) -> str:
    """What is about to be done: the whole plan, or only its headline when it was `shown` before."""
    return f"{headline(plan)} (plan {plan.id[:SHORT]})" if shown else _body(plan, look)


def data(plan: Plan) -> dict[str, Json]:
    return {
        "id": plan.id,
        "promotion": plain_fields(plan.promotion),
        "gates": [plain_fields(gate) for gate in plan.gates],
        "approvals": tally_data(plan.approvals),
        "blockers": list(plan.blockers),
        "refusals": [diagnostic(d) for d in plan.refusals],
        "findings": [diagnostic(d) for d in plan.found],
        "diff": diffs.data_of(plan.diffs),
        "moves": [
            {"flow": s.flow, "from": m.before, "to": m.after, "leads": m.leads, "examples": list(m.examples)}
            for s in plan.simulations
            for m in s.moves
        ],
    }


def markdown(plan: Plan) -> str:
    p = plan.promotion
    gates = "\n".join(f"| {GOOD if g.passed else BAD} | {g.gate} | {diffs.escaped(g.figure)} |" for g in plan.gates)
    moves = [f"- {m.leads} × `{m.before}` → `{m.after}`" for s in plan.simulations for m in s.moves]
    return blocks(
        f"### {diffs.escaped(p.title)}",
        f"{headline(plan)}.",
        diffs.markdown_of(plan.diffs),
        "\n".join(["**Who moves**", "", *moves]) if moves else "",
        f"| | gate | figure |\n|---|---|---|\n{gates}" if gates else "",
        f"Plan `{p.id}`",
        "" if plan.approvals.gate.passed else f"`flowctl approve {short_id(plan.id)}` approves of it.",
    )


def promoted_text(promoted: Promoted, look: Look, *more: str) -> str:
    """What was promoted; `more` is said before what to type next."""
    release = promoted.release
    done = f"{GOOD} {release.environment} runs {release.title}"
    stale = [to_take_in(d, f"`{d.title}` of {d.owner} has to take this in:", look) for d in promoted.stale_drafts]
    rows = [
        ("release", release.release),
        ("parts", names([move.part for move in release.parts])),
        ("approved", names([str(approver) for approver in release.approvals])),
        ("tag", release.tag.removeprefix("refs/tags/")),
        *([("draft", f"the rest of {release.draft} stays open")] if release.only else []),
        *(("recovered", step) for step in promoted.recovered.steps),
    ]
    return blocks(
        look.paint("good", safe(done)),
        titled(rows, look),
        "\n".join(stale),
        *more,
        next_command("flowctl status", "", look),
    )


def to_take_in(draft: Draft, said: str, look: Look) -> str:
    """What is said of a draft, and below it the command that takes live in, on a line of its own."""
    return f"{listed('!', [said], look, 'warning')}\n      {look.paint('name', taking_in(draft))}"


def taking_in(draft: Draft) -> str:
    """What takes live into a draft, as it can be typed."""
    return f"flowctl switch {draft.draft} && flowctl merge live"


def promoted_data(promoted: Promoted) -> dict[str, Json]:
    return {
        "release": plain_fields(promoted.release),
        "commit": promoted.commit,
        "stale_drafts": [draft.draft for draft in promoted.stale_drafts],
        "recovered": list(promoted.recovered.steps),
    }


def proposed_text(proposed: Proposed, look: Look) -> str:
    branch = look.paint("name", proposed.branch)
    return blocks(
        f"{look.paint('good', GOOD)} pushed {branch}: open a merge request from it into main",
        next_command(f"flowctl promote --to {proposed.release.environment} --finish", "after it was merged", look),
    )


def proposed_data(proposed: Proposed) -> dict[str, Json]:
    return {"branch": proposed.branch, "commit": proposed.commit, "release": plain_fields(proposed.release)}
