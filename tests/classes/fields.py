"""Fields of every type, atoms about them, and values near and at every constant of those."""

import datetime as dt
import math
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from flowctl.classes import Space
from flowctl.classes.asked import Asked, Bit
from flowctl.expr import (
    AnyOf,
    Between,
    Compare,
    Day,
    Field,
    Flag,
    Id,
    IsBlank,
    Matches,
    Moment,
    Number,
    Prior,
    Text,
    Truth,
    day_of,
)

ZONES = [ZoneInfo(n) for n in ("Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "America/St_Johns", "UTC")]
NUMBERS = [-1e308, -1.0, -0.0, 0.0, 0.1 + 0.2, 4.5, 50.0, 51.0, 2.0**53, 1e21, math.nextafter(math.inf, 0)]
DAYS = [
    dt.date(2026, 3, 29),  # a day of 23 hours in Berlin
    dt.date(2026, 10, 25),  # and of 25
    dt.date(2018, 11, 4),  # begins at one o'clock in Sao Paulo
    dt.date(2018, 2, 17),  # where this one has its last hour twice
    dt.date(2018, 2, 18),
    dt.date(2011, 12, 30),  # no day in Apia
    dt.date(2011, 12, 31),
    dt.date(2006, 10, 29),  # begins twice in St. John's
    dt.date(2024, 2, 29),
    dt.date(1700, 1, 1),
    dt.date(4000, 12, 31),
]
MOMENTS = [
    dt.datetime(2026, 3, 28, 23, tzinfo=dt.UTC),
    dt.datetime(2024, 2, 29, 12, 30, 0, 1, tzinfo=dt.UTC),
    dt.datetime(2006, 10, 29, 2, 31, tzinfo=dt.UTC),
    dt.datetime(2011, 12, 30, 10, tzinfo=dt.UTC),
]
ID = "001A000001LkQeA"
WORDS = [
    "acme", "ACME Ltd", "Acme", "me", "a", "ab", "b", "z", "a;b", "b;a", ";", "Straße", "STRASSE", "s", "\xc9t\xe9",
    "E\u0301te\u0301", "e\u0301", "\u212a", "k", "_c%", "a%e", "\\_x", ID, ID + "IAV", ID.lower(), ID.upper(),
    ID.replace("k", "\u212a"), "00Q000000000000", "other", "user/bea.kim", "queue/partner", "\0", "a\0", "\u037e",
    "a\u037eb", "\ufb01ne", "fine",
]  # fmt: skip
PATTERNS = ["^a", "[0-9]", "\\bltd", "^(acme|other)$", "^.{15}$", "s", "^$", "\\x{212a}", "\\pL"]
KINDS = ["text", "picklist", "id", "owner", "number", "checkbox", "date", "datetime", "multipicklist"]
kinds = st.one_of(st.just(frozenset()), st.sets(st.sampled_from(KINDS), min_size=1, max_size=2).map(frozenset))

HERE = ("X",)
subjects = st.sampled_from((Field(HERE), Field(HERE), Prior(HERE)))
constants = st.one_of(
    st.builds(Text, st.sampled_from([*WORDS, "  "])),
    st.builds(Text, st.sampled_from(WORDS)),
    st.builds(Number, st.sampled_from(NUMBERS)),
    st.builds(Flag, st.booleans()),
    st.builds(Day, st.sampled_from(DAYS)),
    st.builds(Moment, st.sampled_from(MOMENTS)),
)
OPS = ("=", "!=", "<", "<=", ">", ">=")
LISTS = ("IN", "NOT IN", "CONTAINS", "STARTS WITH", "ENDS WITH", "LIKE", "INCLUDES", "EXCLUDES")
several = st.lists(constants, min_size=1, max_size=3).map(tuple)
atoms = st.one_of(
    st.builds(Compare, subjects, st.sampled_from(OPS), constants),
    st.builds(Compare, constants, st.sampled_from(OPS), subjects),
    st.builds(AnyOf, subjects, st.sampled_from(LISTS), several),
    st.builds(Between, subjects, constants, constants),
    st.builds(IsBlank, subjects, st.booleans()),
    st.builds(Matches, subjects, st.sampled_from(PATTERNS)),
    st.builds(Truth, st.one_of(subjects, st.builds(Flag, st.booleans()))),
)


def near_numbers():
    ends = {c + by for c in NUMBERS for by in (-1.0, 0.0, 1.0)}
    ends |= {math.nextafter(c, to) for c in NUMBERS for to in (math.inf, -math.inf)}
    return sorted(number for number in ends if math.isfinite(number))


def near_moments():
    """Moments at and around constants and the borders of days in every zone, by a microsecond, an hour and a day."""
    ends = [*MOMENTS]
    for day in DAYS:
        noon = dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)
        ends += [noon + dt.timedelta(hours=hours) for hours in range(-40, 41)]
        ends += [noon + dt.timedelta(minutes=minutes) for minutes in range(-600, -500)]
    around = [0, 1, -1, 3600 * 10**6]
    return sorted({end + dt.timedelta(microseconds=by) for end in ends for by in around})


def near_days():
    found = {day_of(moment, dt.UTC) for moment in near_moments()}
    return sorted(day for day in found if dt.date(1700, 1, 1) <= day <= dt.date(4000, 12, 31))


def near_texts():
    forms = [form for w in WORDS for form in (w, w.upper(), w.lower(), f"  {w}\t", f"{w} x", f"x{w}", w + "\0", w + w)]
    return [form for form in forms if form.strip()]


texts = st.one_of(st.sampled_from(near_texts()), st.sampled_from(WORDS), st.text(max_size=4))
VALUES = {
    "number": st.one_of(st.sampled_from(near_numbers()), st.floats(allow_nan=False, allow_infinity=False)),
    "checkbox": st.booleans(),
    "date": st.one_of(st.sampled_from(near_days()), st.sampled_from(DAYS)),
    "datetime": st.sampled_from(near_moments()),
    "multipicklist": st.lists(st.sampled_from(WORDS).map(str.strip), min_size=1, max_size=3).map(tuple),
    "id": texts.map(Id),
}


def values(kinds):
    """Values that a field of some types can hold, blanks among them."""
    names = kinds or set(KINDS)
    return st.one_of(st.none(), *(VALUES.get(kind, texts) for kind in sorted(names)))


def space_of(asked, kinds, zones, written=()):
    return Space.asking(asked, [(("now", HERE), value) for value in written], lambda path: kinds, zones)


def said(space, asked, vector):
    """The truth that a vector gives to an atom, as `Asked` explains it."""
    codes = dict(zip(space.domains, vector.codes, strict=True))
    bits = dict(zip(space.bits, vector.bits, strict=True))
    assert isinstance(asked, Asked)
    found = any(
        (int(bits[feature]) if isinstance(feature, Bit) else codes[feature]) in among for feature, among in asked.any_of
    )
    return found != asked.negated
