"""The generated flows of `routing`, said in the languages of others: one DuckDB query, and a graph for zen-engine.

Both are given what makes them quick: texts are trimmed and folded beforehand, people who are not active are known, and
zen-engine reads moments and days as numbers. Both must decide as flowctl does, which is asked before they are timed.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.leads import columns
from flowctl.engine import World
from flowctl.expr import And, AnyOf, Between, Compare, Expr, Field, IsBlank, Not, Operand, Or, Shift, Truth, Value, fold
from flowctl.expr.ast import Day, Flag, Moment, Now, Number, Text, Today
from flowctl.flow.program import Own, Program, SetFields, Step, Stop, Test

ZONE = "America/Los_Angeles"
EPOCH = dt.date(1970, 1, 1)
DAY = 86_400
TEXTS = tuple(name for name, kind in columns().items() if kind in ("picklist", "email", "text", "url"))


@dataclass(frozen=True, slots=True)
class Language:
    """How a condition is written; each function is given what its sides are called."""

    field: Callable[[str], str]
    constant: Callable[[Value], str]
    shifted: Callable[[str, int, str], str]  # today or now, by so many days
    compare: Callable[[str, str, str], str]
    texts: Mapping[str, Callable[[str, str], str]]
    among: Callable[[str, list[str]], str]
    blank: Callable[[str], str]
    sure: Callable[[str, list[str]], str]  # a condition that is false where one of some fields is blank
    words: tuple[str, str, str]  # and, or, not

    def condition(self, e: Expr) -> str:
        both, either, no = self.words
        match e:
            case And(of):
                return f"({f' {both} '.join(map(self.condition, of))})"
            case Or(of):
                return f"({f' {either} '.join(map(self.condition, of))})"
            case Not(of):
                return f"{no}({self.condition(of)})"
            case Compare(left, "!=", right, start=start, end=end):
                return f"{no}({self.condition(Compare(left, '=', right, start=start, end=end))})"
            case Compare(left, op, right):
                return self.sure(self.compare(self.side(left), op, self.side(right)), self.names(left, right))
            case Between(left, low, high):
                name = self.side(left)
                sides = self.compare(name, ">=", self.side(low)), self.compare(name, "<=", self.side(high))
                return self.sure(f" {both} ".join(sides), self.names(left))
            case AnyOf(left, "IN" | "NOT IN" as op, of):
                found = self.sure(self.among(self.side(left), list(map(self.side, of))), self.names(left))
                return found if op == "IN" else f"{no}({found})"
            case AnyOf(left, op, of):
                name = self.side(left)
                parts = (self.texts[op](name, self.side(item)) for item in of)
                return self.sure(f"({f' {either} '.join(parts)})", self.names(left))
            case IsBlank(of, negated):
                return f"{no}({self.blank(self.side(of))})" if negated else self.blank(self.side(of))
            case Truth(of):
                return self.side(of)
            case _:
                raise NotImplementedError(type(e).__name__)

    def side(self, operand: Operand) -> str:
        match operand:
            case Field((name,)):
                return self.field(name)
            case Text() | Number() | Flag() | Day() | Moment():
                value = operand.value
                return self.constant(fold(value) if isinstance(value, str) else value)
            case Shift(Today(), count, _):
                return self.shifted("today", count, "day")
            case Shift(Now(), count, _):
                return self.shifted("now", count, "moment")
            case _:
                raise NotImplementedError(type(operand).__name__)

    def names(self, *operands: Operand) -> list[str]:
        return [self.field(operand.path[0]) for operand in operands if isinstance(operand, Field)]


# DuckDB -----------------------------------------------------------------------------------------------------------


def _sql(value: Value) -> str:
    match value:
        case bool() | float():
            return str(value).lower()
        case str():
            return "'" + value.replace("'", "''") + "'"
        case dt.datetime():
            return f"TIMESTAMPTZ '{value.isoformat()}'"
        case dt.date():
            return f"DATE '{value.isoformat()}'"
        case _:
            raise NotImplementedError


SQL = Language(
    field=lambda name: name,
    constant=_sql,
    shifted=lambda name, days, kind: (
        f"({name} + {days})" if kind == "day" else f"({name} + INTERVAL ({days * 24}) HOUR)"
    ),
    compare=lambda a, op, b: f"{a} {op} {b}",
    texts={
        "CONTAINS": lambda a, b: f"contains({a}, {b})",
        "STARTS WITH": lambda a, b: f"starts_with({a}, {b})",
        "ENDS WITH": lambda a, b: f"ends_with({a}, {b})",
    },
    among=lambda a, items: f"{a} IN ({', '.join(items)})",
    blank=lambda a: f"{a} IS NULL",
    sure=lambda condition, _: f"coalesce({condition}, false)",
    words=("AND", "OR", "NOT"),
)


def query(world: World, program: Program, source: str) -> str:
    """One query that gives each record's `owner` and `ends`, as texts.

    The nodes are laid in layers, so that all ways lead to later ones. Each layer is a SELECT over the one before, in
    which `place` says where a record stands: a CASE moves those that stand at one of the layer's nodes.
    """
    folded = [f"lower(trim({name})) AS {name}" for name in TEXTS]
    today = f"CAST(timezone('{ZONE}', CreatedDate) AS DATE) AS today, CreatedDate AS now"
    start = f"{_number(program.start)}::SMALLINT AS place, NULL::VARCHAR AS owner, NULL::VARCHAR AS ends"
    made = f"SELECT * REPLACE ({', '.join(folded)}), {today}, {start} FROM {source}"
    for layer in layers(program):
        changes = ", ".join(f"{text} AS {name}" for name, text in _changes(world, layer).items())
        made = f"SELECT * REPLACE ({changes}) FROM ({made})"
    return f"SELECT owner, ends FROM ({made})"


def _changes(world: World, layer: list[Step]) -> dict[str, str]:
    """What a layer changes of the records: by column, its new value."""
    whens: dict[str, list[str]] = {}

    def note(column: str, step: Step, value: str) -> None:
        whens.setdefault(column, []).append(f"WHEN {_number(step.node)} THEN {value}")

    for step in layer:
        match step:
            case Test(_, cases, otherwise):
                chosen = " ".join(f"WHEN {SQL.condition(c.when)} THEN {_number(c.way.to)}" for c in cases)
                note("place", step, f"CASE {chosen} ELSE {_number(otherwise.to)} END")
            case SetFields(_, values, then):
                for name, operand in values:
                    note(name, step, SQL.side(operand))
                note("place", step, _number(then.to))
            case Own():
                owner, to = given(world, step)
                if owner:
                    note("owner", step, _sql(owner))
                note("place", step, _number(to))
            case Stop():
                note("ends", step, _sql(step.node))
            case _:
                raise NotImplementedError(type(step).__name__)
    return {name: f"CASE place {' '.join(whens[name])} ELSE {name} END" for name in whens}


def _number(node: str) -> str:
    return str(int(node.removeprefix("node_")))


def given(world: World, step: Own) -> tuple[str | None, str]:
    """Whom a step makes the owner, and where it leads: somebody who is not active takes nothing."""
    owner = str(step.to)
    if owner in world.available or step.unavailable is None:
        return owner, step.then.to
    return None, step.unavailable.to


def layers(program: Program) -> Iterator[list[Step]]:
    """The steps by the longest way to them; they stand in an order in which all ways lead down."""
    depth = {program.start: 0}
    for step in program.steps.values():
        for to in targets(step):
            depth[to] = max(depth.get(to, 0), depth.get(step.node, 0) + 1)
    for layer in range(max(depth.values()) + 1):
        yield [step for step in program.steps.values() if depth.get(step.node) == layer]


def targets(step: Step) -> list[str]:
    match step:
        case Test(_, cases, otherwise):
            return [*(case.way.to for case in cases), otherwise.to]
        case SetFields(then=then):
            return [then.to]
        case Own(then=then, unavailable=unavailable):
            return [then.to, *([unavailable.to] if unavailable else [])]
        case _:
            return []


# zen-engine -------------------------------------------------------------------------------------------------------


def _zen(value: Value) -> str:
    match value:
        case dt.datetime():
            return repr(value.timestamp())
        case dt.date():
            return str((value - EPOCH).days)
        case bool() | float():
            return str(value).lower()
        case _:
            return json.dumps(value)


ZEN = Language(
    field=lambda name: name,
    constant=_zen,
    shifted=lambda name, days, kind: f"({name} + {days if kind == 'day' else days * DAY})",
    compare=lambda a, op, b: f"{a} {'==' if op == '=' else op} {b}",
    texts={
        "CONTAINS": lambda a, b: f"contains({a}, {b})",
        "STARTS WITH": lambda a, b: f"startsWith({a}, {b})",
        "ENDS WITH": lambda a, b: f"endsWith({a}, {b})",
    },
    among=lambda a, items: f"{a} in [{', '.join(items)}]",
    blank=lambda a: f"{a} == null",
    sure=lambda condition, names: f"({' and '.join([*(f'{name} != null' for name in names), f'({condition})'])})",
    words=("and", "or", "not "),
)


def graph(world: World, program: Program) -> dict[str, Any]:
    """The flow as a decision graph: a switch for each decision, an expression for all else."""
    nodes: list[dict[str, Any]] = [{"id": "input", "type": "inputNode", "name": "input"}]
    edges = [_edge("input", program.start)]
    reached = {program.start}
    for step in program.steps.values():
        if step.node not in reached:  # it would be taken for one to begin with
            continue
        made, ways = _zen_node(world, step)
        reached |= {to for _, to in ways}
        nodes.append({"id": step.node, "name": step.node, **made})
        edges += [_edge(step.node, to, handle) for handle, to in ways]
    return {"nodes": nodes, "edges": edges}


def _edge(source: str, target: str, handle: str | None = None) -> dict[str, str]:
    edge = {"id": f"{source} {handle} {target}", "type": "edge", "sourceId": source, "targetId": target}
    return edge | ({"sourceHandle": handle} if handle else {})


def _zen_node(world: World, step: Step) -> tuple[dict[str, Any], list[tuple[str | None, str]]]:
    match step:
        case Test(node, cases, otherwise):
            ids = [f"{node}.{at}" for at in range(len(cases) + 1)]
            whens = [*(ZEN.condition(case.when) for case in cases), ""]
            statements = [
                {"id": i, "condition": when, "isDefault": not when} for i, when in zip(ids, whens, strict=True)
            ]
            content = {"hitPolicy": "first", "statements": statements}
            to = [*(case.way.to for case in cases), otherwise.to]
            return {"type": "switchNode", "content": content}, list(zip(ids, to, strict=True))
        case SetFields(_, values, then):
            return _expressions({name: ZEN.side(operand) for name, operand in values}), [(None, then.to)]
        case Own():
            owner, target = given(world, step)
            return _expressions({"owner": _zen(owner)} if owner else {}), [(None, target)]
        case Stop(node):
            return _expressions({"ends": _zen(node)}), []
        case _:
            raise NotImplementedError(type(step).__name__)


def _expressions(values: dict[str, str]) -> dict[str, Any]:
    made = [{"id": name, "key": name, "value": value} for name, value in values.items()]
    return {"type": "expressionNode", "content": {"passThrough": True, "expressions": made}}


def contexts(table: pa.Table) -> list[dict[str, Any]]:
    """The records as zen-engine is given them."""
    made = dict(zip(table.column_names, table.columns, strict=True))
    for name in TEXTS:
        made[name] = pc.utf8_lower(pc.utf8_trim_whitespace(pc.cast(made[name], pa.string())))
    made["now"] = made["CreatedDate"]
    local = pc.local_timestamp(pc.cast(made["CreatedDate"], pa.timestamp("us", ZONE)))
    made["today"] = pc.cast(local, pa.date32())
    for name, values in made.items():
        if pa.types.is_timestamp(values.type):
            made[name] = pc.divide(pc.cast(pc.cast(values, pa.int64()), pa.float64()), 1e6)
        elif pa.types.is_date(values.type):
            made[name] = pc.cast(values, pa.int32())
    found: list[dict[str, Any]] = pa.table(made).to_pylist()
    return found
