"""Opens records of any size: files, folders, patterns, what is piped in, DuckDB."""

from __future__ import annotations

import glob
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from flowctl.columns.ahead import Ahead
from flowctl.columns.assemble import batch_of
from flowctl.columns.bad import Bad, is_kept
from flowctl.columns.batch import Batch
from flowctl.columns.headers import require_mapped
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
        self._ahead: Ahead[Batch] | None = None
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

    def begin(self) -> None:
        """Starts to read, in a thread: what routes the records may be made meanwhile. Not of tables of DuckDB."""
        if self.size is not None:
            self._ahead = Ahead(self._chunks())

    def chunks(self) -> Iterator[Callable[[], Batch]]:
        """The records in order, piece by piece; any thread may call a piece, once."""
        return self._ahead.pieces() if self._ahead else self._chunks()

    def _chunks(self) -> Iterator[Callable[[], Batch]]:
        for source in self._sources:
            for piece in source.pieces(self._progress):
                yield partial(self._batch, piece)

    def _batch(self, piece: Piece) -> Batch:
        return batch_of(piece(), self._wanted, self.bad)

    def __enter__(self) -> Input:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        try:
            if self._ahead:
                self._ahead.stop()
            self.bad.finish(keep=is_kept(kind))
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
    _forgo_pandas()
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
        require_mapped([source.plan for source in sources if source.plan], wanted)
    except BaseException:
        if spool:
            spool.unlink(missing_ok=True)
        raise
    return Input(sources, wanted, spool)


def _forgo_pandas() -> None:
    """Before its first array pyarrow loads pandas where that is installed, to know its arrays: most of half a second.

    It is told that there is none, unless somebody has loaded it; where pyarrow needs it later, it asks again.
    """
    if "pandas" in sys.modules:
        return
    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array(())
    finally:
        sys.meta_path.remove(_NoPandas)


class _NoPandas:
    """Finds no pandas."""

    @staticmethod
    def find_spec(name: str, path: object, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


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
