"""The judge: routes one record in plain Python, and says why. Every other engine is tested against it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from flowctl.engine.matching import DataSet, key_of
from flowctl.engine.outcome import Bound, Fact, Outcome, Owned, Sent, Sought, Tried, Visit, Was
from flowctl.engine.turns import Turns
from flowctl.expr import Atom, Expr, FieldPath, FieldType, Id, Value, evaluate, value_of
from flowctl.flow.owner import Named
from flowctl.flow.people import Roster
from flowctl.flow.program import (
    Bind,
    Case,
    Jump,
    Own,
    Pick,
    Preference,
    Program,
    Send,
    SetFields,
    Step,
    Stop,
    Test,
    Way,
)
from flowctl.flow.record import Record, fitted

TOKEN = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class World:
    """All that routing reads beside the record: programs, people, rosters and data sets by name, and the time zone.

    `people` holds the attributes of users and queues by `user/x` and `queue/x`; `available` those of them whom
    records can be given to; `types` the fields of each object.
    """

    programs: Mapping[str, Program]
    rosters: Mapping[str, Roster]
    people: Mapping[str, Mapping[str, Value]]
    available: frozenset[str]
    zone: dt.tzinfo
    data: Mapping[str, DataSet] = field(default_factory=dict)
    types: Mapping[str, Mapping[str, FieldType]] = field(default_factory=dict)


def route(world: World, flow: str, record: Record, turns: Turns, now: dt.datetime) -> Outcome:
    """Routes a record through a flow.

    Args:
        flow: The name of a flow of the world; it must have passed `check`, as all that it continues in.
        turns: Whose turn it is; moved on by this record.
        now: The moment of routing, with a time zone.
    """
    return _Journey(world, record, turns, now).through(flow)


class _Journey:
    """One record on its way; is what conditions read from."""

    def __init__(self, world: World, record: Record, turns: Turns, now: dt.datetime) -> None:
        self.world, self.turns, self.now, self.zone = world, turns, now, world.zone
        self.path: list[Visit] = []
        self.messages: list[Sent] = []
        self._enter(record)

    def _enter(self, record: Record) -> None:
        self.record = record
        self.fields = dict(record.fields)
        self.related = dict(record.related)
        self.sets: dict[str, Value] = {}

    # -- what conditions read

    @property
    def is_new(self) -> bool:
        return self.record.is_new

    def get(self, path: FieldPath) -> Value:
        return self._read(self.fields, self.related, path)

    def prior(self, path: FieldPath) -> Value:
        return self._read(self.record.prior, {}, path) if self.record.prior is not None else None

    def changed(self, path: FieldPath) -> bool:
        return not self.is_new and _stored(self._read(self.record.fields, {}, path)) != _stored(self.prior(path))

    def _read(self, fields: Mapping[str, Value], related: Mapping[str, Record], path: FieldPath) -> Value:
        name, rest = path[0], path[1:]
        if not rest:
            return fields.get(name)
        if name in related:
            return self._read(related[name].fields, related[name].related, rest)
        who = fields.get(name)
        return self._read(self.world.people.get(who, {}), {}, rest) if isinstance(who, str) else None

    # -- the walk

    def through(self, flow: str) -> Outcome:
        program = self.world.programs[flow]
        step = program.steps[program.start]
        while not isinstance(step, Stop):
            way, facts = self._take(step)
            self.path.append(Visit(program.flow, step.node, way.port if way else None, tuple(facts)))
            if isinstance(step, Jump):
                program = self.world.programs[step.flow]
            step = program.steps[way.to if way else program.start]
        self.path.append(Visit(program.flow, step.node, None))
        owner = self.owner
        routed = owner in self.world.available
        return Outcome(owner, routed, self.sets, step.node, step.result, tuple(self.path), tuple(self.messages))

    @property
    def owner(self) -> str | None:
        owner = self.fields.get("Owner")
        return owner if isinstance(owner, str) else None

    def _take(self, step: Step) -> tuple[Way | None, list[Fact]]:
        match step:
            case Test():
                return self._test(step)
            case Bind():
                return self._bind(step)
            case SetFields():
                return self._set(step)
            case Own():
                return self._own(step)
            case Pick():
                return self._pick(step)
            case Send():
                return self._send(step)
            case Jump():
                return self._jump(step)
            case Stop():
                raise AssertionError("the walk ends before a stop is taken")
            case _:
                assert_never(step)

    def _test(self, step: Test) -> tuple[Way, list[Fact]]:
        facts: list[Fact] = []
        for case in step.cases:
            tried = self._tried(case)
            facts.append(tried)
            if tried.held:
                return case.way, facts
        return step.otherwise, facts

    def _tried(self, case: Case) -> Tried:
        atoms: list[tuple[Atom, bool]] = []
        held = evaluate(case.when, self, lambda atom, truth: atoms.append((atom, truth)))
        return Tried(case.way.port, held, tuple(atoms))

    def _bind(self, step: Bind) -> tuple[Way, list[Fact]]:
        facts: list[Fact] = []
        for method, candidates in self._searches(step):
            kept = [c for c in candidates if step.where is None or self._holds(step.where, step.name, c)]
            facts.append(Sought(method, len(candidates), len(kept)))
            if kept:
                chosen, by = self._best(step, kept)
                self.related[step.name] = chosen
                facts.append(Bound(step.name, by, chosen))
                return step.matched, facts
        self.related.pop(step.name, None)
        return step.unmatched, facts

    def _searches(self, step: Bind) -> Iterator[tuple[str, list[Record]]]:
        """The candidates of each method, in order; a related record that is there already comes before all."""
        if step.name in self.related:
            yield "related", [self.related[step.name]]
        data = self.world.data.get(step.object, DataSet(()))
        has_company = "Company" in self._types
        for method in step.by:
            if method.name != "related":
                key = key_of(method, self.fields, has_company, self.get)
                yield method.name, data.candidates(method.name, key)

    def _holds(self, when: Expr, name: str, candidate: Record) -> bool:
        """Whether a condition holds with the candidate under its name."""
        before = self.related
        self.related = {**before, name: candidate}
        try:
            return evaluate(when, self)
        finally:
            self.related = before

    def _best(self, step: Bind, kept: list[Record]) -> tuple[Record, str | None]:
        """The candidate that the preferences put first, and the position of the one that decided."""
        for number, preference in enumerate(step.prefer, 1):
            better = self._preferred(step, preference, kept)
            if len(better) == 1 and len(kept) > 1:
                return better[0], f"preference {number}"
            kept = better
        return kept[0], "order of the data" if len(kept) > 1 else None

    def _preferred(self, step: Bind, preference: Preference, kept: list[Record]) -> list[Record]:
        if preference.when is not None:
            when = preference.when
            return [c for c in kept if self._holds(when, step.name, c)] or kept
        dated = [(c.fields.get("CreatedDate"), c) for c in kept]
        dates = [when for when, _ in dated if isinstance(when, dt.date)]
        if not dates:
            return kept
        best = max(dates) if preference.order == "newest" else min(dates)
        return [c for when, c in dated if when == best]

    def _set(self, step: SetFields) -> tuple[Way, list[Fact]]:
        values = {name: self._fitted(name, value_of(operand, self)) for name, operand in step.values}
        self.fields |= values
        self.sets |= values
        return step.then, [Was(name, value) for name, value in values.items()]

    @property
    def _types(self) -> Mapping[str, FieldType]:
        return self.world.types.get(self.record.object, {})

    def _fitted(self, name: str, value: Value) -> Value:
        """The value as the field holds it, an id as an id; blank where it does not fit, as in a condition."""
        try:
            return fitted(value, self._types[name], self.zone) if name in self._types else value
        except ValueError:
            return None

    def _own(self, step: Own) -> tuple[Way, list[Fact]]:
        to = str(step.to) if isinstance(step.to, Named) else self.get(step.to)
        refused = self._refused(to)
        if refused and step.unavailable:
            return step.unavailable, [Owned(None, refused)]
        owner = to if isinstance(to, str) else None
        self.fields["Owner"] = owner
        return step.then, [Owned(owner, refused)]

    def _refused(self, to: Value) -> str | None:
        if to is None:
            return "blank"
        if to in self.world.available:
            return None
        return "inactive" if to in self.world.people else "not in the directory"

    def _pick(self, step: Pick) -> tuple[Way, list[Fact]]:
        roster = self.world.rosters[step.roster]
        day = self.now.astimezone(self.zone).date()
        picked = self.turns.take(roster, day, lambda user: f"user/{user}" in self.world.available)
        if picked.owner is None:
            return step.nobody, [picked]
        self.fields["Owner"] = picked.owner
        return step.then, [picked]

    def _send(self, step: Send) -> tuple[Way, list[Fact]]:
        to = self.owner or "nobody" if step.to == "owner" else step.to
        sent = Sent(step.channel, to, filled(step.message, self.get))
        self.messages.append(sent)
        return step.then, [sent]

    def _jump(self, step: Jump) -> tuple[None, list[Fact]]:
        if step.name is not None:
            sets = self.sets
            found = self.related.get(step.name, Record(self.world.programs[step.flow].object, {}))
            self._enter(replace(found, prior=found.fields))  # the event was not its own: it is neither new nor changed
            self.sets = sets
        return None, []


def _stored(value: Value) -> Value:
    """A value so that it differs from another only where Salesforce would store another."""
    if value is False:
        return None  # a blank checkbox is false
    return value.strip()[:15] if isinstance(value, Id) else value


def filled(message: str, get: Callable[[FieldPath], Value]) -> str:
    """A message with its `{{field}}` tokens replaced by the record's values; a blank leaves nothing."""
    return TOKEN.sub(lambda m: shown(get(tuple(m.group(1).split(".")))), message)


def shown(value: Value) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, tuple):
        return "; ".join(value)
    return value.isoformat() if isinstance(value, dt.date) else value
