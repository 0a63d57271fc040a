"""Times measured in turns, so that a busy moment of the machine falls on all sides alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

Times: TypeAlias = list[float]  # seconds, one for each round


class NotMeasuredError(Exception):
    """Why a row of the table has no figure."""


def seconds(call: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    gc.collect()
    start = clock()
    call()
    return clock() - start


def cpu_seconds(call: Callable[[], object]) -> float:
    """For what happens in this process alone: other programs lengthen it less than the time on the wall."""
    return seconds(call, time.process_time)


def in_turns(calls: Sequence[Callable[[], object]], rounds: int) -> list[Times]:
    """The times of each call, all called once in each round: A B C, A B C. A first round, to warm up, is left out."""
    for call in calls:
        call()
    played = [[seconds(call) for call in calls] for _ in range(rounds)]
    return [list(times) for times in zip(*played, strict=True)]


def ratio(measured: Times, base: Times) -> float:
    """The median over the rounds of `measured` to `base` in the same round."""
    return statistics.median(ours / theirs for ours, theirs in zip(measured, base, strict=True))
