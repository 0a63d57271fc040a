"""What the page shows: the flows of one version or of two, who goes which way, and what fixtures meet."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, Severity, did_you_mean
from flowctl.diff import Edit
from flowctl.engine import Outcome
from flowctl.flow import Fixture, Flow, Model
from flowctl.flow.nodes.continue_ import Continue
from flowctl.ops.blame import Blame, blame
from flowctl.ops.check import choose_flow, sound_model
from flowctl.ops.coverage import Coverage, cover
from flowctl.ops.diff import DiffReport, diff
from flowctl.ops.joined import JoinedFlow, alone, joined
from flowctl.ops.leads import Source, read_data, read_leads
from flowctl.ops.show import Flows, FlowShown, NodeShown, Shown
from flowctl.ops.simulate import Routed, leads_of, simulate_leads
from flowctl.ops.test import Difference, Router, differences
from flowctl.ops.versions import Version
from flowctl.ops.workspace import Workspace

Tick = Callable[[int, int], None]  # what is done, of how many
WayOut = tuple[str, str | None]  # a node by its id on its side, and the way out; None at an end


@dataclass(frozen=True, slots=True)
class Lead:
    """A fixture and its way on each side that it was routed on.

    `differences` are to what it expects, None where its own expectation is of the other side.
    """

    flow: str
    fixture: Fixture
    before: Outcome | None
    after: Outcome | None
    differences: tuple[Difference, ...] | None

    @property
    def moved(self) -> bool:
        """Whether it goes to somebody else, as `simulate` counts."""
        return bool(self.after) and Routed(self.fixture.why, self.shown, self.before).moved

    @property
    def shown(self) -> Outcome:
        """What happens to it on the later side, or on the only one."""
        found = self.after or self.before
        assert found is not None, "a lead is routed on one side at least"
        return found


@dataclass(frozen=True, slots=True)
class PageFlow:
    """A flow, and how many leads leave its nodes by which way on each side: those of a file, else the fixtures.

    `coverage`, which is that of the fixtures, and `blame`, by the ids of nodes, are of the later side.
    """

    joined: JoinedFlow
    before: Mapping[WayOut, int]
    after: Mapping[WayOut, int]
    coverage: Coverage | None
    blame: Mapping[str, Blame]


@dataclass(frozen=True, slots=True)
class Asked:
    """A file with leads that go through a flow (None: the one that leads go through), and what they are matched on."""

    source: Source
    leads: str
    data: tuple[str, ...]
    flow: str | None
    now: dt.datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """Numbers that `simulate --traffic` has counted: those of a file, else those that were kept."""

    source: Source
    file: str | None


Taken = Mapping[str, Mapping[WayOut, int]]  # by flow, how many leads took each way


@dataclass(frozen=True, slots=True)
class Crowd:
    """The leads of a file, counted, not told one by one. `note` says what is to be known of the numbers."""

    file: str
    leads: int
    before: Taken
    after: Taken
    note: str = ""
    was_counted: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page: what `after` is called, `before` where two versions are compared, and which flow and node open first.

    `not_routed` says why there are no leads where a version has errors. `crowd` are the leads whose ways are counted.
    """

    before: str | None
    after: str
    opens: str
    node: str | None
    flows: tuple[PageFlow, ...]
    leads: tuple[Lead, ...]
    report: DiffReport | None = None
    not_routed: str = ""
    crowd: Crowd | None = None


def page_of(
    ws: Workspace,
    version: Version,
    shown: Shown,
    asked: Asked | Kept | None = None,
    tick: Tick = lambda done, total: None,
) -> Page:
    """The page of what `show` shows: all flows, or a flow with those that leads come from or go on to.

    Raises:
        FlowctlError: Leads of a file are asked for that cannot be read, or cannot be routed.
    """
    sides, not_routed = _routers(asked if isinstance(asked, Asked) else None, (version, True))
    model = sides[0].model if sides else version.model()
    opens, node = _opens(shown)
    names = list(model.flows) if opens is None else _connected(model, opens)
    flows = [alone(model.flows[name]) for name in names]
    leads = tuple(_leads(names, sides, tick)) if sides else ()
    if isinstance(asked, Kept):
        crowd: Crowd | None = _counted_before(asked, version, [model.flows[name] for name in names], opens)
    else:
        crowd = _crowd(asked, sides, tick) if asked else None
    counted = _counted(flows, leads, crowd, _blames(ws, version, flows))
    return Page(None, version.label, opens or _first(flows), node, counted, leads, None, not_routed, crowd)


def page_between(
    ws: Workspace,
    before: Version,
    after: Version,
    opens: str | None = None,
    asked: Asked | None = None,
    tick: Tick = lambda done, total: None,
) -> Page:
    """The page of a comparison: every flow of both versions; `opens`, or the first that differs, is open.

    Raises:
        FlowctlError: Neither version has a flow that can be read; or as `page_of`.
    """
    sides, not_routed = _routers(asked, (before, False), (after, True))
    a, b = (side.model for side in sides) if sides else (before.model(), after.model())
    report = diff(before, after)
    flows = [_joined(a, b, name, report) for name in dict.fromkeys([*b.flows, *a.flows])]
    if not flows:
        raise FlowctlError("there is no flow to draw", hint="`flowctl check` says what cannot be read")
    leads = tuple(_leads([flow.name for flow in flows], sides, tick)) if sides else ()
    crowd = _crowd(asked, sides, tick) if asked else None
    counted = _counted(flows, leads, crowd, _blames(ws, after, flows))
    first = opens if opens in {flow.name for flow in flows} else None
    return Page(before.label, after.label, first or _first(flows), None, counted, leads, report, not_routed, crowd)


def _joined(a: Model, b: Model, name: str, report: DiffReport) -> JoinedFlow:
    """A flow of both sides; of one that cannot be read on one of them, the other side alone."""
    before, after = a.flows.get(name), b.flows.get(name)
    part = next((part for part in report.parts if part.part == f"flow/{name}"), None)
    if part and part.status == "unreadable" and (readable := after or before):
        return alone(readable)
    return joined(before, after, cast("tuple[Edit, ...]", part.edits if part else ()))  # of a flow, since it is one


def _opens(shown: Shown) -> tuple[str | None, str | None]:
    match shown:
        case Flows():
            return None, None
        case FlowShown(flow=flow):
            return flow.flow, None
        case NodeShown(flow=flow, node=node):
            return flow.flow, node.id


def _first(flows: list[JoinedFlow]) -> str:
    """The flow that opens first: one that differs, of these one that events set off, of these the largest."""
    rank = {"changed": 0, "added": 1, "removed": 1, "cosmetic": 2, "same": 3}
    return min(flows, key=lambda f: (rank[f.status], not f.shown.triggers, -len(f.nodes))).name


def _connected(model: Model, name: str) -> list[str]:
    """A flow, those that lead into it and those that it leads on to; in the order of the model."""
    if name not in model.flows:
        raise FlowctlError(f"there is no flow `{name}`", hint=did_you_mean(name, model.flows))
    onward = {flow.flow: _continues(flow) for flow in model.flows.values()}
    back = {to: {name for name, ends in onward.items() if to in ends} for to in onward}
    wanted = _reached(name, onward) | _reached(name, back)
    return [name for name in model.flows if name in wanted]


def _continues(flow: Flow) -> set[str]:
    return {node.flow for node in flow.nodes.values() if isinstance(node, Continue)}


def _reached(name: str, ends: Mapping[str, set[str]]) -> set[str]:
    found, waiting = {name}, [name]
    while waiting:
        new = ends.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _routers(asked: Asked | None, *versions: tuple[Version, bool]) -> tuple[tuple[Router, ...], str]:
    """What routes leads through each version, or why one of them cannot; that is an error where leads are asked for."""
    try:
        return tuple(Router(sound_model(version, fixtures=fixtures)) for version, fixtures in versions), ""
    except FlowctlError as error:
        if asked:
            raise
        return (), "; ".join([error.message, *_first_error(error)])


def _first_error(error: FlowctlError) -> Iterator[str]:
    for found in error.found:
        if found.severity is Severity.ERROR and found.span:
            yield f"{found.span}: {found.message}"
            return


def _crowd(asked: Asked, sides: tuple[Router, ...], tick: Tick) -> Crowd:
    """The leads of a file, routed in their order through each side."""
    model = sides[-1].model
    flow = choose_flow(model, asked.flow)
    leads = read_leads(asked.source, asked.leads, model, flow, asked.now)
    data = read_data(asked.source, asked.data, model)
    earlier = ("", sides[0].model) if len(sides) > 1 else None
    routed = simulate_leads(flow, leads, ("", model), earlier, data, tick).routed
    after = _taken(each.after for each in routed)
    return Crowd(asked.leads, len(routed), _taken(each.before for each in routed) if earlier else after, after)


def _counted_before(asked: Kept, version: Version, flows: list[Flow], opens: str | None) -> Crowd:
    """The numbers that were counted of flows; those of the flow that opens have to be there."""
    from flowctl.ops.traffic import lay_over_all

    found = lay_over_all(asked.source, version, flows, asked.file, opens)
    first = found.get(opens or "") or next(iter(found.values()))
    taken = {name: over.traffic.ways for name, over in found.items()}
    stale = ", ".join(name for name, over in found.items() if over.is_stale)
    note = f"counted on another version of {stale}: what changed since may have other numbers" if stale else ""
    return Crowd(first.traffic.file or "a file", first.traffic.leads, taken, taken, note, was_counted=True)


def _leads(flows: list[str], sides: tuple[Router, ...], tick: Tick) -> Iterator[Lead]:
    """The fixtures of flows, routed on the sides that have the flow."""
    before, after = sides[0], sides[-1]
    for number, name in enumerate(flows):
        tick(number, len(flows))
        expected = {id(fixture) for fixture in after.model.fixtures.get(name, ())}
        earlier = before.model if before is not after else None
        for fixture in leads_of(name, after.model, earlier):
            was = before.outcome(name, fixture) if name in before.model.flows else None
            now = after.outcome(name, fixture) if name in after.model.flows else None
            found = tuple(differences(fixture, now)) if now and id(fixture) in expected else None
            yield Lead(name, fixture, was, now, found)


Blames = Mapping[str, Mapping[str, Blame]]


def _blames(ws: Workspace, version: Version, flows: list[JoinedFlow]) -> Blames:
    """The blame of the nodes of each flow that is there; none before the first release."""
    if not ws.release_ids():
        return {}
    return {flow.name: blame(ws, flow.name, version) for flow in flows if flow.after}


def _counted(
    flows: list[JoinedFlow], leads: tuple[Lead, ...], crowd: Crowd | None, blames: Blames
) -> tuple[PageFlow, ...]:
    before = crowd.before if crowd else _taken(lead.before for lead in leads)
    after = crowd.after if crowd else _taken(lead.after for lead in leads)
    met = [lead.after for lead in leads if lead.after and lead.differences is not None]
    return tuple(
        PageFlow(
            flow,
            before.get(flow.name, {}),
            after.get(flow.name, {}),
            cover(flow.after, met) if flow.after and leads else None,
            blames.get(flow.name, {}),
        )
        for flow in flows
    )


def _taken(outcomes: Iterable[Outcome | None]) -> dict[str, Counter[WayOut]]:
    """How many outcomes took each way of each flow."""
    found: dict[str, Counter[WayOut]] = {}
    for outcome in outcomes:
        for flow, node, port in outcome.ways if outcome else ():
            found.setdefault(flow, Counter())[node, port] += 1
    return found
