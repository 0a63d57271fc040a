"""Which items of a list moved, when as few as possible did."""

from __future__ import annotations

import bisect
from collections.abc import Sequence


def kept_in_order(places: Sequence[int]) -> frozenset[int]:
    """The positions of a longest rising run in `places`: everything else must move for all to rise."""
    tails: list[int] = []  # the smallest place that ends a rising run of each length
    ends: list[int] = []  # its position
    previous: list[int] = []
    for position, place in enumerate(places):
        length = bisect.bisect_left(tails, place)
        tails[length : length + 1] = [place]
        ends[length : length + 1] = [position]
        previous.append(ends[length - 1] if length else -1)
    kept = set()
    here = ends[-1] if ends else -1
    while here >= 0:
        kept.add(here)
        here = previous[here]
    return frozenset(kept)
