"""Edits of a roster's text: what they mean, and that every other byte stays, whatever the style of the file."""

import datetime as dt
import difflib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowctl import document as yaml
from flowctl.flow import Member, Roster
from flowctl.flow.hours import Cap, Hours
from flowctl.flow.kinds import plain_fields, read_fields
from flowctl.flow.people import Leave
from flowctl.ops.roster_file import RosterText

NEW = Member(user="new.one", weight=2)
AWAY = Leave(from_=dt.date(2026, 12, 1), to=dt.date(2026, 12, 3), cover="bea.kim")

BLOCK = """\
roster: x
# who takes turns
members:
  - user: ana.berg   # since 2024
    weight: 2
  # the second
  - user: lars.holm
    leave:
      - {from: 2026-01-01, to: 2026-01-02}   # skiing
  - {user: ines.duarte, leave: [{from: 2026-01-01, to: 2026-01-02}]}  # part time
notes: kept
"""
FLOW = "roster: x\nmembers: [{user: ana.berg, weight: 2}, {user: lars.holm}, {user: ines.duarte}] # all\n"
LINES = (
    "roster: x\nmembers: [\n  {user: ana.berg, weight: 2},  # first\n  {user: lars.holm},\n  {user: ines.duarte},\n]\n"
)
COMPACT = "roster: x\nmembers:\n- user: ana.berg\n  weight: 2\n- user: lars.holm\n- user: ines.duarte"
WIDE = COMPACT.replace("\n  w", "\n        w").replace("\n- ", "\n    -   ") + "\n"
STYLES = {"block": BLOCK, "flow": FLOW, "lines": LINES, "compact": COMPACT, "wide": WIDE}


def open_text(text):
    return RosterText(yaml.read("flows/rosters/x.yaml", text))


def roster_of(text):
    document = yaml.read("flows/rosters/x.yaml", text)
    values = read_fields(Roster, document.root, document)
    assert document.problems == []
    return Roster(**values)


def lines(before, after):
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


@pytest.fixture(params=STYLES.values(), ids=STYLES)
def text(request):
    return request.param


def test_a_member_joins_at_the_end(text):
    before = roster_of(text)

    after = open_text(text).with_member(NEW)

    assert roster_of(after).members == (*before.members, NEW)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_member_leaves(text, position):
    members = list(roster_of(text).members)

    after = open_text(text).without_member(position)

    del members[position]
    assert roster_of(after).members == tuple(members)


def test_all_members_can_leave_and_one_join_again(text):
    for _ in range(3):
        text = open_text(text).without_member(0)
    empty = roster_of(text)

    again = open_text(text).with_member(NEW)

    assert empty.members == ()
    assert roster_of(again).members == (NEW,)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_weight_is_put_in_or_replaced(text, position):
    before = roster_of(text).members

    after = roster_of(open_text(text).with_weight(position, 7)).members

    assert after[position].weight == 7
    assert [m.user for m in after] == [m.user for m in before]
    assert [m for n, m in enumerate(after) if n != position] == [m for n, m in enumerate(before) if n != position]


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_leave_comes_last(text, position):
    before = roster_of(text).members

    after = roster_of(open_text(text).with_leave(position, AWAY)).members

    assert after[position].leave == (*before[position].leave, AWAY)
    assert [m for n, m in enumerate(after) if n != position] == [m for n, m in enumerate(before) if n != position]


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_leave_that_is_taken_out_again_leaves_the_text_as_it_was(text, position):
    count = len(roster_of(text).members[position].leave)

    away = open_text(text).with_leave(position, AWAY)

    assert open_text(away).without_leave(position, count) == text


@pytest.mark.parametrize("position", [0, 1, 2])
def test_leaves_are_taken_out_one_by_one(text, position):
    text = open_text(open_text(text).with_leave(position, AWAY)).with_leave(position, AWAY)
    leaves = roster_of(text).members[position].leave

    for gone in range(len(leaves)):
        text = open_text(text).without_leave(position, 0)
        assert roster_of(text).members[position].leave == leaves[gone + 1 :]


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_leave_ends_earlier(text, position):
    text = open_text(text).with_leave(position, AWAY)
    *others, last = roster_of(text).members[position].leave

    after = open_text(text).with_leave_until(position, len(others), dt.date(2026, 12, 2))

    assert roster_of(after).members[position].leave == (*others, replace(last, to=dt.date(2026, 12, 2)))
    assert len(lines(text, after)) == 2


def test_a_leave_that_comes_first_in_its_member_leaves_an_empty_list():
    text = "roster: x\nmembers:\n  - leave:%s\n    user: ana.berg\n"
    block = "\n      - {from: 2026-12-01, to: 2026-12-03}"

    assert open_text(text % block).without_leave(0, 0) == text % " []"
    assert open_text(text % " [{from: 2026-12-01, to: 2026-12-03}]").without_leave(0, 0) == text % " []"


def test_remarks_and_all_other_lines_stay():
    assert lines(BLOCK, open_text(BLOCK).with_member(NEW)) == ["+   - {user: new.one, weight: 2}"]
    assert lines(BLOCK, open_text(BLOCK).with_weight(0, 3)) == ["-     weight: 2", "+     weight: 3"]
    assert lines(BLOCK, open_text(BLOCK).with_weight(1, 3)) == ["+     weight: 3"]
    assert lines(BLOCK, open_text(BLOCK).with_leave(1, AWAY)) == [
        "+       - {from: 2026-12-01, to: 2026-12-03, cover: bea.kim}"
    ]
    assert lines(BLOCK, open_text(BLOCK).with_leave(0, AWAY)) == [
        "+     leave: [{from: 2026-12-01, to: 2026-12-03, cover: bea.kim}]"
    ]
    assert lines(BLOCK, open_text(BLOCK).without_member(2)) == [
        "-   - {user: ines.duarte, leave: [{from: 2026-01-01, to: 2026-01-02}]}  # part time"
    ]


def test_a_new_member_is_written_like_the_last_one():
    assert open_text(COMPACT).with_member(NEW) == f"{COMPACT}\n- user: new.one\n  weight: 2"
    assert open_text(WIDE).with_member(NEW) == f"{WIDE}    -   user: new.one\n        weight: 2\n"
    assert open_text(FLOW).with_member(NEW) == FLOW.replace("duarte}]", "duarte}, {user: new.one, weight: 2}]")


def test_an_empty_leave_is_filled():
    text = "roster: x\nmembers:\n  - user: ana.berg\n    leave:\n    weight: 2\n"

    assert "    leave: [{from: 2026-12-01" in open_text(text).with_leave(0, AWAY)


NAMES = st.sampled_from(["ana.berg", "lars.holm", "ines.duarte", "noor.haddad", "no", "007"])
LEAVES = st.builds(
    lambda start, days, cover: Leave(from_=start, to=start + dt.timedelta(days=days), cover=cover),
    st.dates(dt.date(2026, 1, 1), dt.date(2027, 1, 1)),
    st.integers(0, 30),
    st.sampled_from([None, "bea.kim"]),
)
MEMBERS = st.builds(
    Member,
    user=NAMES,
    weight=st.integers(1, 9),
    skills=st.sampled_from([(), ("german", "enterprise")]),
    hours=st.sampled_from([None, Hours((((540, 720), (780, 1020)), *((),) * 6))]),
    cap=st.sampled_from([None, Cap(12, 40)]),
    leave=st.lists(LEAVES, max_size=2).map(tuple),
)


@st.composite
def rosters(draw):
    """A roster's text in a mix of styles, with remarks."""
    members = draw(st.lists(MEMBERS, min_size=1, max_size=4, unique_by=lambda m: m.user))
    plain = [plain_fields(member) for member in members]
    if draw(st.booleans()):
        return f"roster: x\nmembers: {yaml.inline(plain)}{draw(REMARKS)}\n"
    indent = draw(st.sampled_from([0, 2, 4]))
    text = "roster: x\nmembers:\n"
    for member in plain:
        if draw(st.booleans()):
            text += " " * indent + "- " + yaml.inline(member) + draw(REMARKS) + "\n"
        else:
            text += yaml.dump([member], indent).rstrip("\n") + draw(REMARKS) + "\n"
    return text


REMARKS = st.sampled_from(["", "  # a remark", "\n\n    # one below"])
EDITS = st.sampled_from(["add", "remove", "weight", "out", "in"])


@given(rosters(), st.lists(st.tuples(EDITS, st.integers(0, 3)), min_size=1, max_size=4))
def test_edits_one_after_the_other_mean_what_they_say(text, edits):
    for edit, number in edits:
        members = list(roster_of(text).members)
        at = number % len(members) if members else 0
        opened = open_text(text)
        if edit == "add" or not members:
            text, wanted = opened.with_member(NEW), [*members, NEW]
        elif edit == "remove":
            text, wanted = opened.without_member(at), members[:at] + members[at + 1 :]
        elif edit == "weight":
            changed = replace(members[at], weight=9)
            text, wanted = opened.with_weight(at, 9), [*members[:at], changed, *members[at + 1 :]]
        elif edit == "in" and members[at].leave:
            gone = number % len(members[at].leave)
            left = members[at].leave[:gone] + members[at].leave[gone + 1 :]
            changed = replace(members[at], leave=left)
            text, wanted = opened.without_leave(at, gone), [*members[:at], changed, *members[at + 1 :]]
        else:
            changed = replace(members[at], leave=(*members[at].leave, AWAY))
            text, wanted = opened.with_leave(at, AWAY), [*members[:at], changed, *members[at + 1 :]]

        assert list(roster_of(text).members) == wanted
