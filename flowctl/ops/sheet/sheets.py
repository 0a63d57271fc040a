"""What tables and rosters look like in a spreadsheet: a row for each row, a row for each member."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping

from flowctl.data import dataclass
from flowctl.diag import FlowctlError, did_you_mean
from flowctl.document import Json, Rows, Tree
from flowctl.document import Mapping as Row
from flowctl.expr import FieldType, coerce
from flowctl.flow import Member, Model, Roster, Table, path_of
from flowctl.flow.kinds import plain_fields
from flowctl.tables import CellError

ROSTER = "roster/"
LISTS = {"skills": "; ", "leave": "; "}  # the keys of members that hold several values
_LEAVE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*\.\.\s*(\d{4}-\d\d-\d\d))?(?:\s+cover\s+(\S+))?")
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[/.](?P<month>\d\d?)[/.](?P<day>\d\d?)")
_DAY_FIRST = re.compile(r"(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{4})")
_EITHER_FIRST = re.compile(r"\d\d?/\d\d?/(\d\d|\d{4})")
EXACT = 10**15  # from here on a spreadsheet keeps only the first digits of a number


@dataclass(frozen=True, slots=True)
class Field:
    """A column: what its cells hold, and what they offer to choose from.

    `kind` is that of the header's column; of a range or a pattern it is `text`. A date may stand in a range of dates.
    """

    name: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    takes_dates: bool = False

    def value(self, text: str) -> str | float | bool | dt.date | None:
        """The text of a cell as a spreadsheet has it: a number as a number; what is none, as it is written."""
        if not text or self.kind not in ("number", "checkbox", "date"):
            return text or None
        try:
            found = coerce(text, FieldType(self.kind), dt.UTC)  # type: ignore[arg-type]  # one of these three
        except ValueError:
            return text
        return found if isinstance(found, float | bool | dt.date) else text

    def text(self, value: str | float | bool | dt.date | None) -> str:
        """What a spreadsheet's value is as the text of a cell.

        Raises:
            CellError: It is none that this column can hold.
        """
        if value is None:
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, float):
            return self._number(value)
        if isinstance(value, dt.date):
            return self._date(value)
        if "\n" in value.strip():
            raise CellError("a cell holds no line break", "write it on one line")
        return _as_day(value.strip()) if self.kind == "date" else value.strip()

    def _number(self, value: float) -> str:
        if self.kind == "date":
            raise CellError("a date is needed", "as in 2026-12-31")
        if abs(value) >= EXACT and self.kind != "number":
            hint = "format the cell as text, and type it again"
            raise CellError("a number so long that the spreadsheet has dropped its last digits", hint)
        return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(value)

    def _date(self, value: dt.date) -> str:
        if isinstance(value, dt.datetime):
            if self.kind == "datetime":
                return value.isoformat()
            if value.time() != dt.time():
                raise CellError("a day is needed, not a moment", "as in 2026-12-31")
            value = value.date()
        if self.kind not in ("date", "datetime") and not self.takes_dates:
            hint = "format the cell as text, and type it again"
            raise CellError("the spreadsheet has made a date of a text", hint)
        return value.isoformat()

    def canonical(self, text: str) -> str:
        """The form in which two texts of a cell that say the same are equal."""
        if self.name == "weight" and self.kind == "number" and not text:
            return repr(1.0)
        value = self.value(unicodedata.normalize("NFC", text.strip()))
        return "" if value is None else f"{value!r}"


def _as_day(text: str) -> str:
    """A day as spreadsheet programs write it into a CSV, as files have it."""
    if _EITHER_FIRST.fullmatch(text):
        raise CellError("whether the day or the month stands first cannot be told", "as in 2026-12-31")
    found = _YEAR_FIRST.fullmatch(text) or _DAY_FIRST.fullmatch(text)
    if not found:
        return text
    year, month, day = (int(found[name]) for name in ("year", "month", "day"))
    return f"{year:04d}-{month:02d}-{day:02d}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A table or a roster, as the rows of a sheet: the texts of its cells."""

    name: str  # as it is typed: `territories`, `roster/sdr-emea`
    fields: tuple[Field, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def part(self) -> str:
        return part_named(self.name)

    @property
    def sheet(self) -> str:
        """The name of its sheet, as far as Excel takes it."""
        return self.name.replace("/", " ")


def part_named(name: str) -> str:
    return name if name.startswith(ROSTER) else f"table/{name}"


def names_of(model: Model) -> list[str]:
    """Every table and roster, as it is typed."""
    return [*sorted(model.tables), *(f"{ROSTER}{name}" for name in sorted(model.rosters))]


def chosen(model: Model, names: Iterable[str]) -> list[str]:
    """The tables and rosters that are named; all when none is.

    Raises:
        FlowctlError: There is none of a name, or it cannot be read.
    """
    known = names_of(model)
    wanted = list(dict.fromkeys(name.removeprefix("table/") for name in names)) or known
    for name in wanted:
        if name not in known:
            paths = {path_of(part_named(name)), path_of(f"header/{name}")}
            found = [p for p in model.problems if p.span and p.span.file in paths]
            if found:
                raise FlowctlError(f"`{name}` cannot be read", found=found)
            close = did_you_mean(name, known) or did_you_mean(f"{ROSTER}{name}", known)
            raise FlowctlError(f"there is no table or roster `{name}`", hint=close or "`flowctl table list` lists them")
    return wanted


def listed(model: Model, name: str) -> Listed:
    """A table or a roster as the rows of a sheet."""
    if name.startswith(ROSTER):
        roster = model.rosters[name.removeprefix(ROSTER)]
        return Listed(name, member_fields(model), tuple(map(member_texts, roster.members)))
    table = model.tables[name]
    return Listed(name, table_fields(model, table), tuple(row_texts(table.document.root)))


# Tables -------------------------------------------------------------------------------------------------------------


def table_fields(model: Model, table: Table) -> tuple[Field, ...]:
    """The columns of a table, in the order of its CSV."""
    assert isinstance(table.document.root, Rows), "a table has a first line"
    return tuple(_field(model, table, column.text) for column in table.document.root.columns)


def _field(model: Model, table: Table, name: str) -> Field:
    column = table.header.columns[name]
    if column.key_ not in (None, "exact"):
        return Field(name, takes_dates=column.type == "date")
    offers = {
        "picklist": column.values,
        "roster": tuple(model.rosters),
        "user": tuple(model.directory.users),
        "owner": tuple(model.directory.names()),
        "checkbox": ("TRUE", "FALSE"),
    }
    return Field(name, column.type, offers.get(column.type, ()))


def row_texts(root: Tree | None) -> list[tuple[str, ...]]:
    """The cells of a CSV, row by row."""
    items = root.items if isinstance(root, Rows) else []
    return [tuple(cell.text for _, cell in row.entries.values()) for row in items if isinstance(row, Row)]  # type: ignore[union-attr]


# Rosters ------------------------------------------------------------------------------------------------------------


def member_fields(model: Model) -> tuple[Field, ...]:
    """The columns of a roster."""
    users = tuple(model.directory.users)
    names = ("skills", "hours", "zone", "holidays", "cap", "leave", "was")
    return (Field("user", "user", users), Field("weight", "number"), *map(Field, names))


def member_texts(member: Member) -> tuple[str, ...]:
    """The cells of a member."""
    plain: dict[str, Json] = {"weight": member.weight, **plain_fields(member)}
    plain["skills"] = LISTS["skills"].join(plain.get("skills", ()))
    plain["leave"] = LISTS["leave"].join(map(_leave_text, plain.get("leave", ())))
    names = ("user", "weight", "skills", "hours", "zone", "holidays", "cap", "leave", "was")
    return tuple(str(plain.get(name) or "") for name in names)


def _leave_text(leave: Mapping[str, Json]) -> str:
    days = leave["from"] if leave["from"] == leave["to"] else f"{leave['from']}..{leave['to']}"
    return f"{days} cover {leave['cover']}" if leave.get("cover") else str(days)


def member_plain(name: str, text: str) -> Json:
    """What a member's file says for the text of a cell; None for a blank.

    Raises:
        CellError: It is no such text.
    """
    pieces = [piece.strip() for piece in text.split(";") if piece.strip()]
    if name == "skills":
        return pieces or None
    if name == "leave":
        return [_leave(piece) for piece in pieces] or None
    return int(text) if name == "weight" and re.fullmatch(r"\d{1,9}", text) else text or None


def _leave(text: str) -> dict[str, Json]:
    found = _LEAVE.fullmatch(text)
    if not found:
        raise CellError("a leave is needed", "as in `2026-12-21..2027-01-03 cover lars.holm`; `;` between several")
    first, last, cover = found.groups()
    return {"from": first, "to": last or first, **({"cover": cover} if cover else {})}


def roster_of(model: Model, name: str) -> Roster:
    return model.rosters[name.removeprefix(ROSTER)]
