"""A column of texts is what `fitted` makes of each text."""

import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flowctl.columns.batch import plain
from flowctl.columns.native import typed_array, typed_values
from flowctl.columns.spans import spans_of
from flowctl.columns.typed import Typing, typed_spans
from flowctl.expr import FieldType
from flowctl.flow.record import fitted
from tests.columns.leads import BERLIN

KINDS = ["text", "email", "id", "picklist", "multipicklist", "number", "checkbox", "date", "datetime", "user", "owner"]
ZONES = [BERLIN, dt.UTC]

days = st.dates(dt.date(1690, 1, 1), dt.date(4010, 1, 1)).map(str)
clocks = st.times().map(str) | st.times().map(lambda t: f"{t:%H:%M}") | st.sampled_from(["24:00", "23:59:60", "9:00"])
offsets = st.sampled_from(["", "Z", "+00:00", "+0000", "-0330", "+14:00", "+24:00", "+05:60", " Z", "z", "+02"])
moments = st.builds(lambda d, s, c, o: f"{d}{s}{c}{o}", days, st.sampled_from(["T", " ", "t"]), clocks, offsets)
changes = st.sampled_from(["2026-03-29", "2026-10-25", "1980-04-06", "1893-03-31", "1945-05-24"])
local = st.builds(lambda d, c: f"{d}T{c}", changes, st.times().map(lambda t: f"{t:%H:%M}"))
numbers = (
    st.floats(allow_nan=True).map(repr)
    | st.integers().map(str)
    | st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str)
    | st.sampled_from(
        ["1.", ".5", "+.5e3", "-0", "1_000", "0x1", "٣", "1e999", "123456789012345678", "0.1", ".", "-", "1,5"]
    )
)
flags = st.sampled_from(["true", "FALSE", "Yes", "no", "1", "0", "truе", "on", "2", "t"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
before, after = st.sampled_from(["", " ", "\t", "\xa0", "\x1f", "\n"]), st.sampled_from(["", " ", "\t\n", "\xa0"])
spaced = st.builds("{}{}{}".format, before, days | moments | local | numbers | flags | texts, after)


def said(raw, typing):
    """The value of a text, or why it is none."""
    try:
        return fitted(raw, typing.type, typing.zone), None
    except ValueError as error:
        return None, str(error)


def whole(typed, typing):
    """The values of a column, each with what is wrong."""
    wrong = dict(typed.wrong)
    rows = range(len(typed.values))
    return [(plain(typed.values[row].as_py(), typing.type), wrong.get(row)) for row in rows]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("zone", ZONES, ids=str)
@given(raws=st.lists(spaced | st.none(), max_size=20))
@example(raws=["2026-03-29T02:30", "2026-10-25T02:30", "1893-03-31T23:59:59", "1700-01-01T00:00", "4000-12-31T23:59"])
@example(raws=["0.3", "1e22", "9007199254740993", "-0.0", "000000000000000000001"])
def test_a_column_of_texts_is_what_each_text_is(kind, zone, raws):
    typing = Typing(FieldType(kind), zone)
    expected = [said(raw, typing) for raw in raws]

    strings = pa.array(raws, pa.string())
    for array in (
        strings,
        strings.cast(pa.large_string()),
        strings.dictionary_encode(),
        pa.array(["x", *raws], pa.string())[1:],
    ):
        assert whole(typed_array(array, typing), typing) == expected


@pytest.mark.parametrize("kind", KINDS)
@given(raws=st.lists(spaced, max_size=20))
def test_cells_that_are_there_are_read_alike_and_missing_ones_are_null(kind, raws):
    typing = Typing(FieldType(kind), BERLIN)
    spans = spans_of(pa.array([*raws, None], pa.string()))

    found = whole(typed_spans(spans, typing), typing)

    assert found == [*(said(raw, typing) for raw in raws), (None, None)]


plain_json = st.none() | st.booleans() | st.integers() | st.floats() | spaced | st.lists(texts, max_size=3)


@pytest.mark.parametrize("kind", KINDS)
@given(raws=st.lists(plain_json, max_size=20))
def test_what_json_holds_is_read_alike(kind, raws):
    typing = Typing(FieldType(kind), BERLIN)
    raws = [[part for part in raw if ";" not in part] if isinstance(raw, list) else raw for raw in raws]

    assert whole(typed_values(raws, typing), typing) == [said(raw, typing) for raw in raws]


def test_columns_with_a_type_of_their_own_are_taken_as_they_are_meant():
    moment = dt.datetime(2026, 11, 23, 9, 0, 0, 123456)  # noqa: DTZ001
    cases = [
        ("number", pa.array([1, None, 3], pa.int16()), [1.0, None, 3.0]),
        ("number", pa.array([1.5, float("nan"), None]), [1.5, None, None]),
        ("number", pa.array(["1.10"]).cast(pa.decimal128(9, 2)), [1.1]),
        ("text", pa.array([1234, None]), ["1234", None]),
        ("checkbox", pa.array([True, None, False]), [True, False, False]),
        ("date", pa.array([dt.date(2026, 11, 23), dt.date(1, 1, 1)]), [dt.date(2026, 11, 23), None]),
        ("datetime", pa.array([moment]), [moment.replace(tzinfo=BERLIN).astimezone(dt.UTC)]),
        ("datetime", pa.array([moment], pa.timestamp("ns", "America/Lima")), [moment.replace(tzinfo=dt.UTC)]),
        ("multipicklist", pa.array([["a", "b"], None, []]), [("a", "b"), None, None]),
        ("owner", pa.array(["bea", "queue/hot"]), ["user/bea", "queue/hot"]),
        ("user", pa.array(["bea", None, "bea"]).dictionary_encode(), ["user/bea", None, "user/bea"]),
        ("text", pa.array(["x"]).cast(pa.binary()), ["x"]),
        ("text", pa.nulls(2), [None, None]),
    ]
    for kind, raw, expected in cases:
        typing = Typing(FieldType(kind), BERLIN)
        assert [value for value, _ in whole(typed_array(raw, typing), typing)] == expected, kind


def test_days_are_never_made_of_moments_nor_moments_of_days():
    moments, days = pa.array([dt.datetime(2026, 11, 23, tzinfo=dt.UTC)]), pa.array([dt.date(2026, 11, 23)])

    assert typed_array(moments, Typing(FieldType("date"), BERLIN)).wrong[0][0] == 0
    assert typed_array(days, Typing(FieldType("datetime"), BERLIN)).wrong[0][0] == 0


def test_bytes_that_are_no_text_are_told():
    raw = pa.array([b"ok", b"M\xfcnchen", None], pa.binary())

    for kind in ("text", "owner"):
        typed = typed_array(raw, Typing(FieldType(kind), BERLIN))
        assert typed.values.to_pylist()[1:] == [None, None]
        assert typed.wrong == [(1, "not UTF-8")]


def test_numbers_are_rounded_as_python_rounds_them():
    draw = np.random.default_rng(5)
    raws = [f"{draw.integers(0, 10**9)}.{draw.integers(0, 10**6):06}" for _ in range(5000)]

    typed = typed_array(pa.array(raws), Typing(FieldType("number"), dt.UTC))

    assert typed.values.to_pylist() == [float(json.loads(raw)) for raw in raws]
