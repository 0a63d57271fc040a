"""What happened to a record, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from flowctl.data import dataclass
from flowctl.expr import Atom, Value
from flowctl.flow import Record
from flowctl.flow.schedule import LEFT_OUT
from flowctl.flow.way import Preference


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
    """The related record that a match chose, by which method, and with what score from 0 to 100.

    If there was a runner-up, `by` names what put the chosen one before it: the `preference` of that name, or the
    order of the data.
    """

    name: str
    by: str | None
    record: Record | None = field(default=None, compare=False, repr=False)
    method: str = ""
    score: float = 100.0
    preference: Preference | None = field(default=None, compare=False)
    runner_up: Record | None = field(default=None, compare=False, repr=False)
    runner_up_score: float | None = None


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
    """A turn of a roster: who got it, for whom they stood in, and who was passed over and why.

    `is_sticky` when it went to the member who had the last record of the same company, out of turn.
    """

    roster: str
    owner: str | None
    stands_in_for: str | None
    passed_over: tuple[tuple[str, str], ...]
    is_sticky: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A message, its tokens filled in. A simulation sends nothing."""

    channel: str
    to: str
    message: str


@dataclass(frozen=True, slots=True)
class Found:
    """A look-up: the row of the table, counted from 1, or None."""

    table: str
    row: int | None


@dataclass(frozen=True, slots=True)
class Waited:
    """A wait: whether its condition came to hold, and until when it lasted, in UTC."""

    held: bool
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Created:
    """A record that is created, under the name that it got, if any."""

    object: str
    name: str | None
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Converted:
    """The record becomes a contact of the account with this name."""

    account: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Merged:
    """The record is merged with the one of this name; `values` are the fields that change."""

    name: str
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Broke:
    """A policy of a field that a step broke; `rule` is the policy's key in the object's file."""

    field: str
    rule: str
    message: str


Effect: TypeAlias = Created | Converted | Merged
Done: TypeAlias = Sought | Bound | Found | Was | Owned | Picked | Waited | Effect | Broke | Sent
Fact: TypeAlias = Tried | Done


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
    is_routed: bool  # the owner is somebody whom records can be given to, or the object's records have no owner
    sets: Mapping[str, Value]
    ends: str
    result: str
    path: tuple[Visit, ...]
    messages: tuple[Sent, ...]
    effects: tuple[Effect, ...] = ()
    broken: tuple[Broke, ...] = ()

    @property
    def is_left_out(self) -> bool:
        """Whether the job of a scheduled flow does not take the record."""
        return self.ends == LEFT_OUT

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
