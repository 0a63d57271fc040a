"""Flows with one thing changed in them, as somebody could have written them by mistake."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Any

from flowctl.check import graph
from flowctl.check.misfits import filled_object, inside
from flowctl.data import dataclass
from flowctl.diag import Span
from flowctl.document import Scalar
from flowctl.engine import World
from flowctl.expr import Blank, Expr, Field, Not, fields, implies, to_text
from flowctl.flow import Flow, Model, Named, Node
from flowctl.flow.duration import length_text
from flowctl.flow.kinds import Condition, Path, Port, keys
from flowctl.flow.node import found
from flowctl.flow.nodes.assign import Assign
from flowctl.flow.nodes.convert import Convert
from flowctl.flow.nodes.create import Create
from flowctl.flow.nodes.decision import Decision
from flowctl.flow.nodes.end import End
from flowctl.flow.nodes.lookup import Lookup
from flowctl.flow.nodes.match import Match
from flowctl.flow.nodes.merge import RULES, Merge
from flowctl.flow.nodes.rotate import Rotate
from flowctl.flow.nodes.set import Set
from flowctl.flow.nodes.wait import Wait
from flowctl.flow.objects import Types
from flowctl.flow.schedule import LEFT_OUT
from flowctl.flow.way import Preference
from flowctl.ops.mutation.conditions import CONSTANT, other_value, slips
from flowctl.tables import Snapshot

ORDER, WAY, OWNER, ROSTER, VALUE, KEY, RULE = "order", "way out", "owner", "roster", "value", "key", "rule"
ANSWER = "answer"
_DAY, _HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """A table in which a row (counted from 1) answers something else."""

    table: str
    row: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Mutant:
    """A flow in which a node, the condition of the schedule (`node` is None), or a table that it asks, is another one.

    `words` say what was changed, `asked` holds the conditions that decide whether a record notices.
    """

    flow: str
    node: str | None
    kind: str
    words: str
    place: Span
    change: Node | Expr | Answer = field(repr=False)
    asked: tuple[Expr, ...] = field(default=(), repr=False)

    @property
    def met(self) -> tuple[str, str | int]:
        """What a record that may notice has met: a node of the flow, its schedule, or a row of a table."""
        if isinstance(self.change, Answer):
            return f"table/{self.change.table}", self.change.row
        return self.flow, self.node or LEFT_OUT

    def world(self, world: World) -> World:
        """The world in which the flow is that."""
        program = world.programs[self.flow]
        if isinstance(self.change, Answer):
            return replace(world, tables={**world.tables, self.change.table: self.change.snapshot})
        if isinstance(self.change, Node):
            program = replace(program, steps={**program.steps, self.change.id: self.change.lower()})
        else:
            program = replace(program, where=self.change)
        return replace(world, programs={**world.programs, self.flow: program})


def mutants(model: Model, name: str) -> Iterator[Mutant]:
    """Every mutant of a flow, in file order; none that can be seen to route every record as the flow does."""
    maker = _Maker(model, model.flows[name])
    yield from maker.of_schedule()
    reachable = maker.flow.reachable()
    for node in maker.flow.nodes.values():
        if node.id in reachable:
            yield from maker.of_node(node)


class _Maker:
    def __init__(self, model: Model, flow: Flow) -> None:
        self.model, self.flow = model, flow
        self.types = model.types(flow)
        arrows = {id_: [way.to for way in node.ways()] for id_, node in flow.nodes.items()}
        self.order = graph.in_order(arrows) or ()

    def of_schedule(self) -> Iterator[Mutant]:
        where = self.flow.schedule.where if self.flow.schedule else None
        scalar = self.flow.document.at("schedule", "where")
        if where is None or not isinstance(scalar, Scalar):
            return
        for slip in slips(where, self.types):
            place = self.flow.document.span_inside(scalar, slip.start, slip.end)
            yield Mutant(self.flow.flow, None, slip.kind, slip.words, place, slip.e, (where, slip.e))

    def of_node(self, node: Node) -> Iterator[Mutant]:
        yield from self._conditions(node)
        if isinstance(node, Decision):
            yield from self._swaps(node)
        yield from self._ways(node)
        match node:
            case Assign():
                yield from self._owners(node)
            case Rotate():
                yield from self._rosters(node)
            case Set() | Create() | Convert():
                yield from self._values(node)
            case Lookup():
                yield from self._keys(node)
            case Match():
                yield from self._methods(node)
            case Merge():
                yield from self._rules(node)
            case Wait():
                longer = node.for_ + (_HOUR if node.for_ % _DAY else _DAY)
                words = f"`for` made `{length_text(longer)}`"
                yield self._mutant(node, ("for",), CONSTANT, words, longer, (node.until,))
            case _:
                pass

    def _mutant(
        self, node: Node, path: Path, kind: str, words: str, value: Any, asked: tuple[Expr, ...] | None = None
    ) -> Mutant:
        told = _asked(node) if asked is None else asked
        change = put(node, path, value)
        return Mutant(self.flow.flow, node.id, kind, words, self.flow.where(node.id, *path), change, told)

    def _conditions(self, node: Node) -> Iterator[Mutant]:
        for path, e in found(node, Condition):
            for slip in slips(e, self.types):
                mutant = self._mutant(node, path, slip.kind, slip.words, slip.e, (e, slip.e, *_before(node, path)))
                yield replace(mutant, place=inside(self.flow, node.id, path, slip.start, slip.end))

    def _swaps(self, node: Decision) -> Iterator[Mutant]:
        """Neighbours in the other order, unless no record could meet both."""
        names = node.port_names()
        for i, (a, b) in enumerate(zip(node.branches, node.branches[1:], strict=False)):
            if a.then != b.then and not implies(a.when, Not(b.when)) and not implies(b.when, Not(a.when)):
                change = replace(node, branches=(*node.branches[:i], b, a, *node.branches[i + 2 :]))
                words = f"`{names[i]}` and `{names[i + 1]}` swapped"
                place = self.flow.where(node.id, "branches", i + 1)
                asked = (a.when, b.when, *_before(node, ("branches", i)))
                yield Mutant(self.flow.flow, node.id, ORDER, words, place, change, asked)

    def _ways(self, node: Node) -> Iterator[Mutant]:
        for (path, to), way in zip(found(node, Port), node.ways(), strict=True):
            other = self._elsewhere(node, to)
            if other:
                words = f"`{way.port}` leads to `{other}`, not to `{to}`"
                met = (e for id_ in (to, other) for e in _asked(self.flow.nodes[id_]))
                yield self._mutant(node, path, WAY, words, other, (*_asked(node), *met))

    def _elsewhere(self, node: Node, to: str) -> str | None:
        """Another node that a way could lead to: one that another way leads to, else an end, else any further down."""
        below = self.order[self.order.index(node.id) + 1 :]
        ways = [way.to for way in node.ways()]
        ends = [id_ for id_ in below if isinstance(self.flow.nodes[id_], End)]
        after = ways[ways.index(to) + 1 :] + ways[: ways.index(to)]
        return next((id_ for id_ in (*after, *ends, *below) if id_ != to and id_ in below), None)

    def _owners(self, node: Assign) -> Iterator[Mutant]:
        directory = self.model.directory
        everybody = [named for name in directory.names() if directory.is_available(named := Named.parse(name))]
        written = node.to if isinstance(node.to, Named) else Named("queue", "")
        alike = [named for named in everybody if named.type == written.type]
        at = alike.index(written) + 1 if written in alike else 0
        other = next((named for named in (*alike[at:], *alike[:at], *everybody) if named != node.to), None)
        if other:
            yield self._mutant(node, ("to",), OWNER, f"`to` made `{other}`", other)

    def _rosters(self, node: Rotate) -> Iterator[Mutant]:
        names = sorted(self.model.rosters)
        if isinstance(node.roster, str) and len(names) > 1:
            other = names[(names.index(node.roster) + 1) % len(names)]
            yield self._mutant(node, ("roster",), ROSTER, f"`roster` made `{other}`", other)

    def _values(self, node: Set | Create | Convert) -> Iterator[Mutant]:
        target = Types(self.model.objects, filled_object(node, self.flow), {})
        for name, value in node.values.items():
            other = other_value(value, target.field((name,))) or (Blank() if isinstance(value, Field) else None)
            if other is not None:
                words = f"`{name}` set to `{to_text(other)}`, not to `{to_text(value)}`"
                yield self._mutant(node, ("values", name), VALUE, words, other)

    def _keys(self, node: Lookup) -> Iterator[Mutant]:
        for name in node.by:
            yield self._mutant(node, ("by", name), KEY, f"`{name}` not looked at", Blank())

    def _methods(self, node: Match) -> Iterator[Mutant]:
        for i, method in enumerate(node.by):
            if len(node.by) == 1 or method.name == "related":  # what a record carries is taken without being named
                continue
            left = (*node.by[:i], *node.by[i + 1 :])
            mutant = self._mutant(node, ("by",), KEY, f"method `{method}` left out", left)
            yield replace(mutant, place=self.flow.where(node.id, "by", i))
        for i, preference in enumerate(node.prefer):
            better = to_text(preference.when) if preference.when is not None else preference.order
            fewer = (*node.prefer[:i], *node.prefer[i + 1 :])
            mutant = self._mutant(node, ("prefer",), KEY, f"preference `{better}` left out", fewer)
            yield replace(mutant, place=self.flow.where(node.id, "prefer", i))

    def _rules(self, node: Merge) -> Iterator[Mutant]:
        paths: list[Path] = [("keep",)] if self.flow.document.at("nodes", node.id, "keep") else []
        for path in [*paths, *(("fields", name) for name in node.fields)]:
            rule = node.keep if len(path) == 1 else node.fields[str(path[1])]
            other = RULES[(RULES.index(rule) + 1) % len(RULES)]
            yield self._mutant(node, path, RULE, f"`{path[-1]}` made `{other}`", other)


def _asked(node: Node) -> tuple[Expr, ...]:
    return tuple(e for _, e in found(node, Condition))


def _before(node: Node, path: Path) -> tuple[Expr, ...]:
    """The conditions of the branches above the one at a path, which a record must not meet to come there."""
    above = node.branches[: int(path[1])] if isinstance(node, Decision) else ()
    return tuple(branch.when for branch in above)


def put(holder: Any, path: Path, value: Any) -> Any:
    """A node, or a part of one, with another value at a path."""
    if not path:
        return replace(holder, when=value) if isinstance(holder, Preference) else value
    first, rest = path[0], path[1:]
    if isinstance(holder, tuple):
        assert isinstance(first, int)
        return (*holder[:first], put(holder[first], rest, value), *holder[first + 1 :])
    if isinstance(holder, Mapping):
        return {**holder, first: put(holder[first], rest, value)}
    attribute = keys(type(holder))[str(first)].attribute
    return dataclasses.replace(holder, **{attribute: put(getattr(holder, attribute), rest, value)})


def read_by(mutant: Mutant) -> frozenset[tuple[str, ...]]:
    """The fields that decide whether a record notices."""
    return frozenset(path for e in mutant.asked for path in fields(e))
