"""Tables are released, read back, merged and rolled back like every other part, row by row and byte for byte."""

import pytest

from flowctl.ops.clone import clone_live
from flowctl.ops.diff import diff
from flowctl.ops.drift import drift_of
from flowctl.ops.fmt import fmt
from flowctl.ops.merge import merge_into_draft
from flowctl.ops.save import save
from flowctl.ops.versions import find, here
from tests.ops.promotion.week import DAY, LEAD, NOW, by_hand, git, live, require_settled, roll_back, ship

pytestmark = pytest.mark.slow  # real git, or the whole sample: together they take minutes

ROWS, HEADER = "flows/tables/territory.csv", "flows/tables/territory.yaml"
FILES = {
    HEADER: """\
table: territory
columns:
  Company: {key: exact, type: text}
  Owner: {type: owner}
""",
    ROWS: 'Company;Owner\nInitech;user/ben.okafor\n"Smith; Sons";queue/marketing\nZeta;queue/marketing\n',
}
LOOKUP = """\
    otherwise: look_up
  look_up: {type: lookup, table: territory, as: territory, by: {Company: Company}, found: owner, missing: to_marketing}
  owner: {type: assign, to: territory.Owner, then: held, unavailable: to_marketing}
"""


def put(ws, path, text):
    (ws.root / path).parent.mkdir(exist_ok=True)
    (ws.root / path).write_bytes(text.encode())


def rows_of(ws):
    return (ws.root / ROWS).read_bytes().decode()


def change(ws, old, new, message="rows"):
    assert old in rows_of(ws)
    put(ws, ROWS, rows_of(ws).replace(old, new))
    save(ws, message, NOW)


@pytest.fixture
def territories(ws):
    """A release that brought a table, and a flow that looks leads up in it."""
    clone_live(ws, "Territories", NOW, stage=False)
    for path, text in FILES.items():
        put(ws, path, text)
    flow = (ws.root / LEAD).read_text()
    put(ws, LEAD, flow.replace("    otherwise: to_marketing\n", LOOKUP))
    save(ws, "territories", NOW)
    ship(ws)
    return ws


def test_a_table_is_released_with_ids_in_it_and_comes_back_byte_for_byte(territories, top):
    there = (top / "envs/production/live").resolve() / ROWS

    assert b"user/" not in there.read_bytes()
    assert live(territories).parts["table/territory"] == FILES[ROWS]
    assert territories.files("main")[ROWS].decode() == FILES[ROWS]
    require_settled(territories)


def test_an_edit_of_a_row_is_an_edit_that_save_keeps_and_diff_tells(territories):
    clone_live(territories, "More", NOW + DAY, stage=False)
    change(territories, "Initech;user/ben.okafor", "Initech;user/ana.silva")

    [found] = diff(find(territories, "live"), here(territories)).parts

    assert [(edit.entry, edit.path, edit.after) for edit in found.edits] == [("Initech", ("Owner",), "user/ana.silva")]


def test_a_spreadsheet_s_line_ends_and_mark_are_no_change(territories):
    clone_live(territories, "Excel", NOW + DAY, stage=False)
    put(territories, ROWS, "\ufeff" + FILES[ROWS].replace("\n", "\r\n"))

    assert diff(find(territories, "live"), here(territories)).parts == ()


def test_fmt_takes_the_mark_and_the_line_ends_and_leaves_the_cells(territories):
    clone_live(territories, "Excel", NOW + DAY, stage=False)
    put(territories, ROWS, "\ufeff" + FILES[ROWS].replace("\n", "\r\n").rstrip())

    report = fmt(territories, [], write=True)

    assert [file.file for file in report.changed] == [ROWS]
    assert rows_of(territories) == FILES[ROWS]


def test_rows_that_live_has_changed_meanwhile_are_merged_into_the_draft(territories):
    draft = clone_live(territories, "Slow", NOW + DAY, stage=False).draft
    change(territories, "Initech;user/ben.okafor", "Initech;user/ana.silva")
    git(territories.root, "switch", "-q", "main")
    clone_live(territories, "Quick", NOW + DAY, stage=False)
    change(territories, "Zeta;queue/marketing", "Zeta;user/ben.okafor")
    ship(territories, NOW + DAY)
    git(territories.root, "switch", "-q", draft.branch)

    report = merge_into_draft(territories, "live", NOW + DAY)

    taken = [decision.where for path, decision in report.decisions if path == ROWS and decision.choice == "theirs"]
    assert taken == ["row `Zeta`"]
    assert rows_of(territories) == FILES[ROWS].replace("Initech;user/ben.okafor", "Initech;user/ana.silva").replace(
        "Zeta;queue/marketing", "Zeta;user/ben.okafor"
    )


def test_a_row_that_both_have_changed_is_a_conflict_that_names_it(territories):
    draft = clone_live(territories, "Slow", NOW + DAY, stage=False).draft
    change(territories, "Initech;user/ben.okafor", "Initech;user/ana.silva")
    git(territories.root, "switch", "-q", "main")
    clone_live(territories, "Quick", NOW + DAY, stage=False)
    change(territories, "Initech;user/ben.okafor", "Initech;queue/marketing")
    ship(territories, NOW + DAY)
    git(territories.root, "switch", "-q", draft.branch)

    [dispute] = merge_into_draft(territories, "live", NOW + DAY).open

    assert dispute.decision.where == "row `Initech`"


def test_a_row_changed_by_hand_in_production_is_found_and_taken_in_under_its_name(territories, top):
    by_hand(top, ROWS, "Zeta;00G1f00000MarkeAAA", "Zeta;0051f00000AnaSlAAA")
    assert drift_of(territories).parts == ("table/territory",)

    clone_live(territories, "Taken in", NOW + DAY, adopt=True, stage=False)

    assert "Zeta;user/ana.silva\n" in rows_of(territories)


def test_a_rollback_takes_both_parts_of_a_table_back(territories):
    roll_back(territories, NOW + DAY)

    assert not {"header/territory", "table/territory"} & set(live(territories).parts)
    require_settled(territories)
