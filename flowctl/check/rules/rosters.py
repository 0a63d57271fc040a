"""Rosters: who takes turns, and whether anybody is there to take them."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.check.registry import Found, check
from flowctl.check.scope import RosterScope, rosters
from flowctl.diag import Severity, did_you_mean
from flowctl.flow.kinds import Path


@check(
    "FC401",
    Severity.WARNING,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - user: bea.kim
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - user: bea.kim
      - user: lars.holm
    """,
)
def roster_of_one(scope: RosterScope) -> Found:
    """A roster with a single member.

    ## Why it matters
    All leads go to one person; on the first day of leave they all go nowhere.

    ## What to do
    Add members, or assign the leads to the person by name.
    """
    members = scope.roster.members
    if len(members) == 1:
        hint = f"add a member, or `assign` to user/{members[0].user}"
        yield scope.where("members", 0, "user"), f"`{members[0].user}` is alone in `{scope.roster.roster}`", hint


@check(
    "FC402",
    Severity.ERROR,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members: []
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - user: bea.kim
      - user: lars.holm
    """,
)
def roster_of_nobody(scope: RosterScope) -> Found:
    """A roster in which nobody can take a turn.

    ## Why it matters
    Every lead leaves by `nobody`, as if the whole team were away.

    ## What to do
    Add members who are active in the directory. If the team is gone, lead its leads elsewhere and delete the roster.
    """
    members, users = scope.roster.members, scope.workspace.model.directory.users
    unknown = [member for member in members if member.user not in users]
    if not members or not (unknown or any(users[member.user].active for member in members)):
        what = "no member is active" if members else "there is nobody in it"
        message = f"nobody can take a turn in `{scope.roster.roster}`: {what}"
        yield scope.where("members"), message, f"`flowctl roster add {scope.roster.roster} NAME`"


@check(
    "FC403",
    Severity.ERROR,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - user: bea.kmi
      - user: lars.holm
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - user: bea.kim
      - user: lars.holm
    """,
)
def unknown_member(scope: RosterScope) -> Found:
    """A member, or the cover of one, who is not in the directory.

    ## Why it matters
    No environment can tell who that is, so the roster cannot be deployed.

    ## What to do
    Correct the name, or add the user to `flows/directory.yaml` and give it an id in every environment.
    """
    users = scope.workspace.model.directory.users
    for path, name in _people(scope) if scope.workspace.knows_people else ():
        if name not in users:
            hint = did_you_mean(name, users) or "add it to the users in flows/directory.yaml"
            yield scope.where(*path), f"unknown user `{name}`", hint


def _people(scope: RosterScope) -> Iterator[tuple[Path, str]]:
    """Everybody whom a roster names, with the path of the name."""
    for i, member in enumerate(scope.roster.members):
        yield ("members", i, "user"), member.user
        for j, leave in enumerate(member.leave):
            if leave.cover is not None:
                yield ("members", i, "leave", j, "cover"), leave.cover


@check(
    "FC404",
    Severity.WARNING,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - user: bea.kim
      - user: omar.saleh
    --- flows/directory.yaml
    users:
      bea.kim: {name: Bea Kim, active: true}
      omar.saleh: {name: Omar Saleh, active: false}
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - user: bea.kim
      - user: omar.saleh
    --- flows/directory.yaml
    users:
      bea.kim: {name: Bea Kim, active: true}
      omar.saleh: {name: Omar Saleh, active: true}
    """,
)
def inactive_member(scope: RosterScope) -> Found:
    """A member, or the cover of one, who is inactive in the directory.

    ## Why it matters
    Inactive people are passed over, so the others get more than the weights say. The team looks larger than it is.

    ## What to do
    Remove the member, or name another cover; or set the user to `active: true` in `flows/directory.yaml`.
    """
    users, roster = scope.workspace.model.directory.users, scope.roster.roster
    for path, name in _people(scope):
        if name in users and not users[name].active:
            if path[-1] == "cover":
                yield scope.where(*path), f"`{name}` covers and is inactive", "name somebody else as cover"
            else:
                hint = f"`flowctl roster remove {roster} {name}`"
                yield scope.where(*path), f"`{name}` is inactive and gets no turn", hint


@check(
    "FC405",
    Severity.INFO,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, leave: [{from: 2026-11-23, to: 2026-11-27}]}   # checked on 2026-11-23
      - user: lars.holm
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, leave: [{from: 2026-11-24, to: 2026-11-27}]}   # checked on 2026-11-23
      - user: lars.holm
    """,
)
def absent_member(scope: RosterScope) -> Found:
    """A member who is on leave today.

    ## Why it matters
    It explains why somebody gets no leads, and is no mistake.

    ## What to do
    Nothing, or name a `cover` who takes the turns meanwhile.
    """
    today = scope.workspace.today
    for i, member in enumerate(scope.roster.members):
        leave = member.leave_on(today) if today else None
        if leave:
            span = scope.where("members", i, "leave", member.leave.index(leave), "to")
            covered = f"`{leave.cover}` takes the turns" if leave.cover else "the others take the turns"
            yield span, f"`{member.user}` is on leave until {leave.to}: {covered}", None


@check(
    "FC406",
    Severity.ERROR,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - user: bea.kim
      - user: lars.holm
      - user: bea.kim
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, weight: 2}
      - user: lars.holm
    """,
)
def member_twice(scope: RosterScope) -> Found:
    """Somebody who is in a roster twice.

    ## Why it matters
    Turns are kept by name: a second entry with a weight or a leave of its own contradicts the first.

    ## What to do
    Delete one; who is to have two turns has `weight: 2`.
    """
    seen: dict[str, int] = {}
    for i, member in enumerate(scope.roster.members):
        if member.user in seen:
            first = scope.where("members", seen[member.user]).line
            message = f"`{member.user}` is in the roster twice, first on line {first}"
            yield scope.where("members", i, "user"), message, "for two turns write `weight: 2`"
        seen.setdefault(member.user, i)


@check(
    "FC407",
    Severity.ERROR,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, leave: [{from: 2026-12-21, to: 2026-01-03}]}
      - user: lars.holm
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, leave: [{from: 2026-12-21, to: 2027-01-03}]}
      - user: lars.holm
    """,
)
def leave_without_a_day(scope: RosterScope) -> Found:
    """A leave that ends before it starts.

    ## Why it matters
    It holds on no day: leads go to somebody who is away.

    ## What to do
    Correct the dates, and across New Year the year. Both days belong to the leave.
    """
    for i, member in enumerate(scope.roster.members):
        for j, leave in enumerate(member.leave):
            if leave.to < leave.from_:
                message = f"the leave ends on {leave.to}, before it starts on {leave.from_}"
                yield scope.where("members", i, "leave", j, "to"), message, "correct the dates"
