"""The picture of a change: Mermaid diagrams of the nodes that changed and those next to them, for merge requests.

What happened is marked by a sign in the text and by the kind of line, and only then by colour, so that neither a
colour-blind reader nor a copy without style loses it. A block has at most `LIMIT` characters, which is about what can
still be taken in at once; a change that needs more is told in several, by what hangs together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.diff import Edit
from flowctl.diff.edits import (
    BranchMoved,
    EntryAdded,
    EntryChanged,
    EntryMoved,
    EntryRemoved,
    HeaderChanged,
    NodeRenamed,
    WayRewired,
)
from flowctl.flow import Flow
from flowctl.ops.joined import JoinedFlow, JoinedNode, JoinedWay, joined
from flowctl.ops.others import Others
from flowctl.render.diff import Told
from flowctl.render.mermaid import label, outlined

Mark: TypeAlias = Literal["", "+", "-", "~", "»"]

LIMIT = 2000  # characters of a block
LEGEND = "`+` new, `-` gone, `~` changed, `»` leads elsewhere or is tried earlier or later"
TITLE, PORT = 60, 32  # characters of a node's title and of a way's name that are told
STYLES = {  # the classes of nodes: their lines differ, not only their colours
    "+": ("new", "fill:#e2f2ec,stroke:#1a936f,stroke-width:3px,color:#1e2730"),
    "-": ("gone", "fill:#faeadf,stroke:#d9730d,stroke-width:2px,stroke-dasharray:6 4,color:#1e2730"),
    "~": ("changed", "fill:#e3eef7,stroke:#3b8ed0,stroke-width:2px,color:#1e2730"),
}
ARROWS = {"": "-->", "+": "==>", "-": "-.->", "~": "-->", "»": "==>"}
LINES = {  # colours that stand out from white and from black, for those who look at dark pages
    "+": "stroke:#1a936f,stroke-width:3px",
    "-": "stroke:#d9730d,stroke-dasharray:6 4",
    "~": "stroke:#3b8ed0,stroke-width:2px",
    "»": "stroke:#b3589a,stroke-width:3px",
}
_ENTRIES = (EntryAdded, EntryChanged, EntryMoved, EntryRemoved)  # a flow has none


def of_diff(told: Told | Others) -> str:
    """The picture of what a diff tells of a flow, in one block of any length.

    Raises:
        FlowctlError: Several flows changed, or none did: a diagram is of one flow.
    """
    if isinstance(told, Others) or told.versions is None:
        raise FlowctlError("there is no diagram of this", hint="`flowctl diff --drafts` tells it in words")
    parts = [part for part in told.report.parts if part.part.startswith("flow/") and not part.cosmetic]
    drawn = [part for part in parts if part.status != "unreadable" and not part.problems]
    if len(drawn) != 1:
        hint = f"`flowctl diff --part {drawn[0].part} --mermaid`" if drawn else "`flowctl diff` tells what differs"
        raise FlowctlError("a diagram is of one flow" if drawn else "no flow differs in what it does", hint=hint)
    name = drawn[0].part.removeprefix("flow/")
    before, after = (version.model().flows.get(name) for version in told.versions)
    change = _change(joined(before, after, [e for e in drawn[0].edits if not isinstance(e, _ENTRIES)]), {})
    return _block(change, sorted(change.weights, key=change.places.__getitem__))


def picture(
    before: Flow | None, after: Flow | None, edits: Sequence[Edit], leads: Mapping[str, int] | None = None
) -> tuple[str, ...]:
    """The blocks of a flow's picture, first the most important; none when nothing changed that can move a lead.

    Args:
        edits: What makes `after` of `before`.
        leads: How many leads meet a change at a node, by its id; what more of them meet comes first.
    """
    change = _change(joined(before, after, edits), leads or {})
    regions = sorted(
        _regions(change), key=lambda nodes: (-sum(change.weights[n] for n in nodes), change.places[nodes[0]])
    )
    blocks: list[list[str]] = []
    for nodes in regions:
        whole = [*blocks[-1], *nodes] if blocks else nodes
        if len(_block(change, whole)) <= LIMIT:
            blocks[-1:] = [whole]
        else:
            blocks += _split(change, nodes)
    return tuple(_fitting(change, nodes) for nodes in blocks)


# What changed where -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Change:
    """Two versions laid over each other. `weights` has the nodes that changed, `near` the ways of each node."""

    flow: JoinedFlow
    nodes: Mapping[str, JoinedNode]
    places: Mapping[str, int]
    weights: Mapping[str, int]
    near: Mapping[str, Sequence[JoinedWay]]
    turns: Mapping[tuple[str, str | None, str | None], int]  # the order of the ways, by their node and names
    moved: frozenset[tuple[str, str]]  # (node, way out by its later name)
    starts: Mapping[str, Mark]  # the nodes at which the flow starts or started


def _change(flow: JoinedFlow, leads: Mapping[str, int]) -> _Change:
    nodes = {node.id: node for node in flow.nodes}
    starts = _starts(flow)
    near: dict[str, list[JoinedWay]] = {id_: [] for id_ in nodes}
    for way in flow.ways:
        for id_ in dict.fromkeys((way.from_, way.to)):
            near.get(id_, []).append(way)
    started = {id_ for id_, mark in starts.items() if mark and id_ in nodes}
    weights = {
        id_: leads.get(id_, 0) * 1000 + sum(not edit.cosmetic for edit in node.edits) + 1
        for id_, node in nodes.items()
        if _mark(node) or id_ in started
    }
    places = {id_: place for place, id_ in enumerate(nodes)}
    turns = {_way_key(way): turn for turn, way in enumerate(flow.ways)}
    return _Change(flow, nodes, places, weights, near, turns, frozenset(_moved(flow.nodes)), starts)


def _starts(flow: JoinedFlow) -> dict[str, Mark]:
    """The start, and the earlier one where it is another node."""
    now = flow.shown.start
    for edit in flow.edits:
        if isinstance(edit, HeaderChanged) and edit.key == "start":
            return {now: "»", flow.id_before(edit.before): "-"} if flow.id_before(edit.before) != now else {now: ""}
    return {now: ""}


def _moved(nodes: Iterable[JoinedNode]) -> Iterator[tuple[str, str]]:
    """The ways that lead elsewhere, and those that are tried earlier or later, by their later names."""
    for node in nodes:
        for edit in node.edits:
            if isinstance(edit, BranchMoved):
                yield node.id, edit.branch.name
            elif isinstance(edit, WayRewired) and edit.before is not None:
                yield node.id, edit.branch.name if edit.branch else edit.port


def _mark(node: JoinedNode) -> Mark:
    match node.status:
        case "added":
            return "+"
        case "removed":
            return "-"
        case "changed":
            return "~"
        case _:
            return ""


def _way_mark(change: _Change, way: JoinedWay) -> Mark:
    if way.after is None:
        return "-"
    if (way.from_, way.after) in change.moved:
        return "»"
    return "+" if way.before is None else "~" if way.status == "changed" else ""


# Which nodes go together ------------------------------------------------------------------------------------------


def _regions(change: _Change) -> Iterator[list[str]]:
    """The nodes that changed, by what hangs together: those next to each other or to one and the same node."""
    left = dict.fromkeys(sorted(change.weights, key=change.places.__getitem__))
    while left:
        region = [next(iter(left))]
        del left[region[0]]
        for id_ in region:  # grows as it is walked through
            for beside in _beside(change, id_):
                for found in (beside, *_beside(change, beside)):
                    if found in left:
                        del left[found]
                        region.append(found)
        yield sorted(region, key=change.places.__getitem__)


def _beside(change: _Change, id_: str) -> Iterator[str]:
    for way in change.near.get(id_, ()):
        other = way.to if way.from_ == id_ else way.from_
        if other in change.nodes:
            yield other


def _split(change: _Change, region: Sequence[str]) -> list[list[str]]:
    """A region in as many blocks as it needs: from the most important node on to those around it."""
    left = dict.fromkeys(sorted(region, key=lambda id_: (-change.weights[id_], change.places[id_])))
    hubs = {id_ for id_ in left if len(_block(change, [id_])) > LIMIT}  # fit in no block but one of their own
    blocks: list[list[str]] = []
    while left:
        block = [next(iter(left))]
        del left[block[0]]
        for id_ in block:
            for found in dict.fromkeys(_beside(change, id_)):
                if found in left and found not in hubs and len(_block(change, [*block, found])) <= LIMIT:
                    del left[found]
                    block.append(found)
        blocks.append(block)
    return blocks


# A block ----------------------------------------------------------------------------------------------------------


def _fitting(change: _Change, nodes: Sequence[str]) -> str:
    """The block of some nodes; where a single one has too many ways, with as many of them as there is room for."""
    text = _block(change, nodes)
    ways = _ways(change, nodes)
    most = len(ways)
    while len(text) > LIMIT and most:
        most -= max(1, most // 16)
        text = _block(change, nodes, most)
    return text


def _ways(change: _Change, nodes: Sequence[str]) -> list[JoinedWay]:
    """The ways of some nodes, those that changed first."""
    found = {_way_key(way): way for node in nodes for way in change.near[node]}
    return sorted(found.values(), key=lambda way: not _way_mark(change, way))


def _block(change: _Change, nodes: Sequence[str], most: int | None = None) -> str:
    ways = _ways(change, nodes)
    kept = ways[:most]
    shown = {*nodes, *(id_ for way in kept for id_ in (way.from_, way.to) if id_ in change.nodes)}
    names = {id_: f"n{n}" for n, id_ in enumerate(sorted(shown, key=change.places.__getitem__))}
    return "\n".join(_written(change, names, _in_order(change, kept), len(ways) - len(kept))) + "\n"


def _in_order(change: _Change, ways: Sequence[JoinedWay]) -> list[JoinedWay]:
    """As in the file: a diagram is laid out by the order of its lines."""
    return sorted(ways, key=lambda way: change.turns[_way_key(way)])


def _way_key(way: JoinedWay) -> tuple[str, str | None, str | None]:
    return way.from_, way.before, way.after


def _written(change: _Change, names: Mapping[str, str], ways: Sequence[JoinedWay], cut: int) -> Iterator[str]:
    yield "flowchart TD"
    lines: list[Mark] = []
    for id_, mark in change.starts.items():
        if id_ in names:
            lines.append(mark)
            yield f's(["start"]) {ARROWS[mark]}{_said(mark, "")} {names[id_]}'
    marks = {_mark(change.nodes[id_]) for id_ in names}
    for id_, name in names.items():
        yield _node(change.nodes[id_], name)
    for way in ways:
        if way.to in names:
            mark = _way_mark(change, way)
            lines.append(mark)
            yield f"{names[way.from_]} {ARROWS[mark]}{_said(mark, way.after or way.before or '')} {names[way.to]}"
    if cut:
        yield f'more["… and {cut:,} more {"way" if cut == 1 else "ways"}"]'
    for sign, (name, style) in STYLES.items():
        if sign in marks:
            yield f"classDef {name} {style}"
    for mark_, style in LINES.items():
        if numbers := ",".join(str(n) for n, line in enumerate(lines) if line == mark_):
            yield f"linkStyle {numbers} {style}"


def _node(node: JoinedNode, name: str) -> str:
    side = node.after or node.before
    assert side is not None, "a node is on one side at least"
    mark = _mark(node)
    was = next((edit.was for edit in node.edits if isinstance(edit, NodeRenamed)), None)
    said = label(_clipped(f"{mark} {side.title()}".strip(), TITLE), f"{node.id} (was {was})" if was else node.id)
    return outlined(name, said, len(side.ways())) + (f":::{STYLES[mark][0]}" if mark else "")


def _said(mark: Mark, port: str) -> str:
    said = _clipped(f"{mark} {port}".strip(), PORT)
    return f"|{label(said)}|" if said else ""


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
