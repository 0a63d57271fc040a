"""Results, written as they come: a file is there and complete, or it is not there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from flowctl.columns.beside import as_csv, aside, discard, is_own_place, opener, settle, unwritable
from flowctl.diag import FlowctlError
from flowctl.document.sheet import FORMULA

STDOUT = "-"
FORMS = (".csv", ".parquet")
_SUSPECT = r"^[=+\-@\t\r]"


class Writer:
    """Takes records, in batches of one schema."""

    def __init__(self, sink: Any, schema: pa.Schema, form: str, name: str) -> None:
        self.rows = 0
        self._schema, self._form, self._name = schema, form, name
        if form == ".parquet":
            self._writer: Any = pq.ParquetWriter(sink, schema, compression="zstd")
        else:
            options = pacsv.WriteOptions(quoting_style="needed")
            self._writer = pacsv.CSVWriter(sink, _as_texts(schema), write_options=options)

    def write(self, batch: pa.RecordBatch | pa.Table) -> None:
        """Writes some records.

        Raises:
            FlowctlError: They cannot be written, the disk is full perhaps.
        """
        self.rows += batch.num_rows
        if self._form == ".csv":
            columns = [shown(column) for column in batch.columns]
            batch = pa.Table.from_arrays(columns, schema=_as_texts(self._schema))
        elif isinstance(batch, pa.RecordBatch):
            batch = pa.Table.from_batches([batch])
        with _told(self._name):
            self._writer.write_table(batch)

    def close(self) -> None:
        with _told(self._name):
            self._writer.close()


@contextmanager
def writing(
    name: str, schema: pa.Schema, *, folder: Path | None = None, stdout: IO[bytes] | None = None
) -> Iterator[Writer]:
    """A file of results, CSV or Parquet by its ending; `-` is CSV to stdout.

    The file is written beside its place, and put there when all is done. In CSV, a text that a spreadsheet would take
    for a formula has a `'` before it.

    Raises:
        FlowctlError: It is of neither form, or cannot be written; then there is no such file, or the one before.
    """
    if name == STDOUT:
        writer = Writer(stdout or sys.stdout.buffer, schema, ".csv", "stdout")
        yield writer
        writer.close()
        return
    path = (folder or Path()) / name
    form = path.suffix.lower()
    is_device = is_own_place(path)
    if path.is_dir():
        raise FlowctlError(f"`{name}` is a folder", hint=f"name a file in it, as in `{name}/moved.csv`")
    if form not in FORMS and not is_device:
        said = "has no name before its ending" if path.name.lower() in FORMS else "is neither .csv nor .parquet"
        raise FlowctlError(f"`{name}` {said}", hint=f"as in `{as_csv(name)}`")
    sink = _Beside(path, name, is_device)
    writer = sink.open(schema, form if form in FORMS else ".csv")
    try:
        yield writer
        sink.finish(writer)
    finally:
        sink.clean()


class _Beside:
    """A file beside its place, which takes it when it is complete."""

    def __init__(self, path: Path, name: str, is_device: bool) -> None:
        self._path, self._name, self._is_device = path, name, is_device
        self._new = aside(path)
        self._file: IO[bytes] | None = None

    def open(self, schema: pa.Schema, form: str) -> Writer:
        with _told(self._name):
            try:
                self._file = open(self._new, "ab" if self._is_device else "wb", opener=opener(self._path))  # noqa: SIM115  # see `clean`
                return Writer(self._file, schema, form, self._name)
            except BaseException:
                self.clean()
                raise

    def finish(self, writer: Writer) -> None:
        writer.close()
        assert self._file is not None, "it is open"
        with _told(self._name):
            self._file.flush()
            if not self._is_device:
                os.fsync(self._file.fileno())
            self._file.close()
            settle(self._new, self._path)

    def clean(self) -> None:
        with suppress(OSError):
            if self._file:
                self._file.close()
        with suppress(OSError):
            discard(self._new, self._path)


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise unwritable(name, reason) from error


def _as_texts(schema: pa.Schema) -> pa.Schema:
    return pa.schema([(field.name, pa.string()) for field in schema])


def shown(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """A column as CSV has it: ids and numbers as they are, moments in UTC, lists joined by `;`."""
    of = values.type
    if pa.types.is_dictionary(of):
        values = values.cast(of.value_type)
        of = values.type
    if pa.types.is_string(of) or pa.types.is_large_string(of):
        return _defused(values.cast(pa.string()))
    if pa.types.is_timestamp(of):
        return _moments(values)
    if pa.types.is_list(of) or pa.types.is_large_list(of):
        return _defused(pc.binary_join(values.cast(pa.list_(pa.string())), ";"))
    return values.cast(pa.string())


def _moments(values: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """With milliseconds, as Salesforce has them, unless there is more to tell."""
    finest = values.cast(pa.timestamp("us", values.type.tz), safe=False)
    coarse = finest.cast(pa.timestamp("ms", values.type.tz), safe=False)
    same = pc.all(pc.equal(coarse.cast(finest.type), finest)).as_py() is not False
    return pc.strftime(
        coarse if same else finest, format="%Y-%m-%dT%H:%M:%SZ" if values.type.tz else "%Y-%m-%dT%H:%M:%S"
    )


def _defused(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    suspect = pc.fill_null(pc.match_substring_regex(texts, _SUSPECT), False)
    if not pc.any(suspect).as_py():
        return texts
    found = [
        defused(text) if is_suspect else text
        for text, is_suspect in zip(texts.to_pylist(), suspect.to_pylist(), strict=True)
    ]
    return pa.array(found, pa.string())


def defused(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if FORMULA.match(text) or text.startswith("\r") else text
