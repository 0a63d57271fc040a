"""Conditions and values of many records say what the judge reads of each."""

import datetime as dt
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowctl.engine import Turns, World
from flowctl.engine.bulk.days import DAY, days_of, number_of_day, number_of_moment
from flowctl.engine.bulk.numbers import vector
from flowctl.engine.bulk.operands import truths, values_of
from flowctl.engine.bulk.rows import BatchRows, alike
from flowctl.engine.interp import _Journey
from flowctl.expr import FieldType, Id, evaluate, parse, parse_value, value_of
from tests.engine.bulk.by_column import batch_by_column, utc
from tests.expr import conditions as written

ZONE = ZoneInfo("America/Los_Angeles")
PEOPLE = {"user/ana": {"Company": "acme", "Id": "x", "Manager": "user/ben"}, "user/ben": {"Company": "Acme Ltd"}}
WORLD = World({}, {}, PEOPLE, frozenset(PEOPLE), ZONE)
MOMENTS = [
    utc(2026, 11, 24, 5, 30),
    utc(2026, 11, 24, 8),
    utc(2026, 11, 24, 7, 59, 59, 999999),
    utc(2026, 11, 1, 8, 59, 59, 999999),  # clocks go back at 9:00
    utc(2026, 11, 1, 9),
    utc(2026, 3, 8, 9, 59, 59, 999999),  # and forth at 10:00
    utc(2026, 3, 8, 10),
    utc(2028, 2, 29, 7, 30),
    utc(1700, 1, 1),
    utc(3999, 12, 31, 23, 59),
]
DAYS = [*written.DAYS, dt.date(2028, 2, 29), dt.date(2026, 3, 8), dt.date(1700, 1, 1), dt.date(4000, 12, 31)]
NUMBERS = [*written.NUMBERS, -0.0, 4.0, 1e308, -1e308, 5e-324]
WORDS = [*written.WORDS, "  aCMe  ", " ", "STRASSE", "user/ana", "user/ben", "user/gone"]
TYPES = {
    ("Company",): (FieldType("text"), st.sampled_from(WORDS)),
    ("Other",): (FieldType("picklist"), st.sampled_from([*WORDS, "\xa0acme", "acme\x1f"])),
    ("Score",): (FieldType("number"), st.sampled_from(NUMBERS)),
    ("Blocked",): (FieldType("checkbox"), st.booleans()),
    ("Trial",): (FieldType("date"), st.sampled_from(DAYS)),
    ("Created",): (FieldType("datetime"), st.sampled_from(MOMENTS)),
    ("Topics",): (FieldType("multipicklist"), st.sampled_from(["CI", "CI;CD", "acme;me", ";", " "])),
    ("Partner_Id",): (FieldType("id"), st.sampled_from(["001A000001LkQeA", "001A000001LkQeAIAV", "001a000001lkqea"])),
    ("account",): (FieldType("user"), st.sampled_from(["user/ana", "user/ben", "user/gone", " "])),
    ("account", "Id"): (FieldType("id"), st.sampled_from(["001A000001LkQeAIAV", "ACME"])),
    ("account", "Score"): (FieldType("number"), st.sampled_from(NUMBERS)),
}


@st.composite
def batches(draw):
    count = draw(st.integers(0, 8))

    def lists(of):
        return draw(st.lists(of, min_size=count, max_size=count))

    def columns(paths):
        return {path: (TYPES[path][0], lists(st.one_of(st.none(), TYPES[path][1]))) for path in paths}

    there = draw(st.lists(st.sampled_from(sorted(TYPES)), unique=True))
    before = draw(st.lists(st.sampled_from([path for path in sorted(TYPES) if len(path) == 1]), unique=True))
    return batch_by_column(
        "Lead",
        columns(there),
        lists(st.sampled_from(MOMENTS)),
        columns(before),
        {("account",): ("Account", lists(st.booleans()))} if draw(st.booleans()) else {},
        draw(st.sampled_from([None, lists(st.booleans())])),
        draw(st.lists(st.sampled_from(sorted(TYPES)))),
    )


def readings(batch):
    return [_Journey(WORLD, batch.record(row), Turns(), batch.moment(row)) for row in range(len(batch))]


OPERANDS = """\
account.Score + Score
MAX(Score, account.Score, 0)
MIN(account.Score, PRIOR(Score))
Score * Score
Trial + 366 DAYS
Created - 25 HOURS
Trial - 999999 DAYS
Created + 999999 HOURS
account.Manager.Company
PRIOR(account.Company)
TODAY + 1 DAYS
NOW - 720 HOURS
"""
operands = st.one_of(written.operands, st.sampled_from([parse_value(line) for line in OPERANDS.splitlines()]))
TEXTS = ["Company = Other", "Other != Company", "account.Company = Other", "Other = Partner_Id", "Other = Topics"]
of_texts = st.sampled_from([parse(line) for line in TEXTS])
conditions = st.one_of(of_texts, written.conditions, written.joined(written.atoms_of(operands, operands)))


def plain(values):
    """Values and what they are of: an id is not the text that it is equal to."""
    return [(type(value), value) for value in values]


@settings(deadline=None)
@given(conditions, batches())
def test_a_condition_holds_for_those_records_for_which_the_judge_says_so(e, batch):
    assert truths(e, BatchRows(batch, WORLD)).tolist() == [evaluate(e, reading) for reading in readings(batch)]


@settings(deadline=None)
@given(operands, batches())
def test_a_value_is_for_each_record_what_the_judge_reads(operand, batch):
    found = values_of(operand, BatchRows(batch, WORLD))

    assert plain(found) == plain(value_of(operand, reading) for reading in readings(batch))


@given(batches(), st.sampled_from(sorted(TYPES)))
def test_what_is_read_of_a_batch_is_what_the_judge_reads(batch, path):
    rows = BatchRows(batch, WORLD)
    old = [reading for reading in readings(batch) if not reading.is_new]

    assert plain(rows.get(path)) == plain(reading.get(path) for reading in readings(batch))
    assert plain(rows.prior(path).take(~rows.is_new)) == plain(reading.prior(path) for reading in old)
    assert rows.changed(path)[~rows.is_new].tolist() == [reading.changed(path) for reading in old]


@pytest.mark.parametrize("text", ["Score + 2 > account.Score", "TODAY - 30 DAYS <= Created", "MAX(Score, 4) IN (4, 5)"])
def test_numbers_and_days_are_compared_without_python(text):
    there = {("Score",): (FieldType("number"), [1.0]), ("Created",): (FieldType("datetime"), [MOMENTS[0]])}
    rows = BatchRows(batch_by_column("Lead", {**there, ("account", "Score"): there["Score",]}, MOMENTS[:1]), WORLD)

    assert vector(parse(text).left, rows) is not None


def test_an_id_and_a_text_that_are_equal_stay_apart():
    types = {("A",): (FieldType("id"), ["001A000001LkQeA"]), ("B",): (FieldType("text"), ["001A000001LkQeA"])}
    rows = BatchRows(batch_by_column("Lead", types, MOMENTS[:1]), WORLD)

    assert [type(rows.get((name,))[0]) for name in "AB"] == [Id, str]


# Days in zones ----------------------------------------------------------------------------------------------------


@given(
    st.lists(st.integers(-(10**16), 6 * 10**16), max_size=5), st.sampled_from(["UTC", "Europe/Oslo", "Asia/Kolkata"])
)
def test_the_day_of_a_moment_is_that_of_the_calendar_on_the_wall(moments, name):
    zone = ZoneInfo(name)
    wall = [(utc(1970, 1, 1) + moment * dt.timedelta(microseconds=1)).astimezone(zone).date() for moment in moments]

    assert days_of(np.array(moments, np.int64), zone).tolist() == [number_of_day(day) for day in wall]


@pytest.mark.parametrize("moment", MOMENTS)
def test_days_are_right_to_the_microsecond_where_clocks_change(moment):
    at = number_of_moment(moment) + np.arange(-3, 4) * 3_600_000_000 - 1

    walls = [(moment + dt.timedelta(hours=n, microseconds=-1)).astimezone(ZONE).date() for n in range(-3, 4)]
    assert days_of(at, ZONE).tolist() == [number_of_day(wall) for wall in walls]


@pytest.mark.slow
def test_no_zone_changes_its_offset_twice_in_a_day_of_utc():
    from zoneinfo._zoneinfo import ZoneInfo as Opened  # Python's own form of it, which shows its changes

    for name in available_timezones():
        zone = Opened.no_cache(name)
        days = [change // (DAY // 1_000_000) for change in zone._trans_utc]
        assert len(days) == len(set(days)), name


# Groups -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2**31 - 2), st.integers(0, 2**31 - 2)), max_size=20))
def test_records_are_grouped_by_all_of_their_codes(codes):
    parts = [np.array([code[i] for code in codes], np.int64) for i in range(3)]

    groups = alike([(parts[0], 4), (parts[1], 2**31), (parts[2], 2**31)], len(codes))

    assert len(groups) == len(set(codes))
    assert [codes[groups.rows[group]] for group in groups.of] == codes
