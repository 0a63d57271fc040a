"""Whether a merge whose text is clean is right: what `check` finds that neither side had, and the fixtures of both.

A node that lost its only way in, two branches of which one now leaves the other no lead, a way to what the other side
has removed: each side was right by itself, and no line of text says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass as ordinary
from functools import cached_property

from flowctl.data import dataclass
from flowctl.diag import Diagnostic, Severity
from flowctl.flow import Model, load_model
from flowctl.ops.check import find_all
from flowctl.ops.config import Config
from flowctl.ops.test import Router, Tested, differences

# Warnings that stop a merge as errors do: an unreachable node, a shadowed branch, a condition that never holds. A side
# that was right by itself has lost something by the merge.
LOST = ("FC102", "FC303", "FC304")
Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a merge makes wrong that was right on each side.

    Args:
        stops: Findings that stop it: errors, and what of a side is lost.
        warns: Other findings, that tell only.
        failures: Fixtures that fail now, and did on neither side: they stop it.
        brought: Fixtures that one side has made fail already: they are told.
        routed: How many fixtures were routed; None where errors stand in the way.
    """

    stops: tuple[Diagnostic, ...] = ()
    warns: tuple[Diagnostic, ...] = ()
    failures: tuple[Tested, ...] = ()
    brought: tuple[Tested, ...] = ()
    routed: int | None = 0

    @property
    def is_sound(self) -> bool:
        return not self.stops and not self.failures


@ordinary(frozen=True)
class _Version:
    """A side, or what is made of both; read, checked and routed when that is asked for, and once."""

    files: Files
    config: Config
    now: dt.datetime

    @cached_property
    def model(self) -> Model:
        return load_model({path: data for path, data in self.files.items() if path.startswith("flows/")})

    @cached_property
    def found(self) -> tuple[Diagnostic, ...]:
        every = find_all(self.model, self.config, self.now)
        return tuple(d for d in every if d.severity >= Severity.WARNING)

    @cached_property
    def known(self) -> frozenset[tuple[str, str, str]]:
        return frozenset(map(_key, self.found))

    @property
    def can_route(self) -> bool:
        return not any(d.severity is Severity.ERROR for d in self.found)

    @cached_property
    def fails(self) -> dict[tuple[str, str], Tested | None]:
        """The fixtures by flow and words, each with how it fails, if it does; none where there are errors."""
        if not self.can_route:
            return {}
        router = Router(self.model)
        every = ((flow, fixture) for flow, fixtures in self.model.fixtures.items() for fixture in fixtures)
        tested = [Tested(flow, f, o := router.outcome(flow, f), tuple(differences(f, o))) for flow, f in every]
        return {(t.flow, t.fixture.why): None if t.passed else t for t in tested}


def _key(found: Diagnostic) -> tuple[str, str, str]:
    """What a finding is known by in another version: its line may be another one there."""
    return found.code, found.span.file if found.span else "", found.message


def prove(ours: Files, theirs: Files, merged: Files, config: Config, now: dt.datetime) -> Proof:
    """Looks for what a merge makes wrong, in the files of both sides and as they are afterwards."""
    after = _Version(merged, config, now)
    sides = (_Version(ours, config, now), _Version(theirs, config, now))
    new = [d for d in after.found if not any(_key(d) in side.known for side in sides)]
    stops = tuple(d for d in new if d.severity is Severity.ERROR or d.code in LOST)
    warns = tuple(d for d in new if d not in stops)
    if not after.can_route:
        return Proof(stops, warns, routed=None)
    failing = [(tested, _failed_before(tested, sides)) for tested in after.fails.values() if tested]
    failures = tuple(tested for tested, before in failing if not any(before))
    brought = tuple(tested for tested, before in failing if any(before) and not all(before))
    return Proof(stops, warns, failures, brought, len(after.fails))


def _failed_before(tested: Tested, sides: tuple[_Version, ...]) -> list[bool]:
    """Whether a fixture failed on each side that has it."""
    name = (tested.flow, tested.fixture.why)
    return [side.fails[name] is not None for side in sides if name in side.fails]
