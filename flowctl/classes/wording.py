"""Texts that some predicates hold for and others do not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

from flowctl.classes.asked import Bit
from flowctl.classes.domain import Domain
from flowctl.classes.sorts import Sort
from flowctl.classes.texts import OTHER, Choices, Ids, OrderedTexts, Texts
from flowctl.expr import Id, Value

FEW = 6  # values of a class that are tried as they are
GAPS = ("", " ", "x", ";", "-", "0")  # between the pieces of a text
MANY = 400  # texts that are made to be tried


def values(domain: Domain, code: int, bits: Mapping[Bit, bool]) -> Iterator[Value]:
    """Values of a class for which just some predicates hold; none where no such value was found.

    The values of the class itself are tried first, then texts and choices made of what the predicates ask for.
    """
    for value in _tried(domain, code, [bit for bit, holds in bits.items() if holds]):
        if domain.encode(value) == code and all(bit.holds(value) == holds for bit, holds in bits.items()):
            yield value


def _tried(domain: Domain, code: int, wanted: Sequence[Bit]) -> Iterator[Value]:
    yield from islice(domain.members(code), FEW)
    if code == domain.blank:
        return
    start, sort = domain.at(code)
    if isinstance(sort, Texts | Ids) and code - start < len(sort.written):  # all that is listed there, in any case
        yield from islice(domain.members(code), FEW, 3 * len(sort.written[code - start]))
    yield from islice(_made(sort, code - start, wanted), MANY)


def _made(sort: Sort, code: int, wanted: Sequence[Bit]) -> Iterator[Value]:
    match sort:
        case Choices():
            held = tuple(part.strip() for bit in wanted for part in bit.written.split(";") if part.strip())
            yield from (held, (*held, OTHER)) if held else ()
        case OrderedTexts(cuts):
            yield from (text for text in _texts(wanted, cuts[code - 1] if code else "") if text.strip())
        case Texts():
            begun = sort.start(code)
            yield from (text for text in _texts(wanted, "", [begun] if begun else ()) if text.strip())
        case Ids():
            yield from (Id(text) for text in _texts(wanted, "") if text.strip())


def _texts(wanted: Sequence[Bit], low: str, starts: Sequence[str] = ()) -> Iterator[str]:
    """Texts that may do: how they begin, pieces with something between, how they end."""
    by_op: dict[str, list[str]] = {"STARTS WITH": [*starts]}
    for bit in wanted:
        by_op.setdefault(bit.op, []).append(bit.written.strip())
    first = max(by_op["STARTS WITH"], key=len, default=low)
    last = max(by_op.get("ENDS WITH", []), key=len, default="")
    pieces = [*by_op.get("CONTAINS", []), *by_op.get("INCLUDES", [])]
    pieces = [piece for piece in pieces if piece.casefold() not in (first + " " + last).casefold()]
    patterns = by_op.get("MATCHES", [])
    found = [list(islice(examples(pattern), 16 if len(patterns) == 1 else 3)) or [""] for pattern in patterns]
    for frame in _frames(first, last, by_op.get("LIKE", [])):
        for gap, matching in product(GAPS, product(*found)):
            body = gap.join((*matching, *pieces))
            yield body
            for text in dict.fromkeys((gap.join(part for part in (body, gap) if part), body, gap + body + gap)):
                yield frame.replace("%", text, 1).replace("%", "")
    yield from _overlapping(first, last)
    yield from pieces


def _frames(first: str, last: str, likes: Sequence[str]) -> Iterator[str]:
    """Texts with a `%` where others go."""
    plain = [like.replace("_", "x").replace("\\", "") for like in likes]
    if plain:
        yield max(plain, key=len)
        yield first + max(plain, key=len) + last
    else:
        yield first + "%" + last


def _overlapping(first: str, last: str) -> Iterator[str]:
    """What begins with one text and ends with another, and is shorter than both."""
    for shared in range(min(len(first), len(last)), 0, -1):
        if first[-shared:].casefold() == last[:shared].casefold():
            yield first + last[shared:]


# Patterns -------------------------------------------------------------------------------------------------------


def examples(pattern: str) -> Iterator[str]:
    """Texts in which a pattern may be found, where Python reads it as RE2 does; the caller sees whether it is."""
    try:
        parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]  # there is no other door to it
    except (re.error, RecursionError, OverflowError):
        return
    yield from _sequence(list(parsed))


def _sequence(items: list[Any]) -> Iterator[str]:
    if not items:
        yield ""
        return
    for tail in _sequence(items[1:]):
        for head in islice(_item(items[0]), 4):
            yield head + tail


def _item(item: Any) -> Iterator[str]:
    match str(item[0]), item[1]:
        case "LITERAL", code:
            yield chr(code)
        case "NOT_LITERAL", code:
            yield "x" if chr(code) != "x" else "y"
        case "ANY", _:
            yield "x"
        case "IN", among:
            yield from (text for one in among for text in _item(one))
        case "RANGE", (low, _):
            yield chr(low)
        case "CATEGORY", category:
            yield {"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a"}.get(str(category), "-")
        case "BRANCH", (_, ways):
            yield from (text for way in ways for text in _sequence(list(way)))
        case "SUBPATTERN", (*_, inside):
            yield from _sequence(list(inside))
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT", (least, most, inside):
            for text in islice(_sequence(list(inside)), 3):
                yield text * min(least or min(most, 1), 1000)
            if not least:
                yield ""
        case _:  # where a text begins or ends, and what no text can be said for
            yield ""
