"""Files that are no text, told by their first bytes whatever they are called."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import Literal

from flowctl.diag import FlowctlError

Binary = Literal["parquet", "arrow", "stream", "gzip", "zstd", "workbook", "old workbook", "database"]

MAGIC = 16  # bytes that are looked at
_STARTS: tuple[tuple[bytes, Binary], ...] = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "stream"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PK\x03\x04", "workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old workbook"),
)
_DUCKDB = slice(8, 12), b"DUCK"  # the number of its version follows, whose upper bytes are 0
_WORDS: dict[Binary, str] = {
    "parquet": "a Parquet file",
    "arrow": "an Arrow file",
    "stream": "an Arrow stream",
    "gzip": "packed by gzip",
    "zstd": "packed by zstd",
    "workbook": "a workbook or a ZIP, and no CSV",
    "old workbook": "a workbook of an old Excel, and no CSV",
    "database": "a database of DuckDB",
}
_PACKED = (".gz", ".zst", ".zstd")
_AS_CSV = "in Excel: save it as `CSV UTF-8`"
_HINTS: dict[Binary, str] = {
    "gzip": "unpack it: `gunzip -c {file} > {new}`",
    "zstd": "unpack it: `zstd -dc {file} > {new}`",
    "workbook": _AS_CSV,
    "old workbook": _AS_CSV,
    "database": "`flowctl simulate duckdb:{file}#TABLE` reads a table of it",
}


def form_by_bytes(start: bytes) -> Binary | None:
    """What a file is that begins so; None for texts and for what is not known."""
    where, said = _DUCKDB
    if start[where] == said and b"\0" in start[where.stop : MAGIC]:
        return "database"
    return next((form for magic, form in _STARTS if start.startswith(magic)), None)


def no_text(file: str, form: Binary) -> FlowctlError:
    """The error that says what a file is, and what to type."""
    hint = _HINTS.get(form, "`flowctl simulate {file}` reads it")
    hint = hint.format(file=shlex.quote(file), new=shlex.quote(_unpacked(file)))
    return FlowctlError(f"`{file}` is {_WORDS[form]}", hint=hint)


def _unpacked(file: str) -> str:
    """A name beside a file for what is in it: a new one, over which nothing is written."""
    path = PurePath(file)
    inner = PurePath(path.stem) if path.suffix.lower() in _PACKED else PurePath(path.name)
    return str(path.with_name(f"{inner.stem}-unpacked{inner.suffix}"))
