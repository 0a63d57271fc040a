"""How many records took each path, and what that says of nodes and ways out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from flowctl.engine.bulk import Outcomes, Path


class PathCounts:
    """Counts paths while batches come by, in memory of the number of paths. Those of several engines stay apart."""

    def __init__(self) -> None:
        self._found: dict[int, tuple[Sequence[Path], np.ndarray[Any, Any]]] = {}

    def add(self, outcomes: Outcomes, among: np.ndarray[Any, Any] | None = None) -> None:
        """Counts the records of a batch, or those `among` them (bool)."""
        taken = outcomes.path if among is None else outcomes.path[among]
        paths = outcomes.paths
        counts = np.bincount(taken, minlength=len(paths))
        if (known := self._found.get(id(paths))) is not None:
            counts[: len(known[1])] += known[1]
        self._found[id(paths)] = paths, counts

    def each(self) -> Iterator[tuple[Path, int]]:
        """The paths that were taken, and how often."""
        for paths, counts in self._found.values():
            yield from ((path, int(n)) for path, n in zip(paths, counts, strict=False) if n)

    def ways(self) -> Counter[tuple[str, str, str | None]]:
        """How many records took each way out, as (flow, node, way out); None at an end."""
        found: Counter[tuple[str, str, str | None]] = Counter()
        for path, n in self.each():
            for way in path.ways:
                found[way] += n
        return found


def left_out(outcomes: Outcomes) -> np.ndarray[Any, Any]:
    """Which records the job of a scheduled flow does not take (bool)."""
    gone = np.array([path.is_left_out for path in outcomes.paths], bool)
    found: np.ndarray[Any, Any] = gone[outcomes.path] if gone.any() else np.zeros(len(outcomes.path), bool)
    return found
