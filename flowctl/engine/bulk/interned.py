"""Companies by number."""

from __future__ import annotations

from collections.abc import Iterable


class Interned:
    """Names by number; numbers of those forgotten are given again."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = self._free.pop() if self._free else len(self._names)
            self._names[number : number + 1] = [name]
        return number

    def name(self, number: int) -> str:
        return self._names[number]

    def keep(self, numbers: Iterable[int]) -> None:
        """Forgets all others."""
        self._numbers = {self._names[number]: number for number in numbers}
        self._free = sorted({*range(len(self._names))} - {*self._numbers.values()}, reverse=True)
