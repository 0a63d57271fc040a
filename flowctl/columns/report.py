"""How a report of Salesforce spells days, moments and numbers, where that can only mean one thing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from flowctl.columns.typed import Respell

SAMPLE = 200_000  # texts that are asked, at most, whether the day or the month comes first
_SLASHED = re.compile(
    r"\s*(?P<a>[0-9]{1,2})(?P<by>[/.])(?P<b>[0-9]{1,2})(?P=by)(?P<year>[0-9]{4})"
    r"(?:,?\s+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?(?:\s?(?P<half>[AaPp][Mm]))?)?\s*"
)
# Groups of three and a sign for decimals, or groups alone where there are two: `1,234.5`, `1.234,5`, `1,234,567`.
_GROUPED = (
    (re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+"), ",", "."),
    (re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+"), ".", ","),
    (re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3}){2,}"), ",", "."),
    (re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}"), ".", ","),
    (re.compile(r"[+-]?[0-9]+,(?![0-9]{3}\Z)[0-9]+"), ".", ","),  # `12,5`
)
ORDER = "it cannot be told whether the day or the month comes first: 2026-11-23 is needed"
GROUPS = "it cannot be told whether thousands or decimals are meant: 1234.5 is needed"


def spelling(days: Iterable[str]) -> Respell:
    """How to respell the texts of a report; some of its days say whether the day or the month comes first.

    What is respelt is read as any other text is then; what can mean two things is a ValueError.
    """
    order = _order(days)

    def respell(text: str, kind: str) -> str:
        if kind in ("date", "datetime"):
            return _day(text, kind, order)
        return _number(text) if kind == "number" else text

    return respell


def _order(days: Iterable[str]) -> str | None:
    """`dm` or `md` where all that tell agree."""
    told: set[str] = set()
    for text in islice(days, SAMPLE):
        found = _SLASHED.fullmatch(text) if "/" in text else None
        if found and int(found["a"]) > 12:
            told.add("dm")
        elif found and int(found["b"]) > 12:
            told.add("md")
    return told.pop() if len(told) == 1 else None


def _day(text: str, kind: str, order: str | None) -> str:
    found = _SLASHED.fullmatch(text)
    if found is None:
        raise ValueError(f"a {'day' if kind == 'date' else 'moment'} is needed, such as 2026-11-23")
    a, b = int(found["a"]), int(found["b"])
    if found["by"] == ".":
        day, month = a, b
    elif a == b:
        day = month = a
    elif order is None:
        raise ValueError(ORDER)
    else:
        day, month = (a, b) if order == "dm" else (b, a)
    date = f"{found['year']}-{month:02}-{day:02}"
    if kind == "date" and found["hour"] is None:
        return date
    return f"{date}T{_clock(found)}"


def _clock(found: re.Match[str]) -> str:
    hour, half = int(found["hour"] or 0), (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError("a time of day is needed, such as 9:05 AM")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour:02}:{found['minute'] or '00'}:{found['second'] or '00'}"


def _number(text: str) -> str:
    text = text.strip()
    for pattern, group, point in _GROUPED:
        if pattern.fullmatch(text):
            return text.replace(group, "").replace(point, ".")
    if re.fullmatch(r"[+-]?[0-9]{1,3}[,.][0-9]{3}", text):
        raise ValueError(GROUPS)
    return text
