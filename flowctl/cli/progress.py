"""A line on the terminal for what takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

Tick = Callable[[int, int], None]  # what is done, of how many

PATIENCE = 1.0  # seconds before anything is shown


def progress(what: str) -> AbstractContextManager[Tick]:
    """Shows how far something is, once it has taken a second; on a terminal only, and gone when it is done."""
    return _shown(what, _bar)


def rows_progress(what: str) -> AbstractContextManager[Tick]:
    """The same of rows, with how many are done in a second; of how many may be about, or 0 where nobody knows."""
    return _shown(what, _rows)


@contextmanager
def _shown(what: str, bar: Callable[[str, float], AbstractContextManager[Tick]]) -> Iterator[Tick]:
    began = time.monotonic()
    shown: Tick | None = None

    def tick(done: int, total: int) -> None:
        nonlocal shown
        if shown is None and time.monotonic() - began > PATIENCE:
            shown = stack.enter_context(bar(what, began))
        if shown:
            shown(done, total)

    with ExitStack() as stack:
        yield tick if sys.stderr.isatty() else _silent


@contextmanager
def _bar(what: str, began: float) -> Iterator[Tick]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn(what, markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task(what)
        yield lambda done, total: drawn.update(task, completed=done, total=total)


@contextmanager
def _rows(what: str, began: float) -> Iterator[Tick]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn(what, markup=False), BarColumn(), TextColumn("{task.fields[told]}", markup=False))
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task(what, total=None, told="")

        def tick(done: int, total: int) -> None:
            rate = done / max(time.monotonic() - began, PATIENCE)
            drawn.update(task, completed=done, total=total or None, told=f"{done:,} rows, {rate:,.0f} a second")

        yield tick


def _silent(done: int, total: int) -> None:
    pass
