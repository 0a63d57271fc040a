"""The index finds what trying one row after the other finds."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from flowctl.expr import FieldType, Id
from flowctl.tables import KeyColumn, Line, Snapshot
from flowctl.tables.cells import ANYTHING

UTC = dt.UTC
DAY = dt.date(2026, 11, 23)

NUMBERS = st.integers(0, 12).map(str)
WORDS = st.text("abA ", max_size=4)
CELLS = {
    ("exact", "text"): st.one_of(WORDS, st.just("001000000000abC"), st.just("001000000000abCDEF")),
    ("exact", "id"): st.sampled_from(["", "001000000000abC", "001000000000abCDEF", "001000000000ABC", "x"]),
    ("exact", "number"): NUMBERS,
    ("exact", "checkbox"): st.sampled_from(["", "true", "false"]),
    ("prefix", "text"): WORDS,
    ("wildcard", "text"): st.text("ab*", max_size=5),
    ("range", "number"): st.one_of(
        st.just(""),
        NUMBERS,
        NUMBERS.map("{}-".format),
        NUMBERS.map("-{}".format),
        st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda ends: "{}-{}".format(*sorted(ends))),
    ),
}
DAYS = st.one_of(st.none(), st.integers(0, 9).map(lambda n: DAY + dt.timedelta(days=n)))
VALUES = {
    "text": st.one_of(st.none(), st.text("abA ", max_size=5), st.just(Id("001000000000abCDEF"))),
    "id": st.sampled_from([None, Id("001000000000abC"), "001000000000abCDEF", "X", Id("001000000000aBC")]),
    "number": st.one_of(st.none(), st.floats(-1, 13), st.integers(0, 12).map(float)),
    "checkbox": st.sampled_from([None, True, False]),
}


@st.composite
def tables(draw):
    """A snapshot, and questions to it."""
    sorts = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=3))
    columns = tuple(KeyColumn(f"c{i}", match, FieldType(kind)) for i, (match, kind) in enumerate(sorts))
    row = st.tuples(*(CELLS[sort] for sort in sorts))
    lines = []
    for at, texts in enumerate(draw(st.lists(row, max_size=40))):
        cells = tuple(column.cell(text, UTC) for column, text in zip(columns, texts, strict=True))
        since, until = draw(st.tuples(DAYS, DAYS).filter(lambda days: None in days or days[0] <= days[1]))
        lines.append(Line(at, cells, {"at": float(at)}, since, until))
    question = st.fixed_dictionaries({c.name: VALUES[c.type.kind] for c in columns})
    questions = draw(st.lists(st.tuples(question, st.integers(-1, 10)), min_size=1, max_size=10))
    return Snapshot(columns, tuple(lines), UTC), questions


def scanned(table, values, day):
    keys = tuple(column.key(values.get(column.name), UTC) for column in table.columns)
    return next(((line.at, line.answer) for line in table.lines if line.fits(keys, day)), None)


@given(tables())
def test_the_index_finds_what_a_scan_finds(asked):
    table, questions = asked
    days = [(values, DAY + dt.timedelta(days=n)) for values, n in questions]

    found = [table.find(values, day) for values, day in days]

    assert found == [scanned(table, values, day) for values, day in days]


def table_of(columns, *rows):
    lines = (
        Line(at, tuple(c.cell(text, UTC) for c, text in zip(columns, row, strict=True))) for at, row in enumerate(rows)
    )
    return Snapshot(tuple(columns), tuple(lines), UTC)


def column(match, kind="text", name="c"):
    return KeyColumn(name, match, FieldType(kind))


def test_the_first_row_of_the_file_wins_though_another_is_more_exact():
    table = table_of([column("prefix")], ["10"], ["1011"], *([str(n)] for n in range(20, 60)))

    assert table.find({"c": "101199"}, DAY)[0] == 0


def test_thousands_of_rows_are_found_by_prefix_range_and_day():
    columns = [column("prefix", name="postcode"), column("range", "number", name="size")]
    rows = [(f"{code:04}", f"{n * 10}-{n * 10 + 9}") for code in range(1000, 1040) for n in range(40)]
    table = table_of(columns, *rows)

    assert table.find({"postcode": "101599", "size": 123.0}, DAY)[0] == 15 * 40 + 12
    assert table.find({"postcode": "101599", "size": 400.0}, DAY) is None


def test_a_value_that_the_column_cannot_hold_fits_only_blank_cells():
    table = table_of([column("exact", "number")], ["5"], [""])

    assert table.find({"c": "5"}, DAY)[0] == 1


def test_a_blank_checkbox_is_false():
    table = table_of([column("exact", "checkbox")], ["true"], ["false"])

    assert table.find({}, DAY)[0] == 1


def test_the_fingerprint_tells_what_a_table_holds():
    one, same, other = (table_of([column("exact")], ["a"], [second]) for second in ("b", "B", "c"))

    assert one.fingerprint == same.fingerprint != other.fingerprint


def test_rows_hold_on_their_days_both_included():
    line = Line(0, (ANYTHING,), since=DAY, until=DAY + dt.timedelta(days=1))
    table = Snapshot((column("exact"),), (line,), UTC)

    found = [table.find({}, DAY + dt.timedelta(days=n)) is not None for n in range(-1, 3)]

    assert found == [False, True, True, False]
