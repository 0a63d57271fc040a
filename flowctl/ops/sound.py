"""Versions that leads can be routed through, read no further than leads of one flow get.

That a version is sound is kept below `.flowctl`, with the files that leads of each flow lead to. It is believed of the
same bytes of all its files, and of the same code, only: without that all is read and checked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowctl.data import dataclass
from flowctl.document import Json
from flowctl.flow import Model, load_model, part_of, path_of
from flowctl.flow.nodes.continue_ import Continue
from flowctl.flow.nodes.lookup import Lookup
from flowctl.ops import checked
from flowctl.ops.check import Entry, entries_of, sound_model
from flowctl.ops.versions import Version

FILE = ".flowctl/cache/sound.json"
FORM = 1  # of the file; another one is not read
MOST = 8  # versions that are remembered
BESIDE = ("flow/", "table/", "header/")  # parts that leads of one flow may have no use for; all others are read


@dataclass(frozen=True, slots=True)
class Known:
    """Of a sound version: its flows, and for each the files of flows and tables that its leads lead to."""

    flows: Mapping[str, Entry]
    ways: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Sound:
    """A sound version. `model` is there when it was read as a whole already."""

    version: Version
    known: Known
    model: Model | None = None

    def whole(self) -> Model:
        """All of it."""
        return self.model or self.version.model()

    def of(self, flow: str) -> Model:
        """What routes leads of a flow; all of it where it has no such flow."""
        if self.model or flow not in self.known.ways:
            return self.whole()
        wanted = self.known.ways[flow]
        files = {path: data for path, data in self.version.files.items() if path in wanted or _is_read(path)}
        model = load_model(files)
        return model if files.keys() >= set(ways_of(model, flow)) else sound_model(self.version)


def _is_read(path: str) -> bool:
    part = part_of(path)
    return part is not None and not part.startswith(BESIDE)


def ways_of(model: Model, flow: str) -> tuple[str, ...]:
    """The files of the flows that leads of a flow come to, itself first, and of the tables that they look up."""
    flows, tables = [flow], list[str]()
    for name in flows:  # it grows
        for node in model.flows[name].nodes.values() if name in model.flows else ():
            if isinstance(node, Continue) and node.flow not in flows:
                flows.append(node.flow)
            if isinstance(node, Lookup) and node.table not in tables:
                tables.append(node.table)
    parts = [f"flow/{name}" for name in flows] + [f"{part}/{name}" for name in tables for part in ("table", "header")]
    return tuple(map(path_of, parts))


def sound(version: Version, root: Path, *, fixtures: bool = True) -> Sound:
    """A version that leads can be routed through.

    Args:
        root: Of the workspace, which remembers what was sound.
        fixtures: Whether fixtures matter, too.

    Raises:
        FlowctlError: It has errors; all are told.
    """
    key = checked.key_of(version.files, [FORM, fixtures])
    if known := recall(root, key):
        return Sound(version, known)
    model = sound_model(version, fixtures=fixtures)
    known = Known(entries_of(model), {flow: ways_of(model, flow) for flow in model.flows})
    keep(root, key, known)
    return Sound(version, known, model)


def recall(root: Path, key: str) -> Known | None:
    """What is known of the version with a key; None when that is nothing."""
    return dict(_kept(root)).get(key)


def keep(root: Path, key: str, known: Known) -> None:
    """Remembers that a version is sound; in a folder that cannot be written, nothing is kept."""
    others = [item for item in _kept(root) if item[0] != key]
    kept: list[Json] = [_plain(*item) for item in [*others, (key, known)][-MOST:]]
    checked.write(root / FILE, {"form": FORM, "sound": kept})


def _kept(root: Path) -> list[tuple[str, Known]]:
    """All that is remembered, the newest last; nothing where the file is damaged."""
    try:
        kept = json.loads((root / FILE).read_bytes())
        return [_read(item) for item in kept["sound"]] if kept["form"] == FORM else []
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def _plain(key: str, known: Known) -> Json:
    flows: list[Json] = [
        [name, entry.object, entry.is_set_off, list(known.ways[name])] for name, entry in known.flows.items()
    ]
    return {"key": key, "flows": flows}


def _read(item: Any) -> tuple[str, Known]:
    flows, ways = {}, {}
    for name, object_, is_set_off, files in item["flows"]:
        flows[str(name)] = Entry(str(object_), is_set_off is True)
        ways[str(name)] = tuple(map(str, files))
    return str(item["key"]), Known(flows, ways)
