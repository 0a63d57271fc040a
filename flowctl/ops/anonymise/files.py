"""Files of leads, rewritten value by value, without ever holding more than a part of one."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

from flowctl import document as yaml
from flowctl.columns.beside import aside, discard, settle
from flowctl.diag import FlowctlError
from flowctl.ops.anonymise.fields import Change
from flowctl.tables import read_rows

if TYPE_CHECKING:
    import pyarrow as pa

REMEMBERED = 1 << 16  # changed values of each column; most come again and again
TEXTS = (".csv", ".tsv", ".txt")
TREES = (".json", ".yaml", ".yml")
LINES = (".ndjson", ".jsonl")
FORMS = ", ".join((*TEXTS, *LINES, ".parquet", *TREES))

Changes = Callable[[str], Change | None]  # by the header or path of a column
Keep = Callable[[int], bool] | None  # whether a row is written, by its number from 1; None for all
Tick = Callable[[int, int], None]


def rewrite(source: Path, target: Path, changes: Changes, keep: Keep, tick: Tick) -> int:
    """Writes the rows of a file to another of the same form, with changed values; how many.

    The file is complete or absent, whatever happens.

    Raises:
        FlowctlError: A file cannot be read or written, or the two are not of one form.
    """
    form = _form(source)
    if _form(target) != form:
        raise FlowctlError(f"`{target.name}` is not of the form of `{source.name}`", hint=f"end it with `{form}`")
    write = _parquet if form == ".parquet" else _lines if form in LINES else _tree if form in TREES else _csv
    try:
        with _whole(target) as temporary:
            return write(source, temporary, changes, keep, tick)
    except OSError as error:
        raise FlowctlError(f"cannot rewrite `{source.name}`: {(error.strerror or str(error)).lower()}") from error


def _form(path: Path) -> str:
    form = Path(path.name.lower().removesuffix(".gz")).suffix
    if form not in (*TEXTS, *TREES, *LINES, ".parquet"):
        raise FlowctlError(f"`{path.name}` is of no form that can be written", hint=f"one of {FORMS}; also with .gz")
    return form


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A path beside the target that takes its place at the end; on an error it is removed.

    Raises:
        FlowctlError: The target is a folder or a device, whose place no file is to take.
    """
    if target.exists() and not target.is_file():
        raise FlowctlError(f"`{target.name}` is no file", hint="name a file after `-o`, as in `-o few.csv`")
    temporary = aside(target)
    try:
        yield temporary
        settle(temporary, target)
    finally:
        discard(temporary, target)


def _opened(path: Path, mode: str) -> TextIO:
    encoding = "utf-8-sig" if mode == "r" else "utf-8"
    if path.name.lower().endswith(".gz"):
        return cast("TextIO", gzip.open(path, "rt" if mode == "r" else "wt", encoding=encoding, newline=""))
    return cast("TextIO", path.open(mode, encoding=encoding, newline=""))


def _wanted(keep: Keep, number: int) -> bool:
    return keep is None or keep(number)


# Forms --------------------------------------------------------------------------------------------------------------


def _csv(source: Path, target: Path, changes: Changes, keep: Keep, tick: Tick) -> int:
    """Cells as they are, but the changed ones."""
    try:
        with _opened(source, "r") as read, _opened(target, "w") as written:
            first = read.readline()
            delimiter = max(",;\t", key=first.count)
            header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter), [])]
            writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
            writer.writerow(header)
            by_column = [_remembered(changes(name)) for name in header]
            cells = _cells(csv.reader(read, delimiter=delimiter), by_column, keep, tick)
            return _counted(writer.writerow, cells)
    except (csv.Error, UnicodeDecodeError) as error:
        raise FlowctlError(f"`{source.name}` is not a CSV in UTF-8", hint="in Excel: `CSV UTF-8`") from error


def _cells(rows: Iterable[list[str]], by_column: list[Change | None], keep: Keep, tick: Tick) -> Iterator[list[str]]:
    number = 0
    for row in rows:
        if not any(row):
            continue
        number += 1
        tick(number, 0)
        if _wanted(keep, number):
            yield [c(cell) if c and cell.strip() else cell for c, cell in zip(by_column, row, strict=False)]


def _counted(write: Callable[[Any], object], rows: Iterable[Any]) -> int:
    number = 0
    for row in rows:
        write(row)
        number += 1
    return number


def _remembered(change: Change | None) -> Change | None:
    return lru_cache(REMEMBERED)(change) if change else None


def _lines(source: Path, target: Path, changes: Changes, keep: Keep, tick: Tick) -> int:
    by_path: dict[str, Change | None] = {}
    with _opened(source, "r") as read, _opened(target, "w") as written:
        written_rows = 0
        for number, line in enumerate((line for line in read if line.strip()), 1):
            tick(number, 0)
            if _wanted(keep, number):
                try:
                    record = json.loads(line)
                except json.JSONDecodeError as error:
                    raise FlowctlError(f"line {number} of `{source.name}` is not JSON") from error
                written.write(json.dumps(_changed(record, "", changes, by_path), ensure_ascii=False) + "\n")
                written_rows += 1
    return written_rows


def _tree(source: Path, target: Path, changes: Changes, keep: Keep, tick: Tick) -> int:
    """A list of records as YAML or JSON, read at once: people write these, they are small."""
    by_path: dict[str, Change | None] = {}
    data = gzip.decompress(source.read_bytes()) if source.name.endswith(".gz") else source.read_bytes()
    rows = [
        _changed(row.values, "", changes, by_path)
        for number, row in enumerate(read_rows(source.name, data), 1)
        if _wanted(keep, number)
    ]
    text = json.dumps(rows, ensure_ascii=False, indent=2) + "\n" if _form(source) == ".json" else yaml.dump(rows)
    with _opened(target, "w") as written:
        written.write(text)
    return len(rows)


BELOW = ("related", "lead")  # under which fields stand that are meant as if they stood by themselves


def _changed(value: Any, at: str, changes: Changes, by_path: dict[str, Change | None]) -> Any:
    """A record with changed values; what hangs on it is known by its dotted path."""
    match value:
        case Mapping():
            inner = {key: at if not at and key in BELOW else f"{at}.{key}" if at else key for key in value}
            return {key: _changed(of, inner[key], changes, by_path) for key, of in value.items()}
        case list():
            return [_changed(one, at, changes, by_path) for one in value]
        case str() if value.strip():
            if at not in by_path:
                by_path[at] = _remembered(changes(at))
            change = by_path[at]
            return change(value) if change else value
        case _:
            return value


def _parquet(source: Path, target: Path, changes: Changes, keep: Keep, tick: Tick) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(source)
    except pa.ArrowInvalid as error:
        raise FlowctlError(f"`{source.name}` is not Parquet, or cut off", hint="export it anew") from error
    by_column = {name: _remembered(changes(name)) for name in file.schema_arrow.names}
    done, written = 0, 0
    with file, pq.ParquetWriter(target, file.schema_arrow) as writer:
        for batch in file.iter_batches(1 << 16):
            numbers = range(done + 1, done + len(batch) + 1)
            done += len(batch)
            tick(done, file.metadata.num_rows)
            kept = batch if keep is None else batch.filter(pa.array([_wanted(keep, n) for n in numbers], pa.bool_()))
            arrays = [_column(kept.column(name), by_column[name]) for name in by_column]
            writer.write_batch(pa.record_batch(arrays, schema=file.schema_arrow))
            written += len(kept)
    return written


def _column(values: pa.Array, change: Change | None) -> pa.Array:
    """The values of a column, each different one changed once. What is no text stays."""
    import pyarrow as pa

    type_ = values.type
    is_dictionary = pa.types.is_dictionary(type_)
    held = type_.value_type if is_dictionary else type_
    if change is None or not (pa.types.is_string(held) or pa.types.is_large_string(held)):
        return values
    encoded = values if is_dictionary else values.dictionary_encode()
    words = [change(text) if text and text.strip() else text for text in encoded.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(words, held)).cast(type_)
