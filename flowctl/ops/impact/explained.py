"""Leads to look at, with where their two ways part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flowctl.columns.batch import Batch
from flowctl.diff.renames import find_renames
from flowctl.engine import Outcome
from flowctl.engine.bulk import Engine
from flowctl.engine.outcome import Tried
from flowctl.flow import Model
from flowctl.ops.impact.examples import Spot
from flowctl.ops.impact.report import Ended, Example, Why
from flowctl.ops.past.parting import Parting, flows_of, part_ways
from flowctl.ops.simulate import NAMES

Renamed = Mapping[tuple[str, str], str]


class Explainer:
    """Tells of leads that were chosen; `models` are those of the versions, the earlier one first."""

    def __init__(self, engine: Engine[Any], models: Sequence[Model]) -> None:
        self.engine, self.models = engine, models
        self._renamed: dict[str, dict[tuple[str, str], str]] = {}

    def example(self, spot: Spot, *, why: bool = True) -> Example:
        """A lead to look at. Without `why` it costs next to nothing."""
        batch, row = spot.routed.batch, spot.row
        ended = [_ended(spot, version) for version in range(len(self.models))]
        return Example(
            name_of(batch, row),
            int(batch.positions[row]),
            batch.moment(row),
            ended[-1],
            ended[0] if len(ended) > 1 else None,
            self._why(spot) if why and len(ended) > 1 else None,
        )

    def _why(self, spot: Spot) -> Why:
        before, after = (_deeds(self.engine.explain(spot.routed, spot.row, version)) for version in (0, 1))
        return why_of(before, after, self)

    def renamed(self, flows: Iterable[str]) -> Renamed:
        """The later names of nodes of some flows, by flow and earlier name, where they differ."""
        old, new = self.models
        for flow in sorted(flows):
            if flow not in self._renamed:
                both = flow in old.flows and flow in new.flows
                found = find_renames(old.flows[flow], new.flows[flow]) if both else {}
                self._renamed[flow] = {(flow, was): node for was, node in found.items()}
        return {was: node for flow in flows for was, node in self._renamed[flow].items()}


def why_of(before: Outcome, after: Outcome, explainer: Explainer) -> Why:
    """Where two ways of a lead part."""
    renamed = explainer.renamed({*flows_of(before), *flows_of(after)})
    at = part_ways(before, after, renamed)
    if at.node is None:
        return Why(at.flow, None)
    old, new = _visit(before, at, renamed), _visit(after, at, {})
    leads_to = _next(before, old, renamed), _next(after, new, {})
    ports = before.path[old].port, after.path[new].port
    return Why(at.flow, at.node, *ports, leads_to if ports[0] == ports[1] and leads_to[0] != leads_to[1] else None)


def _deeds(outcome: Outcome) -> Outcome:
    """An outcome without what was asked on the way: a condition that was edited, and says the same, moves nobody."""
    path = [replace(v, facts=tuple(fact for fact in v.facts if not isinstance(fact, Tried))) for v in outcome.path]
    return replace(outcome, path=tuple(path))


def _visit(outcome: Outcome, at: Parting, renamed: Renamed) -> int:
    """Where on the path the node stands at which two ways part."""
    names = [(v.flow, renamed.get((v.flow, v.node), v.node)) for v in outcome.path]
    return names.index((at.flow, at.node or ""))


def _next(outcome: Outcome, visit: int, renamed: Renamed) -> str:
    after = outcome.path[min(visit + 1, len(outcome.path) - 1)]
    return renamed.get((after.flow, after.node), after.node)


def _ended(spot: Spot, version: int) -> Ended:
    outcomes, row = spot.routed.outcomes[version], spot.row
    path, owner = outcomes.paths[outcomes.path[row]], int(outcomes.owner[row])
    named = outcomes.names[owner] if owner >= 0 else None
    goes_to = outcomes.names[int(outcomes.goes_to[row])]
    return Ended(named, goes_to, bool(outcomes.is_routed[row]), path.ends, path.result)


def name_of(batch: Batch, row: int) -> str:
    """What a lead is called in a report, as on the small path; by its place where it has no name."""
    columns = (batch.columns[(name,)] for name in NAMES if (name,) in batch.columns)
    return next((str(value) for column in columns if (value := column.value(row))), f"row {batch.positions[row]}")
