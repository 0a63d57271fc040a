"""A line on the terminal for what takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flowctl.cli.stream import look_of

Tick = Callable[[int, int], None]  # what is done, of how many

PATIENCE = 1.0  # seconds before anything is shown
EVERY = 0.1  # seconds between two looks
BAR = 24  # columns


@contextmanager
def progress(what: str) -> Iterator[Tick]:
    """Shows how far something is, once it has taken a second; on a terminal only, and gone when it is done."""
    stream = sys.stderr
    shown = began = time.monotonic()
    drawn = False

    def tick(done: int, total: int) -> None:
        nonlocal shown, drawn
        now = time.monotonic()
        if now - began > PATIENCE and now - shown > EVERY:
            shown, drawn = now, True
            stream.write("\r" + line(what, done, total)[: look_of(stream).width - 1])
            stream.flush()

    try:
        yield tick if stream.isatty() else _silent
    finally:
        if drawn:
            stream.write("\r" + " " * (look_of(stream).width - 1) + "\r")
            stream.flush()


def _silent(done: int, total: int) -> None:
    pass


def line(what: str, done: int, total: int) -> str:
    full = BAR * done // total if total else BAR
    return f"{what} {'█' * full}{'░' * (BAR - full)} {done:,} of {total:,}"
