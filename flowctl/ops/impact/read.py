"""Leads of files of any size and form, to be routed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self, cast

from flowctl import document
from flowctl.columns import Input as Opened
from flowctl.columns import Place, Problem, Wanted, open_records, wanted_of
from flowctl.columns.arrival import in_arrival_order
from flowctl.columns.bad import NoneRead, places_of
from flowctl.diag import FlowctlError
from flowctl.engine.bulk.engine import Chunk, Reads
from flowctl.flow import Model
from flowctl.ops.impact import few
from flowctl.ops.impact.choice import LARGE, STDIN, has_foreign, is_by_column
from flowctl.ops.impact.report import Bad, Input
from flowctl.ops.leads import Source, read_leads
from flowctl.ops.rehearsal import Request
from flowctl.ops.simulate import NAMES, Arrival

NO_LEADS = "a first row with the names of columns, and a row for each lead"
MAPPING = "as in `Lead Source: LeadSource`: what the file calls a column, and the field that it is"


class Records(Protocol):
    """Leads to route, which may be read once; used by `with`."""

    def begin(self) -> None:
        """Starts to read them, where that can be done while other things are."""

    def chunks(self, *, in_order: bool) -> Iterator[Chunk]:
        """Batches: in order of arrival, or in that of the input."""

    def total(self, done: int) -> int:
        """How many leads there are, about, when so many are done; 0 where nobody knows."""

    def told(self) -> Input:
        """What reading them told; once all are read."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Few:
    """Leads that were read one by one."""

    def __init__(self, leads: list[Arrival], model: Model) -> None:
        self.leads, self.model = leads, model

    def begin(self) -> None:
        pass

    def chunks(self, *, in_order: bool) -> Iterator[Chunk]:
        return few.batches(self.leads, self.model.objects)

    def total(self, done: int) -> int:
        return len(self.leads)

    def told(self) -> Input:
        return Input()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        pass


class Many:
    """Leads that are read by the column."""

    def __init__(self, opened: Opened, wanted: Wanted) -> None:
        self.opened, self.wanted = opened, wanted

    def begin(self) -> None:
        self.opened.begin()

    def chunks(self, *, in_order: bool) -> Iterator[Chunk]:
        return in_arrival_order(self.opened.chunks(), is_sorted=not in_order)

    def total(self, done: int) -> int:
        if self.opened.rows is not None:
            return self.opened.rows
        read, size = self.opened.read, self.opened.size
        return round(done * size / read) if size and read else 0

    def told(self) -> Input:
        bad = self.opened.bad
        found = (
            Bad(p.column, p.reason, p.count, tuple((place.file, place.line) for place in p.places))
            for p in bad.problems
        )
        return Input(tuple(found), bad.left_out, self.wanted.on_bad, self.opened.ignored, tuple(self._blank()))

    def _blank(self) -> Iterator[str]:
        """The record's own fields that are read and that no column holds; new records have no owner."""
        own = (path for path in self.wanted.now if len(path) == 1 and path != ("Owner",))
        return (path[0] for path in own if path not in self.opened.has and self.wanted.type_of(path))

    def __enter__(self) -> Self:
        self.opened.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.opened.__exit__(kind, error, trace)


def records_of(
    source: Source,
    request: Request,
    model: Model,
    flow: str,
    reads: Reads,
    now: dt.datetime,
    stream: Callable[[], IO[bytes]] | None = None,
    extra: tuple[str, ...] = (),
) -> Records:
    """The leads that a request names.

    Args:
        stream: What is piped in, where leads are `-`.
        extra: Columns that come along as they are.

    Raises:
        FlowctlError: They cannot be read.
    """
    name = request.leads
    assert name is not None, "there are no fixtures here"
    piped = stream() if name == STDIN and stream else None
    head = _peeked(piped) if piped else None
    on_spark = request.engine == "spark"
    is_plain = not (extra or on_spark or is_by_column(request, source.folder, head))
    if is_plain and not has_foreign(name, source.folder, fields_of(model, flow)):
        return Few(read_leads(source, name, model, flow, now), model)
    wanted = wanted_of(
        model,
        model.flows[flow],
        reads.now,
        reads.prior,
        now,
        also=tuple((name,) for name in NAMES),
        extra=extra,
        mapping=mapping_of(source, request.mapping),
        on_bad=request.on_bad_value,
        rejects=source.folder / request.rejects if request.rejects else None,
        missing_as_blank=request.missing_as_blank,
    )
    if on_spark:
        from flowctl.ops.impact.spark import OnSpark

        return OnSpark(request, source.folder, wanted)
    return Many(open_records([name], wanted, folder=source.folder, stdin=cast("Any", piped)), wanted)


def no_leads(request: Request, told: Input) -> FlowctlError:
    """There are none, or all were left out: what cannot be read is told with its places then."""
    if not told.rejected:
        return FlowctlError(f"`{request.leads}` holds no leads", hint=NO_LEADS)
    bad = [Problem(b.column, b.reason, b.values, tuple(Place(0, *place) for place in b.places)) for b in told.bad]
    what = f"none of the {told.rejected:,} leads in `{request.leads}` can be read"
    if told.rejected == 1:
        what = f"the only lead in `{request.leads}` cannot be read"
    hint = "`--rejects rejects.csv` writes all that cannot be read to a file, by line and column"
    if request.rejects:
        hint = f"`{request.rejects}` has all that cannot be read, by line and column"
    return NoneRead(what, hint=hint, found=places_of(bad))


def fields_of(model: Model, flow: str) -> frozenset[str]:
    """What a column of a flow's leads may be called, up to a point."""
    of = model.flows[flow]
    return frozenset(("prior", *model.objects[of.object].fields, *model.related(of)))


def _peeked(stream: IO[bytes]) -> bytes:
    """The beginning of what is piped in, which stays to be read."""
    peek: Callable[[int], bytes] = getattr(stream, "peek")  # noqa: B009 -- of a buffered reader
    return peek(LARGE + 1)


def mapping_of(source: Source, name: str | None) -> dict[str, str]:
    """What a mapping file says: from columns to fields.

    Raises:
        FlowctlError: It cannot be read.
    """
    if name is None:
        return {}
    file, data = source.read(name)
    found = document.read(f"{Path(file).name}.yaml" if file.endswith(".csv") else file, data)
    said = document.data(found.root)
    if found.problems:
        raise FlowctlError(f"`{file}` cannot be read", found=found.problems)
    if not isinstance(said, dict) or not all(isinstance(target, str) for target in said.values()):
        raise FlowctlError(f"`{file}` is no mapping of columns to fields", hint=MAPPING)
    return {column: str(target) for column, target in said.items()}
