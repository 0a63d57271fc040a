"""Other members in a roster's file: it says what was wanted, and what is the same stays byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl.flow import load_model
from flowctl.ops.sheet.member_text import names, with_members
from flowctl.ops.sheet.sheets import member_fields, member_texts

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

FILE = "flows/rosters/sales.yaml"
STYLES = {
    "on one line each": """\
roster: sales   # of EMEA
members:
  # The first.
  - {user: ana, weight: 2, leave: [{from: 2026-12-21, to: 2026-12-21}]}   # since 2020
  - { user: ben }

  # The last.
  - {user: cem, skills: [german], cap: 5/day}
notes: the end
""",
    "as blocks": """\
roster: sales
members:
- user: ana   # since 2020
  weight: 2
  leave:
    - from: 2026-12-21
      to: 2026-12-21
- weight: 1
  user: ben
# The last.
- user: cem
  skills:
    - german
  cap: 5/day
""",
    "between brackets": """\
members: [{user: ana, weight: 2, leave: [{from: 2026-12-21, to: 2026-12-21}]}, {user: ben},
          {user: cem, skills: [german], cap: 5/day}]
roster: sales
""",
}


def read(text):
    model = load_model({FILE: text})
    assert model.problems == ()
    return model.rosters["sales"]


FIELDS = member_fields(load_model({}))


def rows(text):
    return [dict(zip(names(FIELDS), member_texts(member), strict=True)) for member in read(text).members]


def row(user, **cells):
    return dict.fromkeys(names(FIELDS), "") | {"user": user, "weight": "1"} | cells


def edited(text, wanted):
    return with_members(read(text), wanted, FIELDS)


members = st.lists(
    st.builds(
        row,
        st.sampled_from(["ana", "ben", "cem", "dee", "eva"]),
        weight=st.sampled_from(["1", "2", "30"]),
        skills=st.sampled_from(["", "german", "german; french", "a: b; [c]"]),
        hours=st.sampled_from(["", "Mo-Fr 09:00-12:30, 13:30-17:30; Sa 10:00-12:00"]),
        zone=st.sampled_from(["", "Europe/Berlin"]),
        cap=st.sampled_from(["", "5/day", "12/day, 40/week"]),
        leave=st.sampled_from(["", "2026-12-21", "2026-12-21; 2027-01-04..2027-01-08 cover ben"]),
        was=st.sampled_from(["", "anna"]),
    ),
    max_size=5,
    unique_by=lambda one: one["user"],
)


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_wanting_what_it_says_changes_nothing(text):
    assert edited(text, rows(text)) == text


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
@given(wanted=members)
def test_the_text_says_what_was_wanted_in_every_style(text, wanted):
    after = edited(text, wanted)

    assert rows(after) == wanted
    assert edited(after, wanted) == after


def test_one_key_is_one_place():
    text = STYLES["on one line each"]
    wanted = rows(text)
    wanted[1]["weight"] = "3"

    assert edited(text, wanted) == text.replace("{ user: ben }", "{ user: ben, weight: 3 }")


def test_comments_go_with_the_member_below_them():
    text = STYLES["on one line each"]

    after = edited(text, rows(text)[::-1])

    assert after.index("# The last.") < after.index("user: cem") < after.index("user: ben") < after.index("user: ana")
    assert sorted(after.splitlines()) == sorted(text.splitlines())


def test_a_leave_that_is_over_goes_and_another_joins():
    text = STYLES["as blocks"]
    wanted = rows(text)
    wanted[0]["leave"] = "2026-12-21; 2027-02-01..2027-02-05"

    assert edited(text, wanted) == text.replace(
        "      to: 2026-12-21\n", "      to: 2026-12-21\n    - from: 2027-02-01\n      to: 2027-02-05\n"
    )
