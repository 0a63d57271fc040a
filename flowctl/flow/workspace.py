"""A whole workspace, read from its texts at once: what every command above this floor works on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flowctl import document as yaml
from flowctl.diag import Diagnostic, in_order
from flowctl.document import Document
from flowctl.flow.bundle import part_of
from flowctl.flow.fixture import Fixture, read_fixtures
from flowctl.flow.kinds import read_fields
from flowctl.flow.model import Flow, flow_of
from flowctl.flow.objects import ObjectType, Settings, Types
from flowctl.flow.people import Directory, Roster

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Model:
    """Flows, objects, rosters and people by name, fixtures by flow, and every problem met while reading them."""

    flows: Mapping[str, Flow]
    objects: Mapping[str, ObjectType]
    rosters: Mapping[str, Roster]
    directory: Directory
    settings: Settings
    fixtures: Mapping[str, tuple[Fixture, ...]]
    problems: tuple[Diagnostic, ...]

    def types(self, flow: Flow) -> Types:
        """What the names in a flow's conditions are."""
        return Types(self.objects, flow.object, bound_names(flow))

    def related(self, flow: Flow) -> Mapping[str, str]:
        """The related records that a record of a flow may carry: their names and objects."""
        object_ = self.objects.get(flow.object)
        return {**(object_.relations if object_ else {}), **bound_names(flow)}


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
        model = Model(flows, objects, rosters, directory, settings, {}, ())
        fixtures = {name: tuple(self._fixtures(model, name)) for name in flows}
        self._stray_fixtures()
        problems = in_order(problem for document in self.documents for problem in document.problems)
        return Model(flows, objects, rosters, directory, settings, fixtures, problems)

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
                    _named_like_its_file(document, prefix[:-1], values[prefix[:-1]])
                if cls is not Settings:
                    values["document"] = document
                yield cls(**values)

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


def _named_like_its_file(document: Document, key: str, name: str) -> None:
    expected = document.file.rsplit("/", 1)[-1].removesuffix(".yaml")
    if name != expected:
        hint = f"rename the file, or write `{key}: {expected}`"
        document.problem("FC007", f"the file is called `{expected}`, its {key} `{name}`", document.where(key), hint)
