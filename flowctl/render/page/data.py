"""The data that a page holds: what is drawn where, and what is told of it. Texts are for people, made harmless."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from flowctl.document import Json, inline
from flowctl.engine import Outcome
from flowctl.engine.message import shown
from flowctl.expr import And, Expr, Or, to_text
from flowctl.flow import Flow, Node, Record
from flowctl.flow.fixture import NOBODY
from flowctl.flow.nodes.continue_ import Continue
from flowctl.flow.nodes.decision import Decision
from flowctl.ops.blame import Blame
from flowctl.ops.joined import JoinedNode, JoinedWay
from flowctl.ops.page import Lead, Page, PageFlow
from flowctl.render.edits import in_order
from flowctl.render.layout import Box, Line, Link, Placed, lay_out
from flowctl.render.page.boxes import Drawn, drawn, label_size
from flowctl.render.safe import lines, safe
from flowctl.render.show import held, runs
from flowctl.render.words import marker, sentence

Index: TypeAlias = Mapping[
    str, tuple[int, Mapping[str, int], Mapping[tuple[str, str], int], Mapping[tuple[str, str], int]]
]
REASONS = {"added": "new", "removed": "gone", "unreadable": "cannot be read"}


def data(page: Page) -> dict[str, Json]:
    """Everything that the page's script reads."""
    index = _index(page)
    flows = [flow.joined.shown for flow in page.flows]
    return {
        "schema": "flowctl/page/1",
        "before": page.before and safe(page.before),
        "after": safe(page.after),
        "opens": next((i for i, flow in enumerate(page.flows) if flow.joined.name == page.opens), 0),
        "node": page.node,
        "notRouted": safe(page.not_routed),
        "crowd": page.crowd
        and [safe(page.crowd.file), page.crowd.leads, *([note] if (note := page.crowd.note) else [])],
        "traffic": bool(page.crowd and page.crowd.was_counted),
        "flows": [_flow(flow, flows) for flow in page.flows],
        "leads": [_lead(lead, page, index) for lead in page.leads],
        "parts": list(_parts(page)),
    }


def _index(page: Page) -> Index:
    """For each flow its place, and the places of its nodes and of its ways on both sides."""
    found = {}
    for place, flow in enumerate(page.flows):
        joined = flow.joined
        nodes = {node.id: n for n, node in enumerate(joined.nodes)}
        before = {(way.from_, way.before): n for n, way in enumerate(joined.ways) if way.before}
        after = {(way.from_, way.after): n for n, way in enumerate(joined.ways) if way.after}
        found[joined.name] = place, nodes, before, after
    return found


# Flows ------------------------------------------------------------------------------------------------------------


def _flow(flow: PageFlow, flows: Sequence[Flow]) -> Json:
    joined = flow.joined
    boxes = {node.id: _box(node) for node in joined.nodes}
    layout = lay_out(
        [Box(id_, box.width, box.height) for id_, box in boxes.items()],
        [Link(w.from_, _link(w), w.to, *label_size(_port(w), *_taken(w, flow))) for w in joined.ways if w.to in boxes],
    )
    lines_ = {(line.from_, line.port): line for line in layout.lines}
    places = {id_: n for n, id_ in enumerate(boxes)}
    return {
        "name": safe(joined.name),
        "object": joined.shown.object,
        "title": safe(joined.shown.title),
        "runs": runs(joined.shown, flows),
        "notes": lines(joined.shown.notes),
        "status": joined.status,
        "start": places.get(joined.shown.start, 0),
        "width": _round(layout.width),
        "height": _round(layout.height),
        "edits": [[marker(edit), safe(sentence(edit))] for edit in joined.edits],
        "covered": flow.coverage and [flow.coverage.taken, flow.coverage.total],
        "nodes": [_node(node, boxes[node.id], layout.nodes[node.id], flow) for node in joined.nodes],
        "ways": [_way(way, places, lines_.get((way.from_, _link(way))), flow) for way in joined.ways],
    }


def _link(way: JoinedWay) -> str:
    """A name for a way that no other way out of its node has: `-` and `+` cannot be mistaken for each other."""
    return f"+{way.after}" if way.after else f"-{way.before}"


def _port(way: JoinedWay) -> str:
    return safe(way.after or way.before or "")


def _taken(way: JoinedWay, flow: PageFlow) -> tuple[int, int]:
    """How many leads take a way, before and after; none where it is not there."""
    was = flow.before.get((flow.joined.was(way.from_), way.before), 0) if way.before else 0
    return was, flow.after.get((way.from_, way.after), 0) if way.after else 0


def _box(node: JoinedNode) -> Drawn:
    """The box of the later title, wide and high enough for the earlier one."""
    sides = [drawn(safe(side.title()), side.id) for side in (node.after, node.before) if side]
    first = sides[0]
    return Drawn(first.lines, first.id, max(s.width for s in sides), max(s.height for s in sides))


def _node(node: JoinedNode, box: Drawn, placed: Placed, flow: PageFlow) -> Json:
    joined, blame = flow.joined, flow.blame.get(node.id)
    told: dict[str, Json] = {
        "id": safe(node.id),
        "status": node.status,
        "x": _round(placed.x),
        "y": _round(placed.y),
        "w": box.width,
        "h": box.height,
        "lines": list(box.lines),
        "short": box.id,
        "missed": bool(flow.coverage and node.after and node.id in flow.coverage.missed_nodes),
        "after": node.after and _told(node.after, joined.after),
    }
    if node.status in ("changed", "cosmetic", "removed") and node.before:
        told["before"] = _told(node.before, joined.before)
        title = drawn(safe(node.before.title()), node.id).lines
        if node.after and title != box.lines:
            told["was"] = list(title)
    if node.edits:
        told["edits"] = [[marker(edit), safe(sentence(edit))] for edit in sorted(node.edits, key=lambda e: e.cosmetic)]
    if blame and node.after:
        told["blame"] = _blame(blame)
    return told


def _blame(blame: Blame) -> Json:
    """Who changed a node, as rows of a name and a text."""
    rows = {
        "release": blame.release or "not released yet",
        "title": blame.title,
        "draft": blame.draft or "",
        "by": blame.who,
        "on": f"{blame.when:%Y-%m-%d}" if blame.when else "",
    }
    return {name: safe(text) for name, text in rows.items() if text}


def _told(node: Node, flow: Flow | None) -> Json:
    """What the panel tells of one side of a node; what is empty is left out."""
    branches = node.branches if isinstance(node, Decision) else ()
    ports = node.port_names() if isinstance(node, Decision) else ()
    told: dict[str, Json] = {
        "type": node.type,
        "title": safe(node.title()),
        "keys": [[name, lines(value)] for name, value in _keys(node)],
        "branches": [
            {"port": safe(port), "when": lines(broken(branch.when)), "source": safe(branch.source)}
            for port, branch in zip(ports, branches, strict=True)
        ],
        "source": safe(node.source),
        "notes": lines(node.notes),
        "place": safe(str(flow.where(node.id))) if flow and node.id in flow.nodes else "",
        "goes": node.flow if isinstance(node, Continue) else "",
    }
    return {name: value for name, value in told.items() if value}


def _keys(node: Node) -> Iterator[tuple[str, str]]:
    for name, value in held(node):
        yield name, _spelled(value)


def _spelled(value: Json) -> str:
    """A value, with a line for each key of a mapping and each item of a list."""
    if isinstance(value, dict):
        return "\n".join(f"{name} = {_word(item)}" for name, item in value.items())
    return "\n".join(map(_word, value)) if isinstance(value, list) else _word(value)


def _word(value: Json) -> str:
    return value if isinstance(value, str) else inline(value)


def broken(condition: Expr) -> str:
    """A condition with a line for each of the terms that it is joined of."""
    if not isinstance(condition, (And, Or)):
        return to_text(condition)
    word = "AND" if isinstance(condition, And) else "OR"
    return f"\n{word} ".join(_term(term, condition) for term in condition.of)


def _term(term: Expr, inside: And | Or) -> str:
    needs = isinstance(term, (And, Or)) and type(term) is not type(inside)
    return f"({to_text(term)})" if needs and isinstance(inside, And) else to_text(term)


def _way(way: JoinedWay, places: Mapping[str, int], line: Line | None, flow: PageFlow) -> Json:
    before, after = _taken(way, flow)
    told: dict[str, Json] = {
        "from": places[way.from_],
        "to": places.get(way.to, -1),
        "port": _port(way),
        "status": way.status,
        "d": _path(line),
        "at": line and line.label and [_round(line.label[0]), _round(line.label[1])],
        "n": after,
        "missed": bool(flow.coverage and way.after and (way.from_, way.after) in flow.coverage.missed_ways),
    }
    if way.before:
        told["m"] = before
        if way.before != way.after:
            told["was"] = safe(way.before)
    return told


def _path(line: Line | None) -> str:
    """The curve as the data of an SVG path."""
    if line is None or not line.points:
        return ""
    first, *rest = [f"{_round(x):g} {_round(y):g}" for x, y in line.points]
    return f"M{first}C{' '.join(rest)}"


def _round(value: float) -> float:
    return round(value, 1)


# Leads ------------------------------------------------------------------------------------------------------------


def _lead(lead: Lead, page: Page, index: Index) -> Json:
    fixture = lead.fixture
    before = _outcome(lead.before, page, index, is_before=True) if page.before is not None else None
    after = _outcome(lead.after, page, index, is_before=False)
    expected = fixture.story.expect.owner
    return {
        "flow": index[lead.flow][0],
        "why": safe(fixture.why),
        "place": safe(str(fixture.place)),
        "event": fixture.story.event,
        "fields": [[name, safe(value)] for name, value in _fields(fixture.record)],
        "expects": str(expected) if expected else NOBODY,
        "differs": None
        if lead.differences is None
        else [[safe(d.what), safe(d.expected), safe(d.found)] for d in lead.differences],
        "moved": page.before is not None and lead.moved,
        "before": before if before != after else "same",
        "after": after,
    }


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    for name, value in record.fields.items():
        yield name, shown(value) or "blank"
    for kin, related in record.related.items():
        for name, value in related.fields.items():
            yield f"{kin}.{name}", shown(value) or "blank"


def _outcome(outcome: Outcome | None, page: Page, index: Index, *, is_before: bool) -> Json:
    if outcome is None:
        return None
    return {
        "owner": safe(outcome.owner or NOBODY),
        "to": safe(outcome.goes_to),
        "routed": outcome.is_routed,
        "result": safe(outcome.result),
        "steps": list(_steps(outcome, page, index, is_before)),
    }


def _steps(outcome: Outcome, page: Page, index: Index, is_before: bool) -> Iterator[Json]:
    """The path: places of flow, node and way out (-1 at an end). What is not on the page is left out."""
    for flow, node, port in outcome.ways:
        if flow not in index:
            continue
        place, nodes, before, after = index[flow]
        joined = page.flows[place].joined
        id_ = joined.id_before(node) if is_before else node
        if id_ in nodes:
            ways = before if is_before else after
            yield [place, nodes[id_], ways.get((id_, port or ""), -1)]


# Beside the flows ---------------------------------------------------------------------------------------------------


def _parts(page: Page) -> Iterator[Json]:
    """What differs beside the flows that are drawn: rosters, tables, people, and flows that cannot be read."""
    drawn_ = {f"flow/{flow.joined.name}" for flow in page.flows}
    for part in page.report.parts if page.report else ():
        if part.part not in drawn_ or part.status == "unreadable":
            edits: list[Json] = [[marker(edit), safe(sentence(edit))] for edit in in_order(part)]
            yield {"part": safe(part.part), "status": REASONS.get(part.status, ""), "edits": edits}
