"""Records in JSON, one a line; and, whole, in JSON and YAML as people write them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from flowctl.columns.assemble import Broken, Records
from flowctl.columns.bad import NOT_UTF8, Place
from flowctl.columns.headers import PRIOR, Plan, plan_of
from flowctl.columns.native import ABSENT
from flowctl.columns.source import Piece, Progress
from flowctl.columns.streams import Origin, Reads, full, is_packed, reading, texts
from flowctl.columns.wanted import Wanted
from flowctl.data import dataclass
from flowctl.diag import FlowctlError
from flowctl.expr import FieldPath
from flowctl.tables import read_rows

BLOCK = 8 << 20
LONGEST = 64 << 20  # bytes of one record
RELATED = "related"
Flat = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parsed:
    """Records by names with dots, and the lines that are none."""

    rows: Sequence[Flat]
    lines: Sequence[int]
    positions: Sequence[int]
    broken: Sequence[Broken]


class NdjsonSource:
    """JSON, a record a line. Which names there are is seen from the first block; later ones may add some."""

    rows = None
    footer = 0

    def __init__(self, origin: Origin, wanted: Wanted) -> None:
        self.name, self.size = origin.name, None if is_packed(origin) else origin.size
        self._origin, self._wanted = origin, wanted
        self.plan: Plan | None = None
        for lines, _ in self._blocks():
            names = _names(self._parsed(lines, 1, 1).rows)
            if names:
                self.plan = replace(plan_of(self.name, names, wanted), may_grow=True)
            break

    def pieces(self, progress: Progress) -> Iterator[Piece]:
        for lines, first in self._blocks():
            progress.read += sum(map(len, lines))
            records = sum(1 for line in lines if line.strip())
            if records:
                yield partial(self._records, lines, first, *progress.take(records))

    def _blocks(self) -> Iterator[tuple[list[bytes], int]]:
        """Whole lines, and the number of the first."""
        with reading(self.name):
            stream = texts(self._origin)
        rest, line = b"", 1
        try:
            while True:
                block = self._read(stream)
                whole, end, after = (rest + block).rpartition(b"\n") if block else (rest, b"", b"")
                rest = after
                if whole or end:
                    lines = whole.split(b"\n")
                    yield lines, line
                    line += len(lines)
                if not block:
                    return
                if len(rest) > LONGEST:
                    what = f"line {line:,} has more than {LONGEST >> 20} MB"
                    raise FlowctlError(f"`{self.name}` cannot be read: {what}", hint="one record a line is needed")
        finally:
            stream.close()

    def _read(self, stream: Reads) -> bytes:
        with reading(self.name):
            return full(stream, BLOCK)

    def _parsed(self, lines: Sequence[bytes], first: int, position: int) -> Parsed:
        rows, numbers, positions, broken = [], [], [], []
        for number, line in enumerate(lines, first):
            if not line.strip():
                continue
            try:
                rows.append(flat(_record(line), self._wanted))
                numbers.append(number)
                positions.append(position)
            except (ValueError, RecursionError) as error:
                place = Place(position, self.name, number)
                broken.append(Broken(-1, _why(error), place, line.decode("utf-8", "backslashreplace").rstrip()))
            position += 1
        return Parsed(rows, numbers, positions, broken)

    def _records(self, lines: Sequence[bytes], first: int, part: int, position: int) -> Records:
        parsed = self._parsed(lines, first, position)
        known = self.plan.headers if self.plan else ()
        names = dict.fromkeys([*known, *_names(parsed.rows)])
        plan = self.plan if self.plan and len(names) == len(known) else plan_of(self.name, list(names), self._wanted)
        return records(parsed, plan, part)


class WholeSource:
    """A list of records in JSON or YAML, which is read as a whole."""

    footer = 0

    def __init__(self, origin: Origin, wanted: Wanted, form: str) -> None:
        self.name, self.size = origin.name, origin.size
        with reading(self.name):
            stream = texts(origin)
            data = b""
            while piece := stream.read(BLOCK):
                data += piece
            stream.close()
        rows = read_rows(self.name, data, form)
        self._rows, self._lines = [flat(row.values, wanted) for row in rows], [row.line for row in rows]
        self.rows = len(rows)
        self.plan: Plan | None = plan_of(self.name, _names(self._rows), wanted) if rows else None

    def pieces(self, progress: Progress) -> Iterator[Piece]:
        if self.plan is None:
            return
        progress.read += self.size or 0
        part, position = progress.take(len(self._rows))
        positions = range(position, position + len(self._rows))
        yield partial(records, Parsed(self._rows, self._lines, positions, ()), self.plan, part)


def records(parsed: Parsed, plan: Plan, part: int) -> Records:
    columns = {n: [row.get(plan.headers[n], ABSENT) for row in parsed.rows] for n in plan.columns}
    lines, positions = np.array(parsed.lines, np.int64), np.array(parsed.positions, np.int64)
    return Records(part, plan, dict(columns), lines, positions, parsed.broken)


def flat(record: Mapping[str, Any], wanted: Wanted) -> Flat:
    """A record by names with dots. A name with a dot at its end says that there is a related record, or a prior one."""
    lead = record.get(wanted.object.lower())
    own = lead if isinstance(lead, dict) else {k: v for k, v in record.items() if k not in (RELATED, PRIOR)}
    found: Flat = {}
    _into(found, own, (), wanted)
    related = record.get(RELATED)
    _into(found, related if isinstance(related, dict) else {}, (), wanted)
    prior = record.get(PRIOR)
    if isinstance(prior, dict):
        found |= {f"{PRIOR}.{name}": value for name, value in prior.items()}
        found[f"{PRIOR}."] = True
    return found


def _into(found: Flat, values: Mapping[str, Any], at: FieldPath, wanted: Wanted) -> None:
    for name, value in values.items():
        path = (*at, name)
        if isinstance(value, dict) and wanted.holder(path):
            found[".".join((*path, ""))] = True
            _into(found, value, path, wanted)
        else:
            found[".".join(path)] = value


def _names(rows: Sequence[Flat]) -> list[str]:
    found: dict[str, None] = {}
    for row in rows:
        found.update(dict.fromkeys(row))
    return list(found)


def _record(line: bytes) -> dict[str, Any]:
    record = json.loads(line.decode(), object_pairs_hook=_once)
    if not isinstance(record, dict):
        raise ValueError("no record, {FIELD: value, …}")
    if b"\\ud" in line.lower():
        json.dumps(record, ensure_ascii=False).encode()  # half of a character is none
    return record


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("the same name twice")
    return found


def _why(error: Exception) -> str:
    """What is wrong with a line, without anything of it."""
    if isinstance(error, UnicodeDecodeError):
        return NOT_UTF8
    if isinstance(error, UnicodeEncodeError):
        return "half of a character"
    if isinstance(error, json.JSONDecodeError | RecursionError):
        return "not JSON"
    known = str(error) in ("no record, {FIELD: value, …}", "the same name twice")
    return str(error) if known else "not JSON"
