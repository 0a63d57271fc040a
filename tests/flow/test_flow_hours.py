"""Working hours, caps and regions as files write them."""

import re

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl import document as yaml
from flowctl.flow.holiday import Region, countries, parts_of
from flowctl.flow.hours import DAY, Cap, Hours, Limit, WorkingHours
from flowctl.flow.kinds import MISSING

OUT = "take the member out, or note a leave"
MORE = "`10/week` says so already; or a cap for a day that is no more than that"
HINT = "as in `Mo-Fr 09:00-12:30, 13:30-17:30; Sa 10:00-12:00`"


def read(kind, text, quote='"'):
    """The value of a text, and what is wrong: the words in question, the message, the hint."""
    document = yaml.read("flows/rosters/x.yaml", f"value: {quote}{text}{quote}\n")
    found = kind.read(document.root.get("value"), document)
    told = [(p.excerpt[p.span.column - 1 : p.span.end_column - 1], p.message, p.hint) for p in document.problems]
    assert (found is MISSING) == bool(told)
    return found, told


@st.composite
def blocks(draw):
    """Blocks of one day, none of which touches another."""
    cuts = sorted(draw(st.sets(st.integers(0, DAY), max_size=8)))
    return tuple(zip(cuts[::2], cuts[1::2], strict=False))


weeks = st.builds(lambda days: Hours(tuple(days)), st.lists(blocks(), min_size=7, max_size=7))
caps = st.one_of(st.none(), st.integers(1, 999_999))


@given(weeks)
def test_hours_are_read_as_they_are_written(hours):
    assert read(WorkingHours(), str(hours)) == (hours, [])


@given(weeks, st.integers(0, 6), st.integers(0, DAY - 1))
def test_hours_hold_in_their_blocks_and_nowhere_else(hours, weekday, minute):
    assert hours.hold(weekday, minute) == any(minute in range(*block) for block in hours.days[weekday])


@given(caps, caps)
def test_caps_are_read_as_they_are_written(day, week):
    cap = Cap(day, week)

    is_cap = (day or week) and not (day and week and day > week)
    assert read(Limit(), str(cap))[0] == (cap if is_cap else MISSING)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("mo-FR 9:00-17:00", "Mo-Fr 09:00-17:00"),
        ("Mo,We,Fr 09:00-12:00", "Mo, We, Fr 09:00-12:00"),
        ("Fr-Mo 20:00-24:00", "Mo, Fr-Su 20:00-24:00"),
        ("Mo 13:00-17:00, 09:00-12:00;", "Mo 09:00-12:00, 13:00-17:00"),
        ("Mo 09:00-12:00; Mo 13:00-17:00", "Mo 09:00-12:00, 13:00-17:00"),
        ("Mo 09:00-12:00, 12:00-17:00", "Mo 09:00-17:00"),
        ("  Tu-Tu 00:00 - 24:00 ", "Tu 00:00-24:00"),
        ("", ""),
    ],
)
def test_other_writings_mean_the_same(text, canonical):
    found, told = read(WorkingHours(), text)

    assert (str(found), told) == (canonical, [])
    assert re.search(WorkingHours().schema()["pattern"], text)


@pytest.mark.parametrize(
    ("text", "words", "message", "hint"),
    [
        ("Mo-Fr 22:00-06:00", "22:00-06:00", "`22:00-06:00` ends before it starts",
         "a night is two blocks: `Mo-Fr 22:00-24:00; Tu-Sa 00:00-06:00`"),
        ("Su 22:00-06:00", "22:00-06:00", "`22:00-06:00` ends before it starts",
         "a night is two blocks: `Su 22:00-24:00; Mo 00:00-06:00`"),
        ("Mo 18:00-00:00", "18:00-00:00", "`18:00-00:00` ends before it starts",
         "to the end of the day: `18:00-24:00`"),
        ("Mo 09:00-09:00", "09:00-09:00", "`09:00-09:00` has no minute", "to the end of the day: `09:00-24:00`"),
        ("Mon-Fri 09:00-17:00", "Mon", "unknown weekday `Mon`", "did you mean `Mo`?"),
        ("Mo-Di 09:00-17:00", "Di", "unknown weekday `Di`", "weekdays: Mo, Tu, We, Th, Fr, Sa, Su"),
        ("Mo 09:00-12:00, 11:00-13:00", "11:00-13:00", "`11:00-13:00` overlaps `09:00-12:00` on Mo",
         "one block: `09:00-13:00`"),
        ("Mo-We 09:00-12:00; We 11:30-11:45", "11:30-11:45", "`11:30-11:45` overlaps `09:00-12:00` on We",
         "one block: `09:00-12:00`"),
        ("09:00-17:00", "09:00", "`09:00` is not expected here", f"days come first, {HINT}"),
        ("Mo-Fr", "r", "the working hours end too early", f"from when to when, {HINT}"),
        ("Mo-Fr 9-17", "9", "`9` is not expected here", f"from when to when, {HINT}"),
        ("Mo-Fr 09:00–17:00", "–", "`–` is not expected here", "write a plain `-`"),
        ("Mo 09:00-12:00, Tu 10:00-11:00", ",", "`,` is not expected here", "`;` between days, `,` between hours"),
        ("Mo 09:00-24:01", "24:01", "`24:01` is no time of day", "from 00:00 to 24:00"),
        ("Mo 09:60-10:00", "09:60", "`09:60` is no time of day", "from 00:00 to 24:00"),
    ],
)  # fmt: skip
def test_mistakes_in_hours_are_told_with_their_place_and_what_to_write(text, words, message, hint):
    found, told = read(WorkingHours(), text)

    assert (found, told) == (MISSING, [(words, message, hint)])


def test_each_group_tells_its_own_mistake():
    _, told = read(WorkingHours(), "Mo 09:00-08:00; Xx 09:00-10:00; We 09:00-10:00; Th 25:00-26:00")

    assert [words for words, _, _ in told] == ["09:00-08:00", "Xx", "25:00"]


def test_places_are_right_behind_escapes_and_without_quotes():
    document = yaml.read("x.yaml", 'value: "Mo\\x2dFr 09:00-08:00"\n')
    WorkingHours().read(document.root.get("value"), document)

    assert (document.problems[0].span.column, document.problems[0].span.end_column) == (18, 29)
    assert read(WorkingHours(), "Mo 09:00-08:00", quote="")[1][0][0] == "09:00-08:00"


@given(st.text(st.sampled_from("MoTuFr 0129:-,;–x"), max_size=25))
def test_whatever_is_written_is_read_or_told(text):
    found, told = read(WorkingHours(), text)

    assert bool(told) == (found is MISSING)
    if found is not MISSING:
        assert read(WorkingHours(), str(found)) == (found, [])


@pytest.mark.parametrize(
    ("text", "words", "message", "hint"),
    [
        ("0/day", "0/day", "a cap of `0/day` lets nobody have a turn", OUT),
        ("9/week, 00/day", "00/day", "a cap of `00/day` lets nobody have a turn", OUT),
        ("12/dya", "12/dya", "`12/dya` is not a cap", "did you mean `day`?"),
        ("12", "12", "`12` is not a cap", "as in `12/day, 40/week`"),
        ("-1/day", "-1/day", "`-1/day` is not a cap", "as in `12/day, 40/week`"),
        ("12/month", "12/month", "`12/month` is not a cap", "as in `12/day, 40/week`"),
        ("12/day, 14/day", "14/day", "the cap for a day is here twice", "keep one"),
        ("12/day,", "", "expected a cap", "as in `12/day, 40/week`"),
        ("25/day, 10/week", "25/day, 10/week", "nobody who gets 10 a week gets 25 a day", MORE),
    ],
)  # fmt: skip
def test_mistakes_in_caps_are_told_with_their_place(text, words, message, hint):
    assert read(Limit(), text) == (MISSING, [(words, message, hint)])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("de-be", "did you mean `DE-BE`?"),
        ("US_CA", "did you mean `US-CA`?"),
        ("Germany", "as in `DE`, or `DE-BE` for Berlin"),
        ("DE-BERLIN", "as in `DE`, or `DE-BE` for Berlin"),
    ],
)
def test_a_region_is_written_as_iso_does(text, hint):
    assert read(Region(), text, quote="") == (MISSING, [(text, f"`{text}` is no country, nor a part of one", hint)])


def test_countries_and_their_parts_are_those_that_the_library_lists():
    listed = holidays.list_supported_countries(include_aliases=False)

    assert countries() == sorted(listed)
    for country, parts in listed.items():
        assert parts_of(country) == tuple(p for p in parts if re.fullmatch("[A-Z0-9]{1,3}", p))
    assert parts_of("XX") == ()
