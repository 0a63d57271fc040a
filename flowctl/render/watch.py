"""The answer of `watch`: is all as it was foretold, or is it time to roll back?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowctl.document import Json
from flowctl.ops.watch import Watch
from flowctl.render import markdown as md
from flowctl.render.backtest import explained, nodes, rate
from flowctl.render.console import Look, count, paragraph, table
from flowctl.render.lists import BAD, GOOD, blocks, listed, next_command
from flowctl.render.markdown import code, escaped
from flowctl.render.safe import safe
from flowctl.render.simulate import moment

MOST = 12  # loads and disagreements that are told
EXAMPLES = 2
ROLLBACK = 'flowctl rollback production --reason "…"'


def headline(w: Watch) -> str:
    """The verdict in a sentence."""
    leads = count(w.leads, "lead")
    if w.is_as_foretold:
        return f"all is as foretold: {rate(w.agreement.agreed, w.agreement.compared)} of {leads} went where they should"
    return f"not as foretold: roll back {w.release}"


def figures(w: Watch) -> Iterator[tuple[str, str, str]]:
    """What is compared: its name, as foretold, and as it is."""
    a = w.agreement
    yield "leads that go where they should", "100.0%", rate(a.agreed, a.compared)
    if w.before:
        yield f"leads that move from {w.before}", f"{w.moved.foretold:,}", f"{w.moved.really:,}"
    yield "unrouted", f"{w.unrouted.foretold:,}", f"{w.unrouted.really:,}"


def notes(w: Watch) -> Iterator[str]:
    """What is to be known of the figures."""
    if w.stayed:
        who = f"{count(w.stayed, 'lead')} {'was' if w.stayed == 1 else 'were'} to move"
        yield f"{who} and went where release {w.before} sends them: is the new one in force?"
    if w.planned:
        yield f"the plan said that {w.planned.leads:,} of {count(w.planned.of, 'fixture lead')} move"
    if w.early:
        yield f"{count(w.early, 'lead')} arrived before the release, and are not looked at"
    if w.unknown:
        yield f"{count(w.unknown, 'lead')} with an owner that is nobody's name or id here, not compared"
    if w.left_out:
        yield f"{count(w.left_out, 'lead')} that the job leaves out, not compared"


def _about(w: Watch) -> str:
    return f"{w.flow}: {w.release}, live since {moment(w.since)}; {count(w.leads, 'lead')} of {w.file}"


def text(w: Watch, look: Look) -> str:
    style, sign = ("good", GOOD) if w.is_as_foretold else ("bad", BAD)
    shown = [load for load in w.loads if load[1] != load[2]][:MOST]
    loads = [(name, f"{foretold:,}", f"{really:,}", f"{really - foretold:+,}") for name, really, foretold in shown]
    about = look.paint("faint", paragraph(safe(_about(w)), look.width))
    return blocks(
        f"{look.paint(style, safe(f'{sign} {headline(w)}'))}\n{about}",
        listed(BAD, w.reasons, look, "bad"),
        table(("", "foretold", "really"), list(figures(w)), look, right=[1, 2]),
        table(("has", "foretold", "really", "change"), loads, look, right=[1, 2, 3]) if loads else "",
        "" if w.is_as_foretold else _disagreements(w, look),
        "\n".join(paragraph(safe(note), look.width, "  ! ", "    ") for note in notes(w)),
        "" if w.is_as_foretold else next_command(ROLLBACK, "brings back what was live before", look),
    )


def _disagreements(w: Watch, look: Look) -> str:
    rows = [(c.expected, c.actual, f"{c.leads:,}") for c in w.confused[:MOST]]
    if not rows:
        return ""
    told = [explained(c, c.examples[0]) for c in w.confused[:EXAMPLES] if c.examples]
    broken = [f"{nodes(spot)}: {spot.broken:,} of {count(spot.leads, 'lead')} go elsewhere" for spot in w.spots[:3]]
    return blocks(
        table(("should go to", "went to", "leads"), rows, look, right=[2]),
        "\n".join(paragraph(safe(line), look.width, "  ", "    ") for line in (*broken, *told)),
    )


def markdown(w: Watch) -> str:
    loads = [(code(name), f"{foretold:,}", f"{really:,}") for name, really, foretold in w.loads if really != foretold]
    rows = [(escaped(name), escaped(foretold), escaped(really)) for name, foretold, really in figures(w)]
    confused = [(code(c.expected), code(c.actual), f"{c.leads:,}") for c in w.confused[:MOST]]
    return blocks(
        f"### {GOOD if w.is_as_foretold else BAD} {escaped(headline(w))}",
        escaped(_about(w)),
        "\n".join(f"- {escaped(reason)}" for reason in w.reasons),
        md.table(("", "foretold", "really"), rows, right=[1, 2]),
        md.table(("has", "foretold", "really"), loads[:MOST], right=[1, 2]) if loads else "",
        md.table(("should go to", "went to", "leads"), confused, right=[2]) if confused else "",
        "\n".join(f"- {escaped(note)}" for note in notes(w)),
        "" if w.is_as_foretold else f"Roll back: {code(ROLLBACK)}",
    )


def data(w: Watch) -> Mapping[str, Json]:
    a = w.agreement
    return {
        "flow": w.flow,
        "release": w.release,
        "before": w.before,
        "since": moment(w.since),
        "file": w.file,
        "as_foretold": w.is_as_foretold,
        "headline": headline(w),
        "reasons": list(w.reasons),
        "roll_back": None if w.is_as_foretold else ROLLBACK,
        "tolerance": w.limits.tolerance / 100,
        "leads": w.leads,
        "before_the_release": w.early,
        "compared": a.compared,
        "agreed": a.agreed,
        "agreed_by_person": a.by_person,
        "moved": {"foretold": w.moved.foretold, "really": w.moved.really, "stayed": w.stayed},
        "unrouted": {"foretold": w.unrouted.foretold, "really": w.unrouted.really},
        "unknown_owners": w.unknown,
        "planned": w.planned and {"leads": w.planned.leads, "of": w.planned.of},
        "loads": [{"has": name, "foretold": foretold, "really": really} for name, really, foretold in w.loads],
        "confused": [{"expected": c.expected, "actual": c.actual, "leads": c.leads} for c in w.confused],
        "nodes": [
            {"flow": s.flow, "nodes": list(s.nodes), "leads": s.leads, "disagree": s.broken, "lift": s.lift}
            for s in w.spots
        ],
    }
