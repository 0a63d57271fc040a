"""What a simulation of many leads found: counts, and a few leads to look at. Its size does not grow with the leads'."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field

from flowctl.data import dataclass

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Ended:
    """Where a lead ended under one version."""

    owner: str | None
    goes_to: str
    is_routed: bool
    ends: str
    result: str


@dataclass(frozen=True, slots=True)
class Why:
    """The last node that both ways of a lead have, and the way out that it takes there under either version.

    `node` is None where the flow begins elsewhere. `leads_to` are the nodes that these ways out lead to, where they are
    the same way out. Where they lead to the same node, too, the node itself does something else.
    """

    flow: str
    node: str | None
    before: str | None = None
    after: str | None = None
    leads_to: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """A lead to look at: what people call it, its place in the input from 1, when it arrived, and where it went."""

    name: str
    position: int
    arrived: dt.datetime
    after: Ended
    before: Ended | None = None
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """From whom to whom, how many leads, and a few that differ from each other."""

    before: str
    after: str
    leads: int
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Load:
    """How many leads somebody has under either version: an owner, queue or roster."""

    name: str
    before: int
    after: int

    @property
    def change(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Week:
    """The leads that arrived in the week that begins on a Monday, and how many of them move."""

    monday: dt.date
    leads: int
    moved: int


@dataclass(frozen=True, slots=True)
class Bad:
    """Values of a column that could not be read: why, how many, and the first places: file and line, from 1.

    No column where whole rows cannot be read.
    """

    column: str
    reason: str
    values: int
    places: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """What reading the leads told.

    Attributes:
        rejected: Leads that were left out, since a value of theirs could not be read.
        on_bad: What was done with a value that could not be read: `blank` or `reject`.
        ignored: Columns that nothing reads.
        blank: Fields that the flow reads, and that were taken as blank since no column holds them.
    """

    bad: tuple[Bad, ...] = ()
    rejected: int = 0
    on_bad: str = "blank"
    ignored: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()

    @property
    def bad_values(self) -> int:
        return sum(bad.values for bad in self.bad)


@dataclass(frozen=True, slots=True)
class Otherwise:
    """In how many leads something differs beside whom they go to; each lead is counted in each that it differs in."""

    ends: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)
    messages: int = 0
    effects: int = 0
    members: int = 0  # another member of the same roster, by turn alone

    @property
    def any(self) -> bool:
        return bool(self.ends or self.fields or self.messages or self.effects)


@dataclass(frozen=True, slots=True)
class Impact:
    """Leads routed under `version`, and under `against` when there is one.

    Attributes:
        changed: Leads that do not move, and of which something else differs.
        newly: How many of the unrouted are routed under `against`.
        lost: Some of the unrouted, those that are newly so first.
        loads: Of rosters, queues and named owners; the largest movers first.
        owners: The same of each owner, whoever's turn it was: users and queues.
        effects: What happens to records beside the leads' own fields, and how often: `Account created`, `converted`.
        has_policies: Whether the object has fields with a policy; whether a step breaks one is not looked at.
        seconds: How long it took from the first lead to the last.
        run: The run of a scheduled flow's job that takes the leads.
        output: The file that holds the leads that move.
    """

    flow: str
    version: str
    against: str | None
    leads: int
    left_out: int = 0
    moved: int = 0
    changed: int = 0
    unrouted: int = 0
    newly: int = 0
    lost: tuple[Example, ...] = ()
    moves: tuple[Move, ...] = ()
    loads: tuple[Load, ...] = ()
    owners: tuple[Load, ...] = ()
    otherwise: Otherwise = Otherwise()
    effects: tuple[tuple[str, int], ...] = ()
    weeks: tuple[Week, ...] = ()
    input: Input = Input()
    has_policies: bool = False
    seconds: float = 0.0
    run: dt.datetime | None = None
    output: str | None = None

    @property
    def met(self) -> int:
        """The leads that are routed: all but those that the job of a scheduled flow leaves out."""
        return self.leads - self.left_out

    @property
    def share(self) -> float:
        """The part of the leads that moves, from 0 to 1."""
        return self.moved / self.leads if self.leads else 0.0

    @property
    def per_second(self) -> int:
        return round(self.leads / self.seconds) if self.seconds > 0 else 0
