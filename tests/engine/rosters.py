"""Rosters as files write them, and turns of them."""

import datetime as dt
import zoneinfo

from flowctl import document as yaml
from flowctl.engine import Turns
from flowctl.flow import Roster
from flowctl.flow.kinds import read_fields

MONDAY = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
UTC = dt.UTC


def roster(*members, **keys):
    """A roster called `sales`, of members as the file writes them or by their names alone."""
    plain = [m if isinstance(m, dict) else {"user": m} for m in members]
    document = yaml.read("flows/rosters/x.yaml", yaml.dump({"roster": "sales", **keys, "members": plain}))
    values = read_fields(Roster, document.root, document)
    assert document.problems == []
    return Roster(**values, document=document)


def weighted(**weights):
    return roster(*({"user": user, "weight": weight} for user, weight in weights.items()))


def take(turns, of, now=MONDAY, inactive=(), zone=UTC, **words):
    return turns.take(of, now, zone, lambda user: user not in inactive, **words)


def owner(turns, of, now=MONDAY, **words):
    """Who gets the next turn, by the bare name; None when nobody does."""
    found = take(turns, of, now, **words).owner
    return found and found.removeprefix("user/")


def owners(turns, of, count, now=MONDAY, **words):
    return [owner(turns, of, now, **words) for _ in range(count)]


def reason(of, user, now=MONDAY, turns=None, **words):
    """Why somebody is passed over at a moment; None when they are not."""
    return dict(take(turns or Turns(), of, now, **words).passed_over).get(user)


def at(zone, *moment):
    """A moment on the clock of a zone, as flowctl has it, in UTC."""
    return dt.datetime(*moment, tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(dt.UTC)
