"""What fields hold, how the text of a file becomes it, and when two values are the same.

The one place where text is trimmed and folded, ids lose their suffix and moments become days.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, date, datetime, tzinfo
from typing import Literal, assert_never, cast

from flowctl.data import dataclass

Kind = Literal[
    "text", "email", "url", "phone", "id", "number", "checkbox", "date", "datetime",
    "picklist", "multipicklist", "user", "owner",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldType:
    """What a field may hold. `values` are the choices of a (multi-)picklist; none means that any text will do."""

    kind: Kind
    values: tuple[str, ...] = ()
    label: str = ""
    required: bool = False


class Id(str):
    """A record id as it was written; equal to its other form of 15 or 18 characters (`comparable` sees to it)."""

    __slots__ = ()


# None is blank. Numbers are always float, datetimes always in UTC, a tuple holds the choices of a multi-picklist.
Value = str | float | bool | date | datetime | tuple[str, ...] | None

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(_DAY.pattern + r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?")
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_ID = re.compile(r"[0-9A-Za-z]{15}([0-9A-Za-z]{3})?")


def fold(text: str) -> str:
    """The form in which texts compare: trimmed, without case, in Unicode form NFC."""
    if text.isascii():
        return text.strip().lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text.strip()).casefold())


def in_calendar(value: date) -> bool:
    """Whether Salesforce can hold a day or moment. Within its years no time zone runs off Python's calendar."""
    return 1700 <= value.year <= 4000


def day_of(value: date, zone: tzinfo) -> date:
    """The calendar day of a moment in a time zone; a day is its own."""
    return value.astimezone(zone).date() if isinstance(value, datetime) else value


def is_id(text: str) -> bool:
    """Whether a text has the shape of a record id, in its form of 15 or of 18 characters."""
    return _ID.fullmatch(text) is not None


Pair = tuple[str, str] | tuple[float, float] | tuple[date, date]


def comparable(a: Value, b: Value, zone: tzinfo) -> Pair | None:
    """Two values in the form in which they compare, or None when one is blank or their types do not fit.

    Beside a checkbox, blank is false. A day and a moment compare by their days in the zone. Ids keep their case.
    """
    if isinstance(a, float) and isinstance(b, float):  # without a detour: classes of numbers are asked by thousands
        return a, b
    match a, b:
        case (bool(), bool() | None) | (None, bool()):
            return bool(a), bool(b)
        case (bool(), _) | (_, bool()):
            return None
        case str(), str():
            return _texts(a, b)
        case datetime(), datetime():
            return a, b
        case date(), date():
            return day_of(a, zone), day_of(b, zone)
        case _:
            return None


def _texts(a: str, b: str) -> tuple[str, str] | None:
    trimmed = a.strip(), b.strip()
    if not all(trimmed):
        return None
    if (isinstance(a, Id) or isinstance(b, Id)) and all(map(is_id, trimmed)):
        return trimmed[0][:15], trimmed[1][:15]
    return fold(a), fold(b)


def equal(a: Value, b: Value, zone: tzinfo) -> bool:
    """What `=` says of two values: false when either is blank."""
    pair = comparable(a, b, zone)
    return pair is not None and pair[0] == pair[1]


def stored(value: Value) -> Value:
    """A value so that it differs from another only where Salesforce would store another: CHANGED compares these."""
    if value is False:
        return None  # a blank checkbox is false
    return value.strip()[:15] if isinstance(value, Id) else value


def choices(value: Value) -> frozenset[str]:
    """The folded choices of a multi-picklist, or of a text that joins them with `;`."""
    parts = value if isinstance(value, tuple) else value.split(";") if isinstance(value, str) else ()
    return frozenset(folded for part in parts if (folded := fold(part)))


# From the text of files -----------------------------------------------------------------------------------------


def coerce(raw: object, type: FieldType, zone: tzinfo) -> Value:
    """The value that a scalar of YAML, CSV or JSON stands for in a field; also fits one value to another field's type.

    Blank (None, or nothing but spaces) is None, of a checkbox False. Picklists are not held to their choices: old
    records hold retired ones. A moment without an offset is read in `zone`; days are never made of moments.

    Raises:
        ValueError: The text is no such value. The message says what is needed, and never holds the value.
    """
    if raw is None or raw in ((), []) or (isinstance(raw, str) and not raw.strip()):
        return False if type.kind == "checkbox" else None
    match type.kind:
        case "number":
            return _number(raw)
        case "checkbox":
            return _flag(raw)
        case "date":
            return _day(raw)
        case "datetime":
            return _moment(raw, zone)
        case "multipicklist":
            return _choices(raw)
        case "id":
            return Id(_text(raw))
        case "text" | "email" | "url" | "phone" | "picklist" | "user" | "owner":
            return _text(raw)
        case _:
            assert_never(type.kind)


def _text(raw: object) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):  # JSON's 1234 for a postcode
        return str(raw)
    raise ValueError("a text is needed")


def _number(raw: object) -> float:
    if (isinstance(raw, str) and _NUMBER.fullmatch(raw.strip())) or type(raw) in (int, float):
        try:
            number = float(cast("str | float", raw))
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise ValueError("a number is needed, such as 12 or -0.5")


def _flag(raw: object) -> bool:
    flag = raw if isinstance(raw, bool) else _FLAGS.get(str(raw).strip().lower())
    if flag is None:
        raise ValueError("true or false is needed")
    return flag


def _day(raw: object) -> date:
    if isinstance(raw, datetime) or (isinstance(raw, str) and _MOMENT.fullmatch(raw.strip())):
        raise ValueError("a day is needed, not a moment, such as 2026-11-23")
    if isinstance(raw, str) and _DAY.fullmatch(raw.strip()):
        try:
            raw = date.fromisoformat(raw.strip())
        except ValueError:  # its message would hold the value
            raise ValueError("there is no such day: one of the calendar is needed") from None
    if isinstance(raw, date) and in_calendar(raw):
        return raw
    raise ValueError("a day of the years 1700 to 4000 is needed, such as 2026-11-23")


def _moment(raw: object, zone: tzinfo) -> datetime:
    try:
        if isinstance(raw, str) and _MOMENT.fullmatch(raw.strip()):
            raw = datetime.fromisoformat(raw.strip())
        if isinstance(raw, datetime) and in_calendar(raw):
            return (raw if raw.tzinfo else raw.replace(tzinfo=zone)).astimezone(UTC)
    except ValueError:
        pass  # its message would hold the value
    raise ValueError("a moment of the years 1700 to 4000 is needed, such as 2026-11-23T09:00:00Z")


def _choices(raw: object) -> tuple[str, ...] | None:
    parts = raw.split(";") if isinstance(raw, str) else raw
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError("choices joined by `;` are needed")
    return tuple(part.strip() for part in parts if part.strip()) or None
