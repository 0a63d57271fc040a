"""A run of `ci` in plain words: the headline, what a change means, how a step ended."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.diag import Exit
from flowctl.ops.ci.impact import TRACED
from flowctl.ops.ci.report import Change, CiReport, Step
from flowctl.render.console import count
from flowctl.render.edits import STATUS
from flowctl.render.lists import BAD, GOOD, names
from flowctl.render.plan import SHORT
from flowctl.render.words import marker, sentence

KINDS = {  # what the parts of a kind are called; there is one directory, and one file of settings
    "flow": "flow",
    "roster": "roster",
    "table": "table",
    "header": "table",
    "object": "object",
}
WHOLE = {"added": "is new", "removed": "is gone", "unreadable": "cannot be read"}
ONE = {"directory": "the directory", "settings": "the settings"}


def headline(report: CiReport) -> str:
    """The run in one sentence: what changed, who moves, who is lost."""
    return f"{_changed(report)}, {_moved(report)}{_accepted(report)}"


def _changed(report: CiReport) -> str:
    counted = [change for change in report.changes if change.counts]
    found = {_thing(change) for change in counted}
    kinds = [kind for kind, _, _ in found]
    said = [count(kinds.count(kind), kind) for kind in ("node", *dict.fromkeys(KINDS.values())) if kind in kinds]
    said += [words for kind, words in ONE.items() if kind in kinds]
    if not said:
        return "nothing changed that can move a lead"
    return f"{names(said)} changed"


def _thing(change: Change) -> tuple[str, str, str]:
    """What is changed: its kind, and by what it is told from others. Headers and rows are one table."""
    kind, _, name = change.part.partition("/")
    if kind == "flow" and change.edit is not None and change.edit.node:
        return "node", name, change.edit.node
    return KINDS.get(kind, kind), name, ""


def _moved(report: CiReport) -> str:
    if report.tests is None:
        return "no lead can be routed through what has errors"
    if not report.leads:
        return "no lead was routed: there are no fixtures"
    leads = count(report.leads, "lead")
    who = f"{report.moved:,} of {leads} {'changes' if report.moved == 1 else 'change'} owner"
    return f"{who if report.moved else f'none of {leads} changes owner'}, {_lost(report)}"


def _lost(report: CiReport) -> str:
    new = sum(len(s.newly_unrouted) for s in report.simulations)
    lost = sum(len(s.unrouted) for s in report.simulations)
    if new:
        return f"{new:,} {'is' if new == 1 else 'are'} left unrouted"
    return f"{lost:,} {'stays' if lost == 1 else 'stay'} unrouted as before" if lost else "nobody is left unrouted"


def _accepted(report: CiReport) -> str:
    changes = sum(change.accepted is not None for change in report.changes)
    said = [count(changes, "change")] if changes else []
    said += [count(report.moved_as_accepted, "moved lead")] if report.moved_as_accepted else []
    return f" ({names(said)} accepted)" if said else ""


def change_words(change: Change) -> str:
    """What was changed, in a sentence with names in backticks."""
    if change.edit is None:
        return f"`{change.part}` {WHOLE.get(change.status, 'is another one')}"
    return sentence(change.edit)


def change_sign(change: Change) -> str:
    return STATUS[change.status][0] if change.edit is None else marker(change.edit)


def meaning(change: Change) -> str:
    """What a change means to the fixture leads."""
    impact = change.impact
    if change.cosmetic:
        return "moves no lead"
    if change.status == "removed" and change.part.startswith("flow/"):
        return "no lead is routed by it any more"  # its fixtures are gone, too: that none comes would say nothing
    if impact is None:
        return _read(change.part.split("/")[0])
    if not impact.leads:
        return "no fixture lead comes here"
    come = f"{count(impact.leads, 'lead')} {'comes' if impact.leads == 1 else 'come'} here"
    if not impact.moved:
        return f"{come}, {'and stays' if impact.leads == 1 else 'none of them moves'}"
    if impact.leads == 1:
        return f"{come}, and moves"
    return f"{come}, {impact.moved:,} of them {'moves' if impact.moved == 1 else 'move'}"


def kept(report: CiReport) -> tuple[str, str] | None:
    """How many leads keep their owner while something else about them changes, and one of them."""
    changed = [routed.name for s in report.simulations for routed in s.routed if routed.changed]
    if not changed:
        return None
    whose = "keeps its" if len(changed) == 1 else "keep their"
    return f"{count(len(changed), 'lead')} {whose} owner, but not all fields, messages or the end", changed[0]


def _read(kind: str) -> str:
    """Where leads leave no trace, who reads it; where they do and none was routed, that."""
    if kind in TRACED:
        return "not known: no lead was routed"
    return "read by all flows" if kind in ONE else f"read by whoever uses the {KINDS.get(kind, kind)}"


def step_line(step: Step) -> str:
    """`✗ tests: 3 of 5 fixtures pass`."""
    return f"{BAD if step.exit else GOOD} {step.name}: {step.said}"


def verdict(report: CiReport) -> str:
    """Whether it may go on, and if not, how many steps stand in the way."""
    if not report.failed:
        return "every step passed"
    stale = " (live has changed meanwhile)" if report.exit is Exit.STALE else ""
    return f"{len(report.failed)} of {count(len(report.steps), 'step')} failed{stale}"


def gates(report: CiReport) -> Iterator[tuple[str, str, str]]:
    """Each gate: `✓`, `✗`, or `…` where it cannot be asked here; its name; its figure."""
    results = report.plan.gates if report.plan else [gate for each in report.pending[-1:] for gate in each.gates]
    bound = {gate.gate for gate in report.plan.promotion.gates} if report.plan else set()
    for gate in results:
        later = report.plan is not None and gate.gate not in bound
        waits = f"{gate.figure} (asked again when it is promoted)" if later and not gate.passed else gate.figure
        yield (GOOD if gate.passed else "…" if later else BAD), gate.gate, waits
    for gate in report.approvals.gates if report.approvals else ():
        yield GOOD if gate.passed else "…", gate.gate, gate.figure
    for name in report.reach.unasked:
        where = {"staged": "staging can be reached", "impact": "its leads are: they are not in git"}.get(name)
        yield "…", name, f"asked by `flowctl plan`, where {where or 'it can be reached'}"


def live_words(report: CiReport) -> str:
    """What live is taken to be, with its digest."""
    digest = f" (`{report.reach.digest[:SHORT]}`)" if report.reach.digest else ""
    if report.reach.unreachable is not None:
        return f"live is what `main` says{digest}, since production cannot be asked from here"
    return f"live is what production runs{digest}" if digest else "live is the newest release that was applied"


def plan_words(report: CiReport) -> str:
    """The plan's id, or that of the release that is to be merged; the same as that of `flowctl plan` only where every
    gate was asked."""
    if report.pending:
        newest = report.pending[-1]
        return f"release {newest.release}, plan `{newest.plan[:SHORT]}`"
    if report.plan is None or report.plan.changes_nothing:
        return ""
    if report.reach.unasked:
        gates = names([f"`{gate}`" for gate in report.reach.unasked])
        return f"no plan id, since the gate {gates} could not be asked here"
    return f"plan `{report.plan.id[:SHORT]}`"
