"""Look-ups in tables of two sizes: by exact key, by prefix, by range, and by all of them with days."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from benchmarks.timing import cpu_seconds, in_turns, ratio
from flowctl.expr import FieldType, Value
from flowctl.tables import KeyColumn, Line, Snapshot
from flowctl.tables.cells import Match

SMALL, LARGE = 1_000, 100_000
ASKED, TIMES = 500, 40  # questions that are timed together, each so often
DAY = dt.date(2026, 11, 23)

COUNTRY = KeyColumn("Country", "exact", FieldType("text"))
POSTCODE = KeyColumn("Postcode", "prefix", FieldType("text"))
EMPLOYEES = KeyColumn("Employees", "range", FieldType("number"))
KEYS: dict[Match, KeyColumn] = {"exact": COUNTRY, "prefix": POSTCODE, "range": EMPLOYEES}

Question = Mapping[str, Value]


def single(match: Match, rows: int) -> Snapshot:
    """A table with one key column, each of whose rows fits other values."""
    column = KEYS[match]
    texts = (f"{at * 10}-{at * 10 + 9}" if match == "range" else f"{at:08}" for at in range(rows))
    lines = tuple(Line(at, (column.cell(text, dt.UTC),)) for at, text in enumerate(texts))
    return Snapshot((column,), lines, dt.UTC)


def question(match: Match, at: int) -> Question:
    return {
        KEYS[match].name: float(at * 10 + 5) if match == "range" else f"{at:08}" + ("99" if match == "prefix" else "")
    }


def combined(rows: int) -> Snapshot:
    """Countries with a prefix, sizes and days, as a table of territories has them; blank cells among them."""
    columns = COUNTRY, POSTCODE, EMPLOYEES
    countries = rows // 50
    lines = []
    for at in range(rows):
        country, place, size = f"country {at % countries}", at // countries % 5, at // countries // 5
        since = DAY - dt.timedelta(days=30) if at % 3 else None
        texts = country, f"{place}" if place else "", f"{size * 100}-{size * 100 + 99}"
        lines.append(Line(at, tuple(c.cell(text, dt.UTC) for c, text in zip(columns, texts, strict=True)), {}, since))
    return Snapshot(columns, tuple(lines), dt.UTC)


def asked_of_combined(rows: int, at: int) -> Question:
    return {"Country": f"Country {at % (rows // 50)}", "Postcode": f"{at % 7}1000", "Employees": float(at % 1000)}


def ask(table: Snapshot, questions: list[Question]) -> None:
    for values in questions:
        table.find(values, DAY)


def scan(table: Snapshot, questions: list[Question]) -> None:
    """What the index spares: the first row that fits, one after the other."""
    for values in questions:
        keys = tuple(column.key(values.get(column.name), table.zone) for column in table.columns)
        next((line for line in table.lines if line.fits(keys, DAY)), None)


def growth(make: Callable[[int], Snapshot], questions: Callable[[int], list[Question]], rounds: int) -> float:
    """How many times as long the same number of look-ups takes in the large table as in the small one."""
    calls = []
    for rows in (SMALL, LARGE):
        table, asked = make(rows), questions(rows)
        assert table.find(asked[0], DAY) is not None
        calls.append(partial(ask, table, asked))
    small, large = in_turns(calls, rounds)
    return ratio(large, small)


def measured(rounds: int) -> Iterator[tuple[str, float, float]]:
    """What was measured, the ratio, and its bar.

    A hundred times the rows. A hash look-up stays as it is, but for a memory that is colder: 2. A binary search takes
    17 steps instead of 10: 1.7 times, and colder memory: 3.
    """
    chance = random.Random(0)
    bars: dict[Match, float] = {"exact": 2, "prefix": 2, "range": 3}
    for match, bar in bars.items():
        asked = partial(_questions, match, chance)
        yield (
            f"look-up by {match} key, {LARGE:,} rows / {SMALL:,} rows",
            growth(partial(single, match), asked, rounds),
            bar,
        )
    name = f"look-up by exact key, prefix, range and day, {LARGE:,} rows / {SMALL:,} rows"
    yield name, growth(combined, partial(_combined_questions, chance), rounds), 3.0


def _questions(match: Match, chance: random.Random, rows: int) -> list[Question]:
    return [question(match, chance.randrange(rows)) for _ in range(ASKED)] * TIMES


def _combined_questions(chance: random.Random, rows: int) -> list[Question]:
    return [asked_of_combined(rows, chance.randrange(rows)) for _ in range(ASKED)] * TIMES


def spared() -> float:
    """How many times as long a scan of the small table takes as its index."""
    table = single("range", SMALL)
    questions = _questions("range", random.Random(1), SMALL)[:200]
    ask(table, questions)
    return cpu_seconds(partial(scan, table, questions)) / cpu_seconds(partial(ask, table, questions))
