"""Counts by small integers, of batch after batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from flowctl.engine.bulk import NONE, Names

Ints = np.ndarray[Any, Any]
DENSE = 1 << 21  # pairs that are found in a table; where there are more, they are sorted


class Counts:
    """How often each code was met; codes from -1."""

    def __init__(self) -> None:
        self._found = np.zeros(0, np.int64)

    def add(self, codes: Ints) -> None:
        new = np.bincount(codes + 1, minlength=len(self._found))
        new[: len(self._found)] += self._found
        self._found = new

    def __getitem__(self, code: int) -> int:
        return int(self._found[code + 1]) if code + 1 < len(self._found) else 0

    def codes(self) -> Iterator[int]:
        """Those that were met."""
        return (int(at) - 1 for at in np.flatnonzero(self._found))

    def total(self) -> int:
        return int(self._found.sum())


class Pairs:
    """How often each pair of codes was met, each with a number in the order in which they were met first."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._wide = 0
        self._known = np.zeros(0, np.int64)  # the numbers by pair, where codes are few
        self.numbers: dict[tuple[int, int], int] = {}
        self.counts = Counts()

    def add(self, before: Ints, after: Ints) -> Ints:
        """The numbers of some pairs."""
        self._widen()
        keys = (before.astype(np.int64) + 1) * self._wide + after + 1
        found = self._known[keys] if len(self._known) else np.full(len(keys), NONE, np.int64)
        new = np.flatnonzero(found == NONE)
        if len(new):
            there, firsts, inverse = np.unique(keys[new], return_index=True, return_inverse=True)
            numbers = np.zeros(len(there), np.int64)
            for at in np.argsort(firsts):
                numbers[at] = self._number(int(there[at]))
            found[new] = numbers[inverse]
        self.counts.add(found)
        return found

    def _widen(self) -> None:
        """Makes room for all names; there may be new ones."""
        if self._wide == len(self._names) + 1:
            return
        self._wide = len(self._names) + 1
        self._known = np.full(self._wide**2 if self._wide**2 <= DENSE else 0, NONE, np.int64)
        if len(self._known):
            for (before, after), number in self.numbers.items():
                self._known[(before + 1) * self._wide + after + 1] = number

    def _number(self, key: int) -> int:
        before, after = divmod(key, self._wide)
        number = self.numbers.setdefault((before - 1, after - 1), len(self.numbers))
        if len(self._known):
            self._known[key] = number
        return number

    def named(self) -> Iterator[tuple[int, str, str, int]]:
        """Number, names and count of each."""
        for (before, after), number in self.numbers.items():
            yield number, self._names[before], self._names[after], self.counts[number]
