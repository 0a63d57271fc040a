"""A program as the walk reads it: every step the same few loads, so that there is nothing to guess for the processor.

All that a record's steps read and write is a row of 16-bit numbers, its cells: its codes, its registers, whether its
turn is nobody's (0 or 1), and one cell that nobody reads. A step is a row of eight numbers:

    cell  shift  mask  row  base  mark  into  value

It writes `value` into the cell `into`, most steps into the last one, and goes on to
`table[base + which[row + ((cells[cell] >> shift) & mask)]]`, which is where the row of the next step begins. Which of
its places each code leads to is the same for many steps, so that `which` and `table` stay small. An end, a turn and
UNKNOWN have the highest bit set; for the first two the others are their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

HALT = 0x80000000
UNKNOWN_PLACE = 0xFFFFFFFF
NOTHING = -1  # for a step without a mark
WIDTH = 8


class Abreast(NamedTuple):
    """See above."""

    steps: Any  # uint32[n * WIDTH], row by row, by the same places as the program's; then one that leads to itself
    which: Any  # uint16
    table: Any  # uint32
    opens: Any  # uint32[turns, 3]: the cells that hang on who has a turn
    cells: int


class Maker:
    """Makes the steps one after the other.

    Args:
        codes: How many slots a record has; its registers come after them.
    """

    def __init__(self, codes: int, registers: int) -> None:
        self.codes, self.turned, self.nobody = codes, codes + registers, codes + registers + 1
        self.steps: list[tuple[int, ...]] = []
        self.which: list[int] = []
        self.rows: dict[tuple[int, ...], int] = {}
        self.table: list[int] = []
        self.sizes: list[int] = []  # how many places each step has
        self.ends: list[bool] = []

    def made(self, opens: Sequence[Sequence[int | None]]) -> Abreast:
        """
        Args:
            opens: For each turn, the registers that hang on who has it: three, or None.
        """
        self.jump(0, 0, 0, (len(self.steps),), NOTHING)
        steps = np.array(self.steps, np.int64).astype(np.uint32).reshape(-1)
        which, table = np.array(self.which, np.uint16), np.array(self.table or [0], np.uint32)
        cells = [[self.nobody if r is None else self.codes + r for r in turn] for turn in opens]
        return Abreast(steps, which, table, np.array(cells, np.uint32).reshape(-1, 3), self.nobody + 1)

    def jump(self, slot: int, shift: int, mask: int, to: Sequence[int], mark: int) -> None:
        self._add(slot, shift, mask, to, mark, self.nobody, 0)

    def split(self, register: int, to: Sequence[int], mark: int) -> None:
        self._add(self.codes + register, 0, 0xFFFF, to, mark, self.nobody, 0)

    def set(self, register: int, value: int, to: Sequence[int], mark: int) -> None:
        """One with the step after it, unless both have a mark or records are parked there."""
        (place,), into = to, self.codes + register
        cell, shift, mask, row, base, mark_after, into_after, _ = self.steps[place]
        parks = UNKNOWN_PLACE in self.table[base : base + self.sizes[place]]
        if self.ends[place] or into_after != self.nobody or parks or NOTHING not in (mark, mark_after):
            self._add(self.nobody, 0, 0, to, mark, into, value)
        else:
            self._put((cell, shift, mask, row, base, max(mark, mark_after), into, value), self.sizes[place])

    def turn(self, somebody: int, nobody: int, mark: int) -> None:
        self._add(self.turned, 0, 1, (somebody, nobody), mark, self.nobody, 0, ends=True)

    def end(self, mark: int) -> None:
        self._add(self.nobody, 0, 0, (), mark, self.nobody, 0, ends=True)

    def _add(
        self, cell: int, shift: int, mask: int, to: Sequence[int], mark: int, into: int, value: int, ends: bool = False
    ) -> None:
        places = list(dict.fromkeys(to))
        by_place = {place: at for at, place in enumerate(places)}
        which = self._which(tuple(by_place[place] for place in to))
        self._put((cell, shift, mask, which, len(self.table), mark, into, value), len(places), ends)
        self.table += [self._place(place) for place in places]

    def _put(self, step: tuple[int, ...], size: int, ends: bool = False) -> None:
        self.steps.append(step)
        self.sizes.append(size)
        self.ends.append(ends)

    def _place(self, place: int) -> int:
        if place < 0:
            return UNKNOWN_PLACE
        return HALT | place if self.ends[place] else place * WIDTH

    def _which(self, row: tuple[int, ...]) -> int:
        if row not in self.rows:
            self.rows[row] = len(self.which)
            self.which += row
        return self.rows[row]
