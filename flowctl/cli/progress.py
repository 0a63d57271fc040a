"""A line on the terminal for what takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

Tick = Callable[[int, int], None]  # what is done, of how many

PATIENCE = 1.0  # seconds before anything is shown


@contextmanager
def progress(what: str) -> Iterator[Tick]:
    """Shows how far something is, once it has taken a second; on a terminal only, and gone when it is done."""
    began = time.monotonic()
    shown: Tick | None = None

    def tick(done: int, total: int) -> None:
        nonlocal shown
        if shown is None and time.monotonic() - began > PATIENCE:
            shown = stack.enter_context(_bar(what))
        if shown:
            shown(done, total)

    with ExitStack() as stack:
        yield tick if sys.stderr.isatty() else _silent


@contextmanager
def _bar(what: str) -> Iterator[Tick]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(what, markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task(what)
        yield lambda done, total: drawn.update(task, completed=done, total=total)


def _silent(done: int, total: int) -> None:
    pass
