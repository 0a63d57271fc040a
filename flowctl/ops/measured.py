"""What becomes of the leads that the gates of a plan are about, held against their bounds.

The leads lie outside git, since real leads must not enter it: the figures are bound by the plan's id, and the file is
not. Where it is not at hand, the gate is not met: what nobody has looked at has not passed.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.flow import Model
from flowctl.ops.bounds import Bound
from flowctl.ops.check import choose_flow
from flowctl.ops.config import Gates
from flowctl.ops.leads import Source
from flowctl.ops.records import GateResult
from flowctl.ops.simulate import Simulation

GATE = "impact"


@dataclass(frozen=True, slots=True)
class Measured:
    """What becomes of leads. `loads` are theirs by owner, and by roster where one gave them.

    `moved` is None where live cannot be read, `agreed` where nobody said whom the leads really went to; `compared` are
    the leads of which that is said.
    """

    what: str
    leads: int
    moved: int | None
    unrouted: int
    loads: Mapping[str, int]
    agreed: int | None = None
    compared: int = 0


def is_at_hand(gates: Gates, root: Path) -> bool:
    """Whether the leads of the gates can be looked at here."""
    return gates.leads is None or (root / gates.leads).exists()


def impact_gates(
    gates: Gates,
    source: Source,
    models: tuple[Model | None, Model],
    simulations: Sequence[Simulation],
    now: dt.datetime,
) -> Iterator[GateResult]:
    """The bounds, each with its figure.

    Args:
        models: Live, None where it cannot be read, and what it is to become.
        simulations: Of the fixtures, which are the leads where the gates name no file.
        now: When leads without a `CreatedDate` are routed; the same for the same plan.
    """
    if not gates.impact:
        return
    if not is_at_hand(gates, source.folder):
        figure = f"there is no `{gates.leads}` here: put the leads there, where the plan is made"
        yield GateResult(GATE, False, f"{', '.join(map(str, gates.impact))}: {figure}")
        return
    try:
        measured = measure(gates, source, models, now) if gates.leads else _of_fixtures(simulations, models[0])
    except FlowctlError as error:
        first = f": {error.found[0].message}" if error.found else ""
        yield GateResult(GATE, False, f"{', '.join(map(str, gates.impact))}: {error.message}{first}")
        return
    yield from (_result(bound, measured) for bound in gates.impact)


def _result(bound: Bound, m: Measured) -> GateResult:
    leads, of = _figure(bound, m)
    if leads is None:
        why = "live cannot be read" if bound.figure == "moved" else "`actual` names no column of owners"
        return GateResult(GATE, False, f"{bound}: {why}")
    if not of:
        return GateResult(GATE, False, f"{bound}: no lead of {m.what} can be looked at")
    share = f"{100 * leads / of:.1f}%, " if bound.is_share else ""
    told = f"{bound.name}: {share}{leads:,} of {of:,} leads of {m.what}, {bound.words}"
    return GateResult(GATE, bound.holds(leads, of), told)


def _figure(bound: Bound, m: Measured) -> tuple[int | None, int]:
    """So many leads, of so many."""
    match bound.figure:
        case "moved":
            return m.moved, m.leads
        case "unrouted":
            return m.unrouted, m.leads
        case "share":
            return m.loads.get(bound.of or "", 0), m.leads
        case "agreement":
            return m.agreed, m.compared


def _of_fixtures(simulations: Sequence[Simulation], live: Model | None) -> Measured:
    routed = [r for s in simulations for r in s.routed if not r.after.is_left_out]
    loads = Counter(r.after.owner for r in routed if r.after.owner)
    loads.update(f"roster/{r.after.roster}" for r in routed if r.after.roster)
    moved = sum(r.moved for r in routed) if live else None
    return Measured("the fixtures", len(routed), moved, sum(len(s.unrouted) for s in simulations), dict(loads))


def measure(gates: Gates, source: Source, models: tuple[Model | None, Model], now: dt.datetime) -> Measured:
    """Routes the leads of the gates' file through live and through what it is to become.

    Raises:
        FlowctlError: The file cannot be read, or does not fit.
    """
    from flowctl.ops.backtest.measured import measured  # numpy and the rest: only where leads of a file are asked for

    before, after = models
    flow = choose_flow(after, gates.flow)
    return measured(gates, source, before if before and flow in before.flows else None, after, flow, now)
