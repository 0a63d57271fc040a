"""Leads that Spark reads and routes, as `read.Many` reads them on one machine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType

from flowctl.columns import Wanted
from flowctl.columns.bad import is_kept
from flowctl.columns.batch import Batch
from flowctl.diag import FlowctlError
from flowctl.engine.bulk import Routed, engine_of
from flowctl.engine.bulk.cluster import session, source_of
from flowctl.engine.bulk.engine import Chunk
from flowctl.engine.bulk.spark import Run
from flowctl.engine.bulk.together import Together
from flowctl.ops.impact.choice import DUCKDB, STDIN
from flowctl.ops.impact.report import Bad, Input
from flowctl.ops.rehearsal import Request

HINT = "leave out `--engine spark`: this machine does"


class OnSpark:
    """Leads of a path or table; used by `with`, which starts Spark and ends it."""

    def __init__(self, request: Request, folder: Path, wanted: Wanted) -> None:
        self.request, self.folder, self.wanted = request, folder, wanted
        self.whole = bool(request.output or wanted.extra)
        self._open = ExitStack()
        self._run: Run | None = None
        if str(request.leads) == STDIN or str(request.leads).startswith(DUCKDB):
            raise FlowctlError(f"Spark does not read `{request.leads}`", hint=HINT)

    def routed(self, together: Together, found: Callable[[Batch], Batch] | None) -> Iterator[Routed]:
        """What happens to the leads; those that ask a roster come last, in order of arrival."""
        assert self._run, "used by `with`"
        run = self._run
        return run.routed(together, engine_of, full_paths=together.full_paths, found=found, whole=self.whole)

    def begin(self) -> None:
        pass

    def chunks(self, *, in_order: bool) -> Iterator[Chunk]:
        raise FlowctlError("leads that Spark reads are routed by Spark", hint=HINT)

    def total(self, done: int) -> int:
        return 0

    def told(self) -> Input:
        run = self._run
        assert run, "asked once all is read"
        found = (
            Bad(p.column, p.reason, p.count, tuple((place.file, place.line) for place in p.places))
            for p in run.bad.problems
        )
        missing = (path for path in self.wanted.now if path not in run.plan.now and self.wanted.type_of(path))
        blank = tuple(".".join(path) for path in missing)
        return Input(tuple(found), run.bad.left_out, self.wanted.on_bad, run.plan.ignored, blank)

    def __enter__(self) -> OnSpark:
        with ExitStack() as opened:
            spark = opened.enter_context(session(self.request.master))
            self._run = Run(source_of(spark, str(self.request.leads), self.folder), self.wanted)
            self._open = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._run:
                self._run.finish(keep=is_kept(kind))
        finally:
            self._open.__exit__(kind, error, trace)


def as_a_job(found: Callable[..., Batch], run: dt.datetime | None) -> Callable[[Batch], Batch] | None:
    """What becomes of batches before they are routed: a job finds its records unchanged at its run."""
    return partial(found, run=run) if run else None
