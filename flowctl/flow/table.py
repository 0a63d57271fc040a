"""Tables: rows that a flow looks up, in a CSV, and the header beside it that says what its columns are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any

from flowctl.data import dataclass
from flowctl.diag import Span, did_you_mean
from flowctl.document import Document, Rows, Scalar, collector_paused
from flowctl.document import Mapping as Tree
from flowctl.expr import FieldType, Value, coerce, fold
from flowctl.flow.kinds import MISSING, NAME, Choice, ListOf, MapOf, Name, Record, Text, key
from flowctl.flow.objects import KINDS, Field, ObjectType
from flowctl.tables.cells import KEY_TYPES, CellError, KeyColumn

if TYPE_CHECKING:
    from flowctl.tables import Line, Snapshot

MATCHES = ("exact", "prefix", "range", "wildcard")
ROSTER = "roster"
SINCE, UNTIL = "from", "until"  # the columns that say on which days a row holds
_COLUMN = re.compile(r"[A-Za-z]\w*")
_OWNER = re.compile(r"(?:user|queue)/(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table. One with a `key` is what rows are found by; the others are answers.

    `exact`: the same value, texts without case. `prefix`: what a text begins with. `wildcard`: a text in which `*`
    stands for any characters. `range`: `101-750`, `751-`, `-100` or `750`; of negative numbers and of days
    `-10..-5`, `2026-01-01..2026-03-31`; both ends belong to it. A blank cell fits anything, a filled one no blank.
    """

    label: str = key(Text(), "", cosmetic=True)
    type: str = key(Choice((*KINDS, ROSTER)))
    values: tuple[str, ...] = key(ListOf(Text(), is_set=True), ())
    notes: str = key(Text(), "", cosmetic=True)
    source: str = key(Text(), "", cosmetic=True)
    key_: str | None = key(Choice(MATCHES), None)

    def typed(self) -> FieldType:
        """What its cells hold; the name of a roster is a text."""
        kind: Any = "text" if self.type == ROSTER else self.type
        return FieldType(kind, self.values, self.label)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the columns of a table are. Its rows stand beside it, in a CSV whose first line names the columns.

    `hit: unique`: at most one row may fit any values on any day. `hit: first`: the first row of the file that fits.
    Columns `from` and `until`, of type `date`, say on which days a row holds: both included, blank for open.
    """

    table: str = key(Name())
    label: str = key(Text(), "", cosmetic=True)
    source: str = key(Text(), "", cosmetic=True)
    notes: str = key(Text(), "", cosmetic=True)
    hit: str = key(Choice(("unique", "first")), "unique")
    columns: Mapping[str, Column] = key(MapOf(Record(Column), named=True))
    document: Document = field(default_factory=lambda: Document("<none>", ""), compare=False, repr=False)

    @property
    def keys(self) -> tuple[str, ...]:
        """The key columns."""
        return tuple(name for name, column in self.columns.items() if column.key_)

    def of_type(self, *types: str) -> tuple[str, ...]:
        """The columns of some types."""
        return tuple(name for name, column in self.columns.items() if column.type in types)


@dataclass(frozen=True)
class Table:
    """A table that could be read: `lines` are its rows, typed, in the order of the file."""

    header: Header
    zone: dt.tzinfo
    lines: tuple[Line, ...] = ()
    document: Document = field(default_factory=lambda: Document("<none>", ""), compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.header.table

    @cached_property
    def columns(self) -> tuple[KeyColumn, ...]:
        return key_columns(self.header)

    @cached_property
    def object_type(self) -> ObjectType:
        """What a row is to whoever has looked it up: a record of the object `table/NAME`."""
        fields = {name: _field(column) for name, column in self.header.columns.items()}
        return ObjectType(object=f"table/{self.name}", fields=fields, document=self.header.document)

    def snapshot(self) -> Snapshot:
        """The table as it is asked; the same one each time, since its index is made once."""
        return self._snapshot

    @cached_property
    def _snapshot(self) -> Snapshot:
        from flowctl.tables import Snapshot

        return Snapshot(self.columns, self.lines, self.zone)

    def where(self, row: int, column: str | None = None) -> Span:
        """The place of a row (from 0), or of its cell in a column."""
        return self.document.where(row, column) if column else self.document.where(row)


def _field(column: Column) -> Field:
    """A cell that stands for many values is read as it is written."""
    typed = column.typed()
    kind = "text" if column.key_ not in (None, "exact") else typed.kind
    return Field(label=column.label, type=kind, values=column.values if kind == typed.kind else ())


def key_columns(header: Header) -> tuple[KeyColumn, ...]:
    """The key columns of a header, as cells are read by them."""
    columns = ((name, header.columns[name]) for name in header.keys)
    return tuple(KeyColumn(name, c.key_, c.typed()) for name, c in columns)  # type: ignore[arg-type]  # one of MATCHES


def note_header(header: Header) -> None:
    """Notes what is wrong with a header in its document."""
    for name, column in header.columns.items():
        at = ("columns", name)
        where = header.document.key(*at)
        if not _COLUMN.fullmatch(name) and name:
            hint = "letters, digits and `_`, so that conditions can read it"
            header.document.problem("FC005", f"`{name}` cannot be the name of a column", where, hint)
        if column.key_ and column.type not in KEY_TYPES[column.key_]:
            hint = f"{column.key_} keys are of type {', '.join(KEY_TYPES[column.key_])}"
            message = f"a column of type {column.type} cannot be a key of kind {column.key_}"
            header.document.problem("FC005", message, header.document.where(*at, "key"), hint)
        if name in (SINCE, UNTIL) and (column.type != "date" or column.key_):
            message = f"`{name}` says on which days a row holds: it is of type date, and no key"
            header.document.problem("FC005", message, where, f"`{name}: {{type: date}}`")
    if not header.keys:
        where, hint = header.document.where("columns"), "`key: exact` in a column, or prefix, range, wildcard"
        header.document.problem("FC005", "no column is a key, so that no row can be looked up", where, hint)


def read_table(header: Header, document: Document, zone: dt.tzinfo) -> Table:
    """The table of a header and its CSV; all problems of the rows are noted in the CSV's document.

    A row with problems is left out. The header must have none.
    """
    lines: list[Line] = []
    if isinstance(document.root, Rows) and _has_its_columns(header, document, document.root):
        with collector_paused():
            lines = list(_Reader(header, document, zone).lines(document.root))
    return Table(header, zone, tuple(lines), document)


def _has_its_columns(header: Header, document: Document, rows: Rows) -> bool:
    written = {column.text: column for column in rows.columns}
    for name, at in written.items():
        if name not in header.columns:
            hint = did_you_mean(name, header.columns) or f"columns here: {', '.join(header.columns)}"
            document.problem("FC514", f"unknown column `{name}`", at, hint)
    missing = [name for name in header.columns if name not in written]
    for name in missing:
        end = rows.columns[-1].end
        hint = f"add it, or delete it from {header.document.file}"
        document.problem("FC514", f"the column `{name}` is missing", document.span_of(end, end), hint)
    return not missing


class _Reader:
    """Types the cells of a table, column by column of the header."""

    def __init__(self, header: Header, document: Document, zone: dt.tzinfo) -> None:
        self.header, self.document, self.zone = header, document, zone
        # a column has far fewer values than cells
        self.keys = [(k.name, k.match == "exact", cache(partial(k.cell, zone=zone))) for k in key_columns(header)]
        self.readers = {name: cache(self._reader(column)) for name, column in header.columns.items()}

    def lines(self, rows: Rows) -> Iterator[Line]:
        from flowctl.tables import Line

        for at, row in enumerate(rows.items):
            assert isinstance(row, Tree)
            known = len(self.document.problems)
            written = {name: cell for name, (_, cell) in row.entries.items() if isinstance(cell, Scalar)}
            answer = {name: self._tried(name, written[name], read) for name, read in self.readers.items()}
            # what is wrong with an exact key has been told of its answer
            unread = [key for key in self.keys if not (key[1] and answer[key[0]] is MISSING)]
            cells = [self._tried(name, written[name], read) for name, _, read in unread]
            since, until = (self._day(answer, name) for name in (SINCE, UNTIL))
            if since and until and until < since:
                message = f"the row ends on {until}, before it begins on {since}"
                self.document.problem("FC513", message, written[UNTIL], "correct the dates")
            if len(self.document.problems) == known:
                yield Line(at, tuple(cells), answer, since, until)

    @staticmethod
    def _day(answer: Mapping[str, Value], name: str) -> dt.date | None:
        found = answer.get(name)
        return found if isinstance(found, dt.date) else None

    def _tried(self, column: str, cell: Scalar, read: Callable[[str], Any]) -> Any:
        try:
            return read(cell.text)
        except ValueError as error:
            said = error if isinstance(error, CellError) else CellError(str(error))
            of_type = f"`{column}` is of type {self.header.columns[column].type} in {self.header.document.file}"
            self.document.problem("FC512" if said.is_backwards else "FC511", str(said), cell, said.hint or of_type)
        return MISSING

    def _reader(self, column: Column) -> Callable[[str], Value]:
        """What makes a field of the row of a cell's text."""
        typed = column.typed()
        if column.key_ not in (None, "exact"):
            return lambda text: text or None
        if column.type in ("user", "owner"):
            return _user if column.type == "user" else _owner
        if column.type == ROSTER:
            return _roster
        if column.values and column.type in ("picklist", "multipicklist"):
            choices = {fold(value): value for value in column.values}
            return lambda text: _chosen(coerce(text, typed, self.zone), choices)
        return lambda text: coerce(text, typed, self.zone)


def _user(text: str) -> Value:
    name = text.removeprefix("user/")
    if not text:
        return None
    if not NAME.match(name):
        raise CellError("a user is needed", "the name of one, as in bea.kim")
    return f"user/{name}"


def _owner(text: str) -> Value:
    found = _OWNER.fullmatch(text)
    if not text:
        return None
    if not found or not NAME.match(found[1]):
        raise CellError("an owner is needed", "`user/NAME` or `queue/NAME`")
    return text


def _roster(text: str) -> Value:
    if text and not NAME.match(text):
        raise CellError("the name of a roster is needed", "letters, digits, `_`, `-` and `.`")
    return text or None


def _chosen(value: Value, choices: Mapping[str, str]) -> Value:
    """The value, or values, as the header spells them."""
    if value is None:
        return None
    texts = value if isinstance(value, tuple) else (str(value),)
    for text in texts:
        if fold(text) not in choices:
            hint = did_you_mean(text, choices.values()) or f"values: {', '.join(choices.values())}"
            raise CellError("not one of the column's values", hint)
    spelt = tuple(choices[fold(text)] for text in texts)
    return spelt if isinstance(value, tuple) else spelt[0]
