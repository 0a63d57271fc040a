"""The leads of a file, in batches, with columns that come along as they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from flowctl.diag import FlowctlError, did_you_mean
from flowctl.engine import World
from flowctl.engine.bulk import Engine, Names, engine_of
from flowctl.engine.bulk.engine import Chunk, Reads
from flowctl.engine.bulk.judged import JudgedEngine
from flowctl.flow import Model
from flowctl.ops.impact.choice import ONE_BY_ONE, STDIN, has_foreign, is_by_column
from flowctl.ops.impact.few import SIZE, batch_of
from flowctl.ops.impact.read import Few, Records, fields_of, records_of
from flowctl.ops.leads import Source
from flowctl.ops.rehearsal import Request
from flowctl.ops.simulate import Arrival, arrivals
from flowctl.tables import Row, read_rows


def records_with(
    source: Source,
    request: Request,
    model: Model,
    flow: str,
    reads: Reads,
    now: dt.datetime,
    extra: tuple[str, ...] = (),
) -> Records:
    """The leads that a request names.

    Args:
        now: When those without a `CreatedDate` are routed.
        extra: Columns that come along as they are.

    Raises:
        FlowctlError: The file cannot be read, lacks one of the columns, or does not fit the flow's object.
    """
    name = request.leads or ""
    if request.engine == "spark":
        return records_of(source, request, model, flow, reads, now, extra=extra)
    is_one_by_one = name == STDIN or name.lower().endswith(ONE_BY_ONE) or not _is_large(request, source)
    if not (extra and is_one_by_one) or request.mapping or request.on_bad or request.rejects:
        return records_of(source, request, model, flow, reads, now, extra=extra)
    file, content = source.read(name)
    rows = read_rows(file, content)
    _require(file, rows, extra)
    if has_foreign(name, source.folder, fields_of(model, flow), extra):
        return records_of(source, request, model, flow, reads, now, extra=extra)
    return _few(file, rows, model, flow, now, extra)


def engine_by_size(
    source: Source, request: Request, worlds: Sequence[World], flow: str, names: Names | None = None
) -> Engine[Any]:
    """An engine with full paths for the leads of a request: the judge for few, since it is ready at once."""
    if request.engine == "spark":
        from flowctl.engine.bulk.together import Together

        engine = engine_of(worlds, flow, full_paths=True, names=names)
        return Together(engine, worlds, flow, full_paths=True)
    if _is_large(request, source):
        return engine_of(worlds, flow, full_paths=True, names=names)
    return JudgedEngine(worlds, flow, names or Names(), full_paths=True)


def _is_large(request: Request, source: Source) -> bool:
    """Whether the leads are read by the column, also where no column had to be missing."""
    return is_by_column(replace(request, missing_as_blank=False), source.folder)


class _Few(Few):
    """Leads that were read one by one, and the columns that come along."""

    def __init__(self, leads: list[Arrival], rows: Sequence[Row], model: Model, extra: Sequence[str]) -> None:
        super().__init__(leads, model)
        self._rows, self._extra = rows, extra

    def chunks(self, *, in_order: bool) -> Iterator[Chunk]:
        for at in range(0, len(self.leads), SIZE):
            some = self.leads[at : at + SIZE]
            extra = {name: self._along(name, some) for name in self._extra}
            batch = replace(batch_of(some, self.model.objects), extra=extra)
            yield lambda batch=batch: batch  # type: ignore[misc]

    def _along(self, name: str, leads: Sequence[Arrival]) -> pa.Array:
        cells = (_cells(self._rows[lead.position - 1]).get(name) for lead in leads)
        return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())


def _few(file: str, rows: Sequence[Row], model: Model, flow: str, now: dt.datetime, extra: Sequence[str]) -> Records:
    fields = model.objects[model.flows[flow].object].fields
    bare = [name for name in extra if name not in fields]
    plain = [replace(row, values={k: v for k, v in row.values.items() if k not in bare}) for row in rows]
    leads = arrivals(file, plain, model, model.flows[flow], now)
    if not leads:
        raise FlowctlError(f"`{file}` holds no leads", hint="CSV with the names of fields in its first row")
    return _Few(leads, rows, model, extra)


def _require(file: str, rows: Sequence[Row], extra: Sequence[str]) -> None:
    there = dict.fromkeys(name for row in rows for name in _cells(row))
    for name in extra:
        if rows and name not in there:
            hint = did_you_mean(name, there) or f"columns: {', '.join(there)}"
            raise FlowctlError(f"`{file}` has no column `{name}`", hint=hint)


def _cells(row: Row) -> Mapping[str, Any]:
    """The fields of a row's record, which may stand below the name of its object."""
    beside = ("related", "prior")
    below = [value for name, value in row.values.items() if isinstance(value, dict) and name not in beside]
    return {**row.values, **(below[0] if below else {})}
