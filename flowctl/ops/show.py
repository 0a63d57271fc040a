"""`show`: a flow, or one of its nodes with all that leads there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.flow import Flow, Model, Node, part_of
from flowctl.ops.check import choose_flow
from flowctl.ops.versions import Version
from flowctl.ops.workspace import Workspace

if TYPE_CHECKING:
    from flowctl.ops.blame import FlowBlame, NodeBlame
    from flowctl.ops.leads import Source
    from flowctl.ops.traffic import LaidOver


@dataclass(frozen=True, slots=True)
class Flows:
    """The flows of a version, when there are several to choose from, and the files of those that cannot be read."""

    version: str
    flows: tuple[Flow, ...]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowShown:
    """A flow; nodes that cannot be read are in it without their ways. `blame` where it was asked for."""

    version: str
    flow: Flow
    blame: FlowBlame | None = None
    traffic: LaidOver | None = None


@dataclass(frozen=True, slots=True)
class NodeShown:
    """A node; `entries` are the ways that lead to it, as (node, way out). `blame` where it was asked for."""

    version: str
    flow: Flow
    node: Node
    entries: tuple[tuple[str, str], ...]
    blame: NodeBlame | None = None
    traffic: LaidOver | None = None


Shown = Flows | FlowShown | NodeShown


def show(version: Version, flow: str | None, node: str | None) -> Shown:
    """A flow of a version, or a node of it; the list of flows when none is named and there are several.

    Raises:
        FlowctlError: There is no such flow or node, or it cannot be read.
    """
    model = version.model()
    if flow is None and node is None and model.flows:
        unread = _unread(version, model)
        if len(model.flows) + len(unread) > 1:
            return Flows(version.label, tuple(model.flows.values()), unread)
    shown = model.flows[_flow(model, flow, node)]
    if node is None:
        return FlowShown(version.label, shown)
    if node not in shown.nodes:
        hint = did_you_mean(node, shown.nodes) or f"`flowctl show {shown.flow}` draws all of them"
        raise FlowctlError(f"`{shown.flow}` has no node `{node}`", hint=hint)
    if node in shown.unread:
        found = [p for p in model.problems if p.span and p.span.file == shown.document.file]
        raise FlowctlError(f"node `{node}` of `{shown.flow}` has errors", found=found)
    entries = tuple((entry.id, way.port) for entry, way in shown.entries().get(node, ()))
    return NodeShown(version.label, shown, shown.nodes[node], entries)


def show_blame(ws: Workspace, version: Version, flow: str | None, node: str | None, *, cosmetic: bool) -> Shown:
    """As `show`, with who last changed each node of the flow; of one node, with all that ever happened to it.

    Args:
        cosmetic: Whether what moves no lead, such as a label, counts as a change of a node.

    Raises:
        FlowctlError: As `show`; or there are several flows and none is named.
    """
    from flowctl.ops.blame import blame_flow, blame_node  # compares versions: most drawings need none of it

    match shown := show(version, flow, node):
        case Flows(_, flows):
            named = ", ".join(flow.flow for flow in flows)
            raise FlowctlError("blame is of one flow", hint=f"`flowctl show {flows[0].flow} --blame`; flows: {named}")
        case FlowShown():
            return replace(shown, blame=blame_flow(ws, shown.flow.flow, version, cosmetic=cosmetic))
        case NodeShown():
            return replace(shown, blame=blame_node(ws, shown.flow.flow, shown.node.id, version))
        case _:
            assert_never(shown)


def with_traffic(source: Source, version: Version, shown: Shown, file: str | None) -> Shown:
    """What is shown, with how many leads took each of its ways, as `simulate --traffic` has counted them.

    Args:
        file: What holds the numbers; by default what was kept.

    Raises:
        FlowctlError: Nothing was counted; or there are several flows and none is named.
    """
    from flowctl.ops.traffic import lay_over

    if isinstance(shown, Flows):
        named = ", ".join(flow.flow for flow in shown.flows)
        raise FlowctlError(
            "traffic is of one flow", hint=f"`flowctl show {shown.flows[0].flow} --traffic`; flows: {named}"
        )
    return replace(shown, traffic=lay_over(source, version, shown.flow, file))


def _unread(version: Version, model: Model) -> tuple[str, ...]:
    """The files of flows that cannot be read."""
    read = {flow.document.file for flow in model.flows.values()}
    return tuple(path for path in version.files if (part_of(path) or "").startswith("flow/") and path not in read)


def _flow(model: Model, name: str | None, node: str | None) -> str:
    """The flow's name; when its file cannot be read, why; when it is not named, the one that has the node."""
    file = f"flows/{name}.yaml" if name else "flows/"
    problems = [p for p in model.problems if p.span and p.span.file.startswith(file) and p.span.file.count("/") == 1]
    if problems and (name not in model.flows if name else not model.flows):
        raise FlowctlError("the flow cannot be read", found=problems)
    if name is None and node is not None and len(model.flows) > 1:
        return _flow_with(model, node)
    return choose_flow(model, name)


def _flow_with(model: Model, node: str) -> str:
    """The flow that is meant where only a node is named: the one that has it."""
    having = [name for name, flow in model.flows.items() if node in flow.nodes]
    if len(having) == 1:
        return having[0]
    if having:
        hint = f"`flowctl show {having[0]} --node {node}`; flows with such a node: {', '.join(having)}"
        raise FlowctlError(f"several flows have a node `{node}`", hint=hint)
    every = [id_ for flow in model.flows.values() for id_ in flow.nodes]
    hint = did_you_mean(node, every) or f"`flowctl show FLOW` draws all nodes of one; flows: {', '.join(model.flows)}"
    raise FlowctlError(f"no flow has a node `{node}`", hint=hint)
