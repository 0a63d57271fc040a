"""`diff`: how two versions differ, part by part, and in the files beside the parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from flowctl.diff import PartDiff, diff_bundles
from flowctl.flow import part_of
from flowctl.ops.content import says_the_same
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


def diff(before: Version, after: Version, only: str | None = None) -> DiffReport:
    """Compares two versions; `only` is a part to look at alone, by its name.

    Raises:
        FlowctlError: A part is not UTF-8.
    """
    parts = diff_bundles(bundle_from(before.files), bundle_from(after.files))
    files = tuple(_files(before, after))
    if only is not None:
        parts, files = tuple(part for part in parts if part.part == only), ()
    return DiffReport(before.label, after.label, parts, files)


def _files(before: Version, after: Version) -> list[FileDiff]:
    paths = sorted(path for path in {*before.files, *after.files} if part_of(path) is None)
    found = []
    for path in paths:
        a, b = before.files.get(path), after.files.get(path)
        if not says_the_same(path, a, b):
            found.append(FileDiff(path, "added" if a is None else "removed" if b is None else "changed"))
    return found
