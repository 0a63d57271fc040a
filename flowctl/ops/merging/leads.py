"""The leads that tell the two sides of a conflict apart: those that go elsewhere with the one than with the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flowctl.data import dataclass
from flowctl.diag import Severity
from flowctl.diff import Decision, Side
from flowctl.engine import Outcome
from flowctl.flow import Fixture, Model, load_model, part_of
from flowctl.flow.nodes.continue_ import Continue
from flowctl.ops.merging.files import Place, merge_all
from flowctl.ops.merging.sides import Sides
from flowctl.ops.test import Router

MOST = 8  # conflicts for which leads are looked for: each costs reading the workspace once, and routing its leads


@dataclass(frozen=True, slots=True)
class Parting:
    """A fixture's lead, and where it goes with either side of a conflict."""

    flow: str
    why: str
    ours: str
    theirs: str


def partings(
    sides: Sides, conflicts: Sequence[tuple[str, Decision]], wanted: Sequence[Place]
) -> dict[Place, tuple[Parting, ...] | None]:
    """The leads that tell the sides of the wanted conflicts apart, all others settled as ours has them.

    None stands for a side with errors, through which no lead can be routed. Left out are conflicts that move no lead
    by themselves, such as those of fixtures, and all after the first few.
    """
    places = [(path, decision.path) for path, decision in conflicts]
    moving = [place for place in wanted if place in places and _can_move(place[0])][:MOST]
    mine: dict[Place, Side] = dict.fromkeys(places, "ours")
    ours = _router(sides, mine) if moving else None
    found: dict[Place, tuple[Parting, ...] | None] = {}
    for place in moving:
        theirs = _router(sides, {**mine, place: "theirs"}) if ours else None
        found[place] = None
        if ours and theirs:
            found[place] = tuple(_partings(ours, theirs, _touched(place[0], ours.model, theirs.model)))
    return found


def _can_move(path: str) -> bool:
    return part_of(path) is not None


def _router(sides: Sides, take: Mapping[Place, Side]) -> Router | None:
    """The merge with its conflicts settled, ready for leads; None when it has errors."""
    from flowctl.check import check_model

    merged = merge_all(sides.base, sides.ours, sides.theirs, take=take)
    files = {path: data for path, data in {**sides.ours, **merged.files}.items() if data is not None}
    model = load_model({path: data for path, data in files.items() if path.startswith("flows/")})
    return None if any(d.severity is Severity.ERROR for d in check_model(model)) else Router(model)


def _touched(path: str, *models: Model) -> list[str]:
    """The flows whose leads a file can move: the flow itself and all that lead into it; every flow for other files."""
    kind, _, name = (part_of(path) or "").partition("/")
    flows = {flow: at for model in models for flow, at in model.flows.items()}
    if kind != "flow":
        return list(flows)
    found, more = {name}, {name}
    while more:
        more = {
            id_
            for id_, flow in flows.items()
            if id_ not in found and any(isinstance(n, Continue) and n.flow in more for n in flow.nodes.values())
        }
        found |= more
    return [flow for flow in flows if flow in found]


def _partings(ours: Router, theirs: Router, flows: Sequence[str]) -> Iterator[Parting]:
    for flow in flows:
        if flow not in ours.model.flows or flow not in theirs.model.flows:
            continue
        for fixture in _fixtures(flow, ours.model, theirs.model):
            with_ours, with_theirs = ours.outcome(flow, fixture), theirs.outcome(flow, fixture)
            if said := _apart(with_ours, with_theirs):
                yield Parting(flow, fixture.why, *said)


def _fixtures(flow: str, *models: Model) -> list[Fixture]:
    """The fixtures of both models, one for each lead."""
    every = [fixture for model in models for fixture in model.fixtures.get(flow, ())]
    return list({fixture.why: fixture for fixture in reversed(every)}.values())[::-1]


def _apart(ours: Outcome, theirs: Outcome) -> tuple[str, str] | None:
    """Where a lead goes with either side, in words; None where it goes the same way."""
    if ours.goes_to != theirs.goes_to:
        return ours.goes_to, theirs.goes_to
    if ours.ends != theirs.ends:
        return f"{ours.goes_to}, ends at {ours.ends}", f"{theirs.goes_to}, ends at {theirs.ends}"
    if ours.result != theirs.result:
        return f"{ours.goes_to}, as `{ours.result}`", f"{theirs.goes_to}, as `{theirs.result}`"
    if dict(ours.sets) != dict(theirs.sets):
        fields = ", ".join(sorted(f for f in {*ours.sets, *theirs.sets} if ours.sets.get(f) != theirs.sets.get(f)))
        return ours.goes_to, f"{theirs.goes_to}, with another {fields}"
    return None
