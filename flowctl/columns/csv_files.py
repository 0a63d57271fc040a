"""CSV, of any size: cut into blocks of whole records, which any thread makes batches of."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from flowctl.columns import cells, lexer
from flowctl.columns.assemble import Broken, Records
from flowctl.columns.bad import Place
from flowctl.columns.headers import Plan, plan_of
from flowctl.columns.report import spelling
from flowctl.columns.source import Piece, Progress
from flowctl.columns.spans import Spans
from flowctl.columns.streams import Origin, Reads, full, is_packed, reading, texts
from flowctl.columns.typed import Respell
from flowctl.columns.wanted import Wanted
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError, Severity, Span

Array: TypeAlias = "np.ndarray[Any, Any]"

BLOCK = 8 << 20
LONGEST = 64 << 20  # bytes of one record
FOOTER = 64 << 10  # bytes at the end of a file that come in one block, so that a report's last lines are seen together
FOOTER_LINES = 12
DELIMITERS = ",;\t"
PADDING = bytes(lexer.PAD)
_SAYS_FOOTER = re.compile(
    rb'\s*"?\s*(copyright \(c\) [0-9]{4}|confidential information\W+do not distribute)', re.IGNORECASE
)
_LINE_END = re.compile(r"[\r\n]")
REASONS = {
    lexer.MORE: "more cells than the header",
    lexer.FEWER: "fewer cells than the header",
    lexer.STRAY: "quotes that do not fit",
}


@dataclass(frozen=True, slots=True)
class Header:
    """The first record of a CSV, what separates its cells, and where the next one begins."""

    names: tuple[str, ...]
    delimiter: str
    size: int
    lines: int


class CsvSource:
    """A CSV file. Its first record names the columns."""

    rows = None

    def __init__(self, origin: Origin, wanted: Wanted) -> None:
        self.name, self.size = origin.name, None if is_packed(origin) else origin.size
        self.footer = 0  # lines at the end that are a report's own
        self._origin, self._wanted = origin, wanted
        with reading(self.name):
            stream = texts(origin)
            try:
                self._header = _header(self.name, stream)
            finally:
                stream.close()
        self.plan: Plan | None = None
        if self._header:
            self.plan = plan_of(self.name, self._header.names, wanted)

    def pieces(self, progress: Progress) -> Iterator[Piece]:
        if self.plan is None or self._header is None:
            return
        cutting = _Cutting(self._header, self.plan)
        with reading(self.name):
            stream = texts(self._origin)
        respell: Respell | None = None
        kinds = self._kinds(self.plan)
        is_first = True
        try:
            for block, is_last in self._blocks(stream, cutting):
                found = cutting.cut(block, is_last)
                if is_last:
                    self.footer = found.without_footer(len(self._header.names), is_report=self.plan.is_report)
                if is_first and self.plan.is_report:
                    respell = spelling(self._days(found))
                is_first = False
                progress.read += len(block) - len(cutting.rest)
                if len(found.notes):
                    yield partial(_records, self.plan, found, kinds, *progress.take(len(found.notes)), respell)
        finally:
            stream.close()

    def _blocks(self, stream: Reads, cutting: _Cutting) -> Iterator[tuple[bytes, bool]]:
        """Bytes that begin with a record, padded, and whether they are the last."""
        assert self._header is not None
        with reading(self.name):
            full(stream, self._header.size)
            ahead = full(stream, BLOCK)
        while True:
            with reading(self.name):
                following = full(stream, BLOCK) if ahead else b""
            if len(following) < FOOTER:
                yield b"".join([cutting.rest, ahead, following, PADDING]), True
                return
            yield b"".join([cutting.rest, ahead, PADDING]), False
            if len(cutting.rest) > LONGEST:
                raise _too_long(self.name, cutting.line, cutting.rest)
            ahead = following

    def _kinds(self, plan: Plan) -> Array:
        """What the columns are read as that are read."""
        fields: dict[int, str | None] = dict.fromkeys(plan.extra.values(), "text")
        for path, number in (*plan.now.items(), *plan.prior.items()):
            type_ = self._wanted.type_of(path)
            fields[number] = type_.kind if type_ else None
        return cells.kinds_of([fields.get(number) for number in plan.columns])

    def _days(self, found: _Found) -> Iterator[str]:
        """The texts of days and moments in the first block."""
        assert self.plan is not None
        slots = {number: slot for slot, number in enumerate(self.plan.columns)}
        for path, number in self.plan.now.items():
            type_ = self._wanted.type_of(path)
            if type_ and type_.kind in ("date", "datetime"):
                spans = found.spans(slots[number])
                yield from (text for _, text in spans.texts(range(len(spans))) if text)


def _header(name: str, stream: Reads) -> Header | None:
    """The first record; None when there is no text at all."""
    data, more = b"", 1 << 16
    while True:
        piece = stream.read(more)
        data += piece
        found = _first_record(name, data, is_whole=not piece)
        if found or not piece:
            return found
        if len(data) > LONGEST:
            raise _too_long(name, 1, data)
        more = len(data)


def _first_record(name: str, data: bytes, is_whole: bool) -> Header | None:
    text = data.decode("utf-8", "surrogateescape")
    delimiter = max(DELIMITERS, key=_LINE_END.split(text.lstrip("\r\n"), 1)[0].count)
    lines = list(io.StringIO(text, newline=""))
    lines = lines if is_whole else lines[:-1]
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    begins, cells = 1, list[str]()
    try:
        while not any(cells):
            begins = reader.line_num + 1
            cells = next(reader)
    except StopIteration:
        return None
    except csv.Error as error:
        if not is_whole and reader.line_num >= len(lines):  # what follows may close a quote
            return None
        raise _no_header(name, begins, "".join(lines[begins - 1 : reader.line_num])) from error
    size = len("".join(lines[: reader.line_num]).encode("utf-8", "surrogateescape"))
    names = tuple(cell.strip().encode("utf-8", "surrogateescape").decode("utf-8", "replace") for cell in cells)
    return Header(names, delimiter, size, reader.line_num)


def _no_header(name: str, line: int, text: str) -> FlowctlError:
    what, hint = f"a name of a column has more than {csv.field_size_limit():,} characters", None
    if '"' in text:
        what = "the quotes in the names of the columns do not fit: one is not closed, or stands within a text"
        hint = "a text with quotes in it stands in quotes, and doubles its own"
    found = Diagnostic("FC001", Severity.ERROR, f"this is not CSV: {what}", Span(name, line, 1, line, 1), hint)
    return FlowctlError(f"`{name}` cannot be read", found=[found])


def _too_long(name: str, line: int, text: bytes) -> FlowctlError:
    hint = "a text in quotes that is not closed?" if b'"' in text else "this is not a CSV with a record a line?"
    what = f"the record that begins on line {line:,} has more than {LONGEST >> 20} MB"
    return FlowctlError(f"`{name}` cannot be read: {what}", hint=hint)


@dataclass(frozen=True)
class _Found:
    """The records of a block: its bytes, where cells begin and how long they are, what is noted of records."""

    data: bytes
    begins: Array
    lengths: Array
    notes: Array
    first_line: int

    def spans(self, slot: int) -> Spans:
        return Spans(np.frombuffer(self.data, np.uint8), self.begins[:, slot], self.lengths[:, slot])

    def columns(self, kinds: Array, kept: Array | None) -> list[Spans]:
        """All columns, read as what `kinds` says."""
        data = np.frombuffer(self.data, np.uint8)
        begins, lengths = (self.begins, self.lengths) if kept is None else (self.begins[kept], self.lengths[kept])
        return cells.read(data, begins, lengths, kinds, is_ascii=self.data.isascii())

    def text(self, row: int) -> bytes:
        return self.data[self.notes[row, lexer.BEGINS] : self.notes[row, lexer.ENDS]].rstrip(b"\r\n")

    def line(self, row: int) -> int:
        return self.first_line + int(self.notes[row, lexer.ON_LINE])

    def without_footer(self, width: int, *, is_report: bool) -> int:
        """Leaves out the lines that a report has at its end: single cells after a gap, or a copyright notice.

        Where columns are called by API names, or there is one only, single cells are records unless a notice follows.
        """
        n = len(self.notes)
        first = n
        while first and n - first < FOOTER_LINES and self.notes[first - 1, lexer.CELLS] == 1:
            first -= 1
        says = next((row for row in range(first, n) if _SAYS_FOOTER.match(self.text(row))), n)
        gaps = [row for row in range(first, n) if self.notes[row, lexer.AFTER_GAP]]
        if is_report and width > 1:
            start = min(*gaps, says, n)
        elif says < n:
            start = max((gap for gap in gaps if gap <= says), default=says if width > 1 else n)
        else:
            start = n
        for name in ("begins", "lengths", "notes"):
            object.__setattr__(self, name, getattr(self, name)[:start])
        return n - start


class _Cutting:
    """Cuts a text into blocks of whole records; what is left of a block comes before the next."""

    def __init__(self, header: Header, plan: Plan) -> None:
        self.rest = b""
        self.line = header.lines + 1
        self._kinds = lexer.kinds_of(header.delimiter)
        self._width = len(header.names)
        self._taken = len(plan.columns)
        self._slots = np.full(self._width, -1, np.int32)
        self._slots[list(plan.columns)] = np.arange(self._taken, dtype=np.int32)

    def cut(self, block: bytes, is_last: bool) -> _Found:
        data = np.frombuffer(block, np.uint8)[: -lexer.PAD]
        most = lexer.line_ends(data) + 1
        begins = np.empty((most, self._taken), np.int32)
        lengths = np.empty((most, self._taken), np.int32)
        notes = np.empty((most, lexer.NOTES), np.int32)
        n, done, lines = lexer.lex(data, is_last, self._kinds, self._width, self._slots, begins, lengths, notes)
        found = _Found(block, begins[:n], lengths[:n], notes[:n], self.line)
        self.rest = b"" if is_last else block[done : len(data)]
        self.line += lines
        return found


def _records(plan: Plan, found: _Found, kinds: Array, part: int, position: int, respell: Respell | None) -> Records:
    """The records of a block. Those with cells in wrong places are left out, and told."""
    notes = found.notes
    matter = notes[:, lexer.MATTER]
    positions = position + np.arange(len(notes), dtype=np.int64)
    lines = found.first_line + notes[:, lexer.ON_LINE].astype(np.int64)
    kept = None
    broken: list[Broken] = []
    if matter.any():
        mask = (matter == lexer.FINE) | (matter == lexer.FEWER)
        kept = np.flatnonzero(mask)
        after = np.cumsum(mask) - 1
        for row in np.flatnonzero(matter).tolist():
            place = Place(int(positions[row]), plan.file, found.line(row))
            raw = found.text(row).decode("utf-8", "backslashreplace")
            broken.append(Broken(int(after[row]) if mask[row] else -1, REASONS[int(matter[row])], place, raw))
        notes, positions, lines = notes[kept], positions[kept], lines[kept]
    columns = dict(zip(plan.columns, found.columns(kinds, kept), strict=True))
    controls = np.flatnonzero(notes[:, lexer.HAS_CONTROL]).tolist()
    return Records(part, plan, columns, lines, positions, broken, controls, respell)
