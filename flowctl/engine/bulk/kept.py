"""What turns remember: who was given how much on which day, and who had a company's last record.

Nothing grows while turns are taken: room for so many is made before, in arrays twice as long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numba import njit

from flowctl.engine.bulk.calendar import look_at_wall
from flowctl.engine.bulk.layout import (
    CHAIN,
    DAY_LINK,
    EVER,
    LINK,
    LOAD,
    MARK,
    NOTHING,
    NUMBER,
    SLOT,
    ZONE,
    Array,
    Tables,
    TurnState,
    state_of,
    table,
)
from flowctl.engine.standing import KEPT_DAYS

_LEAST = 1024  # places


def _doubled(length: int, needed: int) -> int:
    while length < needed:
        length *= 2
    return length


# Loads ------------------------------------------------------------------------------------------------------------


def loads_of(days: Sequence[Mapping[int, int]], zones: Sequence[int]) -> tuple[Array, Array, int]:
    """Loads of what was given on which day, their links, and the first that is free."""
    loads, links = np.zeros(len(days), LOAD), _free_days(_doubled(_LEAST, sum(map(len, days)) + 1))
    loads["zone"], loads["since"], loads["until"], at = zones, EVER, -EVER, 0
    for load, one in enumerate(days):
        loads[load]["first"] = at if one else NOTHING
        loads[load]["met"], loads[load]["began"] = NOTHING, 0 if one else NOTHING
        for day, count in one.items():
            links[at] = (day, count, at + 1)
            at += 1
        if one:
            links[at - 1]["next"] = NOTHING
    return loads, links, at


def _free_days(length: int) -> Array:
    links = np.zeros(length, DAY_LINK)
    links["next"] = np.append(np.arange(1, length), NOTHING)
    return links


def with_room_for_loads(state: Tables, takes: int, days: int) -> Tables:
    """The same, with links for so many turns on so many days, all of them days that nobody had before."""
    old, spare = len(state.day_links), int(state.marks[0]["day_link"])
    needed = old - _count_free(state.day_links, spare) + min(takes, days * len(state.loads))
    if needed <= old:
        return state
    links = _free_days(_doubled(old, needed))
    links[:old] = state.day_links
    links[-1]["next"], state.marks[0]["day_link"] = spare, old
    return state._replace(day_links=links)


@njit(nogil=True)
def _count_free(links: Array, at: int) -> int:
    count = 0
    while at >= 0:
        count += 1
        at = links[at].next
    return count


@njit(nogil=True)
def room_left(state: TurnState, number: int, day: int) -> int:
    """How many more somebody can be given on a day, by their slot."""
    slot, links = table(state.slots, SLOT)[number], table(state.day_links, DAY_LINK)
    monday, today, week = day - (day + 6) % 7, 0, 0
    at = table(state.loads, LOAD)[slot.load].first
    while at >= 0:
        if links[at].day == day:
            today = links[at].count
        if monday <= links[at].day < monday + 7:
            week += links[at].count
        at = links[at].next
    left = slot.cap_day - today if slot.cap_day > 0 else EVER
    return min(left, slot.cap_week - week) if slot.cap_week > 0 else left


@njit(nogil=True)
def note_load(state: TurnState, number: int, now: int) -> None:
    """As `State.note_load`, at a moment."""
    load = table(state.loads, LOAD)[number]
    if not load.since <= now < load.until:
        _look_at_day(state, number, now)
    table(state.day_links, DAY_LINK)[load.met].count += 1


@njit(nogil=True)
def _look_at_day(state: TurnState, number: int, now: int) -> None:
    load, links = table(state.loads, LOAD)[number], table(state.day_links, DAY_LINK)
    look_at_wall(state, load.zone, now)
    zone = table(state.zones, ZONE)[load.zone]
    at = load.first
    while at >= 0 and links[at].day != zone.day:
        at = links[at].next
    load.met = at if at >= 0 else _begin_day(state, number, zone.day)
    load.since, load.until = zone.since, zone.until


@njit(nogil=True)
def _begin_day(state: TurnState, number: int, day: int) -> int:
    """Ends a load's chain with a new day, without those that are forgotten by then."""
    load, links, mark = table(state.loads, LOAD)[number], table(state.day_links, DAY_LINK), table(state.marks, MARK)[0]
    before, at = NOTHING, load.first
    while at >= 0:
        following = links[at].next
        if links[at].day <= day - KEPT_DAYS:
            if before < 0:
                load.first = following
            else:
                links[before].next = following
            links[at].next, mark.day_link = mark.day_link, at
        else:
            before = at
        at = following
    at = mark.day_link
    if at < 0:
        raise ValueError("there are more turns than were made ready for")
    mark.day_link = links[at].next
    links[at].day, links[at].count, links[at].next = day, 0, NOTHING
    if before < 0:
        load.first = at
    else:
        links[before].next = at
    if load.began < 0:
        load.began = mark.turns
    return at  # type: ignore[no-any-return]


def days_of_load(state: Tables, load: int) -> dict[int, int]:
    found, at = dict[int, int](), int(state.loads[load]["first"])
    while at >= 0:
        day, count, at = state.day_links[at].tolist()
        found[day] = count
    return found


# Companies --------------------------------------------------------------------------------------------------------


def no_companies(chains: int) -> dict[str, Array]:
    """What a state knows of companies when it knows none."""
    return {
        "chains": np.array([(NOTHING, NOTHING, 0)] * chains, CHAIN),
        "links": _free_links(_LEAST),
        "places_of": np.full(2 * _LEAST, NOTHING, np.int64),
    }


def _free_links(length: int) -> Array:
    links = np.zeros(length, LINK)
    links["chain"], links["newer"] = NOTHING, np.append(np.arange(1, length), NOTHING)
    return links


def with_room_for_companies(state: Tables, takes: int) -> Tables:
    """The same, with links for so many turns of companies that nobody had before, or all that are remembered."""
    old, used = len(state.links), remembered(state)
    most = max(used, int(state.marks[0]["most"]) * len(state.chains)) + 1  # one is forgotten after another one came
    needed = min(used + takes + 1, most)
    if not len(state.chains) or needed <= old:
        return state
    links = _free_links(_doubled(old, needed))
    links[:old] = state.links
    links[-1]["newer"], state.marks[0]["link"] = state.marks[0]["link"], old
    grown = state._replace(links=links, places_of=np.full(2 * len(links), NOTHING, np.int64))
    _file(state_of(grown))
    return grown


def remembered(state: Tables) -> int:
    return int(state.chains["count"].sum())


@njit(nogil=True)
def _file(state: TurnState) -> None:
    for number in range(state.places // 2):
        link = table(state.links, LINK)[number]
        if link.chain >= 0:
            table(state.places_of, NUMBER)[_place(state, link.chain, link.company)] = number


@njit(nogil=True)
def _home(state: TurnState, chain: int, company: int) -> Any:
    mixed = np.uint64(chain) * np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(company) * np.uint64(0xC2B2AE3D27D4EB4F)
    return np.int64((mixed ^ (mixed >> np.uint64(29))) & np.uint64(state.places - 1))


@njit(nogil=True)
def _place(state: TurnState, chain: int, company: int) -> int:
    """Where in the table a company's link is, or would be."""
    at, links = _home(state, chain, company), table(state.links, LINK)
    while True:
        number = table(state.places_of, NUMBER)[at]
        if number < 0 or (links[number].company == company and links[number].chain == chain):
            return at  # type: ignore[no-any-return]
        at = (at + 1) & (state.places - 1)


@njit(nogil=True)
def last_of(state: TurnState, chain: int, company: int) -> int:
    """Who had a company's last record."""
    number = table(state.places_of, NUMBER)[_place(state, chain, company)]
    return table(state.links, LINK)[number].user if number >= 0 else NOTHING


@njit(nogil=True)
def note_company(state: TurnState, chain: int, company: int, user: int) -> None:
    """As `State.note_company`."""
    chained, links, mark = table(state.chains, CHAIN)[chain], table(state.links, LINK), table(state.marks, MARK)[0]
    place = _place(state, chain, company)
    number = table(state.places_of, NUMBER)[place]
    if number >= 0:
        _unchain(state, chain, number)
    else:
        number = mark.link
        if number < 0:
            raise ValueError("there are more turns than were made ready for")
        mark.link = links[number].newer
        table(state.places_of, NUMBER)[place] = number
        links[number].chain, links[number].company = chain, company
        chained.count += 1
    links[number].user, links[number].older, links[number].newer = user, chained.newest, NOTHING
    if chained.newest < 0:
        chained.oldest = number
    else:
        links[chained.newest].newer = number
    chained.newest = number
    if chained.count > mark.most:
        _forget(state, chain, chained.oldest)


@njit(nogil=True)
def _unchain(state: TurnState, chain: int, number: int) -> None:
    chained, links = table(state.chains, CHAIN)[chain], table(state.links, LINK)
    older, newer = links[number].older, links[number].newer
    if older < 0:
        chained.oldest = newer
    else:
        links[older].newer = newer
    if newer < 0:
        chained.newest = older
    else:
        links[newer].older = older


@njit(nogil=True)
def _forget(state: TurnState, chain: int, number: int) -> None:
    links, index, mark = table(state.links, LINK), table(state.places_of, NUMBER), table(state.marks, MARK)[0]
    hole = _place(state, chain, links[number].company)
    _unchain(state, chain, number)
    at, mask = hole, state.places - 1
    while True:  # whoever would not be found beyond the hole moves into it
        at = (at + 1) & mask
        other = index[at]
        if other < 0:
            break
        home = _home(state, links[other].chain, links[other].company)
        if ((at - home) & mask) >= ((at - hole) & mask):
            index[hole] = other
            hole = at
    index[hole] = NOTHING
    links[number].chain, links[number].newer, mark.link = NOTHING, mark.link, number
    table(state.chains, CHAIN)[chain].count -= 1


def companies_of_chain(state: Tables, chain: int) -> list[tuple[int, int]]:
    """Companies and who had their last records, those that were longest away first."""
    found = []
    number = int(state.chains[chain]["oldest"])
    while number >= 0:
        _, company, user, _, number = state.links[number].tolist()
        found.append((company, user))
    return found
