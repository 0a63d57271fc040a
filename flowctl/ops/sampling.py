"""Which leads stand for all: every way out that some lead takes, and the rest in proportion to the paths."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from flowctl.data import dataclass
from flowctl.engine.bulk import Path, Routed

Way = tuple[str, str, str | None]
KEPT = 64  # leads that are kept of a path at least, however many are wanted; beyond, as many as its share can be
_SPREAD = 0x9E3779B97F4A7C15  # Knuth's multiplicative hash: neighbours in a file come to lie far apart


@dataclass(frozen=True, slots=True)
class Sample:
    """Positions of leads in the input, from 1, in order; the ways out that they take, of those that any lead takes."""

    positions: tuple[int, ...]
    leads: int
    ways: int
    of_ways: int
    needed: int  # leads that take every way out


class Strata:
    """The leads of each path: how many, and a few of them, spread over the file. No chance is in it."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._counts: dict[int, int] = {}
        self._kept: dict[
            int, list[tuple[int, int]]
        ] = {}  # by path: (minus the hash, position), the greatest hash first
        self._paths: Sequence[Path] = ()
        self._leads = 0

    def add(self, routed: Routed) -> None:
        """Takes in a batch, routed with full paths."""
        import numpy as np

        outcomes = routed.outcomes[0]
        self._paths = outcomes.paths
        self._leads += len(routed.batch)
        order = np.argsort(outcomes.path, kind="stable")
        paths, starts = np.unique(outcomes.path[order], return_index=True)
        for path, rows in zip(paths.tolist(), np.split(order, starts[1:]), strict=True):
            self._counts[path] = self._counts.get(path, 0) + len(rows)
            self._keep(path, routed.batch.positions[rows])

    def _keep(self, path: int, positions: object) -> None:
        import numpy as np

        found = np.asarray(positions, np.uint64)
        hashes = (found * np.uint64(_SPREAD)) >> np.uint64(1)
        least = np.argsort(hashes, kind="stable")[: max(KEPT, self._wanted)]
        kept = self._kept.setdefault(path, [])
        kept += zip((-hashes[least].astype(np.int64)).tolist(), found[least].tolist(), strict=True)
        self._kept[path] = heapq.nlargest(max(KEPT, self._wanted), kept)

    def sample(self) -> Sample:
        """Chooses; fewer than wanted only where there are no more leads."""
        cover = self._cover()
        counts = dict.fromkeys(cover[: self._wanted], 1)
        self._fill(counts)
        chosen = (self._kept[path][:count] for path, count in counts.items())
        positions = tuple(sorted(position for some in chosen for _, position in some))
        taken = {way for path in counts for way in self._ways(path)}
        every = {way for path in self._counts for way in self._ways(path)}
        return Sample(positions, self._leads, len(taken), len(every), len(cover))

    def _ways(self, path: int) -> frozenset[Way]:
        return frozenset(way for way in self._paths[path].ways if way[2] is not None)

    def _name(self, path: int) -> str:
        """Orders paths that are equal otherwise; numbers do not, they are given as threads come by."""
        return repr((self._paths[path].ways, self._paths[path].result))

    def _cover(self) -> list[int]:
        """Paths that take every way out: each time the one with the most new ways, of two the one with more leads."""
        left = {path: self._ways(path) for path in self._counts}
        missing = set().union(*left.values()) if left else set()
        found = []
        while missing:
            best = min(left, key=lambda path: (-len(left[path] & missing), -self._counts[path], self._name(path)))
            missing -= left.pop(best)
            found.append(best)
        return found

    def _fill(self, counts: dict[int, int]) -> None:
        """Takes more leads of the paths, until there are as many as wanted: in proportion, the largest rest first."""
        free = min(self._wanted, self._leads) - sum(counts.values())
        shares = {path: free * count / self._leads for path, count in self._counts.items()} if self._leads else {}
        for path, share in shares.items():
            self._more(counts, path, int(share))
        by_rest = sorted(shares, key=lambda path: (-(shares[path] % 1), -self._counts[path], self._name(path)))
        while (free := min(self._wanted, self._leads) - sum(counts.values())) > 0:
            if not sum(self._more(counts, path, 1) for path in by_rest[:free] or by_rest):
                by_rest = [path for path in by_rest if counts.get(path, 0) < len(self._kept[path])]
                if not by_rest:
                    return

    def _more(self, counts: dict[int, int], path: int, more: int) -> int:
        """Takes so many more of a path, or as many as are kept; how many."""
        taken = min(counts.get(path, 0) + more, len(self._kept[path])) - counts.get(path, 0)
        if taken:
            counts[path] = counts.get(path, 0) + taken
        return taken
