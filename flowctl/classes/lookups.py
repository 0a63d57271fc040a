"""Look-ups in tables: the classes of the fields that are asked for decide which row is found.

Each key column splits the field that it is asked by; the row is a function of the classes of all of them. Texts and
ids of which all tables say the same, as far as their rows are read, are one class: a table of a hundred thousand keys
with three answers makes three classes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from flowctl.classes.asked import Source, field_of, source_of
from flowctl.classes.domain import Domain, Holding
from flowctl.classes.frames import Frame, Version, Write, placed_operand, source_written
from flowctl.classes.paths import read_under
from flowctl.classes.texts import Ids, OrderedTexts, Texts, Told
from flowctl.data import dataclass
from flowctl.expr import Constant, Field, Prior, Value, fold, value_of
from flowctl.expr.ast import Blank
from flowctl.flow.program import Look, Program
from flowctl.tables import Line, Snapshot
from flowctl.tables.cells import ANYTHING, Cell, Exact, Key, Prefix, Range

Asked = Field | Prior | Constant | Blank  # by what a column is asked


@dataclass(frozen=True, eq=False)
class Lookup:
    """A look-up by fields as they arrived, and by constants.

    Attributes:
        by: What each key column of the table is asked for.
        read: The columns of the row that somebody reads; rows that agree in them need not be told apart.
    """

    table: Snapshot
    by: tuple[Asked, ...]
    read: frozenset[str]

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The fields that it hangs on."""
        return tuple(dict.fromkeys(source_of(asked) for asked in self.by if isinstance(asked, Field | Prior)))

    def find(self, values: Mapping[Source, Value], day: dt.date) -> tuple[int, Mapping[str, Value]] | None:
        """The position and the fields of the row, for values of its sources on a day: as the judge asks for it."""
        columns = zip(self.table.columns, self.by, strict=True)
        return self.table.find({column.name: _value(asked, values) for column, asked in columns}, day)

    def said(self, fields: Mapping[str, Value]) -> Hashable:
        """What is read of a row."""
        return tuple(fields.get(name) for name in sorted(self.read))

    @cached_property
    def is_dated(self) -> bool:
        """Whether rows hold on some days only."""
        return any(line.days is not ANYTHING for line in self.table.lines)

    def is_decided(self, domains: Mapping[Source, Domain]) -> bool:
        """Whether the classes of its sources decide it; not so for patterns with `*`, and ids asked for by texts."""
        columns = zip(self.table.columns, self.by, strict=True)
        fields = ((column, asked) for column, asked in columns if isinstance(asked, Field | Prior))
        return all(_decides(column.match, column.type.kind, domains[source_of(asked)]) for column, asked in fields)


def _value(asked: Asked, values: Mapping[Source, Value]) -> Value:
    held = values[source_of(asked)] if isinstance(asked, Field | Prior) else None
    return value_of(asked, Holding(held))


def _decides(match: str, kind: str, domain: Domain) -> bool:
    if match == "prefix":
        return not any(isinstance(sort, Ids | OrderedTexts) for sort in domain.sorts)
    if match == "exact" and kind == "id":  # texts are one class whatever their case, ids are not
        return not any(isinstance(sort, Texts | OrderedTexts) for sort in domain.sorts)
    return match != "wildcard"


# Of programs ----------------------------------------------------------------------------------------------------


def lookups_in(frame: Frame, version: Version, programs: Sequence[Program]) -> Iterator[Lookup]:
    """The look-ups of a program by fields and constants, with paths from the record that entered.

    Args:
        programs: All that a record can come through: what they read of the rows.
    """
    for step in frame.program.steps.values():
        if isinstance(step, Look):
            by = {column: placed_operand(operand, frame) for column, operand in step.by}
            table = version.tables[step.table]
            asked = [by.get(column.name, Blank()) for column in table.columns]
            plain = tuple(one for one in asked if isinstance(one, Asked))
            if len(plain) == len(asked):
                yield Lookup(table, plain, read_under(step.name, programs))


def with_copied(lookups: Iterable[Lookup], writes: Iterable[Write]) -> tuple[Lookup, ...]:
    """The look-ups, and those by the fields that theirs are set from, and so on; each once."""
    copies: dict[Source, list[Field | Prior]] = {}
    for write in writes:
        if isinstance(write.value, Field | Prior):
            copies.setdefault(source_written(write), []).append(write.value)
    found: dict[tuple[int, tuple[Asked, ...], frozenset[str]], Lookup] = {}
    waiting = list(lookups)
    while waiting:
        lookup = waiting.pop()
        key = id(lookup.table), lookup.by, lookup.read
        if key not in found:
            found[key] = lookup
            for source in lookup.sources:
                waiting += [_by_another(lookup, source, other) for other in copies.get(source, ())]
    return tuple(found.values())


def _by_another(lookup: Lookup, source: Source, other: Field | Prior) -> Lookup:
    was = field_of(source)
    return Lookup(lookup.table, tuple(other if asked == was else asked for asked in lookup.by), lookup.read)


# What tables say of the values of a field -------------------------------------------------------------------------


def keyed(lookups: Iterable[Lookup], source: Source) -> tuple[list[Value], Told]:
    """What look-ups name of the values of a field: numbers and days, and what they say of texts."""
    columns = [
        _Column(lookup, at)
        for lookup in lookups
        for at, asked in enumerate(lookup.by)
        if isinstance(asked, Field | Prior) and source_of(asked) == source
    ]
    numbers = [end for column in columns for end in column.ends]
    return numbers, Told(dict(_texts(columns)), dict(_ids(columns)), dict(_starts(columns)))


def _texts(columns: Sequence[_Column]) -> Iterator[tuple[str, tuple[str, Hashable]]]:
    for column in columns:
        for key, written in column.written.items():
            if isinstance(key, str):
                yield key, (written, tuple(each.of_text(key) for each in columns))


def _ids(columns: Sequence[_Column]) -> Iterator[tuple[str, tuple[str, Hashable]]]:
    for column in columns:
        for key, written in column.written.items():
            if isinstance(key, tuple):
                yield key[0], (written, tuple(each.exact.get(key) for each in columns))


def _starts(columns: Sequence[_Column]) -> Iterator[tuple[str, Hashable]]:
    for column in columns:
        for start in column.starts:
            yield start, tuple(each.of_start(start) for each in columns)


class _Column:
    """What a look-up says of the values of one key column, if it is not the same as of those that it does not name.

    Attributes:
        exact: Of keys: the rows that stand there, each by what else is asked for there, and what is read of it.
        written: Keys as somebody wrote them.
        starts: Of texts that begin so, and with nothing longer that is here.
        ends: Numbers and days at which, or after which, something else is said.
    """

    def __init__(self, lookup: Lookup, at: int) -> None:
        self.exact: dict[Key, Hashable] = {}
        self.written: dict[Key, str] = {}
        self.starts: dict[str, Hashable] = {}
        self.ends: set[Value] = set()
        name = lookup.table.columns[at].name
        rows: dict[Key, dict[Hashable, Hashable]] = {}
        for cell, rest, line, said in _rows(lookup, at):
            match cell:
                case Exact(keys):
                    for key in keys:
                        rows.setdefault(key, {}).setdefault(rest, said)
                        self._write(key, line.answer.get(name))
                case Prefix(start):
                    self.starts[start] = _said_of_start(lookup, start)
                case Range(low, high):
                    self.ends |= {low, high} - {None}
        self.exact = {key: tuple(found.items()) for key, found in rows.items()}
        self.lengths = sorted({*map(len, self.starts)}, reverse=True)

    def _write(self, key: Key, written: Value) -> None:
        match key:
            case str() if key not in self.written:
                self.written[key] = written if isinstance(written, str) and fold(written) == key else key
            case (form,) if key not in self.written:
                self.written[key] = written if isinstance(written, str) and written[:15] == form else form
            case float() | dt.date():
                self.ends.add(key)

    def of_text(self, text: str) -> Hashable:
        return self.exact.get(text, self.of_start(text))

    def of_start(self, text: str) -> Hashable:
        """What is said of a text by how it begins."""
        begun = (text[:length] for length in self.lengths if length <= len(text))
        return next((self.starts[start] for start in begun if start in self.starts), None)


def _rows(lookup: Lookup, at: int) -> Iterator[tuple[Cell, Hashable, Line, Hashable]]:
    """The rows that are filled in a column, each with its other cells, how many blank ones come before it, and what is
    read of it; but for rows that are never found, since a blank one comes before them that is like them otherwise."""
    blank: set[Hashable] = set()
    before = 0
    for line in lookup.table.lines:
        rest = *line.cells[:at], *line.cells[at + 1 :], line.days
        if line.cells[at] is ANYTHING:
            blank.add(rest)
            before += 1
        elif rest not in blank:
            yield line.cells[at], rest, line, (before, lookup.said(line.answer))


def _said_of_start(lookup: Lookup, start: str) -> Hashable:
    """What is read of the row for texts that begin so, where nothing else counts."""
    if len(lookup.by) > 1 or lookup.is_dated:
        return start
    found = lookup.table.first((start,), None)
    return None if found is None else (lookup.said(found.answer),)
