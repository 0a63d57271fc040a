"""Tables and rosters go out to a spreadsheet and come back as the smallest edit, or not at all."""

import shutil

import openpyxl
import pytest

from flowctl.diag import Conflicts, Exit, FlowctlError
from flowctl.flow import content_digest
from flowctl.ops.clone import clone_live
from flowctl.ops.pair import version_of
from flowctl.ops.save import save
from flowctl.ops.sheet.sheets import Field
from flowctl.ops.sheet.spreadsheet import export_file
from flowctl.ops.sheet.table_import import import_file
from flowctl.ops.table import list_tables, show_table
from flowctl.tables import CellError
from tests.ops.promotion.week import NOW, at, git, make_past

pytestmark = pytest.mark.slow  # every verb, or workbooks: half a minute together

TERRITORIES, HEADER, SALES = "flows/tables/territories.csv", "flows/tables/territories.yaml", "flows/rosters/sales.yaml"
FILES = {
    HEADER: """\
table: territories
label: Who sells where
columns:
  Country: {key: exact, type: text}
  Postcode: {key: prefix, type: text}
  Employees: {key: range, type: number}
  Account: {type: id}
  Share: {type: number}
  Region: {type: picklist, values: [AMER, EMEA]}
  Roster: {type: roster}
  Owner: {type: user}
  Named: {type: checkbox}
  from: {type: date}
  until: {type: date}
""",
    TERRITORIES: """\
Country,Postcode,Employees,Account,Share,Region,Roster,Owner,Named,from,until
DE,01,-100,0011f00000AbCdE,1.50,EMEA,sales,ana.silva,true,2026-01-01,
DE,01,101-750,,2,EMEA,"sales",user/ben.okafor,no,,2026-12-31

DE,10,,001e40000000001,0.1,EMEA,,ana.silva,,,
"Côte d'Ivoire",00123 ,,,100000,EMEA,support,,,,
US,,,,,AMER,,ben.okafor,false,2026-01-01,2026-06-30
""",
    SALES: """\
roster: sales
hours: "Mo-Fr 09:00-17:00"
members:
  # In the order in which they joined.
  - {user: ana.silva, weight: 1, leave: [{from: 2026-12-21, to: 2027-01-03, cover: ben.okafor}]}   # she began it
  - user: ben.okafor
    weight: 3    # part of her week
    skills: [german, "data; science"]
    zone: Europe/Berlin
    leave:
      - {from: 2026-12-24, to: 2026-12-24}   # Christmas
      - {from: 2027-02-01, to: 2027-02-05}

  # The newest.
  - {cap: 5/day, user: cem.arslan}
""",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    top = tmp_path_factory.mktemp("tables")
    make_past(top)
    with at(top / "ana") as ws:
        clone_live(ws, "Territories", NOW, stage=False)
        (ws.root / "flows/tables").mkdir()
        for path, text in FILES.items():
            (ws.root / path).write_text(text)
        directory = ws.root / "flows/directory.yaml"
        directory.write_text(directory.read_text().replace("queues:", "  cem.arslan: {name: Cem Arslan}\nqueues:"))
        save(ws, "territories", NOW)
    return top


@pytest.fixture
def ws(made, tmp_path):
    top = shutil.copytree(made, tmp_path / "top", symlinks=True)
    with at(top / "ana") as ws:
        yield ws


@pytest.fixture
def file(ws, tmp_path):
    """A workbook with everything, as it is now."""
    path = tmp_path / "routing.xlsx"
    export_file(version_of(ws, None), path, [], NOW)
    return path


def change(path, sheet="territories", /, **cells):
    """Somebody edits cells in a spreadsheet program."""
    book = openpyxl.load_workbook(path)
    for place, value in cells.items():
        book[sheet][place] = value
    book.save(path)


def append(path, sheet, *cells):
    book = openpyxl.load_workbook(path)
    book[sheet].append(cells)
    book.save(path)


def delete(path, sheet, row):
    book = openpyxl.load_workbook(path)
    book[sheet].delete_rows(row)
    book.save(path)


def edit(ws, path, old, new):
    text = (ws.root / path).read_text()
    assert old in text
    (ws.root / path).write_text(text.replace(old, new))


def texts(ws):
    return {path: (ws.root / path).read_text() for path in FILES}


def refused(ws, path, *names):
    """What an import says that writes nothing, by place."""
    before = ws.worktree()
    with pytest.raises(FlowctlError) as caught:
        import_file(ws, path, names)
    assert ws.worktree() == before
    assert caught.value.exit == Exit.CANNOT
    return [(str(d.span), d.code, d.message, d.hint) for d in caught.value.found] or caught.value.message


# Out and back -------------------------------------------------------------------------------------------------------


def test_what_goes_out_and_comes_back_changes_nothing(ws, file, tmp_path):
    before = ws.worktree()
    assert import_file(ws, file, []).same == ("territories", "roster/sales", "roster/support")

    for name in ("territories", "roster/sales"):
        path = tmp_path / "one.csv"
        export_file(version_of(ws, None), path, [name], NOW, force=True)
        done = import_file(ws, path, [name])
        assert (done.same, done.edited, done.diffs) == ((name,), (), ())

    assert ws.worktree() == before


def test_ids_and_postcodes_are_texts_numbers_are_numbers_and_days_are_days(file):
    sheet = openpyxl.load_workbook(file)["territories"]

    row = [cell.value for cell in sheet[2]]

    assert row[:7] == ["DE", "01", "-100", "0011f00000AbCdE", 1.5, "EMEA", "sales"]
    assert (row[8], f"{row[9]:%Y-%m-%d}", row[10]) == (True, "2026-01-01", None)
    rules = {str(rule.sqref)[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert rules == {
        "F": '"AMER,EMEA"',
        "G": '"sales,support"',
        "H": '"ana.silva,ben.okafor,cem.arslan"',
        "I": '"TRUE,FALSE"',
    }


def test_the_first_sheet_says_what_it_is(ws, file):
    book = openpyxl.load_workbook(file)

    assert book.sheetnames == ["About", "territories", "roster sales", "roster support"]
    rows = [[cell.value for cell in row] for row in book["About"].iter_rows()]
    assert rows[2][:2] == ["Version", "Live on 2026-11-23: Territories"]
    assert rows[5] == ["territories", "territories", "5", content_digest("table/territories", FILES[TERRITORIES])]


def test_a_roster_has_a_row_for_each_member(file):
    sheet = openpyxl.load_workbook(file)["roster sales"]

    rows = [[cell.value for cell in row] for row in sheet.iter_rows(max_col=8)]

    assert rows[0] == ["user", "weight", "skills", "hours", "zone", "holidays", "cap", "leave"]
    assert rows[1] == ["ana.silva", 1, None, None, None, None, None, "2026-12-21..2027-01-03 cover ben.okafor"]
    assert rows[2][2] == "german; data; science"
    assert rows[2][7] == "2026-12-24; 2027-02-01..2027-02-05"


def test_a_csv_is_utf_8_for_excel_and_runs_nothing(ws, tmp_path):
    edit(ws, SALES, '"data; science"', '"=cmd()"')
    edit(ws, SALES, "[german, ", "[")
    path = tmp_path / "sales.csv"

    export_file(version_of(ws, None), path, ["roster/sales"], NOW)

    data = path.read_bytes().decode()
    assert data.startswith("\ufeffuser,weight,skills")
    assert ",'=cmd()," in data
    assert import_file(ws, path, ["roster/sales"]).edited == ()


def test_a_file_that_is_there_is_written_over_only_when_asked(ws, file):
    with pytest.raises(FlowctlError, match="is there already") as caught:
        export_file(version_of(ws, None), file, [], NOW)

    assert "--force" in caught.value.hint
    export_file(version_of(ws, None), file, ["territories"], NOW, force=True)


@pytest.mark.parametrize(
    ("name", "names", "why"),
    [
        ("t.csv", [], "a CSV holds one table or roster"),
        ("t.xls", [], "neither .xlsx nor .csv"),
        ("t.xlsm", [], "has macros"),
        ("t.xlsx", ["teritories"], "there is no table or roster `teritories`"),
        ("no/t.xlsx", [], "cannot write"),
    ],
)
def test_what_cannot_go_out_says_why(ws, tmp_path, name, names, why):
    with pytest.raises(FlowctlError, match=why) as caught:
        export_file(version_of(ws, None), tmp_path / name, names, NOW)

    assert caught.value.hint
    assert list(tmp_path.glob("*.*")) == []


# Edits --------------------------------------------------------------------------------------------------------------


def test_a_row_that_was_edited_is_the_only_one_that_changes(ws, file):
    change(file, E3=2.5, B5="00124", J3="2026-02-01")

    done = import_file(ws, file, [])

    text = FILES[TERRITORIES].replace(
        ',2,EMEA,"sales",user/ben.okafor,no,,', ',2.5,EMEA,"sales",user/ben.okafor,no,2026-02-01,'
    )
    assert texts(ws)[TERRITORIES] == text.replace("00123 ", "00124 ")
    assert texts(ws)[SALES] == FILES[SALES]
    assert [one.name for one in done.edited] == ["territories"]
    assert [diff.part for diff in done.diffs] == ["table/territories"]


def test_rows_join_and_go(ws, file):
    append(file, "territories", "SE", None, 500, None, None, "EMEA")
    delete(file, "territories", 3)

    import_file(ws, file, [])

    lines = FILES[TERRITORIES].splitlines(keepends=True)
    assert texts(ws)[TERRITORIES] == "".join([*lines[:2], *lines[3:], "SE,,500,,,EMEA,,,,,\n"])


def test_members_change_key_by_key_and_comments_stay(ws, file):
    change(
        file, "roster sales", B2=2, C3="german; french", H3="2027-02-01..2027-02-05; 2027-03-01 cover ana.silva", B4=4
    )

    import_file(ws, file, [])

    assert texts(ws)[SALES] == FILES[SALES].replace("weight: 1", "weight: 2").replace(
        '[german, "data; science"]', "[german, french]"
    ).replace("      - {from: 2026-12-24, to: 2026-12-24}   # Christmas\n", "").replace(
        "2027-02-05}\n", "2027-02-05}\n      - {from: 2027-03-01, to: 2027-03-01, cover: ana.silva}\n"
    ).replace("cem.arslan}", "cem.arslan, weight: 4}")


def test_members_join_by_full_name_go_and_change_places(ws, file):
    book = openpyxl.load_workbook(file)
    sheet = book["roster sales"]
    sheet["A2"], sheet["H2"], sheet["B2"] = "Cem Arslan", None, 1
    sheet["G2"] = "5/day"
    sheet.delete_rows(4)
    book.save(file)

    import_file(ws, file, [])

    text = texts(ws)[SALES]
    assert text.index("cem.arslan") < text.index("ben.okafor")
    assert "ana.silva" not in text
    assert "weight: 3    # part of her week" in text
    assert "  # The newest.\n  - {cap: 5/day, user: cem.arslan}\n" in text


def test_values_that_are_taken_out_take_their_keys_along(ws, file):
    change(file, "roster sales", H2=None, H3=None, E3=None, G4=None, B3=None)

    import_file(ws, file, [])

    text = texts(ws)[SALES]
    assert "leave" not in text
    assert "zone" not in text
    assert "- {user: cem.arslan}" in text
    assert "part of her week" not in text


def test_only_what_is_named_comes_back(ws, file):
    change(file, E3=2.5)
    change(file, "roster sales", B2=2)

    done = import_file(ws, file, ["roster/sales"])

    assert [one.name for one in done.edited] == ["roster/sales"]
    assert texts(ws)[TERRITORIES] == FILES[TERRITORIES]


def test_what_spreadsheet_programs_leave_behind_is_tolerated(ws, file):
    book = openpyxl.load_workbook(file)
    sheet = book["territories"]
    sheet.merge_cells("F2:F4")
    sheet.row_dimensions[3].hidden = True
    sheet["B400"].number_format = "@"
    sheet["Z2"] = "  "
    sheet.auto_filter.ref = "A1:K6"
    book.create_sheet("Notes")["A1"] = "ask Ana"
    del book["roster support"]
    book.save(file)

    done = import_file(ws, file, [])

    assert done.edited == ()
    assert done.left_out == (
        "sheet `Notes` is no table or roster: it was left out",
        "`roster/support` has no sheet any more: it stays as it is",
    )


def test_columns_may_change_places(ws, file):
    book = openpyxl.load_workbook(file)
    sheet = book["territories"]
    sheet.move_range("A1:A6", cols=12)
    book.save(file)

    assert import_file(ws, file, []).edited == ()


def test_a_workbook_of_somebody_s_own_goes_by_the_names_of_its_sheets(ws, tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "sales"
    book.active.append(["user", "weight", "skills", "hours", "zone", "holidays", "cap", "leave", "was"])
    book.active.append(["Ben Okafor", 3, "german; data; science", None, "Europe/Berlin"])
    path = tmp_path / "own.xlsx"
    book.save(path)

    [edited] = import_file(ws, path, []).edited

    assert edited.name == "roster/sales"
    assert edited.after.count("user:") == 1


# Exported from another version --------------------------------------------------------------------------------------


def test_what_has_changed_here_since_the_export_stays(ws, file):
    edit(ws, TERRITORIES, "US,,,,,AMER", "US,,,,7,AMER")
    edit(ws, SALES, "weight: 3", "weight: 5")
    save(ws, "ours", NOW)
    change(file, E3=2.5)
    change(file, "roster sales", G4="6/day")

    done = import_file(ws, file, [])

    assert {one.name for one in done.edited if one.is_merged} == {"territories", "roster/sales"}
    after = texts(ws)
    assert "US,,,,7,AMER" in after[TERRITORIES]
    assert ",2.5,EMEA" in after[TERRITORIES]
    assert "weight: 5" in after[SALES]
    assert "6/day" in after[SALES]


def test_a_row_that_was_changed_on_both_sides_stops_it(ws, file):
    edit(ws, TERRITORIES, "US,,,,,AMER", "US,,,,7,AMER")
    change(file, E6=9)
    before = ws.worktree()

    with pytest.raises(Conflicts) as caught:
        import_file(ws, file, [])

    assert caught.value.message.startswith("1 place changed on both sides: territories: ")
    assert "routing.xlsx" in caught.value.hint
    assert ws.worktree() == before


def test_a_version_that_git_does_not_have_is_said_so(ws, tmp_path):
    edit(ws, TERRITORIES, "US,,,,,AMER", "US,,,,7,AMER")
    path = tmp_path / "unsaved.xlsx"
    export_file(version_of(ws, None), path, [], NOW)
    edit(ws, TERRITORIES, "US,,,,7,AMER", "US,,,,8,AMER")

    assert refused(ws, path) == "`territories` was exported from a version that is not known here"


# What is wrong ------------------------------------------------------------------------------------------------------

WRONG = {
    "a formula": ({"E3": "=1+1"}, "territories!E3", "FC510", "a formula"),
    "an error": ({"E3": "#N/A"}, "territories!E3", "FC511", "an error of the spreadsheet"),
    "a date in a text": (
        {"B3": NOW.replace(tzinfo=None, hour=0)},
        "territories!B3",
        "FC511",
        "the spreadsheet has made a date",
    ),
    "a long number in an id": ({"D3": 1234567890123456}, "territories!D3", "FC511", "a number so long"),
    "a line break": ({"A3": "D\nE"}, "territories!A3", "FC511", "a cell holds no line break"),
    "a number for a day": ({"J3": 45000}, "territories!J3", "FC511", "a date is needed"),
    "a day or a month": ({"J3": "1/2/2026"}, "territories!J3", "FC511", "whether the day or the month stands first"),
    "a text for a number": ({"E3": "many"}, "territories!E3", "FC511", "a number is needed"),
    "not in the list": ({"F3": "APAC"}, "territories!F3", "FC511", "not one of the column's values"),
    "a range backwards": ({"C3": "750-101"}, "territories!C3", "FC512", "the range ends before it begins"),
    "days backwards": ({"J3": "2027-01-01"}, "territories!K3", "FC513", "the row ends on 2026-12-31, before it begins"),
    "an unknown column": ({"B1": "Post code"}, "territories!B1", "FC514", "unknown column `Post code`"),
    "a column twice": ({"B1": "Country"}, "territories!B1", "FC002", "`Country` is here twice"),
    "a column without a name": ({"L2": "x"}, "territories!L1", "FC514", "a column without a name"),
}


@pytest.mark.parametrize(("cells", "place", "code", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_by_sheet_row_and_column_and_nothing_is_written(ws, file, cells, place, code, message):
    change(file, **cells)
    change(file, "roster sales", B2=9)

    found = refused(ws, file)

    assert any(one[:2] == (place, code) and one[2].startswith(message) for one in found), found


def test_everything_that_is_wrong_is_told_at_once(ws, file):
    change(file, E3="=1", B3="=2")
    change(file, "roster sales", H2="soon")

    assert [place for place, *_ in refused(ws, file)] == ["roster sales!H2", "territories!B3", "territories!E3"]


def test_an_unknown_user_is_told_with_the_closest(ws, file):
    change(file, H2="ana.silvia")
    change(file, "roster sales", A4="cem.arslam")

    assert [(place, hint) for place, _, _, hint in refused(ws, file)] == [
        ("roster sales!A4", "did you mean `cem.arslan`?"),
        ("territories!H2", "did you mean `user/ana.silva`?"),
    ]


def test_a_member_twice_and_one_without_a_name_are_told(ws, file):
    append(file, "roster sales", "Ana Silva", 2)
    append(file, "roster sales", None, 2)

    assert [(place, code) for place, code, *_ in refused(ws, file)] == [
        ("roster sales!A5", "FC406"),
        ("roster sales!A6", "FC511"),
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("B3", 2.5),
        ("B3", 0),
        ("E3", "Europe/Berlim"),
        ("D3", "always"),
        ("G3", "many"),
        ("H3", "2027-02-05..2027-02-01"),
    ],
)
def test_what_a_roster_cannot_hold_is_told_where_it_stands_in_the_sheet(ws, file, cell, value):
    change(file, "roster sales", **{cell: value})

    assert refused(ws, file)[0][0] == f"roster sales!{cell}"


def test_rows_that_overlap_are_told_where_they_stand_in_the_sheet(ws, file):
    append(file, "territories", "DE", "1", None, None, None, "EMEA")

    assert refused(ws, file)[0][0].startswith("territories!")


def test_a_row_that_another_one_is_told_with_is_told_by_its_place_in_the_sheet(ws, file, tmp_path):
    append(file, "territories", *["DE", "01", "101-200", *[None] * 6, None, None])
    csv = tmp_path / "territories.csv"
    rows = (ws.root / TERRITORIES).read_text().splitlines()
    csv.write_text("\n".join([rows[0], "", "", *rows[1:], "DE,01,101-200,,,,,,,,"]))

    # the CSV in the work tree has a blank line above the fourth row, which the sheet has not
    assert "row 3" in refused(ws, file)[0][2]
    assert "line 5" in refused(ws, csv)[0][2]


def test_an_inactive_user_of_a_row_is_warned_of_and_taken(ws, file):
    edit(ws, "flows/directory.yaml", "cem.arslan: {name: Cem Arslan}", "cem.arslan: {name: Cem Arslan, active: false}")
    change(file, H6="cem.arslan")

    warnings = import_file(ws, file, []).warnings

    assert [(str(d.span), d.code) for d in warnings] == [("territories!H6", "FC529")]
    assert "cem.arslan" in (ws.root / TERRITORIES).read_text()


def test_an_empty_csv_and_a_folder_are_told_as_such(ws, tmp_path):
    empty = tmp_path / "territories.csv"
    empty.write_text("")

    problem = ("FC004", "the file is empty", "the first line names the columns")
    assert [told[1:] for told in refused(ws, empty)] == [problem]
    assert refused(ws, tmp_path) == f"`{tmp_path}` is a folder"


def test_an_import_needs_a_draft(ws, file):
    git(ws.root, "switch", "-q", "main")

    with pytest.raises(FlowctlError, match="no draft is checked out") as caught:
        import_file(ws, file, [])

    assert "flowctl switch 20" in caught.value.hint


def test_a_file_that_is_not_there_or_holds_nothing_of_ours_says_so(ws, tmp_path):
    assert refused(ws, tmp_path / "no.xlsx").startswith("cannot read")
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    assert "has no sheet of a table or a roster" in refused(ws, tmp_path / "empty.xlsx")
    (tmp_path / "x.csv").write_text("Country\n")
    assert "the file's name does not say" in refused(ws, tmp_path / "x.csv")
    assert refused(ws, tmp_path / "x.csv", "territories")[0][1] == "FC514"


def test_a_million_rows_are_refused_with_the_limit(ws, tmp_path):
    path = tmp_path / "territories.csv"
    path.write_text("Country\n" + "DE\n" * 1_000_000)

    [(place, code, message, _)] = refused(ws, path)

    assert (place, code, message) == (f"{path}:100002:1", "FC001", "the file has more than 100,000 rows")


def test_a_csv_tells_places_by_line_and_column(ws, tmp_path):
    path = tmp_path / "territories.csv"
    path.write_text(FILES[TERRITORIES].replace("EMEA,,ana", "APAC,,ana").replace("1.50", "=1"))

    [(place, code, *_)] = refused(ws, path)

    assert (place, code) == (f"{path}:2:28", "FC510")


def test_cells_know_what_they_hold():
    day = NOW.replace(tzinfo=None)

    assert Field("Since", "datetime").text(day) == "2026-11-20T16:00:00"
    assert Field("Named", "text").text(True) == "true"
    assert {Field("from", "date").text(day) for day in ("2026/1/31", "31.01.2026", "2026-01-31 ")} == {"2026-01-31"}
    assert Field("Version", "text").text("1/2/2026") == "1/2/2026"
    with pytest.raises(CellError, match="a day is needed, not a moment"):
        Field("from", "date").text(day)


# list and show ------------------------------------------------------------------------------------------------------


def test_tables_are_listed_with_the_rows_in_force(ws):
    [state] = list_tables(version_of(ws, None), NOW).tables

    assert (state.table.name, len(state.rows), state.in_force, state.used_by) == ("territories", 5, 4, ())
    assert [row.in_force for row in show_table(version_of(ws, None), "territories", NOW).rows] == [True] * 4 + [False]


def test_a_table_that_cannot_be_read_is_listed_as_such(ws):
    edit(ws, HEADER, "type: picklist", "type: picklisp")

    assert TERRITORIES in list_tables(version_of(ws, None), NOW).unread
    with pytest.raises(FlowctlError, match="table `territories` cannot be read") as caught:
        show_table(version_of(ws, None), "territories", NOW)
    assert caught.value.found
    with pytest.raises(FlowctlError, match="there is no table `teritory`"):
        show_table(version_of(ws, None), "teritory", NOW)
