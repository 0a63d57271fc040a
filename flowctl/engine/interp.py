"""The judge: routes one record in plain Python, and says why. Every other engine is tested against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import assert_never

from flowctl.data import dataclass
from flowctl.engine import merging, policies
from flowctl.engine.binding import bind
from flowctl.engine.matching import NOBODY, DataSet, Seeker, company_of
from flowctl.engine.message import filled
from flowctl.engine.outcome import (
    Broke,
    Converted,
    Created,
    Effect,
    Fact,
    Found,
    Merged,
    Outcome,
    Owned,
    Picked,
    Sent,
    Visit,
    Waited,
    Was,
)
from flowctl.engine.prepared import Prepared, tried
from flowctl.engine.turns import Turns
from flowctl.expr import Expr, FieldPath, FieldType, Reading, Value, stored, value_of
from flowctl.flow.objects import PEOPLE
from flowctl.flow.owner import Named
from flowctl.flow.people import Member, Roster
from flowctl.flow.program import (
    Bind,
    Join,
    Jump,
    Look,
    Make,
    Own,
    Pause,
    Pick,
    Program,
    Send,
    SetFields,
    Step,
    Stop,
    Test,
    Values,
    Way,
)
from flowctl.flow.record import Change, Record, fitted
from flowctl.flow.schedule import LEFT_OUT, LEFT_OUT_RESULT
from flowctl.tables import Snapshot

SKILLS = "Skills"  # of a member, as conditions of `rotate` read them


@dataclass(frozen=True, slots=True)
class World:
    """All that routing reads beside the record: programs, people, rosters, tables, data sets by name, the time zone.

    `people` holds the attributes of users and queues by `user/x` and `queue/x`; `available` those of them whom
    records can be given to; `types` the fields of each object, `rules` those with a policy, `relations` its relations.
    """

    programs: Mapping[str, Program]
    rosters: Mapping[str, Roster]
    people: Mapping[str, Mapping[str, Value]]
    available: frozenset[str]
    zone: dt.tzinfo
    data: Mapping[str, DataSet] = field(default_factory=dict)
    types: Mapping[str, Mapping[str, FieldType]] = field(default_factory=dict)
    tables: Mapping[str, Snapshot] = field(default_factory=dict)
    rules: Mapping[str, policies.Rules] = field(default_factory=dict)
    relations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    prepared: Prepared = field(default_factory=Prepared, compare=False, repr=False)  # of the programs' conditions

    def read(self, fields: Mapping[str, Value], related: Mapping[str, Record], path: FieldPath) -> Value:
        """What a path leads to: through related records, and through fields that hold a person."""
        name = path[0]
        if len(path) == 1:
            return fields.get(name)
        rest = path[1:]
        if name in related:
            return self.read(related[name].fields, related[name].related, rest)
        who = fields.get(name)
        return self.read(self.people.get(who, {}), {}, rest) if isinstance(who, str) else None

    def person(self, who: str, skills: tuple[str, ...] = ()) -> Record:
        """Somebody of the directory as conditions of `rotate` read them."""
        return Record(PEOPLE, {**self.people.get(who, {}), **({SKILLS: skills} if skills else {})})


Watch = Callable[[Step | Expr, Reading], None]


def route(
    world: World, flow: str, record: Record, turns: Turns, now: dt.datetime, watch: Watch | None = None
) -> Outcome:
    """Routes a record through a flow.

    Args:
        flow: The name of a flow of the world; it must have passed `check`, as all that it continues in.
        turns: Whose turn it is; moved on by this record.
        now: The moment of routing, with a time zone.
        watch: Is shown the record before each step, as its conditions read it; first of all, in a scheduled flow,
            the condition of the schedule.
    """
    return _Journey(world, record, turns, now, watch).through(flow)


class _Journey:
    """One record on its way; is what conditions read from."""

    def __init__(
        self, world: World, record: Record, turns: Turns, now: dt.datetime, watch: Watch | None = None
    ) -> None:
        self.world, self.turns, self.now, self.zone = world, turns, now, world.zone
        self.watch = watch
        self.began = now
        self.path: list[Visit] = []
        self.messages: list[Sent] = []
        self.effects: list[Effect] = []
        self.broken: list[Broke] = []
        self._enter(record)

    def _enter(self, record: Record) -> None:
        self.record = record
        self.fields = dict(record.fields)
        self.related = dict(record.related)
        self.later = list(record.later)
        self.sets: dict[str, Value] = {}

    # -- what conditions read

    @property
    def is_new(self) -> bool:
        return self.record.is_new

    def get(self, path: FieldPath) -> Value:
        return self.fields.get(path[0]) if len(path) == 1 else self.world.read(self.fields, self.related, path)

    def prior(self, path: FieldPath) -> Value:
        return self.world.read(self.record.prior, {}, path) if self.record.prior is not None else None

    def changed(self, path: FieldPath) -> bool:
        return not self.is_new and stored(self.world.read(self.record.fields, {}, path)) != stored(self.prior(path))

    # -- the walk

    def through(self, flow: str) -> Outcome:
        program = self.world.programs[flow]
        if program.where is not None:
            if self.watch is not None:
                self.watch(program.where, self)
            due = tried("due", self.world.prepared.holds(program.where), self)
            self.path.append(Visit(flow, LEFT_OUT, "due" if due.held else None, (due,)))
            if not due.held:
                return self._outcome(LEFT_OUT, LEFT_OUT_RESULT)
        step = program.steps[program.start]
        while not isinstance(step, Stop):
            if self.watch is not None:
                self.watch(step, self)
            way: Way | None
            if isinstance(step, Test):
                way, visit = self.world.prepared.test(program.flow, step)(self)
            else:
                way, facts = self._take(step)
                visit = Visit(program.flow, step.node, way.port if way else None, tuple(facts))
            self.path.append(visit)
            if isinstance(step, Jump):
                program = self.world.programs[step.flow]
            step = program.steps[way.to if way else program.start]
        self.path.append(Visit(program.flow, step.node, None))
        return self._outcome(step.node, step.result)

    def _outcome(self, ends: str, result: str) -> Outcome:
        return Outcome(
            self.owner,
            self.owner in self.world.available or not self._is_owned,
            self.sets,
            ends,
            result,
            tuple(self.path),
            tuple(self.messages),
            tuple(self.effects),
            tuple(self.broken),
        )

    @property
    def owner(self) -> str | None:
        owner = self.fields.get("Owner")
        return owner if isinstance(owner, str) else None

    def _take(self, step: Step) -> tuple[Way | None, list[Fact]]:
        match step:
            case Bind():
                return self._bind(step)
            case Look():
                return self._look(step)
            case SetFields():
                return self._set(step)
            case Own():
                return self._own(step)
            case Pick():
                return self._pick(step)
            case Pause():
                return self._pause(step)
            case Make():
                return self._make(step)
            case Join():
                return self._join(step)
            case Send():
                return self._send(step)
            case Jump():
                return self._jump(step)
            case Test() | Stop():
                raise AssertionError("the walk itself takes decisions, and ends before a stop")
            case _:
                assert_never(step)

    def _bind(self, step: Bind) -> tuple[Way, list[Fact]]:
        seeker = Seeker(self.fields, "Company" in self._types, self.get)
        data, carried = self.world.data.get(step.object, NOBODY), self.related.get(step.name)
        if carried is not None and carried.object != step.object:
            carried = None  # another flow has given the name to something else
        found, facts = bind(step, data, seeker, carried, lambda when, of: self._holds(when, step.name, of))
        if found is None:
            self.related.pop(step.name, None)
            return step.unmatched, facts
        self.related[step.name] = found
        return step.matched, facts

    def _holds(self, when: Expr, name: str, candidate: Record) -> bool:
        """Whether a condition holds with the candidate under its name."""
        before = self.related
        self.related = {**before, name: candidate}
        try:
            return self.world.prepared.holds(when)(self, None)
        finally:
            self.related = before

    def _look(self, step: Look) -> tuple[Way, list[Fact]]:
        values = {column: value_of(operand, self) for column, operand in step.by}
        found = self.world.tables[step.table].find(values, self.today)
        if found is None:
            self.related.pop(step.name, None)
            return step.missing, [Found(step.table, None)]
        position, row = found
        self.related[step.name] = Record(f"table/{step.table}", row)
        return step.found, [Found(step.table, position + 1)]

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.zone).date()

    def _set(self, step: SetFields) -> tuple[Way, list[Fact]]:
        values = self._values(step.values, self.record.object)
        return step.then, [*(Was(name, value) for name, value in values.items()), *self._change(values)]

    def _values(self, values: Values, object_: str) -> dict[str, Value]:
        """The values as the fields of an object hold them; those of people and ids in their own form."""
        types = self.world.types.get(object_, {})
        return {name: self._fitted(types.get(name), value_of(operand, self)) for name, operand in values}

    def _change(self, values: Mapping[str, Value], oldest: frozenset[str] = frozenset()) -> list[Broke]:
        """Sets fields of the record; what that breaks. `oldest` are those that get the value that was there first."""
        broke = list(policies.broken(self.world.rules.get(self.record.object, {}), self.fields, values, oldest))
        self.broken += broke
        self.fields |= values
        self.sets |= values
        return broke

    @property
    def _is_owned(self) -> bool:
        """Whether somebody owns records of this object; a ping, say, is read and left."""
        return not self._types or "Owner" in self._types

    @property
    def _types(self) -> Mapping[str, FieldType]:
        return self.world.types.get(self.record.object, {})

    def _fitted(self, type_: FieldType | None, value: Value) -> Value:
        """The value as the field holds it, an id as an id; blank where it does not fit, as in a condition."""
        try:
            return fitted(value, type_, self.zone) if type_ else value
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
        name = step.roster if isinstance(step.roster, str) else self.get(step.roster)
        roster = self.world.rosters.get(name) if isinstance(name, str) else None
        if roster is None:  # the row names none
            return step.nobody, [Picked(name if isinstance(name, str) else "", None, None, ())]
        picked = self.turns.take(roster, self.now, self.zone, self._is_active, self._fit(step), company_of(self.fields))
        if picked.owner is None:
            return step.nobody, [picked]
        self.fields["Owner"] = picked.owner
        if step.name is not None:
            self.related[step.name] = self.world.person(picked.owner)
        return step.then, [picked]

    def _is_active(self, user: str) -> bool:
        return f"user/{user}" in self.world.available

    def _fit(self, step: Pick) -> Callable[[Member], bool] | None:
        """Whether a member meets the condition of a step."""
        where, name = step.where, step.name
        if where is None or name is None:
            return None
        return lambda member: self._holds(where, name, self.world.person(f"user/{member.user}", member.skills))

    def _pause(self, step: Pause) -> tuple[Way, list[Fact]]:
        """Time goes on from one change of the record to the next, and at last to the end of the wait."""
        end = self.now + step.length
        until = self.world.prepared.holds(step.until)
        held = until(self, None)
        while not held and self.later and (due := self.began + self.later[0].after) <= end:
            self.now = max(self.now, due)
            self._happens(self.later.pop(0))
            held = until(self, None)
        if not held:
            self.now = end
            held = until(self, None)
        return step.met if held else step.expired, [Waited(held, self.now)]

    def _happens(self, change: Change) -> None:
        self.fields |= change.fields
        for name, fields in change.related.items():
            if name in self.related:
                there = self.related[name]
                self.related[name] = replace(there, fields={**there.fields, **fields})

    def _make(self, step: Make) -> tuple[Way, list[Fact]]:
        values = self._values(step.values, step.object)
        if step.name is not None:
            self.related[step.name] = Record(step.object, values)
        effect = Converted(step.account, values) if step.account else Created(step.object, step.name, values)
        broke = list(policies.unfilled(self.world.rules.get(step.object, {}), values))
        self.effects.append(effect)
        self.broken += broke
        return step.then, [effect, *broke]

    def _join(self, step: Join) -> tuple[Way, list[Fact]]:
        other = self.related.get(step.name, Record(self.record.object, {}))
        values = merging.merged(self.fields, other.fields, step.keep, step.fields)
        effect = Merged(step.name, values)
        self.effects.append(effect)
        oldest = frozenset(name for name in values if step.fields.get(name, step.keep) == "oldest")
        return step.then, [effect, *self._change(values, oldest)]

    def _send(self, step: Send) -> tuple[Way, list[Fact]]:
        to = (self.owner if step.to == "owner" else filled(step.to, self.get)) or "nobody"
        sent = Sent(step.channel, to, filled(step.message, self.get))
        self.messages.append(sent)
        return step.then, [sent]

    def _jump(self, step: Jump) -> tuple[None, list[Fact]]:
        if step.name is not None:
            target = self.world.programs[step.flow].object
            found = self.related.get(step.name, Record(target, {}))
            related = {**self._carried(target), **found.related}
            if step.origin is not None:
                related[step.origin] = replace(self.record, fields=self.fields, related={})
            later = tuple(_seen_from(step.name, step.origin, change) for change in self.later)
            # the event was not its own: it is neither new nor changed
            sets = self.sets
            self._enter(replace(found, prior=found.fields, related=related, later=later))
            self.sets = sets
        return None, []

    def _carried(self, target: str) -> dict[str, Record]:
        """The related records that an object relates to under the same name."""
        names = self.world.relations.get(target, {})
        return {name: record for name, record in self.related.items() if names.get(name) == record.object}


def _seen_from(name: str, origin: str | None, change: Change) -> Change:
    """A change of a record and what hangs on it, as one of the related record with this name."""
    others = {key: fields for key, fields in change.related.items() if key != name}
    return Change(change.after, change.related.get(name, {}), others | ({origin: change.fields} if origin else {}))
