"""A table differs row by row, and is merged row by row, each row known by what it is found by."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flowctl import document as yaml
from flowctl.diff import diff_bundles, merge_text, settle
from flowctl.diff.naming import naming
from flowctl.diff.rows import apply_rows, diff_rows, named_rows
from flowctl.document import line_text
from flowctl.flow import Bundle, content_digest
from flowctl.render.words import marker, sentence

HEADER = """\
table: t
hit: unique
columns:
  Country: {key: exact, type: text}
  Employees: {key: range, type: number}
  Owner: {type: owner}
  from: {type: date}
  until: {type: date}
"""
FIRST = HEADER.replace("unique", "first")
ROWS = """\
Country,Employees,Owner,from,until
Norway,1-10,user/bea.kim,,
Sweden,,user/lars.holm,,
Peru,,queue/raw,,
"""
BESIDE = "Norway,1-10,user/bea.kim,,\n"


def told(after, header=HEADER, before=ROWS):
    [diff] = diff_bundles(
        Bundle({"header/t": header, "table/t": before}), Bundle({"header/t": header, "table/t": after})
    )
    assert diff.status == "changed"
    return [f"{marker(edit)} {sentence(edit)}" for edit in diff.edits], diff.cosmetic


CHANGES = {
    "a cell": (
        "lars.holm",
        "noor.haddad",
        ["~ `Owner` of row `Sweden, any` is now `user/noor.haddad` (was `user/lars.holm`)"],
    ),
    "a row more": ("Peru", "Chile,,queue/raw,,\nPeru", ["+ row `Chile, any` is new"]),
    "a row less": (BESIDE, "", ["- row `Norway, 1-10` is gone"]),
    "another key": ("1-10", "1-20", ["+ row `Norway, 1-20` is new", "- row `Norway, 1-10` is gone"]),
    "a row that ends": (
        BESIDE,
        "Norway,1-10,user/bea.kim,,2026-12-31\nNorway,1-10,user/lars.holm,2027-01-01,\n",
        ["~ `until` of row `Norway, 1-10` is now `2026-12-31`", "+ row `Norway, 1-10 from 2027-01-01` is new"],
    ),
}


@pytest.mark.parametrize(("old", "new", "said"), CHANGES.values(), ids=CHANGES)
def test_a_changed_table_is_told_row_by_row(old, new, said):
    edits, cosmetic = told(ROWS.replace(old, new))

    assert edits == said
    assert not cosmetic


def test_the_order_of_rows_is_told_where_the_first_one_wins():
    norway, sweden = ROWS.splitlines(True)[1:3]
    swapped = ROWS.replace(norway + sweden, sweden + norway)

    assert told(swapped) == ([], True)
    assert told(swapped, FIRST) == (["> row `Sweden, any` now comes first"], False)


def test_where_a_new_row_stands_is_told_where_the_first_one_wins():
    after = ROWS.replace("Peru", "Chile,,queue/raw,,\nPeru")

    assert told(after, FIRST)[0] == ["+ row `Chile, any` is new", "> row `Chile, any` now comes after `Sweden, any`"]


def test_another_writing_is_no_difference():
    rewritten = "\ufeff" + ROWS.replace(",", ";").replace("\n", "\r\n").replace("Norway", '"Norway"')

    assert diff_bundles(*(Bundle({"header/t": HEADER, "table/t": text}) for text in (ROWS, rewritten))) == ()


def test_a_header_is_told_by_its_keys():
    changed = FIRST.replace("{type: owner}", "{type: owner, label: Who}")
    [diff] = diff_bundles(Bundle({"header/t": HEADER}), Bundle({"header/t": changed}))

    assert [f"{marker(edit)} {sentence(edit)}" for edit in diff.edits] == [
        "~ `hit` is now `first` (was `unique`)",
        "= `label` of column `Owner` is now `Who`",
    ]


def test_a_table_that_cannot_be_read_is_told_with_its_problems():
    [diff] = diff_bundles(Bundle({"table/t": ROWS}), Bundle({"table/t": ROWS + "x\n"}))

    assert diff.status == "unreadable"
    assert [problem.message for problem in diff.problems] == ["1 cell under 5 columns"]


# Laws -----------------------------------------------------------------------------------------------------------

COLUMNS = ("Country", "Employees", "Owner", "from", "until")
ROW = st.tuples(st.sampled_from("abcd"), st.sampled_from(["", "1-5"]), st.sampled_from("xyz"), st.just(""), st.just(""))


@st.composite
def rows(draw, *, unique=True):
    found = draw(st.lists(ROW, max_size=6, unique_by=(lambda row: row[:2]) if unique else None))
    return "".join(line_text(row) + "\n" for row in [COLUMNS, *found])


def read(text):
    return named_rows(yaml.read("t.csv", text), naming(HEADER))


@given(rows(unique=False), rows(unique=False), st.booleans())
def test_applying_the_edits_gives_the_other_table(before, after, is_ordered):
    a, b = read(before), read(after)

    made = apply_rows(a, diff_rows(a, b, is_ordered=is_ordered))

    assert made == b
    assert not is_ordered or list(made) == list(b)


HEADERS = st.sampled_from([HEADER, FIRST])


@given(rows(), rows(), HEADERS)
def test_a_side_that_changed_nothing_leaves_the_other_as_it_is(base, ours, header):
    assert merge_text("table/t", base, ours, base, header).text == ours
    assert merge_text("table/t", base, base, ours, header).text == ours
    assert merge_text("table/t", base, ours, ours, header).text == ours


@given(rows(), rows(), rows(), HEADERS)
def test_swapping_the_sides_swaps_the_conflicts_and_nothing_else(base, ours, theirs, header):
    one, other = (merge_text("table/t", base, *sides, header) for sides in ((ours, theirs), (theirs, ours)))

    swapped = {(c.path, c.where, c.reason, c.base, c.theirs, c.ours) for c in other.conflicts}
    assert {(c.path, c.where, swapped_words(c.reason), c.base, c.ours, c.theirs) for c in one.conflicts} == swapped
    if not one.conflicts:
        assert read(one.text) == read(other.text)
        assert header == HEADER or list(read(one.text)) == list(read(other.text))


def swapped_words(reason):
    return reason.replace("ours", "-").replace("theirs", "ours").replace("-", "theirs")


@given(rows(), rows(), rows(), HEADERS)
def test_nothing_vanishes_without_a_decision_or_a_conflict(base, ours, theirs, header):
    merged = merge_text("table/t", base, ours, theirs, header)
    b, o, t = map(read, (base, ours, theirs))
    disputed = {conflict.path for conflict in merged.conflicts}
    ours_taken, theirs_taken = (read(settle("t.csv", merged.text, {"": side})) for side in ("ours", "theirs"))

    for name in {*b, *o, *t, *ours_taken, *theirs_taken}:
        if o.get(name) == b.get(name):
            assert ours_taken.get(name) == theirs_taken.get(name) == t.get(name)
        elif t.get(name) in (b.get(name), o.get(name)):
            assert ours_taken.get(name) == theirs_taken.get(name) == o.get(name)
        elif {f"rows/{name}", "rows"} & disputed:
            assert (ours_taken.get(name), theirs_taken.get(name)) == (o.get(name), t.get(name))
        else:
            assert_cells_merged(*(side.get(name) for side in (b, o, t, ours_taken)))


def assert_cells_merged(base, ours, theirs, merged):
    assert None not in (base, ours, theirs, merged)
    for column in {*base, *ours, *theirs, *merged}:
        was, mine, yours = base.get(column), ours.get(column), theirs.get(column)
        assert merged.get(column) == (yours if mine == was else mine)
        assert was in (mine, yours) or mine == yours


@given(rows(), rows(), rows(), HEADERS)
def test_a_merge_keeps_the_writing_of_ours(base, ours, theirs, header):
    assume(ours not in (base, theirs) and base != theirs)
    excel = "\ufeff" + ours.replace(",", ";").replace("\n", "\r\n")

    merged = merge_text("table/t", base, excel, theirs, header, take={"": "theirs"}).text

    plain = merge_text("table/t", base, ours, theirs, header, take={"": "theirs"}).text
    assert merged == "\ufeff" + plain.replace(",", ";").replace("\n", "\r\n")


NAMED = st.sampled_from(["", "any", "Any", "x", "x, y", 'x"', '"x"', "x (2)", "x from 2026-01-01", ", "])


@given(st.tuples(NAMED, NAMED, st.sampled_from(["", "2026-01-01"])), st.tuples(NAMED, NAMED, st.just("")))
def test_rows_of_other_keys_have_other_names(a, b):
    texts = ["".join(line_text(row) + "\n" for row in [("Country", "Employees", "from"), found]) for found in (a, b)]
    names = [list(named_rows(yaml.read("t.csv", text), naming(HEADER))) for text in texts]

    assert (names[0] == names[1]) == (a == b)


# Merges ---------------------------------------------------------------------------------------------------------


def test_two_that_change_other_rows_are_one():
    ours, theirs = ROWS.replace("bea.kim", "noor.haddad"), ROWS.replace("queue/raw", "queue/partner")

    merged = merge_text("flows/tables/t.csv", ROWS, ours, theirs, HEADER)

    assert merged.text == ours.replace("queue/raw", "queue/partner")
    assert [taken.where for taken in merged.taken] == ["row `Peru, any`"]
    assert merged.conflicts == ()


def test_two_that_change_one_row_differently_conflict_and_both_are_named():
    ours, theirs = ROWS.replace("bea.kim", "noor.haddad"), ROWS.replace("bea.kim", "lars.holm")

    merged = merge_text("table/t", ROWS, ours, theirs, HEADER)

    lines = [text.splitlines(True)[1] for text in (ROWS, ours, theirs)]
    (conflict,) = merged.conflicts
    assert (conflict.where, conflict.base, conflict.ours, conflict.theirs) == ("row `Norway, 1-10`", *lines)
    assert merged.text == ROWS.replace(
        lines[0], f"#conflict ours rows/Norway, 1-10\n{lines[1]}#conflict theirs\n{lines[2]}#conflict end\n"
    )
    assert merge_text("table/t", ROWS, ours, theirs, HEADER, take={"rows/Norway, 1-10": "theirs"}).text == theirs


def test_two_that_change_other_cells_of_one_row_are_one():
    ours, theirs = ROWS.replace("bea.kim", "noor.haddad"), ROWS.replace("bea.kim,,", "bea.kim,,2026-12-31")

    merged = merge_text("table/t", ROWS, ours, theirs, HEADER)

    assert merged.text == ours.replace("noor.haddad,,", "noor.haddad,,2026-12-31")
    assert [(d.path, d.choice) for d in merged.decisions] == [
        ("rows/Norway, 1-10/Owner", "ours"),
        ("rows/Norway, 1-10/until", "theirs"),
    ]


def test_rows_that_both_put_in_one_place_conflict_where_both_can_fit():
    head, *others = ROWS.splitlines(True)
    ours, theirs = (head + row + "".join(others) for row in ("Chile,1-10,queue/a,,\n", "Chile,5-20,queue/b,,\n"))
    elsewhere = theirs.replace("Chile", "China")

    assert [c.where for c in merge_text("table/t", ROWS, ours, theirs, FIRST).conflicts] == ["order of `rows`"]
    assert merge_text("table/t", ROWS, ours, theirs, HEADER).conflicts == ()
    assert merge_text("table/t", ROWS, ours, elsewhere, FIRST).conflicts == ()


def test_columns_in_another_order_are_no_conflict():
    theirs = "".join(
        line_text([b, a, *rest]) + "\n" for a, b, *rest in (line.split(",") for line in ROWS.splitlines())
    ).replace("queue/raw", "queue/partner")

    merged = merge_text("table/t", ROWS, ROWS.replace("bea.kim", "noor.haddad"), theirs, HEADER)

    assert merged.text == ROWS.replace("bea.kim", "noor.haddad").replace("queue/raw", "queue/partner")


def test_a_column_that_one_side_added_makes_the_whole_file_a_conflict():
    theirs = ROWS.replace("until\n", "until,Note\n").replace(",,\n", ",,,x\n")

    merged = merge_text("table/t", ROWS, ROWS.replace("bea.kim", "noor.haddad"), theirs, HEADER)

    assert [conflict.where for conflict in merged.conflicts] == ["the file"]
    assert settle("flows/tables/t.csv", merged.text, {"": "theirs"}) == theirs


def test_without_a_header_a_row_is_known_by_all_that_it_says():
    merged = merge_text("table/t", ROWS, ROWS.replace("bea.kim", "noor.haddad"), ROWS.replace("Peru", "Chile"))

    assert content_digest("table/t", merged.text) == content_digest(
        "table/t", ROWS.replace("bea.kim", "noor.haddad").replace("Peru", "Chile")
    )


PAIRS = """\
table: t
columns:
  A: {key: exact, type: text}
  B: {key: exact, type: text}
  V: {type: text}
"""
ALIKE = {
    "any": "A,B,V\nany,x,2\n,x,1\n",
    "a comma": 'A,B,V\nAcme,"Inc, US",1\n"Acme, Inc",US,2\n',
}


@pytest.mark.parametrize("header", [PAIRS, None], ids=["with a header", "without"])
@pytest.mark.parametrize("base", ALIKE.values(), ids=ALIKE)
def test_rows_that_each_side_deleted_do_not_come_back(base, header):
    head, one, two = base.splitlines(True)

    merged = merge_text("table/t", base, head + one, head + two, header)

    assert (merged.text, merged.conflicts) == (head, ())


def test_the_order_of_rows_of_a_unique_table_is_no_behaviour():
    norway, sweden = ROWS.splitlines(True)[1:3]
    swapped = ROWS.replace(norway + sweden, sweden + norway)

    def behaviour(header, rows):
        return Bundle({"table/t": rows} | ({"header/t": header} if header else {})).behaviour("table/t")

    assert behaviour(HEADER, swapped) == behaviour(HEADER, ROWS)
    assert behaviour(HEADER, swapped + BESIDE) != behaviour(HEADER, ROWS)
    for ordered in (FIRST, None, "table: t\n\tbroken"):
        assert behaviour(ordered, swapped) != behaviour(ordered, ROWS)
