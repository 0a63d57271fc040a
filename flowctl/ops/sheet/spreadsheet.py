"""`table export`: tables and rosters as a workbook, or one of them as a CSV; and what such a file holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.document import BOM, Rows, Scalar
from flowctl.document.sheet import FORMULA
from flowctl.flow import Model, content_digest, path_of
from flowctl.ops.sheet.sheets import Listed, chosen, listed, names_of
from flowctl.ops.versions import Version
from flowctl.tables.workbook import (
    LISTS,
    MAX_BYTES,
    Cell,
    Column,
    Grid,
    Sheet,
    read_workbook,
    unique_names,
    write_workbook,
)  # fmt: skip

MARK = ("flowctl", "tables and rosters")  # the first two cells of a workbook that we have written
HEADER = ("Sheet", "Table or roster", "Rows", "Exported content")
HOW = "Edit the sheets, then take them back: flowctl table import FILE"


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written: of which version, and how many rows each table or roster has in it."""

    file: str
    version: str
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A sheet that came back; `digest` is the content of the table or roster that it was made from, when it says so."""

    name: str
    grid: Grid
    digest: str | None


# Out ----------------------------------------------------------------------------------------------------------------


def export_file(
    version: Version, path: Path, names: Sequence[str], now: dt.datetime, *, force: bool = False
) -> Exported:
    """Writes tables and rosters of a version to a file; all of them when none is named.

    Raises:
        FlowctlError: No such table, a file of another kind, or one that is there already.
    """
    kind = _kind(path)
    model = version.model()
    parts = [listed(model, name) for name in chosen(model, names)]
    if kind == "csv" and len(parts) != 1:
        hint = f"`flowctl table export {path} {parts[0].name if parts else 'NAME'}`; a workbook (.xlsx) holds several"
        raise FlowctlError("a CSV holds one table or roster", hint=hint)
    if path.exists() and not force:
        raise FlowctlError(f"`{path}` is there already", hint="`--force` writes over it; somebody may have edited it")
    data = _csv(parts[0]) if kind == "csv" else _workbook(version, parts, now)
    try:
        path.write_bytes(data)
    except OSError as error:
        hint = "name a file in a folder that exists"
        raise FlowctlError(f"cannot write `{path}`: {error.strerror}", hint=hint) from error
    return Exported(str(path), version.label, {part.name: len(part.rows) for part in parts})


def _kind(path: Path) -> str:
    kind = path.suffix.lower().removeprefix(".")
    if kind in ("xlsx", "csv"):
        return kind
    what = "has macros, or may have" if kind in ("xlsm", "xltm", "xlsb") else "is neither .xlsx nor .csv"
    raise FlowctlError(f"`{path.name}` {what}", hint=f"save it as {path.stem}.xlsx")


def _csv(part: Listed) -> bytes:
    lines = [[field.name for field in part.fields], *part.rows]
    texts = "".join(yaml.line_text([_defused(cell) for cell in line]) + "\n" for line in lines)
    return f"{BOM}{texts}".encode()  # Excel takes it for UTF-8 by the mark alone


def _defused(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) else text


def _workbook(version: Version, parts: Sequence[Listed], now: dt.datetime) -> bytes:
    about = [MARK, ("How", HOW), ("Version", version.label), ("Exported", f"{now:%Y-%m-%d %H:%M} UTC"), HEADER]
    sheets = unique_names(["About", *(part.sheet for part in parts)])[1:]
    for part, sheet in zip(parts, sheets, strict=True):
        text = version.files[path_of(part.part)].decode()
        about.append((sheet, part.name, str(len(part.rows)), content_digest(part.part, text)))
    return write_workbook(about, [_sheet(part) for part in parts], now)


def _sheet(part: Listed) -> Sheet:
    columns = tuple(Column(f.name, f.choices, f.kind not in ("number", "date", "checkbox")) for f in part.fields)
    rows = [[field.value(text) for field, text in zip(part.fields, row, strict=True)] for row in part.rows]
    return Sheet(part.sheet, columns, rows)


# Back ---------------------------------------------------------------------------------------------------------------


def read_file(model: Model, path: Path, names: Sequence[str]) -> tuple[list[Incoming], list[str]]:
    """The tables and rosters that a file holds, all or those that are named; and what of it was left out, in words.

    Raises:
        FlowctlError: It cannot be read, or holds none of them.
    """
    if path.is_dir():
        raise FlowctlError(f"`{path}` is a folder", hint="name one file in it: a workbook (.xlsx) or a .csv")
    kind = _kind(path)
    wanted = chosen(model, names) if names else []
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FlowctlError(f"`{path}` has more than {MAX_BYTES // 2**20} MB", hint="import fewer rows at a time")
        data = path.read_bytes()
    except OSError as error:
        raise FlowctlError(f"cannot read `{path}`: {error.strerror}") from error
    if kind == "csv":
        return [_incoming_csv(model, path, data, wanted)], []
    return _incoming(model, path, read_workbook(path.name, data), wanted)


def _incoming_csv(model: Model, path: Path, data: bytes, names: Sequence[str]) -> Incoming:
    if not names and path.stem not in model.tables:
        hint = f"`flowctl table import {path} NAME`; `flowctl table list` lists them"
        raise FlowctlError("which table or roster this is, the file's name does not say", hint=hint)
    if len(names) > 1:
        raise FlowctlError("a CSV holds one table or roster", hint=f"`flowctl table import {path} {names[0]}`")
    document = yaml.read(f"{path}" if path.suffix == ".csv" else f"{path}.csv", data)
    if not document.root and not document.problems:
        document.problem("FC004", "the file is empty", document.span_of(0, 0), "the first line names the columns")
    if document.problems or not isinstance(document.root, Rows):
        raise FlowctlError(f"`{path}` cannot be taken in: nothing was changed", found=document.problems)
    rows = tuple(
        tuple(
            Cell(_fused(cell.text), document.span(cell)) for _, cell in row.entries.values() if isinstance(cell, Scalar)
        )
        for row in document.root.items
        if isinstance(row, yaml.Mapping)
    )
    header = tuple(Cell(_fused(column.text), document.span(column)) for column in document.root.columns)
    return Incoming(names[0] if names else path.stem, Grid(path.name, header, rows), None)


def _fused(text: str) -> str:
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


def _incoming(
    model: Model, path: Path, grids: Sequence[Grid], names: Sequence[str]
) -> tuple[list[Incoming], list[str]]:
    about = next((grid for grid in grids if _starts(grid, MARK)), None)
    if about is None and len(grids) == len(names) == 1:
        return [Incoming(names[0], grids[0], None)], []  # as a CSV that was saved as a workbook
    sheets = _about(about) if about else _by_name(model)
    known = set(names_of(model))
    found: list[Incoming] = []
    left_out = []
    for grid in grids:
        name, digest = sheets.get(grid.name.casefold(), (None, None))
        if name in known and (not names or name in names):
            found.append(Incoming(str(name), grid, digest))
        elif grid is not about and grid.name != LISTS and not (name and names):
            left_out.append(f"sheet `{grid.name}` is no table or roster: it was left out")
    there = {incoming.name for incoming in found}
    missing = [name for name in (names or [name for name, _ in sheets.values() if about]) if name not in there]
    if not found or (names and missing):
        what = ", ".join(f"`{name}`" for name in missing) or "a table or a roster"
        hint = "a sheet is called as its table, `territories`, or `roster sdr-emea`"
        raise FlowctlError(f"`{path}` has no sheet of {what}", hint=hint)
    return found, [*left_out, *(f"`{name}` has no sheet any more: it stays as it is" for name in missing)]


def _starts(grid: Grid, with_: Sequence[str]) -> bool:
    return tuple(cell.value for cell in grid.header[: len(with_)]) == tuple(with_)


def _about(grid: Grid) -> dict[str, tuple[str, str | None]]:
    """The sheets by name, each with what it holds and the content that it was made from."""
    rows = [tuple(str(cell.value or "") for cell in row) for row in grid.rows]
    start = next((i for i, row in enumerate(rows) if row[: len(HEADER)] == HEADER), len(rows))
    return {row[0].casefold(): (row[1], row[3] or None) for row in rows[start + 1 :]}


def _by_name(model: Model) -> dict[str, tuple[str, str | None]]:
    found: dict[str, tuple[str, str | None]] = {}
    for name in names_of(model):
        for called in (name.replace("/", " "), name.rpartition("/")[2]):
            found.setdefault(called[:31].casefold(), (name, None))
    return found
