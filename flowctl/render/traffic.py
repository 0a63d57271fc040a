"""How leads took their ways: the answer of `simulate --traffic`, and the numbers beside a flow that `show` draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flowctl.data import dataclass
from flowctl.document import Json
from flowctl.ops.traffic import FlowTraffic, Traffic, WayOut
from flowctl.ops.traffic import data as kept_data
from flowctl.render import markdown as md
from flowctl.render.console import Look, count, paragraph, table
from flowctl.render.lists import blocks, names, next_command
from flowctl.render.markdown import code, escaped
from flowctl.render.safe import safe

MOST = 20  # ways that are listed
NEVER = "○"  # beside colour, as on the page


@dataclass(frozen=True, slots=True)
class TrafficTold:
    """Traffic to be told; `every` way, not only the heavy ones."""

    traffic: Traffic
    every: bool = False


def text(told: TrafficTold, look: Look) -> str:
    traffic = told.traffic
    about = paragraph(safe(f"{traffic.version}{_span(traffic.first, traffic.last)}"), look.width)
    flows = [_flow(flow, told.every, look) for flow in traffic.flows]
    kept = f"kept in {names(traffic.kept)}: counts and names of nodes, nothing of the leads" if traffic.kept else ""
    following = next_command(f"flowctl show {traffic.flows[0].flow} --traffic", "draws them on the flow", look)
    return blocks(*flows, look.paint("faint", about), look.paint("faint", paragraph(safe(kept), look.width)), following)


def headline(flow: FlowTraffic) -> str:
    """The traffic of a flow in a sentence."""
    taken, total = len(flow.ways) - len(flow.never), len(flow.ways)
    took = f"{count(flow.leads, 'lead')} took {taken:,} of the {total:,} ways of {flow.flow}"
    return f"{took}; {len(flow.never):,} were never taken" if flow.never else f"{took}: every one"


def _span(first: object, last: object) -> str:
    if first is None:
        return ""
    return f", leads of {first:%Y-%m-%d}" + (
        f" to {last:%Y-%m-%d}" if f"{first:%Y-%m-%d}" != f"{last:%Y-%m-%d}" else ""
    )


def _flow(flow: FlowTraffic, every: bool, look: Look) -> str:
    rows = [(node, way or "(end)", f"{leads:,}", percent(flow, leads)) for (node, way), leads in _shown(flow, every)]
    drawn = table(("node", "way out", "leads", "share"), rows, look, right=[2, 3])
    return blocks(look.paint("strong", safe(headline(flow))), drawn, _rest(flow, every), _never(flow, every, look))


def _shown(flow: FlowTraffic, every: bool) -> list[tuple[WayOut, int]]:
    """The ways that are listed, the most taken first: the heavy ones, or all that were taken."""
    if every:
        return sorted(((way, n) for way, n in flow.ways.items() if n), key=lambda item: -item[1])
    return [(way, flow.ways[way]) for way in flow.heavy[:MOST]]


def _rest(flow: FlowTraffic, every: bool) -> str:
    more = len(flow.ways) - len(flow.never) - len(_shown(flow, every))
    return f"and {count(more, 'way')} that fewer took (`--all` lists them)" if more else ""


def percent(flow: FlowTraffic, leads: int) -> str:
    """`34.5%` of the leads of the flow; never 0.0% of what was taken, never 100.0% of what some did not take."""
    share = flow.share(leads)
    if 0 < share < 0.05:
        return "<0.1%"
    return ">99.9%" if leads < flow.leads and share >= 99.95 else f"{share:.1f}%"


def _never(flow: FlowTraffic, every: bool, look: Look) -> str:
    lines = [f"{node}: {', '.join(way or 'ends here' for way in ways)}" for node, ways in _by_node(flow).items()]
    if not lines:
        return ""
    shown = lines if every else lines[:MOST]
    listed = "\n".join(paragraph(safe(line), look.width, f"  {NEVER} ", "    ") for line in shown)
    more = f"\n    and those of {count(len(lines) - len(shown), 'more node')}" if len(lines) > len(shown) else ""
    return f"{look.paint('strong', 'never taken')}\n{listed}{more}"


def _by_node(flow: FlowTraffic) -> Mapping[str, list[str | None]]:
    found: dict[str, list[str | None]] = {}
    for node, way in flow.never:
        found.setdefault(node, []).append(way)
    return found


def markdown(told: TrafficTold) -> str:
    return blocks(*(_markdown(flow, told.every) for flow in told.traffic.flows))


def _markdown(flow: FlowTraffic, every: bool) -> str:
    rows = [
        (code(node), escaped(way or "(end)"), f"{leads:,}", escaped(percent(flow, leads)))
        for (node, way), leads in _shown(flow, every)
    ]
    never = [
        f"- {code(node)}: {', '.join(escaped(way or 'ends here') for way in ways)}"
        for node, ways in list(_by_node(flow).items())[: None if every else MOST]
    ]
    more = len(_by_node(flow)) - len(never)
    return blocks(
        f"### {escaped(headline(flow))}",
        md.table(("node", "way out", "leads", "share"), rows, right=[2, 3]) if rows else "",
        "\n".join(["**Never taken**", "", *never, *([f"- and those of {count(more, 'more node')}"] if more else [])])
        if never
        else "",
    )


def data(told: TrafficTold) -> Mapping[str, Json]:
    traffic = told.traffic
    flows = [{**kept_data(flow), "heavy": _ways(flow.heavy), "never": _ways(flow.never)} for flow in traffic.flows]
    whole = {"version": traffic.version, "file": traffic.file, "leads": traffic.leads, "flows": flows}
    return {"traffic": {**whole, "kept": list(traffic.kept)}}


def _ways(ways: tuple[WayOut, ...]) -> Json:
    return [{"node": node, "way": way} for node, way in ways]


# Beside a flow ----------------------------------------------------------------------------------------------------


def margin(traffic: FlowTraffic, look: Look) -> dict[str, str]:
    """What stands beside the nodes where they are drawn: how many leads came there; all of one width."""
    shown = {node: (f"{leads:,}", percent(traffic, leads), leads) for node, leads in traffic.nodes.items()}
    width = max((len(leads) for leads, _, _ in shown.values()), default=0)
    return {
        node: look.paint("name" if n else "faint", f"{leads if n else NEVER:>{width}} {share if n else '':>6}  ")
        for node, (leads, share, n) in shown.items()
    }


def beside_ways(traffic: FlowTraffic, look: Look) -> dict[tuple[str, str], str]:
    """What stands beside the names of ways: how many leads took each; nothing where none came to the node."""
    nodes = traffic.nodes
    return {
        (node, way): look.paint("name", f"{leads:,}") if leads else look.paint("faint", f"{NEVER} never")
        for (node, way), leads in traffic.ways.items()
        if way is not None and nodes[node]
    }


def below(traffic: FlowTraffic, is_stale: bool, look: Look) -> str:
    """What is said of the numbers: whose they are, and whether they are of another version of the flow."""
    return "\n".join(_below(traffic, is_stale, look))


def _below(traffic: FlowTraffic, is_stale: bool, look: Look) -> Iterator[str]:
    of = f" of {traffic.file}" if traffic.file else ""
    said = f"traffic of {count(traffic.leads, 'lead')}{of}{_span(traffic.first, traffic.last)}"
    yield look.paint("faint", paragraph(safe(said), look.width))
    if is_stale:
        said = "counted on another version of this flow: nodes and ways that changed since may have other numbers"
        yield paragraph(said, look.width, f"{look.paint('warning', '!')} ", "  ")
        yield next_command("flowctl simulate leads.csv --traffic", "counts again", look)
