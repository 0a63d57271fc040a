"""What could not be read: counted by column and reason, its first places, and all of it in a file of the user's own."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from flowctl.columns.beside import aside, discard, is_own_place, opener, settle, unwritable
from flowctl.columns.write import defused
from flowctl.data import dataclass
from flowctl.diag import Diagnostic, FlowctlError, Severity, Span
from flowctl.document import BOM, line_text

FIRST = 3  # places that are told of each column and reason
TOLD = 12  # columns and reasons that an error tells, the most frequent first
ROW = ""  # the column of what is wrong with a whole row
NOT_UTF8 = "not UTF-8"
HINTS = {NOT_UTF8: "save the file as UTF-8 (in Excel: `CSV UTF-8`)"}
ON_BAD = "`--on-bad-value blank` reads on, `--on-bad-value reject` leaves these records out"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a line of a text, or a row of another file; both from 1."""

    position: int  # of the record in the whole input
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that cannot be read. `raw` is somebody's data: it is for the rejects file only."""

    place: Place
    column: str
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What cannot be read of a column for one reason, how often, and where first."""

    column: str
    reason: str
    count: int
    places: tuple[Place, ...]

    @property
    def hint(self) -> str | None:
        return HINTS.get(self.reason)


class NoneRead(FlowctlError):
    """All records were left out, since nothing of them can be read. The rejects file stays: it tells how to mend."""


class Bad:
    """What could not be read of an input so far. Any thread may note; parts of the input are noted once, by number."""

    def __init__(self, rejects: Path | None) -> None:
        self.left_out = 0  # records
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._places: dict[tuple[str, str], list[Place]] = {}
        self._file = _Rejects(rejects) if rejects else None

    def note(self, part: int, entries: Sequence[Entry], left_out: int) -> None:
        with self._lock:
            self.left_out += left_out
            for entry in entries:
                key = entry.column, entry.reason
                self._counts[key] += 1
                self._places[key] = sorted([*self._places.get(key, ()), entry.place])[:FIRST]
            if self._file:
                self._file.note(part, entries)

    @property
    def count(self) -> int:
        """How many values and rows could not be read."""
        return self._counts.total()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read, the most frequent first."""
        with self._lock:
            return _problems(self._counts, self._places)

    def finish(self, *, keep: bool) -> None:
        """Puts the rejects file in its place, or takes away what there is of it."""
        with self._lock:
            if self._file:
                self._file.finish(keep)


def is_kept(error: type[BaseException] | None) -> bool:
    """Whether the rejects file stays, with what ends the reading."""
    return error is None or issubclass(error, NoneRead)


def refusal(file: str, entries: Iterable[Entry], until: int) -> FlowctlError:
    """The error that says what cannot be read up to a line, with the first places of each column and reason."""
    counts: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], list[Place]] = {}
    for entry in entries:
        key = entry.column, entry.reason
        counts[key] += 1
        places.setdefault(key, []).append(entry.place)
    problems = _problems(counts, {key: sorted(found)[:FIRST] for key, found in places.items()})
    found = places_of(problems)
    what = "a value" if counts.total() == 1 else f"{counts.total():,} values"
    rest = f" ({len(problems) - TOLD} more columns and reasons are not told)" if len(problems) > TOLD else ""
    return FlowctlError(f"`{file}` has {what} that cannot be read up to line {until:,}{rest}", hint=ON_BAD, found=found)


def places_of(problems: Sequence[Problem]) -> list[Diagnostic]:
    """The first places of the most frequent problems."""
    return [diagnostic for problem in problems[:TOLD] for diagnostic in _diagnostics(problem)]


def _problems(counts: Counter[tuple[str, str]], places: dict[tuple[str, str], list[Place]]) -> tuple[Problem, ...]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Problem(*key, count, tuple(places[key])) for key, count in ordered)


def _diagnostics(problem: Problem) -> Iterator[Diagnostic]:
    text = f"column `{problem.column}`: {problem.reason}" if problem.column else problem.reason
    more = problem.count - len(problem.places)
    for number, place in enumerate(problem.places, 1):
        tail = f" (and in {more:,} more rows)" if more and number == len(problem.places) else ""
        span = Span(place.file, place.line, 1, place.line, 1)
        yield Diagnostic("FC203", Severity.ERROR, f"{text}{tail}", span, problem.hint)


class _Rejects:
    """The rejects file. Parts are written in the order of the input, whichever thread is done first."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._new = aside(path)
        self._waiting: dict[int, Sequence[Entry]] = {}
        self._next = 0
        self._file: IO[str] | None = None

    def note(self, part: int, entries: Sequence[Entry]) -> None:
        self._waiting[part] = entries
        while self._next in self._waiting:
            self._write(self._waiting.pop(self._next))
            self._next += 1

    def _write(self, entries: Sequence[Entry]) -> None:
        lines = ([e.place.file, str(e.place.line), defused(e.column), e.reason, defused(e.raw)] for e in entries)
        self._put(lines)

    def _put(self, lines: Iterable[Sequence[str]]) -> None:
        try:
            if self._file is None:
                self._file = self._opened()
                self._file.write(BOM + line_text(["file", "line", "column", "reason", "value"]) + "\r\n")
            self._file.writelines(line_text(list(line)) + "\r\n" for line in lines)
        except OSError as error:
            raise self._unwritable(error) from error

    def _opened(self) -> IO[str]:
        """Somebody's data is in it: a new file is for the user alone."""
        mode, how = "a" if is_own_place(self.path) else "w", opener(self.path, is_private=True)
        return open(self._new, mode, encoding="utf-8", newline="", opener=how)

    def finish(self, keep: bool) -> None:
        try:
            if keep:
                for part in sorted(self._waiting):
                    self._write(self._waiting[part])
                self._put([])
            if self._file:
                self._file.close()
            if keep:
                settle(self._new, self.path)
        except OSError as error:
            raise self._unwritable(error) from error
        finally:
            self._waiting.clear()
            with suppress(OSError):
                discard(self._new, self.path)

    def _unwritable(self, error: OSError) -> FlowctlError:
        here = Path.cwd()
        name = self.path.relative_to(here) if self.path.is_relative_to(here) else self.path
        return unwritable(str(name), (error.strerror or "").lower())
