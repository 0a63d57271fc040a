"""`route`: leads go through what runs in a local environment, and its turns move on."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence

from flowctl.diag import FlowctlError
from flowctl.engine import Turns, World, world_of
from flowctl.envs import Environment
from flowctl.flow import path_of
from flowctl.ops.check import choose_flow, sound_model
from flowctl.ops.leads import Source, read_data, read_leads
from flowctl.ops.rehearsal import SimulateReport
from flowctl.ops.simulate import Routed, Simulation, route_all
from flowctl.ops.versions import Version
from flowctl.ops.workspace import Workspace

WAIT_SECONDS = 30.0  # for a promotion, or for other leads that are being routed


def route_leads(
    source: Source,
    environment: str,
    leads: str,
    flow: str | None,
    data: Sequence[str],
    now: dt.datetime,
    tick: Callable[[int, int], None] = lambda done, total: None,
) -> SimulateReport:
    """Routes the leads of a file as the environment would: by what runs there, its people and its turns.

    The turns are kept when all leads are routed, and not at all when something keeps one from it.

    Raises:
        FlowctlError: The environment is no local one, or what runs there has errors; or a file does not fit.
    """
    place = _local(source.ws, environment)
    with place.lease("flowctl route", WAIT_SECONDS):
        files = {path_of(part): text.encode() for part, text in place.read().bundle.parts.items()}
        model = sound_model(Version(environment, files))
        name = choose_flow(model, flow)
        arrived = read_leads(source, leads, model, name, now)
        world = _there(world_of(model, read_data(source, data, model)), place)
        turns = Turns.of(place.turns())
        outcomes = route_all(world, name, arrived, turns, lambda done: tick(done, len(arrived)))
        place.keep_turns(turns.data())
    routed = (Routed(lead.name, outcome, None) for lead, outcome in zip(arrived, outcomes, strict=True))
    return SimulateReport((Simulation(name, environment, None, tuple(routed)),))


def _local(ws: Workspace, name: str) -> Environment:
    """An environment that routes by flowctl; another kind of org routes by itself."""
    place = ws.config.environments.get(name)
    if place is not None and place.adapter != "local":
        local = [other for other, its in ws.config.environments.items() if its.adapter == "local"]
        hint = f"local environments: {', '.join(local) or 'none'}"
        raise FlowctlError(f"`{name}` is no local environment: it routes its leads itself", hint=hint)
    return ws.environment(name)


def _there(world: World, place: Environment) -> World:
    """The world where nobody is available who is inactive in the environment."""
    inactive = {name for name, entry in place.directory().entries.items() if not entry.active}
    return dataclasses.replace(world, available=world.available - inactive)
