"""Versions that leads can be routed through, read no further than leads of one flow get.

That a version is sound is kept below `.flowctl`, with what each of its flows leads to. It is believed of the same bytes
of all its files and the same code only; whatever else the memory says, the version is read and checked as a whole.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from flowctl.data import dataclass
from flowctl.document import Json
from flowctl.flow import Model, load_model, part_of, path_of
from flowctl.ops import checked
from flowctl.ops.check import Entry, entries_of, sound_model
from flowctl.ops.versions import Version

FILE = ".flowctl/cache/sound.json"
FORM = 1  # of the file; another one is not read
MOST = 8  # versions that are remembered
OPTIONAL = ("flow/", "table/", "header/")  # parts that leads of one flow may have no use for


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound version: its flows, and of each the parts that its leads may come to. `_model` is there once it was read.

    `_leads_to` has flows and tables; what else there is, such as rosters and objects, all flows read.
    """

    label: str
    flows: Mapping[str, Entry]
    _version: Version
    _leads_to: Mapping[str, tuple[str, ...]]
    _model: Model | None = None

    def whole(self) -> Model:
        """All of it."""
        return self._model or self._version.model()

    def of(self, flow: str) -> Model:
        """What leads of a flow can come to, and all of it where there is no such flow."""
        if self._model or flow not in self._leads_to:
            return self.whole()
        wanted = {path for part in self._leads_to[flow] for path in _files_of(part)}
        files = {path: data for path, data in self._version.files.items() if path in wanted or not _is_optional(path)}
        model = load_model(files)
        is_all = flow in model.flows and set(leads_to(model, flow)) <= _parts(model)
        return model if is_all else sound_model(self._version)


def sound(version: Version, root: Path | None = None, *, fixtures: bool = True) -> Sound:
    """A version that leads can be routed through, from memory where it is known to be one.

    Args:
        root: Of the workspace that remembers; without it all is checked anew.
        fixtures: Whether fixtures matter, too.

    Raises:
        FlowctlError: It has errors; all are told.
    """
    key = checked.key_of(version.files, [FORM, fixtures]) if root else ""
    known = recall(root, key) if root else None
    if known is not None:
        return Sound(version.label, *known_parts(known), version) if False else Sound(version.label, known[0], version, known[1])
    model = sound_model(version, fixtures=fixtures)
    flows, parts = entries_of(model), {flow: tuple(leads_to(model, flow)) for flow in model.flows}
    if root:
        keep(root, key, flows, parts)
    return Sound(version.label, flows, version, parts, model)
