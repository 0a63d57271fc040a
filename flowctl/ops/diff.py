"""`diff`: how two versions differ, part by part, and in the files beside the parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

from flowctl.data import dataclass
from flowctl.diff import PartDiff, diff_bundles
from flowctl.flow import Bundle, part_of, path_of
from flowctl.ops.content import says_the_same
from flowctl.ops.part_name import known_part
from flowctl.ops.versions import Version
from flowctl.ops.workspace import bundle_from


@dataclass(frozen=True, slots=True)
class FileDiff:
    """A file that is no part, such as one with fixtures."""

    path: str
    status: Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class DiffReport:
    """From `before` to `after`, versions as people call them."""

    before: str
    after: str
    parts: tuple[PartDiff, ...]
    files: tuple[FileDiff, ...]

    @property
    def is_empty(self) -> bool:
        return not self.parts and not self.files

    @property
    def unreadable(self) -> tuple[str, ...]:
        """The parts of which a side cannot be read: how they differ is not known."""
        return tuple(part.part for part in self.parts if part.problems)


def diff(
    before: Version, after: Version, only: str | None = None, known: Mapping[str, PartDiff] = MappingProxyType({})
) -> DiffReport:
    """Compares two versions; `only` is a part to look at alone, by its name or its file.

    Args:
        known: How parts differ that were compared already, by their names.

    Raises:
        FlowctlError: A part is not UTF-8, or there is no part `only`.
    """
    a, b = bundle_from(before.files), bundle_from(after.files)
    wanted = None if only is None else known_part(only, {*a.parts, *b.parts})
    compared = diff_bundles(*(_without(side, known) for side in (a, b)))
    found = sorted((*known.values(), *compared), key=lambda part: (part.part[:5] != "flow/", part.part))
    parts = tuple(_with_problems(part, a, b) for part in found if wanted in (None, part.part))
    files = () if wanted else tuple(_files(before, after))
    return DiffReport(before.label, after.label, parts, files)


def _without(bundle: Bundle, known: Mapping[str, PartDiff]) -> Bundle:
    return Bundle({part: text for part, text in bundle.parts.items() if part not in known}) if known else bundle


def _with_problems(part: PartDiff, before: Bundle, after: Bundle) -> PartDiff:
    """A part that is new or gone, with why it cannot be read."""
    if part.status not in ("added", "removed"):
        return part
    from flowctl.flow import load_model  # most diffs have nothing new

    side, path = after if part.status == "added" else before, path_of(part.part)
    kind, _, name = part.part.partition("/")
    twins = (f"header/{name}", f"table/{name}") if kind in ("header", "table") else (part.part,)
    model = load_model({path_of(twin): side.parts[twin] for twin in twins if twin in side.parts})
    return replace(part, problems=tuple(p for p in model.problems if p.span and p.span.file == path))


def _files(before: Version, after: Version) -> list[FileDiff]:
    paths = sorted(path for path in {*before.files, *after.files} if part_of(path) is None)
    found = []
    for path in paths:
        a, b = before.files.get(path), after.files.get(path)
        if not says_the_same(path, a, b):
            found.append(FileDiff(path, "added" if a is None else "removed" if b is None else "changed"))
    return found
