"""The first records, read by a thread of their own while something else is made ready for them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Generic, NoReturn, TypeVar

T = TypeVar("T")

MOST = 12  # pieces that wait; what bounds the memory
TURN = 0.0005  # seconds after which a thread that computes in Python lets the other one go on


class Ahead(Generic[T]):
    """Pieces of an input, of which the first ones are read at once.

    What goes wrong is told when the piece is asked for at which it did.
    """

    def __init__(self, pieces: Iterator[Callable[[], T]]) -> None:
        self._pieces = pieces
        self._read: list[Callable[[], T]] = []
        self._is_wanted = False
        self._turn = sys.getswitchinterval()
        sys.setswitchinterval(TURN)
        self._thread = threading.Thread(target=self._go, name="flowctl-ahead", daemon=True)
        self._thread.start()

    def _go(self) -> None:
        try:
            while not self._is_wanted and len(self._read) < MOST:
                piece = next(self._pieces, None)
                if piece is None:
                    return
                self._read.append(_given(piece()))
        except BaseException as error:
            self._read.append(_raised(error))

    def stop(self) -> None:
        """Reads nothing more ahead; returns when the piece that is being read is done."""
        self._is_wanted = True
        self._thread.join()
        sys.setswitchinterval(self._turn)

    def pieces(self) -> Iterator[Callable[[], T]]:
        """All pieces, in order."""
        self.stop()
        self._read.reverse()
        while self._read:
            yield self._read.pop()
        yield from self._pieces


def _given(value: T) -> Callable[[], T]:
    """Gives a value, and keeps it no longer."""
    held = [value]
    return lambda: held.pop()


def _raised(error: BaseException) -> Callable[[], NoReturn]:
    def fail() -> NoReturn:
        raise error

    return fail
