"""What of a flow does not fit the objects: unknown fields, unknown picklist values, types that do not go together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from flowctl.data import dataclass
from flowctl.diag import Span
from flowctl.document import Scalar
from flowctl.expr import (
    Field,
    FieldPath,
    FieldType,
    IsBlank,
    Problem,
    check_types,
    check_value,
    fields,
)
from flowctl.flow import Flow, Model, Named, Node, Types
from flowctl.flow.kinds import Condition, Path, Value
from flowctl.flow.node import found
from flowctl.flow.nodes.convert import CONTACT, Convert
from flowctl.flow.nodes.create import Create
from flowctl.flow.nodes.lookup import Lookup
from flowctl.flow.nodes.match import By
from flowctl.flow.nodes.merge import Merge
from flowctl.flow.nodes.notify import TOKEN, Notify
from flowctl.flow.nodes.rotate import Rotate
from flowctl.flow.nodes.set import Set
from flowctl.flow.objects import PEOPLE
from flowctl.flow.owner import Owner
from flowctl.flow.workspace import bound_names

UNKNOWN_FIELD = "FC201"
UNKNOWN_VALUE = "FC202"
MISFIT = "FC302"
BARE_PERSON = "FC218"

NO_PEOPLE = f"what can be asked of people is said in flows/objects/{PEOPLE}.yaml, which is missing or has errors"

VALUED = (Set, Create, Convert)
Misfit: TypeAlias = tuple[Span, Problem]


@dataclass(frozen=True, slots=True)
class FlowSchema:
    """The fields that a flow can read, in the shape that conditions are checked against."""

    types: Types

    def field(self, path: FieldPath) -> FieldType | None:
        return self.types.field(path)

    def known(self, prefix: FieldPath) -> Iterable[str]:
        return self.types.known(prefix)

    def why_not(self, path: FieldPath) -> str | None:
        passed = (self.types.field(path[:depth]) for depth in range(1, len(path)))
        if PEOPLE not in self.types.objects and any(type_ and type_.kind in ("user", "owner") for type_ in passed):
            return NO_PEOPLE
        return None


def misfits(flow: Flow, model: Model) -> Iterator[Misfit]:
    """Everything in a flow that does not fit, with its place.

    Nothing is said of what only an unknown object could tell, or a file or a node that could not be read.
    """
    if flow.object not in model.objects:
        return
    schema = FlowSchema(model.types(flow))
    dark = _dark(flow, model)
    yield from _of_schedule(flow, schema)
    for node in flow.nodes.values():
        for path, problem in _of_node(node, schema, dark):
            yield inside(flow, node.id, path, problem.start, problem.end), problem
        if isinstance(node, VALUED):
            yield from _of_values(node, flow, model, schema, dark)
        if isinstance(node, Lookup):
            yield from _of_lookup(node, flow, model, schema, dark)


def _of_schedule(flow: Flow, schema: FlowSchema) -> Iterator[Misfit]:
    where = flow.schedule.where if flow.schedule else None
    scalar = flow.document.at("schedule", "where")
    if where is not None and isinstance(scalar, Scalar):
        for problem in check_types(where, schema):
            yield flow.document.span_inside(scalar, problem.start, problem.end), problem


def _of_values(
    node: Set | Create | Convert, flow: Flow, model: Model, schema: FlowSchema, dark: frozenset[str]
) -> Iterator[Misfit]:
    """Problems of the fields that a node fills, and of what it puts into them."""
    object_ = filled_object(node, flow)
    if object_ not in model.objects:
        return
    target = FlowSchema(Types(model.objects, object_, {}))
    for name, value in node.values.items():
        type_ = target.field((name,))
        key = flow.document.key("nodes", node.id, "values", name)
        yield from ((key, problem) for problem in _of_target(name, target, is_new=not isinstance(node, Set)))
        if type_ and not _reads(fields(value), dark) and (type_.kind != "owner" or not isinstance(node, Set)):
            for problem in check_value(value, type_, schema):
                yield inside(flow, node.id, ("values", name), problem.start, problem.end), problem


def _of_lookup(node: Lookup, flow: Flow, model: Model, schema: FlowSchema, dark: frozenset[str]) -> Iterator[Misfit]:
    """Problems of what a table is asked by: each value must fit its column, as if it were put there."""
    table = model.tables.get(node.table)
    for name, value in node.by.items():
        column = table.header.columns.get(name) if table else None
        if column and not _reads(fields(value), dark):
            for problem in check_value(value, replace(column.typed(), required=False), schema):
                yield inside(flow, node.id, ("by", name), problem.start, problem.end), problem


def filled_object(node: Set | Create | Convert, flow: Flow) -> str:
    """The object whose fields a node fills."""
    match node:
        case Set():
            return flow.object
        case Create():
            return node.object
        case Convert():
            return CONTACT


def _dark(flow: Flow, model: Model) -> frozenset[str]:
    """Names of related records of which nothing is known: their object, or the node that finds them, was not read."""
    written = (flow.document.at("nodes", id_, "as") for id_ in flow.unread)
    unread = {name.text for name in written if isinstance(name, Scalar)}
    known, names = model.kinds, {**model.related(flow), **bound_names(flow)}
    return frozenset(unread | {name for name, object_ in names.items() if object_ not in known})


def inside(flow: Flow, node: str, path: Path, start: int, end: int) -> Span:
    """The place of some characters of a text of a node; of the whole value where it is written as anything else."""
    scalar = flow.document.at("nodes", node, *path)
    if isinstance(scalar, Scalar):
        return flow.document.span_inside(scalar, start, end)
    return flow.where(node, *path)


def reads(node: Node) -> Iterator[tuple[Path, FieldPath]]:
    """Every field that a node reads, with the path of the text that reads it."""
    for path, condition in found(node, Condition):
        yield from ((path, read) for read in sorted(fields(condition)))
    for path, to in found(node, Owner):
        if not isinstance(to, Named):
            yield path, to
    for path, method in found(node, By):
        if method.field:
            yield path, method.field
    for path, value in found(node, Value):
        yield from ((path, read) for read in sorted(fields(value)))
    if isinstance(node, Rotate) and not isinstance(node.roster, str):
        yield ("roster",), node.roster
    if isinstance(node, Merge):
        yield ("with",), (node.with_, "Id")
    if isinstance(node, Convert):
        yield ("account",), (node.account, "Id")
    if isinstance(node, Notify):
        for key in ("to", "message"):
            yield from (((key,), tuple(token[1].split("."))) for token in TOKEN.finditer(getattr(node, key)))


def _of_node(node: Node, schema: FlowSchema, dark: frozenset[str]) -> Iterator[tuple[Path, Problem]]:
    for path, condition in found(node, Condition):
        if not _reads(fields(condition), dark):
            yield from ((path, problem) for problem in check_types(condition, schema))
    for path, to in found(node, Owner):
        if not isinstance(to, Named) and not _reads((to,), dark):
            yield from ((path, problem) for problem in _holds(to, ("user", "owner"), "no owner", schema))
    for path, method in found(node, By):
        if method.field and not _reads((method.field,), dark):
            yield from (((*path, "id"), problem) for problem in _holds(method.field, ("id", "text"), "no id", schema))
    if isinstance(node, Notify):
        for key in ("to", "message"):
            yield from (((key,), problem) for problem in _of_message(getattr(node, key), schema, dark))


def _reads(paths: Iterable[FieldPath], names: frozenset[str]) -> bool:
    return any(path[0] in names for path in paths)


def _holds(path: FieldPath, kinds: tuple[str, ...], what: str, schema: FlowSchema) -> Iterator[Problem]:
    """Problems of a field that stands alone as a value, and must hold one of a few kinds."""
    written = ".".join(path)
    type_ = schema.field(path)
    if type_ is None:
        yield from _unknown(path, schema, 0, len(written))
    elif type_.kind not in kinds:
        hint = f"a field of type {' or '.join(kinds)} does"
        yield Problem(MISFIT, f"`{written}` is of type {type_.kind} and holds {what}", 0, len(written), hint)


def _unknown(path: FieldPath, schema: FlowSchema, start: int = 0, end: int = 0) -> Iterator[Problem]:
    """The problem of a field that is not known, in the same words as in a condition."""
    question = IsBlank(Field(path, start=start, end=end), start=start, end=end)
    return (problem for problem in check_types(question, schema) if problem.code == UNKNOWN_FIELD)


def _of_target(name: str, schema: FlowSchema, is_new: bool) -> Iterator[Problem]:
    """Problems of the name of a field that is to be set."""
    target = schema.field((name,))
    if target is None:
        yield from _unknown((name,), schema)
    elif target.kind == "owner" and not is_new:
        yield Problem(MISFIT, f"`set` does not change who owns a record (`{name}`)", 0, 0, "use an `assign` node")


def _of_message(message: str, schema: FlowSchema, dark: frozenset[str]) -> Iterator[Problem]:
    for token in TOKEN.finditer(message):
        path = tuple(token[1].split("."))
        if not _reads((path,), dark):
            yield from _unknown(path, schema, *token.span(1))
