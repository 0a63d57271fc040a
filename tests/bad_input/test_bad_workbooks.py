"""Workbooks that are broken, or made to break us, are refused in our words, whatever stands in them."""

import datetime as dt
import io
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from flowctl.diag import FlowctlError
from flowctl.tables.workbook import Column, Sheet, read_workbook, write_workbook

ROWS = [("01234", 5.0, "EMEA"), ("=1+1", 0.5, None), (None, None, "AMER")]
COLUMNS = (Column("Postcode"), Column("Employees", is_text=False), Column("Region", ("AMER", "EMEA")))
DATA = write_workbook([("flowctl", "x")], [Sheet("t", COLUMNS, ROWS)], dt.datetime(2026, 11, 23, tzinfo=dt.UTC))


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


FILES = members(DATA)


def read_or_refused(data):
    try:
        grids = read_workbook("t.xlsx", data)
    except FlowctlError as error:
        refused, grids = error, ()
    else:
        refused = None
    assert refused is None or (refused.hint and "\n" not in refused.message)
    for grid in grids:
        assert all(len(row) == len(grid.header) for row in grid.rows)


@given(st.integers(0, len(DATA) - 1), st.integers(0, 255))
def test_one_wrong_byte_of_the_file(at, byte):
    read_or_refused(DATA[:at] + bytes([byte]) + DATA[at + 1 :])


@given(st.sampled_from(sorted(FILES)), st.data())
def test_one_slip_in_what_it_holds(name, data):
    content = FILES[name]
    at = data.draw(st.integers(0, len(content) - 1))
    gone = data.draw(st.integers(0, 30))
    put = data.draw(
        st.sampled_from([b"", b"<", b"/", b'"', b"9" * 12, b"-1", b"NaN", b"\xff", b"A1:XFD1048576", b"=x("])
    )

    read_or_refused(packed({**FILES, name: content[:at] + put + content[at + gone :]}))


@given(st.sampled_from(sorted(FILES)))
def test_a_part_of_it_is_missing(name):
    read_or_refused(packed({other: content for other, content in FILES.items() if other != name}))


def test_an_area_of_all_cells_merged_does_not_exhaust_us():
    sheet = FILES["xl/worksheets/sheet2.xml"].replace(
        b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    )

    read_or_refused(packed({**FILES, "xl/worksheets/sheet2.xml": sheet}))


def test_a_cell_at_the_far_end_does_not_exhaust_us():
    sheet = FILES["xl/worksheets/sheet2.xml"].replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'
    )

    read_or_refused(packed({**FILES, "xl/worksheets/sheet2.xml": sheet}))
