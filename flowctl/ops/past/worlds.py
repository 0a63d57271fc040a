"""Worlds of many versions to route one lead in: files that several have are read once, flows when they are entered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.engine import World, world_of
from flowctl.flow import Program, load_flow, load_model, lower, part_of, path_of
from flowctl.flow.program import Step
from flowctl.ops.past.node_texts import NodeTexts, Reader
from flowctl.ops.past.states import blob_id
from flowctl.ops.workspace import Workspace

LONGEST = 100_000  # steps of a lead: flows of thousands of nodes are not a tenth of it


@dataclass(frozen=True, slots=True)
class Files:
    """The parts of a version: what git calls the content of each, by path."""

    ids: Mapping[str, str]

    @property
    def flows(self) -> frozenset[str]:
        return frozenset(path for path in self.ids if is_flow(path))

    @property
    def around(self) -> frozenset[str]:
        """What is no flow, no row of a table and no roster: what fields, users and queues are."""
        return frozenset(path for path in self.ids if _kind(path) not in ("flow", "table", "roster"))


def is_flow(path: str) -> bool:
    return _kind(path) == "flow"


@cache
def _kind(path: str) -> str:
    return (part_of(path) or "").partition("/")[0]


class Shelf:
    """Contents by what git calls them, of git and of the work tree."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._here: dict[str, bytes] = {}
        self._readers: dict[str, Reader] = {}
        self._nodes: dict[tuple[str, str], NodeTexts] = {}

    def put(self, files: Mapping[str, bytes], like: str) -> Files:
        """Files of which git may know nothing; `like` is an id, of the length that ids have."""
        ids = {path: blob_id(data, like) for path, data in files.items() if part_of(path)}
        self._here |= {ids[path]: data for path, data in files.items() if path in ids}
        return Files(ids)

    def texts(self, ids: Mapping[str, str]) -> dict[str, bytes]:
        """Contents by path."""
        missing = [id_ for id_ in ids.values() if id_ not in self._here]
        read = dict(zip(missing, self._ws.git.contents(missing), strict=True))
        return {path: self._here.get(id_, b"") or read.get(id_, b"") for path, id_ in ids.items()}

    def nodes(self, path: str, files: Files) -> NodeTexts:
        """The nodes of a flow's file."""
        known = path, files.ids[path]
        if known not in self._nodes:
            reader = self._readers.setdefault(path, Reader(path))
            self._nodes[known] = reader.read(self.texts({path: known[1]})[path])
        return self._nodes[known]


class Worlds:
    """Makes worlds; remembers what it read for the next one."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._surroundings: dict[frozenset[tuple[str, str]], World] = {}

    def world(self, files: Files) -> World:
        """The world of a version that has passed `check`.

        Raises:
            FlowctlError: What stands beside its flows cannot be read; a flow that cannot raises when it is entered.
        """
        beside = {path: id_ for path, id_ in files.ids.items() if not is_flow(path)}
        key = frozenset(beside.items())
        if key not in self._surroundings:
            model = load_model(dict(self._shelf.texts(beside)))
            if model.problems:
                raise FlowctlError("what stands beside the flows cannot be read", found=model.problems)
            self._surroundings[key] = world_of(model)
        return replace(self._surroundings[key], programs=_Programs(self, files))

    def program(self, path: str, files: Files) -> Program:
        """The program of a flow's file."""
        texts = self._shelf.nodes(path, files)
        flow, problems = load_flow(path, texts.head if texts.is_whole else f"{texts.head}nodes: {{}}\n")
        if flow is None or problems:
            raise FlowctlError(f"`{path}` cannot be read", found=problems)
        program = lower(flow)
        return program if texts.is_whole else replace(program, steps=_Steps(path, texts))


class Leash:
    """Stops a lead that goes in circles, as from flow to flow of versions that were never live together."""

    def __init__(self) -> None:
        self.steps = 0

    def __call__(self, step: object, reading: object) -> None:
        self.steps += 1
        if self.steps > LONGEST:
            raise FlowctlError("the lead goes in circles")


class _Steps(Mapping[str, Step]):
    """The steps of a program, by the ids of its nodes; a node is read when a lead comes to it."""

    def __init__(self, path: str, texts: NodeTexts) -> None:
        self._path, self._pieces = path, texts.pieces

    def __getitem__(self, node: str) -> Step:
        piece = self._pieces.get(node)
        if piece is None or piece.step is None:
            raise FlowctlError(f"node `{node}` of `{self._path}` {'cannot be read' if piece else 'is not there'}")
        return piece.step

    def __iter__(self) -> Iterator[str]:
        return iter(self._pieces)

    def __len__(self) -> int:
        return len(self._pieces)


class _Programs(Mapping[str, Program]):
    """The programs of a version, by the names of flows; a flow is read when it is asked for."""

    def __init__(self, worlds: Worlds, files: Files) -> None:
        self._worlds, self._files = worlds, files

    def __getitem__(self, flow: str) -> Program:
        path = path_of(f"flow/{flow}")
        if path not in self._files.ids:
            raise FlowctlError(f"there is no flow `{flow}`")
        return self._worlds.program(path, self._files)

    def __iter__(self) -> Iterator[str]:
        return (path.removeprefix("flows/").removesuffix(".yaml") for path in sorted(self._files.flows))

    def __len__(self) -> int:
        return len(self._files.flows)
