"""Generated conditions and records over the workspace of `record.py`. Few names and constants, so that they meet."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from flowctl.expr import (
    AnyOf,
    Arithmetic,
    Between,
    Changed,
    Compare,
    Day,
    Extreme,
    Field,
    Flag,
    IsBlank,
    IsNew,
    Matches,
    Moment,
    Not,
    Now,
    Number,
    Prior,
    Shift,
    Text,
    Today,
    Truth,
    all_of,
    any_of,
)
from tests.expr.record import Record

WORDS = ["acme", "ACME", "Acme Ltd", "me", "a", "CI", "cd;CI", "Straße", "001A000001LkQeA", "001A000001LkQeAIAV", "_c%"]
NUMBERS = [-1.0, 0.0, 4.5, 5.0, 1e21]
DAYS = [date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24)]
MOMENTS = [datetime(2026, 11, 24, 5, 30, tzinfo=UTC), datetime(2026, 11, 24, 9, 0, 0, 1, tzinfo=UTC)]
PATHS = [
    ("Company",),
    ("Score",),
    ("Blocked",),
    ("Trial",),
    ("Created",),
    ("Topics",),
    ("Partner_Id",),
    ("account", "Id"),
]

named = st.sampled_from(PATHS).flatmap(lambda path: st.sampled_from([Field(path), Field(path), Prior(path)]))
texts = st.builds(Text, st.sampled_from(WORDS))
constants = st.one_of(
    texts,
    st.builds(Number, st.sampled_from(NUMBERS)),
    st.builds(Flag, st.booleans()),
    st.builds(Day, st.sampled_from(DAYS)),
    st.builds(Moment, st.sampled_from(MOMENTS)),
)
operands = st.recursive(
    st.one_of(named, constants, st.just(Today()), st.just(Now())),
    lambda inner: st.one_of(
        st.builds(Arithmetic, inner, st.sampled_from(["+", "-", "*"]), inner),
        st.builds(Shift, inner, st.integers(-40, 40), st.sampled_from(["DAYS", "HOURS"])),
        st.builds(Extreme, st.sampled_from(["MAX", "MIN"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=4,
)
COMPARISONS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
LISTINGS = st.sampled_from(["IN", "NOT IN", "CONTAINS", "STARTS WITH", "ENDS WITH", "LIKE", "INCLUDES", "EXCLUDES"])


def atoms_of(left, right):
    lists = st.lists(right, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Compare, left, COMPARISONS, right),
        st.builds(AnyOf, left, LISTINGS, lists),
        st.builds(Between, left, right, right),
        st.builds(IsBlank, named, st.booleans()),
        st.builds(Matches, left, st.sampled_from(["^a", "[0-9]", "\\bltd"])),
        st.builds(Truth, st.one_of(named, st.builds(Flag, st.booleans()))),
        st.builds(Changed, st.sampled_from(PATHS)),
        st.just(IsNew()),
    )


def joined(atoms):
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.lists(inner, min_size=2, max_size=3).map(all_of),
            st.lists(inner, min_size=2, max_size=3).map(any_of),
        ),
        max_leaves=6,
    )


conditions = joined(atoms_of(operands, operands))  # anything that can be written
plain_atoms = atoms_of(named, constants)  # fields against constants, what implication knows about


def written(values):
    return st.sampled_from([None, " ", *values])


DATA = st.fixed_dictionaries(
    {
        "Company": written([*WORDS, "  aCMe  ", "Acme Ltd Oslo", "STRASSE"]),
        "Score": written(["-1", "0", "4.5", "5", "6"]),
        "Blocked": written(["true", "false"]),
        "Trial": written([day.isoformat() for day in DAYS]),
        "Created": written(["2026-11-24T05:30:00Z", "2026-11-24T09:00:00.000001Z", "2026-11-23T00:00:00Z"]),
        "Topics": written(["CI", "CI;CD", "acme;me"]),
        "Partner_Id": written(["001A000001LkQeA", "001A000001LkQeAIAV", "001a000001lkqea", "acme"]),
        "account.Id": written(["001A000001LkQeAIAV", "ACME"]),
    }
)
records = st.builds(Record, DATA, DATA, st.booleans())
