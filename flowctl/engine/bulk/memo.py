"""What was found out once in a run and holds for all of its batches. Two threads may use it at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST = 1 << 20  # answers that one kind of question keeps; about 200 MB at most


class Answers(Generic[K, V]):
    """Answers to questions of one kind; all are forgotten when there are too many of them.

    Threads that ask the same at once may each find it out: the answers are equal.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most, self._known = most, dict[K, V]()

    def all_of(self, keys: Iterable[K], find: Callable[[K], V]) -> list[V]:
        """The answer for each key; what is not known yet is found out."""
        known = self._known
        if len(known) > self._most:
            known = self._known = {}
        answers = []
        for key in keys:
            if key not in known:
                known[key] = find(key)
            answers.append(known[key])
        return answers


class Memo:
    """One for each run."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._made: dict[Hashable, Any] = {}
        self._kept: list[object] = []

    def once(self, of: object, what: str, make: Callable[[], V]) -> V:
        """What is made of something, such as the index of a data set, when it is first asked for.

        `of` is known by its identity, and kept, so that nothing else comes to have that.
        """
        key = (id(of), what)
        if key not in self._made:
            with self._lock:
                if key not in self._made:
                    self._kept.append(of)
                    self._made[key] = make()
        found: V = self._made[key]
        return found

    def answers(self, of: object, what: str) -> Answers[Any, Any]:
        """The answers that are known to questions of one kind about something."""
        return self.once(of, f"answers {what}", Answers)
