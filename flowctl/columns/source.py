"""What the forms of files have in common: a plan of their columns, and pieces that any thread may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

from flowctl.columns.assemble import Records
from flowctl.columns.headers import Plan

Piece: TypeAlias = Callable[[], Records]


class Progress:
    """How far an input has been cut into pieces."""

    def __init__(self) -> None:
        self.read = 0  # bytes
        self._part = 0
        self._position = 1

    @property
    def records(self) -> int:
        return self._position - 1

    def take(self, records: int) -> tuple[int, int]:
        """The number of the next piece, and the position of its first record."""
        taken = self._part, self._position
        self._part += 1
        self._position += records
        return taken


class Source(Protocol):
    """A file, or what is like one. `plan` is None when there is nothing in it."""

    @property
    def name(self) -> str: ...
    @property
    def plan(self) -> Plan | None: ...
    @property
    def rows(self) -> int | None: ...  # where that is known beforehand
    @property
    def size(self) -> int | None: ...  # bytes
    @property
    def footer(self) -> int: ...  # lines at the end that are no records

    def pieces(self, progress: Progress) -> Iterator[Piece]: ...
