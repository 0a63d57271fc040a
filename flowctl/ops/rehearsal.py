"""`simulate` and `test`, from the names that are typed to what they report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from flowctl.data import dataclass
from flowctl.flow import Model
from flowctl.ops.check import FIXTURES, choose_entry, choose_flow, sound_model
from flowctl.ops.leads import Source, read_data, read_leads
from flowctl.ops.pair import version_of
from flowctl.ops.simulate import Simulation, gone_flows, simulate_fixtures, simulate_leads
from flowctl.ops.sound import Sound, sound
from flowctl.ops.versions import Version, find, here
from flowctl.ops.workspace import Workspace

if TYPE_CHECKING:
    from flowctl.ops.mutation.mutate import MutationReport
    from flowctl.ops.test import TestReport


@dataclass(frozen=True, slots=True)
class Request:
    """What `simulate` is asked for; None stands for what is usual."""

    version: str | None = None
    against: str | None = None
    flow: str | None = None
    leads: str | None = None
    data: tuple[str, ...] = ()
    mapping: str | None = None  # a file that says which columns are which fields
    on_bad: Literal["blank", "reject", "fail"] | None = None  # what happens to a value that cannot be read
    rejects: str | None = None  # a file for what cannot be read
    missing_as_blank: bool = False
    output: str | None = None  # a file for the leads that move
    every: bool = False  # for all leads in it
    engine: str = "local"
    master: str | None = None  # where Spark runs

    @property
    def on_bad_value(self) -> Literal["blank", "reject", "fail"]:
        """What happens to a value that cannot be read; with a file for such leads and no other word: it is left out."""
        return self.on_bad or ("reject" if self.rejects else "fail")


@dataclass(frozen=True, slots=True)
class SimulateReport:
    """One simulation for each flow that was asked for.

    `taken` is the flow that leads of a file went through, where several are for them and none was named.
    """

    simulations: tuple[Simulation, ...]
    taken: str | None = None

    @property
    def moved(self) -> int:
        return sum(s.moved for s in self.simulations)

    @property
    def breaks_policies(self) -> bool:
        """Whether a step breaks the policy of a field, for some lead."""
        return any(s.broken for s in self.simulations)


def simulate(
    source: Source, request: Request, now: dt.datetime, tick: Callable[[int, int], None] = lambda done, total: None
) -> SimulateReport:
    """Routes leads of a file, or else the fixtures, through a version, and through another one to compare with.

    The other one is live, unless live itself is asked for, or no version is and no draft is checked out.

    Raises:
        FlowctlError: A version has errors, or a file does not fit.
    """
    if request.leads is None:
        return SimulateReport(_of_fixtures(source.ws, request))
    after, before = _sound(source.ws, request)
    entries = after.known.flows
    flow = choose_entry(entries, request.flow)
    model = after.of(flow)
    leads = read_leads(source, request.leads, model, flow, now)
    data = read_data(source, request.data, model)
    is_one_of = sum(entry.object == entries[flow].object for entry in entries.values()) > 1
    taken = flow if request.flow is None and is_one_of else None
    earlier = (before.version.label, before.of(flow)) if before else None
    return SimulateReport((simulate_leads(flow, leads, (after.version.label, model), earlier, data, tick),), taken)


def _of_fixtures(ws: Workspace, request: Request) -> tuple[Simulation, ...]:
    from flowctl.ops.test import Router

    after, before = models(ws, request)
    every = [*_with_fixtures(after[1]), *gone_flows(after[1], before[1] if before else None)]
    names = [choose_flow(after[1], request.flow)] if request.flow else every
    then, earlier = (after[0], Router(after[1])), (before[0], Router(before[1])) if before else None
    return tuple(simulate_fixtures(name, then, earlier) for name in names)


def models(ws: Workspace, request: Request) -> tuple[tuple[str, Model], tuple[str, Model] | None]:
    """The version that leads are routed through, and the one to compare with; each with its name.

    Their fixtures are read where these are the leads.

    Raises:
        FlowctlError: One of them has errors.
    """
    after, before = _sound(ws, request)
    earlier = (before.version.label, before.whole()) if before else None
    return (after.version.label, after.whole()), earlier


def _sound(ws: Workspace, request: Request) -> tuple[Sound, Sound | None]:
    version = version_of(ws, request.version)
    against = _against(ws, request)
    if request.leads is not None:
        version, against = _without_fixtures(version), _without_fixtures(against) if against else None
    before = sound(against, ws.root, fixtures=False) if against else None
    return sound(version, ws.root), before


def _without_fixtures(version: Version) -> Version:
    return Version(version.label, {path: data for path, data in version.files.items() if not path.startswith(FIXTURES)})


def _with_fixtures(model: Model) -> list[str]:
    """The flows that have fixtures; all when none has."""
    return [name for name, fixtures in model.fixtures.items() if fixtures] or list(model.flows)


def _against(ws: Workspace, request: Request) -> Version | None:
    if request.against:
        return find(ws, request.against)
    if request.version == "live" or (request.version is None and ws.current_draft() is None):
        return None
    return find(ws, "live")


def test(ws: Workspace, flows: Sequence[str], version: str | None, environment: str | None) -> TestReport:
    """Routes the fixtures of flows (none: of all) through a version, or through what an environment runs.

    An environment keeps no fixtures: there, those of what is being worked on are routed.

    Raises:
        FlowctlError: The version has errors, or one of the flows is not there.
    """
    from flowctl.ops.test import run_tests

    chosen, model, names = _chosen(ws, flows, version, environment)
    return run_tests(chosen.label, model, names)


def mutate(
    ws: Workspace,
    flows: Sequence[str],
    version: str | None,
    environment: str | None,
    now: dt.datetime,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> MutationReport:
    """Routes the fixtures through flows (none: through all) in which one thing at a time is changed; else as `test`.

    Raises:
        FlowctlError: As `test`, or a fixture fails as it is.
    """
    from flowctl.ops.mutation.mutate import mutate as mutate_flows

    chosen, model, names = _chosen(ws, flows, version, environment)
    return mutate_flows(chosen.label, model, names, now, tick)


def _chosen(
    ws: Workspace, flows: Sequence[str], version: str | None, environment: str | None
) -> tuple[Version, Model, list[str]]:
    chosen = version_of(ws, version) if environment is None else _with_our_fixtures(ws, environment)
    model = sound_model(chosen)
    return chosen, model, [choose_flow(model, name) for name in flows]


def _with_our_fixtures(ws: Workspace, environment: str) -> Version:
    ws.environment(environment)  # refuses what is none
    fixtures = {path: data for path, data in here(ws).files.items() if path.startswith(FIXTURES)}
    parts = {path: data for path, data in find(ws, environment).files.items() if not path.startswith(FIXTURES)}
    return Version(environment, {**parts, **fixtures})
