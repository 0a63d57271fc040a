"""Where leads go, under one version or two, and who moves."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError, Severity, Span, in_order
from flowctl.engine import Outcome, Turns, World, route, world_of
from flowctl.engine.outcome import Converted, Created, Merged
from flowctl.flow import Fixture, Flow, Model, Record
from flowctl.flow.record import Complaint, Reader
from flowctl.tables import Row

if TYPE_CHECKING:
    from flowctl.ops.test import Router

EVERY = 100  # leads between two ticks: some 20 ms
NO_FLOW = Outcome(None, False, {}, "(no flow)", "no flow routes it", (), ())  # no node can be called so
NAMES = ("Name", "Company", "Email", "Id")  # what a lead is called in a report, the first that it has


@dataclass(frozen=True, slots=True)
class Arrival:
    """A lead to route: its name for people, the record, when it arrives, and its place in the file, from 1."""

    name: str
    record: Record
    now: dt.datetime
    position: int = 0


@dataclass(frozen=True, slots=True)
class Routed:
    """A lead and what happens to it; `before` is under the other version, None when there is one version only."""

    name: str
    after: Outcome
    before: Outcome | None

    @property
    def moved(self) -> bool:
        """Whether the lead goes to another roster, queue or named owner; other members by turn alone do not count."""
        return self.before is not None and self.before.goes_to != self.after.goes_to

    @property
    def changed(self) -> bool:
        """Whether anything else differs: where it ends, fields, messages, records that are made."""
        return self.before is not None and not self.moved and _facts(self.before) != _facts(self.after)


def _facts(outcome: Outcome) -> tuple[object, ...]:
    by_turn = () if outcome.roster else (outcome.messages, outcome.effects)
    return outcome.ends, outcome.result, dict(outcome.sets), by_turn


@dataclass(frozen=True, slots=True)
class Move:
    """From whom to whom, how many, and the names of a few."""

    before: str
    after: str
    leads: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Simulation:
    """Leads routed under `version`, and under `against` when there is one; by the job of a scheduled flow at `run`."""

    flow: str
    version: str
    against: str | None
    routed: tuple[Routed, ...]
    run: dt.datetime | None = None

    @property
    def moves(self) -> tuple[Move, ...]:
        """The movements, the largest first."""
        found: dict[tuple[str, str], list[str]] = {}
        for r in self.routed:
            if r.before and r.moved:
                found.setdefault((r.before.goes_to, r.after.goes_to), []).append(r.name)
        ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
        return tuple(Move(a, b, len(names), tuple(names[:3])) for (a, b), names in ordered)

    @property
    def moved(self) -> int:
        return sum(r.moved for r in self.routed)

    @property
    def changed(self) -> int:
        return sum(r.changed for r in self.routed)

    @property
    def unrouted(self) -> tuple[Routed, ...]:
        """The leads whose owner is nobody to whom records can be given."""
        return tuple(r for r in self.routed if not r.after.is_routed and not r.after.is_left_out)

    @property
    def newly_unrouted(self) -> tuple[Routed, ...]:
        return tuple(r for r in self.unrouted if r.before and r.before.is_routed)

    @property
    def left_out(self) -> int:
        """How many the job of a scheduled flow does not take."""
        return sum(r.after.is_left_out for r in self.routed)

    @property
    def broken(self) -> tuple[Routed, ...]:
        """The leads of which a step breaks the policy of a field."""
        return tuple(r for r in self.routed if r.after.broken)

    def effects(self) -> tuple[tuple[str, int], ...]:
        """What happens to records beside the leads' own fields, and how often: `Account created`, `converted`."""
        named = {Created: "created", Converted: "converted", Merged: "merged"}
        found = (effect for r in self.routed for effect in r.after.effects)
        words = (f"{e.object} {named[Created]}" if isinstance(e, Created) else named[type(e)] for e in found)
        return tuple(sorted(Counter(words).items()))

    def loads(self) -> tuple[tuple[str, int, int], ...]:
        """How many leads each owner, queue and roster has after and before, the most first; none that were left out."""
        after = Counter(r.after.goes_to for r in self.routed if not r.after.is_left_out)
        before = Counter(r.before.goes_to for r in self.routed if r.before and not r.before.is_left_out)
        names = sorted({*after, *before}, key=lambda name: (-after[name], name))
        return tuple((name, after[name], before[name]) for name in names)


def simulate_fixtures(flow: str, after: tuple[str, Router], before: tuple[str, Router] | None) -> Simulation:
    """Routes the fixtures of two named models through both; each alone, with fresh turns.

    Where the later model does not have the flow any more, its leads go to nobody.
    """
    label, then = after
    earlier = before[1] if before and flow in before[1].model.flows else None
    is_gone = flow not in then.model.flows
    routed = (
        Routed(f.why, NO_FLOW if is_gone else then.outcome(flow, f), earlier.outcome(flow, f) if earlier else None)
        for f in leads_of(flow, then.model, before[1].model if before else None)
    )
    return Simulation(flow, label, before[0] if before else None, tuple(routed))


def gone_flows(after: Model, before: Model | None) -> list[str]:
    """The flows that only the earlier model has, with leads that no fixture of the later one has: they go to nobody."""
    kept = {fixture.why for fixtures in after.fixtures.values() for fixture in fixtures}
    gone = [name for name in before.flows if name not in after.flows] if before else []
    return [name for name in gone if before and any(f.why not in kept for f in before.fixtures.get(name, ()))]


def leads_of(flow: str, after: Model, before: Model | None) -> list[Fixture]:
    """The fixtures of both versions: a lead that a draft has edited is routed as it was, too, lest its move hide."""
    ours = after.fixtures.get(flow, ())
    known = {fixture.why: fixture for fixture in ours}
    theirs = before.fixtures.get(flow, ()) if before else ()
    return [*ours, *(f for f in theirs if f.why not in known or not f.has_lead_of(known[f.why]))]


def simulate_leads(
    flow: str,
    leads: Sequence[Arrival],
    after: tuple[str, Model],
    before: tuple[str, Model] | None,
    data: dict[str, list[Record]],
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> Simulation:
    """Routes leads in the order given, so that turns move on from one to the next.

    Args:
        tick: Called now and then with how many routings are done, and of how many.
    """
    both = before is not None and flow in before[1].flows
    total = len(leads) * (1 + both)
    then = route_all(world_of(after[1], data), flow, leads, Turns(), lambda done: tick(done, total))
    earlier: Sequence[Outcome | None] = [None] * len(leads)
    if before and both:
        world = world_of(before[1], data)
        earlier = route_all(world, flow, leads, Turns(), lambda done: tick(len(leads) + done, total))
    routed = (Routed(lead.name, a, b) for lead, a, b in zip(leads, then, earlier, strict=True))
    return Simulation(flow, after[0], before[0] if before else None, tuple(routed))


def route_all(
    world: World, flow: str, leads: Iterable[Arrival], turns: Turns, tick: Callable[[int], None]
) -> list[Outcome]:
    """Routes leads in the order given; the turns move on from one to the next."""
    outcomes = []
    for number, lead in enumerate(leads):
        if not number % EVERY:
            tick(number)
        outcomes.append(route(world, flow, lead.record, turns, lead.now))
    return outcomes


def arrivals(file: str, rows: Sequence[Row], model: Model, flow: Flow, now: dt.datetime) -> list[Arrival]:
    """The leads of a file's rows, typed; in order of arrival: by `CreatedDate`, then as in the file.

    A row is new unless it has `prior`. `now` is the moment of routing of those without a `CreatedDate`.

    Raises:
        FlowctlError: Some fields are unknown or cannot be read; all are told, without their values.
    """
    found: list[Diagnostic] = []
    leads = []
    names = model.related(flow)
    for position, row in enumerate(rows, 1):
        reader = Reader(model.objects, model.settings.zone, complaint(file, row, found))
        leads.append(_arrival(row, position, reader, names, flow.object, now))
    if found:
        raise FlowctlError(f"`{file}` does not fit the object `{flow.object}`", found=once(found))
    return sorted(leads, key=lambda lead: lead.now)


def _arrival(
    row: Row, position: int, reader: Reader, names: Mapping[str, str], object_: str, now: dt.datetime
) -> Arrival:
    lead = object_.lower()
    beside = {name: value for name, value in row.values.items() if name not in ("related", "prior")}
    raw, at = (row.values[lead], (lead,)) if lead in row.values else (beside, ())
    fields = reader.fields(raw, object_, at)
    related = reader.related(row.values.get("related"), names, ("related",))
    before = row.values.get("prior")
    prior = reader.fields(before, object_, ("prior",)) if before is not None else None
    record = Record(object_, fields, {**fields, **prior} if prior is not None else None, related)
    created = fields.get("CreatedDate")
    name = next((str(fields[n]) for n in NAMES if fields.get(n)), f"line {row.line}")
    return Arrival(name, record, created if isinstance(created, dt.datetime) else now, position)


def complaint(file: str, row: Row, found: list[Diagnostic]) -> Complaint:
    """Notes what is wrong with a row, with its line and without its values."""

    def complain(path: tuple[str | int, ...], code: str, message: str, hint: str | None) -> None:
        where = ".".join(map(str, path))
        text = f"`{where}`: {message}" if code in ("FC203", "FC205") and where else message
        found.append(Diagnostic(code, Severity.ERROR, text, Span(file, row.line, 1, row.line, 1), hint))

    return complain


def once(found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """What is wrong in row after row is told for the first few of them: an unknown field for one, a value for three."""
    alike: dict[tuple[str, str], list[Diagnostic]] = {}
    for diagnostic in found:
        alike.setdefault((diagnostic.code, diagnostic.message), []).append(diagnostic)
    return in_order(diagnostic for group in alike.values() for diagnostic in _first(group))


def _first(group: Sequence[Diagnostic]) -> list[Diagnostic]:
    told = list(group[: 3 if group[0].code == "FC203" else 1])
    if len(told) < len(group) and len(told) > 1:
        told[-1] = replace(told[-1], message=f"{told[-1].message} (and in {len(group) - len(told)} more rows)")
    return told
