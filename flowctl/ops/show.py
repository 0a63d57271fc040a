"""`show`: a flow, or one of its nodes with all that leads there."""

from __future__ import annotations

from dataclasses import dataclass

from flowctl.diag import FlowctlError, did_you_mean
from flowctl.flow import Flow, Model, Node
from flowctl.ops.check import choose_flow
from flowctl.ops.versions import Version


@dataclass(frozen=True, slots=True)
class Flows:
    """The flows of a version, when there are several to choose from."""

    version: str
    flows: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class FlowShown:
    """A flow; nodes that cannot be read are in it without their ways."""

    version: str
    flow: Flow


@dataclass(frozen=True, slots=True)
class NodeShown:
    """A node; `entries` are the ways that lead to it, as (node, way out)."""

    version: str
    flow: Flow
    node: Node
    entries: tuple[tuple[str, str], ...]


Shown = Flows | FlowShown | NodeShown


def show(version: Version, flow: str | None, node: str | None) -> Shown:
    """A flow of a version, or a node of it; the list of flows when none is named and there are several.

    Raises:
        FlowctlError: There is no such flow or node, or it cannot be read.
    """
    model = version.model()
    if flow is None and node is None and len(model.flows) > 1:
        return Flows(version.label, tuple(model.flows.values()))
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


def _flow(model: Model, name: str | None, node: str | None) -> str:
    """The flow's name; when its file cannot be read, why; when it is not named, which ones have the node."""
    file = f"flows/{name}.yaml" if name else "flows/"
    problems = [p for p in model.problems if p.span and p.span.file.startswith(file) and p.span.file.count("/") == 1]
    if problems and (name not in model.flows if name else not model.flows):
        raise FlowctlError("the flow cannot be read", found=problems)
    try:
        return choose_flow(model, name)
    except FlowctlError as error:
        if name is None and len(model.flows) > 1:  # the flow is an argument here, and elsewhere an option
            having = [flow for flow in model.flows if node in model.flows[flow].nodes]
            typed = f"`flowctl show {having[0] if len(having) == 1 else 'FLOW'} --node {node}`"
            which = f"flows with such a node: {', '.join(having)}" if having else f"flows: {', '.join(model.flows)}"
            raise FlowctlError(error.message, hint=f"{typed}; {which}") from error
        raise
