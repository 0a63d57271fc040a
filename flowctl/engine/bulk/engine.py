"""What an engine for many records does, and the run of one over batches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar

from flowctl.columns.batch import Batch
from flowctl.data import dataclass
from flowctl.engine.bulk.outcomes import Differences, Names, Outcomes
from flowctl.engine.outcome import Outcome
from flowctl.expr import FieldPath

if TYPE_CHECKING:
    import numpy as np

THREADS = 2
AHEAD = 2  # batches that wait for each thread, at most: what bounds the memory

Chunk: TypeAlias = Callable[[], Batch]  # reads a batch; called by any thread
W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Reads:
    """What routing reads of the records: fields as they arrive, and as they were before an update.

    Each path comes with the nodes that read it, `lead/by_country`.
    """

    now: Mapping[FieldPath, tuple[str, ...]]
    prior: Mapping[FieldPath, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Routed:
    """A batch and what happens to it, under each version in the order in which they were given."""

    batch: Batch
    outcomes: tuple[Outcomes, ...]

    def at(self, rows: np.ndarray[Any, Any]) -> Routed:
        """Some of the records, and what happens to them."""
        return Routed(self.batch.at(rows), tuple(outcomes.at(rows) for outcomes in self.outcomes))


class Engine(Protocol[W]):
    """Routes batches under one version or several, each with turns of its own."""

    names: Names
    reads: Reads
    takes_turns: bool  # then batches must come in order of arrival

    def walk(self, batch: Batch, pool: Executor | None = None) -> W:
        """All that can be done without turns. Several threads may call it at once; idle ones of `pool` may help."""

    def settle(self, walked: W) -> Routed:
        """The rest; called by one thread, in order of arrival."""

    def differences(self, routed: Routed) -> Differences:
        """What differs between the first version (before) and the second (after), beside the owner."""

    def explain(self, routed: Routed, row: int, version: int) -> Outcome:
        """An outcome with its whole trace, as the judge gives it; the same owner, whoever's turn it was."""


def run(engine: Engine[W], chunks: Iterable[Chunk], threads: int = THREADS) -> Iterator[Routed]:
    """Routes batches as they come, in their order; only a few are in memory at a time."""
    if threads == 1:
        yield from (engine.settle(engine.walk(chunk())) for chunk in chunks)
        return
    waiting: deque[Future[W]] = deque()
    with ThreadPoolExecutor(threads, "flowctl-bulk") as pool:
        try:
            for chunk in chunks:
                waiting.append(pool.submit(_walked, engine, chunk, pool))
                if len(waiting) > threads * AHEAD:
                    yield engine.settle(waiting.popleft().result())
            while waiting:
                yield engine.settle(waiting.popleft().result())
        finally:
            for future in waiting:
                future.cancel()


def _walked(engine: Engine[W], chunk: Chunk, pool: Executor) -> W:
    return engine.walk(chunk(), pool)
