"""Files that are no text, told by their first bytes whatever they are called."""

from __future__ import annotations

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
_DUCKDB = slice(8, 12), b"DUCK"
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
_AS_CSV = "in Excel: save it as `CSV UTF-8`"
_HINTS: dict[Binary, str] = {
    "gzip": "unpack it: `gunzip {file}`",
    "zstd": "unpack it: `zstd -d {file}`",
    "workbook": _AS_CSV,
    "old workbook": _AS_CSV,
    "database": "`flowctl simulate duckdb:{file}` reads it",
}


def form_by_bytes(start: bytes) -> Binary | None:
    """What a file is that begins so; None for texts and for what is not known."""
    where, said = _DUCKDB
    if start[where] == said:
        return "database"
    return next((form for magic, form in _STARTS if start.startswith(magic)), None)


def no_text(file: str, form: Binary) -> FlowctlError:
    """The error that says what a file is, and what to type."""
    hint = _HINTS.get(form, "`flowctl simulate {file}` reads it").format(file=file)
    return FlowctlError(f"`{file}` is {_WORDS[form]}", hint=hint)
