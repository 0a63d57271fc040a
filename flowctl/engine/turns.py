"""Whose turn it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from flowctl.engine.outcome import Picked
from flowctl.flow.people import Member, Roster


class Turns:
    """The standing of every roster's members, by member, so that it survives changes of the roster.

    `order` is smooth weighted round robin, as nginx spreads requests: each available member gains its weight, the
    greatest standing takes the turn and pays the sum of the weights. `count` gives the turn to the member with the
    fewest turns for its weight. Ties go to the one that stands first in the file.
    """

    def __init__(self) -> None:
        self._standing: dict[str, dict[str, int]] = {}

    def take(self, roster: Roster, day: dt.date, is_active: Callable[[str], bool]) -> Picked:
        """Gives the next turn; `day` is the day of routing in the workspace's zone."""
        in_turn: list[tuple[Member, str]] = []
        passed_over: list[tuple[str, str]] = []
        for member in roster.members:
            stand_in, reason = _who_takes_it(member, roster, day, is_active)
            if stand_in:
                in_turn.append((member, stand_in))
            else:
                passed_over.append((member.user, reason))
        if not in_turn:
            return Picked(roster.roster, None, None, tuple(passed_over))
        member, owner = self._next(roster, in_turn)
        stands_in_for = member.user if owner != member.user else None
        return Picked(roster.roster, f"user/{owner}", stands_in_for, tuple(passed_over))

    def _next(self, roster: Roster, in_turn: list[tuple[Member, str]]) -> tuple[Member, str]:
        standing = self._standing.setdefault(roster.roster, {})
        if roster.turns == "count":
            chosen = min(in_turn, key=lambda slot: (standing.get(slot[0].user, 0) + 1) / slot[0].weight)
            standing[chosen[0].user] = standing.get(chosen[0].user, 0) + 1
            return chosen
        for member, _ in in_turn:
            standing[member.user] = standing.get(member.user, 0) + member.weight
        chosen = max(in_turn, key=lambda slot: standing[slot[0].user])
        standing[chosen[0].user] -= sum(member.weight for member, _ in in_turn)
        return chosen


def _who_takes_it(
    member: Member, roster: Roster, day: dt.date, is_active: Callable[[str], bool]
) -> tuple[str | None, str]:
    """Who takes a member's turn, or None and the reason why nobody does."""
    leave = member.leave_on(day)
    if leave is None:
        return (member.user, "") if is_active(member.user) else (None, "inactive")
    if leave.cover and is_active(leave.cover) and not _is_away(leave.cover, roster, day):
        return leave.cover, ""
    return None, f"on leave until {leave.to}"


def _is_away(user: str, roster: Roster, day: dt.date) -> bool:
    return any(member.user == user and member.leave_on(day) for member in roster.members)
