"""Where two ways through the flows part, told from their paths: for each pair of paths once, not for each lead."""

from __future__ import annotations

from collections.abc import Sequence

from flowctl.engine import Outcome, World
from flowctl.engine.bulk import Path
from flowctl.engine.outcome import Visit, Was
from flowctl.flow.program import Own, Pick, Test
from flowctl.ops.impact.explained import Explainer, why_of
from flowctl.ops.impact.report import Why


class Parted:
    """Partings by the numbers of two paths; the paths must be full."""

    def __init__(self, worlds: Sequence[World], explainer: Explainer) -> None:
        self.worlds, self.explainer = worlds, explainer
        self._known: dict[tuple[int, int], Why] = {}

    def why(self, numbers: tuple[int, int], before: Path, after: Path) -> Why:
        if numbers not in self._known:
            older, newer = self._outcome(before, self.worlds[0]), self._outcome(after, self.worlds[-1])
            is_same = before.ways == after.ways
            self._known[numbers] = self._giver(after) if is_same else why_of(older, newer, self.explainer)
        return self._known[numbers]

    def _outcome(self, path: Path, world: World) -> Outcome:
        """An outcome of which only the path is known."""
        visits = [Visit(*way, () if _asks(world, *way[:2]) else (Was(way[1], None),)) for way in path.ways]
        return Outcome(None, False, {}, path.ends, path.result, tuple(visits), ())

    def _giver(self, path: Path) -> Why:
        """Of a lead that takes the same way under both versions: the last node that gives it to somebody."""
        programs = self.worlds[-1].programs
        gives = [way for way in path.ways if isinstance(programs[way[0]].steps.get(way[1]), Own | Pick)]
        flow, node, port = gives[-1] if gives else path.ways[-1]
        return Why(flow, node, port, port)


def _asks(world: World, flow: str, node: str) -> bool:
    return isinstance(world.programs[flow].steps.get(node), Test)
