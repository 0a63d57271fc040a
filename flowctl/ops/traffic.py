"""How many leads take each node and way out, and the file that keeps it.

What is kept holds numbers and the ids of nodes, never a value of a lead. It is of one flow, and says by the digest of
the flow's behaviour what it was counted on, so that it is known to be of another version when the flow has changed.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.document import Json
from flowctl.flow import Flow, behaviour_digest, path_of
from flowctl.flow.schedule import LEFT_OUT
from flowctl.ops.leads import Source
from flowctl.ops.versions import Version
from flowctl.ops.workspace import Workspace

SCHEMA = "flowctl/traffic/1"
FOLDER = ".flowctl/traffic"
HEAVY = 0.1  # of all leads of the flow: what at least so many take is heavy
_AGAIN = "`flowctl simulate leads.csv --traffic` counts it"

WayOut = tuple[str, str | None]  # a node, and the way out; None at an end


@dataclass(frozen=True, slots=True)
class FlowTraffic:
    """The leads that came through a flow. `ways` has every way out and every end, those that none took with 0."""

    flow: str
    behaviour: str
    leads: int
    ways: Mapping[WayOut, int]
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    file: str = ""

    @property
    def nodes(self) -> dict[str, int]:
        """How many leads came to each node."""
        found: dict[str, int] = {}
        for (node, _), leads in self.ways.items():
            found[node] = found.get(node, 0) + leads
        return found

    @property
    def never(self) -> tuple[WayOut, ...]:
        """The ways out and ends that no lead took."""
        return tuple(way for way, leads in self.ways.items() if not leads)

    @property
    def heavy(self) -> tuple[WayOut, ...]:
        """The ways out and ends that a tenth of the leads took, or more; the most first."""
        ways = [way for way, leads in self.ways.items() if leads and leads >= HEAVY * self.leads]
        return tuple(sorted(ways, key=lambda way: -self.ways[way]))

    def share(self, leads: int) -> float:
        """In per cent of the leads that came through the flow."""
        return 100 * leads / self.leads if self.leads else 0.0

    def is_of(self, flow: Flow, text: str) -> bool:
        """Whether it was counted on a flow that does the same."""
        return self.behaviour == behaviour_digest(f"flow/{flow.flow}", text)


@dataclass(frozen=True, slots=True)
class Traffic:
    """How leads of a file took their ways under a version; `flows` first has the one that they entered."""

    version: str
    file: str
    leads: int
    flows: tuple[FlowTraffic, ...]
    first: dt.datetime | None = None
    last: dt.datetime | None = None
    kept: tuple[str, ...] = ()


def flow_traffic(
    flow: Flow,
    text: str,
    taken: Mapping[tuple[str, str, str | None], int],
    of: tuple[str, dt.datetime | None, dt.datetime | None],
) -> FlowTraffic:
    """The traffic of one flow, of the ways that leads took.

    Args:
        taken: By (flow, node, way out).
        of: The file, and when its first and last lead arrived.
    """
    file, first, last = of
    ways: dict[WayOut, int] = dict.fromkeys(_ways(flow), 0)
    for (name, node, port), leads in taken.items():
        if name == flow.flow:
            ways[node, port] = ways.get((node, port), 0) + leads
    found = FlowTraffic(flow.flow, behaviour_digest(f"flow/{flow.flow}", text), 0, ways, first, last, file)
    return replace(found, leads=_entered(flow, found.nodes))


def _ways(flow: Flow) -> Iterator[WayOut]:
    for node in flow.nodes.values():
        ports = [way.port for way in node.ways()]
        yield from ((node.id, port) for port in ports)
        if not ports:
            yield node.id, None


def _entered(flow: Flow, nodes: Mapping[str, int]) -> int:
    """How many leads came into a flow: all of them meet its start, or the condition of its schedule before it."""
    return nodes.get(LEFT_OUT) or nodes.get(flow.start, 0)


# Laid over a flow -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LaidOver:
    """Traffic that is shown on a flow; `is_stale` when it was counted on a flow that does something else."""

    traffic: FlowTraffic
    is_stale: bool


def lay_over(source: Source, version: Version, flow: Flow, file: str | None) -> LaidOver:
    """What was counted of a flow, in a file or as it was kept.

    Raises:
        FlowctlError: Nothing was.
    """
    found = _in_file(source, flow.flow, file) if file else kept(source.ws, flow.flow)
    if found is None:
        hint = f"`flowctl simulate leads.csv --flow {flow.flow} --traffic` counts how many leads take each way"
        raise FlowctlError(f"no traffic of `{flow.flow}` {f'is in `{file}`' if file else 'was kept'}", hint=hint)
    return LaidOver(found, not found.is_of(flow, version.files[path_of(f"flow/{flow.flow}")].decode()))


def lay_over_all(
    source: Source, version: Version, flows: Sequence[Flow], file: str | None, needed: str | None
) -> dict[str, LaidOver]:
    """What was counted of some flows, by their names; those of which nothing was are left out.

    Raises:
        FlowctlError: Nothing was counted of the flow that is `needed`, or of any.
    """
    found = {}
    for flow in flows:
        try:
            found[flow.flow] = lay_over(source, version, flow, file)
        except FlowctlError:
            if flow.flow == needed or (flow is flows[-1] and not found):
                raise
    return found


def _in_file(source: Source, flow: str, file: str) -> FlowTraffic | None:
    return next((each for each in read(*source.read(file)) if each.flow == flow), None)


# What is kept -----------------------------------------------------------------------------------------------------


def keep(ws: Workspace, traffic: Traffic) -> tuple[str, ...]:
    """Keeps the traffic of each flow, in the place of what was kept before; the files, from the workspace's top.

    Raises:
        FlowctlError: A file cannot be written; it is as it was.
    """
    paths = []
    for each in traffic.flows:
        path = ws.root / FOLDER / f"{each.flow}.json"
        _put(path, json.dumps({"schema": SCHEMA, **data(each)}, indent=1, ensure_ascii=False) + "\n")
        paths.append(f"{FOLDER}/{each.flow}.json")
    return tuple(paths)


def _put(path: Path, text: str) -> None:
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".traffic-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise FlowctlError(f"cannot write `{path.name}`: {(error.strerror or str(error)).lower()}") from error


def kept(ws: Workspace, flow: str) -> FlowTraffic | None:
    """The traffic that was kept of a flow; None before any was counted.

    Raises:
        FlowctlError: The file is none of ours, or damaged.
    """
    path = ws.root / FOLDER / f"{flow}.json"
    found = _of(str(path.relative_to(ws.root)), path.read_bytes()) if path.is_file() else ()
    return next((each for each in found if each.flow == flow), None)


def read(name: str, content: bytes) -> tuple[FlowTraffic, ...]:
    """The traffic that a file holds: one that was kept, or the answer of `simulate --traffic` as JSON.

    Raises:
        FlowctlError: It is neither.
    """
    return _of(name, content)


def _of(name: str, content: bytes) -> tuple[FlowTraffic, ...]:
    try:
        whole = json.loads(content)
        traffic = whole.get("traffic") if whole.get("schema") != SCHEMA else {"flows": [whole]}
        return tuple(map(_read, traffic["flows"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FlowctlError(f"`{name}` holds no traffic", hint=_AGAIN) from error


def data(traffic: FlowTraffic) -> dict[str, Json]:
    """The traffic of a flow as JSON data."""
    return {
        "flow": traffic.flow,
        "behaviour": traffic.behaviour,
        "leads": traffic.leads,
        "first": _stamp(traffic.first),
        "last": _stamp(traffic.last),
        "file": traffic.file,
        "ways": [{"node": node, "way": way, "leads": leads} for (node, way), leads in traffic.ways.items()],
    }


def _read(found: Mapping[str, Any]) -> FlowTraffic:
    ways = {(str(way["node"]), None if way["way"] is None else str(way["way"])): way["leads"] for way in found["ways"]}
    if not all(isinstance(leads, int) and leads >= 0 for leads in (*ways.values(), found["leads"])):
        raise ValueError("a number of leads is none")
    first, last = (_moment(found.get(name)) for name in ("first", "last"))
    file = str(found.get("file") or "")
    return FlowTraffic(str(found["flow"]), str(found["behaviour"]), found["leads"], ways, first, last, file)


def _stamp(when: dt.datetime | None) -> str | None:
    return when.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if when else None


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
