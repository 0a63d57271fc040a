"""A program as the walk reads it: every step the same few loads, so that there is nothing to guess for the processor.

All that a record's steps read and write is a row of 16-bit numbers, its cells: its codes, its registers, and one cell
that nobody reads. A step is a row of eight numbers:

    cell  shift  mask  row  base  mark  into  value

It writes `value` into the cell `into`, unless that is the last one, and goes on to
`table[base + which[row + ((cells[cell] >> shift) & mask)]]`. Which of its places each code leads to is the same for
many steps, so that `which` and `table` stay small. An end, a turn and UNKNOWN have the highest bit set; for the first
two the others are their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

HALT = 0x80000000
UNKNOWN_PLACE = 0xFFFFFFFF
WIDTH = 8


class Abreast(NamedTuple):
    """See above."""

    steps: Any  # uint32[n, WIDTH], by the same places as the program's
    which: Any  # uint16
    table: Any  # uint32
    cells: int


class Maker:
    """Makes the steps one after the other.

    Args:
        codes: How many slots a record has; its registers come after them.
    """

    def __init__(self, codes: int, registers: int) -> None:
        self.codes, self.nobody = codes, codes + registers
        self.steps: list[tuple[int, ...]] = []
        self.which: list[int] = []
        self.rows: dict[tuple[int, ...], int] = {}
        self.table: list[int] = []
        self.ends: list[bool] = []

    def made(self) -> Abreast:
        steps = np.array(self.steps, np.int64).astype(np.uint32)
        return Abreast(steps, np.array(self.which, np.uint16), np.array(self.table or [0], np.uint32), self.nobody + 1)

    def jump(self, slot: int, shift: int, mask: int, to: Sequence[int], mark: int) -> None:
        self._add(slot, shift, mask, to, mark, self.nobody, 0)

    def split(self, register: int, to: Sequence[int], mark: int) -> None:
        self._add(self.codes + register, 0, 0xFFFF, to, mark, self.nobody, 0)

    def set(self, register: int, value: int, to: Sequence[int], mark: int) -> None:
        self._add(self.nobody, 0, 0, to, mark, self.codes + register, value)

    def end(self, mark: int) -> None:
        self._add(self.nobody, 0, 0, (), mark, self.nobody, 0, ends=True)

    def _add(
        self, cell: int, shift: int, mask: int, to: Sequence[int], mark: int, into: int, value: int, ends: bool = False
    ) -> None:
        places = list(dict.fromkeys(to))
        by_place = {place: at for at, place in enumerate(places)}
        which = self._which(tuple(by_place[place] for place in to))
        self.steps.append((cell, shift, mask, which, len(self.table), mark, into, value))
        self.ends.append(ends)
        self.table += [UNKNOWN_PLACE if place < 0 else HALT | place if self.ends[place] else place for place in places]

    def _which(self, row: tuple[int, ...]) -> int:
        if row not in self.rows:
            self.rows[row] = len(self.which)
            self.which += row
        return self.rows[row]
