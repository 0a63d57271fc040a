"""What checks look at: the workspace, a flow in it, a node in that; with what several checks ask, computed once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Generic, TypeAlias, TypeVar

from flowctl.check import graph
from flowctl.check.misfits import NO_PEOPLE, Misfit, inside, misfits
from flowctl.check.missing import Missing
from flowctl.data import dataclass
from flowctl.diag import Severity, Span
from flowctl.document import Document
from flowctl.expr import Expr
from flowctl.flow import Flow, Model, Node, Roster, Table, Types, part_of
from flowctl.flow.kinds import Condition, Path, Port
from flowctl.flow.node import found
from flowctl.flow.objects import PEOPLE

N = TypeVar("N", bound=Node)

TITLE = r"Live on (?P<date>.+?): (?P<summary>.+)"
DATES = "%Y-%m-%d"


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of a node, with the path of its target in the file, below the node."""

    node: Node
    port: str
    path: Path
    to: str


@dataclass(frozen=True)
class Workspace:
    """A model, and how titles are written. Without `today` nobody is absent."""

    model: Model
    title_pattern: str = TITLE
    date_form: str = DATES
    today: dt.date | None = None

    @cached_property
    def flows(self) -> Mapping[str, FlowScope]:
        return {name: FlowScope(flow, self) for name, flow in self.model.flows.items()}

    @cached_property
    def unread(self) -> frozenset[str]:
        """Parts with errors. What only they would know is not held against the others."""
        errors = (problem for problem in self.model.problems if problem.severity == Severity.ERROR)
        return frozenset(part for error in errors if error.span and (part := part_of(error.span.file)))

    def knows(self, part: str) -> bool:
        """Whether there is a part of this name, be it one that could not be read."""
        kind, _, name = part.partition("/")
        model = self.model
        known = {"flow": model.flows, "roster": model.rosters, "object": model.objects, "table": model.tables}[kind]
        return name in known or part in self.unread or (kind == "table" and f"header/{name}" in self.unread)

    @property
    def is_whole(self) -> bool:
        """Whether everything was read, so that what nothing mentions is used by nothing."""
        return not self.unread and bool(self.model.flows)

    @property
    def knows_people(self) -> bool:
        """Whether the directory could be read, so that who is not in it is nobody."""
        return "directory" not in self.unread

    def excerpt(self, span: Span) -> str | None:
        document = self._documents.get(span.file)
        return document.excerpt(span.line) if document else None

    @cached_property
    def _documents(self) -> Mapping[str, Document]:
        model = self.model
        documents = [
            *(flow.document for flow in model.flows.values()),
            *(object_.document for object_ in model.objects.values()),
            *(roster.document for roster in model.rosters.values()),
            *(document for table in model.tables.values() for document in (table.header.document, table.document)),
            model.directory.document,
            *(fixture.document for fixtures in model.fixtures.values() for fixture in fixtures),
            *model.strays,
        ]
        return {document.file: document for document in documents}


@dataclass(frozen=True)
class FlowScope:
    """A flow in its workspace."""

    flow: Flow
    workspace: Workspace

    @property
    def model(self) -> Model:
        return self.workspace.model

    @cached_property
    def types(self) -> Types:
        return self.model.types(self.flow)

    @cached_property
    def related(self) -> Mapping[str, str]:
        """The related records that conditions can read, by name with their objects."""
        return self.model.related(self.flow)

    @property
    def relations(self) -> Mapping[str, str]:
        """Those of them that a record carries from the start."""
        object_ = self.model.objects.get(self.flow.object)
        return object_.relations if object_ else {}

    @cached_property
    def exits(self) -> tuple[Exit, ...]:
        """Every way out, in file order."""
        return tuple(
            Exit(node, way.port, path, way.to)
            for node in self.flow.nodes.values()
            for way, (path, _) in zip(node.ways(), found(node, Port), strict=True)
        )

    @cached_property
    def arrows(self) -> graph.Graph:
        arrows: dict[str, list[str]] = {id_: [] for id_ in self.flow.nodes}
        for way in self.exits:
            arrows[way.node.id].append(way.to)
        return arrows

    @cached_property
    def order(self) -> tuple[str, ...] | None:
        """Node ids so that every way leads to a later one; None when there is a cycle."""
        return graph.in_order(self.arrows)

    @property
    def has_every_arrow(self) -> bool:
        """Whether no way is unread or misspelt, so that what no way leads to is really unreachable."""
        nodes_ = self.flow.nodes
        return not self.flow.unread and self.flow.start in nodes_ and all(way.to in nodes_ for way in self.exits)

    @cached_property
    def reachable(self) -> frozenset[str]:
        return self.flow.reachable()

    @cached_property
    def conditions(self) -> tuple[tuple[Node, Path, Expr], ...]:
        """Every condition, with its node and its path below that."""
        nodes = self.flow.nodes.values()
        return tuple((node, path, e) for node in nodes for path, e in found(node, Condition))

    @cached_property
    def misfits(self) -> tuple[Misfit, ...]:
        """Everything in the flow that does not fit the objects, but what only an unread file could tell of people."""
        is_dark = f"object/{PEOPLE}" in self.workspace.unread
        every = misfits(self.flow, self.model)
        return tuple(misfit for misfit in every if not (is_dark and misfit[1].message.endswith(NO_PEOPLE)))

    @cached_property
    def missing(self) -> Missing:
        """Where related records, and their fields, may be blank."""
        return Missing(self.flow, self.model)

    def inside(self, node: str, path: Path, start: int, end: int) -> Span:
        """The place of some characters of a text of a node."""
        return inside(self.flow, node, path, start, end)


@dataclass(frozen=True, slots=True)
class NodeScope(Generic[N]):
    """A node in its flow."""

    node: N
    scope: FlowScope

    def where(self, *path: str | int) -> Span:
        """The place of a value of the node; of its id when no path is given."""
        return self.scope.flow.where(self.node.id, *path)


@dataclass(frozen=True, slots=True)
class RosterScope:
    """A roster in its workspace."""

    roster: Roster
    workspace: Workspace

    def where(self, *path: str | int) -> Span:
        return self.roster.document.where(*path)


@dataclass(frozen=True, slots=True)
class TableScope:
    """A table in its workspace."""

    table: Table
    workspace: Workspace

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def is_unread(self) -> bool:
        """Whether some of its rows could not be read, so that nothing can be said of all."""
        return f"table/{self.name}" in self.workspace.unread


# What a check can be shown, one after the other -------------------------------------------------------------------

Each: TypeAlias = Callable[[Workspace], Iterable[NodeScope[N]]]


def once(workspace: Workspace) -> Iterator[Workspace]:
    """The workspace as a whole."""
    yield workspace


def flows(workspace: Workspace) -> Iterable[FlowScope]:
    return workspace.flows.values()


def nodes(type_: type[N]) -> Each[N]:
    """Every node of a type, in all flows."""

    def each(workspace: Workspace) -> Iterator[NodeScope[N]]:
        for scope in workspace.flows.values():
            for node in scope.flow.nodes.values():
                if isinstance(node, type_):
                    yield NodeScope(node, scope)

    return each


def rosters(workspace: Workspace) -> Iterator[RosterScope]:
    return (RosterScope(roster, workspace) for roster in workspace.model.rosters.values())


def tables(workspace: Workspace) -> Iterator[TableScope]:
    return (TableScope(table, workspace) for table in workspace.model.tables.values())
