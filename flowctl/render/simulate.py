"""The answer of `simulate`: who moves, in words, as tables and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flowctl.document import Json
from flowctl.engine import Outcome
from flowctl.ops.rehearsal import SimulateReport
from flowctl.ops.simulate import Routed, Simulation
from flowctl.render import markdown as md
from flowctl.render.console import Look, count, paragraph, table
from flowctl.render.lists import BAD, blocks, listed
from flowctl.render.markdown import code, escaped
from flowctl.render.safe import safe

MOST = 12  # unrouted leads that are named; the rest is counted


@dataclass(frozen=True, slots=True)
class Told:
    """A report to be told; `leads` lists those that move or change, `every` also the others, and all loads."""

    report: SimulateReport
    leads: bool = False
    every: bool = False


def headline(s: Simulation) -> str:
    """A simulation in a sentence."""
    leads, lost = count(len(s.routed), "lead"), len(s.unrouted)
    if s.against is None:
        return f"{leads}, {f'{lost:,} of them left unrouted' if lost else 'all routed'}"
    who = f"{s.moved:,} of {leads} {'moves' if s.moved == 1 else 'move'}" if s.moved else f"none of {leads} moves"
    if not lost:
        return f"{who}, nobody is left unrouted"
    left = f"{lost:,} {'is' if lost == 1 else 'are'} left unrouted"
    already = lost - len(s.newly_unrouted)
    return f"{who}, {left} ({already:,} of them in {s.against}, too)" if already else f"{who}, {left}"


def text(told: Told, look: Look) -> str:
    return "\n\n\n".join(_simulation(s, told, look) for s in told.report.simulations) or "no fixtures"


def _simulation(s: Simulation, told: Told, look: Look) -> str:
    style = "bad" if s.newly_unrouted else "strong"
    versions = f"{s.against} → {s.version}" if s.against else s.version
    return blocks(
        f"{look.paint(style, safe(headline(s)))}\n{look.paint('faint', safe(f'{s.flow}: {versions}'))}",
        _moves(s, look),
        _changed(s, look),
        _loads(s, told.every, look),
        _unrouted(s, look),
        "\n".join(_leads(s, told.every, look)) if told.leads else "",
    )


def _moves(s: Simulation, look: Look) -> str:
    if not s.moves:
        return ""
    rows = [(move.before, move.after, f"{move.leads:,}", move.examples[0]) for move in s.moves]
    return table(("from", "to", "leads", "for example"), rows, look, right=[2])


def _changed(s: Simulation, look: Look) -> str:
    if not s.changed:
        return ""
    example = next(r for r in s.routed if r.changed)
    leads = "1 more lead keeps its" if s.changed == 1 else f"{s.changed:,} more leads keep their"
    said = f"{leads} owner, but not the same {_what_changed(example)}"
    return paragraph(safe(f"{said}, for example: {example.name}"), look.width)


def _what_changed(r: Routed) -> str:
    before, after = r.before, r.after
    assert before is not None, "only a lead that was routed twice can have changed"
    facts = {
        "end": (before.ends, before.result) != (after.ends, after.result),
        "fields": dict(before.sets) != dict(after.sets),
        "messages": before.messages != after.messages,
    }
    return " and ".join(name for name, differs in facts.items() if differs)


def _loads(s: Simulation, every: bool, look: Look) -> str:
    """How many leads each has; with two versions, only those whose number changes, and how many others there are."""
    loads = s.loads()
    if s.against is None:
        return table(("goes to", "leads"), [(name, f"{after:,}") for name, after, _ in loads], look, right=[1])
    shown = [load for load in loads if every or load[1] != load[2]]
    if not shown:
        return ""
    rows = [(name, f"{before:,}", f"{after:,}", f"{after - before:+,}") for name, after, before in shown]
    told = table(("goes to", "before", "after", "change"), rows, look, right=[1, 2, 3])
    others = len(loads) - len(shown)
    same = f"{count(others, 'other')} as before" if others else ""
    return f"{told}\n{look.paint('faint', same)}" if same else told


def _unrouted(s: Simulation, look: Look) -> str:
    if not s.unrouted:
        return ""
    names = [f"{r.name} → {_end(r.after)}" for r in s.unrouted[:MOST]]
    more = f"\n    and {count(len(s.unrouted) - MOST, 'more')[:-1]}" if len(s.unrouted) > MOST else ""
    return f"{look.paint('strong', 'unrouted')}\n{listed(BAD, names, look, 'bad')}{more}"


def _end(outcome: Outcome) -> str:
    owner = f"{outcome.owner}, who takes no leads" if outcome.owner else "nobody"
    return f"{owner} (ends at {outcome.ends})"


def _leads(s: Simulation, every: bool, look: Look) -> Iterator[str]:
    shown = [r for r in s.routed if every or r.moved or r.changed or not r.after.is_routed]
    if not shown:
        return
    yield look.paint("strong", "leads")
    for r in shown:
        marker = ">" if r.moved else "~" if r.changed else " "
        where = f"{r.before.goes_to} → {r.after.goes_to}" if r.moved and r.before else r.after.goes_to
        owner = f" ({r.after.owner})" if r.after.roster else ""
        changed = f", not the same {_what_changed(r)}" if r.changed else ""
        said = f"{r.name}: {where}{owner}, ends at {r.after.ends}{changed}"
        yield paragraph(safe(said), look.width, f"  {marker} ", "    ")


# Markdown and data ------------------------------------------------------------------------------------------------


def markdown(told: Told) -> str:
    return "\n\n".join(_markdown(s) for s in told.report.simulations) or "No fixtures."


def _markdown(s: Simulation) -> str:
    versions = f"{s.against} → {s.version}" if s.against else s.version
    moves = [(code(m.before), code(m.after), f"{m.leads:,}", escaped(m.examples[0])) for m in s.moves]
    loads = [(code(n), f"{b:,}", f"{a:,}") for n, a, b in s.loads() if a != b]
    unrouted = [f"- {escaped(r.name)} → {escaped(_end(r.after))}" for r in s.unrouted]
    return blocks(
        f"### {escaped(s.flow)}: {escaped(headline(s))}",
        escaped(versions),
        md.table(("from", "to", "leads", "for example"), moves, right=[2]) if moves else "",
        md.table(("goes to", "before", "after"), loads, right=[1, 2]) if loads and s.against else "",
        "\n".join(["**Unrouted**", "", *unrouted]) if unrouted else "",
    )


def data(told: Told) -> Mapping[str, Json]:
    return {"simulations": [_data(s) for s in told.report.simulations]}


def _data(s: Simulation) -> Json:
    return {
        "flow": s.flow,
        "version": s.version,
        "against": s.against,
        "leads": len(s.routed),
        "moved": s.moved,
        "changed": s.changed,
        "unrouted": len(s.unrouted),
        "newly_unrouted": len(s.newly_unrouted),
        "headline": headline(s),
        "moves": [{"from": m.before, "to": m.after, "leads": m.leads, "examples": list(m.examples)} for m in s.moves],
        "loads": [{"goes_to": name, "after": a, "before": b if s.against else None} for name, a, b in s.loads()],
        "routed": [
            {
                "name": r.name,
                "moved": r.moved,
                "changed": r.changed,
                "after": outcome(r.after),
                "before": outcome(r.before) if r.before else None,
            }
            for r in s.routed
        ],
    }


def outcome(o: Outcome) -> Json:
    """Where a lead ended."""
    return {"owner": o.owner, "goes_to": o.goes_to, "routed": o.is_routed, "ends": o.ends, "result": o.result}
