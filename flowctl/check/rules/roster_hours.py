"""Rosters: working hours, public holidays, covers and former names."""

from __future__ import annotations

from collections.abc import Iterator

from flowctl.check.registry import Found, check
from flowctl.check.scope import RosterScope, rosters
from flowctl.diag import Severity, did_you_mean
from flowctl.flow.holiday import countries, is_country, parts_of
from flowctl.flow.kinds import Path
from flowctl.flow.people import Leave

_OTHER_NAMES = {"UK": "GB", "EL": "GR"}  # what countries are called that ISO 3166 calls otherwise


@check(
    "FC411",
    Severity.ERROR,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, holidays: DE-BX}
      - user: lars.holm
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, holidays: DE-BE}
      - user: lars.holm
    """,
)
def unknown_holidays(scope: RosterScope) -> Found:
    """A country, or a part of one, whose public holidays are not known.

    ## Why it matters
    Nobody is off there: leads go to people who are not at work.

    ## What to do
    Write the country and its part as ISO 3166 does: `DE`, or `DE-BE` for Berlin. Where the part is not known, the
    country's own holidays are a start, and `leave` has the other days.
    """
    for path, region in _regions(scope):
        country, _, part = region.partition("-")
        if not is_country(country):
            close = _OTHER_NAMES.get(country)
            hint = f"did you mean `{close}`?" if close else did_you_mean(country, countries())
            message = f"the public holidays of `{country}` are not known"
            yield scope.where(*path), message, hint or "two letters, as in `DE`, `GB`, `US`"
        elif part and part not in parts_of(country):
            known = ", ".join(parts_of(country))
            hint = f"parts of `{country}`: {known}" if known else f"`{country}` has no parts here: write `{country}`"
            yield scope.where(*path), f"`{country}` has no part `{part}` with public holidays of its own", hint


def _regions(scope: RosterScope) -> Iterator[tuple[Path, str]]:
    if scope.roster.holidays is not None:
        yield ("holidays",), scope.roster.holidays
    for i, member in enumerate(scope.roster.members):
        if member.holidays is not None:
            yield ("members", i, "holidays"), member.holidays


@check(
    "FC412",
    Severity.WARNING,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, leave: [{from: 2026-12-21, to: 2026-12-31, cover: lars.holm}]}
      - {user: lars.holm, leave: [{from: 2026-12-24, to: 2026-12-26}]}
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - user: bea.kim
        leave:
          - {from: 2026-12-21, to: 2026-12-23, cover: lars.holm}
          - {from: 2026-12-24, to: 2026-12-31}
      - {user: lars.holm, leave: [{from: 2026-12-24, to: 2026-12-26}]}
    """,
)
def absent_cover(scope: RosterScope) -> Found:
    """A cover who is away on some of the days themselves.

    ## Why it matters
    On those days nobody takes the turns of the member who is away: they are passed over, and the others get more.

    ## What to do
    Name somebody else for those days, in a leave of their own. A cover is not covered in turn.
    """
    today = scope.workspace.today
    for i, member in enumerate(scope.roster.members):
        for j, leave in enumerate(member.leave):
            if leave.cover == member.user or (today and leave.to < today):
                continue
            for other in _leaves_of(scope, leave.cover):
                if other.from_ <= leave.to and leave.from_ <= other.to:
                    message = f"`{leave.cover}` covers and is away, too, from {other.from_} to {other.to}"
                    yield scope.where("members", i, "leave", j, "cover"), message, "name somebody else for those days"


@check(
    "FC416",
    Severity.ERROR,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, leave: [{from: 2026-12-21, to: 2026-12-31, cover: bea.kim}]}
      - user: lars.holm
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, leave: [{from: 2026-12-21, to: 2026-12-31, cover: lars.holm}]}
      - user: lars.holm
    """,
)
def own_cover(scope: RosterScope) -> Found:
    """A member who is to cover their own leave.

    ## Why it matters
    Nobody can be away and take the turns meanwhile, so the turns are passed over, as if there were no cover.

    ## What to do
    Name somebody else as cover, or leave `cover` out: the others then take the turns.
    """
    for i, member in enumerate(scope.roster.members):
        for j, leave in enumerate(member.leave):
            if leave.cover == member.user:
                where = scope.where("members", i, "leave", j, "cover")
                yield where, f"`{member.user}` covers for themselves", "name somebody else as cover, or leave it out"


def _leaves_of(scope: RosterScope, user: str | None) -> Iterator[Leave]:
    for member in scope.roster.members:
        if member.user == user:
            yield from member.leave


@check(
    "FC413",
    Severity.WARNING,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, hours: ""}
      - user: lars.holm
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, hours: "Mo-Fr 09:00-12:30, 13:30-17:30"}
      - user: lars.holm
    """,
)
def never_at_work(scope: RosterScope) -> Found:
    """Working hours that hold at no hour of the week.

    ## Why it matters
    The member is passed over at every turn, and the team looks larger than it is.

    ## What to do
    Write the hours, or delete the key: without it every hour is one. Who is away for a while has a `leave`.
    """
    roster = scope.roster
    hint = "as in `Mo-Fr 09:00-17:30`, or without the key for every hour"
    if roster.hours is not None and roster.hours.never_hold:
        yield scope.where("hours"), f"nobody works in `{roster.roster}`: its hours are empty", hint
    for i, member in enumerate(roster.members):
        if member.hours is not None and member.hours.never_hold:
            yield scope.where("members", i, "hours"), f"`{member.user}` works at no hour of the week", hint


@check(
    "FC414",
    Severity.ERROR,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    was: emea-sdrs
    members:
      - user: bea.kim
      - user: lars.holm
    --- flows/rosters/emea-sdrs.yaml
    roster: emea-sdrs
    members:
      - user: bea.kim
      - user: lars.holm
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    was: emea-sdrs
    members:
      - user: bea.kim
      - user: lars.holm
    """,
)
def former_roster_still_there(scope: RosterScope) -> Found:
    """A roster that `was` another one which is still there.

    ## Why it matters
    With `was` a roster goes on with the turns that were taken under the older name. Both cannot have them: the one
    that comes first would take them from the other.

    ## What to do
    Delete the older roster, or the `was`.
    """
    roster = scope.roster
    if roster.was == roster.roster:
        yield scope.where("was"), f"`{roster.was}` is the roster's own name", "the name that it had before, or no `was`"
    elif roster.was in scope.workspace.model.rosters:
        yield scope.where("was"), f"the roster `{roster.was}` is still there", f"delete `{roster.was}`, or the `was`"


@check(
    "FC415",
    Severity.ERROR,
    rosters,
    bad="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, was: lars.holm}
      - user: lars.holm
    """,
    good="""
    --- flows/rosters/sdr-emea.yaml
    roster: sdr-emea
    members:
      - {user: bea.kim, was: bea.jones}
      - user: lars.holm
    """,
)
def former_member_still_there(scope: RosterScope) -> Found:
    """A member who `was` somebody who is still in the roster.

    ## Why it matters
    With `was` a member goes on with the turns that were taken under the older name. Two people are no rename.

    ## What to do
    Delete the `was`, or the member under the older name.
    """
    users = {member.user for member in scope.roster.members}
    for i, member in enumerate(scope.roster.members):
        if member.was in users:
            itself = member.was == member.user
            message = f"`{member.was}` is the member's own name" if itself else f"`{member.was}` is still in the roster"
            yield scope.where("members", i, "was"), message, "delete the `was`, or the member under the older name"
