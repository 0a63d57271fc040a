"""The nodes where agreement breaks: through which more of the leads disagree than of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from flowctl.data import dataclass
from flowctl.engine.bulk import Path
from flowctl.ops.backtest.paths import PathCounts

LEAST = 0.01  # of the leads that disagree: of fewer a node says little


@dataclass(frozen=True, slots=True)
class Spot:
    """A node, or several that the very same leads come through, in the order in which they come to them.

    `lift` is the share of its leads that disagree against the share of all leads.
    """

    flow: str
    nodes: tuple[str, ...]
    leads: int
    broken: int
    lift: float

    @property
    def share(self) -> float:
        """How many of its leads disagree, in per cent."""
        return 100 * self.broken / self.leads


def spots(taken: PathCounts, broken: PathCounts) -> tuple[Spot, ...]:
    """The nodes through which leads disagree more often than elsewhere, the largest lift first."""
    leads, wrong = Counter(dict(_summed(taken))), Counter(dict(_summed(broken)))
    total, all_wrong = leads.total(), wrong.total()
    if not all_wrong:
        return ()
    met: dict[tuple[str, str], list[Path]] = {}
    for path in leads:
        for flow, node, _ in path.ways:
            met.setdefault((flow, node), []).append(path)
    alike: dict[tuple[str, frozenset[Path]], list[str]] = {}
    for (flow, node), paths in met.items():
        alike.setdefault((flow, frozenset(paths)), []).append(node)
    found = []
    for (flow, paths_), nodes in alike.items():
        through, there = sum(leads[path] for path in paths_), sum(wrong[path] for path in paths_)
        lift = there * total / (through * all_wrong)
        if lift > 1 and there >= LEAST * all_wrong:
            found.append(Spot(flow, tuple(nodes), through, there, lift))
    return tuple(sorted(found, key=lambda spot: (-spot.lift, -spot.broken, spot.flow, spot.nodes)))


def _summed(counts: PathCounts) -> Iterable[tuple[Path, int]]:
    found: Counter[Path] = Counter()
    for path, n in counts.each():
        found[path] += n
    return found.items()
