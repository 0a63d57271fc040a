"""The answer of `simulate --actual`: how far it agrees with what really happened, and where not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flowctl.data import dataclass
from flowctl.document import Json
from flowctl.engine import Outcome
from flowctl.ops.backtest.comparison import Agreement, Confused, Example
from flowctl.ops.backtest.run import Backtest
from flowctl.ops.backtest.spots import Spot
from flowctl.render import markdown as md
from flowctl.render.console import Look, count, paragraph, table
from flowctl.render.lists import blocks, next_command
from flowctl.render.markdown import code, escaped
from flowctl.render.safe import safe
from flowctl.render.simulate import outcome as outcome_data

MOST = 12  # disagreements and nodes that are listed
EXPLAINED = 3  # disagreements of which an example is told
WAYS = 6  # of an example's path that are told: the last ones decide


@dataclass(frozen=True, slots=True)
class BacktestTold:
    """A comparison to be told; `every` disagreement, not only the largest."""

    report: Backtest
    every: bool = False


def rate(part: int, of: int) -> str:
    """In per cent, to one place; 100.0% is all and 0.0% is none."""
    if not of:
        return "–"
    share = 100 * part / of
    return "99.9%" if part < of and share >= 99.95 else "0.1%" if part and share < 0.05 else f"{share:.1f}%"


def headline(report: Backtest) -> str:
    a = report.agreement
    if not a.compared:
        return "no lead can be compared"
    return f"{rate(a.agreed, a.compared)} of {count(a.compared, 'lead')} went where {report.flow} sends them"


def text(told: BacktestTold, look: Look) -> str:
    report = told.report
    about = f"{report.flow}: {report.version}, against {report.actual} of {report.file}"
    if report.actual.endswith(report.file):
        about = f"{report.flow}: {report.version}, against {report.actual}"
    shown = report.confused if told.every else report.confused[:MOST]
    return blocks(
        f"{look.paint('strong', safe(headline(report)))}\n{look.paint('faint', paragraph(safe(about), look.width))}",
        "\n".join(paragraph(safe(note), look.width) for note in _persons(report.agreement)),
        _parts(report, look),
        _confused(shown, len(report.confused) - len(shown), look),
        _spots(report.spots if told.every else report.spots[:MOST], look),
        _examples(report.confused, look),
        "\n".join(paragraph(safe(note), look.width, "  ! ", "    ") for note in notes(report)),
        _following(report, look),
    )


def _following(report: Backtest, look: Look) -> str:
    if not report.spots:
        return ""
    spot = report.spots[0]
    why = "the node where most goes another way"
    return next_command(f"flowctl show {spot.flow} --node {spot.nodes[0]}", why, look)


def _persons(a: Agreement) -> Iterator[str]:
    """Agreement by person, apart from that by roster."""
    if a.taken_turns:
        yield (
            f"{rate(a.by_person, a.compared)} went to the very same person, queue or nobody; of the "
            f"{count(a.taken_turns, 'lead')} that a roster gives, {rate(a.roster_agreed, a.taken_turns)} went to one "
            "of its people, whoever's turn it was"
        )


def notes(report: Backtest) -> Iterator[str]:
    """What is to be known of the figures."""
    if report.unknown:
        at = ", ".join(map(str, sorted(report.unknown_at)))
        yield (
            f"{count(report.unknown, 'lead')} with an owner that is nobody's name or id here, not compared: row {at}"
            + (" …" if report.unknown > len(report.unknown_at) else "")
        )
    if report.silent:
        yield f"{count(report.silent, 'lead')} of which the history says nothing, not compared"
    if report.before:
        yield f"{count(report.before, 'lead')} before the first release, not compared"
    if report.without:
        yield f"{count(report.without, 'lead')} from a time when there was no flow {report.flow}, not compared"
    if report.left_out:
        yield f"{count(report.left_out, 'lead')} that the job leaves out, not compared"
    if report.bad:
        yield f"{count(report.bad, 'value')} of the history's start states cannot be read, and were taken as blank"
    for bad in report.input.bad:
        yield f"{count(bad.values, 'value')} of column {bad.column} cannot be read ({bad.reason})"
    if report.input.rejected:
        yield f"{count(report.input.rejected, 'lead')} left out, since a value cannot be read"
    if report.reads_owner:
        nodes = ", ".join(report.reads_owner[:3])
        yield (
            f"the flow reads the owner that a lead arrives with ({nodes}), and the file's is the one that it got: call "
            "the column otherwise, such as Actual_Owner"
        )


def _parts(report: Backtest, look: Look) -> str:
    if not report.as_of:
        return ""
    rows = [(p.release, f"{p.leads:,}", rate(p.agreed, p.compared)) for p in report.parts]
    return table(("release", "leads", "agree"), rows, look, right=[1, 2])


def _confused(shown: Sequence[Confused], more: int, look: Look) -> str:
    if not shown:
        return ""
    rows = [(c.expected, c.actual, f"{c.leads:,}", _row(c)) for c in shown]
    drawn = table(("would go to", "went to", "leads", "for example"), rows, look, right=[2])
    return f"{drawn}\nand {count(more, 'more disagreement')} (`--all` lists them)" if more else drawn


def _row(c: Confused) -> str:
    return f"{c.examples[0].name} (row {c.examples[0].position})" if c.examples else ""


def _spots(spots: Sequence[Spot], look: Look) -> str:
    if not spots:
        return ""
    rows = [(s.flow, nodes(s), f"{s.leads:,}", f"{s.share:.1f}%", f"{s.lift:.1f} x") for s in spots]
    drawn = table(("flow", "node", "leads", "disagree", "as all"), rows, look, right=[2, 3, 4])
    return f"{look.paint('strong', 'where agreement breaks')}\n{drawn}"


def nodes(spot: Spot) -> str:
    """The nodes of a spot; the first, where the same leads come through several."""
    first, *others = spot.nodes
    return f"{first}, and then {others[0]}" + (" …" if len(others) > 1 else "") if others else first


def _examples(confused: Sequence[Confused], look: Look) -> str:
    told = [(c, c.examples[0]) for c in confused if c.examples][:EXPLAINED]
    if not told:
        return ""
    said = [paragraph(safe(explained(c, example)), look.width, "  ", "    ") for c, example in told]
    return "\n".join([look.paint("strong", "for example"), *said])


def explained(c: Confused, example: Example) -> str:
    """An example in words: the last ways that it takes, where that leads, and where it really went."""
    return (
        f"{example.name} (row {example.position}): {way(example.outcome)}; would go to {c.expected}, went to {c.actual}"
    )


def way(outcome: Outcome) -> str:
    """The end of a path in words."""
    ways = [f"{node}{f' ({port})' if port else ''}" for _, node, port in outcome.ways]
    return " → ".join([*(["…"] if len(ways) > WAYS else []), *ways[-WAYS:]])


def markdown(told: BacktestTold) -> str:
    report = told.report
    confused = [
        (code(c.expected), code(c.actual), f"{c.leads:,}", escaped(_row(c)))
        for c in (report.confused if told.every else report.confused[:MOST])
    ]
    spots = [(code(s.flow), code(nodes(s)), f"{s.leads:,}", f"{s.share:.1f}%", f"{s.lift:.1f}") for s in report.spots]
    parts = [(code(p.release), f"{p.leads:,}", escaped(rate(p.agreed, p.compared))) for p in report.parts]
    return blocks(
        f"### {escaped(headline(report))}",
        escaped(" ".join(_persons(report.agreement))),
        md.table(("release", "leads", "agree"), parts, right=[1, 2]) if parts else "",
        md.table(("would go to", "went to", "leads", "for example"), confused, right=[2]) if confused else "",
        md.table(("flow", "node", "leads", "disagree", "lift"), spots[:MOST], right=[2, 3, 4]) if spots else "",
        "\n".join(f"- {escaped(note)}" for note in notes(report)),
    )


def data(told: BacktestTold) -> Mapping[str, Json]:
    report, a = told.report, told.report.agreement
    return {
        "backtest": {
            "flow": report.flow,
            "version": report.version,
            "as_of": report.as_of,
            "file": report.file,
            "actual": report.actual,
            "leads": report.leads,
            "headline": headline(report),
            "compared": a.compared,
            "agreed": a.agreed,
            "agreed_by_person": a.by_person,
            "given_by_rosters": a.taken_turns,
            "agreed_by_roster": a.roster_agreed,
            "agreement": a.rate / 100,
            "unknown_owners": report.unknown,
            "unknown_rows": list(report.unknown_at),
            "not_in_history": report.silent,
            "left_out": report.left_out,
            "before_the_first_release": report.before,
            "without_the_flow": report.without,
            "unreadable_values": report.bad + report.input.bad_values,
            "rejected": report.input.rejected,
            "releases": [
                {"release": p.release, "leads": p.leads, "compared": p.compared, "agreed": p.agreed}
                for p in report.parts
            ],
            "confused": [
                {"expected": c.expected, "actual": c.actual, "leads": c.leads, "examples": _examples_data(c)}
                for c in report.confused
            ],
            "nodes": [
                {"flow": s.flow, "nodes": list(s.nodes), "leads": s.leads, "disagree": s.broken, "lift": s.lift}
                for s in report.spots
            ],
        }
    }


def _examples_data(c: Confused) -> Json:
    return [
        {
            "name": e.name,
            "row": e.position,
            "actual": e.actual,
            **dict(outcome_data(e.outcome)),
            "path": [{"flow": flow, "node": node, "way": port} for flow, node, port in e.outcome.ways],
        }
        for e in c.examples
    ]
