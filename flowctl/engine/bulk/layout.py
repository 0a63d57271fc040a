"""How turns lie in memory: tables of records, all of whole numbers. NOTHING stands for none.

Moments are microseconds since 1970 in UTC, days are as `date.toordinal` counts them. Lists of different lengths lie
one after another; `first` is where one begins, `end` where it has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numba import carray, njit, types  # type: ignore[attr-defined]
from numba.core.cgutils import voidptr_t
from numba.extending import intrinsic

Array: TypeAlias = "np.ndarray[Any, Any]"

NOTHING = -1
EVER = 1 << 62  # later than any moment, and more than any cap; no moment is before its negative


def _of(*names: str) -> np.dtype[Any]:
    return np.dtype([(name, np.int64) for name in names])


# `present` members are in line, from `since` until `until`, as long as nobody reaches a cap. `chain` is that of its
# companies, where it is sticky. `asked` is the number of the turn that it was first asked for.
ROSTER = _of("first", "end", "counts", "chain", "present", "since", "until", "asked")

# A member. `is_dated` is who has a leave or a cap. The rest is what holds for the time being: from `since` until
# `until` whether it is time to work and which leave they are on; how many more they can be given; and, as long as they
# are in line, who takes their turns: a user, maybe with a slot, and the load of that one.
SLOT = _of(
    "user", "load", "zone", "desk", "is_active", "is_dated", "cap_day", "cap_week", "first_leave", "end_leave",
    "since", "until", "works", "leave", "room", "owner", "taker", "taken",
)  # fmt: skip

# A cover has a slot or is from outside; then `is_there` says whether they are active.
LEAVE = _of("since", "until", "cover", "slot", "load", "is_there")

# A zone's clock, with what it showed last, and how long it shows that; the offset that holds from a moment on.
ZONE = _of("first", "end", "since", "until", "day", "offset")
SHIFT = _of("since", "offset")
SPAN = _of("since", "until")  # years that the clocks are known for; or hours of a day, from midnight

# Where people work by the same clock, week (its number * 7 is its Monday) and public holidays; whether it is open.
DESK = _of("zone", "week", "region", "since", "until", "is_open")
LIST = _of("first", "end")

# What somebody was given by a roster: a chain of days in the order in which they came. `met` is that of moments from
# `since` until `until`, `began` the number of the turn that was the first.
LOAD = _of("first", "met", "since", "until", "began", "zone")
DAY_LINK = _of("day", "count", "next")

# Who had a company's last record, from the oldest to the newest of a roster. Free links are of no chain.
CHAIN = _of("oldest", "newest", "count")
LINK = _of("chain", "company", "user", "older", "newer")

MARK = _of("turns", "day_link", "link", "most")  # turns so far, the first free links, how many companies are remembered
NUMBER = np.dtype(np.int64)
TRUTH = np.dtype(np.bool_)


class Tables(NamedTuple):
    """`points` and `weights` are by slot. `line` is who can have a turn: slots, from where the roster's own begin;
    `fitting` who of them is wanted. `places_of` is where links are found by chain and company: twice as many places as
    there are links.
    """

    marks: Array
    rosters: Array
    slots: Array
    points: Array
    weights: Array
    line: Array
    fitting: Array
    leaves: Array
    known: Array
    zones: Array
    shifts: Array
    desks: Array
    days: Array
    hours: Array
    regions: Array
    holidays: Array
    loads: Array
    day_links: Array
    chains: Array
    links: Array
    places_of: Array


class TurnState(NamedTuple):
    """Where the tables are in memory, and how many `spans` and `places` there are.

    An array that is handed from one compiled function to another is counted in and out each time; twenty of them would
    take longer than a turn. So these are addresses, which hold as long as the tables do.
    """

    marks: int
    rosters: int
    slots: int
    points: int
    weights: int
    line: int
    fitting: int
    leaves: int
    known: int
    zones: int
    shifts: int
    desks: int
    days: int
    hours: int
    regions: int
    holidays: int
    loads: int
    day_links: int
    chains: int
    links: int
    places_of: int
    spans: int
    places: int


def state_of(tables: Tables) -> TurnState:
    return TurnState._make([*(one.ctypes.data for one in tables), len(tables.known), len(tables.places_of)])


@intrinsic
def _pointer(_: Any, address: Any) -> Any:
    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], voidptr_t)

    return types.voidptr(types.int64), made


@njit(nogil=True)
def table(address: int, kind: Any) -> Array:
    """A table by its address, for compiled functions; it does not know where it ends."""
    return carray(_pointer(address), (1 << 40,), kind)  # type: ignore[call-arg]


def records(kind: np.dtype[Any], rows: Sequence[tuple[int, ...]]) -> Array:
    return np.array([*rows], kind)
