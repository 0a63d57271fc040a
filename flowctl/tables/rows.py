"""Reads leads from YAML, JSON and CSV. Values stay as the file has them: objects say what they are."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flowctl import document as yaml
from flowctl.diag import FlowctlError
from flowctl.document import Json

FORMATS = ("yaml", "json", "csv")


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its fields as written, related records below their names, and the line it begins on."""

    values: Mapping[str, Json]
    line: int


def read_rows(file: str, data: bytes, form: str | None = None) -> list[Row]:
    """The rows of a file; its form is told from the name, or from the text when the name does not tell.

    A CSV's first row names the fields; `account.Name` is the field `Name` of the related record `account`.

    Raises:
        FlowctlError: The file is not of its form; the message has the place and none of the values.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        hint = "save it as UTF-8 (in Excel: `CSV UTF-8`)"
        raise FlowctlError(f"{file}:{line}: the file is not UTF-8 here", hint=hint) from error
    reader = {"json": _json, "csv": _csv, "yaml": _yaml}[form or _form(file, text)]
    return list(reader(file, text))


def _form(file: str, text: str) -> str:
    ending = file.rpartition(".")[2].lower()
    if ending in ("csv", "json", "yaml", "yml"):
        return ending.replace("yml", "yaml")
    start = text.lstrip()[:1]
    if start in ("[", "{"):
        return "json"
    first = text.split("\n", 1)[0]
    return "yaml" if start == "-" or ":" in first else "csv"


def _json(file: str, text: str) -> Iterator[Row]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise FlowctlError(f"{file}:{error.lineno}:{error.colno}: this is not JSON: {error.msg.lower()}") from error
    except RecursionError as error:
        raise FlowctlError(f"{file}: nested too deeply") from error
    rows = value if isinstance(value, list) else [value]
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise FlowctlError(f"{file}: item {number} is no record", hint="a list of {FIELD: value, …}")
        yield Row(row, number)


def _yaml(file: str, text: str) -> Iterator[Row]:
    document = yaml.read(file, text)
    if document.problems:
        raise FlowctlError(f"`{file}` cannot be read", found=document.problems)
    root = document.root
    items = root.items if isinstance(root, yaml.Sequence) else [root] if root else []
    for item in items:
        if not isinstance(item, yaml.Mapping):
            at = document.span(item) if item else file
            raise FlowctlError(f"{at}: expected a record", hint="a list of `- FIELD: value`")
        yield Row(yaml.data(item), document.span(item).line)


def _csv(file: str, text: str) -> Iterator[Row]:
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _require_header(file, header)
        for cells in reader:
            if len(cells) > len(header):
                raise FlowctlError(f"{file}:{reader.line_num}: {len(cells)} cells under {len(header)} names")
            if any(cells):
                yield Row(_nested(dict(zip(header, cells, strict=False))), reader.line_num)
    except csv.Error as error:
        raise FlowctlError(f"{file}:{reader.line_num}: this is not CSV: {error}") from error


def _require_header(file: str, header: list[str]) -> None:
    if not header or not all(header):
        raise FlowctlError(f"{file}:1: a column has no name", hint="the first row names the fields")
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice:
        raise FlowctlError(f"{file}:1: `{twice}` is there twice")


def _nested(cells: Mapping[str, str]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, cell in cells.items():
        related, dot, field = name.rpartition(".")
        if not dot:
            found[name] = cell
        elif cell:
            found.setdefault("related", {}).setdefault(related, {})[field] = cell
    return found
