"""Which way leads go: read and told one by one, as a few are, or read by the column and counted.

Loads nothing that the first way does not load.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Container
from pathlib import Path

from flowctl.document import MAGIC, form_by_bytes
from flowctl.ops.rehearsal import Request

LARGE = 1_000_000  # bytes of leads from which on they are counted
MANY = 2_000  # leads
ONE_BY_ONE = (".yaml", ".yml", ".json")  # forms that are read by the column only where an option needs it
COLUMNS = (".parquet", ".pq", ".arrow", ".feather", ".ipc", ".ndjson", ".jsonl", ".tsv", ".gz", ".zst", ".zstd")
PACKED = (".parquet", ".pq", ".arrow", ".feather", ".ipc", ".gz", ".zst", ".zstd")  # many leads in few bytes
STDIN, DUCKDB = "-", "duckdb:"
_API_NAME = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*")


def is_counted(request: Request, folder: Path, head: bytes | None = None) -> bool:
    """Whether leads are counted and not told one by one: there are many, they are read by the column, or an option
    needs it.

    Args:
        folder: That paths count from.
        head: The beginning of what is piped in, `LARGE` bytes and one where there are as many.
    """
    name = request.leads
    if name is None:
        return False
    if request.output or request.engine != "local" or is_by_column(request, folder, head):
        return True
    if any(is_columnar(given.partition("=")[2], folder) for given in request.data):
        return True
    path = folder / name
    return len(head) > LARGE if head is not None else path.is_file() and os.path.getsize(path) > LARGE


def is_few(request: Request, folder: Path) -> bool:
    """Whether there are certainly so few leads that the judge is done with them before anything faster is ready."""
    path = folder / (request.leads or "")
    if not path.is_file():
        return False
    is_packed = path.name.lower().endswith(PACKED) or form_by_bytes(_start(path, MAGIC))
    return os.path.getsize(path) <= (LARGE // 20 if is_packed else LARGE)


def is_by_column(request: Request, folder: Path, head: bytes | None = None) -> bool:
    """Whether leads are read by the column; else as `flowctl.tables` reads them."""
    name = request.leads
    if name is None:
        return False
    path = folder / name
    if request.mapping or request.on_bad or request.rejects or (head is None and is_columnar(name, folder)):
        return True
    if head is None and not path.is_file():
        return False  # `REF:path`, or nothing
    start = head if head is not None else _start(path)
    if form_by_bytes(start):
        return True
    if _is_one_by_one(name, start):
        return False
    return (
        request.missing_as_blank
        or len(start) > LARGE
        or start.count(b"\n") > MANY
        or b"\0" in start[:4096]
        or _has_labels(start)
    )


def is_columnar(name: str, folder: Path) -> bool:
    """Whether a name stands for what only is read by the column: by its form, or since it is several files."""
    path = folder / name
    if path.is_file():
        return name.lower().endswith(COLUMNS) or bool(form_by_bytes(_start(path, MAGIC)))
    is_several = path.is_dir() or (_is_pattern(name) and ":" not in name)
    return bool(name) and (is_several or name.startswith((DUCKDB, "file:")))


def has_foreign(name: str, folder: Path, fields: Container[str], except_: Container[str] = ()) -> bool:
    """Whether a file is a CSV with columns that are no fields: only what reads by the column passes them over.

    Args:
        fields: The fields of the object, and what stands before the point of others: `prior`, related records.
        except_: Columns that are asked for by name.
    """
    path = folder / name
    if not path.is_file():
        return False
    start = _start(path)
    if _is_one_by_one(name, start):
        return False
    return any(cell not in except_ and cell.partition(".")[0] not in fields for cell in _header(start))


def _start(path: Path, size: int = LARGE + 1) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def _is_one_by_one(name: str, start: bytes) -> bool:
    """Whether it is YAML or JSON, but not JSON with a record a line."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if name.lower().endswith(ONE_BY_ONE) and not (name.lower().endswith(".json") and text[:1] == b"{"):
        return True
    if text[:1] == b"{":
        first, _, rest = text.partition(b"\n")
        return not (first.rstrip().endswith(b"}") and rest.lstrip()[:1] in (b"{", b""))
    if name.lower().endswith(".csv"):
        return False
    return text[:1] in (b"[", b"-") or b":" in text.replace(b"\r", b"\n").split(b"\n", 1)[0].split(b",")[0]


def _has_labels(start: bytes) -> bool:
    """Whether a CSV calls its columns by what no API name can be, such as labels."""
    cells = _header(start)
    return all(cells) and not all(_API_NAME.fullmatch(cell) for cell in cells)


def _header(start: bytes) -> list[str]:
    """The cells of the first record; none where it cannot be read, which whoever reads the file tells."""
    text = io.StringIO(start.decode("utf-8-sig", "replace"), newline=None)
    try:
        cells = [cell.strip() for cell in next(csv.reader(text), [])]
    except csv.Error:
        return []
    return cells if any(cells) else []
