"""Rosters, and the directory of users and queues."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from flowctl.data import dataclass
from flowctl.document import Document
from flowctl.flow.holiday import Region
from flowctl.flow.hours import Cap, Hours, Limit, WorkingHours
from flowctl.flow.kinds import Boolean, Choice, Date, Integer, ListOf, MapOf, Name, Record, Text, key
from flowctl.flow.owner import Named
from flowctl.flow.zone import Zone, named_zone

if TYPE_CHECKING:
    from flowctl.expr import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Days off, both ends inclusive, by the calendar where the member is. `cover` takes the turns meanwhile."""

    from_: dt.date = key(Date())
    to: dt.date = key(Date())
    cover: str | None = key(Name("users"), None)

    def holds(self, day: dt.date) -> bool:
        return self.from_ <= day <= self.to


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who takes turns; `weight` turns in each round.

    `was` is the name under which turns were taken before. `skills` are read by `where` of a `rotate`, as `Skills`.
    Without `hours`, `zone`, `holidays` and `cap` those of the roster hold, and without its own: every hour, the time
    zone of the workspace, no public holiday, no cap.
    """

    user: str = key(Name("users"))
    was: str | None = key(Name(), None)
    weight: int = key(Integer(1, 1000), 1)
    skills: tuple[str, ...] = key(ListOf(Text(), is_set=True), ())
    hours: Hours | None = key(WorkingHours(), None)
    zone: str | None = key(Zone(), None)
    holidays: str | None = key(Region(), None)
    cap: Cap | None = key(Limit(), None)
    leave: tuple[Leave, ...] = key(ListOf(Record(Leave)), ())

    def leave_on(self, day: dt.date) -> Leave | None:
        return next((leave for leave in self.leave if leave.holds(day)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """People who take turns, in the order in which ties go to them.

    `turns: order` gives turns by weight however the last ones went; `count` gives the next one to whoever has had
    the fewest for their weight. Neither way makes up for turns while somebody was away: on leave, off work, inactive
    or at their cap. Who was there and did not fit the `where` of a `rotate` catches up under `count` only. With
    `sticky: company` a company's records go to the member who had its last one, while that member is available.
    `was` is the roster's name before: its turns go on.
    """

    roster: str = key(Name())
    was: str | None = key(Name(), None)
    label: str = key(Text(), "", cosmetic=True)
    source: str = key(Text(), "", cosmetic=True)
    notes: str = key(Text(), "", cosmetic=True)
    turns: str = key(Choice(("order", "count")), "order")
    sticky: str | None = key(Choice(("company",)), None)
    hours: Hours | None = key(WorkingHours(), None)
    zone: str | None = key(Zone(), None)
    holidays: str | None = key(Region(), None)
    cap: Cap | None = key(Limit(), None)
    members: tuple[Member, ...] = key(ListOf(Record(Member)))
    document: Document = field(default_factory=lambda: Document("<none>", ""), compare=False, repr=False)

    def hours_of(self, member: Member) -> Hours | None:
        """When a member works; None for every hour."""
        return self.hours if member.hours is None else member.hours

    def zone_of(self, member: Member, workspace: dt.tzinfo) -> dt.tzinfo:
        """By whose clock a member's hours and days are."""
        name = member.zone or self.zone
        return named_zone(name) if name else workspace

    def holidays_of(self, member: Member) -> str | None:
        return member.holidays or self.holidays

    def cap_of(self, member: Member) -> Cap:
        """How much a member takes; what the member's own cap leaves open, the roster's says."""
        own, all_ = member.cap or Cap(), self.cap or Cap()
        return Cap(own.day or all_.day, own.week or all_.week)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person who can own records. `attributes` are read in conditions as `Owner.NAME`."""

    name: str = key(Text())
    email: str = key(Text(), "")
    team: str = key(Text(), "")
    active: bool = key(Boolean(), True)
    attributes: Mapping[str, str] = key(MapOf(Text()), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """A queue that records wait in."""

    name: str = key(Text())
    attributes: Mapping[str, str] = key(MapOf(Text()), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Users and queues by logical name. Their ids are an environment's own."""

    users: Mapping[str, User] = key(MapOf(Record(User), named=True), {})
    queues: Mapping[str, Queue] = key(MapOf(Record(Queue), named=True), {})
    document: Document = field(default_factory=lambda: Document("<none>", ""), compare=False, repr=False)

    def find(self, named: Named) -> User | Queue | None:
        return self.users.get(named.name) if named.type == "user" else self.queues.get(named.name)

    def names(self) -> list[str]:
        """Every name as files write it, `user/x` and `queue/x`."""
        return [*(f"user/{name}" for name in self.users), *(f"queue/{name}" for name in self.queues)]

    def is_available(self, named: Named) -> bool:
        """Whether records can be given to them: known, and active."""
        found = self.find(named)
        return isinstance(found, Queue) or (isinstance(found, User) and found.active)


def attributes(type_: str, who: User | Queue) -> Mapping[str, Value]:
    """What conditions can read of somebody, before it is typed by `flows/objects/User.yaml`."""
    own: dict[str, Value] = {"Name": who.name, "Type": type_.capitalize()}
    if isinstance(who, User):
        own |= {"Team": who.team or None, "Active": who.active, "Email": who.email or None}
    return MappingProxyType(own | dict(who.attributes))
