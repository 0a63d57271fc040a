"""A whole workspace, read from its texts at once: what every command above this floor works on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Any, TypeVar

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, in_order
from flowctl.document import Document
from flowctl.flow.bundle import ROOT, part_of, path_of
from flowctl.flow.fixture import Fixture, read_fixtures
from flowctl.flow.kinds import keys, read_fields
from flowctl.flow.model import Flow, flow_of
from flowctl.flow.objects import ObjectType, Settings, Types
from flowctl.flow.people import Directory, Roster
from flowctl.flow.table import Header, Table, note_header, read_table

T = TypeVar("T")
FORMS = (".yaml", ".yml", ".csv")  # of files that people take for ours


@dataclass(frozen=True, slots=True)
class Model:
    """Flows, objects, rosters, tables and people by name, fixtures by flow, and every problem that their files have."""

    flows: Mapping[str, Flow]
    objects: Mapping[str, ObjectType]
    rosters: Mapping[str, Roster]
    directory: Directory
    settings: Settings
    fixtures: Mapping[str, tuple[Fixture, ...]]
    problems: tuple[Diagnostic, ...]
    tables: Mapping[str, Table] = field(default_factory=dict)
    strays: tuple[Document, ...] = ()  # files that look like ours and lie, or are called, so that nobody reads them

    @property
    def kinds(self) -> Mapping[str, ObjectType]:
        """What records can be of: the objects, and the rows of tables as `table/NAME`."""
        return {**self.objects, **{f"table/{name}": table.object_type for name, table in self.tables.items()}}

    def types(self, flow: Flow) -> Types:
        """What the names in a flow's conditions are."""
        return Types(self.kinds, flow.object, bound_names(flow))

    def related(self, flow: Flow) -> Mapping[str, str]:
        """The related records that a record of a flow may carry: their names and objects. Rows of tables are none."""
        object_ = self.objects.get(flow.object)
        bound = {name: kind for name, kind in bound_names(flow).items() if not kind.startswith("table/")}
        return {**(object_.relations if object_ else {}), **bound}


def bound_names(flow: Flow) -> dict[str, str]:
    """The names that a flow's nodes give to related records, with their objects."""
    return dict(bound for node in flow.nodes.values() if (bound := node.binds()))


def load_model(files: Mapping[str, str | bytes]) -> Model:
    """Reads the files of a workspace by path; files that are none of ours are left alone."""
    return _Loader(files).load()


class _Loader:
    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self.files = files
        self.documents: list[Document] = []

    def load(self) -> Model:
        flows = {flow.flow: flow for path, flow in self._flows()}
        objects = {o.object: o for o in self._read(ObjectType, "object/")}
        rosters = {r.roster: r for r in self._read(Roster, "roster/")}
        directory = next(iter(self._read(Directory, "directory")), None) or Directory()
        settings = next(iter(self._read(Settings, "settings")), None) or Settings()
        tables = {table.name: table for table in self._tables(settings)}
        model = Model(flows, objects, rosters, directory, settings, {}, (), tables)
        fixtures = {name: tuple(self._fixtures(model, name)) for name in flows}
        self._stray_fixtures()
        problems = in_order(problem for document in self.documents for problem in document.problems)
        strays = tuple(_unparsed(path, self.files[path]) for path in sorted(self.files) if is_stray(path))
        return replace(model, fixtures=fixtures, problems=problems, strays=strays)

    def _open(self, path: str) -> Document:
        document = yaml.read(path, self.files[path])
        self.documents.append(document)
        return document

    def _paths(self, prefix: str) -> Iterable[str]:
        return (path for path in sorted(self.files) if (part_of(path) or "").startswith(prefix))

    def _flows(self) -> Iterable[tuple[str, Flow]]:
        for path in self._paths("flow/"):
            document = self._open(path)
            flow = flow_of(document)
            if flow is not None:
                _named_like_its_file(document, "flow", flow.flow)
                yield path, flow

    def _read(self, cls: type[T], prefix: str) -> Iterable[T]:
        for path in self._paths(prefix):
            document = self._open(path)
            if document.root is None:
                if not document.problems:
                    document.problem("FC004", "the file is empty", document.span_of(0, 0))
                continue
            values: dict[str, Any] | None = read_fields(cls, document.root, document)
            if values is not None:
                if prefix.endswith("/"):
                    name = next(iter(keys(cls)))
                    _named_like_its_file(document, name, values[name])
                if cls is not Settings:
                    values["document"] = document
                yield cls(**values)

    def _tables(self, settings: Settings) -> Iterable[Table]:
        """The tables whose header and rows are there, and whose header has no errors."""
        headers = {header.document.file: header for header in self._read(Header, "header/")}
        for header in headers.values():
            note_header(header)
            if path_of(f"table/{header.table}") not in self.files and not header.document.problems:
                hint = f"write {path_of(f'table/{header.table}')}, its columns in the first line"
                header.document.problem("FC515", "the table has no rows' file", header.document.where("table"), hint)
        for path in self._paths("table/"):
            document = self._open(path)
            beside = path.removesuffix(".csv") + ".yaml"
            if beside not in self.files:
                hint = f"write {beside}; `flowctl schema header` says what it holds"
                document.problem("FC515", "the table has no header", document.span_of(0, 0), hint)
            elif document.root is None and not document.problems:
                document.problem(
                    "FC004", "the file is empty", document.span_of(0, 0), "the first line names the columns"
                )
            elif beside in headers and not headers[beside].document.problems:
                yield read_table(headers[beside], document, settings.zone)
                _keep_first(document)

    def _fixtures(self, model: Model, name: str) -> Iterable[Fixture]:
        flow = model.flows[name]
        folder = f"flows/fixtures/{name}/"
        for path in sorted(p for p in self.files if p.startswith(folder) and p.endswith(".yaml")):
            document = self._open(path)
            zone = model.settings.zone
            yield from read_fixtures(
                document, flow.object, model.objects, model.related(flow), zone, self._unread(model)
            )

    def _stray_fixtures(self) -> None:
        """Notes fixtures whose flow has no file: they would pass by not being routed."""
        for path in sorted(self.files):
            name = path.removeprefix("flows/fixtures/").partition("/")[0]
            if path.startswith("flows/fixtures/") and path.count("/") > 2 and f"flows/{name}.yaml" not in self.files:
                document = self._open(path)
                hint = f"bring flows/{name}.yaml back, or delete flows/fixtures/{name}"
                document.problem("FC208", f"there is no flow `{name}` for these fixtures", document.span_of(0, 0), hint)

    def _unread(self, model: Model) -> frozenset[str]:
        """Objects that there are, but whose files have errors."""
        there = {(part_of(path) or "").removeprefix("object/") for path in self._paths("object/")}
        return frozenset(there - model.objects.keys())


def _keep_first(document: Document) -> None:
    """Leaves out what else is wrong with a cell that holds a formula: what it gives is not known yet."""
    formulas = {problem.span for problem in document.problems if problem.code == "FC510"}
    if formulas:
        document.problems[:] = [p for p in document.problems if p.code == "FC510" or p.span not in formulas]


def _unparsed(path: str, data: str | bytes) -> Document:
    return Document(path, data if isinstance(data, str) else data.decode("utf-8", "replace"))


def is_stray(path: str) -> bool:
    """Whether a file below `flows/` has a form that we read, and a place or an ending where we do not."""
    top, _, below = path.partition("/")
    if top != ROOT or not below.casefold().endswith(FORMS):
        return False
    is_fixture = below.startswith("fixtures/") and below.count("/") > 1 and below.endswith(".yaml")
    return part_of(path) is None and not is_fixture


def _named_like_its_file(document: Document, key: str, name: str) -> None:
    expected = document.file.rsplit("/", 1)[-1].removesuffix(".yaml")
    if name != expected:
        hint = f"rename the file, or write `{key}: {expected}`"
        document.problem("FC007", f"the file is called `{expected}`, its {key} `{name}`", document.where(key), hint)
