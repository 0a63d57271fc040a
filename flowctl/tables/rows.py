"""Reads leads from YAML, JSON and CSV. Values stay as the file has them: objects say what they are.

What is wrong is told with its place and without the line around it: the values there are personal data.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import math
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace

from flowctl import document as yaml
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError, Severity, Span
from flowctl.document import Json

FORMATS = ("yaml", "json", "csv")
PRIOR = "prior"  # under this name stand the values before an update
RECORDS = "a list of records, each {FIELD: value, …}"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile(r"[\r\n]")
_SPACE = re.compile(r"[ \t\n\r]*")
_FIELD = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # half of a character that is written in two
_HIDDEN = re.compile(r"(?<!\\)(?:\\\\)*\\(?:[bf]|u00(?:0[0-8bcefBCEF]|1[0-9a-fA-F]|7[fF]))")  # a control character
_DIGITS = 309  # of the largest number that a float can hold; more would only take time to read


@dataclass(frozen=True, slots=True)
class Row:
    """One record: its fields as written, related records below their names, and the line it begins on."""

    values: Mapping[str, Json]
    line: int


def read_rows(file: str, data: bytes, form: str | None = None) -> list[Row]:
    """The rows of a file; its form is told from the name, or from the text when the name does not tell.

    A CSV's first row names the fields; `account.Name` is the field `Name` of the related record `account`, and
    `prior.Status` what `Status` was before an update. A row with none of these filled in is new; in one with some, an
    empty one was blank.

    Raises:
        FlowctlError: The file is not of its form; `found` has the places and none of the values, or nothing where the
            whole file is no text.
    """
    text = _text(file, data)
    if not text.strip():
        return []
    reader = {"json": _json, "csv": _csv, "yaml": _yaml}[form or _form(file, text)]
    return list(reader(file, text))


def _text(file: str, data: bytes) -> str:
    if form := yaml.form_by_bytes(data[: yaml.MAGIC]):
        raise yaml.no_text(file, form)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        raise _at(file, before, "the file is not UTF-8 here", "save it as UTF-8 (in Excel: `CSV UTF-8`)") from error
    if control := _CONTROL.search(text):
        raise _at(file, text[: control.start()], f"control character U+{ord(control[0]):04X}", "delete it")
    return text


def _form(file: str, text: str) -> str:
    ending = file.rpartition(".")[2].lower()
    if ending in ("csv", "json", "yaml", "yml"):
        return ending.replace("yml", "yaml")
    start = text.lstrip()[:1]
    if start in ("[", "{"):
        return "json"
    first = _LINE_END.split(text, 1)[0]
    return "yaml" if start == "-" or ":" in first else "csv"


def _unreadable(file: str, line: int, column: int, message: str, hint: str | None) -> FlowctlError:
    place = Span(file, line, column, line, column)
    return FlowctlError(f"`{file}` cannot be read", found=[Diagnostic("FC001", Severity.ERROR, message, place, hint)])


def _at(file: str, before: str, message: str, hint: str | None) -> FlowctlError:
    """An error at the end of the text before it."""
    return _unreadable(file, before.count("\n") + 1, len(before) - before.rfind("\n"), message, hint)


# JSON -----------------------------------------------------------------------------------------------------------


def _json(file: str, text: str) -> Iterator[Row]:
    line, counted = 1, 0
    try:
        for value, start in _items(text):
            line += text.count("\n", counted, start)
            counted = start
            if not isinstance(value, dict):
                raise _at(file, text[:start], "expected a record", RECORDS)
            yield Row(value, line)
    except json.JSONDecodeError as error:
        said = error.msg[:1].lower() + error.msg[1:]
        raise _unreadable(file, error.lineno, error.colno, f"this is not JSON: {said}", RECORDS) from error
    except RecursionError as error:
        raise _unreadable(file, line, 1, "nested too deeply", RECORDS) from error


def _items(text: str) -> Iterator[tuple[Json, int]]:
    """The values of the outermost list, or the only value, with their offsets."""
    start = _after_space(text, 0)
    end = yield from (_listed if text.startswith("[", start) else _single)(text, start)
    end = _after_space(text, end)
    if end < len(text):
        raise json.JSONDecodeError("there is more after the end", text, end)


def _single(text: str, at: int) -> Generator[tuple[Json, int], None, int]:
    value, end = _value(text, at)
    yield value, at
    return end


def _listed(text: str, at: int) -> Generator[tuple[Json, int], None, int]:
    at = _after_space(text, at + 1)
    while not text.startswith("]", at):
        value, end = _value(text, at)
        yield value, at
        at = _after_space(text, end)
        if text.startswith(",", at):
            at = _after_space(text, at + 1)
            if text.startswith("]", at):
                raise json.JSONDecodeError("expecting value", text, at)
        elif not text.startswith("]", at):
            raise json.JSONDecodeError("expecting `,` or `]`", text, at)
    return at + 1


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int) -> tuple[Json, int]:
    value: Json
    try:
        value, end = _DECODER.raw_decode(text, at)
    except _Twice as twice:
        raise json.JSONDecodeError(f"`{twice}` is here twice", text, at) from twice
    if hidden := _HIDDEN.search(text, at, end):
        raise json.JSONDecodeError("a control character is written here", text, hidden.end())
    if _HALF.search(text, at, end):
        try:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise json.JSONDecodeError("half of a character is written here", text, at) from error
    return value, end


class _Twice(Exception):
    """A name that is in one record twice."""


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return found


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) < _DIGITS else math.inf


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_int=_number)


# YAML -----------------------------------------------------------------------------------------------------------


def _yaml(file: str, text: str) -> Iterator[Row]:
    document = yaml.read(file, text)
    if document.problems:
        found = [replace(problem, excerpt=None) for problem in document.problems]
        raise FlowctlError(f"`{file}` cannot be read", found=found)
    root = document.root
    items = root.items if isinstance(root, yaml.Sequence) else [root] if root else []
    for item in items:
        at = document.span(item)
        if not isinstance(item, yaml.Mapping):
            raise _unreadable(file, at.line, at.column, "expected a record", "a list of `- FIELD: value`")
        yield Row(yaml.data(item), at.line)


# CSV ------------------------------------------------------------------------------------------------------------


def _csv(file: str, text: str) -> Iterator[Row]:
    delimiter = max(",;\t", key=_LINE_END.split(text, 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _require_names(file, header)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) > len(header):
                hint = "a text with a comma in it stands in double quotes"
                names = "1 name" if len(header) == 1 else f"{len(header)} names"
                raise _unreadable(file, line, 1, f"{len(cells)} cells under {names}", hint)
            if any(cells):
                yield Row(_nested(dict(zip(header, cells, strict=False))), line)
            line = reader.line_num + 1
    except csv.Error as error:
        hint = "a text with quotes in it stands in quotes, and doubles its own"
        raise _unreadable(file, max(reader.line_num, 1), 1, f"this is not CSV: {error}", hint) from error


def _require_names(file: str, header: list[str]) -> None:
    hint = "the first row names the fields: `Email`, `Person_Score__c`, `account.Name`"
    for number, name in enumerate(header, 1):
        if not name:
            raise _unreadable(file, 1, 1, f"column {number} has no name", hint)
        if not _FIELD.fullmatch(name) or name in ("related", "prior"):
            # not quoted: without a header this is somebody's data
            raise _unreadable(file, 1, 1, f"the name of column {number} is not one of a field", hint)
        if header.index(name) < number - 1:
            message = f"columns {header.index(name) + 1} and {number} have the same name"
            raise _unreadable(file, 1, 1, message, "delete one of them")


def _nested(cells: Mapping[str, str]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    prior: dict[str, Json] = {}
    for name, cell in cells.items():
        related, dot, field = name.rpartition(".")
        if not dot:
            found[name] = cell
        elif related == PRIOR:
            prior[field] = cell
        elif cell:
            found.setdefault("related", {}).setdefault(related, {})[field] = cell
    return found | {PRIOR: prior} if any(prior.values()) else found
