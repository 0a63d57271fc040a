"""What happened to a record, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from flowctl.expr import Atom, Value
from flowctl.flow import Record


@dataclass(frozen=True, slots=True)
class Tried:
    """A branch that was tried: the truth of each atom that was looked at, in reading order."""

    port: str
    held: bool
    atoms: tuple[tuple[Atom, bool], ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """A method of a match: how many candidates it found, and how many `where` let through."""

    method: str
    found: int
    kept: int


@dataclass(frozen=True, slots=True)
class Bound:
    """The related record that a match chose; `by` names what put it before the runner-up, if there was one."""

    name: str
    by: str | None
    record: Record | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Was:
    """A field that was set."""

    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class Owned:
    """The owner that a node gave; `refused` says why it could not."""

    owner: str | None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """A turn of a roster: who got it, for whom they stood in, and who was passed over and why."""

    roster: str
    owner: str | None
    stands_in_for: str | None
    passed_over: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message, its tokens filled in. A simulation sends nothing."""

    channel: str
    to: str
    message: str


Fact: TypeAlias = Tried | Sought | Bound | Was | Owned | Picked | Sent


@dataclass(frozen=True, slots=True)
class Visit:
    """A node on the path, the way by which the record left it (None at an end), and what was found there."""

    flow: str
    node: str
    port: str | None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to a record.

    `owner` is `user/x`, `queue/x` or None; `sets` are the fields that nodes set, with their last values; `ends` the
    id of the last node; `result` what that node is called.
    """

    owner: str | None
    is_routed: bool  # the owner is somebody whom records can be given to
    sets: Mapping[str, Value]
    ends: str
    result: str
    path: tuple[Visit, ...]
    messages: tuple[Sent, ...]

    @property
    def roster(self) -> str | None:
        """The roster that chose the owner, None when something else did."""
        chosen: str | None = None
        for visit in self.path:
            for fact in visit.facts:
                if isinstance(fact, Picked) and fact.owner:
                    chosen = fact.roster
                elif isinstance(fact, Owned) and fact.owner:
                    chosen = None
        return chosen

    @property
    def goes_to(self) -> str:
        """Where the record goes, however turns fell: its roster, else its owner, else `nobody`."""
        return f"roster/{self.roster}" if self.roster else self.owner or "nobody"

    @property
    def ways(self) -> tuple[tuple[str, str, str | None], ...]:
        """The path as (flow, node, way out)."""
        return tuple((visit.flow, visit.node, visit.port) for visit in self.path)
