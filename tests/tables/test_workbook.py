"""Workbooks go out and come in with their types; what is no plain workbook is refused before it is unpacked."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from flowctl.diag import CellSpan, Diagnostic, FlowctlError, Severity, Span, in_order
from flowctl.tables import workbook
from flowctl.tables.workbook import Column, Sheet, read_workbook, unique_names, write_workbook

NOW = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
TEXT = Column("Postcode")
NUMBER = Column("Employees", is_text=False)
ABOUT = [("flowctl", "tables")]


def written(*rows, columns=(TEXT, NUMBER)):
    return write_workbook(ABOUT, [Sheet("territories", columns, rows)], NOW)


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def saved(change, name="territories"):
    """A workbook in which somebody has worked with a spreadsheet program."""
    book = opened(written(("01234", 5.0), ("10115", 7.5)))
    change(book[name])
    data = io.BytesIO()
    book.save(data)
    return read_workbook("edited.xlsx", data.getvalue())[1]


def values(grid):
    return [tuple(cell.value for cell in row) for row in grid.rows]


def test_texts_numbers_days_and_blanks_come_back_as_they_were():
    day = Column("from", is_text=False)
    rows = (("01234", 5.0, dt.date(2026, 1, 1)), (None, None, None), ("=1+1", True, None), ("-100", 0.1, None))

    about, grid = read_workbook("t.xlsx", written(*rows, columns=(TEXT, NUMBER, day)))

    assert [cell.value for cell in about.header] == ["flowctl", "tables"]
    assert (grid.name, [cell.value for cell in grid.header]) == ("territories", ["Postcode", "Employees", "from"])
    at_midnight = dt.datetime.combine(dt.date(2026, 1, 1), dt.time())
    assert values(grid) == [("01234", 5.0, at_midnight), ("=1+1", True, None), ("-100", 0.1, None)]
    assert [str(cell.where) for cell in grid.rows[1]] == ["territories!A4", "territories!B4", "territories!C4"]


def test_the_first_row_is_bold_and_frozen_and_columns_are_wide_enough():
    sheet = opened(written(("01234", 5.0)))["territories"]

    assert sheet.freeze_panes == "A2"
    assert [cell.font.bold for cell in sheet[1]] == [True, True]
    assert sheet.column_dimensions["A"].width >= len("Postcode")
    assert (sheet["A2"].data_type, sheet["A2"].number_format) == ("s", "@")
    assert (sheet["B2"].data_type, sheet["B2"].number_format) == ("n", "General")


def test_what_looks_like_a_formula_is_a_text():
    sheet = opened(written(("=HYPERLINK(1)", 1.0), ("+1", 1.0), ("@x", 1.0)))["territories"]

    assert [cell.data_type for cell in sheet["A"]] == ["s"] * 4


def test_choices_are_offered_in_the_rule_or_where_they_are_many_on_a_hidden_sheet():
    few, many = Column("Region", ("AMER", "EMEA")), Column("User", tuple(f"user-{n}.name" for n in range(60)))
    commas = Column("Team", ("a, b", "c"))

    book = opened(written(("EMEA", "user-1.name", "c"), columns=(few, many, commas)))

    rules = {str(rule.sqref): rule.formula1 for rule in book["territories"].data_validations.dataValidation}
    assert rules == {"A2:A501": '"AMER,EMEA"', "B2:B501": "Lists!$A$1:$A$60", "C2:C501": "Lists!$B$1:$B$2"}
    assert book["Lists"].sheet_state == "hidden"
    assert [book["Lists"][at].value for at in ("A60", "B1", "B3")] == ["user-59.name", "a, b", None]


def test_sheets_have_names_that_excel_takes_and_can_tell_apart():
    long = "x" * 40

    assert unique_names(["About", "about", "Lists", long, long]) == [
        "About",
        "about~2",
        "Lists~2",
        "x" * 31,
        "x" * 29 + "~2",
    ]


def test_blank_rows_and_columns_around_are_left_out():
    def edit(sheet):
        sheet.insert_rows(1, 2)
        sheet["A6"].number_format = "@"
        sheet["F900"].value = "  "

    grid = saved(edit)

    assert [str(cell.where) for cell in grid.header] == ["territories!A3", "territories!B3"]
    assert values(grid) == [("01234", 5.0), ("10115", 7.5)]


def test_hidden_rows_columns_and_sheets_count():
    def edit(sheet):
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["B"].hidden = True
        sheet.sheet_state = "hidden"

    assert values(saved(edit)) == [("01234", 5.0), ("10115", 7.5)]


def test_merged_cells_say_all_what_the_first_says():
    assert values(saved(lambda sheet: sheet.merge_cells("A2:A3"))) == [("01234", 5.0), ("01234", 7.5)]


def test_formulas_and_errors_have_no_value_and_a_place():
    def edit(sheet):
        sheet["A2"] = "=A3"
        sheet["B2"] = "#REF!"

    first, second = saved(edit).rows[0]

    assert (first.value, first.problem, str(first.where)) == (None, "a formula", "territories!A2")
    assert (second.value, second.problem) == (None, "an error of the spreadsheet")


def test_a_moment_of_the_day_alone_is_no_value():
    assert saved(lambda sheet: sheet.__setitem__("A2", dt.time(9))).rows[0][0].problem.startswith("neither a text")


def archive(**members):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return data.getvalue()


def with_member(name, content):
    data = io.BytesIO(written(("1", 1.0)))
    with zipfile.ZipFile(data, "a") as file:
        file.writestr(name, content)
    return data.getvalue()


REFUSED = {
    "an old Excel file": (b"\xd0\xcf\x11\xe0 and more", "an old Excel file"),
    "no zip": (b"Postcode,Employees\n", "is no workbook"),
    "nothing": (b"", "is no workbook"),
    "half of one": (written(("1", 1.0))[:2000], "is no workbook"),
    "another zip": (archive(a="b"), "is no Excel workbook"),
    "OpenDocument": (archive(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "is no Excel workbook"),
    "macros": (with_member("xl/vbaProject.bin", b"x"), "has macros"),
    "entities": (with_member("xl/x.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'), "no workbook that a spreadsheet"),
    "broken inside": (archive(**{"[Content_Types]_dot_xml": "<", "xl__workbook_dot_xml": "<"}), "cannot be read"),
}


@pytest.mark.parametrize(("data", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_plain_workbook_is_refused_with_what_to_do(data, why):
    with pytest.raises(FlowctlError, match=why) as caught:
        read_workbook("t.xlsx", data)

    assert caught.value.hint


@pytest.mark.parametrize("limit", ["MAX_BYTES", "MAX_UNPACKED", "MAX_ROWS"])
def test_what_is_too_large_is_refused_with_the_limit(monkeypatch, limit):
    data = written(*[("1", 1.0)] * 3)
    monkeypatch.setattr(workbook, limit, 1)

    with pytest.raises(FlowctlError, match=r"more than (0 MB|1 rows)"):
        read_workbook("t.xlsx", data)


def test_places_in_workbooks_are_told_as_people_write_them_and_sort_with_others():
    places = [CellSpan("t", 3, 703, 3, 704), CellSpan("t", 3, 26, 3, 27), Span("s.yaml", 9, 1, 9, 2), None]
    found = [Diagnostic("FC511", Severity.ERROR, "wrong", place) for place in places]

    assert [str(d.span) for d in in_order(found)] == ["None", "s.yaml:9:1", "t!Z3", "t!AAA3"]
