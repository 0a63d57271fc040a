"""The answer of `show`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, assert_never

from flowctl.document import Json, inline
from flowctl.expr import to_text
from flowctl.flow import Flow, Node
from flowctl.flow.kinds import Port, keys
from flowctl.flow.model import plain_node
from flowctl.flow.nodes.continue_ import Continue
from flowctl.flow.nodes.decision import Decision
from flowctl.ops.show import Flows, FlowShown, NodeShown, Shown
from flowctl.render.console import Look, count, paragraph, table
from flowctl.render.lists import blocks, listed, names, next_command, titled
from flowctl.render.safe import safe
from flowctl.render.tree import tree

if TYPE_CHECKING:
    from flowctl.ops.blame import FlowBlame
    from flowctl.ops.traffic import LaidOver

SAID_ELSEWHERE = ("type", "label", "source", "notes", "branches")


def text(shown: Shown, look: Look) -> str:
    match shown:
        case Flows(version, flows, unread):
            rows = [(f.flow, f.object, f"{len(f.nodes):,}", runs(f, flows)) for f in flows]
            drawn = table(("flow", "object", "nodes", "runs"), rows, look, right=[2])
            following = next_command(f"flowctl show {flows[0].flow}", "draws one of them", look)
            bad = listed(
                "!", [f"`{path}` cannot be read: `flowctl check {path}` says why" for path in unread], look, "warning"
            )
            return blocks(f"{count(len(flows), 'flow')} in {safe(version)}", drawn, bad, following)
        case FlowShown(_, flow, _, over) if over is not None:
            return _with_traffic(flow, over, look)
        case FlowShown(_, flow, blamed):
            beside, below = _blamed(blamed, look) if blamed else ({}, "")
            drawn = tree(flow.nodes, flow.start, look, beside)
            return blocks(_header(flow, look), drawn, _apart(flow, look), below)
        case NodeShown():
            return _node(shown, look)
        case _:
            assert_never(shown)


def runs(flow: Flow, flows: Sequence[Flow]) -> str:
    """When a flow runs, in words: at events, by its schedule, or after the flows that continue in it."""
    return _set_off(flow) or _before(flow, flows)


def _blamed(blamed: FlowBlame, look: Look) -> tuple[Mapping[str, str], str]:
    """What stands beside the nodes, and below all of them."""
    from flowctl.render import blame  # knows releases and edits: most drawings need neither

    return blame.margin(blamed, look), blame.below(blamed, look)


def _with_traffic(flow: Flow, over: LaidOver, look: Look) -> str:
    """A flow with how many leads came to each node, and took each way."""
    from flowctl.render import traffic

    drawn = tree(
        flow.nodes, flow.start, look, traffic.margin(over.traffic, look), traffic.beside_ways(over.traffic, look)
    )
    return blocks(_header(flow, look), drawn, _apart(flow, look), traffic.below(over.traffic, over.is_stale, look))


def _set_off(flow: Flow) -> str:
    """What sets a flow off, in words; nothing where only another flow does."""
    if flow.schedule:
        return f"every {flow.schedule.every}"
    return f"when {' or '.join(flow.triggers)}" if flow.triggers else ""


def _before(flow: Flow, flows: Sequence[Flow]) -> str:
    """The flows that continue in a flow."""
    before = [f.flow for f in flows if any(isinstance(n, Continue) and n.flow == flow.flow for n in f.nodes.values())]
    return f"after {', '.join(before)}" if before else ""


def _header(flow: Flow, look: Look) -> str:
    when = f", {said}" if (said := _set_off(flow)) else ""
    about = f"flow of {flow.object}{when}; {count(len(flow.nodes), 'node')}"
    title = f"{look.paint('strong', safe(flow.flow))}  {safe(flow.title)}".rstrip()
    return f"{title}\n{look.paint('faint', safe(about))}"


def _apart(flow: Flow, look: Look) -> str:
    """The nodes that the tree does not have."""
    reached = flow.reachable()
    apart = [id_ for id_ in flow.nodes if id_ not in reached]
    return paragraph(safe(f"not reached: {', '.join(apart)}"), look.width) if apart else ""


def _node(shown: NodeShown, look: Look) -> str:
    node = shown.node
    place = look.paint("faint", safe(str(shown.flow.where(node.id))))
    head = f"{look.paint('strong', safe(node.id))}  {safe(node.type)}  {place}"
    entries = [f"{entry} ({port})" for entry, port in shown.entries]
    start = ["the start of the flow"] if shown.flow.start == node.id else []
    rows = [
        ("label", node.label),
        ("source", node.source),
        ("notes", node.notes),
        *((name, value if isinstance(value, str) else inline(value)) for name, value in held(node)),
        ("comes from", names([*start, *entries]) or "nowhere: no way leads here"),
    ]
    ways = "\n".join(_ways(node, shown.traffic, look))
    return blocks(head, titled(rows, look), ways, _story(shown, look), _below(shown.traffic, look))


def _below(over: LaidOver | None, look: Look) -> str:
    """What is said of the numbers."""
    if over is None:
        return ""
    from flowctl.render import traffic

    return traffic.below(over.traffic, over.is_stale, look)


def _story(shown: NodeShown, look: Look) -> str:
    if shown.blame is None:
        return ""
    from flowctl.render import blame

    return blame.story(shown.blame, look)


def held(node: Node) -> Iterator[tuple[str, Json]]:
    """What the node holds beside its ways out and what is told of it elsewhere."""
    ports = {k.name for k in keys(type(node)).values() if isinstance(k.kind, Port)}
    for name, value in plain_node(node).items():
        if name not in SAID_ELSEWHERE and name not in ports:
            yield name, value


def _ways(node: Node, over: LaidOver | None, look: Look) -> Iterator[str]:
    ways, taken = node.ways(), over.traffic.ways if over else {}
    if ways:
        yield look.paint("faint", "ways out")
    branches = node.branches if isinstance(node, Decision) else ()
    for n, way in enumerate(ways):
        leads = f"  {count(taken.get((node.id, way.port), 0), 'lead')}" if over else ""
        yield f"  {look.paint('strong', safe(way.port))} → {look.paint('name', safe(way.to))}{leads}"
        if n < len(branches):
            yield paragraph(safe(to_text(branches[n].when)), look.width, "      ", "      ")
            if branches[n].source:
                source = look.paint("faint", "source ")
                yield paragraph(safe(branches[n].source), look.width, f"      {source}", "      ")


def data(shown: Shown) -> Mapping[str, Json]:
    match shown:
        case Flows(version, flows, unread):
            return {"version": version, "flows": [_flow(flow) for flow in flows], "unread": list(unread)}
        case FlowShown(version, flow, blamed, over):
            more = {"unread_releases": list(blamed.unread)} if blamed else {}
            return {"version": version, **_flow(flow), "nodes": _nodes_data(flow, blamed), **more, **_traffic(over)}
        case NodeShown(version, flow, node, entries):
            from_ = [{"node": entry, "way": port} for entry, port in entries]
            shown_node = {"version": version, "flow": flow.flow, **_node_data(flow, node), "comes_from": from_}
            return {**shown_node, **_story_data(shown), **_traffic(shown.traffic)}
        case _:
            assert_never(shown)


def _traffic(over: LaidOver | None) -> Mapping[str, Json]:
    if over is None:
        return {}
    from flowctl.ops.traffic import data as counted

    return {"traffic": counted(over.traffic), "traffic_is_stale": over.is_stale}


def _flow(flow: Flow) -> dict[str, Json]:
    return {
        "flow": flow.flow,
        "object": flow.object,
        "title": flow.title,
        "triggers": list(flow.triggers),
        "start": flow.start,
        "nodes": len(flow.nodes),
    }


def _nodes_data(flow: Flow, blamed: FlowBlame | None) -> Json:
    nodes = {id_: _node_data(flow, node) for id_, node in flow.nodes.items()}
    if blamed:
        from flowctl.render import blame

        for id_, data in blame.flow_data(blamed).items():
            nodes[id_] |= {"blame": data}
    return list(nodes.values())


def _story_data(shown: NodeShown) -> Mapping[str, Json]:
    if shown.blame is None:
        return {}
    from flowctl.render import blame

    return {"changed_by": blame.story_data(shown.blame), "unread_releases": list(shown.blame.unread)}


def _node_data(flow: Flow, node: Node) -> dict[str, Json]:
    return {
        "id": node.id,
        "title": node.title(),
        "place": str(flow.where(node.id)),
        **plain_node(node),
        "ways": [{"way": way.port, "to": way.to} for way in node.ways()],
    }
