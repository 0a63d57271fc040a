"""The answer of `simulate`: who moves, in words, as tables and as data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from flowctl.data import dataclass
from flowctl.document import Json
from flowctl.engine import Outcome
from flowctl.engine.outcome import Broke
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
    """A simulation in a sentence; of a job, which leads it takes as well."""
    leads, lost = count(len(s.routed), "lead"), len(s.unrouted)
    if s.run is not None:
        return f"{_taken(s)}; {_who_moves(s)}" if s.against else _taken(s)
    if s.against is None:
        return f"{leads}, {f'{lost:,} of them left unrouted' if lost else 'all routed'}"
    return _who_moves(s)


def _taken(s: Simulation) -> str:
    met, lost = len(s.routed) - s.left_out, len(s.unrouted)
    left = f"{s.left_out:,} left out"
    routed = f", {lost:,} left unrouted" if lost else ""
    return f"{met:,} of {count(len(s.routed), 'lead')} {'meets' if met == 1 else 'meet'} the condition, {left}{routed}"


def _who_moves(s: Simulation) -> str:
    leads, lost = count(len(s.routed), "lead"), len(s.unrouted)
    who = f"{s.moved:,} of {leads} {'moves' if s.moved == 1 else 'move'}" if s.moved else f"none of {leads} moves"
    if not lost:
        return f"{who}, nobody is left unrouted"
    left = f"{lost:,} {'is' if lost == 1 else 'are'} left unrouted"
    already = lost - len(s.newly_unrouted)
    return f"{who}, {left} ({already:,} of them in {s.against}, too)" if already else f"{who}, {left}"


def text(told: Told, look: Look) -> str:
    """Each flow by itself; those in which nothing differs share a line, unless all leads are asked for."""
    simulations = told.report.simulations
    quiet = [s for s in simulations if _is_quiet(s) and not told.every] if len(simulations) > 1 else []
    sections = [_simulation(s, told, look) for s in simulations if s not in quiet]
    return "\n\n\n".join([*sections, *([_quietly(quiet, look)] if quiet else [])]) or "no fixtures"


def _is_quiet(s: Simulation) -> bool:
    return s.against is not None and not (s.moved or s.changed or s.newly_unrouted or s.broken)


def _quietly(simulations: Sequence[Simulation], look: Look) -> str:
    leads, lost = sum(len(s.routed) for s in simulations), sum(len(s.unrouted) for s in simulations)
    left = f"{lost:,} {'is' if lost == 1 else 'are'} left unrouted (in {simulations[0].against}, too)"
    said = f"none of {count(leads, 'lead')} moves, {left if lost else 'nobody is left unrouted'}"
    head = look.paint("strong", safe(said))
    names = ", ".join(s.flow for s in simulations)
    return f"{head}\n{look.paint('faint', paragraph(safe(f'{names}: {_versions(simulations[0])}'), look.width))}"


def _simulation(s: Simulation, told: Told, look: Look) -> str:
    style = "bad" if s.newly_unrouted or s.broken else "strong"
    return blocks(
        f"{look.paint(style, safe(headline(s)))}\n{look.paint('faint', safe(f'{s.flow}: {_versions(s)}'))}",
        _moves(s, look),
        _changed(s, look),
        _loads(s, told.every, look),
        paragraph(safe(_effects(s)), look.width),
        _unrouted(s, look),
        _broken(s, look),
        "\n".join(_leads(s, told.every, look)) if told.leads else "",
    )


def _versions(s: Simulation) -> str:
    run = f", run of {moment(s.run)}" if s.run else ""
    return (f"{s.against} → {s.version}" if s.against else s.version) + run


def moment(when: dt.datetime) -> str:
    """`2026-11-23T06:00Z`."""
    return when.astimezone(dt.UTC).isoformat(timespec="minutes").replace("+00:00", "Z")


def _effects(s: Simulation) -> str:
    """`3 x Account created, 1 x merged`, or nothing."""
    return ", ".join(f"{times:,} x {words}" for words, times in s.effects())


def _broken(s: Simulation, look: Look) -> str:
    """The leads that break a policy of a field; never what the field held."""
    if not s.broken:
        return ""
    names = [f"{r.name}: {_policies(r)}" for r in s.broken[:MOST]]
    more = f"\n    and {len(s.broken) - MOST:,} more" if len(s.broken) > MOST else ""
    return f"{look.paint('strong', 'break a policy')}\n{listed(BAD, names, look, 'bad')}{more}"


def _policies(r: Routed) -> str:
    return ", ".join(f"`{broke.field}` {broke.message}" for broke in dict.fromkeys(r.after.broken))


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
        "records": before.effects != after.effects,
    }
    return " and ".join(name for name, differs in facts.items() if differs)


def _loads(s: Simulation, every: bool, look: Look) -> str:
    """How many leads each has; with two versions, only those whose number changes, unless they are those of a job."""
    loads = s.loads()
    if s.against is None:
        return table(("goes to", "leads"), [(name, f"{after:,}") for name, after, _ in loads], look, right=[1])
    shown = [load for load in loads if every or s.run or load[1] != load[2]]
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
    moves = [(code(m.before), code(m.after), f"{m.leads:,}", escaped(m.examples[0])) for m in s.moves]
    loads = [(code(n), f"{b:,}", f"{a:,}") for n, a, b in s.loads() if a != b]
    unrouted = [f"- {escaped(r.name)} → {escaped(_end(r.after))}" for r in s.unrouted]
    broken = [f"- {escaped(r.name)}: {escaped(_policies(r))}" for r in s.broken]
    return blocks(
        f"### {escaped(s.flow)}: {escaped(headline(s))}",
        escaped(_versions(s)),
        md.table(("from", "to", "leads", "for example"), moves, right=[2]) if moves else "",
        md.table(("goes to", "before", "after"), loads, right=[1, 2]) if loads and s.against else "",
        escaped(_effects(s)),
        "\n".join(["**Unrouted**", "", *unrouted]) if unrouted else "",
        "\n".join(["**Break a policy**", "", *broken]) if broken else "",
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
        "run": moment(s.run) if s.run else None,
        "left_out": s.left_out,
        "broken": [{"name": r.name, **_broke(b)} for r in s.broken for b in r.after.broken],
        "effects": dict(s.effects()),
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


def _broke(broke: Broke) -> dict[str, Json]:
    return {"field": broke.field, "rule": broke.rule}


def outcome(o: Outcome) -> Json:
    """Where a lead ended."""
    return {"owner": o.owner, "goes_to": o.goes_to, "routed": o.is_routed, "ends": o.ends, "result": o.result}
