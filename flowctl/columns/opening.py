"""Opens records of any size: files, folders, patterns, what is piped in, DuckDB."""

from __future__ import annotations

import glob
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from flowctl.columns.assemble import batch_of
from flowctl.columns.bad import Bad
from flowctl.columns.batch import Batch
from flowctl.columns.source import Piece, Progress, Source
from flowctl.columns.streams import ENDINGS, PACKED, Origin, form_of, origin_of, spooled
from flowctl.columns.wanted import Wanted
from flowctl.diag import FlowctlError

STDIN = "-"
DUCKDB = "duckdb:"


class Input:
    """Records that are being read. Used by `with`: the rejects file is in its place when all went well.

    Attributes:
        rows: How many records there are, where that is known beforehand.
        size: How many bytes there are to read, where that is known: not of packed files.
        ignored: Columns that nobody asked for.
        bad: What could not be read so far.
    """

    def __init__(self, sources: Sequence[Source], wanted: Wanted, remove: Path | None = None) -> None:
        self._sources, self._wanted, self._remove = sources, wanted, remove
        self._progress = Progress()
        self.bad = Bad(wanted.rejects if wanted.on_bad != "fail" else None)
        self.rows = _sum([source.rows for source in sources])
        self.size = _sum([source.size for source in sources])
        plans = [source.plan for source in sources if source.plan]
        self.ignored = tuple(dict.fromkeys(name for plan in plans for name in plan.ignored))
        self.has = frozenset(path for plan in plans for path in plan.now)  # what some file has, of what is wanted

    @property
    def read(self) -> int:
        """How many bytes have been read."""
        return self._progress.read

    @property
    def records(self) -> int:
        """How many records have been found."""
        return self._progress.records

    @property
    def footer(self) -> int:
        """How many lines at the ends of reports were no records."""
        return sum(source.footer for source in self._sources)

    def chunks(self) -> Iterator[partial[Batch]]:
        """The records in order, piece by piece; any thread may call a piece, once."""
        for source in self._sources:
            for piece in source.pieces(self._progress):
                yield partial(self._batch, piece)

    def _batch(self, piece: Piece) -> Batch:
        return batch_of(piece(), self._wanted, self.bad)

    def __enter__(self) -> Input:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        try:
            self.bad.finish(keep=kind is None)
        finally:
            if self._remove:
                self._remove.unlink(missing_ok=True)


def open_records(
    names: Sequence[str], wanted: Wanted, *, folder: Path | None = None, stdin: BinaryIO | None = None
) -> Input:
    """Opens records, and finds their columns.

    Args:
        names: Files, folders, patterns, `-`, `file:` URLs, `duckdb:…`; they are read in this order.
        folder: That names are relative to.
        stdin: What `-` reads.

    Raises:
        FlowctlError: Something is not there, cannot be read, or lacks a column.
    """
    spool = _spool() if STDIN in names else None
    try:
        sources: list[Source] = []
        for name in names:
            if name == STDIN and spool:
                sources.append(source_of(spooled(stdin or sys.stdin.buffer, spool), wanted))
            elif name.startswith(DUCKDB):
                sources.append(_duckdb(name, wanted, folder or Path()))
            else:
                sources += [source_of(origin, wanted) for origin in _origins(name, folder or Path())]
    except BaseException:
        if spool:
            spool.unlink(missing_ok=True)
        raise
    return Input(sources, wanted, spool)


def source_of(origin: Origin, wanted: Wanted) -> Source:
    """A file by its form."""
    form = form_of(origin)
    if form == "csv":
        from flowctl.columns.csv_files import CsvSource

        return CsvSource(origin, wanted)
    if form == "parquet":
        from flowctl.columns.parquet_files import ParquetSource

        return ParquetSource(origin, wanted)
    if form in ("arrow", "stream"):
        from flowctl.columns.arrow_files import ArrowSource, ArrowStreamSource

        return ArrowSource(origin, wanted) if form == "arrow" else ArrowStreamSource(origin, wanted)
    from flowctl.columns.json_files import NdjsonSource, WholeSource

    return NdjsonSource(origin, wanted) if form == "ndjson" else WholeSource(origin, wanted, form)


def _duckdb(name: str, wanted: Wanted, folder: Path) -> Source:
    from flowctl.columns.duckdb_tables import DuckdbSource

    return DuckdbSource(name, wanted, folder)


def _spool() -> Path:
    handle, path = tempfile.mkstemp(prefix="flowctl-stdin-")
    os.close(handle)
    return Path(path)


def _origins(name: str, folder: Path) -> Iterator[Origin]:
    if name.startswith("file:"):
        name = unquote(urlsplit(name).path)
    path = folder / name
    if path.is_dir():
        yield from _in_folder(path, name)
    elif path.exists() or not glob.has_magic(name):
        yield origin_of(path, name)
    else:
        found = sorted(glob.glob(str(path), recursive=True))
        files = [Path(one) for one in found if Path(one).is_file()]
        if not files:
            raise FlowctlError(f"no file is called like `{name}`", hint="as in `leads/*.parquet`, in quotes")
        yield from (origin_of(file, _shown(file, folder)) for file in files)


def _in_folder(path: Path, name: str) -> Iterator[Origin]:
    files = sorted(file for file in path.rglob("*") if file.is_file() and _is_data(file, path))
    if not files:
        hint = "Parquet, CSV, NDJSON or Arrow, also packed by gzip or zstd"
        raise FlowctlError(f"there are no files with records in `{name}`", hint=hint)
    yield from (origin_of(file, str(Path(name) / file.relative_to(path))) for file in files)


def _is_data(file: Path, folder: Path) -> bool:
    """Whether a file is one of records: Spark and editors leave others beside them."""
    if any(part.startswith((".", "_")) for part in file.relative_to(folder).parts):
        return False
    name = file.name.lower()
    for ending in PACKED:
        name = name.removesuffix(ending)
    return Path(name).suffix in ENDINGS


def _shown(file: Path, folder: Path) -> str:
    return str(file.relative_to(folder)) if folder != Path() and file.is_relative_to(folder) else str(file)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
