"""What a real spreadsheet program makes of a workbook says the same: Gnumeric opens it, and saves it again."""

import subprocess

import pytest

from flowctl.ops.pair import version_of
from flowctl.ops.sheet.spreadsheet import export_file
from flowctl.ops.sheet.table_import import import_file
from tests.ops.promotion.week import NOW
from tests.ops.test_spreadsheet import file as file  # fixtures
from tests.ops.test_spreadsheet import made as made
from tests.ops.test_spreadsheet import ws as ws

pytestmark = pytest.mark.system


def converted(path, name, *options):
    """The file as Gnumeric saves it, in the form that the new name tells."""
    target = path.with_name(name)
    done = subprocess.run(["ssconvert", *options, path, target], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return target


@pytest.mark.parametrize("between", ["again.ods", "again.xlsx"])
def test_a_workbook_that_a_program_has_saved_changes_nothing(ws, file, between):
    before = ws.worktree()

    again = converted(converted(file, between), "back.xlsx")

    assert import_file(ws, again, []).same == ("territories", "roster/sales", "roster/support")
    assert ws.worktree() == before


@pytest.mark.parametrize(("name", "number"), [("territories", 1), ("roster/sales", 2)])
def test_a_sheet_that_a_program_has_saved_as_csv_changes_nothing(ws, file, name, number):
    converted(file, "sheet.csv", "-S", "-T", "Gnumeric_stf:stf_csv")

    saved = file.with_name(f"sheet.csv.{number}").rename(file.with_name("one.csv"))

    assert import_file(ws, saved, [name]).edited == ()


def test_a_table_that_was_exported_as_csv_and_saved_as_a_workbook_keeps_its_texts(ws, tmp_path):
    path = tmp_path / "one.csv"
    export_file(version_of(ws, None), path, ["roster/sales"], NOW)

    book = converted(path, "one.xlsx")

    assert import_file(ws, book, ["roster/sales"]).edited == ()
