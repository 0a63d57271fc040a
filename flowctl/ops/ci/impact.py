"""How many fixture leads come where something was changed, and how many of those go elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from flowctl.data import dataclass
from flowctl.diff import Edit, EntryEdit
from flowctl.diff.edits import HeaderChanged, NodeRenamed, NodesReordered
from flowctl.engine import Outcome
from flowctl.engine.outcome import Found, Picked
from flowctl.ops.simulate import Simulation

TRACED = ("flow", "roster", "table")  # the parts on which a lead that is routed leaves a trace
Place = tuple[str, str]  # a part, and a node of it where it is a flow; `` for the whole part


@dataclass(frozen=True, slots=True)
class Impact:
    """The leads that come to a place, live or in the draft, and those of them that go to another owner."""

    leads: int
    moved: int


class Impacts:
    """What simulations say of every place in flows, rosters and tables."""

    def __init__(self, simulations: Sequence[Simulation]) -> None:
        self._routed = bool(simulations)
        self._leads: Counter[Place] = Counter()
        self._moved: Counter[Place] = Counter()
        for simulation in simulations:
            for routed in simulation.routed:
                outcomes = [routed.after, *([routed.before] if routed.before else [])]
                met = {place for outcome in outcomes for place in _places(outcome)}
                self._leads.update(met)
                if routed.moved:
                    self._moved.update(met)

    def of(self, part: str, edit: Edit | EntryEdit | None = None) -> Impact | None:
        """Of an edit, without one of a whole part; None where leads leave no trace, as in objects and settings,
        and where none was routed."""
        if not self._routed or part.partition("/")[0] not in TRACED:
            return None
        if isinstance(edit, (HeaderChanged, NodesReordered)) and edit.cosmetic:
            return Impact(0, 0)
        nodes = [""]
        if edit is not None and edit.node:
            nodes = [edit.node, *([edit.was] if isinstance(edit, NodeRenamed) else [])]
        places = [(part, node) for node in nodes]
        return Impact(max(self._leads[place] for place in places), max(self._moved[place] for place in places))


def _places(outcome: Outcome) -> Iterator[Place]:
    for visit in outcome.path:
        yield f"flow/{visit.flow}", visit.node
        yield f"flow/{visit.flow}", ""
        for fact in visit.facts:
            if isinstance(fact, Picked):
                yield f"roster/{fact.roster}", ""
            elif isinstance(fact, Found):
                yield f"table/{fact.table}", ""
